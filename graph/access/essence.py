"""What a principal's own policies come to for a goal, told without deciding anything: equal essences have equal factors.

Two principals of different accounts, with policies of different names and texts, share their side of a decision when the statements
that cover the goal have the same effects and conditions, and these conditions look at nothing that tells callers or resources apart.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass, field

from xgraph.graph.model.document import PolicyType
from xgraph.graph.model.principal import Principal, PrincipalKind
from xgraph.graph.policy.caller import Target
from xgraph.graph.policy.condition import Entry
from xgraph.graph.policy.factors import Attached, LevelSet
from xgraph.graph.policy.formula import Formula
from xgraph.graph.policy.keystate import KeyState
from xgraph.graph.policy.match import resource_matches
from xgraph.graph.policy.statement import ResourceList, Statement

from .world import Goal, World

# Keys of the request alone: who calls, and what is asked for, does not change what is known of them, but for the kind of caller.
_OF_REQUEST = frozenset(
    (
        "aws:sourceip",
        "aws:multifactorauthpresent",
        "aws:multifactorauthage",
        "aws:currenttime",
        "aws:epochtime",
        "aws:securetransport",
        "aws:viaawsservice",
        "aws:requestedregion",
    )
)


class _Personal(Exception):
    """Something tells this principal apart from all others."""


class _NoKeys:
    """Texts without variables look at no key."""

    def state(self, key: str, /) -> KeyState:
        raise KeyError(key)


@dataclass(slots=True)
class Essences:
    """The essences for one action. What was looked at is kept, so that nothing else gets its id."""

    world: World
    action: str
    _conditions: dict[tuple[Entry, ...], int] = field(default_factory=dict)
    _number_of: dict[int, tuple[Statement, int | None]] = field(default_factory=dict)
    _covered: dict[tuple[int, str], tuple[ResourceList, Formula]] = field(default_factory=dict)

    def of(self, principal: Principal, goal: Goal) -> Hashable | None:
        """The essence of a principal's side, None when it shares it with nobody."""
        try:
            return self._of(principal, goal)
        except _Personal:
            return None

    def _of(self, principal: Principal, goal: Goal) -> Hashable:
        world, target = self.world, goal.target
        if goal.also or target.takes_no_resource:
            raise _Personal
        levels = world.guards(principal.account, PolicyType.SCP)
        if levels is None:
            raise _Personal
        membership = world.membership(principal.account)
        guards = () if principal.is_service_linked else tuple(self._level(level, target) for level in levels)
        home = principal.kind, principal.is_service_linked, guards, membership.is_known, membership.management_known, goal.region
        if principal.kind is PrincipalKind.ROOT:
            return home
        limited = principal.boundary is not None and not principal.is_service_linked
        return (
            *home,
            self._pool(world.identity(principal), target),
            self._pool(world.boundary(principal), target) if limited else None,
        )

    def _level(self, level: LevelSet, target: Target) -> Hashable:
        if level.policies is None:
            raise _Personal
        return self._pool(level.policies, target)

    def _pool(self, policies: Iterable[Attached], target: Target) -> Hashable:
        found: set[Hashable] = set()
        for attached in policies:
            read = attached.compiled
            if read is None or read.unreadable:
                raise _Personal
            for statement in read.about(self.action):
                covers = self._covers(statement, target)
                if covers is not False:
                    found.add((statement.allows, self._conditions_of(statement), covers))
        return frozenset(found)

    def _covers(self, statement: Statement, target: Target) -> Formula:
        resources = statement.resources
        if statement.unreadable or resources is None:
            raise _Personal
        if resources.has_star:
            return not resources.negated
        place = id(resources), target.arn
        found = self._covered.get(place)
        if found is None:
            if any(text.variables or text.resource_pattern() is None for text in resources.templates):
                raise _Personal
            found = self._covered[place] = resources, resource_matches(resources, target, _NoKeys(), may_pad=False)
        return found[1]

    def _conditions_of(self, statement: Statement) -> int:
        found = self._number_of.get(id(statement))
        if found is None:
            shared = all(entry.keys <= _OF_REQUEST for entry in statement.conditions)
            number = self._conditions.setdefault(statement.conditions, len(self._conditions)) if shared else None
            found = self._number_of[id(statement)] = statement, number
        if found[1] is None:
            raise _Personal
        return found[1]
