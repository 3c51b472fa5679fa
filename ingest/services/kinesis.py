"""Amazon Kinesis Data Streams: streams and consumers with their policies.

https://docs.aws.amazon.com/kinesis/latest/APIReference/
"""

from __future__ import annotations

from xgraph.ingest.services._kind import Kind, both, normalize_kinds
from xgraph.ingest.services._service import Call, Scope, Service

_STREAM = Kind(
    "kinesis", "stream", "list_streams", "StreamSummaries", "{StreamARN}", policy="get_resource_policy", of={"ResourceARN": "{arn}"}
)
_CONSUMER = Kind(
    "kinesis", "consumer", "list_stream_consumers", "Consumers", "{ConsumerARN}", policy="get_resource_policy", of={"ResourceARN": "{arn}"}
)

KINESIS = Service(
    name="kinesis",
    description="Streams and consumers with their policies",
    scope=Scope.REGIONAL,
    calls=(
        Call("list_streams", ("kinesis:ListStreams",)),
        Call("list_stream_consumers", ("kinesis:ListStreamConsumers",), _STREAM.each(StreamARN="{arn}")),
        Call(
            "get_resource_policy",
            ("kinesis:GetResourcePolicy",),
            both(_STREAM.each_policy, _CONSUMER.each_policy),
            empty=frozenset({"ResourceNotFoundException"}),
        ),
    ),
    normalize=normalize_kinds(_STREAM, _CONSUMER),
)
