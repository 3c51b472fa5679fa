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
def examples(patterns: tuple[Pattern, ...], budget: int = STATE_BUDGET, *, head: str = "") -> Examples:
    """The shortest example of every realizable signature, the empty value left out (a present key is not empty).

    `head`: what all values of interest begin with; others are not looked for.
    """
    filler, known = _alphabet(patterns)
    budget = min(budget, _STEPS // ((len(known) + 1) * max(len(patterns), 1)))
    start = tuple(pattern.start() for pattern in patterns)
    for char in head:
        start = _stepped(patterns, start, char)
    seen = {start}
    found: dict[int, str] = {_signature(patterns, start): head} if head else {}
    frontier: list[tuple[tuple[int, ...], str]] = [(start, head)]
    while frontier:
        following: list[tuple[tuple[int, ...], str]] = []
        for states, text in frontier:
            # A character that no pattern heeds here leads where the filler does.
            heeded = {char for p, s in zip(patterns, states, strict=True) for char in p.heeded(s)} & known
            for char in (filler, *sorted(heeded)):
                reached = _stepped(patterns, states, char)
                found.setdefault(_signature(patterns, reached), text + char)
                if reached in seen:
                    continue
                if len(seen) >= budget:
                    return Examples(tuple(found.items()), exhaustive=False)
                seen.add(reached)
                following.append((reached, text + char))
        frontier = following
    return Examples(tuple(found.items()), exhaustive=True)


def _stepped(patterns: Sequence[Pattern], states: tuple[int, ...], char: str) -> tuple[int, ...]:
    return tuple(p.step(s, char.casefold() if p.folded else char) if s else 0 for p, s in zip(patterns, states, strict=True))


def _signature(patterns: Sequence[Pattern], states: tuple[int, ...]) -> int:
    """One bit for each pattern that accepts what was read."""
    return sum(1 << i for i, (p, s) in enumerate(zip(patterns, states, strict=True)) if p.accepts(s))


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
