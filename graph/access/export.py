"""The whole graph as a networkx.MultiDiGraph: role hops, and one access edge per action class for every guarded resource."""

from __future__ import annotations

from collections.abc import Iterator

import networkx as nx

from xgraph.graph.model.resource import Resource
from xgraph.graph.policy.decision import Verdict
from xgraph.graph.policy.describe import condition_of
from xgraph.graph.policy.formula import Formula

from .actions import ActionClass, ActionClasses
from .assemble import describe_node
from .graph import AccessGraph
from .hops import ways_of
from .roster import is_guarded

# Types are called what the service authorization reference calls them.
# A bucket is two things; every other resource is of its own type.
_POINT = (("accesspoint", ""), ("object", "/object/*"))
_PARTS = {
    ("s3", "bucket"): (("bucket", ""), ("object", "/*")),
    ("s3", "accesspoint"): _POINT,
    ("s3", "multiregionaccesspoint"): _POINT,
}


def to_networkx(graph: AccessGraph, *, expand: bool = False) -> nx.MultiDiGraph:
    """Nodes and edges as `schema.NODES` and `schema.EDGES` describe them; `expand`: every pair instead of sets."""
    return _Writer(graph, expand=expand).write()


class _Writer:
    def __init__(self, graph: AccessGraph, *, expand: bool) -> None:
        self.graph = graph
        self.expand = expand
        self.out = nx.MultiDiGraph()
        self._sets: dict[tuple[int, ...], str] = {}

    def write(self) -> nx.MultiDiGraph:
        for principal in self.graph.index.principals:
            self._node(principal.arn)
        for one in self.graph.trust.sets:
            for target in one.targets:
                arn = self.graph.index.principals[target].arn
                members = tuple(member for member in one.members if member != target) if self.expand else one.members
                self._edges(members, arn, one.verdict, one.allow, {"kind": "CAN_ASSUME", "mechanism": "assume-role"})
        classes = ActionClasses(self.graph.world.estate)
        for resource in self.graph.world.estate.resources.values():
            if _is_guarded(resource):
                self._access(resource, classes)
        return self.out

    def _access(self, resource: Resource, classes: ActionClasses) -> None:
        for kind, suffix in _PARTS.get((resource.service, resource.type), ((resource.type, ""),)):
            node = resource.arn + suffix
            self._node(node)
            for one in classes.of(resource.service, kind):
                for members, verdict, allow, way in self._reached(node, one):
                    shown = {"action": one.representative, "actions": list(one.actions), "levels": list(one.levels)}
                    self._edges(members, node, verdict, allow, {"kind": "CAN_ACCESS", "mechanism": way, **shown})

    def _reached(self, node: str, one: ActionClass) -> Iterator[tuple[tuple[int, ...], Verdict, Formula, str]]:
        """Members of one decision, split by the mechanism that works for them."""
        goal = self.graph.world.goal(node, one.representative)
        for group in self.graph.reach(goal).groups:
            by_way: dict[str, list[int]] = {}
            for number in group.members:
                by_way.setdefault(ways_of(self.graph.world, self.graph.actor(number), goal)[0], []).append(number)
            for way, members in sorted(by_way.items()):
                yield tuple(members), group.verdict, group.allow, way

    def _edges(self, members: tuple[int, ...], target: str, verdict: Verdict, allow: Formula, shown: dict[str, object]) -> None:
        condition = condition_of(allow).text if verdict is Verdict.CONDITIONAL else None
        attributes = {**shown, "verdict": verdict.value, "condition": condition}
        if self.expand or len(members) == 1:
            for member in members:
                self.out.add_edge(self.graph.index.principals[member].arn, target, **attributes)
        else:
            self.out.add_edge(self._set(members), target, **attributes)

    def _set(self, members: tuple[int, ...]) -> str:
        name = self._sets.get(members)
        if name is None:
            name = self._sets[members] = f"set:{len(self._sets)}"
            label = f"{len(members)} principals"
            self.out.add_node(name, kind="set", account=None, account_name=None, name=label, collected=True, size=len(members))
            for member in members:
                self.out.add_edge(self.graph.index.principals[member].arn, name, kind="MEMBER_OF")
        return name

    def _node(self, node: str) -> None:
        found = describe_node(self.graph, node)
        self.out.add_node(
            node,
            kind=found.kind,
            account=found.account,
            account_name=found.account_name,
            name=found.name,
            collected=found.collected,
        )


def _is_guarded(resource: Resource) -> bool:
    """Whether it has a policy, ACL or grant of its own (contract section 10)."""
    return resource.policy is not None or is_guarded(resource.settings)
