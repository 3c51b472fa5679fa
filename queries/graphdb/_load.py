"""What one load and its nodes are called. Pure: nothing here talks to a database."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Any

from xgraph.graph.access.everything import NodeRecord

NODE, SNAPSHOT, POINTER = "XGraphNode", "XGraphSnapshot", "XGraphPointer"
LAYOUT = "2"  # a change of labels, types, properties or of the order of batches makes another load of the same snapshot
BATCH = 5_000
# Cartography's labels, for those who ask both graphs together; see its schema documentation.
CARTOGRAPHY = {
    "account": ("AWSAccount",),
    "user": ("AWSUser", "AWSPrincipal"),
    "role": ("AWSRole", "AWSPrincipal"),
    "group": ("AWSGroup", "AWSPrincipal"),
    "root": ("AWSRootPrincipal", "AWSPrincipal"),
    "service": ("AWSServicePrincipal", "AWSPrincipal"),
    "policy": ("AWSPolicy",),
    "statement": ("AWSPolicyStatement",),
    "bucket": ("S3Bucket",),
    "queue": ("SQSQueue",),
    "table": ("DynamoDBTable",),
}


def load_id(snapshot_id: str, at: str | None, targets: Iterable[tuple[str, str]]) -> str:
    """The name under which a load's nodes stand side by side with those of other loads: the same question, the same name."""
    from xgraph import __version__  # noqa: PLC0415  the front door

    parts = (snapshot_id, at or "", *(f"{arn} {action}" for arn, action in sorted(targets)), LAYOUT, __version__)
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:20]


def node_row(node: NodeRecord, load: str) -> dict[str, Any]:
    """The properties of one node."""
    return {"snapshot": load, "id": node.id, "kind": node.kind, **node.attributes}
