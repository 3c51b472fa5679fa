"""The compiled cache of a snapshot: one file of tables, each with a checksum, believed only when all of it is as it was written.

It lies next to the snapshot, or in the user's cache folder when that can't be written to. Its key is made of `snapshot.json`, which holds
the hash of every file, of the sizes and modification times of these files, and of the version of xgraph.
"""

from __future__ import annotations

import hashlib
import os
import sys
import tempfile
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from xgraph import __version__

if TYPE_CHECKING:
    from xgraph.graph.access.compiled import CompiledEstate
    from xgraph.graph.access.graph import AccessGraph
    from xgraph.graph.access.renew import Earlier

MAGIC = b"xgraph-cache-1\n"
_DIGEST = 16
_PROGRAM = 16  # of a key: what is said of xgraph itself, the rest is of the snapshot
_MOST_HEAD = 64 * 2**20


class NoCache(ValueError):
    """There is no cache that may be believed; the text says why."""


class _Head(msgspec.Struct, array_like=True, forbid_unknown_fields=True):
    key: bytes
    tables: dict[str, tuple[int, int, bytes]]  # place, length, checksum


class Cache:
    """The cache of one snapshot."""

    def __init__(self, snapshot: Path) -> None:
        self.snapshot = snapshot
        self.is_used = os.environ.get("XGRAPH_CACHE", "") != "off"
        self.reason = ""  # why there is none

    def open(self) -> CompiledEstate | None:
        """The compiled estate, with the graph's tables checked; None when there is no cache that may be believed."""
        if not self.is_used or not any(path.is_file() for path in places(self.snapshot)):
            return None
        from xgraph.graph.access.compiled import CompiledEstate, Damaged

        try:
            tables = read(self.snapshot, self._key())
            found = CompiledEstate(tables.__getitem__, self.discard)
            found.graph()
        except (NoCache, Damaged, KeyError) as error:
            self.reason = str(error)
            return None
        return found

    def earlier(self) -> Earlier | None:
        """What was compiled of an earlier state of the snapshot by this xgraph; None when there is nothing that may be believed."""
        if not self.is_used:
            return None
        from xgraph.graph.access.compiled import Damaged, earlier_of

        try:
            return earlier_of(read(self.snapshot, self._key(), told=_PROGRAM).__getitem__)
        except (NoCache, Damaged, KeyError):
            return None

    def discard(self) -> None:
        """Remove the cache, so that nobody believes it again."""
        for path in places(self.snapshot):
            with suppress(OSError):
                path.unlink()

    def keep(self, graph: AccessGraph) -> Path | None:
        """Write what was built, if there is enough of it; None when nothing was written. Never an error."""
        if not self.is_used or len(graph.principals) < _FEWEST:
            return None
        from xgraph.graph.access.compiled import to_tables

        try:
            return write(self.snapshot, self._key(), to_tables(graph))
        except (NoCache, TypeError, ValueError) as error:
            self.reason = str(error)
            return None

    def _key(self) -> bytes:
        try:
            head = (self.snapshot / "snapshot.json").read_bytes()
            files = msgspec.json.decode(head, type=_Files).files
        except (OSError, msgspec.DecodeError):
            raise NoCache("the snapshot has no `snapshot.json` that can be read") from None
        return key_of(self.snapshot, files, head)


class _Files(msgspec.Struct):
    files: dict[str, str]


_FEWEST = 1000  # principals from which on a cache saves more time than it costs room


def key_of(snapshot: Path, files: Iterable[str], head: bytes) -> bytes:
    """What a cache of the snapshot has to be made of. `files`: those that `snapshot.json` names; `head`: its bytes."""
    program = hashlib.blake2b(f"{__version__}\0{sys.byteorder}\0{_program()}\0".encode(), digest_size=_PROGRAM).digest()
    digest = hashlib.blake2b(MAGIC, digest_size=32)
    digest.update(hashlib.sha256(head).digest())
    for path in sorted(files):
        for name in (path, path + ".gz"):
            with suppress(OSError):
                found = (snapshot / name).stat()
                digest.update(f"{name}\0{found.st_size}\0{found.st_mtime_ns}\n".encode())
                break
    return program + digest.digest()


