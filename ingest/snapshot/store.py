"""Writes a snapshot so that it is there whole or not at all. Needs the standard library alone."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from xgraph.graph.model.coverage import CallOutcome
from xgraph.ingest.snapshot.batch import Answer, Batch
from xgraph.ingest.snapshot.encoding import compact, encode, sha256
from xgraph.ingest.snapshot.layout import (
    COLLECTED_FILE,
    COVERAGE_FILE,
    FORMAT_VERSION,
    ORGANIZATIONS,
    SNAPSHOT_FILE,
    Place,
    SnapshotError,
    place_of,
)
from xgraph.ingest.snapshot.lock import Lock
from xgraph.ingest.snapshot.manifest import to_lines
from xgraph.ingest.snapshot.redact import redact

_STAGING = ".partial-"
PLAN = "plan.json"  # in it, as long as there is something to go on with
COLLECTION = _STAGING + "collect"  # what an interrupted collection leaves for the next one


class SnapshotWriter:
    """Gathers answers beside the place they will lie at, and puts them there at the end.

    Use it as a context manager and call `finish` last: leaving the block without it, by an exception or an interrupt, removes what
    was written and leaves a snapshot that was there before as it was. `snapshot.json` is taken away first and written last, so a
    process killed in between leaves something that `read_snapshot` refuses.
    """

    def __init__(self, folder: Path | str, *, name: str = "", force: bool = False) -> None:
        """Raises SnapshotError when `folder` holds anything, unless it is a snapshot and `force` is set, or when somebody writes to it."""
        self.folder = Path(folder)
        self.name = name
        self.states_no_organization = False
        self._hashes: dict[str, str] = {}
        self.coverage: list[CallOutcome] = []
        self.accounts: set[str] = set()
        self._is_new = not self.folder.exists()
        check_writable(self.folder, force=force)
        make_folder(self.folder)
        self._lock = Lock(self.folder)
        self._staging = Path(tempfile.mkdtemp(prefix=_STAGING, dir=self.folder))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.abort()

    def put(self, batch: Batch) -> None:
        """Writes the answers of a batch and notes its outcomes; a place is written once. A batch without answers makes no file."""
        if batch.service != ORGANIZATIONS:
            self.accounts.add(batch.account)
        self.coverage.extend(batch.rows)
        if batch.answers:
            self._put(batch)

    def put_calls(self, place: Place, answers: Iterable[Answer], rows: Iterable[CallOutcome]) -> None:
        """Writes the calls of a place, of which some may be answered in part: with an answer, and a row that says so."""
        self.put(Batch(place.account, place.service, place.region, answers=list(answers), rows=list(rows)))

    def keep(self, place: Place, content: bytes) -> None:
        """Takes over a file of answers from another snapshot as it is; its rows go to `cover`."""
        self._write(place.path, content)

    def add_account(self, account: str) -> None:
        """Names an account that was asked about, also when it gave no answer."""
        self.accounts.add(account)

    def cover(self, *rows: CallOutcome) -> None:
        """Notes how calls ended that belong to no batch (`manifest.row` makes the rows)."""
        self.coverage.extend(rows)

    def finish(self, collected: Mapping[str, Any] | None = None) -> str:
        """Puts everything in place and gives the snapshot's id. `collected` is what depends on a clock."""
        self._write(COVERAGE_FILE, to_lines(self.coverage))
        made = publish(
            self._staging, self.folder, self._hashes, self.accounts, collected or {}, name=self.name, none=self.states_no_organization
        )
        self.abort()
        return made

    def abort(self) -> None:
        """Removes what was written and not put in place."""
        shutil.rmtree(self._staging, ignore_errors=True)
        if self._is_new and self.folder.is_dir() and not any(self.folder.iterdir()):
            self.folder.rmdir()
        self._lock.release()

    def _put(self, batch: Batch) -> None:
        path, content = place_bytes(batch)
        if path in self._hashes:
            raise ValueError(f"`{path}` is written already")
        self._write(path, content)

    def _write(self, path: str, content: bytes) -> None:
        write_whole(self._staging / path, content)
        self._hashes[path] = sha256(content)


def place_bytes(batch: Batch) -> tuple[str, bytes]:
    """The path and the bytes of the file of a batch's answers. Raises SnapshotError when they have no place in a snapshot."""
    path = batch.place.path
    if place_of(path) != batch.place:
        raise SnapshotError(f"`{path}` is not a place for answers")
    ordered = sorted(batch.answers, key=lambda each: (each.call, compact(each.parameters)))
    calls = [{"call": each.call, "parameters": each.parameters, "answer": redact(each.answer)} for each in ordered]
    try:
        return path, encode({"calls": calls})
    except RecursionError:
        raise SnapshotError(f"`{path}` would be nested too deeply") from None


