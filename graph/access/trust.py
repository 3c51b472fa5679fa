"""Who can become whom: every sts:AssumeRole hop between collected identities, built once.

A trust that names an account, an organization or everyone is held as a set: one `HopSet` from its members to all the roles that
the same decision opens, never as pairs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from xgraph.graph.model.document import PolicyType
from xgraph.graph.model.principal import Principal, PrincipalKind
from xgraph.graph.policy.decision import Verdict
from xgraph.graph.policy.factors import all_attached
from xgraph.graph.policy.formula import Formula
from xgraph.graph.policy.glob import Pattern
from xgraph.graph.policy.match import padded_pattern
from xgraph.graph.policy.statement import ResourceList, Statement
from xgraph.graph.policy.variables import Template

from .attach import compiled
from .candidates import ActionIndex, PatternIndex
from .reach import Reached, reach
from .world import ASSUME_ROLE, World

Progress = Callable[[str, int, int], None]


@dataclass(slots=True)
class HopSet:
    """Members that may assume each of `targets`, all with one decision (numbers of principals)."""

    verdict: Verdict
    allow: Formula
    members: tuple[int, ...]
    targets: list[int] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class TrustHops:
    """All role hops. `out[p]`/`into[r]`: numbers of the sets that p is a member of / that lead to r."""

    sets: tuple[HopSet, ...]
    out: tuple[tuple[int, ...], ...]
    into: tuple[tuple[int, ...], ...]
    unread: frozenset[int]  # roles that something unread may open to further principals


def build_trust(world: World, index: ActionIndex, progress: Progress | None = None) -> TrustHops:
    """Decide every role's trust once for each distinct set of circumstances."""
    lists = _Lists(world, index)
    known: dict[object, tuple[tuple[Reached, ...], bool]] = {}
    sets: dict[object, HopSet] = {}
    unread: set[int] = set()
    roles = [n for n, p in enumerate(index.principals) if p.kind is PrincipalKind.ROLE]
    for done, number in enumerate(roles):
        role = index.principals[number]
        key = lists.signature(role)
        if key not in known:
            found = reach(world, index, world.goal(role.arn, ASSUME_ROLE))
            known[key] = found.groups, found.unread
        groups, is_unread = known[key]
        if is_unread:
            unread.add(number)
        for group in groups:
            place = (group.verdict, group.allow, group.members)
            sets.setdefault(place, HopSet(group.verdict, group.allow, group.members)).targets.append(number)
        if progress and done % 256 == 0:
            progress("role hops", done, len(roles))
    return _frozen(tuple(sets.values()), len(index.principals), frozenset(unread))


def _frozen(sets: Sequence[HopSet], size: int, unread: frozenset[int]) -> TrustHops:
    out: list[list[int]] = [[] for _ in range(size)]
    into: list[list[int]] = [[] for _ in range(size)]
    for number, one in enumerate(sets):
        for member in one.members:
            out[member].append(number)
        for target in one.targets:
            into[target].append(number)
    return TrustHops(tuple(sets), tuple(map(tuple, out)), tuple(map(tuple, into)), unread)


class _Lists:
    """What a decision about assuming a role can depend on besides the caller: two roles with one signature share it."""

    def __init__(self, world: World, index: ActionIndex) -> None:
        self.world = world
        by_texts: dict[tuple[object, ...], ResourceList] = {}
        self.uses_tags = False
        for statement in self._statements(world, index):
            resources = statement.resources
            if resources is not None:
                by_texts[resources.texts, resources.negated, bool(resources.keys)] = resources
            self.uses_tags = self.uses_tags or any("resourcetag/" in key for key in statement.keys)
        # A variable in a resource text may tell any two roles apart.
        self.has_variables = any(one.keys for one in by_texts.values())
        self._index = PatternIndex()
        for number, one in enumerate(by_texts.values()):
            for text in one.templates:
                for reading, pattern in enumerate(_readings(text)):
                    if pattern is not None:
                        self._index.add(pattern, 2 * number + reading)

    @staticmethod
    def _statements(world: World, index: ActionIndex) -> Iterator[Statement]:
        seen: set[int] = set()
        for principal in index.principals:
            attached = (*world.identity(principal), *world.boundary(principal))
            for one in attached:
                if one.compiled and id(one.compiled) not in seen:
                    seen.add(id(one.compiled))
                    yield from one.compiled.about(ASSUME_ROLE)
        for account in {p.account for p in index.principals}:
            for kind in (PolicyType.SCP, PolicyType.RCP):
                for one in all_attached(world.guards(account, kind)):
                    if one.compiled and id(one.compiled) not in seen:
                        seen.add(id(one.compiled))
                        yield from one.compiled.about(ASSUME_ROLE)

    def signature(self, role: Principal) -> object:
        trust = role.trust
        read = compiled(trust) if trust else None
        if trust is None or self.has_variables or read is None or read.unreadable or any(s.unreadable for s in read.statements):
            return role.arn  # what was not understood is named by role
        text = trust.document or ""
        tags = role.tags if self.uses_tags or "resourcetag" in text.lower() else ()
        return text, role.account, tags, frozenset(self._index.find(role.arn))


def _readings(text: Template) -> tuple[Pattern | None, Pattern | None]:
    """The patterns by which a resource text may match: as written, and a short ARN filled up (R2.15)."""
    return (text.resource_pattern(), padded_pattern(text.fixed)) if text.fixed is not None else (None, None)
