"""Amazon Redshift: namespaces of clusters with their policy.

https://docs.aws.amazon.com/redshift/latest/APIReference/
"""

from __future__ import annotations

from xgraph.ingest.services._kind import Kind, normalize_kinds
from xgraph.ingest.services._service import Call, Scope, Service

_NAMESPACE = Kind(
    "redshift",
    "namespace",
    "describe_clusters",
    "Clusters",
    "{ClusterNamespaceArn}",
    policy="get_resource_policy",
    of={"ResourceArn": "{arn}"},
    document="ResourcePolicy.Policy",
    such=lambda entry: bool(entry.get("ClusterNamespaceArn")),
)

# What a cluster is busy with, and how full it is.
_MOVING = frozenset(
    {
        "ClusterAvailabilityStatus", "DataTransferProgress", "ExpectedNextSnapshotScheduleTime", "NextMaintenanceWindowStartTime",
        "PendingModifiedValues", "RestoreStatus", "TotalStorageCapacityInMegaBytes",
    }
)  # fmt: skip

REDSHIFT = Service(
    name="redshift",
    description="Namespaces of clusters with their policy",
    scope=Scope.REGIONAL,
    calls=(
        Call("describe_clusters", ("redshift:DescribeClusters",), drops=_MOVING),
        Call("get_resource_policy", ("redshift:GetResourcePolicy",), _NAMESPACE.each_policy, empty=frozenset({"ResourceNotFoundFault"})),
    ),
    normalize=normalize_kinds(_NAMESPACE),
)
