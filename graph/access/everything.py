"""All that a graph database gets to hold: nodes and edges as `schema.DATABASE_NODES` and `schema.DATABASE_EDGES` describe them.

Sets stay sets. Possible hops are CAN_ASSUME and CAN_ACCESS; hops that one control alone withholds are BLOCKED_ASSUME and BLOCKED_ACCESS.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from xgraph.graph.model import reference
from xgraph.graph.model.arn import account_of

from . import schema
from .actions import ActionClass, ActionClasses
from .assemble import describe_node
from .export import _PARTS, _is_guarded
from .graph import AccessGraph
from .trust import Progress

_KINDS = {kind.name: kind for kind in schema.DATABASE_NODES}
NO_ATTRIBUTES: Mapping[str, Any] = {}


@dataclass(frozen=True, slots=True)
class NodeRecord:
    """One node. `attributes` are those of its kind, without `kind` itself."""

    kind: str
    id: str
    attributes: Mapping[str, Any]

    @property
    def labels(self) -> tuple[str, ...]:
        """The labels of its kind."""
        return _KINDS[self.kind].labels


@dataclass(frozen=True, slots=True)
class EdgeRecord:
    """One edge between the ids of two nodes."""

    kind: str
    source: str
    target: str
    attributes: Mapping[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class Records:
    """Nodes by id and edges, in a fixed order."""

    nodes: dict[str, NodeRecord] = field(default_factory=dict)
    edges: list[EdgeRecord] = field(default_factory=list)
    _sets: dict[tuple[int, ...], str] = field(default_factory=dict)
    _acting: set[str] = field(default_factory=set)

    def node(self, kind: str, node: str, account: str | None, name: str, *, collected: bool, **more: Any) -> None:
        """A node, unless it is there already."""
        if node not in self.nodes:
            shown = {"account": account, "account_name": None, "name": name, "collected": collected, **more}
            self.nodes[node] = NodeRecord(kind if kind in _KINDS else "resource", node, shown)

    def described(self, graph: AccessGraph, node: str, **more: Any) -> None:
        """A node as answers describe it."""
        if node not in self.nodes:
            found = describe_node(graph, node)
            kind = found.kind if found.kind in _KINDS else "resource"
            shown = {"account": found.account, "account_name": found.account_name, "name": found.name, "collected": found.collected}
            self.nodes[node] = NodeRecord(kind, node, {**shown, **more})

    def edge(self, kind: str, source: str, target: str, attributes: Mapping[str, Any] = NO_ATTRIBUTES) -> None:
        """An edge; both ends have to be there by the end."""
        self.edges.append(EdgeRecord(kind, source, target, attributes))

    def acting(self, node: str) -> str:
        """The caller itself, as the start of an edge of its own."""
        if node not in self._acting:
            self._acting.add(node)
            self.edge("ACTS_AS", node, node)
        return node

    def callers(self, graph: AccessGraph, members: Sequence[int]) -> str:
        """One principal, or the set of several."""
        if len(members) == 1:
            return self.acting(graph.index.principals[members[0]].arn)
        place = tuple(members)
        name = self._sets.get(place)
        if name is None:
            name = self._sets[place] = f"set:{len(self._sets)}"
            self.node("set", name, None, f"{len(members)} principals", collected=True, size=len(members))
            for member in members:
                self.edge("MEMBER_OF", graph.index.principals[member].arn, name)
        return name


def everything(
    graph: AccessGraph,
    targets: Iterable[tuple[str, str]] = (),
    *,
    blocked: bool = True,
    guarded: bool = True,
    progress: Progress | None = None,
) -> Records:
    """All nodes and edges. `targets`: (ARN, action) pairs whose access edges are wanted besides those of guarded resources.

    Without `blocked` near misses are left out, without `guarded` the access edges of guarded resources.
    """
    from ._hops_of import Hops  # noqa: PLC0415  they import the records above
    from ._structure import add_structure  # noqa: PLC0415

    out = Records()
    add_structure(graph, out)
    hops = Hops(graph, out, blocked=blocked)
    hops.add_roles(progress)
    asked = asked_of(graph, targets, guarded=guarded)
    for done, (node, one) in enumerate(asked):
        if progress and done % 16 == 0:
            progress("access edges", done, len(asked))
        hops.add_access(node, one)
    names = {node.id.partition(":")[2]: node.attributes["name"] for node in out.nodes.values() if node.kind == "account"}
    for node, record in out.nodes.items():
        account = record.attributes["account"]
        if record.attributes["account_name"] is None and account in names and names[account] != account:
            out.nodes[node] = NodeRecord(record.kind, node, {**record.attributes, "account_name": names[account]})
    return out


def asked_of(graph: AccessGraph, targets: Iterable[tuple[str, str]], *, guarded: bool) -> list[tuple[str, ActionClass]]:
    """The pairs of a node and an action class that get access edges."""
    classes = ActionClasses(graph.world.estate)
    found = [
        (resource.arn + suffix, one)
        for resource in graph.world.estate.resources.values()
        if guarded and _is_guarded(resource)
        for kind, suffix in _PARTS.get((resource.service, resource.type), ((resource.type, ""),))
        for one in classes.of(resource.service, kind)
    ]
    there = {(node, action) for node, one in found for action in one.actions}
    for node, action in targets:
        name = reference.spelled(action.lower())
        if (node, name) not in there:
            found.append((node, ActionClass(name, (name,), ())))
    return found


def home_of(node: str) -> str | None:
    """The account that a name belongs to, as far as the name says."""
    return node.partition(":")[2] if node.startswith("account:") else account_of(node)
