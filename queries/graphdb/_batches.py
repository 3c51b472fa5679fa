"""The batches that a load is written in. Pure: nothing here talks to a database.

Edges are grouped: those of one end with the same properties are one row, so that this end is looked up once and the properties travel once.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from xgraph.graph.access import schema
from xgraph.graph.access.everything import EdgeRecord, NodeRecord, Records

from ._load import BATCH, NODE, node_row

_TYPES = frozenset(kind.name for kind in schema.DATABASE_EDGES)
_LOOKED_AT = 20_000  # edges of a kind that tell which end has more of them


@dataclass(frozen=True, slots=True)
class Batch:
    """Rows that are written in one transaction by one statement. `kind` is a node kind or an edge type.

    A row of nodes is the properties of one; a row of edges is `one` end, the `many` ends that it is joined with, and the properties `p` of
    each of these edges. `outward`: whether the edges start at the one.
    """

    is_node: bool
    kind: str
    labels: tuple[str, ...]
    rows: Sequence[Mapping[str, Any]]
    outward: bool = False

    @property
    def text(self) -> str:
        """The statement; labels and types come from the schema, everything else is a parameter."""
        if self.is_node:
            labels = "".join(f":{label}" for label in (NODE, *self.labels))
            return f"UNWIND $rows AS row CREATE (n{labels}) SET n = row"
        start, end = ("x", "y") if self.outward else ("y", "x")
        return (
            f"UNWIND $rows AS row MATCH (x:{NODE} {{snapshot: $load, id: row.one}}) "
            f"UNWIND row.many AS other MATCH (y:{NODE} {{snapshot: $load, id: other}}) "
            f"CREATE ({start})-[r:{self.kind}]->({end}) SET r = row.p"
        )

    def edges(self) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
        """Each edge of these rows: its start, its end, its properties."""
        for row in self.rows:
            for other in row["many"]:
                yield (row["one"], other, row["p"]) if self.outward else (other, row["one"], row["p"])


def batches(records: Records, load: str, *, size: int = BATCH) -> Iterator[Batch]:
    """All rows in a fixed order, nodes before edges; `size` nodes or edges each."""
    nodes: dict[str, list[NodeRecord]] = defaultdict(list)
    for node in records.nodes.values():
        nodes[node.kind].append(node)
    for kind, group in nodes.items():
        for start in range(0, len(group), size):
            yield Batch(True, kind, group[0].labels, [node_row(node, load) for node in group[start : start + size]])
    edges: dict[str, list[EdgeRecord]] = defaultdict(list)
    for edge in records.edges:
        edges[edge.kind].append(edge)
    for kind, found in edges.items():
        assert kind in _TYPES
        outward = _fans_out(found)
        for rows in _cut(_grouped(found, outward), size):
            yield Batch(False, kind, (), rows, outward)


def count_batches(records: Records, size: int = BATCH) -> int:
    """How many batches there are."""
    counts = Counter(f"node {node.kind}" for node in records.nodes.values())
    counts.update(f"edge {edge.kind}" for edge in records.edges)
    return sum(-(-count // size) for count in counts.values())


def _fans_out(edges: Iterable[EdgeRecord]) -> bool:
    """Whether grouping by the start of edges makes fewer rows than grouping by their end."""
    known: dict[int, str] = {}
    starts, ends = set(), set()
    for edge in islice(edges, _LOOKED_AT):
        shown = _shown(edge.attributes, known)
        starts.add((edge.source, shown))
        ends.add((edge.target, shown))
    return len(starts) < len(ends)


def _grouped(edges: Iterable[EdgeRecord], outward: bool) -> Iterator[tuple[str, list[str], Mapping[str, Any]]]:
    """One end, the other ends of its edges, and the properties that these have in common."""
    known: dict[int, str] = {}
    found: dict[tuple[str, str], tuple[str, list[str], Mapping[str, Any]]] = {}
    for edge in edges:
        one, other = (edge.source, edge.target) if outward else (edge.target, edge.source)
        key = (one, _shown(edge.attributes, known))
        if key not in found:
            found[key] = (one, [], edge.attributes)
        found[key][1].append(other)
    yield from found.values()


def _shown(attributes: Mapping[str, Any], known: dict[int, str]) -> str:
    """The properties as text, which is made once for each object: many edges share theirs."""
    found = known.get(id(attributes))
    if found is None:
        found = known[id(attributes)] = repr(attributes)
    return found


def _cut(groups: Iterable[tuple[str, list[str], Mapping[str, Any]]], size: int) -> Iterator[list[dict[str, Any]]]:
    """Rows of `size` edges, the last ones of fewer."""
    rows: list[dict[str, Any]] = []
    room = size
    for one, others, attributes in groups:
        start = 0
        while start < len(others):
            part = others[start : start + room]
            rows.append({"one": one, "many": part, "p": attributes})
            start += len(part)
            room -= len(part)
            if not room:
                yield rows
                rows, room = [], size
    if rows:
        yield rows
