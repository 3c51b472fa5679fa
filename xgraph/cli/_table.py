"""Chains drawn in a terminal, one hop a line, as they arrive."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import TextIO

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from xgraph.graph.access.chain import BlockedChain, Chain, Hop
from xgraph.graph.access.families import Family
from xgraph.graph.model.coverage import Gap
from xgraph.graph.policy.decision import Blocker, Condition, Evidence, Verdict
from xgraph.queries._query import Answer
from xgraph.queries.render._cells import is_default
from xgraph.queries.render._drawing import completeness, tally
from xgraph.queries.render._names import Names, verdict_words
from xgraph.queries.render._text import count, short

WIDTH = 100


@dataclass(frozen=True, slots=True)
class _Signs:
    allowed: str
    conditional: str
    blocked: str
    start: str
    branch: str
    last: str
    trunk: str
    arrow: str
    dot: str


_DRAWN = _Signs("✓", "?", "✗", "●", "├─", "└─", "│", "→", "·")
TYPED = _Signs("+", "?", "x", "*", "|-", "`-", "|", "->", "-")
STYLES = {"allowed": "green", "conditional": "yellow", "blocked": "red"}
_LABEL = 12


def render(answer: Answer, stream: TextIO) -> None:
    """Write the chains as a picture that fits 100 columns, then a summary. Colour only on a terminal without NO_COLOR."""
    Table(answer, stream).write()


class _Console(Console):
    def on_broken_pipe(self) -> None:
        raise BrokenPipeError


class Table:
    """Writes an answer; `asked` is what its gaps could open or close."""

    asked = "chains"

    def __init__(self, answer: Answer, stream: TextIO) -> None:
        is_terminal = stream.isatty()
        has_colour = is_terminal and not os.environ.get("NO_COLOR")
        self._stream = stream
        self._has_colour = has_colour
        self._console = _Console(
            file=stream,
            force_terminal=is_terminal,
            color_system="auto" if has_colour else None,
            width=None if is_terminal else WIDTH,
            highlight=False,
            markup=False,
            emoji=False,
            soft_wrap=False,
        )
        self._width = min(WIDTH, max(40, self._console.width))
        self._encoding = getattr(stream, "encoding", None) or "utf-8"
        self._signs = _DRAWN if _can_show(self._encoding) else TYPED
        self._answer = answer
        self._names = Names(answer)
        self._verdicts: dict[str, int] = {}
        self._lengths: list[int] = []
        self._blocked = 0
        self._total = 0
        self._families: dict[str, Family] = {}

    def write(self) -> None:
        for item in self._answer.items:
            if isinstance(item, BlockedChain):
                self._blocked += 1
                self._blocked_chain(item)
            else:
                self._chain(item)
            self._print("", Text())
        self._summary()

    # --------------------------------------------------------------------------------------------------- one chain

    def _chain(self, chain: Chain) -> None:
        words = verdict_words(chain.verdict, chain.condition)
        self._verdicts[words] = self._verdicts.get(words, 0) + 1
        self._lengths.append(len(chain.hops))
        style = self._style(words)
        sign = self._signs.conditional if style == "conditional" else self._signs.allowed
        many = f"  {chain.stands_for:,} chains" if chain.stands_for > 1 else ""
        self._total += chain.stands_for
        title = Text.assemble((f"{sign} {words}", f"bold {STYLES[style]}"), f"  {count(len(chain.hops), 'hop')}{many}")
        self._line(f"{len(self._lengths):>3}  ", "     ", title)
        self._hops(chain.hops)
        if chain.condition is not None and _is_joint(chain):
            self._together(chain, chain.condition)

    def _together(self, chain: Chain, condition: Condition) -> None:
        """What all hops need together, where a session keeps something from one to the next."""
        self._condition("     ", condition)
        for number, witness in enumerate(chain.witnesses, 1):
            if witness:
                pairs = (f"{key} = {value if isinstance(value, str) else ', '.join(value)}" for key, value in witness)
                self._detail("     ", f"hop {number}", "; ".join(short(pair) for pair in pairs))

    def _blocked_chain(self, chain: BlockedChain) -> None:
        controls = ", ".join(dict.fromkeys(short(blocker.control) for blocker in chain.blocked_by))
        places = [number for number in range(len(chain.hops)) if chain.holds_at(number)]
        at = " and ".join(str(number + 1) for number in places)
        where = f"  at hop{'s' if len(places) > 1 else ''} {at} of {len(chain.hops)}" + (f" by {controls}" if controls else "")
        title = Text.assemble((f"{self._signs.blocked} blocked", "bold red"), where, (f"  ({chain.verdict})", "dim"))
        self._line(f"{f'b{self._blocked}':>3}  ", "     ", title)
        self._hops(chain.hops, chain)

    def _hops(self, hops: tuple[Hop, ...], blocked: BlockedChain | None = None) -> None:
        told: set[str] = set()  # what holds for several hops of a chain is said once
        self._line(f"     {self._signs.start} ", "       ", self._end(hops[0].source, hops[0].source_family))
        for index, hop in enumerate(hops):
            is_last = index == len(hops) - 1
            branch, trunk = (self._signs.last, " ") if is_last else (self._signs.branch, self._signs.trunk)
            is_block = blocked is not None and blocked.holds_at(index)
            blockers = blocked.at(index) if blocked is not None else ()
            self._line(f"     {branch} ", f"     {trunk}    ", self._hop(hop, is_block=is_block))
            margin = f"     {trunk}  "
            if hop.also:
                self._detail(margin, "also by", ", ".join(short(name) for name in hop.also))
            if hop.condition is not None:
                self._condition(margin, hop.condition)
            self._evidence(margin, hop.evidence, blockers)
            for assumption in hop.assumptions:
                if assumption not in told:
                    self._detail(margin, "note", short(assumption))
                    told.add(assumption)
            for blocker in blockers:
                self._blocker(margin, blocker)

    def _hop(self, hop: Hop, *, is_block: bool) -> Text:
        is_possible = hop.verdict.is_possible and not is_block
        style = self._style(verdict_words(hop.verdict, hop.condition)) if is_possible else "blocked"
        sign = {"allowed": self._signs.allowed, "conditional": self._signs.conditional, "blocked": self._signs.blocked}[style]
        return Text.assemble(
            (sign, STYLES[style]),
            f" {short(hop.mechanism)} {short(hop.action)}{_more(hop)} {self._signs.arrow} ",
            self._end(hop.target, hop.target_family),
            ("" if is_possible else "  BLOCKED", STYLES[style]),
        )

    def _end(self, name: str, family: Family | None) -> Text:
        if family is None:
            return self._node(name)
        self._families[family.id] = family
        return Text.assemble((short(family.words), "bold"), (f" {family.id}", "dim"))

    def _node(self, name: str) -> Text:
        kind = self._names.kind(name)
        return Text.assemble((self._names.node(name), "bold"), (f" ({kind})" if kind else "", "dim"))

    def _condition(self, margin: str, condition: Condition) -> None:
        if condition.text.startswith("see gaps: "):
            self._detail(margin, "gaps", short(condition.text.removeprefix("see gaps: ")))
        else:
            self._detail(margin, "if", self._names.condition(condition))
        if condition.witness and not condition.benign:
            pairs = (f"{key} = {value if isinstance(value, str) else ', '.join(value)}" for key, value in condition.witness)
            self._detail(margin, "works with", "; ".join(short(pair) for pair in pairs))
        if condition.open_points:
            self._detail(margin, "unsettled", "; ".join(short(point) for point in condition.open_points))

    def _evidence(self, margin: str, evidence: tuple[Evidence, ...], blockers: tuple[Blocker, ...]) -> None:
        told = {self._names.statement(blocker) for blocker in blockers}
        for effect, label in (("Allow", "allowed by"), ("Deny", "deny in")):
            named = (self._names.statement(each) for each in evidence if each.effect == effect and not is_default(each))
            statements = [statement for statement in dict.fromkeys(named) if statement not in told]
            if statements:
                self._detail(margin, label, f" {self._signs.dot} ".join(statements))

    def _blocker(self, margin: str, blocker: Blocker) -> None:
        level = f" {short(blocker.level)}" if blocker.level and blocker.level != blocker.attached_to else ""
        place = f" attached to{level} {self._names.place(blocker.attached_to)}" if blocker.policy_type in ("scp", "rcp") else ""
        self._detail(margin, "blocked by", f"{short(blocker.control)}: {self._names.statement(blocker)}{place}", "red")
        if blocker.text:
            self._detail(margin, "", self._names.sentence(blocker.text))

    # ----------------------------------------------------------------------------------------------------- summary

    def _summary(self) -> None:
        answer = self._answer
        for line in self._counts():
            self._line("", "  ", Text(self._names.sentence(line), "bold"))
        accounts = self._names.accounts()
        if accounts:
            self._detail("", "accounts", f" {self._signs.dot} ".join(f"{name} {account}" for account, name in accounts.items()))
        for what, number in sorted(answer.not_listed.items()):
            self._detail("", "not listed", f"{short(what).replace('-', ' ')}: {number:,}")
        for gap in dict.fromkeys(answer.coverage_gaps):
            self._detail("", "unknown", _gap(gap, self.asked))
        for assumption in answer.assumptions:
            self._detail("", "assuming", short(assumption))
        for note in answer.notes:
            self._detail("", "note", self._names.sentence(note))
        self._detail("", "answer", self._completeness(), None if answer.complete else "yellow")

    def _counts(self) -> Iterator[str]:
        total = self._total
        if not total:
            hops = self._answer.parameters.get("max_hops")
            yield f"no chain{f' of at most {hops} hops' if hops else ''}" + (f", {self._blocked:,} blocked" if self._blocked else "")
            yield from tally(self._answer)
            return
        verdicts = ", ".join(f"{number:,} {words}" for words, number in sorted(self._verdicts.items()))
        blocked = f", {self._blocked:,} blocked" if self._blocked else ""
        shortest, longest = min(self._lengths), max(self._lengths)
        span = f"each {count(shortest, 'hop')}" if shortest == longest else f"shortest {count(shortest, 'hop')}, longest {longest}"
        folded = f" in {count(len(self._lengths), 'line')}" if total > len(self._lengths) else ""
        yield f"{count(total, 'chain')}{folded}: {verdicts}{blocked}; {span}"
        yield from tally(self._answer)
        if self._families:
            yield "unfold a family with --expand FAMILY, all of them with --no-families"

    def _completeness(self) -> str:
        more = "; see more with --limit N, or all with --format jsonl" if self._answer.truncated_by == "limit" else ""
        return short(completeness(self._answer)) + more

    # ----------------------------------------------------------------------------------------------------- printing

    def _style(self, words: str) -> str:
        return "conditional" if words == Verdict.CONDITIONAL else "allowed"

    def _detail(self, margin: str, label: str, text: str, style: str | None = None) -> None:
        head = f"{margin}{label:<{_LABEL}}"
        self._line(head, margin + " " * _LABEL, Text(text, style or ""))

    def _line(self, first: str, rest: str, text: Text) -> None:
        if self._signs is TYPED:
            text = Text(text.plain.encode(self._encoding, "backslashreplace").decode(self._encoding))
        room = max(20, self._width - max(cell_len(first), cell_len(rest)))
        lines = [text] if cell_len(text.plain) <= room else text.wrap(self._console, room, overflow="fold")
        for index, line in enumerate(lines):
            self._print(rest if index else first, line)

    def _print(self, margin: str, line: Text) -> None:
        if not self._has_colour:  # twenty times as fast, which counts for long answers in files
            self._stream.write(f"{margin}{line.plain}".rstrip(" ") + "\n")
            return
        line.rstrip()
        self._console.print(Text.assemble((margin, "dim"), line), no_wrap=True, overflow="ignore", crop=False)


def _is_joint(chain: Chain) -> bool:
    """Whether the condition of the chain says more than those of its hops, one by one."""
    own = tuple(() if hop.condition is None else hop.condition.witness for hop in chain.hops)
    return all(hop.condition is None for hop in chain.hops) or (bool(chain.witnesses) and chain.witnesses != own)


def _more(hop: Hop) -> str:
    """How many actions besides the one that is named."""
    others = len(hop.actions.actions) - 1 if hop.actions else 0
    return f" and {others:,} more" if others else ""


def _gap(gap: Gap, asked: str) -> str:
    where = ", ".join(part for part in (gap.account and f"account {gap.account}", gap.region, f"{gap.service} {gap.call}".strip()) if part)
    effects = [word for word, is_so in (("open", gap.could_open), ("close", gap.could_close)) if is_so]
    effect = f"; could {' or '.join(effects)} {asked}" if effects else ""
    return short(gap.what) + (f" ({short(where)}: {short(gap.outcome)})" if where else "") + effect


def _can_show(encoding: str) -> bool:
    try:
        "".join(getattr(_DRAWN, field.name) for field in fields(_DRAWN)).encode(encoding)
    except (LookupError, UnicodeEncodeError):
        return False
    return True
