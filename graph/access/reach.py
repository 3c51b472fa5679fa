"""Who may do one thing to one resource: classes of principals, each with one decision.

The classes come from `candidates`, the decision from `weigh`; nothing here has an opinion of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial

import numpy as np

from xgraph.graph.model.arn import is_account_id, parse_arn
from xgraph.graph.model.principal import Principal, PrincipalKind
from xgraph.graph.policy.authorize import ResourceSide, resource_end, settle, verdict_of, weigh, without_unread_grants
from xgraph.graph.policy.caller import CallerKind
from xgraph.graph.policy.combine import Combined
from xgraph.graph.policy.decision import Verdict
from xgraph.graph.policy.factors import Factors, Policies, Request
from xgraph.graph.policy.formula import Formula, disj
from xgraph.graph.policy.joint import Part, parts_of
from xgraph.graph.policy.services import NOT_READ
from xgraph.graph.policy.solve import is_possible
from xgraph.graph.policy.statement import Statement

from .candidates import ActionIndex, Sight, View, allowing, opened_by_rules, sight_of
from .census import KINDS, Numbers
from .world import ASSUME_ROLE, Actor, Goal, World


@dataclass(frozen=True, slots=True)
class Reached:
    """Principals (sorted numbers in the index) that share one decision about a goal. `allow`: when they are allowed."""

    verdict: Verdict
    allow: Formula
    numbers: Numbers

    @property
    def members(self) -> tuple[int, ...]:
        """The numbers as Python has them."""
        return tuple(self.numbers.tolist())

    def __len__(self) -> int:
        return len(self.numbers)


@dataclass(frozen=True, slots=True)
class Reach:
    """All that reach a goal. `unread`: some grant could only lie in what was not read. `anonymous`: when unsigned calls work."""

    groups: tuple[Reached, ...]
    unread: bool
    anonymous: Formula


@dataclass(frozen=True, slots=True)
class Openings:
    """Whom the resource side may admit. `accounts` None: any. `everyone_at_home`: the owner's principals need no identity policy."""

    named: frozenset[int]
    accounts: frozenset[str] | None
    everyone_at_home: bool


Decided = tuple[Verdict, Formula, bool]
Ends = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Alike:
    """Principals (sorted numbers) that nothing tells apart for a goal. `view`: what the resource side sees of them; `ends`: the objects
    that hold all that their decision is made of, None where the call needs more than one authorization."""

    decided: Decided
    numbers: Numbers
    view: object = None
    ends: Ends | None = None


IndexOf = Callable[[str], ActionIndex]
Classes = Mapping[tuple[object, object], list[int]]


@dataclass(slots=True)
class Shared:
    """Decisions by what they are made of. Equal sides of resources are one object, and so are equal sides of callers."""

    sides: dict[ResourceSide, ResourceSide] = field(default_factory=dict)
    by_sense: dict[object, ResourceSide] = field(default_factory=dict)
    decided: dict[tuple[CallerKind, int, int, Formula], Decided] = field(default_factory=dict)
    is_alone: bool | None = None  # the call needs no further authorization: a matter of action, settings and kind of resource

    def decide(self, kind: CallerKind, own: Factors, side: ResourceSide, anonymous: Formula) -> Decided:
        """What comes of the two sides; both have to be the objects that are kept here or in the index."""
        place = (kind, id(own), id(side), anonymous)
        found = self.decided.get(place)
        if found is None:
            found = self.decided[place] = _decide(settle(kind, own, side), anonymous)
        return found


