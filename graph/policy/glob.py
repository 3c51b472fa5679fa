"""Patterns with `*` and `?`, matched without backtracking.

A pattern is a tuple of tokens: a one-character string is that character; the names below stand for wildcards. Matching runs
all positions of the pattern at once as bits of an integer, so its steps are bounded by the length of the value, and the
same bits drive the product automaton in `automaton.py`.

Sources: IAM User Guide, "JSON policy elements: Resource" (wildcards in ARNs), "Condition operators" (StringLike, ArnLike).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Final

STAR: Final = "star"  # any run of characters
ANY: Final = "any"  # exactly one character
STAR_IN_PART: Final = "star-in-part"  # any run without a colon
ANY_IN_PART: Final = "any-in-part"  # one character that is not a colon

WILDCARDS: Final = frozenset((STAR, ANY, STAR_IN_PART, ANY_IN_PART))

Tokens = tuple[str, ...]


class Pattern:
    """A compiled pattern. `folded` compares without case; tokens are then case-folded already."""

    __slots__ = (
        "_accept",
        "_any",
        "_any_in_part",
        "_literal",
        "_moves",
        "_parts",
        "_prefix",
        "_segments",
        "_stars",
        "_stars_in_part",
        "folded",
        "tokens",
    )

    def __init__(self, tokens: Sequence[str], *, folded: bool = False) -> None:
        self.tokens: Tokens = _collapse(tokens)
        self.folded = folded
        head = next((i for i, token in enumerate(self.tokens) if token in WILDCARDS), len(self.tokens))
        self._prefix = "".join(self.tokens[:head])
        # The text of a pattern without wildcards; with one final STAR only the prefix decides.
        self._literal = self._prefix if head == len(self.tokens) else None
        self._segments = _segments(self.tokens)
        self._parts = _parts(self.tokens, self._prefix)
        self._moves: dict[str, int] | None = None
        self._any = self._any_in_part = self._stars = self._stars_in_part = 0
        self._accept = 1 << len(self.tokens)

    def __repr__(self) -> str:
        return f"Pattern({''.join('*' if 'star' in t else '?' if t in WILDCARDS else t for t in self.tokens)!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Pattern) and self.tokens == other.tokens and self.folded == other.folded

    def __hash__(self) -> int:
        return hash((self.tokens, self.folded))

    @property
    def literal(self) -> str | None:
        """The only value that matches, or None when there is a wildcard."""
        return self._literal

    @property
    def prefix(self) -> str:
        """The characters before the first wildcard; every match starts with them."""
        return self._prefix

    @property
    def is_prefix(self) -> bool:
        """Whether it is literal but for a star at its end."""
        return self.tokens[-1:] == (STAR,) and len(self.prefix) == len(self.tokens) - 1

    @property
    def is_universal(self) -> bool:
        """Whether every value matches."""
        return self.tokens == (STAR,)

    def matches(self, value: str) -> bool:
        """Whether the whole value fits the pattern."""
        if self.folded:
            value = value.casefold()
        if self._literal is not None:
            return value == self._literal
        if not value.startswith(self._prefix):
            return False
        segments = self._segments
        if segments is not None:
            if segments == _ONE_STAR:
                return True
            return _fits(value, segments, len(self._prefix))
        if self._parts is not None:
            return _fits_parts(value.split(":", 5), self._parts)
        states = self.start()
        for char in value:
            states = self.step(states, char)
            if not states:
                return False
        return self.accepts(states)

    def start(self) -> int:
        """The set of positions before the first character, as bits."""
        if self._moves is None:
            self._compile()
        return self._close(1)

    def step(self, states: int, char: str) -> int:
        """The set of positions after one more (already folded) character."""
        moves = self._moves or {}
        advance = moves.get(char, 0) | self._any
        stay = self._stars
        if char != ":":
            advance |= self._any_in_part
            stay |= self._stars_in_part
        return self._close(((states & advance) << 1) | (states & stay))

    def accepts(self, states: int) -> bool:
        """Whether the characters so far are a whole match."""
        return bool(states & self._accept)

    def characters(self) -> frozenset[str]:
        """The literal characters that the pattern can tell apart from others."""
        chars = frozenset(token for token in self.tokens if token not in WILDCARDS)
        in_parts = STAR_IN_PART in self.tokens or ANY_IN_PART in self.tokens
        return chars | {":"} if in_parts else chars

    def heeded(self, states: int) -> Iterator[str]:
        """The characters that lead from these positions elsewhere than any other character does."""
        for char, positions in (self._moves or {}).items():
            if positions & states:
                yield char
                if self.folded and len(char.swapcase()) == 1:
                    yield char.swapcase()
        if states & (self._any_in_part | self._stars_in_part):
            yield ":"

    def example(self) -> str:
        """A value that matches: each run of stars empty, each single wildcard an `x`."""
        return "".join("x" if t in (ANY, ANY_IN_PART) else "" if t in WILDCARDS else t for t in self.tokens)

    def _close(self, states: int) -> int:
        # Tokens were collapsed, so two stars never follow each other and one step closes the set.
        return states | ((states & (self._stars | self._stars_in_part)) << 1)

    def _compile(self) -> None:
        moves: dict[str, int] = {}
        for position, token in enumerate(self.tokens):
            bit = 1 << position
            if token == STAR:
                self._stars |= bit
            elif token == STAR_IN_PART:
                self._stars_in_part |= bit
            elif token == ANY:
                self._any |= bit
            elif token == ANY_IN_PART:
                self._any_in_part |= bit
            else:
                moves[token] = moves.get(token, 0) | bit
        self._moves = moves


_ONE_STAR = ("",)  # what follows the prefix of a pattern whose only wildcard is a final star


def _segments(tokens: Tokens) -> tuple[str, ...] | None:
    """The literal runs between stars, when full stars are the only wildcards; the first run (the prefix) is left out."""
    if STAR not in tokens or (not WILDCARDS.isdisjoint(tokens) and {STAR} != WILDCARDS & set(tokens)):
        return None
    runs: list[str] = [""]
    for token in tokens:
        if token == STAR:
            runs.append("")
        else:
            runs[-1] += token
    return tuple(runs[1:])


# The parts of an ARN that are still to be compared, by their number: whole texts, and patterns.
Parts = tuple[tuple[tuple[int, str], ...], tuple[tuple[int, "Pattern"], ...]]


def _parts(tokens: Tokens, prefix: str) -> Parts | None:
    """The parts of an ARN pattern in whose first five parts no wildcard crosses a colon: each can be matched alone. What `prefix` covers
    whole is left out."""
    if STAR_IN_PART not in tokens:
        return None
    parts = _split(tokens)
    if len(parts) < 6 or any(token in (STAR, ANY) for part in parts[:5] for token in part):
        return None
    covered = min(prefix.count(":"), 5)
    found = [(i, Pattern([_UNBOUND.get(token, token) for token in part])) for i, part in enumerate(parts) if i >= covered]
    texts = tuple((i, one.literal) for i, one in found if one.literal is not None)
    return texts, tuple((i, one) for i, one in found if one.literal is None and not one.is_universal)


_UNBOUND = {STAR_IN_PART: STAR, ANY_IN_PART: ANY}


def _fits_parts(values: Sequence[str], parts: Parts) -> bool:
    if len(values) != 6:
        return False
    texts, patterns = parts
    for place, text in texts:
        if values[place] != text:
            return False
    for place, pattern in patterns:  # noqa: SIM110 - asked for every ARN in every condition; a generator would double it
        if not pattern.matches(values[place]):
            return False
    return True


def _fits(value: str, segments: tuple[str, ...], position: int) -> bool:
    """Whether the runs occur in order after `position` and the last one ends the value: leftmost finds are enough."""
    *middle, last = segments
    for segment in middle:
        position = value.find(segment, position)
        if position < 0:
            return False
        position += len(segment)
    return len(value) - position >= len(last) and value.endswith(last)


def _collapse(tokens: Sequence[str]) -> Tokens:
    """Merge neighbouring stars; a full star swallows one that stays in its part."""
    out: list[str] = []
    for token in tokens:
        if out and token in (STAR, STAR_IN_PART) and out[-1] in (STAR, STAR_IN_PART):
            out[-1] = STAR if STAR in (token, out[-1]) else STAR_IN_PART
        else:
            out.append(token)
    return tuple(out)


def tokens_of(text: str) -> Tokens:
    """The tokens of policy text in which `*` and `?` are wildcards."""
    if "*" not in text and "?" not in text:
        return tuple(text)
    return tuple(STAR if char == "*" else ANY if char == "?" else char for char in text)


def resource_tokens(tokens: Tokens) -> Tokens | None:
    """The tokens of a Resource element, with wildcards bound to ARN parts (R2.14); None when it can never match (R2.15)."""
    if tokens and all(token == STAR for token in tokens):
        return (STAR,)
    parts = _split(tokens)
    if len(parts) < 6 and not any(part and part[-1] == STAR for part in parts):
        return None
    out: list[str] = []
    for index, part in enumerate(parts):
        if index:
            out.append(":")
        out += part if index == 5 else _bind(part)
    return tuple(out)


@lru_cache(maxsize=131072)
def resource_pattern(tokens: Tokens) -> Pattern | None:
    """The pattern of a Resource text bound to ARN parts (R2.14); None when it can never match."""
    bound = resource_tokens(tokens)
    return Pattern(bound) if bound is not None else None


def arn_tokens(tokens: Tokens) -> Tokens | None:
    """The tokens of an ArnLike/ArnEquals value: a star never crosses a part boundary (R3.3); None when it is no six-part ARN."""
    parts = _split(tokens)
    if len(parts) < 6:
        return None
    out: list[str] = []
    for index, part in enumerate(parts):
        if index:
            out.append(":")
        out += part if index == 5 else _inside(part)
    return tuple(out)


def _split(tokens: Tokens) -> list[Tokens]:
    """Cut at the first five literal colons."""
    parts: list[Tokens] = []
    start = 0
    for position, token in enumerate(tokens):
        if token == ":" and len(parts) < 5:
            parts.append(tokens[start:position])
            start = position + 1
    parts.append(tokens[start:])
    return parts


def _inside(part: Tokens) -> list[str]:
    return [STAR_IN_PART if token == STAR else ANY_IN_PART if token == ANY else token for token in part]


def _bind(part: Tokens) -> list[str]:
    """R2.14: inside the first five parts `*` stays in its part, unless it is the last character of the part."""
    out = _inside(part)
    if part and part[-1] == STAR:
        out[-1] = STAR
    return out


@lru_cache(maxsize=65536)
def action_pattern(text: str) -> Pattern | None:
    """The pattern of an Action element, without case; None when it can never match (R2.3)."""
    if ":" not in text:
        return Pattern((STAR,)) if text and set(text) == {"*"} else None
    return Pattern(tokens_of(text.casefold()), folded=True)
