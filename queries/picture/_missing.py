"""What to say when a picture can't be drawn here."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager


class CannotDraw(Exception):
    """Something that drawing needs is not on this machine; the text says what to do."""


@contextmanager
def extra() -> Iterator[None]:
    """Turns a missing package into a sentence that names what to install."""
    try:
        yield
    except ModuleNotFoundError as error:
        raise CannotDraw(f"this picture needs the package `{error.name}`: pip install 'xgraph-aws[viz]'") from error
