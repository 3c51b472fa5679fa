"""Who can become whom: every sts:AssumeRole hop between collected identities, built once.

A trust that names an account, an organization or everyone is held as a set: one `HopSet` from its members to all the roles that
the same decision opens, never as pairs.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from xgraph.graph.model.principal import Principal, PrincipalKind
from xgraph.graph.policy.decision import Verdict
from xgraph.graph.policy.formula import Formula
from xgraph.graph.policy.glob import Pattern

from .candidates import ActionIndex
from .census import NOTHING, Listed, Numbers, Rows
from .patterns import literal_head, readings
from .reach import Door, Reached, Shared
from .world import ASSUME_ROLE, World, compiled

Progress = Callable[[str, int, int], None]


@dataclass(slots=True)
class HopSet:
    """Members that may assume each of `targets`, all with one decision (sorted numbers of principals)."""

    verdict: Verdict
    allow: Formula
    numbers: Numbers
    targets: list[int] = field(default_factory=list)

    @property
    def members(self) -> tuple[int, ...]:
        """The numbers as Python has them."""
        return tuple(self.numbers.tolist())

    def __len__(self) -> int:
        return len(self.numbers)


@dataclass(frozen=True, slots=True)
class Listing(Sequence[tuple[int, ...]]):
    """For each principal the numbers of some sets."""

    rows: Rows

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, number: int) -> tuple[int, ...]:  # type: ignore[override]  # nobody slices it
        return tuple(self.rows[number].tolist())


@dataclass(frozen=True, slots=True)
class TrustHops:
    """All role hops. `out[p]`/`into[r]`: numbers of the sets that p is a member of / that lead to r."""

    sets: Sequence[HopSet]
    out: Sequence[tuple[int, ...]]
    into: Sequence[tuple[int, ...]]
    unread: frozenset[int]  # roles that something unread may open to further principals


def build_trust(world: World, index: ActionIndex, progress: Progress | None = None) -> TrustHops:
    """Decide every role's trust once for each distinct set of circumstances."""
    lists = _Lists(world, index)
    shared = Shared()
    doors: dict[object, Door] = {}
    known: dict[object, tuple[tuple[Reached, ...], bool]] = {}
    sets: dict[object, HopSet] = {}
    unread: set[int] = set()
    roles = [n for n, p in enumerate(index.principals) if p.kind is PrincipalKind.ROLE]
    for done, number in enumerate(roles):
        role = index.principals[number]
        side, key = lists.signature(role)
        if key not in known:
            goal = world.goal(role.arn, ASSUME_ROLE)
            door = doors.get(side)
            if door is None:
                door = doors[side] = Door(world, index, goal, shared)
            found = door.reach(goal)
            known[key] = found.groups, found.unread
        groups, is_unread = known[key]
        if is_unread:
            unread.add(number)
        for group in groups:
            place = (group.verdict, group.allow, group.numbers.tobytes())
            sets.setdefault(place, HopSet(group.verdict, group.allow, group.numbers)).targets.append(number)
        if progress and done % 256 == 0:
            progress("role hops", done, len(roles))
    return _frozen(tuple(sets.values()), len(index.principals), frozenset(unread))


def _frozen(sets: Sequence[HopSet], size: int, unread: frozenset[int]) -> TrustHops:
    members = [one.numbers for one in sets]
    targets = [np.array(one.targets, np.int32) for one in sets]
    return TrustHops(sets, Listing(_turned(members, size)), Listing(_turned(targets, size)), unread)


def _turned(sets: Sequence[Numbers], size: int) -> Rows:
    """For each of `size` principals the numbers of the sets that hold it."""
    held = np.concatenate(sets) if sets else np.zeros(0, np.int32)
    number_of = np.repeat(np.arange(len(sets), dtype=np.int32), [len(one) for one in sets])
    order = np.argsort(held, kind="stable")
    return Rows(np.searchsorted(held[order], np.arange(size + 1)).astype(np.int64), number_of[order])


class _Lists:
    """What a decision about assuming a role can depend on besides the caller: two roles with one signature share it."""

    def __init__(self, world: World, index: ActionIndex) -> None:
        self.world = world
        self.index = index
        census = index.census
        used = np.unique(np.concatenate([rows.values for rows in (census.documents_of, census.guards_of, census.limits_of)]))
        documents = np.union1d(used, census.boundary_of[census.boundary_of != NOTHING])
        held = np.zeros(len(census.statements_of), np.bool_)
        held[documents] = True
        statements = census.statements_of
        about = census.about(ASSUME_ROLE)
        touching = np.unique(statements.values[about[statements.values] & held[statements.owners]])
        lists = set(census.resources_of[touching].tolist()) - {NOTHING}
        over = np.zeros(len(census.statements_of), np.bool_)
        over[np.unique(census.limits_of.values)] = True
        limits = np.unique(statements.values[about[statements.values] & over[statements.owners]])
        self.lists = frozenset(lists)
        self.limits = frozenset(census.resources_of[limits].tolist())  # lists that the resource side looks at
        keys = {key for one in np.unique(census.keys_of[touching]).tolist() for key in census.key_sets[one]}
        self.uses_tags = any("resourcetag/" in key for key in keys)
        odd = [(number, census.resource_lists[number]) for number in sorted(lists) if not census.resource_lists[number].plain]
        self._heads = tuple({literal_head(head) for _, one in odd for head in one.heads})
        self._odd = tuple(_read(number, one) for number, one in odd)

    def signature(self, role: Principal) -> tuple[object, object]:
        """What the resource side of the role's trust depends on, and what the whole decision does."""
        trust = role.trust
        read = compiled(trust) if trust else None
        is_read = read is not None and not read.unreadable and not any(s.unreadable for s in read.statements)
        # What was not understood is named by role, and a variable in a resource text may tell any two roles apart.
        if trust is None or not is_read or role.arn.startswith(self._heads):
            return role.arn, role.arn
        text = trust.document or ""
        tags = role.tags if self.uses_tags or "resourcetag" in text.lower() else ()
        hits = self.index.census.listed.find(role.arn) & self.lists
        odd = self._odd_hits(role.arn)
        side = (text, role.account, tags, hits & self.limits, odd)
        return side, (*side, hits)

    def _odd_hits(self, arn: str) -> frozenset[tuple[int, int]]:
        """The readings of short texts that match."""
        return frozenset(
            (number, reading) for number, patterns in self._odd for reading, pattern in patterns if pattern is not None and pattern.matches(arn)
        )


def _read(number: int, listed: Listed) -> tuple[int, tuple[tuple[int, Pattern | None], ...]]:
    texts = [text for text in listed.texts if "${" not in text]
    return number, tuple((2 * place + reading, pattern) for place, text in enumerate(texts) for reading, pattern in enumerate(readings(text)))
