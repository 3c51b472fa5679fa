"""A snapshot in the making that survives whatever stops it: an interrupt, a crash, a full disk.

    SNAPSHOT/.partial-collect/plan.json               what is being collected, and on top of what; without it nothing is
    SNAPSHOT/.partial-collect/open/PLACE.jsonl        the calls of a place so far, one a line
    SNAPSHOT/.partial-collect/done/PLACE.jsonl        how the calls of a finished place ended
    SNAPSHOT/.partial-collect/accounts/…              the answers of finished places, as they will lie in the snapshot

A line is written when its call has ended, so nothing is asked twice but what was under way.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Self

from xgraph.graph.model.coverage import CallOutcome, Outcome
from xgraph.ingest.snapshot.batch import Batch
from xgraph.ingest.snapshot.earlier import ORGANIZATION, Calls, Earlier, Key, Known, known_in
from xgraph.ingest.snapshot.encoding import compact, encode, plain, sha256
from xgraph.ingest.snapshot.layout import COVERAGE_FILE, EVERY_REGION, SnapshotError
from xgraph.ingest.snapshot.lock import Lock
from xgraph.ingest.snapshot.manifest import from_lines, to_lines
from xgraph.ingest.snapshot.read import read_head
from xgraph.ingest.snapshot.store import (
    COLLECTION,
    PLAN,
    check_writable,
    is_snapshot,
    is_under_way,
    make_folder,
    place_bytes,
    publish,
    write_whole,
)

_AGAIN = frozenset({Outcome.FAILED, Outcome.NOT_TRIED})  # a call that ended so is made again


class Begin(StrEnum):
    """What a collection begins with."""

    NEW = "new"  # nothing
    OVER = "over"  # nothing; it takes the place of the snapshot that is there
    RESUME = "resume"  # what an interrupted one has left
    REFRESH = "refresh"  # a snapshot, some places of which are asked again
    ADD = "add"  # a snapshot, to which places are added


@dataclass(frozen=True, slots=True)
class Done:
    """A finished place: where its answers lie and their hash, if it has any; what depends on the clock; its rows."""

    key: Key
    path: str
    digest: str
    clock: Mapping[str, Any]
    rows: tuple[CallOutcome, ...]


@dataclass(frozen=True, slots=True)
class Before:
    """What the snapshot said that is refreshed or added to; known to the end also when a writer dies while it replaces it."""

    accounts: Sequence[str] = ()
    name: str = ""
    none: bool = False


class Collection:
    """Use it as a context manager; leaving it without `publish` keeps what was collected for Begin.RESUME.

    Several threads may put places and write logs, each place by one of them. `plan` is what the user wants, as JSON can hold it; when
    a collection is resumed, it is the one that it began with.
    """

    def __init__(self, folder: Path, begin: Begin, plan: Mapping[str, Any]) -> None:
        """Raises SnapshotError when `folder` can't be written to so, or when somebody else is writing to it."""
        self.folder = folder
        self.area = folder / COLLECTION
        self._is_new = not folder.exists()
        self._before = Before()
        if not self._is_new or begin in (Begin.NEW, Begin.OVER):
            check_writable(folder, force=begin is not Begin.NEW)
        if begin in (Begin.RESUME, Begin.REFRESH, Begin.ADD) and not (is_under_way(folder) or is_snapshot(folder)):
            raise SnapshotError(f"there is nothing at `{folder}` to go on from")
        make_folder(folder)
        self._lock = Lock(folder)
        try:
            self.begin, self.plan = self._open(begin, plan)
            self.has_old = is_snapshot(folder)
            self.base = Earlier(folder) if self.has_old and self.begin is not Begin.OVER else None
        except BaseException:
            self._lock.release()
            raise

    def _open(self, begin: Begin, plan: Mapping[str, Any]) -> tuple[Begin, Mapping[str, Any]]:
        if is_under_way(self.folder) and begin is Begin.RESUME:
            try:
                found = json.loads((self.area / PLAN).read_bytes())
                self._before = Before(**found["before"])
                return Begin(found["begin"]), found["plan"]
            except (OSError, ValueError, KeyError, TypeError):
                raise SnapshotError(f"`{self.area / PLAN}` can't be read: begin anew with --force") from None
        if is_under_way(self.folder) and begin in (Begin.REFRESH, Begin.ADD):
            raise SnapshotError(f"`{self.folder}` holds a collection that was interrupted: go on with --resume, or begin anew with --force")
        shutil.rmtree(self.area, ignore_errors=True)
        if begin is Begin.RESUME:
            plan = self._plan_of_snapshot() or plan
        if begin in (Begin.REFRESH, Begin.ADD):
            head = read_head(self.folder)
            self._before = Before(head.accounts, head.name if begin is Begin.REFRESH else "", head.states_no_organization)
        write_whole(self.area / PLAN, encode({"begin": begin.value, "plan": plan, "before": asdict(self._before)}))
        return begin, plan

    def _plan_of_snapshot(self) -> Mapping[str, Any] | None:
        with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
            found = json.loads((self.folder / "collected.json").read_bytes())["plan"]
            return found if isinstance(found, dict) else None
        return None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._lock.release()

    def give_up(self) -> None:
        """Removes what was collected: before anything worth keeping was."""
        shutil.rmtree(self.area, ignore_errors=True)
        if self._is_new and self.folder.is_dir() and not any(self.folder.iterdir()):
            self.folder.rmdir()

    # -- what is known already

    def known(self, key: Key) -> Calls:
        """The calls of a place that need not be made again, by name and parameters."""
        calls: Calls = {}
        if self.base and self.begin is Begin.RESUME:
            calls |= self.base.known(key)
        if done := self._read(key):
            calls |= known_in(done.rows, (self._file(done) or b"") if done.path else b"")
        calls |= dict(self._journal(key))
        return {name: each for name, each in calls.items() if each.outcome not in _AGAIN}

    def done(self, key: Key) -> Done | None:
        """A place that is finished, every call of it with an outcome that stays."""
        done = self._read(key)
        if done is None or any(row.outcome in _AGAIN for row in done.rows) or (done.path and self._file(done) is None):
            return None
        return done

    def _read(self, key: Key) -> Done | None:
        try:
            head, _, lines = self._path("done", key).read_bytes().partition(b"\n")
            found = json.loads(head)
            return Done(key, found["path"], found["hash"], found["clock"], from_lines(lines))
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def _file(self, done: Done) -> bytes | None:
        for folder in (self.area, self.folder):  # the last writer may have died while it put files in place
            with contextlib.suppress(OSError):
                content = (folder / done.path).read_bytes()
                if sha256(content) == done.digest:
                    return content
        return None

    def _journal(self, key: Key) -> Iterator[tuple[tuple[str, str], Known]]:
        for line in _whole_lines(self._path("open", key)):
            call, parameters, outcome, error, answer = json.loads(line)
            yield (call, compact(parameters)), Known(Outcome(outcome), error, answer)

    # -- what is new

    def log(self, key: Key) -> Log:
        """The journal of a place, which goes on where it was left."""
        return Log(self._path("open", key))

    def put(self, batch: Batch, clock: Mapping[str, Any], key: Key | None = None) -> None:
        """Writes down a finished place; `key` is that of the organization, whose batch goes by other names."""
        path, digest = "", ""
        if batch.answers:
            path, content = place_bytes(batch)
            write_whole(self.area / path, content)
            digest = sha256(content)
        self._finish(Done(key or Key(batch.account, batch.service, batch.region), path, digest, clock, tuple(batch.rows)))

    def _finish(self, done: Done) -> None:
        head = compact({"clock": done.clock, "hash": done.digest, "path": done.path}).encode()
        write_whole(self._path("done", done.key), head + b"\n" + to_lines(done.rows))
        self._path("open", done.key).unlink(missing_ok=True)

    def _path(self, kind: str, key: Key) -> Path:
        region = "every" if key.region == EVERY_REGION else key.region
        return self.area / kind / key.account / f"{key.service}.{region}.jsonl"

    # -- the end

    def publish(
        self, name: str, accounts: Iterable[str], collected: Mapping[str, Any], tell: Callable[[Iterable[CallOutcome]], None], *, none: bool
    ) -> str:
        """Puts everything in place and gives the snapshot's id; the earlier snapshot's other places stay when it was to be added to.

        `accounts` are those that were asked about; `tell` gets the rows of every place; `none`: there is no organization.
        """
        everybody = {*accounts, *self._before.accounts}
        name = name or self._before.name
        none |= self._before.none
        if self.base and self.begin in (Begin.REFRESH, Begin.ADD):
            self._carry(self.base)
        hashes: dict[str, str] = {}
        clocks: dict[str, Any] = {}

        def lines() -> Iterator[bytes]:
            for key in self.finished():
                done = self._read(key)
                if done is None:
                    raise SnapshotError(f"`{self._path('done', key)}` can't be read: begin anew with --force")
                if done.path:
                    hashes[done.path] = done.digest
                    clocks[done.path] = done.clock
                tell(done.rows)
                yield to_lines(done.rows)

        self._bring_back()
        write_whole(self.area / COVERAGE_FILE, lines())
        hashes[COVERAGE_FILE] = _sha256_of(self.area / COVERAGE_FILE)
        made = publish(self.area, self.folder, hashes, everybody, {**collected, "places": clocks}, name=name, none=none)
        (self.area / PLAN).unlink()  # first of all: what is left without it is rubbish
        shutil.rmtree(self.area, ignore_errors=True)
        return made

    def finished(self) -> list[Key]:
        """The keys of finished places in the order of their rows in the coverage."""
        found = []
        for path in (self.area / "done").glob("*/*.jsonl"):
            service, _, region = path.name.removesuffix(".jsonl").partition(".")
            key = Key(path.parent.name, service, EVERY_REGION if region == "every" else region)
            account = key.account
            if key == ORGANIZATION and (done := self._read(key)) and done.rows:
                account = done.rows[0].account
            found.append((account, key.region, key.service, key))
        return [key for *_, key in sorted(found)]

    def _carry(self, base: Earlier) -> None:
        """Takes over the places of the earlier snapshot that were not asked again, before anything is put in place."""
        clocks = base.clocks()
        asked = self._read(ORGANIZATION)
        asked_about = {asked.rows[0].account} if asked and asked.rows else set()
        reached = {key[:2] for key in self.finished()}
        for key in base.places():
            is_asked = key.account in asked_about if key.service == ORGANIZATION.service else key[:2] in reached
            if is_asked or self._path("done", key).exists():
                continue
            path, content = base.file(key)
            if path:
                write_whole(self.area / path, content)
            self._finish(Done(key, path, sha256(content) if path else "", clocks.get(path, {}), base.rows(key)))

    def _bring_back(self) -> None:
        """Files that a writer had put in place already when it died are needed once more."""
        for key in self.finished():
            done = self._read(key)
            if done and done.path and not (self.area / done.path).exists():
                write_whole(self.area / done.path, self._file(done) or b"")


