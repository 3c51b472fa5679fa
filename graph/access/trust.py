"""Who can become whom: every sts:AssumeRole hop between collected identities, built once.

A trust that names an account, an organization or everyone is held as a set: one `HopSet` from its members to all the roles that
the same decision opens, never as pairs.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from xgraph.graph.model.document import PolicyType
from xgraph.graph.model.principal import Principal, PrincipalKind
from xgraph.graph.policy.decision import Verdict
from xgraph.graph.policy.formula import Formula
from xgraph.graph.policy.glob import Pattern, tokens_of
from xgraph.graph.policy.statement import Compiled

from .attach import compiled
from .candidates import ActionIndex, Sees, seen_by
from .census import ANY, NOTHING, Flags, Listed, Numbers, Rows
from .patterns import literal_head, readings
from .reach import Door, Openings, Reached, Shared, candidate_numbers, openings
from .renew import Kept
from .senses import sense_of
from .world import ASSUME_ROLE, Goal, World, partition_of

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
    doors: Rows  # for each principal the accounts (numbers in the census, ANY) that its trust may be open to


def build_trust(world: World, index: ActionIndex, progress: Progress | None = None) -> TrustHops:
    """Decide every role's trust once for each distinct set of circumstances."""
    builder = _Builder(world, index)
    roles = [n for n, p in enumerate(index.principals) if p.kind is PrincipalKind.ROLE]
    for done, number in enumerate(roles):
        builder.note(number, index.principals[number])
        if progress and done % _STEP == 0:
            progress("trust policies", done, len(roles))
    found = _Found()
    for done, number in enumerate(roles):
        found.add(number, *builder.decide(number, index.principals[number]))
        if progress and done % _STEP == 0:
            progress("role hops", done, len(roles))
    doors = Rows.of(open_to(principal, index) for principal in index.principals)
    return _frozen(tuple(found.sets.values()), len(index.principals), frozenset(found.unread), doors)


def renew_trust(world: World, index: ActionIndex, kept: Kept, taken: Sequence[HopSet]) -> TrustHops:
    """The role hops after a change in some accounts: `taken` are those between the others, as they were."""
    whole, touched = kept.roles_to_ask
    principals = index.principals
    builder = _Builder(world, index)
    asked = [number for number in sorted((*whole.tolist(), *touched.tolist())) if principals[number].kind is PrincipalKind.ROLE]
    for number in asked:
        builder.note(number, principals[number])
    anew = frozenset(whole.tolist())
    found = _Found()
    for number in asked:
        found.add(number, *builder.decide(number, principals[number], None if number in anew else kept))
    size = len(principals)
    place_of = np.full(size, -1, np.int64)
    place_of[kept.number_of[kept.number_of >= 0]] = np.flatnonzero(kept.number_of >= 0)
    earlier = kept.earlier.doors
    doors = Rows.of(earlier[place].tolist() if place >= 0 else open_to(principals[n], index) for n, place in enumerate(place_of.tolist()))
    return _frozen((*taken, *found.sets.values()), size, frozenset(found.unread), doors)


class _Found:
    """Sets of hops, made of the decisions on one role after another."""

    def __init__(self) -> None:
        self.sets: dict[object, HopSet] = {}
        self.unread: set[int] = set()
        self._told_apart: list[Reached] = []  # kept, so that no other group gets the id of one

    def add(self, number: int, groups: tuple[Reached, ...], is_unread: bool) -> None:
        if is_unread:
            self.unread.add(number)
        for group in groups:
            place = (group.verdict, group.allow, group.numbers.tobytes()) if len(group) < _MANY else id(group)
            if place not in self.sets and len(group) >= _MANY:
                self._told_apart.append(group)
            self.sets.setdefault(place, HopSet(group.verdict, group.allow, group.numbers)).targets.append(number)


def open_to(principal: Principal, index: ActionIndex) -> Sequence[int]:
    """The accounts (numbers in the census, ANY) whose callers the trust of a role may let in, whoever there is in them."""
    if principal.trust is None:
        return [ANY] if principal.kind is PrincipalKind.ROLE else ()
    return index.opened_to(principal.trust)


