"""Simple walks to a goal one after another, shortest first, without walking into dead ends.

Best-first over prefixes. A prefix waits under the length of the shortest simple walk that continues it, so every prefix that is taken
up gives at least one walk: the delay between two walks is a search of the terrain for each of their hops, never an enumeration.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from heapq import heappop, heappush, heapreplace
from itertools import count
from typing import Protocol

State = tuple[int, int]  # a node, and what is still wanted of the rest of the walk
GOAL = -1


class Terrain(Protocol):
    """Where walks lead. The goal is the node GOAL; other nodes are what the terrain makes them."""

    def steps(self, state: State) -> Iterable[State]:
        """The states one hop away from which the goal can be reached."""
        ...

    def left(self, state: State) -> int | None:
        """The least number of hops to the goal, whatever has been visited; None when there is no way. 0 at the goal."""
        ...

    def nearest(self, node: int) -> int:
        """The least `left` of all states of the node."""
        ...

    def room(self, node: int) -> int:
        """How often a walk may visit the node: once, or as often as it has members."""
        ...

    def bars(self, node: int) -> int | None:
        """A node that walks which begin at this one may not visit."""
        ...


class Walks:
    """The walks from some states; `of` must be asked for growing lengths. `tick` is called at every step, and may raise."""

    def __init__(self, terrain: Terrain, roots: Iterable[State], most: int, tick: Callable[[], None]) -> None:
        self._terrain = terrain
        self._most = most
        self._tick = tick
        self._tickets = count()
        self._heap: list[tuple[int, int, int, tuple[int, ...], list[State], int]] = []
        self._wait((), 0, roots)

    @property
    def is_over(self) -> bool:
        """Whether there are no more walks."""
        return not self._heap

    def of(self, length: int) -> Iterator[tuple[int, ...]]:
        """The nodes of every walk of at most `length` hops that has not been given yet, without the goal, in a fixed order."""
        heap = self._heap
        while heap and heap[0][0] <= length:
            self._tick()
            total, depth, ticket, prefix, group, at = heap[0]
            if at + 1 < len(group):
                heapreplace(heap, (total, depth, ticket, prefix, group, at + 1))
            else:
                heappop(heap)
            state = group[at]
            if state[0] == GOAL:
                yield prefix
                continue
            done = len(prefix)
            walk = (*prefix, state[0])
            exact = self._exact(walk, state, self._most - done)
            if exact is None:
                continue
            if done + exact > total:
                heappush(heap, (done + exact, -done, next(self._tickets), prefix, [state], 0))
                continue
            self._wait(walk, done + 1, self._terrain.steps(state))

    def _wait(self, prefix: tuple[int, ...], done: int, states: Iterable[State]) -> None:
        """Put the ways on under the length that each leads to at least."""
        groups: defaultdict[int, list[State]] = defaultdict(list)
        for state in states:
            if self._is_free(prefix, state[0]):
                left = self._terrain.left(state)
                if left is not None and done + left <= self._most:
                    groups[done + left].append(state)
        for total, group in groups.items():
            group.sort()
            heappush(self._heap, (total, -done, next(self._tickets), prefix, group, 0))

    def _is_free(self, walk: tuple[int, ...], node: int) -> bool:
        if walk and self._terrain.bars(walk[0]) == node:
            return False
        return node not in walk or walk.count(node) < self._terrain.room(node)

    def _exact(self, walk: tuple[int, ...], state: State, most: int) -> int | None:
        """The hops of the shortest way from the state to the goal that visits no node of the walk once too often."""
        terrain = self._terrain
        least = terrain.left(state)
        if least is None or least > most:
            return None
        full = {node for node in walk if walk.count(node) >= terrain.room(node)}
        barred = terrain.bars(walk[0])
        if barred is not None:
            full.add(barred)
        if all(terrain.nearest(node) >= least for node in full):
            return least  # every node on a shortest way is nearer to the goal than what has been visited
        best = {state: 0}
        heap = [(least, 0, state)]
        while heap:
            total, gone, here = heappop(heap)
            if here[0] == GOAL:
                return total
            for state_ahead in terrain.steps(here):
                left = terrain.left(state_ahead)
                if left is None or state_ahead[0] in full or gone + 1 + left > most:
                    continue
                if gone + 1 < best.get(state_ahead, most + 1):
                    best[state_ahead] = gone + 1
                    heappush(heap, (gone + 1 + left, gone + 1, state_ahead))
        return None


def subsets(bits: int) -> Iterator[int]:
    """Every part of a set of bits, the empty one included."""
    part = bits
    while True:
        yield part
        if not part:
            return
        part = (part - 1) & bits
