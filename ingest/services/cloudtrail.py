"""AWS CloudTrail: event data stores and channels with their policies.

https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/
"""

from __future__ import annotations

from xgraph.ingest.services._kind import Kind, both, normalize_kinds
from xgraph.ingest.services._service import Call, Scope, Service

_STORE = Kind(
    "cloudtrail",
    "eventdatastore",
    "list_event_data_stores",
    "EventDataStores",
    "{EventDataStoreArn}",
    policy="get_resource_policy",
    of={"ResourceArn": "{arn}"},
    document="ResourcePolicy",
)
_CHANNEL = Kind(
    "cloudtrail",
    "channel",
    "list_channels",
    "Channels",
    "{ChannelArn}",
    policy="get_resource_policy",
    of={"ResourceArn": "{arn}"},
    document="ResourcePolicy",
)

CLOUDTRAIL = Service(
    name="cloudtrail",
    description="Event data stores and channels with their policies",
    scope=Scope.REGIONAL,
    calls=(
        Call("list_event_data_stores", ("cloudtrail:ListEventDataStores",), absent=frozenset({"UnsupportedOperationException"})),
        Call("list_channels", ("cloudtrail:ListChannels",), absent=frozenset({"UnsupportedOperationException"})),
        Call(
            "get_resource_policy",
            ("cloudtrail:GetResourcePolicy",),
            both(_STORE.each_policy, _CHANNEL.each_policy),
            empty=frozenset({"ResourcePolicyNotFoundException"}),
        ),
    ),
    normalize=normalize_kinds(_STORE, _CHANNEL),
)
