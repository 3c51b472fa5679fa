"""An answer's chains or rows on their way to the printer: counted, and stopped by Ctrl-C without losing what was found."""

from __future__ import annotations

import signal
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

from xgraph.graph.access.chain import BlockedChain
from xgraph.queries._query import Answer


class Watch(Iterator[Any]):
    """Takes the place of the answer's `items`, or of its `rows` where it is a table; `possible` counts the chains that are not
    blocked, or the rows.
    """

    def __init__(self, answer: Answer) -> None:
        self.possible = 0
        self.is_interrupted = False
        self._answer = answer
        self._is_searching = False
        self._ready: deque[Any] = deque()
        answer.once()
        if answer.record is None:
            self._items: Iterator[Any] = iter(answer.items)
            answer.items = self
        else:
            self._items = iter(answer.rows)
            answer.rows = self

    def __next__(self) -> Any:
        return self._ready.popleft() if self._ready else self._found()

    def look_ahead(self, most: int) -> None:
        """Find the first few already, while a bar can still show how far that is."""
        for _ in range(most - len(self._ready)):
            try:
                self._ready.append(self._found())
            except StopIteration:
                return

    def _found(self) -> Any:
        try:
            self._is_searching = True
            item = None if self.is_interrupted else next(self._items)
            self._is_searching = False
        except KeyboardInterrupt:
            self.is_interrupted = True
            item = None
        finally:
            self._is_searching = False
        if item is None:
            self._answer.complete = False
            self._answer.truncated_by = "interrupted"
            raise StopIteration
        self.possible += not isinstance(item, BlockedChain)
        return item

    @contextmanager
    def interruptible(self) -> Iterator[None]:
        """Ctrl-C ends the search, and the printer still writes its end; the second one leaves at once."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = signal.signal(signal.SIGINT, self._interrupt)
        try:
            yield
        finally:
            signal.signal(signal.SIGINT, before)

    def _interrupt(self, _signal: int, _frame: FrameType | None) -> None:
        if self.is_interrupted or self._is_searching:
            raise KeyboardInterrupt
        self.is_interrupted = True
