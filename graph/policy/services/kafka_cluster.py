"""MSK's data plane: the policy of a cluster speaks for its topics, groups and transactions.

Source: Amazon MSK Developer Guide, "Amazon MSK cluster policy", "IAM access control".
"""

from __future__ import annotations

from xgraph.graph.model.arn import parse_arn

from ._rules import Rules

_INSIDE = ("topic", "group", "transactional-id")


def _cluster_of(text: str) -> str:
    """The cluster that a topic, a group or a transaction is in."""
    arn = parse_arn(text)
    parts = arn.resource.split("/") if arn else []
    if arn is None or len(parts) < 3 or parts[0] not in _INSIDE:
        return text
    return f"arn:{arn.partition}:kafka:{arn.region}:{arn.account}:cluster/{parts[1]}/{parts[2]}"


KAFKA_CLUSTER = Rules(
    "kafka-cluster", holder=_cluster_of, description="the policy of a cluster speaks for its topics, groups and transactions"
)
