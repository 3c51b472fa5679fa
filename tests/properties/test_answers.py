"""Answers about many goals are those about each of them; a cut answer's bounds hold; time and interrupts leave what was found."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.properties.organizations import A, T, estate_of, organization
from tests.properties.test_chains import crowded
from xgraph.graph.access.chain import Chain
from xgraph.graph.access.graph import AccessGraph, build_graph
from xgraph.graph.access.survey import TimeIsUp
from xgraph.queries._query import Answer
from xgraph.queries.path_between import path_between

Nodes = tuple[tuple[str, str], ...]


def chains(answer: Answer) -> list[Chain]:
    return [item for item in answer.items if isinstance(item, Chain)]


def key(chain: Chain) -> Nodes:
    return (*((hop.source, hop.target) for hop in chain.hops), (chain.hops[-1].action, ""))


def ask(graph: AccessGraph, to: str, action: str | None, **wishes: Any) -> Answer:
    return path_between(graph, "any", to, action, max_hops=3, **wishes)


@pytest.mark.parametrize("seed", range(10))
def test_an_account_is_everything_in_it(seed: int) -> None:
    graph = build_graph(estate_of(organization(seed)))
    estate = graph.world.estate
    roles = [p.arn for p in estate.principals.values() if p.trust is not None and p.account == T]
    resources = [r.arn for r in estate.resources.values() if r.account == T]
    if not roles and not resources:
        return

    found = chains(ask(graph, T, None))

    apart = [key(one) for arn in roles for one in chains(ask(graph, arn, None))]
    apart += [key(one) for arn in resources for one in chains(ask(graph, arn, "any"))]
    assert sorted(map(key, found)) == sorted(apart)
    assert [len(one.hops) for one in found] == sorted(len(one.hops) for one in found)


@pytest.mark.parametrize("seed", range(10))
def test_classes_of_actions_are_asked_apart_and_hold_every_action(seed: int) -> None:
    graph = build_graph(estate_of(organization(seed)))
    bucket = next(arn for arn, one in graph.world.estate.resources.items() if one.service == "s3")

    found = chains(ask(graph, bucket, "s3:GetObject*"))

    single: dict[str, set[tuple[str, ...]]] = {}
    for action in ("s3:GetObject", "s3:GetObjectTagging", "s3:GetObjectAcl"):
        single[action] = {tuple(hop.source for hop in one.hops) for one in chains(ask(graph, f"{bucket}/*", action))}
    for action, ways in single.items():
        many = {tuple(hop.source for hop in one.hops) for one in found if one.hops[-1].actions and action in one.hops[-1].actions.actions}
        assert ways == many, action


@pytest.mark.parametrize("seed", range(16))
def test_the_bounds_of_a_cut_answer_hold(seed: int) -> None:
    graph = build_graph(estate_of(crowded(seed)))
    whole = chains(ask(graph, A, None))

    cut = ask(graph, A, None, limit=3)
    shown = chains(cut)

    assert [key(one) for one in shown] == [key(one) for one in whole[:3]]
    if len(whole) > 3:
        assert cut.count is not None
        assert (cut.complete, cut.truncated_by, cut.count.at_least) == (False, "limit", 3)
        assert cut.count.at_most is not None
        assert cut.count.at_least <= len(whole) <= cut.count.at_most
        assert cut.subgraph is not None
        drawn = {
            pair for sources, targets in cut.subgraph.bundles for source in sources for pair in ((source, target) for target in targets)
        }
        assert all((hop.source, hop.target) in drawn for one in whole for hop in one.hops)
    else:
        assert (cut.truncated_by, cut.subgraph) == (None, None)


@pytest.mark.parametrize("seed", range(8))
def test_families_count_what_they_fold_and_unfold_one_by_one(seed: int) -> None:
    graph = build_graph(estate_of(crowded(seed)))
    plain = len(chains(ask(graph, "arn:aws:s3:::b/k", "s3:GetObject")))

    folded = ask(graph, "arn:aws:s3:::b/k", "s3:GetObject", families=True)
    lines = chains(folded)

    assert sum(one.stands_for for one in lines) == plain
    assert folded.count is not None
    assert folded.count.at_least == plain
    for name in folded.families:
        opened = chains(ask(graph, "arn:aws:s3:::b/k", "s3:GetObject", families=True, expand=(name,)))
        assert sum(one.stands_for for one in opened) == plain
        assert all(
            family is None or family.id != name for one in opened for hop in one.hops for family in (hop.source_family, hop.target_family)
        )


def ticks(number: int, error: type[BaseException]) -> Iterator[None]:
    for _ in range(number):
        yield
    raise error


@pytest.mark.parametrize(("error", "said"), [(TimeIsUp, "timeout"), (KeyboardInterrupt, "interrupted")])
def test_what_was_found_is_left_when_the_search_is_stopped(error: type[BaseException], said: str) -> None:
    graph = build_graph(estate_of(crowded(1)))
    whole = chains(ask(graph, "arn:aws:s3:::b/k", "s3:GetObject"))
    left = ticks(len(whole) // 2 + 1, error)
    answer = ask(graph, "arn:aws:s3:::b/k", "s3:GetObject", tick=lambda: next(left))

    found = []
    try:
        found += [item for item in answer.items if isinstance(item, Chain)]
    except KeyboardInterrupt:
        assert said == "interrupted"

    assert (answer.complete, answer.truncated_by) == (False, said)
    assert answer.count is not None
    assert answer.count.at_most is not None
    assert answer.count.at_least < len(whole) <= answer.count.at_most
    assert [key(one) for one in found] == [key(one) for one in whole[: len(found)]]