def _program() -> str:
    """The newest change to xgraph itself: a clone that is worked on has one version for a long time."""
    root = Path(__file__).parent
    newest = max(
        (entry.stat().st_mtime_ns for folder in _FOLDERS for entry in os.scandir(root / folder) if entry.name.endswith(".py")), default=0
    )
    return str(newest)


_FOLDERS = ("graph/model", "graph/policy", "graph/policy/conditions", "graph/policy/services", "graph/access", "ingest", "ingest/services")


def places(snapshot: Path) -> tuple[Path, ...]:
    """Where the cache may lie, the best place first."""
    from platformdirs import user_cache_path

    full = snapshot.resolve()
    name = hashlib.sha256(os.fsencode(full)).hexdigest()[:32]
    return full.parent / f".{full.name}.xgraph-cache", user_cache_path("xgraph") / f"{name}.xgraph-cache"


def write(snapshot: Path, key: bytes, tables: Iterable[tuple[str, bytes]]) -> Path | None:
    """Write the cache, whole or not at all; None when no place can be written to."""
    found = list(tables)
    for path in places(snapshot):
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            _write(path, key, found)
        except OSError:
            continue
        return path
    return None


def _write(path: Path, key: bytes, tables: list[tuple[str, bytes]]) -> None:
    place, index = 0, {}
    for name, content in tables:
        index[name] = (place, len(content), _checksum(content))
        place += len(content)
    head = msgspec.msgpack.encode(_Head(key, index))
    handle, temporary = tempfile.mkstemp(prefix=".xgraph-", suffix=".tmp", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(MAGIC + len(head).to_bytes(8, "big") + _checksum(head) + head)
            file.writelines(content for _, content in tables)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def read(snapshot: Path, key: bytes, *, told: int | None = None) -> Mapping[str, bytes]:
    """The tables of the newest cache that is as it was written and made of this key. Raises NoCache.

    `told`: how much of the key has to be the same; all of it when None.
    """
    reasons = []
    for path in places(snapshot):
        try:
            return _read(path.read_bytes(), key, told)
        except FileNotFoundError:
            reasons.append(f"`{path}` is not there")
        except OSError as error:
            reasons.append(f"`{path}` can't be read: {error.strerror}")
        except NoCache as error:
            reasons.append(f"`{path}` {error}")
    raise NoCache("; ".join(reasons))


def _read(content: bytes, key: bytes, told: int | None = None) -> Mapping[str, bytes]:
    start = len(MAGIC) + 8 + _DIGEST
    if not content.startswith(MAGIC) or len(content) < start:
        raise NoCache("is no cache of this xgraph")
    length = int.from_bytes(content[len(MAGIC) : len(MAGIC) + 8], "big")
    head = content[start : start + length] if length <= _MOST_HEAD else b""
    if _checksum(head) != content[start - _DIGEST : start]:
        raise NoCache("is damaged")
    try:
        found = msgspec.msgpack.decode(head, type=_Head)
    except msgspec.DecodeError:
        raise NoCache("is damaged") from None
    if found.key[:told] != key[:told] or len(found.key) != len(key):
        raise NoCache("belongs to another state of the snapshot")
    body = memoryview(content)[start + length :]
    if len(body) != sum(size for _, size, _ in found.tables.values()):
        raise NoCache("is damaged")
    tables = {}
    for name, (place, size, checksum) in found.tables.items():
        table = body[place : place + size] if 0 <= place <= len(body) and size >= 0 else body[:0]
        if len(table) != size or _checksum(table) != checksum:
            raise NoCache("is damaged")
        tables[name] = table
    return tables  # type: ignore[return-value]  # views of bytes


def _checksum(content: bytes | memoryview) -> bytes:
    return hashlib.blake2b(content, digest_size=_DIGEST).digest()
