"""Who needs to be asked at all: an index over identity policies and over the principals that resource policies name.

It may only leave out what certainly can't be allowed. INVARIANT (index honest): it never changes a verdict.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from xgraph.graph.model.document import PolicyType
from xgraph.graph.model.principal import Principal, PrincipalKind
from xgraph.graph.policy.caller import Target
from xgraph.graph.policy.factors import Attached, Factors, Policies, Request, all_attached, principal_side
from xgraph.graph.policy.glob import Pattern, resource_pattern
from xgraph.graph.policy.services import NOT_READ, rules_of
from xgraph.graph.policy.statement import Compiled, ResourceList, Statement

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
_BY_OWNER = ("aws:resourceaccount", "aws:resourceorg", "s3:resourceaccount")


@dataclass(frozen=True, slots=True)
class Profile:
    """What one action can tell of an identity: its statements about the action, and the account and kind they apply in.

    `keys` are the personal condition keys that the statements look at. `lists` are the resource lists (numbers in the index)
    of all its statements, boundary and SCPs included. `depth` says how much of the resource they see besides those lists:
    0 nothing, 1 the owner, 2 everything.
    """

    allows: tuple[Statement, ...]
    keys: tuple[str, ...]
    lists: frozenset[int]
    depth: int


class ActionIndex:
    """The identity side of one action over all principals of a world.

    Principals of one profile differ for this action in their personal keys at most; only those that a statement about the
    action looks at are compared.
    """

    def __init__(self, world: World, roster: Roster, action: str) -> None:
        self.world = world
        self.action = action
        self.roster = roster
        self.principals: Sequence[Principal] = roster.principals
        self.by_account = roster.by_account
        self.by_arn = roster.by_arn
        self.profile_of: list[int] = []
        self.profiles: list[Profile] = []
        self.members: list[list[int]] = []
        self.unread: list[int] = []  # principals with a policy that was not read or not understood
        self._guard_statements: dict[str, tuple[Statement, ...]] = {}
        self._lists: dict[object, int] = {}
        self._plain = PatternIndex()
        self._sides: dict[object, Factors] = {}
        self._interned: dict[Factors, Factors] = {}
        self._ids: dict[object, int] = {}
        self._documents: dict[object, tuple[tuple[Statement, ...], bool]] = {}
        for number, principal in enumerate(self.principals):
            self._add(number, principal)
        self.statements = _StatementIndex(self._carriers())
        self._classes: list[object] | None = None
        self._view_of: dict[object, dict[int, object]] = {}

    def _add(self, number: int, principal: Principal) -> None:
        statements, is_read = self._about(principal)
        boundary = (principal.boundary.document or principal.boundary.name) if principal.boundary else None
        key = (
            tuple(map(id, statements)),
            is_read or principal.arn,
            boundary,
            principal.account,
            principal.kind,
            principal.is_service_linked,
        )
        found = self._ids.get(key)
        if found is None:
            found = self._ids[key] = len(self.profiles)
            self.profiles.append(self._profile(principal, statements))
            self.members.append([])
        self.profile_of.append(found)
        self.members[found].append(number)
        if not is_read:
            self.unread.append(number)

    def _about(self, principal: Principal) -> tuple[tuple[Statement, ...], bool]:
        """The statements about the action in a principal's policies (as a set: order and duplicates do not matter)."""
        documents = tuple(p.document for p in principal.policies), principal.groups
        found = self._documents.get(documents)
        if found is None:
            attached = self.world.identity(principal)
            unique = {id(s): s for a in attached if a.compiled for s in a.compiled.about(self.action)}
            is_read = all(a.compiled is not None and not a.compiled.unreadable for a in attached)
            is_read = is_read and not any(s.unreadable for s in unique.values())
            found = tuple(unique[i] for i in sorted(unique)), is_read
            self._documents[documents] = found
        return found

    def _profile(self, principal: Principal, statements: tuple[Statement, ...]) -> Profile:
        limits = [s for a in self.world.boundary(principal) if a.compiled for s in a.compiled.about(self.action)]
        everything = (*statements, *limits, *self._guards(principal.account))
        keys = {key for statement in everything for key in statement.keys}
        lists = frozenset(self._list(s.resources) for s in everything if s.resources is not None)
        depth = 2 if -1 in lists else max((_depth(key) for key in keys), default=0)
        return Profile(tuple(s for s in statements if s.allows), _personal(keys), lists, depth)

    def _list(self, resources: ResourceList) -> int:
        """The number of a resource list; -1 for one that can't be matched by its text alone."""
        place = (resources.texts, resources.negated)
        found = self._lists.get(place)
        if found is None:
            patterns = plain_patterns(resources)
            found = self._lists[place] = -1 if patterns is None else len(self._lists)
            for pattern in patterns or ():
                self._plain.add(pattern, found)
        return found

    def _guards(self, account: str) -> tuple[Statement, ...]:
        found = self._guard_statements.get(account)
        if found is None:
            attached = all_attached(self.world.guards(account, PolicyType.SCP))
            found = tuple(s for a in attached if a.compiled for s in a.compiled.about(self.action))
            self._guard_statements[account] = found
        return found

    def hits(self, goal: Goal) -> frozenset[int]:
        """The resource lists whose patterns match the goal."""
        return frozenset(self._plain.find(goal.target.arn))

    def own_side(self, number: int, goal: Goal, hits: frozenset[int], ask: Callable[[], tuple[Request, Policies]]) -> Factors:
        """The caller's factors, asked once for all goals that its policies can't tell apart; equal ones are one object."""
        profile = self.profiles[self.profile_of[number]]
        depth = 2 if goal.target.pattern is not None or goal.target.takes_no_resource else profile.depth
        seen: object = (goal.node, self.world.at) if depth == 2 else (hits & profile.lists, depth and goal.target.owner)
        place = (self._own()[number], seen)
        found = self._sides.get(place)
        if found is None:
            made = principal_side(*ask())
            found = self._sides[place] = self._interned.setdefault(made, made)
        return found

    def _carriers(self) -> dict[int, tuple[Statement, list[int]]]:
        """Allow statement → profiles that hold it."""
        carriers: dict[int, tuple[Statement, list[int]]] = {}
        for number, profile in enumerate(self.profiles):
            for statement in profile.allows:
                carriers.setdefault(id(statement), (statement, []))[1].append(number)
        return carriers

    # ------------------------------------------------------------------------------------------------------ candidates

    def carriers(self, target: Target, accounts: frozenset[str] | None, *, naming: bool = False) -> set[int]:
        """Principals with an identity statement that may allow the action on the target; `accounts` None: of any account.

        `naming`: only through a resource text that names the target by more than `*`.
        """
        out: set[int] = set()
        for profile in self.statements.profiles(target, naming=naming):
            members = self.members[profile]
            if accounts is None or self.principals[members[0]].account in accounts:
                out.update(members)
        return out

    def named(self, statements: Iterable[Statement]) -> set[int]:
        """The collected principals that the statements name by ARN or unique id."""
        out: set[int] = set()
        for statement in statements:
            element = statement.principal
            if element is None or element.negated:
                continue
            for arn in element.arns:
                number = self.by_text(arn)
                if number is not None:
                    out.add(number)
            ids = self.roster.by_unique_id
            out.update(ids[one] for one in element.unique_ids if one in ids)
        return out

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

    # --------------------------------------------------------------------------------------------------------- classes

    def split(self, candidates: Iterable[int], goal: Goal, world: World) -> dict[tuple[object, object], list[int]]:
        """Candidates in classes that no rule can tell apart for this goal: each class needs one decision.

        A class is (what the resource side sees of it, what its own policies see of it).
        """
        sight = _sight_of(goal, world, self.action)
        own = self._own()
        view = self._views(sight, goal.target.owner)
        named = sight.named
        out: dict[tuple[object, object], list[int]] = defaultdict(list)
        for number in sorted(candidates):
            arn = self.principals[number].arn if named and self._is_named(number, named) else None
            out[(view(number), arn), own[number]].append(number)
        return out

    def _views(self, sight: Sight, owner: str | None) -> Callable[[int], object]:
        """What the resource side can see of a principal: where it is, its kind, and the personal keys it looks at."""
        place = (sight.keys, sight.accounts, sight.sees_boundaries, owner)
        if place not in self._view_of:
            if len(self._view_of) > _MOST_VIEWS:
                self._view_of.clear()
            self._view_of[place] = {}
        views = self._view_of[place]
        homes: dict[str, object] = {}

        def view(number: int) -> object:
            found = views.get(number)
            if found is None:
                p = self.principals[number]
                if p.account not in homes:
                    homes[p.account] = self._home(p.account, sight, owner)
                limits = sight.sees_boundaries and p.boundary is not None
                personal = tuple(self._value(p, key) for key in sight.keys)
                found = views[number] = (homes[p.account], p.kind, p.is_service_linked, limits, personal)
            return found

        return view

    def _home(self, account: str, sight: Sight, owner: str | None) -> object:
        """An account as the resource side sees it: itself where it is told apart, else only its organization and partition."""
        if sight.accounts is None or account in sight.accounts or account == owner:
            return account
        known = self.world.estate.accounts.get(account)
        return (self.world.membership(account).id, known.partition) if known else account

    def _is_named(self, number: int, named: frozenset[str]) -> bool:
        if not named:
            return False
        principal = self.principals[number]
        if principal.arn in named or principal.unique_id in named:
            return True
        return principal.kind is PrincipalKind.ROLE and f"session:{principal.account}:{principal.name}" in named

    def _own(self) -> list[object]:
        """For each principal: its profile and the values of the personal keys that its own policies look at."""
        if self._classes is None:
            self._classes = [
                (self.profile_of[n], *(self._value(p, key) for key in self.profiles[self.profile_of[n]].keys))
                for n, p in enumerate(self.principals)
            ]
        return self._classes

    def _value(self, principal: Principal, key: str) -> object:
        if key == "aws:principalarn":
            return principal.arn
        if key == "aws:userid":
            return principal.unique_id
        if key == "aws:username":
            return principal.name
        tag = key.removeprefix("aws:principaltag/")
        return self.world.opens_tags(principal), next((v for k, v in principal.tags if k.lower() == tag), None)


