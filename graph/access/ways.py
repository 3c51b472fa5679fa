"""The best way from many principals to one goal, and from one principal to all that it can become.

A way is ALLOWED when all of its hops are. The best one is ALLOWED before CONDITIONAL, then shortest; among equals the one over the
roles with the lowest numbers. Walks over sets find it, so the cost does not grow with the pairs that the sets stand for.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from xgraph.graph.policy.decision import Verdict

from .graph import AccessGraph
from .holders import Holders
from .paths import Route, Start
from .trust import TrustHops
from .world import ASSUME_ROLE


@dataclass(frozen=True, slots=True)
class Step:
    """How a way goes on: hops left to its end (forward: hops made so far), the role that comes next (came before), and the number
    of the set of hops that leads to it."""

    hops: int
    role: int | None
    through: int | None = None


Steps = Mapping[int, Step]


class WaysTo:
    """From which principals at most `max_hops` hops lead to a goal."""

    def __init__(self, graph: AccessGraph, held: Holders, max_hops: int) -> None:
        self.graph = graph
        self.max_hops = max_hops
        self.goal_number = graph.number(held.goal.node) if held.goal.action == ASSUME_ROLE else None
        ends = {m: group.verdict for group in held.groups for m in group.members if m != self.goal_number}
        sure = [number for number, verdict in ends.items() if verdict is Verdict.ALLOWED]
        self.allowed: Steps = self._grow(sure, max_hops, only_allowed=True)
        self.possible: Steps = self._grow(ends, max_hops, only_allowed=False)

    def _grow(self, ends: Iterable[int], max_hops: int, *, only_allowed: bool) -> dict[int, Step]:
        trust = self.graph.trust
        found = {number: Step(1, None) for number in ends}
        frontier, used = sorted(found), set[int]()
        for hops in range(2, max_hops + 1):
            reached: dict[int, Step] = {}
            for role in frontier:
                for one in _unused(trust.into[role], used, trust, only_allowed=only_allowed):
                    for member in trust.sets[one].members:
                        if member not in found and member != self.goal_number:
                            reached.setdefault(member, Step(hops, role, one))
            found |= reached
            frontier = sorted(reached)
        return found

    def verdict(self, number: int) -> Verdict:
        """The best verdict that the principal can have of the goal; it must have a way."""
        return Verdict.ALLOWED if number in self.allowed else Verdict.CONDITIONAL

    def steps(self, number: int) -> Steps:
        """The table that holds the principal's best way."""
        return self.allowed if number in self.allowed else self.possible

    def roles(self, number: int) -> tuple[int, ...]:
        """The roles on the best way, in order."""
        steps = self.steps(number)
        found = []
        here = steps[number].role
        while here is not None:
            found.append(here)
            here = steps[here].role
        return tuple(found)

    def route(self, number: int) -> Route:
        """The best way of a numbered principal."""
        return Route(Start(self.graph.actor(number), number), self.roles(number))


class WaysFrom:
    """What some principals can become within `max_hops` hops. `starts` are numbered; `first` are the roles that a start which is no
    numbered node becomes by its first hop, with their verdicts; `barred` is a role that no way may go through."""

    def __init__(
        self, graph: AccessGraph, starts: Iterable[int], first: Mapping[int, Verdict], max_hops: int, barred: int | None = None
    ) -> None:
        self.graph = graph
        self._barred = barred
        own = {number: Step(0, None) for number in starts}
        sure = {role: Step(1, None) for role, verdict in first.items() if verdict is Verdict.ALLOWED}
        self.allowed: Steps = self._grow({**sure, **own}, max_hops, only_allowed=True)
        self.possible: Steps = self._grow({**{role: Step(1, None) for role in first}, **own}, max_hops, only_allowed=False)

    def _grow(self, begun: dict[int, Step], max_hops: int, *, only_allowed: bool) -> dict[int, Step]:
        trust = self.graph.trust
        found, used = dict(begun), set[int]()
        for hops in range(1, max_hops + 1):
            frontier = sorted(number for number, step in found.items() if step.hops == hops - 1)
            for number in frontier:
                for one in _unused(trust.out[number], used, trust, only_allowed=only_allowed):
                    for target in trust.sets[one].targets:
                        if target not in found and target != self._barred:
                            found[target] = Step(hops, number, one)
        return found

    def verdict(self, number: int) -> Verdict:
        """The best verdict of the way to a principal that can be reached."""
        return Verdict.ALLOWED if number in self.allowed else Verdict.CONDITIONAL

    def chain_to(self, number: int, *, allowed: bool) -> tuple[int, ...]:
        """The numbers on the way to a principal, itself last; a numbered start comes first."""
        steps = self.allowed if allowed else self.possible
        found = [number]
        while (before := steps[found[-1]].role) is not None:
            found.append(before)
        return tuple(reversed(found))


def _unused(sets: Iterable[int], used: set[int], trust: TrustHops, *, only_allowed: bool) -> Iterable[int]:
    """The sets that no earlier step has gone through: going through one once reaches everything behind it."""
    for one in sets:
        if one not in used and (not only_allowed or trust.sets[one].verdict is Verdict.ALLOWED):
            used.add(one)
            yield one
