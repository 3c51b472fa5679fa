"""Text for tickets and pull requests; names stand in code spans, where nothing is markup, a link or a mention."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TextIO

from xgraph.graph.access.chain import BlockedChain, Chain
from xgraph.graph.policy.decision import Condition
from xgraph.queries._query import Answer, Place, columns_of
from xgraph.queries.render._cells import spoken
from xgraph.queries.render._drawing import completeness, tally
from xgraph.queries.render._names import Names, verdict_words
from xgraph.queries.render._text import count, visible

_MARKUP = re.compile(r"([\\`*_{}\[\]()#!|~$])")
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "@": "&#64;", "://": "&#58;//", "www.": "www&#46;"}


def render(answer: Answer, stream: TextIO) -> None:
    """Write a heading, each chain as a numbered list of hops, and what to know about the answer as a whole."""
    names = Names(answer)
    asked = [f"{key} {code(str(value))}" for key, value in answer.parameters.items() if value not in (None, False, "", ())]
    stream.write(f"# {escaped(answer.query)}\n\n{', '.join(asked)}\n")
    if answer.record is not None:
        _write_table(answer, answer.record, names, stream)
        return
    possible = blocked = 0
    used: dict[str, None] = {}
    for item in answer.items:
        if isinstance(item, BlockedChain):
            blocked += 1
            title = f"Blocked {blocked}: {count(len(item.hops), 'hop')}, hop {item.blocked_at + 1} is {item.verdict}"
        else:
            possible += 1
            title = f"Chain {possible}: {verdict_words(item.verdict, item.condition)}, {count(len(item.hops), 'hop')}"
        stream.write(f"\n## {title}\n\n")
        stream.writelines(f"{line}\n" for line in _hops(item, names))
        for hop in item.hops:
            used.update(dict.fromkeys((hop.source, hop.target)))
    stream.write(f"\n## Summary\n\n- {count(possible, 'chain')}, {blocked:,} blocked; {escaped(completeness(answer))}\n")
    stream.writelines(f"- {line}\n" for line in _remarks(answer))
    if used:
        stream.write("\n## Names\n\n")
        stream.writelines(f"- {code(names.node(name))}: {code(name)}\n" for name in used)


def _write_table(answer: Answer, record: type, names: Names, stream: TextIO) -> None:
    """A table of what people read of each row, then the summary."""
    shown = [each for each in columns_of(record) if each.place is not Place.HIDDEN]
    stream.write(f"\n| {' | '.join(escaped(each.heading) for each in shown)} |\n|{'---|' * len(shown)}\n")
    total = 0
    for total, row in enumerate(answer.rows, 1):  # noqa: B007  counted to the end
        stream.write(f"| {' | '.join(escaped(spoken(row, each, names)) for each in shown)} |\n")
    stream.write(f"\n## Summary\n\n- {escaped(count(total, answer.counted))}; {escaped(completeness(answer))}\n")
    stream.writelines(f"- {line}\n" for line in _remarks(answer))
    if answer.nodes:
        stream.write("\n## Names\n\n")
        stream.writelines(f"- {code(names.node(name))}: {code(name)}\n" for name in answer.nodes)


def code(text: str) -> str:
    """A code span, in which nothing is markup; what no AWS name holds and some reader might take for markup is escaped."""
    shown = visible(text)
    return escaped(shown) if not shown.strip() or any(sign in shown for sign in "`<>|") else f"`{shown}`"


def escaped(text: str) -> str:
    """`text` as a sentence in which nothing is markup, HTML, a link or a mention."""
    shown = _MARKUP.sub(r"\\\1", visible(text))
    for sign, entity in _ENTITIES.items():
        shown = shown.replace(sign, entity)
    return shown


def _hops(item: Chain | BlockedChain, names: Names) -> Iterator[str]:
    for index, hop in enumerate(item.hops):
        source = escaped(hop.source_family.words) if hop.source_family else code(names.node(hop.source))
        target = escaped(hop.target_family.words) if hop.target_family else code(names.node(hop.target))
        ends = f"{source} → {target}"
        more = f" and {count(len(hop.actions.actions) - 1, 'more action')}" if hop.actions and len(hop.actions.actions) > 1 else ""
        also = f" (also {', '.join(escaped(name) for name in hop.also)})" if hop.also else ""
        verdict = verdict_words(hop.verdict, hop.condition)
        yield f"{index + 1}. {ends} by {escaped(hop.mechanism)}{also}, {code(hop.action)}{more}: **{escaped(verdict)}**"
        if hop.condition is not None:
            yield f"   - if {escaped(names.condition(hop.condition))}"
            yield from _witness(hop.condition)
        for evidence in hop.evidence:
            verb = "allowed by" if evidence.effect == "Allow" else f"{escaped(evidence.effect)} in"
            yield f"   - {verb} {code(names.statement(evidence))}"
        yield from (f"   - assuming {escaped(assumption)}" for assumption in hop.assumptions)
        if isinstance(item, BlockedChain):
            for blocker in item.at(index):
                yield f"   - **blocked by {escaped(blocker.control)}** {code(names.statement(blocker))}: {escaped(names.sentence(blocker.text))}"


def _witness(condition: Condition) -> Iterator[str]:
    if condition.witness:
        pairs = (f"{key} = {value if isinstance(value, str) else ', '.join(value)}" for key, value in condition.witness)
        yield f"   - works with {', '.join(code(pair) for pair in pairs)}"


def _remarks(answer: Answer) -> Iterator[str]:
    yield from (escaped(line) for line in tally(answer))
    for gap in dict.fromkeys(answer.coverage_gaps):
        where = " ".join(part for part in (gap.account, gap.region, gap.service, gap.call) if part)
        yield f"gap: {escaped(gap.what)}" + (f" ({escaped(where)}: {escaped(gap.outcome)})" if where else "")
    yield from (f"not listed: {escaped(what)}: {number:,}" for what, number in sorted(answer.not_listed.items()))
    yield from (f"assuming {escaped(assumption)}" for assumption in answer.assumptions)
    yield from (f"note: {escaped(note)}" for note in answer.notes)
