"""Tables say what asking pair by pair, or listing every chain, says."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

import pytest

from tests.properties.organizations import estate_of, organization
from tests.properties.test_index_honest import goals
from xgraph.graph.access.graph import AccessGraph, open_graph
from xgraph.graph.access.names import sources
from xgraph.graph.access.world import ASSUME_ROLE, Goal
from xgraph.graph.policy.decision import Verdict
from xgraph.queries.path_between import path_between
from xgraph.queries.simulate import simulate
from xgraph.queries.who_can import who_can

MOST_HOPS = 3


def questions(graph: AccessGraph, most: int) -> Iterator[Goal]:
    """Some goals on resources, and some roles to become."""
    roles = [p.arn for p in graph.principals if p.trust is not None]
    yield from islice(goals(graph), 0, None, max(1, 60 // most))
    yield from (graph.world.goal(arn, ASSUME_ROLE) for arn in roles[:: max(1, len(roles) // most)])


@pytest.mark.parametrize("seed", range(6))
def test_who_can_is_asking_each_principal_one_by_one(seed: int) -> None:
    estate = estate_of(organization(seed))
    graph = open_graph(estate)

    for goal in questions(graph, 6):
        found = {row.principal: row.verdict for row in who_can(graph, goal.action, goal.node).rows}
        for actor in sources(graph, "any")[0]:
            if actor.node == goal.node or actor.principal is None:
                continue
            decided = simulate(estate, actor.node, goal.action, goal.node)
            public = any("without credentials" in note for note in decided.answer.notes)
            if actor.node in found and not public:
                assert found[actor.node] == decided.verdict
            elif actor.node not in found:
                # What only something unread could grant is no grant: it is a gap.
                assert not decided.verdict.is_possible or decided.answer.coverage_gaps
                assert not public


@pytest.mark.parametrize("seed", range(6))
def test_families_hold_everybody_once(seed: int) -> None:
    graph = open_graph(estate_of(organization(seed)))

    for goal in questions(graph, 6):
        for through_chains in (False, True):
            plain = list(who_can(graph, goal.action, goal.node, through_chains=through_chains, max_hops=MOST_HOPS).rows)
            folded = list(who_can(graph, goal.action, goal.node, through_chains=through_chains, max_hops=MOST_HOPS, families=True).rows)
            sizes = [row.family.size if row.family else 1 for row in folded]

            assert sum(sizes) == len(plain)
            assert {(row.principal, row.verdict, row.length, row.mechanism) for row in folded} <= {
                (row.principal, row.verdict, row.length, row.mechanism) for row in plain
            }
            assert sorted(str(row.verdict) for row in plain) == sorted(
                str(row.verdict) for row, size in zip(folded, sizes, strict=True) for _ in range(size)
            )


@pytest.mark.parametrize("seed", range(6))
def test_who_can_through_chains_is_the_best_of_all_chains(seed: int) -> None:
    graph = open_graph(estate_of(organization(seed)))

    for goal in questions(graph, 4):
        best: dict[str, tuple[bool, int]] = {}
        for chain in path_between(graph, "any", goal.node, goal.action, max_hops=MOST_HOPS).items:
            source = chain.hops[0].source
            rank = chain.verdict is not Verdict.ALLOWED, len(chain.hops)
            best[source] = min(rank, best.get(source, rank))
        rows = list(who_can(graph, goal.action, goal.node, through_chains=True, max_hops=MOST_HOPS).rows)

        assert {row.principal: (row.verdict is not Verdict.ALLOWED, row.length) for row in rows} == best
        assert len(rows) == len(best)
        assert all(row.chain[0].source == row.principal and len(row.chain) == row.length for row in rows)
