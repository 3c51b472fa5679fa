"""Who may access what and by which mechanisms, for very many goals: what is alike is worked out once.

Decisions come from `reach` and mechanisms from `hops`; nothing here has an opinion of its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from xgraph.graph.policy.authorize import ResourceSide, resource_end
from xgraph.graph.policy.decision import Verdict
from xgraph.graph.policy.formula import Formula

from .census import Numbers
from .graph import AccessGraph
from .hops import carriers, ways_of
from .reach import Alike, Door, Shared
from .world import Goal

Ways = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Access:
    """Principals (sorted numbers) with one decision about a goal and the mechanisms that suffice, the naming one first."""

    ways: Ways
    verdict: Verdict
    allow: Formula
    numbers: Numbers


@dataclass(slots=True)
class Accesses:
    """The accesses of one graph, goal by goal."""

    graph: AccessGraph
    _shared: Shared = field(default_factory=Shared)
    _ways: dict[object, Ways] = field(default_factory=dict)

    def into(self, goal: Goal) -> tuple[tuple[Access, ...], Formula]:
        """All accesses to a goal, and when unsigned calls work."""
        graph = self.graph
        # Whether a call needs more than one authorization is each goal's own matter.
        shared = Shared(self._shared.sides, {}, self._shared.decided)
        door = Door(graph.world, graph.index_of(goal.action), goal, shared, graph.index_of)
        found: dict[tuple[Ways, Verdict, Formula], list[Numbers]] = {}
        ends: dict[object, tuple[object, ...]] = {}
        for alike in door.alike(goal):
            verdict, allow, _ = alike.decided
            found.setdefault((self._ways_of(door, goal, alike, ends), verdict, allow), []).append(alike.numbers)
        return tuple(Access(*key, np.sort(np.concatenate(parts))) for key, parts in found.items()), door.anonymous

    def _ways_of(self, door: Door, goal: Goal, alike: Alike, ends: dict[object, tuple[object, ...]]) -> Ways:
        """The mechanisms of a class, asked once for all classes of all goals whose two ends are the same objects."""
        if alike.ends is None:
            return self._asked(goal, alike)
        tested = ends.get(alike.view)
        if tested is None:
            tested = ends[alike.view] = tuple(self._tested(door, goal, alike))
        place = (*map(id, alike.ends), door.anonymous, tested)
        known = self._ways.get(place)
        if known is None:
            known = self._ways[place] = self._asked(goal, alike)
        return known

    def _tested(self, door: Door, goal: Goal, alike: Alike) -> Iterator[object]:
        """What the resource's end is made of, carrier by carrier. Equal ends are one object, which is kept."""
        request, policies = door.ask(alike.numbers, goal)
        for name, options in carriers(request, policies):
            made: ResourceSide = resource_end(request, policies, options)
            yield name, id(self._shared.sides.setdefault(made, made))

    def _asked(self, goal: Goal, alike: Alike) -> Ways:
        return tuple(ways_of(self.graph.world, self.graph.actor(int(alike.numbers[0])), goal))
