"""Searches from the same sources to several goals, their chains shortest first over all of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from .asked import Asked
from .blocked import BlockedSearch
from .country import Country
from .filters import NO_FILTERS, Filters
from .graph import AccessGraph
from .paths import Route, Search
from .world import Actor


class TimeIsUp(Exception):
    """The search has gone on for as long as it may."""


def no_haste() -> None:
    """For searches that nothing hurries."""


class Survey:
    """The searches for each of `asked`, made when they are first needed.

    `tick` is called again and again while the search goes on; it may raise to end it. `expanded`: ids of families to unfold.
    """

    def __init__(
        self,
        graph: AccessGraph,
        actors: tuple[Actor, ...],
        asked: Sequence[Asked],
        max_hops: int,
        filters: Filters = NO_FILTERS,
        *,
        is_folded: bool = False,
        expanded: frozenset[str] = frozenset(),
        tick: Callable[[], None] = no_haste,
        progress: Callable[[str, int, int], None] | None = None,
    ) -> None:
        self.graph = graph
        self.actors = actors
        self.asked = tuple(asked)
        self.max_hops = max_hops
        self.filters = filters
        self._is_folded = is_folded
        self._expanded = expanded
        self._tick = tick
        self._progress = progress
        self._country: Country | None = None
        self._made: dict[int, Search] = {}
        self._blocked: dict[int, BlockedSearch] = {}

    @property
    def country(self) -> Country:
        """Where the sources can come to; the same for all goals."""
        if self._country is None:
            self._country = Country(self.graph, self.actors, self.max_hops, self.filters)
        return self._country

    def search(self, place: int) -> Search:
        """The search for one goal, by its place in `asked`."""
        found = self._made.get(place)
        if found is None:
            self._tick()
            if self._progress is not None:
                self._progress("targets", len(self._made), len(self.asked))
            found = self._made[place] = Search(
                self.graph,
                self.actors,
                self.asked[place].goal,
                self.max_hops,
                self.filters,
                country=self.country,
                is_folded=self._is_folded,
                expanded=self._expanded,
                tick=self._tick,
            )
        return found

    @property
    def made(self) -> Sequence[tuple[int, Search]]:
        """The searches that have been begun, by place."""
        return tuple(self._made.items())

    @property
    def is_begun(self) -> bool:
        """Whether every goal has been looked at."""
        return len(self._made) == len(self.asked)

    def routes(self) -> Iterator[tuple[int, Route]]:
        """Possible routes with the place of their goal, shortest first."""
        for length in range(1, self.max_hops + 1):
            yield from self.routes_of(length)

    def routes_of(self, length: int) -> Iterator[tuple[int, Route]]:
        """The possible routes of this length; to be asked for growing lengths."""
        for place in range(len(self.asked)):
            for route in self.search(place).routes_of(length):
                yield place, route

    def blocked(self, place: int, most: int) -> BlockedSearch:
        """The search for near misses of one goal."""
        found = self._blocked.get(place)
        if found is None:
            self._tick()
            if self._progress is not None:
                self._progress("near misses", len(self._blocked), len(self.asked))
            found = self._blocked[place] = BlockedSearch(self.search(place), most)
        return found

    @property
    def blocked_made(self) -> Sequence[BlockedSearch]:
        """The searches for near misses that have been begun."""
        return tuple(self._blocked.values())

    def near_misses(self, most: int) -> Iterator[tuple[int, Route]]:
        """Routes that at most so many controls withhold, shortest first."""
        for length in range(1, self.max_hops + 1):
            for place in range(len(self.asked)):
                for route in self.blocked(place, most).routes_of(length):
                    yield place, route

    def most_routes(self) -> int:
        """An upper bound of the number of routes, from walks."""
        return sum(self.search(place).most_routes() for place in range(len(self.asked)))
