"""Amazon S3 Express One Zone: directory buckets with their policy.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/directory-buckets-overview.html
"""

from __future__ import annotations

from xgraph.ingest.services._kind import Kind, normalize_kinds
from xgraph.ingest.services._service import Call, Scope, Service

_BUCKET = Kind(
    "s3express",
    "bucket",
    "list_directory_buckets",
    "Buckets",
    "arn:{partition}:s3express:{region}:{account}:bucket/{Name}",
    policy="get_bucket_policy",
    of={"Bucket": "{Name}"},
)

S3EXPRESS = Service(
    name="s3express",
    description="Directory buckets with their policy",
    scope=Scope.REGIONAL,
    calls=(
        Call("list_directory_buckets", ("s3express:ListAllMyDirectoryBuckets",)),
        Call("get_bucket_policy", ("s3express:GetBucketPolicy",), _BUCKET.each_policy, empty=frozenset({"NoSuchBucketPolicy"})),
    ),
    normalize=normalize_kinds(_BUCKET),
    client="s3",
)
