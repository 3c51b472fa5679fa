"""Amazon MSK: clusters with their policy and tags.

https://docs.aws.amazon.com/msk/1.0/apireference/
"""

from __future__ import annotations

from xgraph.ingest.services._kind import Kind, normalize_kinds
from xgraph.ingest.services._service import Call, Scope, Service

_CLUSTER = Kind(
    "kafka", "cluster", "list_clusters_v2", "ClusterInfoList", "{ClusterArn}", policy="get_cluster_policy", of={"ClusterArn": "{arn}"}
)

KAFKA = Service(
    name="kafka",
    description="Clusters with their policy and tags",
    scope=Scope.REGIONAL,
    calls=(
        Call("list_clusters_v2", ("kafka:ListClustersV2",)),
        Call("get_cluster_policy", ("kafka:GetClusterPolicy",), _CLUSTER.each_policy, empty=frozenset({"NotFoundException"})),
    ),
    normalize=normalize_kinds(_CLUSTER),
)
