"""How one decision shows itself in a notebook: what was asked, the verdict, and the statements behind it."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from typing import TYPE_CHECKING

from xgraph.queries.render._names import Names, verdict_words

if TYPE_CHECKING:
    from xgraph.queries.simulate import Simulation


def bundle(simulation: Simulation) -> dict[str, str]:
    """The decision as MIME type → text, for Jupyter and for a terminal."""
    lines = list(dict.fromkeys(_lines(simulation)))
    cells = "".join(f"<tr>{_cell('th', label)}{_cell('td', text)}</tr>" for label, text in lines)
    return {
        "text/plain": "\n".join(f"{label:>10}  {text}" for label, text in lines),
        "text/html": f"<table><tbody>{cells}</tbody></table>",
    }


def _cell(tag: str, text: str) -> str:
    return f"<{tag} style='text-align:left;vertical-align:top;overflow-wrap:anywhere'>{escape(text)}</{tag}>"


def _lines(simulation: Simulation) -> Iterator[tuple[str, str]]:
    decision, answer = simulation.decision, simulation.answer
    names = Names(answer)
    ends = tuple(answer.nodes)
    yield "asked", f"{names.node(ends[0])} → {answer.parameters['action']} → {names.node(ends[-1])}"
    yield "verdict", verdict_words(decision.verdict, decision.condition)
    if decision.condition is not None:
        yield "if", names.condition(decision.condition)
    for each in decision.evidence:
        yield each.effect, names.statement(each)
    for blocker in decision.blocked_by:
        yield "blocked by", names.sentence(blocker.text)
    for problem in decision.problems:
        yield problem.code, names.sentence(problem.text)
    for note in answer.notes:
        yield "note", names.sentence(note)
