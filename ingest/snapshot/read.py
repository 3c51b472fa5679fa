"""Reads a snapshot and checks it: nothing past this line meets a file that is not what `snapshot.json` says."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import msgspec

from xgraph.graph.model.arn import is_account_id
from xgraph.graph.model.coverage import CallOutcome
from xgraph.ingest.snapshot.encoding import sha256
from xgraph.ingest.snapshot.layout import COVERAGE_FILE, FORMAT_VERSION, SNAPSHOT_FILE, Place, SnapshotError, place_of
from xgraph.ingest.snapshot.manifest import from_lines
from xgraph.ingest.snapshot.shape import explain
from xgraph.ingest.snapshot.store import is_interrupted, snapshot_id


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A folder of raw answers, in memory and verified. `files` maps a place to the bytes of its file."""

    id: str
    name: str
    organizations: tuple[str, ...]
    accounts: tuple[str, ...]
    states_no_organization: bool
    coverage: tuple[CallOutcome, ...]
    files: Mapping[Place, bytes]


class Head(msgspec.Struct):
    """What `snapshot.json` says."""

    format_version: int
    name: str
    organizations: list[str]
    accounts: list[str]
    files: dict[str, str]
    states_no_organization: bool = False


def read_snapshot(folder: Path | str) -> Snapshot:
    """The snapshot in `folder`.

    Raises SnapshotError, in one sentence that names file and place, when it is not there, not finished, or not as it was written.
    """
    folder = Path(folder)
    raw = _read_head(folder)
    head = _parse_head(raw)
    contents = {path: read_file(folder, path, digest) for path, digest in sorted(head.files.items())}
    coverage = from_lines(contents.pop(COVERAGE_FILE))
    files = {place: content for path, content in contents.items() if (place := place_of(path))}
    return Snapshot(
        id=snapshot_id(head.files, sha256(raw)),
        name=head.name,
        organizations=tuple(head.organizations),
        accounts=tuple(head.accounts),
        states_no_organization=head.states_no_organization,
        coverage=coverage,
        files=files,
    )


def read_head(folder: Path) -> Head:
    """What `snapshot.json` says. Raises SnapshotError as `read_snapshot` does."""
    return _parse_head(_read_head(folder))


def read_coverage(folder: Path, head: Head) -> tuple[CallOutcome, ...]:
    """Every call and how it ended, without reading an answer. Raises SnapshotError as `read_snapshot` does."""
    return from_lines(read_file(folder, COVERAGE_FILE, head.files[COVERAGE_FILE]))


def _read_head(folder: Path) -> bytes:
    if not folder.is_dir():
        raise SnapshotError(f"there is no snapshot at `{folder}`")
    raw = _read(folder, SNAPSHOT_FILE)
    if raw is None:
        if is_interrupted(folder):
            raise SnapshotError(
                f"`{folder}` has no `{SNAPSHOT_FILE}`: writing it was interrupted, go on with `xgraph collect --resume`, or collect or import again"
            )
        raise SnapshotError(f"`{folder}` is not a snapshot: it has no `{SNAPSHOT_FILE}`")
    return raw


def _parse_head(raw: bytes) -> Head:
    try:
        head = msgspec.json.decode(raw, type=Head)
    except (msgspec.DecodeError, RecursionError) as error:
        raise SnapshotError(f"`{SNAPSHOT_FILE}`: {explain(error)}") from None
    if head.format_version != FORMAT_VERSION:
        raise SnapshotError(f"`{SNAPSHOT_FILE}` has format version {head.format_version}, this xgraph reads {FORMAT_VERSION}")
    if COVERAGE_FILE not in head.files:
        raise SnapshotError(f"`{SNAPSHOT_FILE}` does not list `{COVERAGE_FILE}`")
    for account in head.accounts:
        if not is_account_id(account):
            raise SnapshotError(f"`{SNAPSHOT_FILE}` lists the account `{account}`, which is not 12 digits")
    for path in head.files:
        if path != COVERAGE_FILE and place_of(path) is None:
            raise SnapshotError(f"`{SNAPSHOT_FILE}` lists `{path}`, which is not the name of a file of answers")
    return head


def read_file(folder: Path, path: str, digest: str) -> bytes:
    """The bytes of a file, plain or compressed. Raises SnapshotError when it is missing or not what its hash says."""
    content = _read(folder, path)
    if content is None:
        raise SnapshotError(f"`{path}` is missing from the snapshot `{folder}`")
    if sha256(content) != digest:
        raise SnapshotError(f"`{path}` is not as it was collected: its hash differs from the one in `{SNAPSHOT_FILE}`")
    return content


def _read(folder: Path, path: str) -> bytes | None:
    """The plain bytes of a file or of its compressed form; None when neither is there."""
    try:
        return (folder / path).read_bytes()
    except FileNotFoundError:
        pass
    except OSError as error:
        raise SnapshotError(f"`{path}` can't be read: {error.strerror}") from None
    try:
        with gzip.open(folder / (path + ".gz")) as file:
            return file.read()
    except FileNotFoundError:
        return None
    except (OSError, EOFError, zlib.error) as error:
        raise SnapshotError(f"`{path}.gz` can't be read: {error}") from None