_STEP = 256  # roles between two signs of progress
_MANY = 64  # members from which on sets are told apart by being made apart, and decisions are shared between accounts

Decisions = tuple[tuple[Reached, ...], bool]


@dataclass(frozen=True, slots=True)
class _Signature:
    """What a decision about assuming a role depends on besides the caller.

    `side`: what its resource side sees. `shared`: the same for callers of other accounts, whoever's the role is. `wide` and `narrow`: the
    resource lists that match it, those that leave the account open and those that do not.
    """

    side: object
    shared: object
    wide: frozenset[int]
    narrow: frozenset[int]


@dataclass(frozen=True, slots=True)
class _Abroad:
    """Decisions about callers of other accounts, who hold no list that speaks of one account. `open_to`: callers to ask each time."""

    groups: tuple[Reached, ...]
    open_to: Numbers


class _Builder:
    """Decides roles, and keeps what was decided."""

    def __init__(self, world: World, index: ActionIndex) -> None:
        self.world = world
        self.index = index
        self.lists = _Lists(world, index)
        self.shared = Shared()
        self.signatures: dict[int, _Signature] = {}
        self.alike: dict[object, dict[str, int]] = {}  # roles of different accounts whose trusts say the same, one an account
        self.opened: dict[str, Openings] = {}
        self.doors: dict[object, Door] = {}
        self.knockers: Counter[object] = Counter()  # roles that have yet to be decided, by their door
        self.known: dict[object, Decisions] = {}
        self.abroad: dict[object, _Abroad | None] = {}

    def note(self, number: int, role: Principal) -> None:
        """Remember that there is the role."""
        if self._is_closed(role):
            return
        found = self.signatures[number] = self.lists.signature(role)
        self.knockers[found.side] += 1
        self.alike.setdefault((found.shared, found.wide), {}).setdefault(role.account, number)

    def decide(self, number: int, role: Principal, kept: Kept | None = None) -> Decisions:
        """Who may assume the role, and whether something unread could open it to others. `kept`: only who of the changed accounts."""
        signature = self.signatures.get(number)
        if signature is None:
            return (), False
        key = (signature.side, signature.wide, signature.narrow, kept is None)
        found = self.known.get(key)
        if found is None:
            found = self.known[key] = self._decide(role, signature) if kept is None else self._decide_changed(role, signature, kept)
        self.knockers[signature.side] -= 1
        if not self.knockers[signature.side]:
            self.doors.pop(signature.side, None)
        return found

    def _is_closed(self, role: Principal) -> bool:
        """Whether a trust that was read admits no collected identity whatever their policies say: services and providers alone."""
        text = role.trust.document if role.trust else None
        if role.trust is None or text is None:
            return False
        opened = self.opened.get(text)
        if opened is None:
            opened = self.opened[text] = openings(self.index, self.world.goal(role.arn, ASSUME_ROLE))
        if opened.named or opened.accounts is None or opened.accounts:
            return False
        read = compiled(role.trust)
        return read is not None and not read.unreadable and not any(s.unreadable for s in read.statements)

    def _door(self, role: Principal, signature: _Signature) -> tuple[Door, Goal]:
        goal = self.world.goal(role.arn, ASSUME_ROLE)
        door = self.doors.get(signature.side)
        if door is None:
            opened = self.opened.get(role.trust.document) if role.trust and role.trust.document is not None else None
            door = self.doors[signature.side] = Door(self.world, self.index, goal, self.shared, opened=opened)
            if isinstance(signature.shared, tuple) and not door.sight.sees & self.lists.telling:
                door.sense = sense_of(goal, door.sight, self.index.census, signature.shared[1:])
        return door, goal

    def _decide(self, role: Principal, signature: _Signature) -> Decisions:
        door, goal = self._door(role, signature)
        place = (signature.shared, signature.wide)
        if (
            len(self.alike[place]) > _FEW
            and not door.sight.sees & self.lists.telling
            and door.openings.accounts != frozenset((role.account,))
        ):
            if place not in self.abroad:
                self.abroad[place] = self._look_abroad(tuple(self.alike[place].values()))
            abroad = self.abroad[place]
            if abroad is not None:
                return self._join(abroad, door, goal, signature)
        found = door.reach(goal)
        return found.groups, found.unread

    def _decide_changed(self, role: Principal, signature: _Signature, kept: Kept) -> Decisions:
        door, goal = self._door(role, signature)
        opened = door.openings
        if opened.accounts is None:
            opened = replace(opened, accounts=kept.accounts)
        asked = candidate_numbers(self.index, goal, opened, anonymous=False)
        found = door.reach(goal, asked[kept.changed[asked]])
        return found.groups, found.unread

    def _exceptions(self, role: Principal, signature: _Signature) -> Numbers:
        """Callers whose decision about this role may differ from that about others of the same trust."""
        return np.union1d(self.index.of_account(role.account), self.index.holders_of(signature.narrow))

    def _look_abroad(self, roles: tuple[int, ...]) -> _Abroad | None:
        """What two roles of different accounts show of all of their kind; None where it is quicker to ask."""
        (first, one), (second, other) = [(self.index.principals[n], self.signatures[n]) for n in roles[:2]]
        door, goal = self._door(first, one)
        asked = candidate_numbers(self.index, goal, door.openings, anonymous=False)
        if len(asked) < _MANY:
            return None
        apart, also = self._exceptions(first, one), self._exceptions(second, other)
        here = np.setdiff1d(asked, apart)
        deep = self.index.seeing(asked, self.lists.telling)
        mirror, mirrored = self._door(second, other)
        there = np.setdiff1d(np.intersect1d(apart, candidate_numbers(self.index, mirrored, mirror.openings, anonymous=False)), also)
        deep = np.union1d(deep, self.index.seeing(there, self.lists.telling))
        parts = (door.reach(goal, np.setdiff1d(here, deep)), mirror.reach(mirrored, np.setdiff1d(there, deep)))
        if any(part.unread for part in parts):
            return None
        groups: dict[tuple[Verdict, Formula], list[Numbers]] = {}
        for part in parts:
            for group in part.groups:
                groups.setdefault((group.verdict, group.allow), []).append(group.numbers)
        joined = tuple(Reached(verdict, allow, np.sort(np.concatenate(found))) for (verdict, allow), found in groups.items())
        return _Abroad(joined, np.union1d(np.intersect1d(apart, also), deep))

    def _join(self, abroad: _Abroad, door: Door, goal: Goal, signature: _Signature) -> Decisions:
        """The decisions about other accounts, put right where this role's own account and lists make a difference."""
        role = self.index.principals[self.index.by_arn[goal.node]]
        apart = np.union1d(self._exceptions(role, signature), abroad.open_to)
        home = self.index.of_account(role.account)
        opened = replace(door.openings, accounts=frozenset((role.account,)))
        at_home = candidate_numbers(self.index, goal, opened, anonymous=False)
        found = door.reach(goal, np.union1d(np.intersect1d(at_home, apart), np.setdiff1d(apart, home)))
        here = {(group.verdict, group.allow): group.numbers for group in found.groups}
        out = []
        for group in abroad.groups:
            mine = here.get((group.verdict, group.allow), np.zeros(0, np.int32))
            differing = np.setdiff1d(apart[_held_by(group.numbers, apart)], mine)
            if len(differing):
                group = Reached(group.verdict, group.allow, np.setdiff1d(group.numbers, differing))  # noqa: PLW2901  the same group, put right
            rest = mine[~_held_by(group.numbers, mine)]
            here[group.verdict, group.allow] = rest
            out += [group] if len(group) else []
        out += [Reached(verdict, allow, numbers) for (verdict, allow), numbers in here.items() if len(numbers)]
        return tuple(out), found.unread