def _depth(key: str) -> int:
    if key.startswith(_BY_OWNER):
        return 1
    return 0 if key.startswith(_RESOURCE_FREE) else 2


def _personal(keys: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(key for key in set(keys) if key.startswith(_PERSONAL)))


@dataclass(frozen=True, slots=True)
class Sight:
    """What the resource side of a goal can tell callers apart by. `accounts` None: any two accounts."""

    keys: tuple[str, ...]
    named: frozenset[str]
    accounts: frozenset[str] | None
    sees_boundaries: bool


_BY_ACCOUNT = ("aws:principalaccount", "aws:principalorgpaths", "aws:sourceowner", "kms:calleraccount")
_MOST_VIEWS = 4096  # remembered kinds of sight; more are looked at again when needed


def _sight_of(goal: Goal, world: World, action: str) -> Sight:
    owner = goal.target.owner
    attached: list[Attached] = list(goal.policies)
    opened = frozenset(opened_by_rules(goal)) - {"*", NOT_READ}
    if owner is not None and owner in world.estate.accounts:
        attached += all_attached(world.guards(owner, PolicyType.RCP))
    statements = [s for a in attached if a.compiled for s in a.compiled.about(action)]
    keys = {key for statement in statements for key in statement.keys}
    elements = [s.principal for s in statements if s.principal]
    named = {text for element in elements for text in (*element.arns, *element.unique_ids)} | opened
    sessions = {f"session:{p[4]}:{p[5].split('/')[1]}" for t in named if ":assumed-role/" in t and len(p := t.split(":", 5)) == 6}
    accounts = {text.rpartition(":")[2] for element in elements for text in element.accounts}
    accounts |= {world.estate.canonical_ids[one] for element in elements for one in element.canonical if one in world.estate.canonical_ids}
    # ACLs and Block Public Access tell accounts apart in ways of their own, and of an unknown owner each caller may be the account.
    any_account = bool(goal.settings) or owner is None or any(key.startswith(_BY_ACCOUNT) for key in keys)
    return Sight(
        _personal(keys),
        frozenset(named | sessions),
        None if any_account else frozenset(accounts),
        any(element.negated for element in elements),
    )


