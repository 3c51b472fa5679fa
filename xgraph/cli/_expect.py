"""Gates: what was expected against what was found."""

from __future__ import annotations

import click

from xgraph.queries._query import Answer
from xgraph.queries.render._drawing import completeness
from xgraph.queries.render._text import count

from ._errors import INTERRUPTED, UNDECIDED, UNMET
from ._watch import Watch


def status_of(expected: str | None, possible: int, *, complete: bool) -> int:
    """The exit status of `--expect`.

    `none` is met only by a complete answer without possible chains, `some` by any possible chain. 1: unmet. 3: the answer is
    incomplete and what is missing could decide. Blocked chains are not possible chains.
    """
    if expected is None or (expected == "some" and possible):
        return 0
    if expected == "none" and possible:
        return UNMET
    if not complete:
        return UNDECIDED
    return 0 if expected == "none" else UNMET


def complaint(expected: str | None, possible: int, status: int, noun: str = "possible chain") -> str | None:
    """A sentence for a gate that is not met."""
    if status == UNMET:
        found = count(possible, noun) if possible else f"no {noun.removeprefix('possible ')}"
        return f"expected {expected}, found {found}"
    if status == UNDECIDED:
        return f"expected {expected}, and the answer is too incomplete to tell"
    return None


def conclude(answer: Answer, watch: Watch, expect: str | None, noun: str, *, is_table: bool) -> int:
    """What standard error and the exit status say once the answer is written; `noun` is what the gate counts."""
    if not answer.complete and not is_table:
        click.echo(f"xgraph: warning: the answer is {completeness(answer)}", err=True)
    if watch.is_interrupted:
        return INTERRUPTED
    status = status_of(expect, watch.possible, complete=answer.complete)
    unmet = complaint(expect, watch.possible, status, noun)
    if unmet:
        click.echo(f"xgraph: {unmet}", err=True)
    return status
