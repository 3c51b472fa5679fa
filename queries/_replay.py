"""Rows and chains that can be read again: an answer kept in a variable is looked at more than once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Generic, TypeVar

T = TypeVar("T")


class Replay(Generic[T]):
    """Reads its source as far as somebody wants to see, and remembers what it read.

    A reader that was interrupted leaves the rest to the next one.
    """

    def __init__(self, source: Iterable[T]) -> None:
        self._source = iter(source)
        self._seen: list[T] = []

    def __iter__(self) -> Iterator[T]:
        place = 0
        while True:
            while place < len(self._seen):
                yield self._seen[place]
                place += 1
            try:
                self._seen.append(next(self._source))
            except StopIteration:
                return

    def once(self) -> Iterator[T]:
        """What is left of the source, not remembered: for a single reader of something long."""
        return self._source