class Door:
    """The resource side of a goal, and of all goals whose resource sides nothing tells apart."""

    def __init__(
        self,
        world: World,
        index: ActionIndex,
        goal: Goal,
        shared: Shared | None = None,
        index_of: IndexOf | None = None,
        anonymous: Formula | None = None,
        opened: Openings | None = None,
    ) -> None:
        self.world = world
        self.index = index
        self.index_of = index_of or partial(ActionIndex, world, index.roster, census=index.census)
        self.shared = shared or Shared()
        self.sight = sight_of(goal, world, index.action)
        self.anonymous = anonymous_allow(world, goal) if anonymous is None else anonymous
        self.openings = openings(index, goal) if opened is None else opened
        self._sides: dict[object, ResourceSide] = {}
        self.sense: Callable[[View], object] | None = None  # what tells views of different doors that meet the same side
        self._few: Few | None = None

    def reach(self, goal: Goal, among: Numbers | None = None) -> Reach:
        """Every principal that is, or may be, allowed; those whose only grant could lie in something unread are left out.

        `among`: the only ones to ask (sorted numbers).
        """
        groups: dict[tuple[Verdict, Formula], list[Numbers]] = {}
        asked = candidate_numbers(self.index, goal, self.openings, self.anonymous) if among is None else among
        further = self._further(asked, goal)
        unread = any(map(is_unread, (goal, *further)))
        for alike in self._jointly(asked, goal, further) if further else self._singly(asked, goal):
            verdict, allow, by_unread = alike.decided
            unread = unread or by_unread
            if allow is not False:
                groups.setdefault((verdict, allow), []).append(alike.numbers)
        found = tuple(Reached(verdict, allow, np.sort(np.concatenate(parts))) for (verdict, allow), parts in groups.items())
        return Reach(found, unread, self.anonymous)

    def alike(self, goal: Goal) -> Iterator[Alike]:
        """Every principal that is, or may be, allowed, in classes that no rule tells apart."""
        asked = candidate_numbers(self.index, goal, self.openings, self.anonymous)
        further = self._further(asked, goal)
        for found in self._jointly(asked, goal, further) if further else self._singly(asked, goal):
            if found.decided[1] is not False:
                yield found

    def _further(self, asked: Numbers, goal: Goal) -> tuple[Goal, ...]:
        """What else the call needs, as goals: a matter of action, resource and settings, so that anybody's request tells."""
        if self.shared.is_alone or not len(asked):
            return ()
        parts = parts_of(*self.ask(asked, goal))[1:]
        self.shared.is_alone = not parts
        return tuple(_as_goal(part, goal) for part in parts)

    def _singly(self, asked: Numbers, goal: Goal) -> Iterator[Alike]:
        """One decision a class, from sides that are each worked out once."""
        if len(asked) <= _FEW:
            yield from self._one_by_one(asked, goal)
            return
        hits = self.index.hits(goal)
        for view, some in self.index.views(asked, self.sight, goal):
            side = self._side(view, int(some[0]), goal)
            if side.admits_nobody and self.anonymous is False:
                continue
            kind = self.world.kind_of(self.index.principals[int(some[0])])
            for number, members in self.index.owns(some, goal):
                own = self.index.own_side(number, int(members[0]), goal, hits)
                yield Alike(self.shared.decide(kind, own, side, self.anonymous), members, view, (kind, own, side))

    def _side(self, view: View, number: int, goal: Goal) -> ResourceSide:
        """The resource side as callers of one view meet it."""
        side = self._sides.get(view)
        if side is None:
            sense = self.sense(view) if self.sense is not None else None
            side = self.shared.by_sense.get(sense) if sense is not None else None
            if side is None:
                made = resource_end(*_ask(self.world, self.index.principals[number], goal))
                side = self.shared.sides.setdefault(made, made)
                if sense is not None:
                    self.shared.by_sense[sense] = side
            self._sides[view] = side
        return side

    def _one_by_one(self, asked: Numbers, goal: Goal) -> Iterator[Alike]:
        """As `_singly`, where there are few: those whom their own policies refuse are not even looked at."""
        index = self.index
        if self._few is None:
            self._few = Few(index, self.sight, goal)
        views, own_of = self._few.views, index.own_of
        classes: dict[tuple[View, int], list[int]] = {}
        for number in self._few.admitted(asked).tolist():
            view = views[number]
            if view is not None:
                classes.setdefault((view, own_of(number, goal)), []).append(number)
        hits = index.hits(goal) if classes else frozenset()
        for (view, number), members in classes.items():
            own = index.own_side(number, members[0], goal, hits)
            if self._few.is_refused(members[0], own):
                continue
            side = self._side(view, members[0], goal)
            if not side.admits_nobody or self.anonymous is not False:
                kind = self.world.kind_of(index.principals[members[0]])
                decided = self.shared.decide(kind, own, side, self.anonymous)
                yield Alike(decided, np.array(members, np.int32), view, (kind, own, side))

    def _jointly(self, asked: Numbers, goal: Goal, further: tuple[Goal, ...]) -> Iterator[Alike]:
        """One decision on the whole call for each class that no authorization tells apart."""
        classes = self.index.split(asked.tolist(), goal, self.world)
        for members in _told_apart(classes, further, self.world, self.index_of, self.anonymous):
            numbers = np.array(members, np.int32)
            yield Alike(_decide(weigh(*self.ask(numbers, goal)), self.anonymous), numbers)

    def ask(self, members: Numbers, goal: Goal) -> tuple[Request, Policies]:
        """The request of the first of some principals, and the policies about it."""
        return _ask(self.world, self.index.principals[int(members[0])], goal)


