"""Amazon Aurora DSQL: clusters with their policy.

https://docs.aws.amazon.com/aurora-dsql/latest/APIReference/
"""

from __future__ import annotations

from xgraph.ingest.services._kind import Kind, normalize_kinds
from xgraph.ingest.services._service import Call, Scope, Service

_CLUSTER = Kind(
    "dsql",
    "Cluster",
    "list_clusters",
    "clusters",
    "{arn}",
    policy="get_cluster_policy",
    of={"identifier": "{identifier}"},
    document="policy",
)

DSQL = Service(
    name="dsql",
    description="Clusters with their policy",
    scope=Scope.REGIONAL,
    calls=(
        Call("list_clusters", ("dsql:ListClusters",)),
        Call("get_cluster_policy", ("dsql:GetClusterPolicy",), _CLUSTER.each_policy, empty=frozenset({"ResourceNotFoundException"})),
    ),
    normalize=normalize_kinds(_CLUSTER),
)
