"""A bar on standard error while a long step runs; silent unless that is a terminal."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def progress() -> Iterator[Callable[[Any], None]]:
    """A function to call with each step; a step has `name`, `done` and `total` (None or 0 when nobody knows)."""
    if not sys.stderr.isatty():
        yield lambda _step: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn

    columns = (SpinnerColumn(), TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bars:
        tasks: dict[str, Any] = {}

        def report(step: Any) -> None:
            if step.name not in tasks:
                tasks[step.name] = bars.add_task(step.name)
            bars.update(tasks[step.name], completed=step.done, total=step.total or None)

        yield report
