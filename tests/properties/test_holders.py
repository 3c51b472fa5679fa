"""Holders are the principals that asking one by one finds, whether or not role hops were built."""

from __future__ import annotations

import pytest

from tests.properties.organizations import estate_of, organization
from tests.properties.test_index_honest import asked, goals
from xgraph.graph.access.graph import open_graph
from xgraph.graph.access.holders import holders
from xgraph.graph.access.world import ASSUME_ROLE


@pytest.mark.parametrize("seed", range(10))
def test_holders_are_those_who_may(seed: int) -> None:
    graph = open_graph(estate_of(organization(seed)))
    roles = [graph.world.goal(p.arn, ASSUME_ROLE) for p in graph.principals if p.trust is not None]

    for goal in (*goals(graph), *roles):
        expected = {graph.actor(number).node: verdict for number, (verdict, _) in asked(graph, goal).items()}
        found = holders(graph, goal)

        assert {actor.node: group.verdict for actor, group in found} == expected
        assert len(found) == len(expected)


def test_holders_build_no_role_hops() -> None:
    graph = open_graph(estate_of(organization(1)))

    holders(graph, next(goals(graph)))

    assert "trust" not in vars(graph)
