"""Every chain of access from a source to a target: the question behind `xgraph paths`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from xgraph.graph.access.assemble import Assembly
from xgraph.graph.access.blocked import BlockedSearch
from xgraph.graph.access.chain import BlockedChain, Chain
from xgraph.graph.access.graph import AccessGraph
from xgraph.graph.access.names import sources, target
from xgraph.graph.access.paths import Search
from xgraph.graph.model import reference

from ._doubts import assumptions_of, doubts, problems_near
from ._query import Answer, Query


@dataclass(slots=True)
class _Run:
    """One question on its way: the search, the parts of the answer that are only known at the end."""

    assembly: Assembly
    search: Search
    limit: int | None
    show_blocked: bool
    answer: Answer | None = None
    listed: int = 0
    gaps: set[str] = field(default_factory=set)


def path_between(
    graph: AccessGraph,
    source: str,
    to: str,
    action: str | None = None,
    *,
    max_hops: int = 8,
    limit: int | None = None,
    show_blocked: bool = False,
) -> Answer:
    """Chains from `source` to `to`, shortest first; near misses after them with `show_blocked`. Raises UnknownName."""
    node, asked, notes = target(graph, to, action)
    actors, more = sources(graph, source)
    goal = graph.world.goal(node, asked)
    search = Search(graph, actors, goal, max_hops)
    run = _Run(Assembly(graph, goal), search, limit, show_blocked)
    warnings = () if reference.is_known_action(asked) else (f"the reference data does not know `{asked}`: asked literally",)
    parameters: dict[str, Any] = {
        "from": source,
        "to": to,
        "action": reference.spelled(asked),
        "max_hops": max_hops,
        "limit": limit,
        "show_blocked": show_blocked,
        "at": graph.world.at,
    }
    estate = graph.world.estate
    answer = Answer(
        query="paths",
        parameters=parameters,
        snapshot_id=estate.snapshot_id,
        snapshot_name=estate.name,
        reference_data=reference.reference_data(),
        items=iter(()),
        assumptions=assumptions_of(graph, goal),
        notes=(*more, *notes, *warnings, *problems_near(graph, actors, goal)),
        nodes=run.assembly.nodes,
    )
    answer.coverage_gaps, answer.complete = doubts(graph, actors, goal, search)
    run.answer = answer
    answer.items = _stream(run)
    return answer


def _stream(run: _Run) -> Iterator[Chain | BlockedChain]:
    """The chains, then the near misses; what the answer does not know is settled when they end."""
    answer = run.answer
    if answer is None:
        return
    for route in run.search.routes():
        if run.limit is not None and run.listed >= run.limit:
            answer.complete, answer.truncated_by = False, "limit"
            break
        run.listed += 1
        chain = run.assembly.chain(route)
        _note_gaps(run, answer, chain)
        yield chain
    if run.show_blocked:
        yield from _blocked(run, answer)
    answer.not_listed = {**answer.not_listed, **run.assembly.not_listed(run.search)}


def _blocked(run: _Run, answer: Answer) -> Iterator[BlockedChain]:
    blocked = BlockedSearch(run.search)
    for shown, route in enumerate(blocked.routes()):
        if run.limit is not None and shown >= run.limit:
            answer.complete, answer.truncated_by = False, "limit"
            break
        yield run.assembly.blocked(route)
    answer.not_listed = {**answer.not_listed, **blocked.near.not_listed}


def _note_gaps(run: _Run, answer: Answer, chain: Chain) -> None:
    """Each gap that a chain depends on is named once for the whole answer."""
    named = set(chain.condition.gaps) if chain.condition else set()
    for name in sorted(named - run.gaps):
        run.gaps.add(name)
        gap = run.assembly.gap(name)
        if not any(one.what == gap.what and one.account == gap.account for one in answer.coverage_gaps):
            answer.coverage_gaps = tuple(sorted({*answer.coverage_gaps, gap}))


QUERY = Query(path_between, help="Every chain of access from one place to another, shortest first.")
