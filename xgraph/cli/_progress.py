"""A bar on standard error while a long step runs; silent unless that is a terminal."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Protocol


class Step(Protocol):
    """How far something is: `done` of `total`, None or 0 when nobody knows."""

    @property
    def name(self) -> str: ...
    @property
    def done(self) -> int: ...
    @property
    def total(self) -> int | None: ...


@contextmanager
def progress() -> Iterator[Callable[[Step], None]]:
    """A function to call with each step."""
    with counter() as count:
        yield lambda step: count(step.name, step.done, step.total)


@contextmanager
def counter() -> Iterator[Callable[[str, int, int | None], None]]:
    """A bar for each name it is called with."""
    if not sys.stderr.isatty():
        yield lambda _name, _done, _total: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn

    columns = (SpinnerColumn(), TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bars:
        tasks: dict[str, Any] = {}

        def show(name: str, done: int, total: int | None) -> None:
            if name not in tasks:
                tasks[name] = bars.add_task(name)
            bars.update(tasks[name], completed=done, total=total or None)

        yield show


class Relay:
    """Passes progress on to the bar that is there at the moment, if one is."""

    def __init__(self) -> None:
        self._count: Callable[[str, int, int | None], None] | None = None

    def __call__(self, name: str, done: int, total: int | None) -> None:
        if self._count is not None:
            self._count(name, done, total)

    @contextmanager
    def counting(self) -> Iterator[None]:
        """Show a bar while the block runs."""
        with counter() as count:
            self._count = count
            try:
                yield
            finally:
                self._count = None