_FEW = 2  # accounts with roles of one trust up to which each is asked about alone


def _held_by(numbers: Numbers, some: Numbers) -> Flags:
    """Which of `some` stand in the sorted `numbers`."""
    if not len(numbers):
        return np.zeros(len(some), np.bool_)
    places = np.minimum(np.searchsorted(numbers, some), len(numbers) - 1)
    held: Flags = numbers[places] == some
    return held


def _frozen(sets: Sequence[HopSet], size: int, unread: frozenset[int], doors: Rows) -> TrustHops:
    members = [one.numbers for one in sets]
    targets = [np.array(one.targets, np.int32) for one in sets]
    return TrustHops(sets, Listing(_turned(members, size)), Listing(_turned(targets, size)), unread, doors)


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
        self.wide = frozenset(one for one in lists if any(literal_head(text).count(":") < 5 for text in census.resource_lists[one].texts))
        self.limits = frozenset(census.resources_of[limits].tolist())  # lists that the resource side looks at
        keys = {key for one in np.unique(census.keys_of[touching]).tolist() for key in census.key_sets[one]}
        self.uses_tags = any("resourcetag/" in key for key in keys)
        odd = [(number, census.resource_lists[number]) for number in sorted(lists) if not census.resource_lists[number].plain]
        self._sees_organization = any(key.startswith("aws:resourceorg") for key in keys)
        self._owner_texts = index.census.owner_texts or ()
        self._owners: dict[str, object] = {}
        self._seen_by: dict[str, tuple[bool, bool]] = {}
        # What may tell two roles of a kind apart: tags, region and owner are the same for all of the kind.
        self.telling = Sees.ALL if index.census.owner_texts is not None else Sees.ALL | Sees.OWNER
        self._heads = tuple({literal_head(head) for _, one in odd for head in one.heads})
        self._odd = tuple(_read(number, one) for number, one in odd)

    def signature(self, role: Principal) -> _Signature:
        """What the decisions about a role depend on."""
        trust = role.trust
        read = compiled(trust) if trust else None
        is_read = read is not None and not read.unreadable and not any(s.unreadable for s in read.statements)
        # What was not understood is named by role, and a variable in a resource text may tell any two roles apart.
        if trust is None or read is None or not is_read or role.arn.startswith(self._heads):
            return _Signature(role.arn, role.arn, frozenset(), frozenset())
        text = trust.document or ""
        sees_tags, sees_owner = self._seen(text, read)
        tags = role.tags if self.uses_tags or sees_tags else ()
        hits = self.index.listed.find(role.arn) & self.lists
        side = (text, tags, hits & self.limits, self._odd_hits(role.arn), role.is_service_linked)
        account = self.index.census.account_numbers[role.account]
        over = self.index.census.limits_of[account].tobytes(), self._has_unknown_limits(role.account)
        # A trust that compares the owner itself may tell any two accounts apart: the census does not list with what.
        owner = role.account if sees_owner else self._owner(role.account)
        shared = (*side, over, partition_of(role.arn), owner)
        return _Signature((*side, role.account), shared, hits & self.wide, hits - self.wide)

    def _seen(self, text: str, read: Compiled) -> tuple[bool, bool]:
        """Whether a trust itself asks for the role's tags, and for its owner."""
        found = self._seen_by.get(text)
        if found is None:
            keys = {key for statement in read.statements for key in statement.keys}
            found = self._seen_by[text] = any("resourcetag/" in key for key in keys), Sees.OWNER in seen_by(keys)
        return found

    def _has_unknown_limits(self, account: str) -> bool:
        """Whether RCPs over the account, or at one place above it, were not collected."""
        levels = self.world.guards(account, PolicyType.RCP)
        return levels is None or any(level.policies is None for level in levels)

    def _owner(self, account: str) -> object:
        """The owner of a role as conditions see it that compare it with texts, or with the caller's account, which is another one."""
        found = self._owners.get(account)
        if found is None:
            said = frozenset(text for text in self._owner_texts if Pattern(tokens_of(text)).matches(account))
            found = self._owners[account] = said, self.world.membership(account) if self._sees_organization else None
        return found

    def _odd_hits(self, arn: str) -> frozenset[tuple[int, int]]:
        """The readings of short texts that match."""
        return frozenset(
            (number, reading)
            for number, patterns in self._odd
            for reading, pattern in patterns
            if pattern is not None and pattern.matches(arn)
        )


def _read(number: int, listed: Listed) -> tuple[int, tuple[tuple[int, Pattern | None], ...]]:
    texts = [text for text in listed.texts if "${" not in text]
    return number, tuple(
        (2 * place + reading, pattern) for place, text in enumerate(texts) for reading, pattern in enumerate(readings(text))
    )
