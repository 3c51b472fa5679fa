"""Resource texts found by what they match: a look-up costs the matches and not the texts."""

from __future__ import annotations

import re
from collections.abc import Iterable

from xgraph.graph.policy.glob import Pattern, resource_pattern, tokens_of
from xgraph.graph.policy.match import padded_pattern


def is_plain(text: str) -> bool:
    """Whether a resource text can be matched as it stands: no variable, no short ARN."""
    return "${" not in text and (text.count(":") >= 5 or (text != "" and not text.strip("*")))


def literal_head(text: str) -> str:
    """What every match of a text starts with: all before its first wildcard or variable."""
    end = _OPEN.search(text)
    return text[: end.start()] if end else text


_OPEN = re.compile(r"[*?]|\$\{")


class ListedTexts:
    """Lists of plain resource texts, each known by its number."""

    def __init__(self, lists: Iterable[tuple[str, ...]]) -> None:
        self._whole = _Heads()
        # Texts of any account (`arn:aws:iam::*:role/x-*`) by what stands before and after it.
        self._anywhere: dict[str, _Heads] = {}
        self._elsewhere: dict[str, list[tuple[str, int]]] = {}
        self._wild: dict[int, dict[str, list[tuple[str, int]]]] = {}
        self._patterns: dict[str, Pattern | None] = {}
        self._last: tuple[str, frozenset[int]] = ("", frozenset())
        for number, texts in enumerate(lists):
            for text in texts:
                self._add(text, number)

    def _add(self, text: str, number: int) -> None:
        head = literal_head(text)
        if len(head) == len(text) or (text == head + "*" and (not head or head.count(":") >= 5)):
            self._whole.add(text, number)
            return
        parts = text.split(":", 5)
        before, after = ":".join(parts[:4]), parts[-1]
        if (
            len(parts) == 6
            and parts[4] == "*"
            and literal_head(before) == before
            and len(literal_head(after)) >= len(after) - after.endswith("*")
        ):
            self._anywhere.setdefault(before, _Heads()).add(after, number)
            self._elsewhere.setdefault(before, []).append((text, number))
        else:
            self._wild.setdefault(len(head), {}).setdefault(head, []).append((text, number))

    def find(self, arn: str) -> frozenset[int]:
        """The numbers of the lists of which a text matches."""
        if self._last[0] == arn:
            return self._last[1]
        found = self._whole.find(arn)
        parts = arn.split(":", 5)
        if len(parts) == 6:
            before = ":".join(parts[:4])
            if ":" not in parts[5]:
                found |= self._anywhere[before].find(parts[5]) if before in self._anywhere else set()
            else:  # the wildcard may stand for more than the account
                found |= {number for text, number in self._elsewhere.get(before, ()) if self._fits(text, arn)}
        for length, tails in self._wild.items():
            for text, number in tails.get(arn[:length], ()):
                if number not in found and self._fits(text, arn):
                    found.add(number)
        self._last = arn, frozenset(found)
        return self._last[1]

    def _fits(self, text: str, arn: str) -> bool:
        if text not in self._patterns:
            self._patterns[text] = resource_pattern(tokens_of(text))
        pattern = self._patterns[text]
        return pattern is not None and pattern.matches(arn)


class _Heads:
    """Texts that are literal, or end with their only wildcard."""

    def __init__(self) -> None:
        self._literal: dict[str, list[int]] = {}
        self._open: dict[int, dict[str, list[int]]] = {}

    def add(self, text: str, number: int) -> None:
        if text.endswith("*"):
            self._open.setdefault(len(text) - 1, {}).setdefault(text[:-1], []).append(number)
        else:
            self._literal.setdefault(text, []).append(number)

    def find(self, value: str) -> set[int]:
        found = set(self._literal.get(value, ()))
        for length, heads in self._open.items():
            numbers = heads.get(value[:length])
            if numbers is not None:
                found.update(numbers)
        return found


def readings(text: str) -> tuple[Pattern | None, Pattern | None]:
    """The patterns by which a resource text without variables may match: as written, and a short ARN filled up (R2.15)."""
    tokens = tokens_of(text)
    return resource_pattern(tokens), padded_pattern(tokens)
