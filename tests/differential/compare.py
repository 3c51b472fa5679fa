"""One request put to both evaluators, and which known classes explain that they disagree."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from tests.differential.known import REWORDINGS, with_documents
from tests.differential.simulator import Simulator
from xgraph.graph.policy.decision import Decision
from xgraph.graph.policy.request import decide

Json = Any


@dataclass(frozen=True)
class Comparison:
    """`ours` and `theirs` are verdicts; `refusal` why theirs is missing; `classes` what explains that they differ."""

    ours: str
    theirs: str
    refusal: str = ""
    is_open: bool = False
    classes: tuple[str, ...] = ()

    @property
    def agree(self) -> bool:
        return self.ours == self.theirs

    @property
    def is_unexplained(self) -> bool:
        return not (self.refusal or self.agree or self.is_open or self.classes)


def put(simulator: Simulator, request: Json) -> Comparison:
    """Both verdicts, unexplained."""
    opinion = simulator.ask(request)
    if opinion.refusal:
        return Comparison("", "", opinion.refusal)
    known = {key: value for key, value in request["context"].items() if key.lower() not in opinion.ignored}
    decision = decide({**request, "context": known})
    return Comparison(decision.verdict.value, opinion.verdict, is_open=is_open(request, decision))


def is_open(request: Json, decision: Decision) -> bool:
    """With a complete context two things are left open: what AWS's pages leave open, and which session of a role it is."""
    is_role = request["principal"].split(":", 5)[-1].startswith("role/")
    return decision.condition is not None and (bool(decision.condition.open_points) or is_role)


def compare(simulator: Simulator, request: Json) -> Comparison:
    """Both verdicts, and the smallest set of known classes that explains a difference."""
    found = put(simulator, request)
    if not found.is_unexplained:
        return found
    for classes in sets_of_classes(request):
        again = put(simulator, reworded(request, classes))
        if again.refusal or again.agree or again.is_open:
            return Comparison(found.ours, found.theirs, classes=classes)
    return found


def sets_of_classes(request: Json) -> Iterator[tuple[str, ...]]:
    """One class, two, then all, of those that change the request."""
    plain = with_documents(request)
    names = [name for name in REWORDINGS if reworded(request, (name,)) != plain]
    for size in (1, 2, 3):
        yield from combinations(names, size)


def reworded(request: Json, classes: tuple[str, ...]) -> Json:
    found = with_documents(request)
    for name in classes:
        found = REWORDINGS[name](found)
    return found
