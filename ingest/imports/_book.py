"""The answers of a snapshot in the making, place by place, which importers fill and overlays change."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from xgraph.graph.model.coverage import CallOutcome, Outcome
from xgraph.ingest.imports._source import shaped
from xgraph.ingest.services import SERVICES
from xgraph.ingest.services._answers import Answers
from xgraph.ingest.services._documents import Documents
from xgraph.ingest.services._service import Asked, Call
from xgraph.ingest.snapshot.batch import Answer, Batch
from xgraph.ingest.snapshot.encoding import compact
from xgraph.ingest.snapshot.layout import EVERY_REGION, GLOBAL, ORGANIZATIONS, Place, SnapshotError, place_of
from xgraph.ingest.snapshot.manifest import row
from xgraph.ingest.snapshot.read import Snapshot
from xgraph.ingest.snapshot.shape import explain
from xgraph.ingest.snapshot.store import SnapshotWriter, place_bytes

_CALLS = {service.name: service.calls for service in SERVICES}


class _Stored(msgspec.Struct):
    call: str
    parameters: dict[str, Any]
    answer: dict[str, Any]


class _File(msgspec.Struct):
    calls: list[_Stored]


@dataclass(frozen=True, slots=True)
class _Entry:
    parameters: Mapping[str, Any]
    answer: dict[str, Any] | None
    row: CallOutcome


class Sheet:
    """The calls about one place; a call stands there once for each set of parameters, and what is said last holds."""

    def __init__(self, place: Place, asked: str = "") -> None:
        """`asked` is the account that coverage names, for an organization its management account."""
        self.place = place
        self.asked = asked or place.account
        self.is_changed = False
        self._calls: dict[tuple[str, str], _Entry] = {}
        self._never_asked: frozenset[tuple[str, str]] = frozenset()

    def ok(self, call: str, parameters: Mapping[str, Any], answer: dict[str, Any]) -> None:
        """Notes an answer."""
        self._put(call, parameters, answer, Outcome.OK, "")

    def ended(self, outcome: Outcome, call: str, parameters: Mapping[str, Any], error: str = "") -> None:
        """Notes a call without an answer."""
        self._put(call, parameters, None, outcome, error)

    def partly(self, call: str, parameters: Mapping[str, Any], answer: dict[str, Any], error: str) -> None:
        """Notes what is known of a listing that may have more: an answer, and that nobody has asked."""
        self._put(call, parameters, answer, Outcome.NOT_TRIED, error)

    def _put(self, call: str, parameters: Mapping[str, Any], answer: dict[str, Any] | None, outcome: Outcome, error: str) -> None:
        place = self.place
        self.is_changed = True
        noted = row(self.asked, place.region, place.service, call, outcome, parameters, error)
        self._calls[call, noted.parameters] = _Entry(parameters, answer, noted)

    def load(self, call: str, parameters: Mapping[str, Any], answer: dict[str, Any] | None, noted: CallOutcome) -> None:
        """Takes over what another snapshot says of a call."""
        self._calls[call, noted.parameters] = _Entry(parameters, answer, noted)

    def answer(self, call: str, parameters: Mapping[str, Any] | None = None) -> dict[str, Any] | None:
        """The answer to a call, to be read and to be changed; None where there is none."""
        found = self._calls.get((call, compact(parameters or {})))
        return found.answer if found else None

    def has(self, call: str, parameters: Mapping[str, Any] | None = None) -> bool:
        """Whether anything is said of a call."""
        return (call, compact(parameters or {})) in self._calls

    def drop(self, call: str, parameters: Mapping[str, Any]) -> None:
        """Forgets a call."""
        self.is_changed = True
        self._calls.pop((call, compact(parameters)), None)

    def entries(self, call: str, key: str, unknown: str, parameters: Mapping[str, Any] | None = None) -> list[Any]:
        """The list `key` in the answer to a listing, to be changed; `unknown` says why it may lack some, when nobody asked before."""
        at = parameters or {}
        answer = self.answer(call, at)
        self.is_changed = True
        if answer is None:
            known = self._calls.get((call, compact(at)))
            answer = {key: []}
            if known is not None and known.row.outcome is Outcome.EMPTY:
                self.ok(call, at, answer)
            else:
                error = known.row.error if known else unknown
                self._put(call, at, answer, known.row.outcome if known else Outcome.NOT_TRIED, error)
        found = answer.setdefault(key, [])
        return found if isinstance(found, list) else []

    def complete(self, unknown: str) -> None:
        """Notes every declared call that nobody answered as not tried, `unknown` being the reason, and forgets calls about what is gone."""
        derived = self._derived()
        for key, (call, parameters) in derived.items():
            if key not in self._calls and key not in self._never_asked:
                self.ended(Outcome.NOT_TRIED, call.name, parameters, unknown)
        names = {call.name for call in _CALLS.get(self.place.service, ())}
        for key in [key for key in self._calls if key[0] in names and key not in derived]:
            del self._calls[key]

    def settle(self) -> None:
        """Takes what is there for what another collection or import has found, which may have asked less than this xgraph does."""
        self._never_asked = frozenset(self._derived().keys() - self._calls.keys())
        self.is_changed = False

    def _derived(self) -> dict[tuple[str, str], tuple[Call, Mapping[str, Any]]]:
        """The calls that the collector would make, by what is known."""
        return {
            (call.name, compact(parameters)): (call, parameters)
            for call in _CALLS.get(self.place.service, ())
            for parameters in self.asked_for(call)
        }

    def asked_for(self, call: Call) -> Iterator[Mapping[str, Any]]:
        """The parameters with which the collector would make a call, by what is known so far.

        Raises SnapshotError when an answer that they come from has not the shape that AWS gives it.
        """
        with shaped(f"`{self.place.path}`: an answer that `{call.name}` depends on"):
            yield from tuple(call.parameters(self._asked()))

    def _asked(self) -> Asked:
        answers: defaultdict[str, list[tuple[Mapping[str, Any], Mapping[str, Any]]]] = defaultdict(list)
        for (call, _), entry in self._calls.items():
            if entry.answer is not None:
                answers[call].append((entry.parameters, entry.answer))
        return Asked(self.place.account, self.place.region, answers)

    def answers(self) -> Iterator[Answer]:
        """The calls that were answered."""
        return (Answer(call, entry.parameters, entry.answer) for (call, _), entry in self._calls.items() if entry.answer is not None)

    def rows(self) -> Iterator[CallOutcome]:
        """How the calls ended."""
        return (entry.row for entry in self._calls.values())


class Book:
    """The sheets of a snapshot, of one that is there with what is changed in it, or of a new one."""

    def __init__(self, base: Snapshot | None = None) -> None:
        self.base = base
        self._sheets: dict[Place, Sheet] = {}
        self._rows: defaultdict[tuple[str, str, str], list[CallOutcome]] = defaultdict(list)
        for each in base.coverage if base else ():
            self._rows[each.account, each.service, each.region].append(each)

    def at(self, account: str, service: str, region: str = GLOBAL, asked: str = "") -> Sheet:
        """The sheet of a place. Raises SnapshotError when a snapshot has no such place."""
        place = Place(account, service, region)
        if place not in self._sheets:
            if region != EVERY_REGION and place_of(place.path) != place:
                raise SnapshotError(f"`{place.path}` is not a place for answers")
            self._sheets[place] = self._load(place) if self.base else Sheet(place, asked)
        return self._sheets[place]

    def places(self) -> tuple[Place, ...]:
        """Where something is known."""
        return tuple(sorted({*self._sheets, *(self.base.files if self.base else ())}))

    def touched(self) -> tuple[Place, ...]:
        """The places in which something was changed."""
        return tuple(sorted(place for place, sheet in self._sheets.items() if sheet.is_changed))

    def is_none(self, account: str, service: str, call: str) -> bool:
        """Whether it is known of every region that a listing has nothing."""
        rows = self._rows.get((account, service, EVERY_REGION), ())
        return any(each.call == call and each.outcome is Outcome.EMPTY for each in rows)

    def _load(self, place: Place) -> Sheet:
        sheet = Sheet(place, self._asked_of(place))
        content = self.base.files.get(place) if self.base else None
        answers: dict[tuple[str, str], _Stored] = {}
        if content is not None:
            try:
                answers = {(each.call, compact(each.parameters)): each for each in msgspec.json.decode(content, type=_File).calls}
            except (msgspec.DecodeError, RecursionError) as error:
                raise SnapshotError(f"`{place.path}`: {explain(error)}") from None
        for each in self._rows.get((sheet.asked, place.service, place.region), ()):
            stored = answers.pop((each.call, each.parameters), None)
            parameters = stored.parameters if stored else msgspec.json.decode(each.parameters, type=dict[str, Any])
            sheet.load(each.call, parameters, stored.answer if stored else None, each)
        for stored in answers.values():
            sheet.ok(stored.call, stored.parameters, stored.answer)
        sheet.settle()
        return sheet

    def _asked_of(self, place: Place) -> str:
        """The account that coverage names: for an organization the one whose answers these are."""
        content = self.base.files.get(place) if self.base and place.service == ORGANIZATIONS else None
        if content is None:
            return place.account
        with shaped(f"`{place.path}`: the organization"):
            calls = msgspec.json.decode(content, type=_File).calls
            return next((str(each.answer["Organization"]["MasterAccountId"]) for each in calls if each.call == "describe_organization"), "")

    def check(self) -> None:
        """Raises SnapshotError when an answer that is new has not the shape in which services are read."""
        normalize = {service.name: service.normalize for service in SERVICES}
        for place in self.touched():
            sheet = self._sheets[place]
            answers, rows = list(sheet.answers()), list(sheet.rows())
            if answers and place.service in normalize:
                _, content = place_bytes(Batch(place.account, place.service, place.region, answers=answers))
                with shaped(f"`{place.path}`: an answer"):
                    normalize[place.service](Answers(place, content, rows, Documents()))

    def write(self, writer: SnapshotWriter) -> None:
        """Puts everything into `writer`: what was changed, and the rest of the snapshot that it began with as it was.

        Raises SnapshotError as `check` does.
        """
        self.check()
        changed = set(self.touched())
        for sheet in (self._sheets[place] for place in sorted(changed)):
            writer.put_calls(sheet.place, tuple(sheet.answers()), sheet.rows())
        if self.base is None:
            return
        for account in self.base.accounts:
            writer.add_account(account)
        for place, content in self.base.files.items():
            if place not in changed:
                writer.keep(place, content)
        touched = {(self._sheets[place].asked, place.service, place.region) for place in changed}
        for key, rows in self._rows.items():
            if key not in touched:
                writer.cover(*rows)