_FEW = 1024  # callers up to which they are looked at one after another


class Few:
    """Single callers before a door: what it sees of them, and whether that already says no. For roles alone it ever does."""

    def __init__(self, index: ActionIndex, sight: Sight, goal: Goal) -> None:
        self._is_role = goal.action == ASSUME_ROLE and ":role/" in goal.target.arn and goal.target.owner is not None
        self._gates = _gates(sight, goal) if self._is_role else None
        self.views = _Views(index.glance(sight, goal), self._gates)
        self._homes, self._kinds, _ = index.census.places
        self._home = index.census.account_numbers.get(goal.target.owner or "", -1)
        self._index, self._sight, self._goal = index, sight, goal

    def admitted(self, numbers: Numbers) -> Numbers:
        """Those of some callers whom the tests of their tags do not keep out."""
        if self._gates is None or len(self._gates) != 1:
            return numbers
        for key, place in self._gates[0]:
            name = self._sight.keys[key]
            if name != "aws:principalarn":
                entries = self._sight.tests[name] or ()
                numbers = self._index.passing(entries[place], name, self._goal, numbers)
        return numbers

    def is_refused(self, number: int, own: Factors) -> bool:
        """Whether the caller's own policies refuse a role of another account (R4.11: both sides have to allow)."""
        if not self._is_role or self._homes[number] == self._home or self._kinds[number] >= _ROOT_KIND:
            return False
        refuses = own.id_allow is False or own.scp_allow is False or own.pb_allow is False
        return refuses or own.id_deny is True or own.scp_deny is True or own.pb_deny is True


class _Views(dict[int, View | None]):
    """By number the view of a caller; None: every statement that could let it in asks for something else of its personal keys."""

    def __init__(self, find: Callable[[int], View], gates: Gates | None) -> None:
        super().__init__()
        self._find = find
        self._gates = gates
        self._shut: dict[object, bool] = {}

    def __missing__(self, number: int) -> View | None:
        found: View | None = self._find(number)
        if self._gates is not None and found is not None and self._is_shut(self._gates, found[2]):
            found = None
        self[number] = found
        return found

    def _is_shut(self, gates: Gates, seen: tuple[object, ...]) -> bool:
        shut = self._shut.get(seen)
        if shut is None:
            shut = all(any(seen[key][entry] is False for key, entry in gate) for gate in gates)  # type: ignore[index]  # outcomes
            self._shut[seen] = shut
        return shut


Gates = tuple[tuple[tuple[int, int], ...], ...]
_ROOT_KIND = KINDS.index(PrincipalKind.ROOT) * 2


def _gates(sight: Sight, goal: Goal) -> Gates | None:
    """For each Allow statement of a trust policy the tests (key and entry in what is seen) that have to hold; None: not known."""
    policies = goal.policies
    if not goal.known or not policies or any(one.compiled is None or one.compiled.unreadable for one in policies):
        return None
    places = {id(test): (number, place) for number, key in enumerate(sight.keys) for place, test in enumerate(sight.tests.get(key) or ())}
    return tuple(
        tuple(places[id(entry)] for entry in statement.conditions if id(entry) in places)
        for policy in policies
        for statement in allowing(policy, goal.action)
    )


