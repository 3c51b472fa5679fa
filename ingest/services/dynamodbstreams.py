"""Amazon DynamoDB Streams: streams of tables with their policy.

https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Operations_Amazon_DynamoDB_Streams.html
"""

from __future__ import annotations

from xgraph.ingest.services._kind import Kind, normalize_kinds
from xgraph.ingest.services._service import Call, Scope, Service

_STREAM = Kind(
    "dynamodb", "stream", "list_streams", "Streams", "{StreamArn}", policy="dynamodb.get_resource_policy", of={"ResourceArn": "{arn}"}
)

DYNAMODBSTREAMS = Service(
    name="dynamodbstreams",
    description="Streams of tables with their policy",
    scope=Scope.REGIONAL,
    calls=(
        Call("list_streams", ("dynamodb:ListStreams",)),
        Call(
            "get_resource_policy",
            ("dynamodb:GetResourcePolicy",),
            _STREAM.each_policy,
            empty=frozenset({"PolicyNotFoundException"}),
            client="dynamodb",
        ),
    ),
    normalize=normalize_kinds(_STREAM),
)
