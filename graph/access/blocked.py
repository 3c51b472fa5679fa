"""Near misses: chains of which a few controls withhold a few hops (contract section 6)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from xgraph.graph.policy.authorize import Control

from .near import NearMisses
from .paths import Route, Search
from .trust import HopSet
from .walks import GOAL, State, Walks, subsets
from .world import ASSUME_ROLE

Edge = tuple[int, int, int]  # a node, the wishes that the hop fulfils, how many controls withhold it


class BlockedSearch:
    """Routes that at least one and at most `most` controls withhold, as walks whose states count controls as well as wishes."""

    def __init__(self, search: Search, most: int = 1) -> None:
        self.search = search
        self.most = most
        self.near = NearMisses(search.graph, self._origins(), most)
        self._into: dict[int, dict[int, Control]] = {}
        self._ahead: defaultdict[int, dict[int, Control]] = defaultdict(dict)
        self._special: dict[int, dict[int, Control]] = {}
        self.finals = self._finals()
        self._look()
        self._width = search.filters.wishes + 1
        self._left: dict[State, int] = {}
        self._nearest: dict[int, int] = {}
        self._spread()

    # ------------------------------------------------------------------------------------------------ what is withheld

    def _origins(self) -> frozenset[int]:
        """Principals that some source is, or becomes: over possible hops, or over any hops where several may be withheld."""
        search = self.search
        if self.most == 1:
            return frozenset(search.country.first)
        return frozenset(number for number in range(len(search.graph.index.principals)) if search.country.admits(number))

    def _finals(self) -> frozenset[int]:
        """Whoever reaches the goal by one possible hop, whether the sources come there or not."""
        search = self.search
        if not search.is_admitted:
            return frozenset()
        accepted = (group for group in search.reach.groups if search.filters.accept(group.verdict, group.allow))
        return frozenset(m for group in accepted for m in group.members if m != search.goal_number and search.country.admits(m))

    def _look(self) -> None:
        """The withheld hops into the goal, then those into the roles from which it can be reached, as often as there are controls."""
        search = self.search
        if not search.is_admitted:
            return
        able = frozenset(member for group in search.reach.groups for member in group.members)
        misses = self.near.into(search.goal, able) if search.goal_number is None else self.near.into_role(search.goal_number)
        self._note(GOAL, misses)
        asked: set[int] = set()
        entered: set[int] = set(self.finals)
        for _ in range(self.most):
            # Whoever misses something narrowly is a place from which the goal can be reached, too.
            roles = {role for role in self._all_before(entered) if self._is_role(role)} - asked
            asked |= roles
            for role in sorted(roles):
                search.tick()
                if search.country.admits(role) and role != search.goal_number:
                    self._note(role, self.near.into_role(role))
            entered = {number for misses in self._into.values() for number in misses}

    def _note(self, node: int, misses: Mapping[int, Control]) -> None:
        found = {number: control for number, control in misses.items() if number != self.search.goal_number}
        if found:
            self._into[node] = found
            for number, control in found.items():
                self._ahead[number][node] = control

    def _all_before(self, numbers: Iterable[int]) -> set[int]:
        """These principals and all from which they can be reached over possible hops."""
        seen = set(numbers)
        frontier = list(seen)
        for _ in range(self.search.max_hops - 2):
            sets = {one for number in frontier for one in self.search.graph.trust.into[number]}
            frontier = list({member for one in sets for member in self._members(one) if member not in seen})
            seen.update(frontier)
        return seen

    def _is_role(self, number: int) -> bool:
        return self.search.graph.index.principals[number].trust is not None

    def _of_start(self, position: int) -> dict[int, Control]:
        """What a source that is no numbered principal misses narrowly."""
        found = self._special.get(position)
        if found is None:
            search, graph = self.search, self.search.graph
            start = search.starts[position]
            found = {}
            useful = {node for node, _ in self._left if node >= 0 and self._is_role(node)}
            for role in sorted(useful - set(start.roles) - {search.own_role(start.actor)}):
                doors = start.actor.doors
                if doors is not None and doors.to(graph.index.principals[role].arn) is None:
                    continue  # there is no request that it could make
                control = self.near.control(start.actor, graph.world.goal(graph.index.principals[role].arn, ASSUME_ROLE))
                if control is not None:
                    found[role] = control
            single = None if start.ends or not search.is_admitted else self.near.control(start.actor, search.goal)
            if single is not None:
                found[GOAL] = single
            self._special[position] = found
        return found

    # ------------------------------------------------------------------------------------------------------ the terrain

    def _spread(self) -> None:
        frontier: list[State] = [(GOAL, spent * self._width) for spent in range(1, self.most + 1)]
        left = self._left
        for hops in range(1, self.search.max_hops + 1):
            ahead: list[State] = []
            for node, rest in frontier:
                spent, wish = divmod(rest, self._width)
                for before, met, cost in self._edges_into(node):
                    if cost < spent or (cost == spent and before in self.search.country.first):
                        for more in subsets(met):
                            state = before, (spent - cost) * self._width + (wish | more)
                            if state not in left:
                                left[state] = hops
                                ahead.append(state)
            frontier = ahead
        for (node, _), hops in left.items():
            self._nearest[node] = min(hops, self._nearest.get(node, hops))

    def _edges_into(self, node: int) -> Iterator[Edge]:
        """The principals one hop before a node: possible hops cost nothing, withheld ones as many controls as withhold them."""
        search, trust = self.search, self.search.graph.trust
        wishes = self._width > 1
        for number, control in self._into.get(node, {}).items():
            yield number, self._met(number, node) if wishes else 0, control.count
        if node == GOAL:
            for number in self.finals:
                yield number, self._met(number, node) if wishes else 0, 0
            return
        for one in trust.into[node]:
            for member in self._members(one):
                if member not in (node, search.goal_number):
                    yield member, self._met(member, node) if wishes else 0, 0

    def _members(self, one: int) -> Iterable[int]:
        hop_set = self.search.graph.trust.sets[one]
        return self._admitted(hop_set, hop_set.members)

    def _admitted(self, hop_set: HopSet, numbers: Iterable[int]) -> Iterable[int]:
        filters = self.search.filters
        if filters.allowed_only and not filters.accept(hop_set.verdict, hop_set.allow):
            return ()
        return [number for number in numbers if self.search.country.admits(number)]

    def _met(self, number: int, node: int) -> int:
        return self.search.met_at_goal(number) if node == GOAL else self.search.met(number, node)

    def left(self, state: State) -> int | None:
        """Walks: the least number of hops to the goal."""
        node, _ = state
        if node == GOAL:
            return 0
        if node < GOAL:
            ahead = [left for one in self.steps(state) if (left := self.left(one)) is not None]
            return 1 + min(ahead) if ahead else None
        return self._left.get(state)

    def nearest(self, node: int) -> int:
        """Walks: the least number of hops to the goal, whatever may be withheld."""
        return self._nearest.get(node, self.search.max_hops + 1)

    def room(self, node: int) -> int:
        """Walks: every node is visited once."""
        _ = node
        return 1

    def bars(self, node: int) -> int | None:
        """Walks: the role of the session that a walk starts with."""
        return self.search.bars(node)

    def steps(self, state: State) -> list[State]:
        """Walks: where a state leads by one hop, possible or withheld."""
        node, rest = state
        spent, wish = divmod(rest, self._width)
        found = []
        for ahead, met, cost in self._edges_from(node):
            after = (spent + cost) * self._width + (wish & ~met)
            if ahead == GOAL:
                if not wish & ~met and 1 <= spent + cost <= self.most:
                    found.append((GOAL, after))
            elif ahead != node and (ahead, after) in self._left:
                found.append((ahead, after))
        return found

    def _edges_from(self, node: int) -> Iterator[Edge]:
        search = self.search
        wishes = self._width > 1
        if node < GOAL:
            start = search.starts[-2 - node]
            if start.ends:
                yield GOAL, search.met_by_actor(start.actor) if wishes else 0, 0
            for role in start.roles:
                yield role, search.met_from(start.actor, role) if wishes else 0, 0
            for role, control in self._of_start(-2 - node).items():
                yield role, search.met_from(start.actor, role) if wishes and role != GOAL else 0, control.count
            return
        if node in self.finals:
            yield GOAL, self._met(node, GOAL) if wishes else 0, 0
        for one in search.graph.trust.out[node]:
            for target in self._targets(one):
                yield target, self._met(node, target) if wishes else 0, 0
        for target, control in self._ahead.get(node, {}).items():
            yield target, self._met(node, target) if wishes else 0, control.count

    def _targets(self, one: int) -> Iterable[int]:
        hop_set = self.search.graph.trust.sets[one]
        return self._admitted(hop_set, hop_set.targets)

    # ------------------------------------------------------------------------------------------------------- the routes

    def routes(self) -> Iterator[Route]:
        """All routes with a withheld hop, shortest first."""
        for length in range(1, self.search.max_hops + 1):
            yield from self.routes_of(length)

    def routes_of(self, length: int) -> Iterator[Route]:
        """The routes of this length; to be asked for growing lengths."""
        search = self.search
        if self._walks is None:
            self._walks = Walks(self, search.roots(), search.max_hops, search.tick)
        for nodes in self._walks.of(length):
            start = search.start_of(nodes[0])
            yield Route(start, nodes[1:], tuple(self._withheld(nodes)))

    _walks: Walks | None = None

    def _withheld(self, nodes: tuple[int, ...]) -> Iterator[tuple[int, Control]]:
        for position, (node, ahead) in enumerate(zip(nodes, (*nodes[1:], GOAL), strict=True)):
            misses = self._of_start(-2 - node) if node < GOAL else self._ahead.get(node, {})
            control = misses.get(ahead)
            if control is not None:
                yield position, control
