"""Chains that go out to a principal of an account that was not collected, and come back from there (contract section 4).

The way out ends at the stranger: some role of its account, or the role that a policy names, which that account's administrator has to open
to the caller (R4.19). The way back begins there, as if the stranger were the source. One stranger a chain.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property

from xgraph.graph.model.arn import account_of, parse_arn
from xgraph.graph.model.document import Policy, PolicyType
from xgraph.graph.policy.caller import read_target
from xgraph.graph.policy.decision import Verdict
from xgraph.graph.policy.factors import Attached

from .assemble import Assembly, join_conditions
from .attach import compiled
from .chain import Chain, Hop
from .country import Country
from .filters import Filters
from .graph import AccessGraph
from .names import strangers
from .paths import Search
from .world import ASSUME_ROLE, Actor, Goal

_OPEN = json.dumps(
    {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole", "Resource": "*"}]}
)


@dataclass(slots=True)
class _Segment:
    """The chains from some sources to one goal, by their number of hops; each is made once."""

    search: Search
    assembly: Assembly
    _found: list[tuple[Chain, ...]] = field(default_factory=list)

    def of(self, length: int) -> tuple[Chain, ...]:
        """The chains of this length; to be asked for growing lengths."""
        while len(self._found) < length:
            routes = self.search.routes_of(len(self._found) + 1)
            chains = (self.assembly.consistent(route) for route in routes)
            self._found.append(tuple(chain for chain in chains if chain is not None))
        return self._found[length - 1]


class Excursions:
    """From `actors` over a stranger to one goal, in at most `max_hops` hops. `assembly`: that of the goal."""

    def __init__(
        self,
        graph: AccessGraph,
        actors: tuple[Actor, ...],
        assembly: Assembly,
        max_hops: int,
        filters: Filters,
        tick: Callable[[], None],
    ) -> None:
        self.graph = graph
        self.actors = actors
        self.assembly = assembly
        self.max_hops = max_hops
        self.filters = filters
        self.tick = tick
        # A chain passes what it has to pass anywhere on its way, so that is looked at when it is whole.
        self._plain = replace(filters, via=(), mechanisms=frozenset(), cross_account_only=False)

    @cached_property
    def _segments(self) -> tuple[tuple[_Segment, _Segment], ...]:
        """For each stranger the way out and the way back, where there are both."""
        if self.filters.allowed_only or self.max_hops < 2:
            return ()  # nobody knows whom a stranger lets in
        return tuple(pair for actor in self._strangers() if (pair := self._through(actor)) is not None)

    def _strangers(self) -> Iterator[Actor]:
        own = {actor.node for actor in self.actors}
        for node in sorted(strangers(self.graph)):
            parsed = parse_arn(node)
            is_role = parsed is not None and parsed.service == "iam" and parsed.resource.startswith("role/")
            actor = self.graph.world.outsider(node) if is_role or node.startswith("account:") else None
            if actor is not None and node not in own:
                yield actor

    @cached_property
    def _country(self) -> Country:
        """Where the sources can come to; the same for all ways out."""
        return Country(self.graph, self.actors, self.max_hops - 1, self._plain)

    def _through(self, stranger: Actor) -> tuple[_Segment, _Segment] | None:
        self.tick()
        most = self.max_hops - 1
        back = Search(self.graph, (stranger,), self.assembly.goal, most, self._plain, tick=self.tick)
        if not any(start.ends for start in back.starts) and not back.behind:
            return None
        goal = way_out(stranger)
        out = Search(self.graph, self.actors, goal, most, self._plain, country=self._country, tick=self.tick)
        return _Segment(out, self.assembly.beside(goal, None)), _Segment(back, self.assembly)

    def of(self, length: int) -> Iterator[Chain]:
        """The chains of this length; to be asked for growing lengths."""
        for out, back in self._segments:
            for first in range(1, length):
                for head in out.of(first):
                    for tail in back.of(length - first):
                        self.tick()
                        hops = (*head.hops, *tail.hops)
                        if _is_simple(hops) and self._is_wanted(hops):
                            yield Chain(Verdict.CONDITIONAL, join_conditions(hops), hops, 1, (*head.witnesses, *tail.witnesses))

    def _is_wanted(self, hops: tuple[Hop, ...]) -> bool:
        if not self.filters.wishes:
            return True
        nodes = (hops[0].source, *(hop.target for hop in hops))
        accounts = {node: self.assembly.nodes[node].account for node in nodes}
        met = 0
        for node in nodes:
            met |= self.filters.met_at(node, accounts[node])
        for hop in hops:
            met |= self.filters.met_by(accounts[hop.source], accounts[hop.target], frozenset((hop.mechanism, *hop.also)))
        return not self.filters.wishes & ~met


def way_out(stranger: Actor) -> Goal:
    """To become a stranger: its account has to let the caller in, and the caller's own policies have to let it go."""
    account = account_of(stranger.node) or str(stranger.account)
    arn = stranger.node if stranger.node.startswith("arn:") else f"arn:aws:iam::{account}:role/*"
    rule = f"account {account} has to let the caller have a role"
    trust = Attached(rule, PolicyType.SERVICE_RULE, arn, compiled(Policy(rule, _OPEN)))
    target = read_target(arn, ASSUME_ROLE, account)
    return Goal(stranger.node, target, ASSUME_ROLE, trust, known=True, settings={"OpenedBy": account}, tags=None, region=None)


def _is_simple(hops: tuple[Hop, ...]) -> bool:
    nodes = [hops[0].source, *(hop.target for hop in hops)]
    return len(set(nodes)) == len(nodes)
