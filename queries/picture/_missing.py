"""What to say when a picture can't be drawn here."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager


class CannotDraw(Exception):
    """Something that drawing needs is not on this machine; the text says what to do."""


@contextmanager
def extra(name: str = "viz") -> Iterator[None]:
    """Turns a missing package into a sentence that names what to install: `name` is the extra that has it."""
    try:
        yield
    except ModuleNotFoundError as error:
        raise CannotDraw(f"this needs the package `{error.name}`: pip install 'xgraph-aws[{name}]'") from error
