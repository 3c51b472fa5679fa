"""Gates: what was expected against what was found."""

from __future__ import annotations

from xgraph.queries.render._text import count

from ._errors import UNDECIDED, UNMET


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
