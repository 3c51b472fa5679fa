"""What one load is called, and the batches that it is written in. Pure: nothing here talks to a database."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from xgraph.graph.access import schema
from xgraph.graph.access.everything import NodeRecord, Records

NODE, SNAPSHOT, POINTER = "XGraphNode", "XGraphSnapshot", "XGraphPointer"
LAYOUT = "1"  # a change of labels, types or properties makes another load of the same snapshot
BATCH = 5_000
_TYPES = frozenset(kind.name for kind in schema.DATABASE_EDGES)
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


@dataclass(frozen=True, slots=True)
class Batch:
    """Rows that are written in one transaction by one statement. `kind` is a node kind or an edge type."""

    is_node: bool
    kind: str
    labels: tuple[str, ...]
    rows: Sequence[Mapping[str, Any]]

    @property
    def text(self) -> str:
        """The statement; labels and types come from the schema, everything else is a parameter."""
        if self.is_node:
            labels = "".join(f":{label}" for label in (NODE, *self.labels))
            return f"UNWIND $rows AS row CREATE (n{labels}) SET n = row"
        return (
            f"UNWIND $rows AS row "
            f"MATCH (a:{NODE} {{snapshot: $load, id: row.a}}) MATCH (b:{NODE} {{snapshot: $load, id: row.b}}) "
            f"CREATE (a)-[r:{self.kind}]->(b) SET r = row.p"
        )


def load_id(snapshot_id: str, at: str | None, targets: Iterable[tuple[str, str]]) -> str:
    """The name under which a load's nodes stand side by side with those of other loads: the same question, the same name."""
    from xgraph import __version__  # noqa: PLC0415  the front door

    parts = (snapshot_id, at or "", *(f"{arn} {action}" for arn, action in sorted(targets)), LAYOUT, __version__)
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:20]


def node_row(node: NodeRecord, load: str) -> dict[str, Any]:
    """The properties of one node."""
    return {"snapshot": load, "id": node.id, "kind": node.kind, **node.attributes}


def batches(records: Records, load: str, *, size: int = BATCH) -> Iterator[Batch]:
    """All rows in a fixed order, nodes before edges."""
    nodes: dict[str, list[NodeRecord]] = defaultdict(list)
    for node in records.nodes.values():
        nodes[node.kind].append(node)
    for kind, group in nodes.items():
        for start in range(0, len(group), size):
            yield Batch(True, kind, group[0].labels, [node_row(node, load) for node in group[start : start + size]])
    edges: dict[str, list[Any]] = defaultdict(list)
    for edge in records.edges:
        edges[edge.kind].append(edge)
    for kind, found in edges.items():
        assert kind in _TYPES
        for start in range(0, len(found), size):
            yield Batch(False, kind, (), [{"a": e.source, "b": e.target, "p": e.attributes} for e in found[start : start + size]])


def count_batches(records: Records, size: int = BATCH) -> int:
    """How many batches there are."""
    counts: dict[str, int] = defaultdict(int)
    for node in records.nodes.values():
        counts[f"node {node.kind}"] += 1
    for edge in records.edges:
        counts[f"edge {edge.kind}"] += 1
    return sum(-(-count // size) for count in counts.values())
