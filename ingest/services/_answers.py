"""The raw answers about one service, account and region, as `normalize` reads them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from enum import Enum
from typing import Any, Final, Literal, TypeVar

import msgspec

from xgraph.graph.model.coverage import CallOutcome, Outcome
from xgraph.ingest.services._documents import Documents
from xgraph.ingest.snapshot.layout import Place, SnapshotError
from xgraph.ingest.snapshot.shape import explain

T = TypeVar("T")


class _Unread(Enum):
    UNREAD = "unread"


UNREAD: Final = _Unread.UNREAD
Unread = Literal[_Unread.UNREAD]


class _Stored(msgspec.Struct):
    call: str
    parameters: dict[str, Any]
    answer: msgspec.Raw


class _File(msgspec.Struct):
    calls: list[_Stored]


class Answers:
    """Answers by call and parameters, decoded when they are asked for.

    INVARIANT (unknown stays unknown): a call that did not end in `ok` or `empty`, or was never made, is UNREAD, never "there is none".
    """

    __slots__ = ("_calls", "_decoded", "_outcomes", "account", "documents", "place")

    def __init__(self, place: Place, content: bytes | None, outcomes: Iterable[CallOutcome], documents: Documents) -> None:
        self.place = place
        self.account = place.account
        self.documents = documents
        self._calls: dict[str, list[tuple[int, _Stored]]] = {}
        self._outcomes: dict[str, list[CallOutcome]] = {}
        self._decoded: dict[tuple[str, tuple[str, ...]], dict[tuple[Any, ...], Any]] = {}
        for number, stored in enumerate(_parse(place, content) if content else ()):
            self._calls.setdefault(stored.call, []).append((number, stored))
        for each in outcomes:
            self._outcomes.setdefault(each.call, []).append(each)

    def asked_by(self, account: str) -> Answers:
        """The same answers, with the outcomes of calls about `account` alone; for organizations, several of which share a service."""
        narrowed = Answers(self.place, None, (), self.documents)
        narrowed._calls = self._calls
        for call, rows in self._outcomes.items():
            narrowed._outcomes[call] = [row for row in rows if row.account == account]
        return narrowed

    def was_refused(self, call: str) -> bool:
        """Whether some `call` was made and not answered."""
        return any(not row.outcome.is_known for row in self._outcomes.get(call, ()))

    def all(self, call: str, kind: type[T]) -> Iterator[tuple[Mapping[str, Any], T]]:
        """Parameters and answer of every `call` that was answered."""
        for number, stored in self._calls.get(call, ()):
            yield stored.parameters, self._decode(number, stored, kind)

    def one(self, call: str, kind: type[T], **parameters: object) -> T | None | Unread:
        """The answer to `call` with (at least) these parameters; None when AWS says that there is none, else UNREAD."""
        names = tuple(parameters)
        index = self._decoded.get((call, names))
        if index is None:
            index = self._decoded[call, names] = self._index(call, kind, names)
        found: T | None | Unread = index.get(_place(parameters.values()), UNREAD)
        return found

    def _index(self, call: str, kind: type[T], names: tuple[str, ...]) -> dict[tuple[Any, ...], T | None]:
        index: dict[tuple[Any, ...], T | None] = {}
        for row in self._outcomes.get(call, ()):
            if row.outcome is Outcome.EMPTY:
                parameters = msgspec.json.decode(row.parameters, type=dict[str, Any])
                index[_place(parameters.get(name) for name in names)] = None
        for asked, answer in self.all(call, kind):
            index[_place(asked.get(name) for name in names)] = answer
        return index

    def _decode(self, number: int, stored: _Stored, kind: type[T]) -> T:
        try:
            return msgspec.json.decode(stored.answer, type=kind)
        except (msgspec.DecodeError, RecursionError) as error:
            raise SnapshotError(f"`{self.place.path}`: {explain(error, f'calls[{number}].answer')} (`{stored.call}`)") from None


def _place(values: Iterable[object]) -> tuple[object, ...]:
    """Values of parameters as a key; a parameter may be a list."""
    return tuple(tuple(value) if isinstance(value, list) else value for value in values)


def _parse(place: Place, content: bytes) -> list[_Stored]:
    try:
        return msgspec.json.decode(content, type=_File).calls
    except (msgspec.DecodeError, RecursionError) as error:
        raise SnapshotError(f"`{place.path}`: {explain(error)}") from None
