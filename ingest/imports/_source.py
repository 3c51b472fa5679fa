"""A JSON file that somebody hands in, read with care: its encoding, what is not JSON in it, and keys that stand there twice."""

from __future__ import annotations

import gzip
import json
import re
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from xgraph.ingest.snapshot.encoding import encode
from xgraph.ingest.snapshot.layout import SnapshotError
from xgraph.ingest.snapshot.shape import explain

T = TypeVar("T")

_GZIP = b"\x1f\x8b"
_DEEPEST = 200  # levels; a snapshot puts some more around them
_DOCUMENTS = frozenset({"AssumeRolePolicyDocument", "Content", "Document", "Policy", "PolicyDocument"})
_ACCOUNT = re.compile(r"(?<!\d)\d{12}(?!\d)")


@dataclass(frozen=True, slots=True)
class Source:
    """One file: where it lies, and its text."""

    path: Path
    text: str

    def parse(self, shape: type[T]) -> tuple[dict[str, Any], T]:
        """The content as it is, and as `shape`, both of an object.

        A policy document in which a key stands twice becomes text, so that the second does not silently win.
        Raises SnapshotError when the file is not JSON or has another shape.
        """
        repeated: list[_Repeated] = []
        value = _loads(self, repeated)
        if not isinstance(value, dict):
            raise SnapshotError(f"`{self.path}`: expected an object at the top, found {_word(value)}")
        try:
            if repeated:
                value = _keep_documents(value)
            return value, msgspec.json.decode(encode(value, _DEEPEST), type=shape)
        except (msgspec.DecodeError, RecursionError) as error:
            raise SnapshotError(f"`{self.path}`: {explain(error)}") from None

    def value(self) -> Any:
        """The content as it is, whatever it is, with documents kept as `parse` keeps them.

        Raises SnapshotError when the file is not JSON or is nested too deeply.
        """
        repeated: list[_Repeated] = []
        value = _loads(self, repeated)
        try:
            encode(value, _DEEPEST)
            return _keep_documents(value) if repeated else value
        except RecursionError:
            raise SnapshotError(f"`{self.path}` is nested too deeply") from None

    def document(self) -> Any:
        """A file that is a policy document as a whole; as text where a key stands twice. Raises SnapshotError when it is not JSON."""
        repeated: list[_Repeated] = []
        value = _loads(self, repeated)
        return self.text.strip() if repeated else value

    def account_in_name(self) -> str | None:
        """The account that the nearest part of the path names, as in `accounts/111111111111/gaad.json`."""
        for part in reversed(self.path.parts):
            if found := _ACCOUNT.search(part):
                return found[0]
        return None


class _Repeated(dict[str, Any]):
    """An object in which a key stands twice."""

    pairs: list[tuple[str, Any]]


def read(path: Path) -> Source:
    """The file at `path`, compressed or not, in UTF-8, or in the UTF-16 that PowerShell writes.

    Raises SnapshotError when it can't be read.
    """
    try:
        content = path.read_bytes()
        if content.startswith(_GZIP):
            content = gzip.decompress(content)
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise SnapshotError(f"`{path}` is not a whole gzip file: {error}") from None
    except OSError as error:
        raise SnapshotError(f"`{path}` can't be read: {error.strerror}") from None
    try:
        return Source(path, content.decode(json.detect_encoding(content)))
    except UnicodeDecodeError as error:
        raise SnapshotError(f"`{path}` is not text (byte {error.start})") from None


@contextmanager
def shaped(what: str) -> Iterator[None]:
    """Raises SnapshotError in place of the errors that content of another shape than expected makes; `what` names file and place."""
    try:
        yield
    except SnapshotError:
        raise
    except (AttributeError, IndexError, KeyError, TypeError, ValueError, RecursionError):
        raise SnapshotError(f"{what} has not the shape that it should have") from None


def files_in(paths: tuple[Path, ...], pattern: str) -> tuple[Path, ...]:
    """The paths, with a folder standing for the files below it that match `pattern`.

    Raises SnapshotError for a folder without any.
    """
    found: list[Path] = []
    for path in paths:
        below = sorted(path.rglob(pattern)) if path.is_dir() else [path]
        if not below:
            raise SnapshotError(f"`{path}` holds no file named `{pattern}`")
        found.extend(below)
    return tuple(dict.fromkeys(found))


def document_text(document: Any) -> str:
    """A policy document as text, in the order it was written; text stays as it is."""
    return document if isinstance(document, str) else json.dumps(document, separators=(",", ":"))


def _loads(source: Source, repeated: list[_Repeated]) -> Any:
    def hook(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        plain = dict(pairs)
        if len(plain) == len(pairs):
            return plain
        found = _Repeated(plain)
        found.pairs = pairs
        repeated.append(found)
        return found

    try:
        return json.loads(source.text, object_pairs_hook=hook)
    except json.JSONDecodeError as error:
        if not source.text.strip():
            raise SnapshotError(f"`{source.path}` is empty") from None
        reason = error.msg[:1].lower() + error.msg[1:]
        raise SnapshotError(f"`{source.path}` is not JSON: {reason} at line {error.lineno}, column {error.colno}") from None
    except ValueError as error:
        raise SnapshotError(f"`{source.path}` is not JSON that can be used: {error}") from None
    except RecursionError:
        raise SnapshotError(f"`{source.path}` is nested too deeply") from None


def _keep_documents(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {k: _as_written(v) if k in _DOCUMENTS and _has_repeated(v) else _keep_documents(v) for k, v in value.items()}
    if isinstance(value, list):
        return [_keep_documents(item) for item in value]
    return value


def _has_repeated(value: Any) -> bool:
    if isinstance(value, Mapping):
        return isinstance(value, _Repeated) or any(_has_repeated(item) for item in value.values())
    return isinstance(value, list) and any(_has_repeated(item) for item in value)


def _as_written(value: Any) -> str:
    if isinstance(value, Mapping):
        pairs = value.pairs if isinstance(value, _Repeated) else value.items()
        return "{" + ",".join(f"{json.dumps(key)}:{_as_written(item)}" for key, item in pairs) + "}"
    if isinstance(value, list):
        return "[" + ",".join(_as_written(item) for item in value) + "]"
    return json.dumps(value)


def _word(value: Any) -> str:
    if isinstance(value, list):
        return "a list"
    return "text" if isinstance(value, str) else f"`{json.dumps(value)}`"
