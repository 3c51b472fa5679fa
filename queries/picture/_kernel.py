"""Whether a notebook is asking, and how it is told that work goes on."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any


def in_notebook() -> bool:
    """Whether a Jupyter kernel runs this process."""
    shell = sys.modules.get("IPython")
    running = shell.get_ipython() if shell is not None else None
    return running is not None and hasattr(running, "kernel")


def progress() -> Callable[[str, int, int], None] | None:
    """A progress bar for long work in a notebook; None elsewhere, or where tqdm is not installed."""
    if not in_notebook():
        return None
    try:
        from tqdm.auto import tqdm  # noqa: PLC0415  an extra
    except ModuleNotFoundError:
        return None
    bars: dict[str, Any] = {}

    def step(stage: str, done: int, total: int) -> None:
        bar = bars.get(stage)
        if bar is None:
            bar = bars[stage] = tqdm(total=total, desc=stage, leave=False)
        bar.update(done - bar.n)
        if done >= total:
            bars.pop(stage).close()

    return step
