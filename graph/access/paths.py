"""Every simple chain of hops, shortest first, without walking into dead ends.

Tables say from which nodes a walk of exactly k hops ends at the goal; the search only steps where such a walk is left.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from xgraph.graph.policy.authorize import Control
from xgraph.graph.policy.caller import CallerKind

from .graph import AccessGraph
from .near import NearMisses
from .reach import Reach, possible_allow
from .world import ASSUME_ROLE, Actor, Goal


@dataclass(frozen=True, slots=True)
class Start:
    """A source node. `number` None: it is no numbered principal; `roles` are then its first hops."""

    actor: Actor
    number: int | None
    roles: tuple[int, ...] = ()
    ends: bool = False  # its first hop may be the last one


@dataclass(frozen=True, slots=True)
class Route:
    """A chain as numbers: from `start` over `roles` to the goal. `blocked_at`: the hop that is not possible, None if all are."""

    start: Start
    roles: tuple[int, ...]
    blocked_at: int | None = None


class Search:
    """All routes from some sources to one goal over at most `max_hops` hops."""

    def __init__(self, graph: AccessGraph, actors: tuple[Actor, ...], goal: Goal, max_hops: int) -> None:
        self.graph = graph
        self.goal = goal
        self.max_hops = max_hops
        self.goal_number = graph.number(goal.node) if goal.action == ASSUME_ROLE else None
        self.reach = self._reach()
        self.finals = frozenset(member for group in self.reach.groups for member in group.members) - {self.goal_number}
        self.starts = tuple(self._start(actor) for actor in actors if actor.node != goal.node)
        # walks[k]: principals from which a walk of exactly k hops leads to the goal.
        self.walks: list[frozenset[int]] = [frozenset(), self.finals]
        self._grow()
        self._next: dict[tuple[int, int], tuple[int, ...]] = {}

    def _reach(self) -> Reach:
        if self.goal_number is None:
            return self.graph.reach(self.goal)
        # Role hops were built once; asking again would be the same question.
        trust = self.graph.trust
        groups = tuple(trust.sets[one] for one in trust.into[self.goal_number])
        return Reach(groups, self.goal_number in trust.unread, anonymous=False)  # type: ignore[arg-type]  # a HopSet is a Reached with targets

    def _start(self, actor: Actor) -> Start:
        is_plain = actor.principal is not None and actor.caller.session is None
        number = self.graph.number(actor.node) if is_plain else None
        if number is not None:
            return Start(actor, number, ends=number in self.finals)
        roles = () if actor.caller.kind is CallerKind.ANONYMOUS else self.graph.roles_from(actor)
        allow, _ = possible_allow(self.graph.world, actor, self.goal)
        # R4.16: who has credentials can drop them; a service acts with its own.
        is_public = self.reach.anonymous is not False and actor.caller.kind is not CallerKind.SERVICE
        return Start(actor, None, tuple(r for r in roles if r != self.goal_number), allow is not False or is_public)

    def _grow(self) -> None:
        trust = self.graph.trust
        while len(self.walks) <= self.max_hops:
            sets = {one for role in self.walks[-1] for one in trust.into[role]}
            before = frozenset(member for one in sets for member in trust.sets[one].members)
            self.walks.append(before - {self.goal_number} if self.goal_number is not None else before)

    def routes(self) -> Iterator[Route]:
        """Possible routes, shortest first, in a fixed order."""
        for length in range(1, self.max_hops + 1):
            for start in self.starts:
                yield from self._from(start, length)

    def _from(self, start: Start, length: int) -> Iterator[Route]:
        if start.number is None:
            if length == 1:
                if start.ends:
                    yield Route(start, ())
                return
            first = tuple(role for role in start.roles if role in self.walks[length - 1])
            taken: list[int] = []
        else:
            if start.number not in self.walks[length]:
                return
            if length == 1:
                yield Route(start, ())
                return
            first = self._steps(start.number, length - 1)
            taken = [start.number]
        yield from self._deepen(start, first, taken, length - 1)

    def _deepen(self, start: Start, first: tuple[int, ...], taken: list[int], left: int) -> Iterator[Route]:
        """Depth first over the roles; a stack of iterators, so that long chains do not recurse."""
        own = 1 if start.number is not None else 0
        role_of_session = self.own_role(start)
        stack = [iter(first)]
        while stack:
            role = next(stack[-1], None)
            if role is None:
                stack.pop()
                if len(taken) > own:
                    taken.pop()
                continue
            if role in taken or role == role_of_session:
                continue
            remaining = left - len(stack) + 1
            if remaining == 1:
                yield Route(start, (*taken[own:], role))
                continue
            taken.append(role)
            stack.append(iter(self._steps(role, remaining - 1)))

    def own_role(self, start: Start) -> int | None:
        """A session and its role are one identity: coming back to the role would be going in a circle."""
        principal = start.actor.principal
        return self.graph.number(principal.arn) if start.number is None and principal is not None else None

    def suffixes(self, role: int, left: int, taken: set[int]) -> Iterator[tuple[int, ...]]:
        """The roles after `role` on simple ways of exactly `left` possible hops to the goal."""
        if role not in self.walks[left]:
            return
        if left == 1:
            yield ()
            return
        for following in self._steps(role, left - 1):
            if following not in taken:
                for rest in self.suffixes(following, left - 1, taken | {following}):
                    yield (following, *rest)

    def _steps(self, number: int, left: int) -> tuple[int, ...]:
        """Roles one hop away from which exactly `left` hops lead to the goal."""
        found = self._next.get((number, left))
        if found is None:
            trust, ahead = self.graph.trust, self.walks[left]
            found = tuple(sorted({t for one in trust.out[number] for t in trust.sets[one].targets if t in ahead and t != number}))
            self._next[number, left] = found
        return found

    # --------------------------------------------------------------------------------------------------- near misses

    def near_misses(self) -> Iterator[tuple[Route, Control]]:
        """Routes with exactly one hop that one control alone withholds, shortest first."""
        yield from self.blocked.routes()

    @cached_property
    def blocked(self) -> BlockedSearch:
        """The search for near misses, made when it is first asked for."""
        return BlockedSearch(self)


class BlockedSearch:
    """Routes with one withheld hop: possible hops to it, possible hops after it."""

    def __init__(self, search: Search) -> None:
        self.search = search
        graph, trust = search.graph, search.graph.trust
        self.near = NearMisses(graph, self._origins())
        able = search.finals
        self.goal_misses = self.near.into(search.goal, able) if search.goal_number is None else self.near.into_role(search.goal_number)
        behind = {role for walks in search.walks[1 : search.max_hops] for role in walks if trust.into[role] or self._is_role(role)}
        self.role_misses = {role: found for role in sorted(behind) if (found := self.near.into_role(role))}
        self.missed_by: dict[int, list[int]] = {}
        for role, found in self.role_misses.items():
            for number in found:
                self.missed_by.setdefault(number, []).append(role)
        # once[k]: principals from which exactly k hops, one of them withheld, lead to the goal.
        self.once: list[frozenset[int]] = [frozenset(), frozenset(self.goal_misses)]
        while len(self.once) <= search.max_hops:
            self.once.append(self._before(len(self.once)))
        self._special: dict[str, list[tuple[int, Control]]] = {}

    def _is_role(self, number: int) -> bool:
        return self.search.graph.index.principals[number].trust is not None

    def _origins(self) -> frozenset[int]:
        """Principals that some source is, or becomes over possible hops."""
        trust = self.search.graph.trust
        seen = {s.number for s in self.search.starts if s.number is not None}
        seen |= {role for s in self.search.starts for role in s.roles}
        frontier = set(seen)
        for _ in range(self.search.max_hops):
            sets = {one for number in frontier for one in trust.out[number]}
            frontier = {target for one in sets for target in trust.sets[one].targets} - seen
            seen |= frontier
        return frozenset(seen)

    def _before(self, hops: int) -> frozenset[int]:
        trust = self.search.graph.trust
        sets = {one for role in self.once[hops - 1] for one in trust.into[role]}
        found = {member for one in sets for member in trust.sets[one].members}
        walks = self.search.walks[hops - 1]
        found |= {number for role, misses in self.role_misses.items() if role in walks for number in misses}
        return frozenset(found - {self.search.goal_number})

    def routes(self) -> Iterator[tuple[Route, Control]]:
        """All routes with one withheld hop, shortest first, and the control that withholds it."""
        for length in range(1, self.search.max_hops + 1):
            for start in self.search.starts:
                yield from self._from(start, length)

    def _from(self, start: Start, length: int) -> Iterator[tuple[Route, Control]]:
        if start.number is not None:
            for roles, at, control in self._walk(start.number, length, (start.number,)):
                yield Route(start, roles[1:], at), control
            return
        banned = self.search.own_role(start)
        if length == 1:
            single = None if start.ends else self.near.control(start.actor, self.search.goal)
            if single is not None:
                yield Route(start, (), 0), single
            return
        for role, control in self._missed_by_special(start):
            if role != banned:
                for rest in self.search.suffixes(role, length - 1, {role, *(() if banned is None else (banned,))}):
                    yield Route(start, (role, *rest), 0), control
        for role in start.roles:
            if role != banned:
                for roles, at, control in self._walk(role, length - 1, (role,)):
                    if banned not in roles:
                        yield Route(start, roles, at + 1), control

    def _missed_by_special(self, start: Start) -> list[tuple[int, Control]]:
        found = self._special.get(start.actor.node)
        if found is None:
            graph = self.search.graph
            useful = {role for walks in self.search.walks[1:] for role in walks if self._is_role(role)} - set(start.roles)
            found = []
            for role in sorted(useful):
                control = self.near.control(start.actor, graph.world.goal(graph.index.principals[role].arn, ASSUME_ROLE))
                if control is not None:
                    found.append((role, control))
            self._special[start.actor.node] = found
        return found

    def _walk(self, here: int, left: int, taken: tuple[int, ...]) -> Iterator[tuple[tuple[int, ...], int, Control]]:
        """(roles, position of the withheld hop in this walk, control) for every walk of `left` hops from `here`."""
        if here not in self.once[left]:
            return
        if left == 1:
            yield taken, 0, self.goal_misses[here]
            return
        walks = self.search.walks[left - 1]
        for role in self.missed_by.get(here, ()):
            if role in walks and role not in taken:
                control = self.role_misses[role][here]
                for rest in self.search.suffixes(role, left - 1, {*taken, role}):
                    yield (*taken, role, *rest), 0, control
        ahead, trust = self.once[left - 1], self.search.graph.trust
        for role in sorted({t for one in trust.out[here] for t in trust.sets[one].targets if t in ahead}):
            if role not in taken:
                for roles, at, control in self._walk(role, left - 1, (*taken, role)):
                    yield roles, at + 1, control
