"""One example value for each combination of patterns that some value realizes (R3.36).

All patterns run side by side over the characters that any of them can tell apart, plus one that none names. Each distinct set
of "matches / does not match" that can be reached yields its shortest example. A budget of states keeps hostile patterns from
blowing up; past it the list is marked as not exhaustive.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from .glob import Pattern

STATE_BUDGET = 20_000
_STEPS = 3_000_000  # of all patterns over all characters of all states: about a second
_FILLERS = "xyzqjkvwuabcdefghilmnoprst0123456789_"


@dataclass(frozen=True, slots=True)
class Examples:
    """`values` maps a signature (one bit a pattern) to an example; `exhaustive` False when the budget ran out."""

    values: tuple[tuple[int, str], ...]
    exhaustive: bool


@lru_cache(maxsize=4096)
def examples(patterns: tuple[Pattern, ...], budget: int = STATE_BUDGET) -> Examples:
    """The shortest example of every realizable signature, the empty value left out (a present key is not empty)."""
    filler, known = _alphabet(patterns)
    budget = min(budget, _STEPS // ((len(known) + 1) * max(len(patterns), 1)))
    start = tuple(pattern.start() for pattern in patterns)
    seen = {start}
    found: dict[int, str] = {}
    frontier: list[tuple[tuple[int, ...], str]] = [(start, "")]
    while frontier:
        following: list[tuple[tuple[int, ...], str]] = []
        for states, text in frontier:
            # A character that no pattern heeds here leads where the filler does.
            heeded = {char for p, s in zip(patterns, states, strict=True) for char in p.heeded(s)} & known
            for char in (filler, *sorted(heeded)):
                reached = tuple(p.step(s, char.casefold() if p.folded else char) if s else 0 for p, s in zip(patterns, states, strict=True))
                signature = sum(1 << i for i, (p, s) in enumerate(zip(patterns, reached, strict=True)) if p.accepts(s))
                found.setdefault(signature, text + char)
                if reached in seen:
                    continue
                if len(seen) >= budget:
                    return Examples(tuple(found.items()), exhaustive=False)
                seen.add(reached)
                following.append((reached, text + char))
        frontier = following
    return Examples(tuple(found.items()), exhaustive=True)


def _alphabet(patterns: Sequence[Pattern]) -> tuple[str, set[str]]:
    """A character that no pattern names, and those that some pattern does."""
    chars: set[str] = set()
    for pattern in patterns:
        chars |= pattern.characters()
        if pattern.folded:
            chars |= {char.swapcase() for char in pattern.characters() if len(char.swapcase()) == 1}
    filler = next((char for char in _FILLERS if char not in chars), None)
    if filler is None:
        filler = next(chr(code) for code in range(0x3B1, 0x10000) if chr(code) not in chars)
    return filler, chars
