"""Who holds an action on a resource: sets of principals that share one decision, never pairs.

The answer costs as much as there are different circumstances, not as there are principals; members are named only when asked for.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from xgraph.graph.policy.authorize import verdict_of
from xgraph.graph.policy.combine import Combined
from xgraph.graph.policy.decision import Verdict
from xgraph.graph.policy.formula import Formula

from .graph import AccessGraph
from .reach import Reached
from .trust import HopSet
from .world import ASSUME_ROLE, Actor, Goal


@dataclass(frozen=True, slots=True)
class Holders:
    """All collected principals that may do what the goal says; nobody stands in two groups.

    `groups`: members (numbers of the graph), the verdict that they share and when they are allowed. `unread`: further principals may
    get in through something that was not read. `anonymous`: when unsigned calls work, False if never.
    """

    graph: AccessGraph
    goal: Goal
    groups: tuple[Reached | HopSet, ...]
    unread: bool
    anonymous: Formula

    def __len__(self) -> int:
        """How many principals there are."""
        return sum(len(group.members) for group in self.groups)

    def __iter__(self) -> Iterator[tuple[Actor, Reached | HopSet]]:
        """Each principal with its group, in the order of their numbers, made one by one."""
        group_of = {member: group for group in self.groups for member in group.members}
        return ((self.graph.actor(number), group_of[number]) for number in sorted(group_of))

    @property
    def anonymous_verdict(self) -> Verdict:
        """What an unsigned call gets."""
        return verdict_of(Combined(self.anonymous, False, self.anonymous))


def holders(graph: AccessGraph, goal: Goal) -> Holders:
    """Who may do what `goal` says, directly. Builds no role hops, unless the question is who may assume a role."""
    number = graph.number(goal.node) if goal.action == ASSUME_ROLE else None
    if number is None:
        found = graph.reach(goal)
        return Holders(graph, goal, found.groups, found.unread, found.anonymous)
    # Role hops are built once for all roles; asking again would be the same question.
    trust = graph.trust
    return Holders(graph, goal, tuple(trust.sets[one] for one in trust.into[number]), number in trust.unread, anonymous=False)