def publish(
    staging: Path, folder: Path, hashes: Mapping[str, str], accounts: Iterable[str], collected: Mapping[str, Any], *, name: str, none: bool
) -> str:
    """Puts the files of `staging` (`hashes`: the ones of which the snapshot consists) in place and gives the snapshot's id.

    `snapshot.json` is taken away first and written last. `none`: it is stated that there is no organization.
    """
    organizations = sorted(p.account for path in hashes if (p := place_of(path)) and p.service == ORGANIZATIONS)
    head: dict[str, Any] = {
        "format_version": FORMAT_VERSION,
        "name": name or _name(organizations, set(accounts)),
        "organizations": organizations,
        "accounts": sorted(accounts),
        "files": dict(hashes),
    }
    if none:
        head["states_no_organization"] = True
    _remove_strays(staging, hashes)
    write_whole(staging / COLLECTED_FILE, encode(collected))
    write_whole(staging / SNAPSHOT_FILE, encode(head))
    _put_in_place(staging, folder)
    return snapshot_id(hashes, sha256(encode(head)))


def _remove_strays(staging: Path, hashes: Mapping[str, str]) -> None:
    """Takes away what a killed writer was about to write: only what `snapshot.json` lists gets in place."""
    for name in ("accounts", "organization"):
        for path in (staging / name).rglob("*"):
            if path.is_file() and path.relative_to(staging).as_posix() not in hashes:
                path.unlink()


def _put_in_place(staging: Path, folder: Path) -> None:
    (folder / SNAPSHOT_FILE).unlink(missing_ok=True)
    (folder / (SNAPSHOT_FILE + ".gz")).unlink(missing_ok=True)
    for name in ("accounts", "organization"):
        shutil.rmtree(folder / name, ignore_errors=True)
        if (staging / name).is_dir():
            (staging / name).replace(folder / name)
    for file in (COVERAGE_FILE, COLLECTED_FILE, SNAPSHOT_FILE):
        (folder / (file + ".gz")).unlink(missing_ok=True)
        (staging / file).replace(folder / file)
        _sync(folder)


def check_writable(folder: Path, *, force: bool) -> None:
    """Raises SnapshotError when a snapshot must not be written to `folder`."""
    if folder.is_symlink() or folder.exists():
        if not folder.is_dir():
            raise SnapshotError(f"`{folder}` is there and is not a folder")
        if is_snapshot(folder):
            if not force:
                raise SnapshotError(f"`{folder}` holds a snapshot already: name another folder, or replace it with --force")
        elif is_under_way(folder) and not force:
            raise SnapshotError(
                f"`{folder}` holds a collection that was interrupted: go on with `xgraph collect --resume`, or begin anew with --force"
            )
        elif not _is_free(folder):
            raise SnapshotError(f"`{folder}` is neither empty nor a snapshot: name another folder")


def _is_free(folder: Path) -> bool:
    """Whether `folder` is empty, or holds only what a writer has left there that was killed."""
    names = {each.name for each in folder.iterdir()}
    staging = {name for name in names if name.startswith(_STAGING)}
    return names == staging or bool(staging and names - staging <= {"accounts", "organization", COVERAGE_FILE, COLLECTED_FILE})


def is_snapshot(folder: Path) -> bool:
    """Whether `folder` looks like a finished snapshot."""
    return (folder / SNAPSHOT_FILE).is_file() or (folder / (SNAPSHOT_FILE + ".gz")).is_file()


def is_under_way(folder: Path) -> bool:
    """Whether `folder` holds a collection that has not come to its end."""
    return (folder / COLLECTION / PLAN).is_file()


def is_interrupted(folder: Path) -> bool:
    """Whether somebody began to write a snapshot to `folder`."""
    return any(folder.glob(_STAGING + "*")) or (folder / COVERAGE_FILE).is_file() or (folder / "accounts").is_dir()


def snapshot_id(hashes: Mapping[str, str], head: str) -> str:
    """SHA-256 over path and hash of every file but `collected.json`; `head` is the hash of `snapshot.json`."""
    lines = sorted({**hashes, SNAPSHOT_FILE: head}.items())
    return sha256("".join(f"{path}\0{digest}\n" for path, digest in lines).encode())


def _name(organizations: list[str], accounts: set[str]) -> str:
    """A name from what is in the snapshot, so that equal answers have equal names wherever they lie."""
    if organizations:
        return "+".join(organizations)
    return "+".join(sorted(accounts)) if len(accounts) <= 3 else f"{len(accounts)} accounts"


def make_folder(folder: Path) -> None:
    """The folder and those above it, for their owner alone."""
    if not folder.is_dir():
        make_folder(folder.parent)  # mkdir(parents=True) would give the parents another mode
        folder.mkdir(mode=0o700, exist_ok=True)


def write_whole(path: Path, content: bytes | Iterable[bytes]) -> None:
    """The file with `content` (or its pieces), or none at all: 0600, in its folder (0700), on the disk when this returns."""
    make_folder(path.parent)
    handle, temporary = tempfile.mkstemp(prefix=".", suffix=".tmp", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.writelines((content,) if isinstance(content, bytes) else content)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def _sync(folder: Path) -> None:
    """Makes the names in `folder` last through a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
