"""Tables say what asking pair by pair, or listing every chain, says."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from itertools import islice
from random import Random

import pytest

from tests.properties.organizations import FULL, A, T, estate_of, organization
from tests.properties.test_index_honest import goals
from xgraph.graph.access.graph import AccessGraph, open_graph
from xgraph.graph.access.names import sources
from xgraph.graph.access.world import ASSUME_ROLE, Goal
from xgraph.graph.model.document import Policy
from xgraph.graph.model.estate import Estate
from xgraph.graph.model.organization import Account
from xgraph.graph.model.principal import Principal, PrincipalKind
from xgraph.graph.model.resource import Resource
from xgraph.graph.policy.decision import Verdict
from xgraph.queries._grants import Grant
from xgraph.queries._touched import Touched
from xgraph.queries.blast_radius import blast_radius
from xgraph.queries.chokepoints import ALL, CUT, chokepoints
from xgraph.queries.exposure import exposure
from xgraph.queries.path_between import path_between
from xgraph.queries.simulate import simulate
from xgraph.queries.what_can import what_can
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


def sampled(graph: AccessGraph, rng: Random, most: int) -> list[str]:
    """Some nodes that can be sources: collected ones, strangers, a session."""
    nodes = [actor.node for actor in sources(graph, "any")[0]]
    roles = [p for p in graph.principals if p.trust is not None]
    sessions = [f"arn:aws:sts::{p.account}:assumed-role/{p.name}/s" for p in roles[:1] if p.arn.startswith("arn:aws:")]
    return [*rng.sample(nodes, min(most, len(nodes))), *sessions]


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("hops", [1, 3])
def test_what_can_is_the_best_of_all_chains_to_everything(seed: int, hops: int) -> None:
    graph = open_graph(estate_of(organization(seed)))
    roles = [p.arn for p in graph.principals if p.trust is not None]

    for node in sampled(graph, Random(seed), 4):
        rows = list(what_can(graph, node, through_chains=hops > 1, max_hops=hops).rows)
        found = {(row.resource, row.action): (row.verdict is not Verdict.ALLOWED, row.length) for row in rows}
        # What a session is a session of it need not become.
        own = sources(graph, node)[0][0].principal
        asked = [(arn, "sts:AssumeRole") for arn in roles if own is None or arn != own.arn]
        for arn, resource in graph.world.estate.resources.items():
            for place in (arn, f"{arn}/*") if resource.type == "bucket" else (arn,):
                asked += [(place, one.representative) for one in graph.action_classes.on(place)]
        expected = {}
        for place, action in asked:
            chains = path_between(graph, node, place, action, max_hops=hops).items
            ranks = [(chain.verdict is not Verdict.ALLOWED, len(chain.hops)) for chain in chains]
            if ranks:
                expected[place, action] = min(ranks)

        assert found == expected
        assert len(rows) == len(found)


def merged(rows: Iterable[Grant]) -> dict[tuple[str, Verdict], tuple[int, frozenset[str]]]:
    """Grants by resource and verdict: the least number of hops, and the action classes."""
    found: dict[tuple[str, Verdict], tuple[int, frozenset[str]]] = {}
    for row in rows:
        length, actions = found.get((row.resource, row.verdict), (row.length, frozenset()))
        found[row.resource, row.verdict] = min(length, row.length), actions | {row.action}
    return found


def as_merged(rows: Iterable[Touched]) -> dict[tuple[str, Verdict], tuple[int, frozenset[str]]]:
    return {(row.target, row.verdict): (row.length, frozenset(row.actions)) for row in rows}


@pytest.mark.parametrize("seed", range(8))
def test_the_blast_radius_is_the_union_of_what_can_through_chains(seed: int) -> None:
    graph = open_graph(estate_of(organization(seed)))

    for node in sampled(graph, Random(seed), 6):
        expected = merged(what_can(graph, node, through_chains=True, max_hops=MOST_HOPS).rows)
        rows = list(blast_radius(graph, node, max_hops=MOST_HOPS).rows)
        folded = list(blast_radius(graph, node, max_hops=MOST_HOPS, families=True).rows)

        assert as_merged(rows) == expected
        assert sum(row.family.size if row.family else 1 for row in folded) == len(rows)


@pytest.mark.parametrize("seed", range(8))
def test_exposure_is_the_blast_radius_of_everybody_outside(seed: int) -> None:
    graph = open_graph(estate_of(organization(seed)))
    answer = exposure(graph, max_hops=MOST_HOPS)
    rows = list(answer.rows)
    public = as_merged(row for row in rows if row.source == "anonymous")

    hidden = 0
    for actor in sources(graph, "any")[0]:
        if actor.principal is None:
            most = 1 if actor.node.startswith("service:") else MOST_HOPS
            expected = as_merged(blast_radius(graph, actor.node, max_hops=most).rows)
            repeated = {
                place
                for place, (length, actions) in expected.items()
                if actor.node != "anonymous" and length == 1 and place in public and actions <= public[place][1]
            }
            hidden += len(repeated)

            assert as_merged(row for row in rows if row.source == actor.node) == {k: v for k, v in expected.items() if k not in repeated}
    assert sum(answer.not_listed.values()) == hidden


def test_a_family_is_one_row() -> None:
    trusts = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"AWS": A}, "Action": "sts:AssumeRole"}]}
    roles = [
        Principal(f"arn:aws:iam::{account}:role/Sso_Admin_{number:012x}", PrincipalKind.ROLE, account, f"Sso_Admin_{number:012x}",
                  policies=(Policy("p", json.dumps(FULL)),), trust=Policy(f"arn:aws:iam::{account}:role/t#trust", json.dumps(trusts)))
        for account in (A, T)
        for number in range(3)
    ]  # fmt: skip
    accounts = {account: Account(account, is_collected=True) for account in (A, T)}
    queue = Resource(f"arn:aws:sqs:eu-west-1:{A}:q", A, "sqs", "queue", "eu-west-1")
    graph = open_graph(
        Estate("0", "n", accounts, principals={p.arn: p for p in roles}, resources={queue.arn: queue}, states_no_organization=True)
    )

    direct = [row for row in who_can(graph, "sqs:SendMessage", queue.arn, families=True).rows if row.family]
    chains = [row for row in who_can(graph, "sqs:SendMessage", queue.arn, through_chains=True, families=True).rows if row.family]
    become = [row for row in blast_radius(graph, roles[0].arn, families=True).rows if row.family]

    assert [(row.family.size, row.family.pattern, row.family.words) for row in direct if row.family] == [
        (3, "Sso_Admin_*", "any of 3 roles `Sso_Admin_*`")
    ]
    assert {(row.length, row.family.size) for row in chains if row.family} == {(1, 3)}
    assert [(row.family.size, row.family.words) for row in become if row.family] == [(5, "any of 5 roles `Sso_Admin_*` in 2 accounts")]


@pytest.mark.parametrize("seed", range(8))
def test_there_are_chokepoints_exactly_where_there_are_chains(seed: int) -> None:
    graph = open_graph(estate_of(organization(seed)))

    for goal in questions(graph, 4):
        for node in ["any", *sampled(graph, Random(seed), 2)]:
            chains = list(path_between(graph, node, goal.node, goal.action, max_hops=MOST_HOPS).items)
            rows = list(chokepoints(graph, node, goal.node, action=goal.action, max_hops=MOST_HOPS).rows)
            steps = [{(hop.source, hop.target) for hop in chain.hops} for chain in chains]
            cut = [row for row in rows if row.kind == CUT]

            assert bool(cut) == bool(chains)
            for row in rows:
                if row.kind == ALL and row.family is None:
                    assert all((row.source, row.target) in step for step in steps)
            if len(cut) == 1:
                assert cut[0].target in {row.target for row in rows if row.kind == ALL}
