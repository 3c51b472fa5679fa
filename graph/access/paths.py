"""Every simple chain of hops from some sources to one goal, shortest first (contract sections 4 and 5)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from xgraph.graph.policy.authorize import Control
from xgraph.graph.policy.caller import CallerKind

from .country import Country, Origin
from .filters import NO_FILTERS, Filters
from .graph import AccessGraph
from .hops import ways_of
from .reach import Reach, Reached, possible_allow
from .twins import Twins
from .walks import GOAL, State, Walks, subsets
from .world import ASSUME_ROLE, Actor, Goal

ROLE_HOP = frozenset(("assume-role",))


@dataclass(frozen=True, slots=True)
class Start:
    """A source node. `number` None: it is no numbered principal; `roles` are then its first hops."""

    actor: Actor
    number: int | None
    roles: tuple[int, ...] = ()
    ends: bool = False  # its first hop may be the last one


@dataclass(frozen=True, slots=True)
class Route:
    """A chain as numbers: from `start` over `roles` to the goal.

    `withheld`: the hops (0-based) that are not possible, each with what withholds it. `stands_for`: how many chains through
    interchangeable principals it is one of.
    """

    start: Start
    roles: tuple[int, ...]
    withheld: tuple[tuple[int, Control], ...] = ()
    stands_for: int = 1

    @property
    def blocked_at(self) -> int | None:
        """The first hop that is not possible, None if all are."""
        return self.withheld[0][0] if self.withheld else None


class Search:
    """All routes from some sources to one goal over at most `max_hops` hops.

    `country` may be shared by searches from the same sources. With `is_folded` one route stands for all that differ only in
    interchangeable principals, but for the families of `expanded`. `tick` is called at every step, and may raise.
    """

    def __init__(
        self,
        graph: AccessGraph,
        actors: tuple[Actor, ...],
        goal: Goal,
        max_hops: int,
        filters: Filters = NO_FILTERS,
        *,
        country: Country | None = None,
        is_folded: bool = False,
        expanded: frozenset[str] = frozenset(),
        tick: Callable[[], None] = lambda: None,
    ) -> None:
        self.graph = graph
        self.goal = goal
        self.max_hops = max_hops
        self.filters = filters
        self.country = country or Country(graph, actors, max_hops, filters)
        self.goal_number = graph.number(goal.node) if goal.action == ASSUME_ROLE else None
        self.reach = self._reach()
        self.is_admitted = filters.admit(goal.node, goal.target.owner)
        self.finals = self._finals()
        self.starts = tuple(self._start(origin) for origin in self.country.origins if origin.actor.node != goal.node)
        self._plain: dict[int, int] = {}
        self._states: dict[State, int] = {}
        self._nearest: dict[int, int] = self._plain
        self._spread()
        self.twins = Twins(self, expanded) if is_folded else None
        self._walks: Walks | None = None
        self.tick = tick

    # ------------------------------------------------------------------------------------------------------- the ends

    def _reach(self) -> Reach:
        if self.goal_number is None:
            return self.graph.reach(self.goal)
        # Role hops were built once; asking again would be the same question.
        trust = self.graph.trust
        groups = tuple(Reached(one.verdict, one.allow, one.numbers) for one in (trust.sets[n] for n in trust.into[self.goal_number]))
        return Reach(groups, self.goal_number in trust.unread, anonymous=False)

    def _finals(self) -> dict[int, int]:
        """The principals of the country that reach the goal by one hop, and the group of their decision."""
        first = self.country.first
        if not self.is_admitted:
            return {}
        return {
            member: number
            for number, group in enumerate(self.reach.groups)
            if self.filters.accept(group.verdict, group.allow)
            for member in group.members
            if member in first and member != self.goal_number
        }

    def _start(self, origin: Origin) -> Start:
        actor, number = origin.actor, origin.number
        if number is not None:
            return Start(actor, number, ends=number in self.finals)
        roles = tuple(role for role in origin.roles if role != self.goal_number and role != self.own_role(actor))
        return Start(actor, None, roles, self.is_admitted and self._ends(actor))

    def _ends(self, actor: Actor) -> bool:
        allow, _ = possible_allow(self.graph.world, actor, self.goal)
        # R4.16: who has credentials can drop them; a service acts with its own.
        public = self.reach.anonymous if actor.caller.kind is not CallerKind.SERVICE else False
        return any(formula is not False and self.country.accepts(formula) for formula in (allow, public))

    def own_role(self, actor: Actor) -> int | None:
        """A session and its role are one identity: coming back to the role would be going in a circle."""
        is_session = actor.principal is not None and actor.caller.session is not None
        return self.graph.number(actor.principal.arn) if is_session and actor.principal is not None else None

    # ------------------------------------------------------------------------------------------- how far it is to go

    def _spread(self) -> None:
        """From the goal backwards: from which states of the country, by how few hops, it can be reached at all."""
        if self.filters.wishes:
            self._states = self._spread_states()
            self._nearest = {}
            for (node, _), left in self._states.items():
                self._nearest[node] = min(left, self._nearest.get(node, left))
            return
        country, plain = self.country, self._plain
        frontier = [n for n in self.finals if country.first[n] < self.max_hops]
        plain.update(dict.fromkeys(frontier, 1))
        seen: set[int] = set()
        for hops in range(2, self.max_hops + 1):
            ahead: list[int] = []
            for target in frontier:
                for one in self.graph.trust.into[target]:
                    if one not in seen and one in country.targets:
                        seen.add(one)
                        ahead += country.members[one]
            frontier = []
            for number in ahead:
                if number not in plain and number != self.goal_number and country.first[number] + hops <= self.max_hops:
                    plain[number] = hops
                    frontier.append(number)

    def _spread_states(self) -> dict[State, int]:
        left: dict[State, int] = {}
        frontier: list[State] = [(GOAL, 0)]
        for hops in range(1, self.max_hops + 1):
            ahead: list[State] = []
            for node, wish in frontier:
                for before, met in self._before(node):
                    if self.country.first[before] + hops > self.max_hops:
                        continue
                    for more in subsets(met):
                        state = before, wish | more
                        if state not in left:
                            left[state] = hops
                            ahead.append(state)
            frontier = ahead
        return left

    def _before(self, node: int) -> Iterator[tuple[int, int]]:
        """The principals one hop before a node, and the wishes that the hop and the node fulfil."""
        if node == GOAL:
            for number in self.finals:
                yield number, self.met_at_goal(number)
            return
        for one in self.graph.trust.into[node]:
            for member in self.country.members.get(one, ()):
                if member not in (node, self.goal_number):
                    yield member, self.met(member, node)

    def _account(self, number: int) -> str:
        return self.graph.index.principals[number].account

    def met(self, source: int, role: int) -> int:
        """The wishes that a hop between two principals and the second of them fulfil."""
        principal = self.graph.index.principals[role]
        at = self.filters.met_at(principal.arn, principal.account)
        return at | self.filters.met_by(self._account(source), principal.account, ROLE_HOP)

    def met_at_goal(self, number: int) -> int:
        """The wishes that the last hop and the goal fulfil."""
        return self.met_by_actor(self.graph.actor(number))

    def met_by_actor(self, actor: Actor) -> int:
        """What the hop from an actor to the goal fulfils, the goal included."""
        owner = self.goal.target.owner
        ways = frozenset(ways_of(self.graph.world, actor, self.goal)) if self.filters.mechanisms else frozenset[str]()
        return self.filters.met_at(self.goal.node, owner) | self.filters.met_by(actor.account, owner, ways)

    # ------------------------------------------------------------------------------------------------------- the walks

    def left(self, state: State) -> int | None:
        """Walks: the least number of hops to the goal."""
        node, _ = state
        if node == GOAL:
            return 0
        if node < GOAL:
            ahead = [left for one in self.steps(state) if (left := self.left(one)) is not None]
            return 1 + min(ahead) if ahead else None
        return self._states.get(state) if self.filters.wishes else self._plain.get(node)

    def nearest(self, node: int) -> int:
        """Walks: the least number of hops to the goal, whatever is wished for."""
        return self._nearest.get(node, self.max_hops + 1)

    def room(self, node: int) -> int:
        """Walks: as often as a node stands for different principals."""
        return self.twins.size_of(node) if self.twins else 1

    def bars(self, node: int) -> int | None:
        """Walks: the node that can't be visited once this one has been."""
        return self.own_role(self.starts[-2 - node].actor) if node < GOAL else None

    def steps(self, state: State) -> list[State]:
        """Walks: where a state leads by one hop."""
        node, wish = state
        if node < GOAL:
            return self._first_steps(self.starts[-2 - node], wish)
        found: list[State] = []
        if node in self.finals and not (wish and wish & ~self.met_at_goal(node)):
            found.append((GOAL, 0))
        wanted = self._states if self.filters.wishes else None
        for one in self.graph.trust.out[node]:
            for target in self._targets(one):
                if wanted is None:
                    if target in self._plain:
                        found.append((target, 0))
                elif target != node and (ahead := (target, wish & ~self.met(node, target))) in wanted:
                    found.append(ahead)
        return found

    def _targets(self, one: int) -> Iterable[int]:
        if self.twins:
            return self.twins.targets(one)
        return self.country.targets.get(one, ())

    def _first_steps(self, start: Start, wish: int) -> list[State]:
        found: list[State] = []
        if start.ends and not (wish and wish & ~self.met_by_actor(start.actor)):
            found.append((GOAL, 0))
        roles = {self.twins.chosen(role) for role in start.roles} if self.twins else start.roles
        for role in roles:
            ahead = (role, wish & ~self.met_from(start.actor, role) if wish else 0)
            if self.left(ahead) is not None:
                found.append(ahead)
        return found

    def met_from(self, actor: Actor, role: int) -> int:
        """The wishes that a source's first hop and the role fulfil."""
        principal = self.graph.index.principals[role]
        met = self.filters.met_at(principal.arn, principal.account)
        goal = self.graph.world.goal(principal.arn, ASSUME_ROLE)
        ways = frozenset(ways_of(self.graph.world, actor, goal)) if actor.doors is not None else ROLE_HOP
        return met | self.filters.met_by(actor.account, principal.account, ways)

    def roots(self) -> Iterator[State]:
        """The states in which walks begin."""
        wishes = self.filters.wishes
        for position, start in enumerate(self.starts):
            node = -2 - position if start.number is None else start.number
            if self.twins and start.number is not None and self.twins.chosen(node) != node:
                continue
            met = self.filters.met_at(start.actor.node, start.actor.account) if wishes else 0
            yield node, wishes & ~met

    @cached_property
    def _by_number(self) -> dict[int, Start]:
        return {start.number: start for start in self.starts if start.number is not None}

    def routes(self) -> Iterator[Route]:
        """Possible routes, shortest first, in a fixed order."""
        for length in range(1, self.max_hops + 1):
            yield from self.routes_of(length)

    def routes_of(self, length: int) -> Iterator[Route]:
        """The possible routes of this length; to be asked for growing lengths."""
        if self._walks is None:
            self._walks = Walks(self, self.roots(), self.max_hops, self.tick)
        for nodes in self._walks.of(length):
            start = self.start_of(nodes[0])
            if self.twins is None:
                yield Route(start, nodes[1:])
            else:
                yield self._unfolded(start, nodes)

    def start_of(self, node: int) -> Start:
        """The source that a walk begins with."""
        return self._by_number[node] if node >= 0 else self.starts[-2 - node]

    def _unfolded(self, start: Start, nodes: tuple[int, ...]) -> Route:
        """The route through the first members of each family."""
        if self.twins is None:
            return Route(start, nodes[1:])
        members = self.twins.members_on(nodes)
        start = self.start_of(members[0])
        return Route(start, members[1:], stands_for=self.twins.count(nodes))

    @property
    def is_over(self) -> bool:
        """Whether all routes have been given."""
        return self._walks is not None and self._walks.is_over

    # ---------------------------------------------------------------------------------------------------- upper bounds

    @property
    def behind(self) -> frozenset[int]:
        """The principals from which the goal can be reached on a chain of this search."""
        return frozenset(node for node in self._nearest if node >= 0)

    @cached_property
    def everywhere(self) -> frozenset[int]:
        """All principals from which the goal can be reached in time, whether the sources come to them or not."""
        trust = self.graph.trust
        seen = {member for group in self.reach.groups for member in group.members} - {self.goal_number}
        frontier, sets = list(seen), set[int]()
        for _ in range(self.max_hops - 2):
            ahead = {one for number in frontier for one in trust.into[number]} - sets
            sets |= ahead
            frontier = list({member for one in ahead for member in trust.sets[one].members} - seen - {self.goal_number})
            seen.update(frontier)
        return frozenset(seen)

    def most_routes(self) -> int:
        """How many walks of at most `max_hops` hops there are, visiting nodes as often as they like: an upper bound of the routes."""
        trust, country = self.graph.trust, self.country
        walks: dict[int, int] = {number: 1 for number in self.finals if number in self._nearest}
        total = sum(start.ends for start in self.starts)
        useful = {one for number in self._nearest for one in trust.into[number] if one in country.targets}
        for length in range(2, self.max_hops + 1):
            through = {one: sum(walks.get(target, 0) for target in country.targets[one]) for one in useful}
            for start in self.starts:
                if start.number is None:
                    total += sum(walks.get(role, 0) for role in start.roles)
            ahead: defaultdict[int, int] = defaultdict(int)
            for one in useful:
                if through[one]:
                    targets = self._target_sets[one]
                    for member in country.members[one]:
                        if member in self._nearest and country.first[member] + length <= self.max_hops:
                            ahead[member] += through[one] - (walks.get(member, 0) if member in targets else 0)
            walks = dict(ahead)
            total += sum(walks.get(start.number, 0) for start in self.starts if start.number is not None)
        return total

    @cached_property
    def _target_sets(self) -> dict[int, frozenset[int]]:
        return {one: frozenset(targets) for one, targets in self.country.targets.items()}

    def bundles(self) -> Iterator[tuple[tuple[str, ...], tuple[str, ...]]]:
        """All hops on walks of at most `max_hops` hops, as pairs of nodes: each of the first to each of the second."""
        country, trust, nearest = self.country, self.graph.trust, self._nearest
        arn = self.graph.index.principals
        for one, targets in sorted(country.targets.items()):
            by_first: defaultdict[int, list[int]] = defaultdict(list)
            for member in country.members[one]:
                if member in nearest:
                    by_first[country.first[member]].append(member)
            for first, members in sorted(by_first.items()):
                near = [t for t in targets if t in nearest and first + 1 + nearest[t] <= self.max_hops]
                if near and not (len(members) == 1 and members == near):
                    yield tuple(arn[m].arn for m in members), tuple(arn[t].arn for t in near)
        _ = trust
        for start in self.starts:
            near = [role for role in start.roles if role in nearest and 1 + nearest[role] <= self.max_hops]
            if near:
                yield (start.actor.node,), tuple(arn[role].arn for role in near)
        last = [arn[n].arn for n in self.finals if n in nearest] + [s.actor.node for s in self.starts if s.number is None and s.ends]
        if last:
            yield tuple(last), (self.goal.node,)