class PatternIndex:
    """Resource patterns found by their literal head, so that a look-up costs the matches and not the patterns."""

    def __init__(self) -> None:
        self._by_head: dict[int, dict[str, list[tuple[Pattern, int]]]] = {}

    def add(self, pattern: Pattern, number: int) -> None:
        """Remember `number` under the pattern."""
        self._by_head.setdefault(len(pattern.prefix), {}).setdefault(pattern.prefix, []).append((pattern, number))

    def find(self, arn: str) -> set[int]:
        """The numbers whose pattern matches."""
        found: set[int] = set()
        for length, heads in self._by_head.items():
            found.update(number for pattern, number in heads.get(arn[:length], ()) if pattern.matches(arn))
        return found


class _StatementIndex:
    """The identity statements about one action, by resource."""

    def __init__(self, carriers: dict[int, tuple[Statement, list[int]]]) -> None:
        self._profiles = list(carriers.values())
        self._always: list[int] = []
        self._index = PatternIndex()
        for number, (statement, _) in enumerate(self._profiles):
            self._add(number, statement.resources)

    def _add(self, number: int, resources: ResourceList | None) -> None:
        patterns = plain_patterns(resources) if resources is not None and not resources.negated else None
        if patterns is None:
            # Variables, short ARNs and NotResource are decided by the engine itself.
            self._always.append(number)
        else:
            for pattern in patterns:
                self._index.add(pattern, number)

    def profiles(self, target: Target, *, naming: bool) -> set[int]:
        """The profiles with a statement that may cover the target."""
        if target.pattern is not None or target.takes_no_resource:
            found = set(range(len(self._profiles)))
        else:
            found = self._index.find(target.arn) | set(self._always)
        if naming:
            found = {number for number in found if names(self._profiles[number][0].resources, target.arn)}
        return {profile for number in found for profile in self._profiles[number][1]}


def plain_patterns(resources: ResourceList) -> list[Pattern] | None:
    """The patterns of a resource list, None when one of them can't be matched by its text alone."""
    out: list[Pattern] = []
    for text in resources.templates:
        pattern = None if text.variables else text.resource_pattern()
        if pattern is None:
            return None
        out.append(pattern)
    return out


def names(resources: ResourceList | None, arn: str) -> bool:
    """Whether a resource text names the target by more than `*` (contract section 6)."""
    if resources is None or resources.negated:
        return False
    return any(_names(text, arn) for text in resources.texts)


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
