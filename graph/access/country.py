"""What some sources can come to over role hops: the part of the graph in which their chains lie, the same for every goal."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from xgraph.graph.policy.authorize import verdict_of
from xgraph.graph.policy.combine import Combined
from xgraph.graph.policy.formula import Formula

from .filters import NO_FILTERS, Filters
from .graph import AccessGraph
from .world import Actor


@dataclass(frozen=True, slots=True)
class Origin:
    """A source. `number` None: it is no numbered principal; `roles` are then its first hops."""

    actor: Actor
    number: int | None
    roles: tuple[int, ...] = ()


class Country:
    """Principals that the sources are or become over at most `most` - 1 hops, and the sets of hops between them.

    `first` maps a principal to the least number of hops from a source. `members` and `targets` map the usable sets of hops to the
    principals of the country on either side.
    """

    def __init__(self, graph: AccessGraph, actors: Iterable[Actor], most: int, filters: Filters = NO_FILTERS) -> None:
        self.graph = graph
        self.most = most
        self.filters = filters
        self._fits: dict[int, bool] = {}
        self.origins = tuple(
            self._origin(actor) for actor in {one.node: one for one in actors}.values() if filters.admit(actor.node, actor.account)
        )
        self.first: dict[int, int] = {}
        self.targets: dict[int, list[int]] = {}
        self._explore()
        self.members: dict[int, list[int]] = {one: [] for one in self.targets}
        for number in self.first:
            for one in graph.trust.out[number]:
                found = self.members.get(one)
                if found is not None:
                    found.append(number)

    def _origin(self, actor: Actor) -> Origin:
        is_plain = actor.principal is not None and actor.caller.session is None
        number = self.graph.number(actor.node) if is_plain else None
        if number is not None:
            return Origin(actor, number)
        roles = self.graph.roles_from(actor) if actor.may_assume else ()
        return Origin(actor, None, tuple(role for role in roles if self.admits(role) and self._is_accepted(actor, role)))

    def _is_accepted(self, actor: Actor, role: int) -> bool:
        if not self.filters.allowed_only:
            return True
        allow, _ = self.graph.role_hop(actor, role)
        return self.accepts(allow)

    def accepts(self, allow: Formula) -> bool:
        """Whether a hop that is allowed under this condition is good enough."""
        return self.filters.accept(verdict_of(Combined(allow, False, allow)), allow)

    def admits(self, number: int) -> bool:
        """Whether chains may pass the principal."""
        found = self._fits.get(number)
        if found is None:
            principal = self.graph.index.principals[number]
            found = self._fits[number] = self.filters.admit(principal.arn, principal.account)
        return found

    def _explore(self) -> None:
        trust, filters = self.graph.trust, self.filters
        plain = filters.is_local or filters.avoid
        for origin in self.origins:
            if origin.number is not None:
                self.first[origin.number] = 0
        frontier = list(self.first)
        seen_sets: set[int] = set()
        for hops in range(1, self.most):
            found: list[int] = []
            if hops == 1:
                found += [role for origin in self.origins for role in origin.roles]
            for number in frontier:
                for one in trust.out[number]:
                    if one in seen_sets:
                        continue
                    seen_sets.add(one)
                    hop_set = trust.sets[one]
                    if filters.allowed_only and not filters.accept(hop_set.verdict, hop_set.allow):
                        continue
                    targets = [t for t in hop_set.targets if self.admits(t)] if plain else list(hop_set.targets)
                    self.targets[one] = targets
                    found += targets
            frontier = []
            for number in found:
                if number not in self.first:
                    self.first[number] = hops
                    frontier.append(number)
