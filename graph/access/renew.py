"""What was worked out of an earlier state of a snapshot, and what of it still holds: all that two unchanged accounts have to do with
each other.

A role hop depends on the role's account and on the caller's, and on the organization over both. So after a change in some accounts, hops
between the others are taken over, and only those that touch a changed account are decided anew. Documents that were read before are
not read again.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from hashlib import blake2b
from itertools import groupby
from typing import Any, NamedTuple

import msgspec
import numpy as np

from xgraph.graph.model.document import Policy
from xgraph.graph.model.estate import Estate
from xgraph.graph.model.principal import Group, Principal
from xgraph.graph.policy.decision import Verdict

from .census import ANY, MARK, Census, Flags, Numbers, Rows, mark_of
from .roster import Roster


class Chunk(msgspec.Struct, array_like=True, forbid_unknown_fields=True, frozen=True):
    """The principals of one account, in the order of their numbers, and what they were made of."""

    partition: str
    account: str
    first: int
    size: int
    mark: bytes


class Marks(msgspec.Struct, array_like=True, forbid_unknown_fields=True, frozen=True):
    """What tells whether something has changed: of the organization and the list of accounts, and of each account."""

    over_all: bytes
    chunks: tuple[Chunk, ...]


class OldSet(NamedTuple):
    """A set of hops as it was."""

    verdict: Verdict
    numbers: Numbers
    targets: list[int]


def marks_of(estate: Estate, principals: Sequence[Principal]) -> Marks:
    """The marks of an estate."""
    over_all = _digest((estate.accounts, estate.organizations, estate.canonical_ids, estate.states_no_organization))
    known: dict[str, bytes] = {}
    groups: dict[str, list[Group]] = {}
    for arn, group in sorted(estate.groups.items()):
        groups.setdefault(arn.split(":", 5)[4], []).append(group)

    def policy(one: Policy | None) -> object:
        if one is None or one.document is None:
            return one and one.name
        mark = known.get(one.document)
        if mark is None:
            mark = known[one.document] = mark_of(one.document)
        return one.name, mark

    def identity(p: Principal) -> object:
        held = [policy(one) for one in p.policies]
        return p.arn, p.kind, p.path, p.unique_id, p.tags, held, p.groups, policy(p.boundary), policy(p.trust)

    chunks = []
    for (account, partition), found in groupby(enumerate(principals), key=lambda one: (one[1].account, one[1].arn.split(":", 2)[1])):
        members = list(found)
        said = [identity(p) for _, p in members], [(g.arn, [policy(one) for one in g.policies]) for g in groups.get(account, ())]
        chunks.append(Chunk(partition, account, members[0][0], len(members), _digest(said)))
    return Marks(over_all, tuple(chunks))


def _digest(value: Any) -> bytes:
    return blake2b(msgspec.msgpack.encode(value, enc_hook=_plain, order="deterministic"), digest_size=MARK).digest()


def _plain(value: object) -> object:
    if isinstance(value, frozenset):
        return sorted(value)
    raise TypeError(f"`{type(value).__name__}` can't be told by its mark")


@dataclass(frozen=True)
class Earlier:
    """An earlier graph of the same snapshot: its census, its role hops in numbers, and the marks of what it was made of."""

    marks: Marks
    census: Census
    members: Rows
    targets: Rows
    verdicts: Sequence[Verdict]
    doors: Rows
    unread: frozenset[int]

    @cached_property
    def documents(self) -> dict[bytes, int]:
        """Documents by their marks."""
        raw = self.census.marks
        nothing = bytes(MARK)
        found = ((raw[place * MARK : (place + 1) * MARK], place) for place in range(len(raw) // MARK))
        return {mark: place for mark, place in found if mark != nothing}


@dataclass(frozen=True)
class Kept:
    """What of an earlier graph still holds. `changed`: the principals of accounts that are not what they were."""

    earlier: Earlier
    number_of: Numbers  # what has become of each earlier number; -1: it is of a changed account
    changed: Flags
    accounts: frozenset[str]  # the changed ones

    @cached_property
    def roles_to_ask(self) -> tuple[Numbers, Numbers]:
        """Roles that are decided anew, and those of which only callers of changed accounts are."""
        numbers = {account: number for number, account in enumerate(self.earlier.census.accounts)}
        doors = self.earlier.doors
        concerned = np.isin(doors.values, np.array([ANY, *(numbers[one] for one in self.accounts)], np.int32))
        touched = self._now(np.flatnonzero(np.diff(doors.where(concerned).starts)))
        whole = np.union1d(np.flatnonzero(self.changed), self._now(np.array(sorted(self.earlier.unread), np.int64)))
        return whole.astype(np.int32), np.setdiff1d(touched, whole).astype(np.int32)

    def _now(self, numbers: Any) -> Numbers:
        found = self.number_of[numbers.astype(np.int64)]
        return np.sort(found[found >= 0])

    def sets(self) -> Iterator[OldSet]:
        """The sets of hops between unchanged accounts, without roles that are decided anew."""
        whole = np.zeros(len(self.changed) + 1, np.bool_)
        whole[self.roles_to_ask[0]] = True
        earlier = self.earlier
        members = _renumbered(earlier.members, self.number_of, np.zeros(len(whole), np.bool_))
        targets = _renumbered(earlier.targets, self.number_of, whole)
        for place, verdict in enumerate(earlier.verdicts):
            numbers, roles = members[place], targets[place].tolist()
            if len(numbers) and roles:
                yield OldSet(verdict, numbers, roles)


def _renumbered(rows: Rows, number_of: Numbers, without: Flags) -> Rows:
    values = number_of[rows.values]
    return replace(rows, values=values).where((values >= 0) & ~without[values])


def kept_of(earlier: Earlier, estate: Estate, roster: Roster) -> Kept | None:
    """What of an earlier graph still holds; None where the change is over all accounts."""
    marks = marks_of(estate, roster.principals)
    before = {(one.partition, one.account): one for one in earlier.marks.chunks}
    if marks.over_all != earlier.marks.over_all or list(before) != [(one.partition, one.account) for one in marks.chunks]:
        return None
    number_of = np.full(len(earlier.census.account_of), -1, np.int32)
    changed = np.ones(len(roster.principals), np.bool_)
    for one in marks.chunks:
        old = before[one.partition, one.account]
        if old.mark == one.mark and old.size == one.size:
            number_of[old.first : old.first + old.size] = np.arange(one.first, one.first + one.size)
            changed[one.first : one.first + one.size] = False
    accounts = frozenset(one.account for one in marks.chunks if changed[one.first])
    return Kept(earlier, number_of, changed, accounts)
