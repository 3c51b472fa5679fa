"""One decision in a terminal, and if wanted a tree of why each statement did or did not apply."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import TextIO

from rich.text import Text

from xgraph.graph.model.document import PolicyType
from xgraph.graph.policy.decision import Evidence
from xgraph.graph.policy.explain import ConditionCheck, ElementCheck, Explanation, Holds, Seen, StatementCheck
from xgraph.queries.render._names import verdict_words
from xgraph.queries.render._text import count, short
from xgraph.queries.simulate import Simulation

from ._table import STYLES, Table

_MOST_VALUES = 8
_LABEL = 10
_TYPES = {"identity": "identity policy", "group": "group policy", "boundary": "permissions boundary", "session": "session policy"}
_TYPES |= {"trust": "trust policy", "resource": "resource policy", "endpoint": "endpoint policy", "scp": "SCP", "rcp": "RCP", "acl": "ACL"}
_TYPES |= {"grant": "grant", "service-rule": "rule of the service"}
_KINDS = {Holds.YES: "allowed", Holds.DEPENDS: "conditional", Holds.NO: "blocked"}


def render(simulation: Simulation, stream: TextIO) -> None:
    """Write the decision, its explanation when there is one, and what the answer takes for granted; fits 100 columns."""
    _Tree(simulation, stream).write()


class _Tree(Table):
    asked = "it"

    def __init__(self, simulation: Simulation, stream: TextIO) -> None:
        super().__init__(simulation.answer, stream)
        self._simulation = simulation
        self._ends = tuple(simulation.answer.nodes)
        self._marks = {Holds.YES: self._signs.allowed, Holds.DEPENDS: self._signs.conditional, Holds.NO: self._signs.blocked}

    def write(self) -> None:
        self._decision()
        if self._simulation.explanation is not None:
            self._explanation(self._simulation.explanation)
        self._print("", Text())
        self._summary()

    def _decision(self) -> None:
        decision = self._simulation.decision
        words = verdict_words(decision.verdict, decision.condition)
        style = self._style(words) if decision.verdict.is_possible else "blocked"
        sign = {"allowed": self._signs.allowed, "conditional": self._signs.conditional, "blocked": self._signs.blocked}[style]
        self._line("  ", "    ", Text(f"{sign} {words}", f"bold {STYLES[style]}"))
        self._line(f"  {self._signs.start} ", "    ", self._node(self._ends[0]))
        action = short(str(self._answer.parameters["action"]))
        what = Text.assemble(f"{action} {self._signs.arrow} ", self._node(self._ends[-1]))
        self._line(f"  {self._signs.last} ", "     ", what)
        if decision.condition is not None:
            self._condition("     ", decision.condition)
        self._evidence("     ", decision.evidence, decision.blocked_by)
        for blocker in decision.blocked_by:
            self._blocker("     ", blocker)
        for problem in decision.problems:
            at = Evidence(problem.policy, PolicyType(problem.policy_type), problem.statement, None, "", "")
            self._detail("     ", "problem", f"{problem.code}: {self._names.statement(at)}: {self._names.sentence(problem.text)}")

    def _counts(self) -> Iterator[str]:
        yield from ()

    def _completeness(self) -> str:
        return "complete" if self._answer.complete else "rests on something that was not collected"

    # ------------------------------------------------------------------------------------------------------------- tree

    def _explanation(self, explanation: Explanation) -> None:
        self._print("", Text())
        self._line("  ", "  ", Text("statement by statement", "bold"))
        if not explanation.statements and not explanation.unknown:
            self._line("  ", "  ", Text("no policy takes part"))
        shown = (one for one in explanation.statements if not _is_idle(one))
        for part, of_part in groupby(shown, lambda one: one.part):
            if part:
                self._line("  ", "  ", Text(f"also needed: {self._names.sentence(part)}", "bold"))
            for _, checks in groupby(of_part, lambda one: (one.source.policy, one.source.attached_to, one.level)):
                self._policy(list(checks))
        for name in explanation.unknown:
            self._line(f"  {self._signs.conditional} ", "    ", Text(f"not known: {short(name)}", STYLES["conditional"]))

    def _policy(self, checks: list[StatementCheck]) -> None:
        source, level = checks[0].source, checks[0].level
        kind = _TYPES[source.policy_type]
        name = self._names.policy(source.policy, source.policy_type)
        title = name if kind in name else f"{kind} {name}"
        place = f" at {short(level)}" if level else ""
        self._line("  ", "  ", Text.assemble((title, "bold"), (place, "dim")))
        about = [one for one in checks if one.action is None or one.action.holds is not Holds.NO]
        others = [one for one in checks if one not in about]
        for index, check in enumerate(about):
            self._statement(check, is_last=index == len(about) - 1 and not others)
        if others:
            numbers = ", ".join(f"#{one.source.statement}" for one in others[:20]) + (", ..." if len(others) > 20 else "")
            text = f"{numbers}: {count(len(others), 'statement')} on other actions"
            self._line(f"  {self._signs.last} ", "     ", Text(text, "dim"))

    def _statement(self, check: StatementCheck, *, is_last: bool) -> None:
        branch, trunk = (self._signs.last, " ") if is_last else (self._signs.branch, self._signs.trunk)
        source = check.source
        number = "" if source.statement is None else f" #{source.statement}"
        sid = f" ({short(source.sid)})" if source.sid else ""
        said = {Holds.YES: "applies", Holds.DEPENDS: "may apply", Holds.NO: "does not apply"}[check.applies]
        said = said if check.counts or check.applies is Holds.NO else "covers the request and does not count"
        mark, style = self._mark(check.applies)
        style = STYLES["blocked"] if source.effect == "Deny" and check.applies is Holds.YES else style
        text = Text.assemble((mark, style), f" {source.effect}{number}{sid}: {said}")
        self._line(f"  {branch} ", f"  {trunk}      ", text)
        margin = f"  {trunk}    "
        for element in (check.principal, check.action, check.resource):
            if element is not None:
                self._element(margin, element)
        for condition in check.conditions:
            self._entry(margin, condition)
        for label, sentence in (("because", check.reason), ("when", check.when)):
            if sentence:
                self._note(margin, label, self._names.sentence(sentence.removeprefix("if ")))

    def _element(self, margin: str, check: ElementCheck) -> None:
        seen = "" if check.holds is Holds.YES else f"  [asked: {short(check.seen)}]"
        self._part(margin, check.holds, check.element, f"{_some(check.values) or 'missing'}{seen}")

    def _entry(self, margin: str, check: ConditionCheck) -> None:
        variables = "".join(f"; {short(key)}: {_words(seen)}" for key, seen in check.variables)
        text = f"{short(check.operator)} {short(check.key)} = {_some(check.values)}  [seen: {_words(check.seen)}{variables}]"
        self._part(margin, check.holds, "Condition", text)

    def _part(self, margin: str, holds: Holds, label: str, text: str) -> None:
        head = f"{label:<{_LABEL}} " if len(label) <= _LABEL else f"{label} "
        self._line(margin, margin + " " * (3 + _LABEL), Text.assemble(self._mark(holds), f" {head}{text}"))

    def _note(self, margin: str, label: str, text: str) -> None:
        self._line(margin, margin + " " * (3 + _LABEL), Text(f"  {label:<{_LABEL}} {text}", "dim"))

    def _mark(self, holds: Holds) -> tuple[str, str]:
        return self._marks[holds], STYLES[_KINDS[holds]]


def _is_idle(check: StatementCheck) -> bool:
    """An Allow of an RCP: it stands at every level and never counts."""
    return check.source.policy_type is PolicyType.RCP and check.source.effect == "Allow"


def _some(values: tuple[str, ...]) -> str:
    """The first values, and how many there are besides."""
    rest = len(values) - _MOST_VALUES
    return ", ".join(short(value) for value in values[:_MOST_VALUES]) + (f", and {rest:,} more" if rest > 0 else "")


def _words(seen: Seen) -> str:
    """What is known of a key, in a few words."""
    match seen.state:
        case "known":
            return _some(seen.values) or "empty"
        case "unsettled":
            return f"{' or '.join(_words(one) for one in seen.readings)} (open point {seen.open_point})"
        case "unknown":
            return f"unknown ({seen.control})" if seen.control else "unknown"
        case _:
            return "absent"
