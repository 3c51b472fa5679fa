"""Every chain of access from a source to a target: the question behind `xgraph paths`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from typing import Any

from xgraph.graph.access.asked import Asked
from xgraph.graph.access.assemble import Assembly
from xgraph.graph.access.chain import MECHANISMS, BlockedChain, Chain, Node
from xgraph.graph.access.excursions import Excursions
from xgraph.graph.access.filters import Filters
from xgraph.graph.access.graph import AccessGraph
from xgraph.graph.access.names import UnknownName
from xgraph.graph.access.origins import origins
from xgraph.graph.access.paths import Route
from xgraph.graph.access.places import accounts_of, places_of
from xgraph.graph.access.survey import Survey, TimeIsUp, no_haste
from xgraph.graph.access.targets import targets
from xgraph.graph.access.world import Actor
from xgraph.graph.model import reference
from xgraph.graph.policy.decision import Blocker

from ._doubts import assumptions_of, doubts, problems_near
from ._query import Answer, Count, Query, Saved, Subgraph
from ._settle import settle_sources

MOST_GOALS_WITH_NOTES = 20
MOST_GOALS_COUNTED = 500


@dataclass(frozen=True, slots=True)
class Wishes:
    """What chains are asked for, as `xgraph paths` names it. `blocked_by`: how many controls may withhold a blocked chain."""

    max_hops: int = 8
    limit: int | None = None
    show_blocked: bool = False
    blocked_by: int = 1
    families: bool = False
    expand: tuple[str, ...] = ()
    via: tuple[str, ...] = ()
    avoid: tuple[str, ...] = ()
    within: tuple[str, ...] = ()
    outside: tuple[str, ...] = ()
    mechanism: tuple[str, ...] = ()
    cross_account_only: bool = False
    min_verdict: str = "conditional"
    claim: tuple[str, ...] = ()
    through_external: bool = False


PLAIN = Wishes()


@dataclass(slots=True)
class _Run:
    """One question on its way: the searches, and the parts of the answer that are only known at the end."""

    graph: AccessGraph
    survey: Survey
    assemblies: list[Assembly]
    wishes: Wishes
    answer: Answer
    excursions: tuple[Excursions, ...] = ()
    lines: int = 0
    chains: int = 0
    dropped: int = 0
    gaps: set[str] = field(default_factory=set)
    saved: Counter[Blocker] = field(default_factory=Counter)


def path_between(
    graph: AccessGraph,
    source: str,
    to: str,
    action: str | None = None,
    *,
    tick: Callable[[], None] = no_haste,
    progress: Callable[[str, int, int], None] | None = None,
    **wished: Any,
) -> Answer:
    """Chains from `source` to `to`, shortest first; near misses after them where wanted. Raises UnknownName.

    `wished`: the fields of `Wishes`. `tick` is called while the search goes on and may raise TimeIsUp, which ends the answer.
    `progress` is called with (stage, done, total).
    """
    wishes = Wishes(**wished)
    asked, notes = targets(graph, to, action)
    actors, more = origins(graph, source, wishes.claim)
    filters = _filters(graph, wishes)
    survey = Survey(
        graph,
        actors,
        asked,
        wishes.max_hops,
        filters,
        is_folded=wishes.families,
        expanded=frozenset(wishes.expand),
        tick=tick,
        progress=progress,
    )
    nodes = Assembly(graph, asked[0].goal)
    is_one = sum(not one.is_alias for one in asked) == 1
    assemblies = [nodes.beside(one.goal, one.actions if len(one.actions.actions) > 1 or not is_one else None) for one in asked]
    shown = reference.spelled(asked[0].goal.action) if is_one else action or "any"
    parameters = {"from": source, "to": to, "action": shown, **_shown(wishes), "at": graph.world.at}
    answer = _head(graph, parameters, actors, asked, (*more, *notes), nodes.nodes)
    excursions = (
        tuple(Excursions(graph, actors, one, wishes.max_hops, filters, tick) for one in assemblies) if wishes.through_external else ()
    )
    answer.items = _stream(_Run(graph, survey, assemblies, wishes, answer, excursions))
    if len(asked) == 1:
        with suppress(TimeIsUp):  # the stream will find it out anew, and say so
            answer.coverage_gaps, answer.complete = doubts(graph, actors, asked[0].goal, survey.search(0))
    return answer


def _head(
    graph: AccessGraph,
    parameters: Mapping[str, object],
    actors: Sequence[Actor],
    asked: Sequence[Asked],
    notes: tuple[str, ...],
    nodes: dict[str, Node],
) -> Answer:
    """The answer before its first chain."""
    estate = graph.world.estate
    near = asked if len(asked) <= MOST_GOALS_WITH_NOTES else ()
    problems = dict.fromkeys(note for one in near for note in problems_near(graph, actors, one.goal))
    return Answer(
        query="paths",
        parameters=parameters,
        snapshot_id=estate.snapshot_id,
        snapshot_name=estate.name,
        reference_data=reference.reference_data(),
        assumptions=assumptions_of(graph, asked[0].goal),
        notes=(*notes, *problems),
        nodes=nodes,
    )


def _shown(wishes: Wishes) -> Mapping[str, object]:
    """The parameters that the answer shows: those that everybody has, and those that are not as they are by default."""
    always = ("max_hops", "limit", "show_blocked")
    plain = asdict(PLAIN)
    return {name: value for name, value in asdict(wishes).items() if name in always or value != plain[name]}


def _filters(graph: AccessGraph, wishes: Wishes) -> Filters:
    estate = graph.world.estate
    for mechanism in wishes.mechanism:
        if mechanism not in MECHANISMS:
            raise UnknownName(mechanism, "is no mechanism", MECHANISMS)
    return Filters(
        via=tuple(places_of(graph, text) for text in wishes.via),
        avoid=tuple(places_of(graph, text) for text in wishes.avoid),
        within=frozenset[str]().union(*(accounts_of(estate, text) for text in wishes.within)) if wishes.within else None,
        outside=frozenset[str]().union(*(accounts_of(estate, text) for text in wishes.outside)),
        mechanisms=frozenset(wishes.mechanism),
        cross_account_only=wishes.cross_account_only,
        allowed_only=wishes.min_verdict == "allowed",
    )


def _stream(run: _Run) -> Iterator[Chain | BlockedChain]:
    """The chains, then the near misses; what the answer does not know is settled when they end, however they end."""
    try:
        yield from _possible(run)
        if run.wishes.show_blocked:
            yield from _blocked(run)
    except TimeIsUp:
        run.answer.complete, run.answer.truncated_by = False, "timeout"
    except KeyboardInterrupt:
        run.answer.complete, run.answer.truncated_by = False, "interrupted"
        _settle(run)
        raise
    _settle(run)


def _possible(run: _Run) -> Iterator[Chain]:
    for length in range(1, run.survey.max_hops + 1):
        for place, chain, route in _of_length(run, length):
            if run.wishes.limit is not None and run.lines >= run.wishes.limit:
                run.answer.complete, run.answer.truncated_by = False, "limit"
                return
            if chain is None:
                run.dropped += route.stands_for if route else 1
                continue
            run.lines += 1
            run.chains += chain.stands_for
            _note(run, place, chain, route)
            yield chain


def _of_length(run: _Run, length: int) -> Iterator[tuple[int, Chain | None, Route | None]]:
    """The chains of this length with the place of their goal, those over strangers last; None for one whose hops contradict each other."""
    for place, route in run.survey.routes_of(length):
        yield place, run.assemblies[place].consistent(route, run.survey.search(place).twins), route
    for place, one in enumerate(run.excursions):
        for chain in one.of(length):
            yield place, chain, None


def _note(run: _Run, place: int, chain: Chain, route: Route | None) -> None:
    """Each gap that a chain depends on is named once for the whole answer; families are listed with their members."""
    answer = run.answer
    named = set(chain.condition.gaps) if chain.condition else set()
    for name in sorted(named - run.gaps):
        run.gaps.add(name)
        gap = run.assemblies[place].gap(name)
        if not any(one.what == gap.what and one.account == gap.account for one in answer.coverage_gaps):
            answer.coverage_gaps = tuple(sorted({*answer.coverage_gaps, gap}))
    twins = run.survey.search(place).twins
    if twins is not None and route is not None:
        start = () if route.start.number is None else (route.start.number,)
        for number in (*start, *route.roles):
            family = twins.of(number)
            if family is not None and family.id not in answer.families:
                members = tuple(run.graph.index.principals[member].arn for member in twins.members(number))
                answer.families[family.id] = (family, members)


def _blocked(run: _Run) -> Iterator[BlockedChain]:
    for shown, (place, route) in enumerate(run.survey.near_misses(run.wishes.blocked_by)):
        if run.wishes.limit is not None and shown >= run.wishes.limit:
            run.answer.complete, run.answer.truncated_by = False, "limit"
            return
        chain = run.assemblies[place].blocked(route)
        run.saved.update(set(chain.blocked_by))
        yield chain


def _settle(run: _Run) -> None:
    """What is only known when the search has ended."""
    answer, survey = run.answer, run.survey
    is_cut = answer.truncated_by is not None
    answer.dropped_contradictory = run.dropped
    answer.count = Count(run.chains, run.chains)
    if is_cut:
        # To count, every goal has to be looked at: worth the time unless there are very many or no time is left.
        is_counted = survey.is_begun or (answer.truncated_by == "limit" and len(survey.asked) <= MOST_GOALS_COUNTED)
        answer.count = Count(run.chains, max(run.chains, survey.most_routes()) if is_counted else None)
        answer.subgraph = _subgraph(run) if is_counted else None  # else more may lie elsewhere
    answer.saved = tuple(Saved(blocker, number) for blocker, number in sorted(run.saved.items(), key=lambda pair: (-pair[1], pair[0])))
    if len(survey.asked) > 1:
        for place, search in survey.made:
            gaps, is_complete = doubts(run.graph, survey.actors, survey.asked[place].goal, search)
            answer.coverage_gaps = tuple(sorted({*answer.coverage_gaps, *gaps}))
            answer.complete = answer.complete and is_complete
    settle_sources(answer, survey.actors)
    counted = Counter[str](answer.not_listed)
    for place, search in survey.made:
        for what, number in run.assemblies[place].not_listed(search).items() if not run.excursions else ():
            counted[what] = max(counted[what], number)
    for misses in survey.blocked_made:
        counted.update(misses.near.not_listed)
    answer.not_listed = {**counted}


def _subgraph(run: _Run) -> Subgraph:
    """All nodes and hops on walks of the searches that were begun: an upper bound of what chains are made of."""
    bundles = tuple(dict.fromkeys(bundle for _, search in run.survey.made for bundle in search.bundles()))
    nodes = {node for sources_, targets_ in bundles for node in (*sources_, *targets_)}
    return Subgraph(tuple(sorted(nodes)), bundles)


QUERY = Query(path_between, help="Every chain of access from one place to another, shortest first.")
