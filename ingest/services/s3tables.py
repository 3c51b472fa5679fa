"""Amazon S3 Tables: table buckets with their policy.

https://docs.aws.amazon.com/AmazonS3/latest/API/API_Operations_Amazon_S3_Tables.html
"""

from __future__ import annotations

from xgraph.ingest.services._kind import Kind, normalize_kinds
from xgraph.ingest.services._service import Call, Scope, Service

_BUCKET = Kind(
    "s3tables",
    "TableBucket",
    "list_table_buckets",
    "tableBuckets",
    "{arn}",
    policy="get_table_bucket_policy",
    of={"tableBucketARN": "{arn}"},
    document="resourcePolicy",
)

S3TABLES = Service(
    name="s3tables",
    description="Table buckets with their policy",
    scope=Scope.REGIONAL,
    calls=(
        Call("list_table_buckets", ("s3tables:ListTableBuckets",)),
        Call("get_table_bucket_policy", ("s3tables:GetTableBucketPolicy",), _BUCKET.each_policy, empty=frozenset({"NotFoundException"})),
    ),
    normalize=normalize_kinds(_BUCKET),
)
