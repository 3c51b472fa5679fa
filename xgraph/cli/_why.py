"""An explanation in a terminal: ways as trees, with the statements quoted and what is missing."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import groupby
from typing import TextIO

from rich.text import Text

from xgraph.graph.model.document import PolicyType
from xgraph.graph.policy.decision import Evidence
from xgraph.queries._missing import Missing
from xgraph.queries._query import Answer
from xgraph.queries.explain import Quote, Step
from xgraph.queries.render._cells import is_default
from xgraph.queries.render._names import verdict_words
from xgraph.queries.render._text import short

from ._table import STYLES, Table

_MOST_QUOTED = 12
_LONGEST = 600


def render(answer: Answer, stream: TextIO) -> None:
    """Write each way as a tree that fits 100 columns, then a summary."""
    _Why(answer, stream).write()


class _Why(Table):
    asked = "it"

    def write(self) -> None:
        for way, steps in groupby(self._answer.rows, key=lambda step: step.way):
            self._line("", "  ", Text(short(way), "bold"))
            self._way(list(steps))
            self._print("", Text())
        self._summary()

    def _way(self, steps: list[Step]) -> None:
        self._line(f"  {self._signs.start} ", "    ", self._node(steps[0].source))
        for index, step in enumerate(steps):
            is_last = index == len(steps) - 1
            branch, trunk = (self._signs.last, " ") if is_last else (self._signs.branch, self._signs.trunk)
            self._line(f"  {branch} ", f"  {trunk}   ", self._step_line(step))
            margin = f"  {trunk}  "
            if step.condition is not None:
                self._condition(margin, step.condition)
            for quote in _shown(step.quotes):
                self._quote(margin, quote)
            for one in step.missing:
                self._missing(margin, one)

    def _step_line(self, step: Step) -> Text:
        words = verdict_words(step.verdict, step.condition)
        style = self._style(words) if step.verdict.is_possible else "blocked"
        sign = {"allowed": self._signs.allowed, "conditional": self._signs.conditional, "blocked": self._signs.blocked}[style]
        how = f"{short(step.mechanism)} " if step.mechanism else ""
        start = Text.assemble((f"{sign} {words}", STYLES[style]), f"  {how}{short(step.action)} {self._signs.arrow} ")
        return Text.assemble(start, self._node(step.target))

    def _quote(self, margin: str, quote: Quote) -> None:
        source = Evidence(quote.policy, PolicyType(quote.policy_type), quote.statement, quote.sid, quote.effect, "")
        label = {"Allow": "allowed by", "Deny": "denied by"}[quote.effect] if quote.role == "decides" else "almost"
        place = f" at {short(quote.level)}" if quote.level else ""
        self._detail(margin, label, self._names.statement(source) + place, "red" if label == "denied by" else None)
        if quote.text is not None:
            self._detail(margin, "", short(quote.text[:_LONGEST] + ("…" if len(quote.text) > _LONGEST else "")), "dim")
        if quote.reason and quote.role == "almost":
            self._detail(margin, "", f"does not apply: {self._names.sentence(quote.reason)}")

    def _missing(self, margin: str, one: Missing) -> None:
        self._detail(margin, "missing", self._names.sentence(one.sentence), "red")
        if one.add is not None:
            self._detail(margin, "", short(json.dumps(one.add)), "dim")

    def _counts(self) -> Iterator[str]:
        yield from ()

    def _completeness(self) -> str:
        return "complete" if self._answer.complete else "rests on something that was not collected"


def _shown(quotes: tuple[Quote, ...]) -> list[Quote]:
    """What people need: not AWS's own "allow everything", and not too much of what nearly applies."""
    plain = [quote for quote in quotes if not is_default(Evidence(quote.policy, PolicyType(quote.policy_type), None, None, "", ""))]
    return plain[:_MOST_QUOTED]
