"""The access edges of a database are those that asking every pair gives: classes and what is remembered change no answer."""

from __future__ import annotations

import pytest

from tests.properties.blocks import blocks
from tests.properties.organizations import estate_of, organization
from xgraph.graph.access.everything import Records, asked_of, everything
from xgraph.graph.access.graph import AccessGraph, open_graph
from xgraph.graph.access.hops import make_hop
from xgraph.graph.access.reach import possible_allow
from xgraph.graph.access.world import Goal

Edge = tuple[str, str, str, str, str | None, str, tuple[str, ...]]  # caller, node, action, verdict, condition, mechanism, also


def by_edges(graph: AccessGraph, records: Records) -> list[Edge]:
    """The edges with each set's members in its place."""
    members: dict[str, list[str]] = {}
    for edge in records.edges:
        if edge.kind == "MEMBER_OF":
            members.setdefault(edge.target, []).append(edge.source)
    out: list[Edge] = []
    for edge in records.edges:
        if edge.kind == "CAN_ACCESS":
            shown = edge.attributes
            told = (edge.target, shown["action"], shown["verdict"], shown["condition"], shown["mechanism"], tuple(shown["also"]))
            callers = members.get(edge.source, []) if edge.source.startswith("set:") else [edge.source]
            out.extend((caller, *told) for caller in callers if graph.number(caller) is not None)
    return out


def by_pairs(graph: AccessGraph) -> set[Edge]:
    """One question for each principal, node and action class."""
    out: set[Edge] = set()
    for node, one in asked_of(graph, (), guarded=True):
        goal = graph.world.goal(node, one.representative)
        for number, principal in enumerate(graph.principals):
            hop = make_hop(graph.world, graph.actor(number), goal)
            if hop.verdict.is_possible:
                condition = hop.condition.text if hop.condition else None
                if not only_unread(graph, number, goal):
                    out.add((principal.arn, node, one.representative, hop.verdict.value, condition, hop.mechanism, hop.also))
    return out


def only_unread(graph: AccessGraph, number: int, goal: Goal) -> bool:
    """Whether the only grant could lie in what was not read: such hops are no edges (contract section 7)."""
    allow, _ = possible_allow(graph.world, graph.actor(number), goal)
    anonymous, _ = possible_allow(graph.world, graph.world.anonymous(), goal)
    return allow is False and anonymous is False


def check(seed: int) -> None:
    graph = open_graph(estate_of(organization(seed)))
    found = by_edges(graph, everything(graph, blocked=False))

    assert len(found) == len(set(found))
    assert set(found) == by_pairs(graph)


@pytest.mark.parametrize("seed", range(4))
def test_access_edges_are_what_every_pair_says(seed: int) -> None:
    check(seed)


@pytest.mark.long
@pytest.mark.parametrize("block", blocks(20))
def test_access_edges_of_many_organizations(block: int) -> None:
    for seed in range(9000 + 5 * block, 9005 + 5 * block):
        check(seed)
