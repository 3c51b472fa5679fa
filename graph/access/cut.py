"""The smallest set of hops that separates sources from goals, and the hops that every chain goes through.

A link is what can be taken away in one piece: the trust of one role in one set of principals, or the access of one set to one goal. It
leads from each of its tails to its head and counts once, however many tails it has.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

Node: TypeAlias = Hashable
Place: TypeAlias = tuple[str, Hashable]  # a node, or the entry (`in`) or exit (`out`) of a link


@dataclass(frozen=True, slots=True)
class Link:
    """One piece that hops are made of. `name` tells it apart from all others."""

    name: Hashable
    tails: tuple[Node, ...]
    head: Node


class Network:
    """Links between some sources and some goals; only those that lie on a walk of at most `max_hops` links are kept."""

    def __init__(self, sources: Iterable[Node], links: Iterable[Link], goals: Iterable[Node], max_hops: int) -> None:
        self.sources, self.goals, self.max_hops = frozenset(sources), frozenset(goals), max_hops
        everything = tuple(links)
        self._out: dict[Node, list[Link]] = defaultdict(list)
        self._into: dict[Node, list[Link]] = defaultdict(list)
        for link in everything:
            self._into[link.head].append(link)
            for tail in link.tails:
                self._out[tail].append(link)
        ahead, behind = self._ahead(), self._behind()
        self.links = tuple(
            kept
            for link in everything
            if link.head in behind
            and (tails := tuple(t for t in link.tails if t in ahead and ahead[t] + 1 + behind[link.head] <= max_hops))
            for kept in (Link(link.name, tails, link.head),)
        )
        self._out = defaultdict(list)
        for link in self.links:
            for tail in link.tails:
                self._out[tail].append(link)

    def _ahead(self) -> dict[Node, int]:
        """How many hops a node is from the nearest source."""
        found: dict[Node, int] = dict.fromkeys(self.sources, 0)
        queue = deque(found)
        used: set[Hashable] = set()
        while queue:
            node = queue.popleft()
            for link in self._out.get(node, ()):
                if link.name not in used:
                    used.add(link.name)
                    if link.head not in found:
                        found[link.head] = found[node] + 1
                        queue.append(link.head)
        return found

    def _behind(self) -> dict[Node, int]:
        """How many hops a node is from the nearest goal."""
        found: dict[Node, int] = dict.fromkeys(self.goals, 0)
        queue = deque(found)
        while queue:
            node = queue.popleft()
            for link in self._into.get(node, ()):
                for tail in link.tails:
                    if tail not in found:
                        found[tail] = found[node] + 1
                        queue.append(tail)
        return found

    def is_connected(self, without: frozenset[Hashable] = frozenset()) -> bool:
        """Whether some source still leads to some goal when the named links are gone."""
        return bool(self._path(without))

    def _path(self, without: frozenset[Hashable]) -> list[Link]:
        """The links of a shortest way from a source to a goal."""
        came: dict[Node, tuple[Link, Node] | None] = dict.fromkeys(self.sources)
        queue = deque(came)
        used = set(without)
        while queue:
            node = queue.popleft()
            if node in self.goals:
                found = []
                while (step := came[node]) is not None:
                    found.append(step[0])
                    node = step[1]
                return found[::-1]
            for link in self._out.get(node, ()):
                if link.name not in used:
                    used.add(link.name)
                    if link.head not in came:
                        came[link.head] = link, node
                        queue.append(link.head)
        return []

    def dominators(self) -> tuple[Link, ...]:
        """The links that every walk goes through, in the order of walks; empty when there is no walk."""
        return tuple(link for link in self._path(frozenset()) if not self.is_connected(frozenset((link.name,))))

    def smallest_cut(self, weights: Mapping[Hashable, int]) -> tuple[Link, ...]:
        """The fewest links without which no source leads to a goal; among equally few, those of the least weight together.

        Of several such cuts the one nearest to the sources.
        """
        unit = sum(weights.get(link.name, 0) for link in self.links) + 1
        flow = _Flow({link.name: unit + weights.get(link.name, 0) for link in self.links}, self._out, self.links, self.sources, self.goals)
        reached = flow.saturate()
        return tuple(link for link in self.links if ("in", link.name) in reached and ("out", link.name) not in reached)

    def walks(self) -> dict[Hashable, int]:
        """For each link, how many walks of at most `max_hops` links from a source to a goal go through it."""
        most = self.max_hops
        ahead = [self._start()]
        for _ in range(most - 1):
            following: dict[Node, int] = defaultdict(int)
            for link in self.links:
                following[link.head] += sum(ahead[-1].get(tail, 0) for tail in link.tails)
            ahead.append(following)
        behind: list[dict[Node, int]] = [dict.fromkeys(self.goals, 1)]
        for _ in range(most - 1):
            before: dict[Node, int] = defaultdict(int)
            for link in self.links:
                for tail in link.tails:
                    before[tail] += behind[-1].get(link.head, 0)
            behind.append(before)
        return {link.name: self._through(link, ahead, behind) for link in self.links}

    def _start(self) -> dict[Node, int]:
        return dict.fromkeys(self.sources, 1)

    def _through(self, link: Link, ahead: Sequence[Mapping[Node, int]], behind: Sequence[Mapping[Node, int]]) -> int:
        total = 0
        upto = [sum(behind[k].get(link.head, 0) for k in range(left + 1)) for left in range(self.max_hops)]
        for done, counts in enumerate(ahead):
            arriving = sum(counts.get(tail, 0) for tail in link.tails)
            total += arriving * upto[self.max_hops - 1 - done]
        return total


class _Flow:
    """The greatest flow from the sources to the goals, by shortest augmenting ways. Each link has an entry and an exit, and its capacity
    between them; everything else is unlimited."""

    def __init__(
        self,
        capacity: Mapping[Hashable, int],
        out: Mapping[Node, Sequence[Link]],
        links: Sequence[Link],
        sources: frozenset[Node],
        goals: frozenset[Node],
    ) -> None:
        self._capacity, self._out, self._goals, self._sources = capacity, out, goals, sources
        self._links = {link.name: link for link in links}
        self._used: dict[Hashable, int] = defaultdict(int)  # through a link
        self._flow: dict[tuple[Node, Hashable], int] = defaultdict(int)  # from a tail into a link
        self._fed: dict[Node, dict[Hashable, int]] = defaultdict(lambda: defaultdict(int))  # from a link into its head

    def saturate(self) -> set[Place]:
        """Fill the network; the places that can still be reached from the sources tell the cut."""
        while True:
            came = self._search()
            end = next((place for place in came if place[0] == "node" and place[1] in self._goals), None)
            if end is None:
                return set(came)
            self._push(came, end)

    def _search(self) -> dict[Place, Place | None]:
        came: dict[Place, Place | None] = {("node", node): None for node in self._sources}
        queue = deque(came)
        while queue:
            here = queue.popleft()
            kind, what = here
            if kind == "node" and what in self._goals:
                return came
            for place in self._onward(kind, what):
                if place not in came:
                    came[place] = here
                    queue.append(place)
        return came

    def _onward(self, kind: str, what: Hashable) -> Iterable[Place]:
        if kind == "node":
            yield from (("in", link.name) for link in self._out.get(what, ()))
            yield from (("out", name) for name, amount in self._fed[what].items() if amount)
            return
        link = self._links[what]
        if kind == "in":
            if self._used[what] < self._capacity[what]:
                yield ("out", what)
            yield from (("node", tail) for tail in link.tails if self._flow[tail, what])
            return
        yield ("node", link.head)
        if self._used[what]:
            yield ("in", what)

    def _push(self, came: Mapping[Place, Place | None], end: Place) -> None:
        steps: list[tuple[Place, Place]] = []
        here = end
        while (before := came[here]) is not None:
            steps.append((before, here))
            here = before
        amount = min((room for step in steps if (room := self._room(*step)) is not None), default=1)
        for step in steps:
            self._move(step, amount)

    def _room(self, before: Place, here: Place) -> int | None:
        """How much more can go over a step; None: any amount."""
        (first, one), (second, other) = before, here
        match first, second:
            case "in", "out":
                return self._capacity[one] - self._used[one]
            case "out", "in":
                return self._used[one]
            case "in", "node":
                return self._flow[other, one]
            case "node", "out":
                return self._fed[one][other]
        return None

    def _move(self, step: tuple[Place, Place], amount: int) -> None:
        (first, one), (second, other) = step
        match first, second:
            case "in", "out":
                self._used[one] += amount
            case "out", "in":
                self._used[one] -= amount
            case "node", "in":
                self._flow[one, other] += amount
            case "in", "node":
                self._flow[other, one] -= amount
            case "out", "node":
                self._fed[other][one] += amount
            case "node", "out":
                self._fed[one][other] -= amount