def reach(world: World, index: ActionIndex, goal: Goal, index_of: IndexOf | None = None, anonymous: Formula | None = None) -> Reach:
    """Every principal that is, or may be, allowed; those whose only grant could lie in something unread are left out.

    `index_of`: the identity side of the further actions that the call needs (R1.8). `anonymous`: when unsigned calls work, if known.
    """
    return Door(world, index, goal, index_of=index_of, anonymous=anonymous).reach(goal)


def is_unread(goal: Goal) -> bool:
    """A policy or grants that were not read or understood could open the goal to anybody, also to those who are no candidates."""
    is_policy = any(policy.compiled is None or policy.compiled.unreadable for policy in goal.policies)
    return is_policy or NOT_READ in opened_by_rules(goal)


def _as_goal(part: Part, whole: Goal) -> Goal:
    target = part.request.target
    if target.takes_no_resource:
        target = replace(target, owner=None)  # it is everybody's own
    settings, policies = part.request.settings, part.policies
    also = (whole.target, *whole.also) if part.request.action == whole.action else ()
    return Goal(
        target.arn, target, part.request.action, policies.resource, policies.resource_known, settings, tags=None, region=None, also=also
    )


def _told_apart(classes: Classes, further: tuple[Goal, ...], world: World, index_of: IndexOf, anonymous: Formula) -> Iterator[list[int]]:
    """Members of the classes that no further authorization tells apart either, without those whom one of them certainly refuses."""
    marks: dict[int, tuple[object, ...]] = {number: (mark,) for mark, members in classes.items() for number in members}
    for goal in further:
        index = index_of(goal.action)
        left = marks.keys() if anonymous is not False else marks.keys() & candidates(index, goal)
        split = index.split(left, goal, world)
        marks = {number: (*marks[number], mark) for mark, members in split.items() for number in members}
    apart: dict[tuple[object, ...], list[int]] = {}
    for number in sorted(marks):
        apart.setdefault(marks[number], []).append(number)
    yield from apart.values()


def _ask(world: World, principal: Principal, goal: Goal) -> tuple[Request, Policies]:
    return world.ask(world.actor(principal), goal)


def _decide(combined: Combined, anonymous: Formula) -> Decided:
    """The verdict and when it is allowed (False: not possible), and whether something unread alone could grant it."""
    allow = combined.allow
    by_unread = False
    if not is_possible(without_unread_grants(allow)):
        by_unread, allow = is_possible(allow), False
    allow = disj(allow, anonymous)
    verdict = verdict_of(Combined(allow, combined.deny, allow))
    return verdict, (allow if verdict.is_possible else False), by_unread


def possible_allow(world: World, actor: Actor, goal: Goal) -> tuple[Formula, Combined]:
    """When the actor is allowed, by what was read (False when only something unread could grant it), and the whole decision."""
    request, policies = world.ask(actor, goal)
    combined = weigh(request, policies)
    return (combined.allow if is_possible(without_unread_grants(combined.allow)) else False), combined


def anonymous_allow(world: World, goal: Goal) -> Formula:
    """R4.16: whoever can drop the credentials can do what anonymous callers can."""
    if goal.action == ASSUME_ROLE:
        return False
    return possible_allow(world, world.anonymous(), goal)[0]


def candidates(index: ActionIndex, goal: Goal, anonymous: Formula = False) -> set[int]:
    """The principals that may be allowed; everybody else certainly is not."""
    return set(candidate_numbers(index, goal, openings(index, goal), anonymous).tolist())


