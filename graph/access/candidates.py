"""Who needs to be asked at all: an index over identity policies and over the principals that resource policies name.

It may only leave out what certainly can't be allowed. INVARIANT (index honest): it never changes a verdict.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntFlag, auto
from functools import cached_property

import numpy as np
import numpy.typing as npt

from xgraph.graph.model.arn import parse_arn
from xgraph.graph.model.document import Policy, PolicyType
from xgraph.graph.model.principal import Principal, PrincipalKind
from xgraph.graph.policy.caller import Target
from xgraph.graph.policy.condition import Entry, Keys, evaluate
from xgraph.graph.policy.factors import Attached, Factors, all_attached, principal_side
from xgraph.graph.policy.formula import Formula
from xgraph.graph.policy.glob import resource_pattern
from xgraph.graph.policy.keystate import KeyState, known
from xgraph.graph.policy.services import NOT_READ, rules_of
from xgraph.graph.policy.statement import Compiled, PrincipalElement, ResourceList, Statement

from .attach import compiled
from .census import ANY, KINDS, NOTHING, Census, Flags, Numbers, Offsets, Rows, take_census
from .essence import Essences
from .patterns import ListedTexts
from .roster import Roster
from .world import Goal, World

# Condition keys that may differ between two identities of one account with the same policies.
_PERSONAL = ("aws:principalarn", "aws:userid", "aws:username", "aws:principaltag/")


# Condition keys that say the same whatever the resource is.
_RESOURCE_FREE = (
    "aws:principal",
    "aws:user",
    "aws:source",
    "aws:vpc",
    "aws:multifactor",
    "aws:tokenissuetime",
    "aws:currenttime",
    "aws:epochtime",
    "aws:securetransport",
    "aws:viaawsservice",
    "aws:calledvia",
    "aws:referer",
    "aws:federatedprovider",
    "aws:assumedroot",
    "sts:",
)
# Condition keys that say the same of two callers of different accounts of one organization, unless the callers differ by themselves.
_ACCOUNT_FREE = (
    "aws:principalarn",
    "aws:principalorgid",
    "aws:principaltag/",
    "aws:username",
    "aws:sourceip",
    "aws:sourcevpc",
    "aws:vpcsourceip",
    "aws:multifactor",
    "aws:tokenissuetime",
    "aws:currenttime",
    "aws:epochtime",
    "aws:securetransport",
    "aws:requestedregion",
    "aws:requesttag/",
    "aws:tagkeys",
    "sts:externalid",
    "sts:rolesessionname",
)
_ROOT = KINDS.index(PrincipalKind.ROOT)
_BY_OWNER = ("aws:resourceaccount", "aws:resourceorg", "s3:resourceaccount")


class Sees(IntFlag):
    """What conditions may see of a goal besides what resource texts match."""

    OWNER = auto()
    REGION = auto()
    TAGS = auto()
    ALL = auto()


_NOT_TESTED = 2


@dataclass(frozen=True, slots=True)
class Profile:
    """What one action can tell of an identity: its statements about the action, and the account and kind they apply in.

    `keys` are the personal condition keys that the statements look at. `lists` are the resource lists (numbers in the census)
    of all its statements, boundary and SCPs included. `sees` says what they look at besides those lists.
    """

    keys: tuple[str, ...]
    lists: frozenset[int]
    sees: Sees
    spoken: tuple[object, tuple[_Said, ...], tuple[_Said, ...] | None, frozenset[int]] | None  # None: shared with nobody

    def sense(self, hits: frozenset[int]) -> object:
        """What the policies say where these lists match: profiles that say the same come to the same."""
        if self.spoken is None:
            return None
        place, own, limits, guards = self.spoken
        return place, _heard(own, hits), None if limits is None else _heard(limits, hits), guards & hits


_Said = tuple[object, int, bool]  # a statement, its resource list, and whether that is one of what is left out


def _heard(said: tuple[_Said, ...], hits: frozenset[int]) -> frozenset[object]:
    return frozenset([what if not negated else (what, one in hits) for what, one, negated in said if negated or one < 0 or one in hits])


View = tuple[int, int, tuple[object, ...]]


class ActionIndex:
    """The identity side of one action over all principals of a world.

    Principals of one profile differ for this action in their personal keys at most; only those that a statement about the
    action looks at are compared.
    """

    def __init__(self, world: World, roster: Roster, action: str, census: Census | None = None) -> None:
        self.world = world
        self.action = action
        self.roster = roster
        self.census = census or take_census(world, roster)
        self.principals = roster.principals
        self.by_account = roster.by_account
        self.by_arn = roster.by_arn
        self._about = self.census.about(action)
        self._touching = self.census.statements_of.where(self._about[self.census.statements_of.values])
        self._kinds = _classes_of(self._touching)  # documents by what they say about the action, 0: nothing
        self.profile_of, self._members = self._profiles()
        self._known: dict[int, Profile] = {}
        self._persons: dict[object, int] = {}
        self._sides: dict[object, Factors] = {}
        self._senses: dict[object, Factors] = {}
        self._interned: dict[Factors, Factors] = {}
        self._values: dict[str, dict[int, object]] = {}
        self._codes: dict[object, int] = {}
        self._numbered: dict[str, Numbers] = {}
        self._fixed = np.zeros(len(self._members), np.int32)
        self._fixed_list: dict[int, int] = {}
        self._fixed_numbers: dict[int, int] = {}
        self._fixed_factors: dict[int, Factors] = {}
        self._outcomes: dict[tuple[int, object], Formula] = {}
        self._tested: list[Entry] = []
        self._essences = Essences(world, action)
        self._opened_to: dict[str, Sequence[int]] = {}
        self._passing: dict[int, npt.NDArray[np.int8]] = {}
        self._carried_in: dict[tuple[int, int], tuple[int, ...]] = {}

    @property
    def unread(self) -> list[int]:
        """Principals with a policy that was not read or not understood."""
        found: list[int] = np.flatnonzero(self.census.unread).tolist()
        return found

    def _profiles(self) -> tuple[Numbers, Rows]:
        """For each principal its profile, and the members of each profile."""
        census = self.census
        bounded = census.boundary_of != NOTHING
        if len(self._kinds):
            held = Rows(census.documents_of.starts, self._kinds[census.documents_of.values])
            limits = np.where(bounded, self._kinds[np.where(bounded, census.boundary_of, 0)] + 1, 0)
        else:
            held, limits = census.documents_of, bounded.astype(np.int32)
        parts = [_classes_of(_sorted_sets(held)), limits, self._likeness[census.account_of], census.kind_of * 2 + census.is_linked]
        parts.append(np.where(census.stands_apart, np.arange(1, len(census.account_of) + 1), 0))
        profile_of = _joined(parts)
        order = np.argsort(profile_of, kind="stable").astype(np.int32)
        starts = np.searchsorted(profile_of[order], np.arange(int(profile_of.max(initial=-1)) + 2)).astype(np.int64)
        return profile_of, Rows(starts, order)

    @cached_property
    def _likeness(self) -> Numbers:
        """For each account a number that accounts share of which no statement about the action tells callers apart."""
        census = self.census
        keys = {key for one in np.unique(census.keys_of[self._about]).tolist() for key in census.key_sets[one]}
        if not all(key.startswith(_ACCOUNT_FREE) for key in keys):
            return np.arange(len(census.accounts), dtype=np.int32)
        numbers: dict[object, int] = {}
        return np.array([numbers.setdefault(self._circumstances(one), len(numbers)) for one in census.accounts], np.int32)

    def _circumstances(self, account: str) -> object:
        """What the policies of an account's callers meet there: the SCPs, level by level, and the organization."""
        levels = self.world.guards(account, PolicyType.SCP)
        said = (
            None
            if levels is None
            else tuple(None if x.policies is None else tuple((p.name, id(p.compiled)) for p in x.policies) for x in levels)
        )
        known = self.world.estate.accounts.get(account)
        if known is None:
            return account
        member = self.world.membership(account)
        return said, known.partition, member.id, member.is_known, member.management_known, member.others

    def profile(self, number: int) -> Profile:
        """What is to know of one profile, worked out when it is first met."""
        found = self._known.get(number)
        if found is None:
            census, member = self.census, int(self._members[number][0])
            documents = [*census.documents_of[member].tolist(), *census.guards_of[census.account_of[member]].tolist()]
            if census.boundary_of[member] != NOTHING:
                documents.append(int(census.boundary_of[member]))
            statements = {one for document in documents for one in self._touching[document].tolist()}
            keys = {key for one in statements for key in census.key_sets[census.keys_of[one]]}
            lists = {int(census.resources_of[one]) for one in statements} - {NOTHING}
            is_plain = all(census.resource_lists[one].plain for one in lists)
            sees = seen_by(keys) if is_plain else Sees.ALL
            found = self._known[number] = Profile(_personal(keys), frozenset(lists), sees, self._spoken(member))
        return found

    def _spoken(self, member: int) -> tuple[object, tuple[_Said, ...], tuple[_Said, ...] | None, frozenset[int]] | None:
        """What a principal's policies say about the action, in a form in which others can say the same."""
        census = self.census
        if census.stands_apart[member]:
            return None
        account, boundary = int(census.account_of[member]), int(census.boundary_of[member])
        guards = {int(census.resources_of[one]) for document in census.guards_of[account] for one in self._touching[document]}
        place = (int(self._likeness[account]), int(census.kind_of[member]), bool(census.is_linked[member]))
        own = self._said(census.documents_of[member].tolist())
        return place, own, None if boundary == NOTHING else self._said([boundary]), frozenset(guards)

    def _said(self, documents: Iterable[int]) -> tuple[_Said, ...]:
        census = self.census
        out = []
        for one in sorted({one for document in documents for one in self._touching[document].tolist()}):
            listed = int(census.resources_of[one])
            negated = listed != NOTHING and census.resource_lists[listed].negated
            # Without conditions all that allow are alike, and all that deny; what has no Resource is like nothing else.
            is_bare = not census.key_sets[census.keys_of[one]] and listed != NOTHING
            out.append((bool(census.allows[one]) if is_bare else str(one), listed, negated))
        return tuple(out)

    @cached_property
    def listed(self) -> ListedTexts:
        """The texts of the resource lists of statements about the action, to be found by what they match."""
        lists = self.census.resource_lists
        used = np.zeros(len(lists) + 1, np.bool_)  # the last one: no list
        used[self.census.resources_of[self._about]] = True
        return ListedTexts((one.texts if is_used and one.plain else ()) for one, is_used in zip(lists, used.tolist(), strict=False))

    def hits(self, goal: Goal) -> frozenset[int]:
        """The resource lists whose patterns match the goal."""
        return self.listed.find(goal.target.arn)

    def own_side(self, own: int, number: int, goal: Goal, hits: frozenset[int]) -> Factors:
        """A caller's factors, asked once for all goals that its policies can't tell apart; equal ones are one object."""
        if own < 0:
            return self._fixed_factors[own]
        profile = self.profile(self._profile_list[number])
        place: object
        if not profile.sees and not _is_special(goal):
            place = (own, hits & profile.lists)
        else:
            is_alone = _is_special(goal) or bool(profile.sees & Sees.ALL)
            place = (own, goal.node if is_alone else (hits & profile.lists, *_seen_of(goal, profile.sees)))
        found = self._sides.get(place)
        if found is None:
            found = self._sides[place] = self._ask(number, profile, goal, hits)
        return found

    def _ask(self, number: int, profile: Profile, goal: Goal, hits: frozenset[int]) -> Factors:
        """The factors of a caller, asked once for all whose policies say the same about the goal."""
        sense: object = None
        if profile.spoken is not None and not _is_special(goal) and not profile.sees & Sees.ALL:
            persons = tuple(self._value(number, key) for key in profile.keys)
            sense = (profile.sense(hits), persons, _seen_of(goal, profile.sees))
            if sense in self._senses:
                return self._senses[sense]
        elif _is_special(goal):
            essence = self._essences.of(self.principals[number], goal)
            sense = ("essence", essence) if essence is not None else None
            if sense in self._senses:
                return self._senses[sense]
        found = self._intern(principal_side(*self.world.ask(self.world.actor(self.principals[number]), goal)))
        if sense is not None:
            self._senses[sense] = found
        return found

    # ------------------------------------------------------------------------------------------------------ candidates

    @cached_property
    def _allowing(self) -> Flags:
        return self._about & self.census.allows

    @cached_property
    def _carried(self) -> tuple[Offsets, int]:
        """Sorted numbers `list * size + principal`: who has an Allow statement with the list. Without one: the number after the last."""
        census = self.census
        size = max(len(census.account_of), 1)
        if not len(census.statements_of):
            return np.zeros(0, np.int64), size
        statements = census.statements_of.where(self._allowing[census.statements_of.values])
        owners, found = census.documents_of.through(statements)
        lists = census.resources_of[found].astype(np.int64)
        lists[lists == NOTHING] = len(census.resource_lists)
        return np.unique(lists * size + owners), size

    @cached_property
    def _always(self) -> tuple[int, ...]:
        """Lists that are decided by the engine itself: variables, short ARNs, NotResource, statements that nobody understands."""
        lists = self.census.resource_lists
        used = self._lists_in_use
        return tuple(one for one in used if one == len(lists) or lists[one].negated or not lists[one].plain)

    @cached_property
    def _lists_in_use(self) -> tuple[int, ...]:
        carried, size = self._carried
        return tuple(np.unique(carried // size).tolist())

    def carrier_numbers(self, target: Target, accounts: frozenset[str] | None, *, naming: bool = False) -> Numbers:
        """As `carriers`, sorted."""
        carried, size = self._carried
        texts = self.census.resource_lists
        if target.pattern is not None or target.takes_no_resource:
            lists: Iterable[int] = self._lists_in_use
        else:
            lists = {*(one for one in self.listed.find(target.arn) if not texts[one].negated), *self._always}
        if naming:
            lists = [one for one in lists if one < len(texts) and _naming(texts[one].texts, target.arn, negated=texts[one].negated)]
        ranges = self._account_ranges(accounts)
        heads = np.fromiter(lists, np.int64) * size
        bounds = (heads[:, None, None] + ranges[None, :, :]).reshape(-1)
        spots = np.searchsorted(carried, bounds).reshape(-1, 2).tolist()
        parts = [carried[first:end] for first, end in spots if first < end]
        if not parts:
            return np.zeros(0, np.int32)
        return np.unique(np.concatenate(parts) % size).astype(np.int32)

    def carriers_in(self, target: Target, account: str) -> set[int]:
        """As `carriers`, of one account."""
        number = self.census.account_numbers.get(account)
        if number is None:
            return set()
        if target.pattern is not None or target.takes_no_resource:
            return self.carriers(target, frozenset((account,)))
        texts = self.census.resource_lists
        lists = [one for one in self.listed.find(target.arn) if not texts[one].negated]
        return set().union(*[self._carrying(one, number) for one in (*lists, *self._always)])

    def _carrying(self, one: int, account: int) -> tuple[int, ...]:
        """The principals of an account that have an Allow statement with the list."""
        found = self._carried_in.get((one, account))
        if found is None:
            carried, size = self._carried
            first, end = self.census.account_ranges[account : account + 2].tolist()
            start, stop = np.searchsorted(carried, (one * size + first, one * size + end))
            found = self._carried_in[one, account] = tuple((carried[start:stop] % size).tolist())
        return found

    @cached_property
    def _held(self) -> Offsets:
        """Sorted numbers `list * size + principal`: who has any statement with the list, boundaries included."""
        census, size = self.census, max(len(self.census.account_of), 1)
        if not len(census.statements_of):
            return np.zeros(0, np.int64)
        bounded = np.flatnonzero(census.boundary_of != NOTHING)
        limits = Rows(np.searchsorted(bounded, np.arange(size + 1)).astype(np.int64), census.boundary_of[bounded])
        found = [rows.through(self._touching) for rows in (census.documents_of, limits)]
        return np.unique(np.concatenate([census.resources_of[statements].astype(np.int64) * size + owners for owners, statements in found]))

    @cached_property
    def _guarded(self) -> dict[int, set[int]]:
        """Resource list of an SCP to the accounts under it."""
        accounts, statements = self.census.guards_of.through(self._touching)
        found: dict[int, set[int]] = {}
        for account, one in zip(accounts.tolist(), self.census.resources_of[statements].tolist(), strict=True):
            found.setdefault(one, set()).add(account)
        return found

    def holders_of(self, lists: Iterable[int]) -> Numbers:
        """The principals, sorted, that have a statement about the action with one of the resource lists in any of their policies."""
        census, size = self.census, max(len(self.census.account_of), 1)
        parts = [np.zeros(0, np.int64)]
        for one in lists:
            first, end = np.searchsorted(self._held, [one * size, (one + 1) * size])
            parts.append(self._held[first:end] - one * size)
            ranges = census.account_ranges
            parts += [np.arange(ranges[account], ranges[account + 1]) for account in self._guarded.get(one, ())]
        return np.unique(np.concatenate(parts)).astype(np.int32)

    def of_account(self, account: str) -> Numbers:
        """The principals of an account, sorted."""
        number = self.census.account_numbers.get(account)
        ranges = self.census.account_ranges
        return np.arange(ranges[number], ranges[number + 1], dtype=np.int32) if number is not None else np.zeros(0, np.int32)

    def seeing(self, numbers: Numbers, sees: Sees) -> Numbers:
        """Those of some principals whose own policies look at such things of a goal."""
        profiles = self.profile_of[numbers]
        deep = [one for one in np.unique(profiles).tolist() if self.profile(one).sees & sees]
        return numbers[np.isin(profiles, np.array(deep, np.int32))]

    def _account_ranges(self, accounts: frozenset[str] | None) -> Offsets:
        """First and last principal (plus one) of each account; of all of them when `accounts` is None."""
        census = self.census
        if accounts is None:
            return np.array([[0, len(census.account_of)]], np.int64)
        known = census.account_numbers
        wanted = sorted(known[account] for account in accounts if account in known)
        return np.array([[census.account_ranges[one], census.account_ranges[one + 1]] for one in wanted], np.int64).reshape(-1, 2)

    def carriers(self, target: Target, accounts: frozenset[str] | None, *, naming: bool = False) -> set[int]:
        """Principals with an identity statement that may allow the action on the target; `accounts` None: of any account.

        `naming`: only through a resource text that names the target by more than `*`.
        """
        return set(self.carrier_numbers(target, accounts, naming=naming).tolist())

    def named(self, statements: Iterable[Statement]) -> set[int]:
        """The collected principals that the statements name by ARN or unique id."""
        elements = [statement.principal for statement in statements if statement.principal and not statement.principal.negated]
        return {
            number for element in elements for text in (*element.arns, *element.unique_ids) if (number := self._called(text)) is not None
        }

    def _called(self, text: str) -> int | None:
        return self.by_text(text) if ":" in text else self.roster.by_unique_id.get(text)

    def opened_to(self, trust: Policy) -> Sequence[int]:
        """The accounts (numbers in the census, ANY) whose callers a trust policy may let in, whoever there is in them."""
        text = trust.document
        if text is None:
            return [ANY]
        found = self._opened_to.get(text)
        if found is None:
            found = self._opened_to[text] = self._accounts_in(compiled(trust))
        return found

    def _accounts_in(self, trust: Compiled | None) -> Sequence[int]:
        if trust is None or trust.unreadable:
            return [ANY]
        found = set()
        for statement in trust.about(self.action):
            element = statement.principal
            if statement.allows and (element is None or statement.unreadable or _opens_widely(element)):
                return [ANY]
            if statement.allows and element is not None:
                found |= {text.rpartition(":")[2] for text in element.accounts}
                found |= {parsed.account for arn in element.arns if (parsed := parse_arn(arn))}
        known = self.census.account_numbers
        return sorted(known[account] for account in found if account in known)

    def by_text(self, arn: str) -> int | None:
        """The collected principal that an ARN names, by itself or by one of its sessions."""
        number = self.by_arn.get(arn)
        return self._session_role(arn) if number is None else number

    def root_arn(self, account: str) -> str:
        """The ARN of an account's root user."""
        known = self.world.estate.accounts.get(account)
        return f"arn:{known.partition if known else 'aws'}:iam::{account}:root"

    def _session_role(self, arn: str) -> int | None:
        parts = arn.split(":", 5)
        if len(parts) != 6 or not parts[5].startswith("assumed-role/"):
            return None
        return self.roster.by_session_name.get((parts[4], parts[5].split("/")[1]))

    def of_accounts(self, accounts: Iterable[str]) -> set[int]:
        """Every principal of the accounts."""
        return {number for account in accounts for number in self.by_account.get(account, ())}

    @cached_property
    def roots(self) -> Numbers:
        """The root users."""
        return np.flatnonzero(self.census.kind_of == _ROOT).astype(np.int32)

    # --------------------------------------------------------------------------------------------------------- classes

    def split(self, candidates: Iterable[int], goal: Goal, world: World) -> dict[tuple[object, object], list[int]]:
        """Candidates in classes that no rule can tell apart for this goal: each class needs one decision.

        A class is (what the resource side sees of it, what its own policies see of it).
        """
        numbers = np.array(sorted(candidates), np.int32)
        sight = sight_of(goal, world, self.action)
        classes: dict[tuple[object, object], list[int]] = {}
        for view, some in self.views(numbers, sight, goal):  # several that look the same may have the same view
            for own, members in self.owns(some, goal):
                classes.setdefault((view, own), []).extend(members.tolist())
        return {place: sorted(members) for place, members in classes.items()}

    def views(self, numbers: Numbers, sight: Sight, goal: Goal) -> Iterator[tuple[View, Numbers]]:
        """Some principals (sorted numbers) in classes that the resource side can't tell apart, in the order of their first members."""
        if not len(numbers):
            return
        views = self._views(numbers, sight, goal.target.owner)
        singled = self._singled(numbers, sight)
        for first, places in _grouped([views, singled, *(self._grouping(numbers, key, sight, goal) for key in sight.keys)]):
            seen = tuple(self._seen(int(numbers[first]), key, sight, goal) for key in sight.keys)
            yield (int(views[first]), int(singled[first]), seen), numbers[places]

    def owns(self, numbers: Numbers, goal: Goal) -> Iterator[tuple[int, Numbers]]:
        """Some principals in classes whose own policies come to the same for the goal."""
        own = self._own(numbers, goal)
        return ((int(own[first]), numbers[places]) for first, places in _grouped([own]))

    def glance(self, sight: Sight, goal: Goal) -> Callable[[int], View]:
        """As `views`, of one principal after another: quicker than arrays where there are few."""
        census, accounts = self.census, self.census.account_numbers
        homes, kinds, bounded = census.places
        organizations = self._organization_list
        apart = None if sight.accounts is None else {accounts.get(one) for one in (*sight.accounts, goal.target.owner or "")}
        named = {number for text in sight.named if (number := self._called(text)) is not None}

        def view(number: int) -> View:
            home = homes[number]
            if apart is not None and home not in apart:
                home = organizations[home]
            seen = tuple([self._seen(number, key, sight, goal) for key in sight.keys])
            limits = bounded[number] and sight.sees_boundaries
            return (home * 16 + kinds[number] * 2 + limits, number + 1 if number in named else 0, seen)

        return view

    def passing(self, entry: Entry, key: str, goal: Goal, numbers: Numbers) -> Numbers:
        """Those of some principals for whom a test of a personal key, which is no ARN, may come out well."""
        known = self._passing.get(id(entry))
        if known is None:
            known = self._passing[id(entry)] = np.full(len(self.principals), _NOT_TESTED, np.int8)
        missing = numbers[known[numbers] == _NOT_TESTED]
        if len(missing):
            kinds = self._value_numbers(missing, key).astype(np.int64) * 2 + (self.census.kind_of[missing] == _ROOT)
            _, firsts, places = np.unique(kinds, return_index=True, return_inverse=True)
            well = np.array([self._outcome(number, key, entry, goal) is not False for number in missing[firsts].tolist()], np.int8)
            known[missing] = well[places]
        found: Numbers = numbers[known[numbers] == 1]
        return found

    def _views(self, numbers: Numbers, sight: Sight, owner: str | None) -> Offsets:
        """What the resource side can see of principals besides personal keys: where they are, and their kind."""
        census = self.census
        homes = self._homes(sight, owner)[census.account_of[numbers]]
        limits = (census.boundary_of[numbers] != NOTHING) & sight.sees_boundaries
        views: Offsets = homes * 16 + (census.kind_of[numbers] * 2 + census.is_linked[numbers]) * 2 + limits
        return views

    def _grouping(self, numbers: Numbers, key: str, sight: Sight, goal: Goal) -> Numbers:
        """Numbers that are equal for principals whose personal key looks the same to the resource side."""
        if key == "aws:principalarn":
            if sight.tests.get(key) is None:
                return numbers
            marks: dict[object, int] = {}
            seen = (self._seen(number, key, sight, goal) for number in numbers.tolist())
            return np.fromiter((marks.setdefault(one, len(marks)) for one in seen), np.int32, len(numbers))
        return self._value_numbers(numbers, key)

    def _value_numbers(self, numbers: Numbers, key: str) -> Numbers:
        """The values of a personal key, by number."""
        known = self._numbered.get(key)
        if known is None:
            known = self._numbered[key] = np.full(len(self.principals), -1, np.int32)
        missing = numbers[known[numbers] < 0]
        for number in missing.tolist():
            known[number] = self._codes.setdefault((key, self._value(number, key)), len(self._codes))
        return known[numbers]

    def _seen(self, number: int, key: str, sight: Sight, goal: Goal) -> object:
        """A personal key as the resource side sees it: where it only compares the key, what comes of comparing."""
        tests = sight.tests.get(key)
        if tests is None:
            return self._value(number, key)
        return tuple(self._outcome(number, key, entry, goal) for entry in tests)

    def _outcome(self, number: int, key: str, entry: Entry, goal: Goal) -> Formula:
        value = number if key == "aws:principalarn" else (self._value(number, key), self.census.kind_of[number] == _ROOT)
        place = (id(entry), value)
        found = self._outcomes.get(place)
        if found is None:
            principal = self.principals[number]
            keys: Keys = _Only(known(principal.arn))
            if key != "aws:principalarn":
                keys = self.world.ask(self.world.actor(principal), goal)[0].context
            found = self._outcomes[place] = evaluate(entry, keys)
            self._tested.append(entry)  # kept, so that no other entry gets its id
        return found

    def _homes(self, sight: Sight, owner: str | None) -> Offsets:
        """Accounts as the resource side sees them: themselves where they are told apart, else only their organization and partition."""
        accounts = self.census.accounts
        if sight.accounts is None:
            return np.arange(len(accounts), dtype=np.int64)
        homes = self._organizations.copy()
        for account in (*sight.accounts, owner or ""):
            number = self.census.account_numbers.get(account)
            if number is not None:
                homes[number] = number
        return homes

    @cached_property
    def _organizations(self) -> Offsets:
        """For each account a number above those of all accounts, the same for the accounts of one organization and partition."""
        out = []
        accounts = self.world.estate.accounts
        numbers: dict[object, int] = {}
        for account in self.census.accounts:
            place = (self.world.membership(account).id, accounts[account].partition) if account in accounts else account
            out.append(len(self.census.accounts) + numbers.setdefault(place, len(numbers)))
        return np.array(out, np.int64)

    @cached_property
    def _organization_list(self) -> list[int]:
        found: list[int] = self._organizations.tolist()
        return found

    def _singled(self, numbers: Numbers, sight: Sight) -> Numbers:
        """Principals that the resource side names, by number plus one; 0: not named."""
        named = [number for text in sight.named if (number := self._called(text)) is not None]
        if not named:
            return np.zeros(len(numbers), np.int32)
        return np.where(np.isin(numbers, np.array(named, np.int32)), numbers + 1, 0)

    def _own(self, numbers: Numbers, goal: Goal) -> Numbers:
        """What own policies come to: below 0 factors that no goal changes, else the profile, or a class inside it by personal keys."""
        own = self.profile_of[numbers]
        if _is_special(goal):
            return self._by_persons(numbers, own)
        found = self._fixed[own]
        unknown = np.flatnonzero(found == 0)
        if len(unknown):
            firsts = dict(zip(own[unknown].tolist(), numbers[unknown].tolist(), strict=True))
            for profile, number in firsts.items():
                self._fixed[profile] = self._fix(profile, number, goal)
            found = self._fixed[own]
        moving = np.flatnonzero(found > 0)
        found[moving] = self._by_persons(numbers[moving], own[moving])
        return found

    def own_of(self, number: int, goal: Goal) -> int:
        """As `owns`, of one principal."""
        if _is_special(goal):
            return self._person(number, self._profile_list[number])
        found = self._own_list[number]
        if not found:
            profile = self._profile_list[number]
            fixed = self._fixed_list.get(profile)
            if fixed is None:
                fixed = self._fixed_list[profile] = self._fix(profile, number, goal)
            found = self._own_list[number] = fixed if fixed < 0 else self._person(number, profile) + 1
        return found if found < 0 else found - 1

    @cached_property
    def _own_list(self) -> list[int]:
        return [0] * len(self.principals)

    @cached_property
    def _profile_list(self) -> list[int]:
        found: list[int] = self.profile_of.tolist()
        return found

    def _fix(self, profile: int, number: int, goal: Goal) -> int:
        """Minus the number of the factors (from 1) of a profile that sees nothing of a goal and whose members are all alike; else 1."""
        what = self.profile(profile)
        lists = self.census.resource_lists
        if what.sees or what.keys or not all(lists[one].texts == ("*",) and not lists[one].negated for one in what.lists):
            return 1
        factors = self._ask(number, what, goal, self.hits(goal))
        place = self._fixed_numbers.setdefault(id(factors), len(self._fixed_numbers) + 1)
        self._fixed_factors[-place] = factors
        return -place

    def _intern(self, factors: Factors) -> Factors:
        return self._interned.setdefault(factors, factors)

    def _by_persons(self, numbers: Numbers, own: Numbers) -> Numbers:
        """The profiles, and classes inside them where policies look at personal keys."""
        if not self._looks_at_persons:
            return own
        return np.array([self._person(number, profile) for number, profile in zip(numbers.tolist(), own.tolist(), strict=True)], np.int32)

    def _person(self, number: int, profile: int) -> int:
        keys = self.profile(profile).keys
        if not keys:
            return profile
        who = (profile, *(self._value(number, key) for key in keys))
        return self._persons.setdefault(who, len(self._members) + len(self._persons))

    @cached_property
    def _looks_at_persons(self) -> bool:
        census = self.census
        return any(_personal(census.key_sets[one]) for one in np.unique(census.keys_of[self._about]).tolist())

    def _value(self, number: int, key: str) -> object:
        if key == "aws:principalarn":
            return number
        values = self._values.setdefault(key, {})
        found = values.get(number)
        if found is None:
            found = values[number] = self._value_of(self.principals[number], key)
        return found

    def _value_of(self, principal: Principal, key: str) -> object:
        if key == "aws:userid":
            return principal.unique_id
        if key == "aws:username":
            return principal.name
        tag = key.removeprefix("aws:principaltag/")
        return self.world.opens_tags(principal), next((v for k, v in principal.tags if k.lower() == tag), None)


def _sorted_sets(rows: Rows) -> Rows:
    """The rows as sorted sets, without zeros."""
    kept = rows.where(rows.values > 0)
    owners = kept.owners
    order = np.lexsort((kept.values, owners))
    values = kept.values[order]
    is_first = np.ones(len(values), np.bool_)
    is_first[1:] = (values[1:] != values[:-1]) | (owners[1:] != owners[:-1])
    return Rows(kept.starts, values).where(is_first)


def _classes_of(rows: Rows) -> Numbers:
    """For each row a number that equal rows share, 0 for empty ones."""
    lengths = np.diff(rows.starts)
    # Most rows are empty or hold one number; only the others are compared as a whole.
    out = np.zeros(len(rows), np.int64)
    single = lengths == 1
    out[single] = rows.values[rows.starts[:-1][single]] + 1
    above = int(rows.values.max(initial=0)) + 2
    seen: dict[bytes, int] = {}
    raw, width = rows.values.tobytes(), rows.values.itemsize
    for row in np.flatnonzero(lengths > 1).tolist():
        text = raw[rows.starts[row] * width : rows.starts[row + 1] * width]
        out[row] = above + seen.setdefault(text, len(seen))
    return np.unique(np.concatenate((np.zeros(1, np.int64), out)), return_inverse=True)[1][1:].astype(np.int32)


def _is_special(goal: Goal) -> bool:
    """Whether the goal is more, or less, than one resource: then each goal is looked at by itself."""
    return goal.target.pattern is not None or goal.target.takes_no_resource


def _grouped(parts: list[npt.NDArray[np.signedinteger]]) -> Iterator[tuple[int, Offsets]]:
    """The places at which some numbers are equal, and the first of them; in the order of these."""
    key = _combined(parts)
    if not len(key) or (key == key[0]).all():
        if len(key):
            yield 0, np.arange(len(key), dtype=np.int64)
        return
    order = np.argsort(key, kind="stable")
    starts = np.concatenate((np.zeros(1, np.int64), np.flatnonzero(np.diff(key[order])) + 1))
    bounds = [*starts.tolist(), len(key)]
    firsts = order[starts]
    for place in np.argsort(firsts).tolist():
        yield int(firsts[place]), order[bounds[place] : bounds[place + 1]]


def _combined(parts: list[npt.NDArray[np.signedinteger]]) -> Offsets:
    """As `_joined`, with any numbers where the widths of the parts allow it."""
    out = np.zeros(len(parts[0]), np.int64)
    room = 1
    for part in parts:
        low = int(part.min())
        width = int(part.max()) - low + 1
        if width == 1:
            continue
        room *= width
        if room >= _ROOM:
            return _joined(list(parts)).astype(np.int64)
        out = out * width + (part - low)
    return out


_ROOM = 2**62


def _joined(parts: list[npt.NDArray[np.signedinteger]]) -> Numbers:
    """One number for each combination of some numbers: the same where they are the same, in order, 0 for the least."""
    out = np.zeros(len(parts[0]), np.int64)
    for part in parts:
        low = int(part.min(initial=0))
        width = int(part.max(initial=0)) - low + 1
        out = out * width + (part.astype(np.int64) - low)
        out = np.unique(out, return_inverse=True)[1].astype(np.int64)
    return out.astype(np.int32)


def seen_by(keys: Iterable[str]) -> Sees:
    """What some condition keys may show of a goal."""
    sees = Sees(0)
    for key in keys:
        if key.startswith(_BY_OWNER):
            sees |= Sees.OWNER
        elif key == "aws:requestedregion":
            sees |= Sees.REGION
        elif key.startswith(("aws:resourcetag/", "iam:resourcetag/")):
            sees |= Sees.TAGS
        elif not key.startswith(_RESOURCE_FREE):
            sees |= Sees.ALL
    return sees


def _seen_of(goal: Goal, sees: Sees) -> tuple[object, ...]:
    """What is seen, of one goal."""
    owner = goal.target.owner if Sees.OWNER in sees else ""
    region = goal.region if Sees.REGION in sees else ""
    tags = tuple(goal.tags.items()) if Sees.TAGS in sees and goal.tags is not None else Sees.TAGS in sees
    return owner, region, tags


def _personal(keys: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(key for key in set(keys) if key.startswith(_PERSONAL)))


@dataclass(frozen=True, slots=True)
class Sight:
    """What the resource side of a goal can tell callers apart by. `accounts` None: any two accounts.

    `tests`: for each key all that is asked of it, None when more than that is seen of it (a policy variable). `sees`: what is seen
    of the goal besides its policies.
    """

    keys: tuple[str, ...]
    named: frozenset[str]
    accounts: frozenset[str] | None
    sees_boundaries: bool
    tests: Mapping[str, tuple[Entry, ...] | None] = field(default_factory=dict)
    sees: Sees = Sees.ALL


def _opens_widely(element: PrincipalElement) -> bool:
    """Whether it names more than accounts and principals whose ARN says the account."""
    return bool(element.everyone or element.aws_star or element.negated or element.unique_ids or element.canonical)


@dataclass(frozen=True, slots=True)
class _Only:
    """The keys of a request of which one is looked at."""

    one: KeyState

    def state(self, _key: str, /) -> KeyState:
        return self.one


_BY_ACCOUNT = ("aws:principalaccount", "aws:principalorgpaths", "aws:sourceowner", "kms:calleraccount")


def sight_of(goal: Goal, world: World, action: str) -> Sight:
    """What the policies of a goal, the RCPs over it and the rules of its service can tell callers apart by."""
    owner = goal.target.owner
    attached: list[Attached] = list(goal.policies)
    opened = frozenset(opened_by_rules(goal)) - {"*", NOT_READ}
    if owner is not None and owner in world.estate.accounts:
        attached += all_attached(world.guards(owner, PolicyType.RCP))
    statements = [s for a in attached if a.compiled for s in a.compiled.about(action)]
    keys = {key for statement in statements for key in statement.keys}
    elements = [s.principal for s in statements if s.principal]
    named = {text for element in elements for text in (*element.arns, *element.unique_ids)} | opened
    accounts = {text.rpartition(":")[2] for element in elements for text in element.accounts}
    accounts |= {world.estate.canonical_ids[one] for element in elements for one in element.canonical if one in world.estate.canonical_ids}
    # ACLs and Block Public Access tell accounts apart in ways of their own, and of an unknown owner each caller may be the account.
    any_account = bool(goal.settings) or owner is None or any(key.startswith(_BY_ACCOUNT) for key in keys)
    return Sight(
        _personal(keys),
        frozenset(named),
        None if any_account else frozenset(accounts),
        any(element.negated for element in elements),
        {key: _tests(statements, key) for key in _personal(keys)},
        seen_by(keys),
    )


def _tests(statements: Iterable[Statement], key: str) -> tuple[Entry, ...] | None:
    """What is asked of a key, None where it stands in a variable or is compared with one."""
    found: list[Entry] = []
    for statement in statements:
        for entry in statement.conditions:
            if key in entry.keys:
                if entry.keys != {key}:
                    return None
                found.append(entry)
        if statement.resources is not None and key in statement.resources.keys:
            return None
    return tuple(found)


def names(resources: ResourceList | None, arn: str) -> bool:
    """Whether a resource text names the target by more than `*` (contract section 6)."""
    return resources is not None and _naming(resources.texts, arn, negated=resources.negated)


def _naming(texts: Iterable[str], arn: str, *, negated: bool) -> bool:
    return not negated and any(_names(text, arn) for text in texts)


def _names(text: str, arn: str) -> bool:
    parts = text.split(":", 5)
    if len(parts) < 6:
        return False
    name = parts[5].partition("/")[2] if parts[2] == "iam" and "/" in parts[5] else parts[5]
    if not name.strip("*?/"):
        return False
    pattern = resource_pattern(tuple("star" if c == "*" else "any" if c == "?" else c for c in text))
    return "${" in text or (pattern is not None and (pattern.matches(arn) or "*" in arn))


def opened_by_rules(goal: Goal) -> Iterable[str]:
    """Whom the service's rules let in besides policies and ACLs: principal ARNs, account ids, `*`."""
    return rules_of(goal.action.partition(":")[0]).opens(goal.action, goal.settings, has_policy=goal.policy is not None)


def allowing(policy: Attached | None, action: str) -> tuple[Statement, ...]:
    """The Allow statements of a resource policy about the action."""
    found: Compiled | None = policy.compiled if policy else None
    return tuple(s for s in found.about(action) if s.allows) if found else ()
