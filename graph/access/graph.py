"""AccessGraph: collected identities, the role hops between them, and what is asked of it on demand."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property

from xgraph.graph.model.estate import Estate
from xgraph.graph.model.principal import Principal
from xgraph.graph.policy.decision import Verdict
from xgraph.graph.policy.formula import Formula

from .actions import ActionClasses
from .candidates import ActionIndex
from .census import Census, Numbers, take_census
from .doors import Doors, admits
from .mentions import Mentions
from .reach import Reach, possible_allow, reach
from .renew import Earlier, kept_of
from .roster import Roster, guarded_goals
from .trust import HopSet, Progress, TrustHops, build_trust, renew_trust
from .world import ASSUME_ROLE, Actor, Goal, World


@contextmanager
def paused_garbage_collector() -> Iterator[None]:
    """Building makes many small objects and no cycles: the collector would only look at them again and again."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


@dataclass
class AccessGraph:
    """The graph of one estate. Principals are numbered in the order of their ARNs; root users are among them.

    `index` finds them by name. What a question needs is built when it is first asked: `trust` for chains, an index for each action.
    """

    world: World
    progress: Progress | None = None
    _indexes: dict[str, ActionIndex] = field(default_factory=dict)
    built: Callable[[AccessGraph], object] | None = None  # told when the role hops are there
    earlier: Earlier | None = None  # of an earlier state of the estate: what of it still holds is not worked out again

    @cached_property
    def index(self) -> Roster:
        """The collected identities by number, ARN, account and session name."""
        return Roster(self.world)

    @cached_property
    def census(self) -> Census:
        """Policies in numbers, of which all indexes are made."""
        before = None if self.earlier is None else (self.earlier.census, self.earlier.documents)
        with paused_garbage_collector():
            return take_census(self.world, self.index, self.progress, before)

    @cached_property
    def trust(self) -> TrustHops:
        """All role hops between collected identities."""
        with paused_garbage_collector():
            found = self._trust()
            if self.built is not None:
                vars(self)["trust"] = found
                self.built(self)
            return found

    def _trust(self) -> TrustHops:
        index = self.index_of(ASSUME_ROLE)
        kept = None if self.earlier is None else kept_of(self.earlier, self.world.estate, self.index)
        if kept is None or self.earlier is None or self.census.accounts != self.earlier.census.accounts:
            return build_trust(self.world, index, self.progress)
        taken = [AskedHops(self, *one) for one in kept.sets()]
        self.earlier = None  # nothing more is taken from it
        return renew_trust(self.world, index, kept, taken)

    @property
    def principals(self) -> Sequence[Principal]:
        """Users, roles and root users of the collected accounts, by number."""
        return self.index.principals

    def number(self, arn: str) -> int | None:
        """The number of a collected principal."""
        return self.index.by_arn.get(arn)

    def actor(self, number: int) -> Actor:
        """The node of a numbered principal."""
        return self.world.actor(self.index.principals[number])

    def index_of(self, action: str) -> ActionIndex:
        """The identity side of one action, made once."""
        found = self._indexes.get(action)
        if found is None:
            with paused_garbage_collector():
                found = self._indexes[action] = ActionIndex(self.world, self.index, action, self.census)
        return found

    @cached_property
    def action_classes(self) -> ActionClasses:
        """The actions that no statement of the estate tells apart, by service and resource type."""
        return ActionClasses(self.world.estate)

    def reach(self, goal: Goal) -> Reach:
        """Every collected principal that may do what the goal says."""
        return reach(self.world, self.index_of(goal.action), goal, self.index_of)

    def guarded_goals(self) -> Iterator[Goal]:
        """Every role and every resource with a policy, as goals of no particular action."""
        return guarded_goals(self.world, self.index.principals)

    def roles_from(self, actor: Actor) -> tuple[int, ...]:
        """The roles that an actor which is no numbered node (a session, a stranger, a service) may assume."""
        found = []
        for number in self.candidates_from(actor):
            allow, _ = self.role_hop(actor, number)
            if allow is not False:
                found.append(number)
        return tuple(found)

    def role_hop(self, actor: Actor, role: int) -> tuple[Formula, object]:
        """When the actor may assume the role."""
        return possible_allow(self.world, actor, self.world.goal(self.index.principals[role].arn, ASSUME_ROLE))

    def candidates_from(self, actor: Actor) -> Iterable[int]:
        """Roles worth asking about: those a session's role reaches, whose trust mentions the stranger, or that have a door for it."""
        if actor.doors is not None:
            return self._behind_doors(actor.doors)
        if actor.principal is not None:
            number = self.number(actor.principal.arn)
            sets = self.trust.out[number] if number is not None else ()
            return sorted({target for one in sets for target in self.trust.sets[one].targets})
        return self._mentions.of(actor.caller)

    def _behind_doors(self, doors: Doors) -> Iterable[int]:
        found = {number for role in doors.bound if (number := self.number(role)) is not None}
        for number, principal in enumerate(self.index.principals) if doors.gates else ():
            if principal.trust is not None and any(admits(principal, gate) for gate in doors.gates):
                found.add(number)
        return sorted(found)

    @cached_property
    def _mentions(self) -> Mentions:
        return Mentions(self.index.principals, dict(self.world.estate.canonical_ids))


class AskedHops(HopSet):
    """A set whose condition is worked out again when somebody asks for it: by the same question that made it."""

    def __init__(self, graph: AccessGraph, verdict: Verdict, numbers: Numbers, targets: list[int]) -> None:
        self.verdict = verdict
        self.numbers = numbers
        self.targets = targets
        self._graph = graph

    @cached_property
    def allow(self) -> Formula:  # type: ignore[override]  # the parent's is a field
        graph = self._graph
        goal = graph.world.goal(graph.principals[self.targets[0]].arn, ASSUME_ROLE)
        return possible_allow(graph.world, graph.actor(int(self.numbers[0])), goal)[0]


def build_graph(estate: Estate, at: str | None = None, progress: Progress | None = None) -> AccessGraph:
    """The graph of an estate, with its role hops. `at`: the moment of analysis (ISO 8601), None for any time."""
    graph = open_graph(estate, at, progress)
    _ = graph.trust
    return graph


def open_graph(estate: Estate, at: str | None = None, progress: Progress | None = None) -> AccessGraph:
    """The graph of an estate, of which nothing is built until it is asked for."""
    return AccessGraph(World(estate, at), progress)
