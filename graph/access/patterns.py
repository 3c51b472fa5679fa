"""Resource texts found by what they match: a look-up costs the matches and not the texts."""

from __future__ import annotations

from collections.abc import Iterable

from xgraph.graph.policy.glob import Pattern, tokens_of
from xgraph.graph.policy.match import padded_pattern, resource_pattern


def is_plain(text: str) -> bool:
    """Whether a resource text can be matched as it stands: no variable, no short ARN."""
    return "${" not in text and (text.count(":") >= 5 or (text != "" and not text.strip("*")))


def literal_head(text: str) -> str:
    """What every match of a text starts with: all before its first wildcard or variable."""
    ends = [end for sign in ("*", "?", "${") if (end := text.find(sign)) >= 0]
    return text[: min(ends)] if ends else text


class ListedTexts:
    """Lists of plain resource texts, each known by its number."""

    def __init__(self, lists: Iterable[tuple[str, ...]]) -> None:
        self._literal: dict[str, list[int]] = {}
        # By length and text of the literal head. A text that ends with its only wildcard matches whatever starts with its head.
        self._open: dict[int, dict[str, list[int]]] = {}
        self._wild: dict[int, dict[str, list[tuple[str, int]]]] = {}
        self._patterns: dict[str, Pattern | None] = {}
        for number, texts in enumerate(lists):
            for text in texts:
                self._add(text, number)

    def _add(self, text: str, number: int) -> None:
        head = literal_head(text)
        if len(head) == len(text):
            self._literal.setdefault(text, []).append(number)
        elif len(head) == len(text) - 1 and text[-1] == "*" and (not head or head.count(":") >= 5):
            self._open.setdefault(len(head), {}).setdefault(head, []).append(number)
        else:
            self._wild.setdefault(len(head), {}).setdefault(head, []).append((text, number))

    def find(self, arn: str) -> frozenset[int]:
        """The numbers of the lists of which a text matches."""
        found = set(self._literal.get(arn, ()))
        for length, heads in self._open.items():
            found.update(heads.get(arn[:length], ()))
        for length, tails in self._wild.items():
            for text, number in tails.get(arn[:length], ()):
                if number not in found and self._fits(text, arn):
                    found.add(number)
        return frozenset(found)

    def _fits(self, text: str, arn: str) -> bool:
        if text not in self._patterns:
            self._patterns[text] = resource_pattern(tokens_of(text))
        pattern = self._patterns[text]
        return pattern is not None and pattern.matches(arn)


def readings(text: str) -> tuple[Pattern | None, Pattern | None]:
    """The patterns by which a resource text without variables may match: as written, and a short ARN filled up (R2.15)."""
    tokens = tokens_of(text)
    return resource_pattern(tokens), padded_pattern(tokens)
