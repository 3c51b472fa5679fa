"""What an answer comes to know about its own limits while its rows are made."""

from __future__ import annotations

from collections.abc import Iterable

from xgraph.graph.access.assemble import gap_of
from xgraph.graph.access.world import Actor, Goal
from xgraph.graph.model.coverage import Gap
from xgraph.graph.policy.decision import Condition

from ._query import Answer


def settle(answer: Answer, gaps: Iterable[Gap]) -> None:
    """Note gaps, each once; one that could open access makes the answer incomplete."""
    new = set(gaps).difference(answer.coverage_gaps)
    if new:
        answer.coverage_gaps = tuple(sorted({*answer.coverage_gaps, *new}))
        answer.complete = answer.complete and not any(gap.could_open for gap in new)


def settle_sources(answer: Answer, actors: Iterable[Actor]) -> None:
    """Note what was not read about the sources themselves and could open further ways for them."""
    names = {(name, actor.account or "") for actor in actors for name in actor.gaps}
    settle(answer, (Gap(name, account, "", "", "", "not-tried", could_open=True, could_close=False) for name, account in names))


def note_gaps(answer: Answer, condition: Condition | None, goal: Goal) -> None:
    """Note the gaps that a listed row depends on; the row is there, so they make nothing incomplete."""
    for name in condition.gaps if condition else ():
        gap = gap_of(name, goal)
        if not any(one.what == gap.what and one.account == gap.account for one in answer.coverage_gaps):
            answer.coverage_gaps = tuple(sorted({*answer.coverage_gaps, gap}))