def candidate_numbers(index: ActionIndex, goal: Goal, opened: Openings, anonymous: Formula) -> Numbers:
    """As `candidates`, sorted."""
    if anonymous is not False:
        return np.arange(len(index.principals), dtype=np.int32)
    if opened.accounts is not None and len(opened.accounts) <= _FEW_ACCOUNTS and not opened.everyone_at_home:
        return np.array(sorted(_few_candidates(index, goal, opened)), np.int32)
    named = np.array(sorted(opened.named), np.int32)
    parts = [named, *(index.carrier_numbers(target, opened.accounts) for target in (goal.target, *goal.also))]
    home = goal.target.owner
    if opened.everyone_at_home and home:
        # An object may belong to another account than its bucket, and is then at home there (R6.32).
        owners = _grantees(goal.settings, index.world.estate.canonical_ids) | {home}
        everybody = range(len(index.principals)) if may_have_foreign_objects(goal) else index.of_accounts(owners)
        parts.append(np.array(sorted(everybody), np.int32))
    # Root users need no identity policy (R4.10, R4.11).
    if opened.accounts is None:
        parts.append(index.roots)
    else:
        roots = (index.by_arn.get(index.root_arn(account)) for account in opened.accounts)
        parts.append(np.array([number for number in roots if number is not None], np.int32))
    return np.unique(np.concatenate(parts))


_FEW_ACCOUNTS = 4


def _few_candidates(index: ActionIndex, goal: Goal, opened: Openings) -> set[int]:
    found = set(opened.named)
    for account in opened.accounts or ():
        for target in (goal.target, *goal.also):
            found |= index.carriers_in(target, account)
        # Root users need no identity policy (R4.10, R4.11).
        root = index.by_arn.get(index.root_arn(account))
        if root is not None:
            found.add(root)
    return found


def openings(index: ActionIndex, goal: Goal) -> Openings:
    """What the resource policy and ACLs open, read generously."""
    statements = tuple(statement for policy in goal.policies for statement in allowing(policy, goal.action))
    named = index.named(statements)
    accounts = {account for s in statements for account in _accounts(s, index.world.estate.canonical_ids)}
    if goal.action != ASSUME_ROLE:
        accounts |= {index.principals[number].account for number in named}
    by_rules = set(opened_by_rules(goal))
    named |= {number for text in by_rules if (number := index.by_text(text)) is not None}
    accounts |= {parsed.account for text in by_rules if (parsed := parse_arn(text))} | {text for text in by_rules if is_account_id(text)}
    everyone = any(_is_open(s) for s in statements) or has_group_grants(goal.settings) or "*" in by_rules
    accounts |= _grantees(goal.settings, index.world.estate.canonical_ids)
    owner = goal.target.owner
    if goal.action != ASSUME_ROLE and owner is not None:
        accounts.add(owner)
    is_anyone = everyone or owner is None or not goal.known or may_have_foreign_objects(goal)
    return Openings(frozenset(named), None if is_anyone else frozenset(accounts), everyone)


def _is_open(statement: Statement) -> bool:
    element = statement.principal
    return statement.unreadable or (element is not None and (element.everyone or element.aws_star or element.negated))


def _accounts(statement: Statement, canonical_ids: Mapping[str, str]) -> Iterable[str]:
    element = statement.principal
    if element is None:
        return ()
    by_id = (canonical_ids[one] for one in element.canonical if one in canonical_ids)
    return (*(text.rpartition(":")[2] for text in element.accounts), *by_id)


def grant_lists(settings: Mapping[str, object]) -> Iterable[Mapping[str, object]]:
    for kind in ("BucketAcl", "ObjectAcl"):
        acl = settings.get(kind)
        if isinstance(acl, Mapping):
            for grant in acl.get("Grants", ()):
                yield grant.get("Grantee", {})


def has_group_grants(settings: Mapping[str, object]) -> bool:
    return any("URI" in grantee for grantee in grant_lists(settings))


def _grantees(settings: Mapping[str, object], canonical_ids: Mapping[str, str]) -> set[str]:
    ids = {str(grantee.get("ID", "")) for grantee in grant_lists(settings)}
    owner = settings.get("ObjectOwner")
    found = {canonical_ids[one] for one in ids if one in canonical_ids}
    if isinstance(owner, str):
        found.add(canonical_ids.get(owner, owner))
    return {account for account in found if is_account_id(account)}


def may_have_foreign_objects(goal: Goal) -> bool:
    """Objects whose owner is not known may belong to anybody's account."""
    return "ObjectOwner" in goal.settings and goal.settings["ObjectOwner"] is None
