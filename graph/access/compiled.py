"""An estate and its graph as tables, and back: principals are made one account at a time, documents one block at a time.

Tables are numbers and records of closed types (msgpack), never code. What is read back is equal to what was written; what can't be read
back makes `Damaged`.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import fields
from functools import cached_property, lru_cache
from typing import Any, get_type_hints

import msgspec
import numpy as np

from xgraph.graph.model.document import Policy
from xgraph.graph.model.estate import Estate
from xgraph.graph.model.principal import Principal, PrincipalKind
from xgraph.graph.policy.decision import Verdict

from .census import ANY, MARK, Census, Listed, Rows
from .graph import AccessGraph, AskedHops
from .renew import Earlier, Marks, marks_of
from .roster import Roster
from .trust import HopSet, Listing, TrustHops
from .world import World

Tables = Mapping[str, bytes]
Read = Callable[[str], bytes]
BLOCK = 256  # documents that are read together


class Damaged(ValueError):
    """Tables that are not what was written."""


class _Policy(msgspec.Struct, array_like=True, gc=False, forbid_unknown_fields=True):
    name: str
    document: int  # -1: not read


class _Principal(msgspec.Struct, array_like=True, forbid_unknown_fields=True):
    arn: str
    kind: PrincipalKind
    account: str
    name: str
    path: str
    unique_id: str
    tags: tuple[tuple[str, str], ...]
    policies: tuple[_Policy, ...]
    groups: tuple[str, ...]
    boundary: _Policy | None
    trust: _Policy | None
    has_instance_profile: bool


_HINTS = get_type_hints(Estate)
# The estate but for its principals, whatever fields it has.
_Rest = msgspec.defstruct(
    "_Rest",
    [
        *((field.name, _HINTS[field.name]) for field in fields(Estate) if field.name != "principals"),
        ("documents", int),
    ],
    array_like=True,
    forbid_unknown_fields=True,
)


class _Lists(msgspec.Struct, array_like=True, forbid_unknown_fields=True):
    accounts: tuple[str, ...]
    action_lists: tuple[tuple[tuple[str, ...], bool], ...]
    resource_lists: tuple[Listed, ...]
    key_sets: tuple[tuple[str, ...], ...]
    owner_texts: tuple[str, ...] | None


_ARRAYS: dict[str, type[np.generic]] = {
    "account_of": np.int32, "kind_of": np.int8, "is_linked": np.bool_, "boundary_of": np.int32, "is_opaque": np.bool_,
    "allows": np.bool_, "actions_of": np.int32, "resources_of": np.int32, "keys_of": np.int32,
}  # fmt: skip
_ROWS = ("documents_of", "guards_of", "limits_of", "statements_of")
_VERDICTS = tuple(Verdict)


# ------------------------------------------------------------------------------------------------------------- writing


def to_tables(graph: AccessGraph) -> Iterator[tuple[str, bytes]]:
    """The tables of a graph and its estate, by name."""
    estate, census, trust = graph.world.estate, graph.census, graph.trust
    documents: dict[str, int] = {}
    marks = marks_of(estate, graph.principals)
    for number, one in enumerate(marks.chunks):
        members = [graph.principals[place] for place in range(one.first, one.first + one.size)]
        yield f"principals/{number}", msgspec.msgpack.encode([_packed(principal, documents) for principal in members])
    yield "marks", msgspec.msgpack.encode(marks)
    texts = list(documents)
    for first in range(0, len(texts), BLOCK):
        yield f"documents/{first // BLOCK}", msgspec.msgpack.encode(texts[first : first + BLOCK])
    known = {field.name: getattr(estate, field.name) for field in fields(estate) if field.name in _Rest.__struct_fields__}
    yield "rest", msgspec.msgpack.encode(_Rest(**known, documents=len(texts)))
    yield "lists", msgspec.msgpack.encode(_Lists(**{name: getattr(census, name) for name in _Lists.__struct_fields__}))
    for name in _ARRAYS:
        yield f"census/{name}", getattr(census, name).tobytes()
    yield "census/marks", census.marks
    for name in _ROWS:
        yield from _row_tables(f"census/{name}", getattr(census, name))
    yield from _trust_tables(trust)


def _trust_tables(trust: TrustHops) -> Iterator[tuple[str, bytes]]:
    yield from _row_tables("trust/members", _rows([one.numbers for one in trust.sets]))
    yield from _row_tables("trust/targets", _rows([np.array(one.targets, np.int32) for one in trust.sets]))
    yield "trust/verdicts", np.array([_VERDICTS.index(one.verdict) for one in trust.sets], np.int8).tobytes()
    yield "trust/unread", np.array(sorted(trust.unread), np.int32).tobytes()
    yield from _row_tables("trust/doors", trust.doors)
    for name, listing in (("out", trust.out), ("into", trust.into)):
        yield from _row_tables(f"trust/{name}", listing.rows if isinstance(listing, Listing) else Rows.of(listing))


def _rows(parts: Sequence[Any]) -> Rows:
    lengths = np.cumsum([0, *map(len, parts)], dtype=np.int64)
    return Rows(lengths, np.concatenate([np.zeros(0, np.int32), *parts]).astype(np.int32))


def _row_tables(name: str, rows: Rows) -> Iterator[tuple[str, bytes]]:
    yield f"{name}/starts", rows.starts.astype(np.int64).tobytes()
    yield f"{name}/values", rows.values.astype(np.int32).tobytes()


def _packed(principal: Principal, documents: dict[str, int]) -> _Principal:
    def policy(one: Policy) -> _Policy:
        return _Policy(one.name, -1 if one.document is None else documents.setdefault(one.document, len(documents)))

    p = principal
    return _Principal(
        p.arn, p.kind, p.account, p.name, p.path, p.unique_id, p.tags, tuple(map(policy, p.policies)), p.groups,
        policy(p.boundary) if p.boundary else None, policy(p.trust) if p.trust else None, p.has_instance_profile,
    )  # fmt: skip


# ------------------------------------------------------------------------------------------------------------- reading


class CompiledEstate:
    """The estate of some tables. `estate.principals` are made when they are asked for."""

    def __init__(self, read: Read, discard: Callable[[], object] | None = None) -> None:
        """`discard`: told when something read later turns out not to be what was written."""
        self.read = read
        self._discard = discard
        self.rest = _decode(read("rest"), _Rest)
        self.marks = _decode(read("marks"), Marks)
        self.principals = Identities(self)
        known = {name: getattr(self.rest, name) for name in _Rest.__struct_fields__ if name != "documents"}
        self.estate = Estate(**known, principals=_ByArn(self.principals))

    def graph(self) -> AccessGraph:
        """The graph of the tables, made once."""
        return self._graph

    @cached_property
    def _graph(self) -> AccessGraph:
        return graph_of(self)

    @cached_property
    def _blocks(self) -> Callable[[int], list[str]]:
        return lru_cache(maxsize=None)(lambda block: self.records(f"documents/{block}", list[str]))

    def document(self, number: int) -> str | None:
        """The text of a document; None for one that was not read. Raises Damaged."""
        if number < 0:
            return None
        found = self._blocks(number // BLOCK)
        if number % BLOCK >= len(found):
            raise self.damaged("a document is missing")
        return found[number % BLOCK]

    def records(self, name: str, kind: Any) -> Any:
        """The records of one table. Raises Damaged."""
        try:
            return _decode(self.read(name), kind)
        except (Damaged, KeyError) as error:
            raise self.damaged(f"its table `{name}` can't be read: {error}") from None

    def damaged(self, what: str) -> Damaged:
        """The error that says so; the tables are believed no more."""
        if self._discard is not None:
            self._discard()
        return Damaged(f"the compiled cache of the snapshot was damaged and has been removed ({what}): ask again")


class Identities(Sequence[Principal]):
    """Users, roles and root users by number, made one account at a time."""

    def __init__(self, tables: CompiledEstate) -> None:
        self._tables = tables
        self.chunks = tables.marks.chunks
        self._firsts = [chunk.first for chunk in self.chunks]
        self._made: dict[int, tuple[Principal, ...]] = {}
        self.chunk_of = {(chunk.partition, chunk.account): number for number, chunk in enumerate(self.chunks)}

    def __len__(self) -> int:
        return self.chunks[-1].first + self.chunks[-1].size if self.chunks else 0

    def __getitem__(self, number: int) -> Principal:  # type: ignore[override]  # nobody slices it
        if not 0 <= number < len(self):
            raise IndexError(number)
        chunk = bisect_right(self._firsts, number) - 1
        found: Principal = self.of_chunk(chunk)[number - self._firsts[chunk]]
        return found

    def __iter__(self) -> Iterator[Principal]:
        for chunk in range(len(self.chunks)):
            yield from self.of_chunk(chunk)

    def of_chunk(self, chunk: int) -> tuple[Principal, ...]:
        """The principals of one account."""
        found = self._made.get(chunk)
        if found is None:
            packed = self._tables.records(f"principals/{chunk}", list[_Principal])
            if len(packed) != self.chunks[chunk].size:
                raise self._tables.damaged("principals are missing")
            found = self._made[chunk] = tuple(map(self._made_of, packed))
        return found

    def _made_of(self, one: _Principal) -> Principal:
        def policy(packed: _Policy) -> Policy:
            return Policy(packed.name, self._tables.document(packed.document))

        return Principal(
            one.arn, one.kind, one.account, one.name, one.path, one.unique_id, one.tags, tuple(map(policy, one.policies)), one.groups,
            policy(one.boundary) if one.boundary else None, policy(one.trust) if one.trust else None, one.has_instance_profile,
        )  # fmt: skip

    @cached_property
    def roots(self) -> int:
        """How many root users there are."""
        return sum(one.kind is PrincipalKind.ROOT for one in self)

    def number(self, arn: str) -> int | None:
        """The number of a principal."""
        parts = arn.split(":", 5)
        chunk = self.chunk_of.get((parts[1], parts[4])) if len(parts) == 6 else None
        if chunk is None:
            return None
        return self._places(chunk).get(arn)

    @cached_property
    def _places(self) -> Callable[[int], dict[str, int]]:
        def places(chunk: int) -> dict[str, int]:
            return {principal.arn: self._firsts[chunk] + place for place, principal in enumerate(self.of_chunk(chunk))}

        return lru_cache(maxsize=None)(places)


class _ByArn(Mapping[str, Principal]):
    """Users and roles by ARN."""

    def __init__(self, principals: Identities) -> None:
        self._principals = principals

    def __getitem__(self, arn: str) -> Principal:
        number = self._principals.number(arn)
        if number is None or self._principals[number].kind is PrincipalKind.ROOT:
            raise KeyError(arn)
        return self._principals[number]

    def __iter__(self) -> Iterator[str]:
        return (one.arn for one in self.values())

    def values(self) -> Any:
        """Users and roles, without looking each of them up."""
        return (one for one in self._principals if one.kind is not PrincipalKind.ROOT)

    def __len__(self) -> int:
        return len(self._principals) - self._principals.roots


class _Numbers(Mapping[Any, Any]):
    """A mapping of which the entries are found one by one, and all of them only for whoever walks through it."""

    def __init__(self, find: Callable[[Any], Any], keys: Callable[[], Iterator[Any]]) -> None:
        self._find = find
        self._keys = keys

    def __getitem__(self, key: Any) -> Any:
        found = self._find(key)
        if found is None:
            raise KeyError(key)
        return found

    def __iter__(self) -> Iterator[Any]:
        return self._keys()

    def __len__(self) -> int:
        return sum(1 for _ in self)


class CompiledRoster(Roster):
    """The directory of an estate that was compiled."""

    def __init__(self, world: World, principals: Identities) -> None:  # the parent's looks at every principal
        self.world = world
        self.principals = principals  # type: ignore[assignment]  # a sequence
        self._identities = principals
        self.by_arn = _Numbers(principals.number, lambda: (one.arn for one in principals))  # type: ignore[assignment]
        self.by_account = _Numbers(self._of_account, lambda: iter(dict.fromkeys(one.account for one in principals.chunks)))  # type: ignore[assignment]
        self.by_session_name = _Numbers(self._of_session, lambda: iter(self._session_names))  # type: ignore[assignment]

    def _of_account(self, account: str) -> list[int] | None:
        found = [number for one in self._identities.chunks if one.account == account for number in range(one.first, one.first + one.size)]
        return found or None

    @cached_property
    def _session_names(self) -> dict[tuple[str, str], int]:
        return {(p.account, p.name): n for n, p in enumerate(self._identities) if p.kind is PrincipalKind.ROLE}

    def _of_session(self, place: tuple[str, str]) -> int | None:
        account, name = place
        for number in self._of_account(account) or ():
            principal = self._identities[number]
            if principal.kind is PrincipalKind.ROLE and principal.name == name:
                return number
        return None

    @cached_property
    def by_unique_id(self) -> dict[str, int]:  # type: ignore[override]
        return {p.unique_id: n for n, p in enumerate(self._identities) if p.unique_id}


def graph_of(compiled: CompiledEstate) -> AccessGraph:
    """The graph of compiled tables, at any time. Raises Damaged when they do not fit together."""
    world = World(compiled.estate)
    graph = AccessGraph(world)
    size = len(compiled.principals)
    census = _census(compiled.read, size, len(world.estate.accounts))
    # The properties of a graph are made when they are asked for; these are there already.
    vars(graph).update(
        index=CompiledRoster(world, compiled.principals), census=census, trust=_trust(compiled.read, graph, size, len(census.accounts))
    )
    return graph


def _census(read: Read, size: int, accounts: int) -> Census:
    lists = _decode(read("lists"), _Lists)
    arrays: dict[str, Any] = {name: _array(read(f"census/{name}"), kind) for name, kind in _ARRAYS.items()}
    rows: dict[str, Any] = {name: _read_rows(read, f"census/{name}") for name in _ROWS}
    census = Census(
        **arrays, **rows, marks=bytes(read("census/marks")), **{name: getattr(lists, name) for name in _Lists.__struct_fields__}
    )
    statements, documents = len(census.allows), len(census.statements_of)
    within = (
        (census.account_of, 0, len(lists.accounts)),
        (census.kind_of, 0, 3),
        (census.boundary_of, -1, documents),
        (census.documents_of.values, 0, documents),
        (census.guards_of.values, 0, documents),
        (census.limits_of.values, 0, documents),
        (census.statements_of.values, 0, statements),
        (census.actions_of, -1, len(lists.action_lists)),
        (census.resources_of, -1, len(lists.resource_lists)),
        (census.keys_of, 0, len(lists.key_sets)),
    )
    sizes = {len(census.account_of), len(census.kind_of), len(census.is_linked), len(census.boundary_of), len(census.documents_of)}
    if sizes != {size} or len(census.is_opaque) != documents or not all(_is_within(*one) for one in within):
        raise Damaged("the census does not fit the principals")
    if {len(census.actions_of), len(census.resources_of), len(census.keys_of)} != {statements} or len(lists.accounts) > max(accounts, size):
        raise Damaged("statements are missing")
    if {len(census.guards_of), len(census.limits_of)} != {len(lists.accounts)}:
        raise Damaged("accounts are missing")
    if len(census.marks) != MARK * documents:
        raise Damaged("marks are missing")
    return census


def _trust(read: Read, graph: AccessGraph, size: int, accounts: int) -> TrustHops:
    members, targets = (_read_rows(read, f"trust/{name}") for name in ("members", "targets"))
    verdicts, unread = _array(read("trust/verdicts"), np.int8), _array(read("trust/unread"), np.int32)
    out, into = (_read_rows(read, f"trust/{name}") for name in ("out", "into"))
    doors = _read_rows(read, "trust/doors")
    sets = len(members)
    within = (
        (members.values, 0, size),
        (targets.values, 0, size),
        (out.values, 0, sets),
        (into.values, 0, sets),
        (unread, 0, size),
        (doors.values, ANY, accounts),
    )
    fits = len(targets) == sets == len(verdicts) and {len(out), len(into), len(doors)} == {size} and _is_within(verdicts, 0, len(_VERDICTS))
    if not fits or not all(_is_within(*one) for one in within):
        raise Damaged("role hops do not fit the principals")
    return TrustHops(_Sets(graph, members, targets, verdicts), Listing(out), Listing(into), frozenset(unread.tolist()), doors)


def earlier_of(read: Read) -> Earlier:
    """An earlier state of an estate, from its tables. Raises Damaged."""
    marks = _decode(read("marks"), Marks)
    size = sum(one.size for one in marks.chunks)
    firsts = [0, *np.cumsum([one.size for one in marks.chunks]).tolist()]
    if [one.first for one in marks.chunks] != firsts[:-1]:
        raise Damaged("marks do not fit one another")
    census = _census(read, size, size)
    members, targets = (_read_rows(read, f"trust/{name}") for name in ("members", "targets"))
    verdicts, unread = _array(read("trust/verdicts"), np.int8), _array(read("trust/unread"), np.int32)
    doors = _read_rows(read, "trust/doors")
    within = ((members.values, 0, size), (targets.values, 0, size), (unread, 0, size), (doors.values, ANY, len(census.accounts)))
    fits = len(members) == len(targets) == len(verdicts) and len(doors) == size and _is_within(verdicts, 0, len(_VERDICTS))
    if not fits or not all(_is_within(*one) for one in within):
        raise Damaged("role hops do not fit the principals")
    found = tuple(_VERDICTS[one] for one in verdicts.tolist())
    return Earlier(marks, census, members, targets, found, doors, frozenset(unread.tolist()))


class _Sets(Sequence[Any]):
    """The sets of hops, each made when it is asked for."""

    def __init__(self, graph: AccessGraph, members: Rows, targets: Rows, verdicts: Any) -> None:
        self._graph = graph
        self._members = members
        self._targets = targets
        self._verdicts = verdicts
        self._made: dict[int, HopSet] = {}

    def __len__(self) -> int:
        return len(self._members)

    def __getitem__(self, number: int) -> HopSet:  # type: ignore[override]  # nobody slices it
        found = self._made.get(number)
        if found is None:
            if not 0 <= number < len(self):
                raise IndexError(number)
            verdict = _VERDICTS[self._verdicts[number]]
            found = AskedHops(self._graph, verdict, self._members[number], self._targets[number].tolist())
            self._made[number] = found
        return found


def _decode(content: bytes, kind: Any) -> Any:
    try:
        return msgspec.msgpack.decode(content, type=kind)
    except (msgspec.DecodeError, RecursionError) as error:
        raise Damaged(str(error)) from None


def _array(content: bytes, kind: type[np.generic]) -> Any:
    try:
        return np.frombuffer(content, kind)
    except ValueError as error:
        raise Damaged(str(error)) from None


def _read_rows(read: Read, name: str) -> Rows:
    rows = Rows(_array(read(f"{name}/starts"), np.int64), _array(read(f"{name}/values"), np.int32))
    starts = rows.starts
    if not len(starts) or starts[0] != 0 or starts[-1] != len(rows.values) or (np.diff(starts) < 0).any():
        raise Damaged(f"`{name}` is not what it should be")
    return rows


def _is_within(values: Any, low: int, high: int) -> bool:
    return not len(values) or bool(values.min() >= low and values.max() < high)
