"""Where an answer goes: standard output, or a file that is written whole or not at all."""

from __future__ import annotations

import os
import secrets
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from io import TextIOWrapper
from pathlib import Path
from typing import TextIO

from ._errors import BadInput, Failed


def check(path: str | None) -> None:
    """Refuse a place that no file can be written to, before the search starts."""
    if path is None or path == "-":
        return
    target = Path(os.path.realpath(path))
    if target.is_dir():
        raise BadInput(f"`{path}` is a folder; give a file")
    if not target.parent.is_dir():
        raise BadInput(f"no folder `{target.parent}` to write `{target.name}` in")


@contextmanager
def opened(path: str | None) -> Iterator[TextIO]:
    """A stream for the answer. A file keeps its old content until the new one is whole; a device or pipe is written to directly."""
    if path is None or path == "-":
        if isinstance(sys.stdout, TextIOWrapper):
            sys.stdout.reconfigure(errors="backslashreplace")
        yield sys.stdout
        return
    target = Path(os.path.realpath(path))
    try:
        if target.exists() and not target.is_file():
            with target.open("w", encoding="utf-8") as stream:
                yield stream
        else:
            with _replacing(target) as stream:
                yield stream
    except BrokenPipeError:
        raise
    except OSError as error:
        raise Failed(f"could not write `{path}`: {(error.strerror or str(error)).lower()}") from error


@contextmanager
def _replacing(target: Path) -> Iterator[TextIO]:
    draft = target.with_name(f".{target.name[:80]}.{secrets.token_hex(4)}.tmp")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8", errors="backslashreplace") as stream:
            if target.exists():
                os.fchmod(descriptor, target.stat().st_mode & 0o7777)
            yield stream
            stream.flush()
            os.fsync(descriptor)
        draft.replace(target)
    except BaseException:
        with suppress(OSError):
            draft.unlink()
        raise