class Log:
    """The calls of one place as they end; what a dead writer has begun and not finished is cut off."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: BinaryIO | None = None

    def note(self, call: str, parameters: Mapping[str, Any], known: Known) -> None:
        """Writes a line. Raises OSError when the disk is full; the line is not there then."""
        line = json.dumps([call, plain(parameters), known.outcome.value, known.error, known.answer], separators=(",", ":")).encode() + b"\n"
        if self._file is None:
            make_folder(self._path.parent)
            whole = sum(len(each) for each in _whole_lines(self._path))
            self._file = open(os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600), "r+b", buffering=0)  # noqa: SIM115, PTH123  open until `close`
            self._file.truncate(whole)
            self._file.seek(whole)
        start = self._file.tell()
        try:
            if self._file.write(line) != len(line):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(self._path))
        except OSError:
            with contextlib.suppress(OSError):
                self._file.truncate(start)
            raise

    def close(self) -> None:
        """Ends writing; the next log of the place goes on."""
        if self._file is not None:
            self._file.close()
            self._file = None


def _whole_lines(path: Path) -> Iterator[bytes]:
    """The lines of a journal up to the first that is not whole."""
    with contextlib.suppress(OSError), path.open("rb") as file:
        for line in file:
            try:
                found = json.loads(line)
            except ValueError:
                return
            if not (line.endswith(b"\n") and isinstance(found, list) and len(found) == 5):
                return
            yield line


def _sha256_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
