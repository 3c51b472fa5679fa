"""Grants: who may do what to what, as rows of a table; those of interchangeable principals folded into one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from xgraph.graph.access.actions import ActionClass
from xgraph.graph.access.asked import Asked
from xgraph.graph.access.assemble import Assembly
from xgraph.graph.access.chain import Chain, Hop
from xgraph.graph.access.families import Family, family_of, kin
from xgraph.graph.access.graph import AccessGraph
from xgraph.graph.access.holders import Holders
from xgraph.graph.access.names import strangers_of
from xgraph.graph.access.origins import origins
from xgraph.graph.access.paths import Route, Search, Start
from xgraph.graph.access.reach import possible_allow
from xgraph.graph.access.ways import WaysTo
from xgraph.graph.access.world import ASSUME_ROLE, Actor, Goal
from xgraph.graph.model.principal import Principal
from xgraph.graph.policy.caller import CallerKind
from xgraph.graph.policy.decision import Condition, Evidence, Verdict

from ._query import Place, column


@dataclass(frozen=True, slots=True)
class Grant:
    """One principal, or one family, and the actions of one class on one resource."""

    verdict: Verdict = column(
        "ALLOWED or CONDITIONAL; of several ways that of the best, which is ALLOWED before CONDITIONAL, then the shortest"
    )
    principal: str = column("who; of a family one representative", name="from", is_node=True, folds="family")
    family: Family | None = column(
        "`{id, size, pattern}` when the row stands for several principals that share everything but their names", place=Place.HIDDEN
    )
    mechanism: str = column("how, by the mechanisms of hops; of a chain that of its last hop")
    action: str = column("the action asked about; it stands for its class")
    count: int = column("how many actions the class has of those asked about; they all have the same answer", heading="actions")
    resource: str = column("on what", name="to", is_node=True)
    length: int = column("how many hops it takes", name="hops")
    levels: tuple[str, ...] = column("access levels of the actions", place=Place.HIDDEN)
    actions: tuple[str, ...] = column("the names of all actions, with `--names`", place=Place.DETAIL, heading="all of")
    also: tuple[str, ...] = column("other mechanisms that suffice alone", place=Place.DETAIL, heading="also by")
    via: tuple[str, ...] = column("the roles in between", place=Place.DETAIL, is_node=True)
    condition: Condition | None = column("what must hold, null when ALLOWED", place=Place.DETAIL, heading="if")
    evidence: tuple[Evidence, ...] = column("the statements that decide, of all hops", place=Place.DETAIL, heading="allowed by")
    chain: tuple[Hop, ...] = column("the hops, each in the shape of a hop of a chain", place=Place.HIDDEN)


@dataclass(slots=True)
class Grants:
    """Makes the grants of one goal. `folds`: one row for interchangeable principals; `names`: with the names of all actions."""

    graph: AccessGraph
    asked: Asked
    held: Holders
    folds: bool
    names: bool
    assembly: Assembly = field(init=False)
    max_hops: int = 1

    def __post_init__(self) -> None:
        self.assembly = Assembly(self.graph, self.asked.goal)

    @property
    def goal(self) -> Goal:
        """What is asked for."""
        return self.asked.goal

    # ----------------------------------------------------------------------------------------------------------- direct

    def direct(self) -> Iterator[Grant]:
        """Everybody who needs one hop: collected principals, then strangers; what is ALLOWED first."""
        for verdict in (Verdict.ALLOWED, Verdict.CONDITIONAL):
            for number, members in self._classes(verdict):
                yield from self._rows(Route(Start(self.graph.actor(number), number), ()), members)
        outside = [self._chain(Route(Start(actor, None), ())) for actor in self._strangers() if self._is_open_to(actor)]
        yield from sorted((self._grant(chain, None) for chain in outside), key=lambda row: row.verdict is not Verdict.ALLOWED)

    def _classes(self, verdict: Verdict) -> Iterator[tuple[int, tuple[int, ...]]]:
        """(representative, members) of principals that no rule tells apart; each alone where nothing is folded."""
        itself = self.graph.number(self.goal.node) if self.goal.action == ASSUME_ROLE else None
        groups = [group for group in self.held.groups if group.verdict is verdict]
        if not self.folds:
            yield from ((number, (number,)) for number in sorted(n for group in groups for n in group.members) if number != itself)
            return
        index = self.graph.index_of(self.goal.action)
        for group in groups:
            for members in index.split((n for n in group.members if n != itself), self.goal, self.graph.world).values():
                yield members[0], tuple(members)

    def _is_open_to(self, actor: Actor) -> bool:
        """Whether a stranger gets in; who has credentials can drop them (R4.16), a service acts with its own."""
        if self.held.anonymous is not False and actor.caller.kind is not CallerKind.SERVICE:
            return True
        return possible_allow(self.graph.world, actor, self.goal)[0] is not False

    def _strangers(self) -> list[Actor]:
        world = self.graph.world
        named = (world.outsider(node) for node in sorted(strangers_of(world.estate, self.goal)))
        everybody = (world.outsider("any-aws-principal"), world.anonymous())
        return [actor for actor in (*named, *everybody) if actor is not None]

    # ----------------------------------------------------------------------------------------------------------- chains

    def through_chains(self, max_hops: int) -> Iterator[Grant]:
        """Everybody who gets there by at most `max_hops` hops, each with the best way."""
        self.max_hops = max_hops
        ways = WaysTo(self.graph, self.held, max_hops)
        direct = self._direct_class()
        groups: dict[object, list[int]] = {}
        for number in sorted(ways.possible):
            step = ways.steps(number)[number]
            place = (step.role, step.through, ways.verdict(number)) if step.role is not None else direct[number]
            groups.setdefault(place if self.folds else number, []).append(number)
        for number, *others in sorted(groups.values(), key=lambda members: (self._order(ways, members[0]), members)):
            yield from self._rows(ways.route(number), (number, *others))
        for actor in origins(self.graph, "any")[0]:
            if actor.principal is None:
                yield from self._of_stranger(actor, ways)

    @staticmethod
    def _order(ways: WaysTo, number: int) -> tuple[bool, int]:
        return ways.verdict(number) is not Verdict.ALLOWED, ways.steps(number)[number].hops

    def _direct_class(self) -> dict[int, object]:
        index, world = self.graph.index_of(self.goal.action), self.graph.world
        found: dict[int, object] = {}
        for which, group in enumerate(self.held.groups):
            for place, members in index.split(group.members, self.goal, world).items():
                found.update(dict.fromkeys(members, (which, place)))
        return found

    def _of_stranger(self, actor: Actor, ways: WaysTo) -> Iterator[Grant]:
        """The best way of a principal that was not collected: the access itself, or a role that it may assume."""
        routes = [Route(Start(actor, None), ())] if self._is_open_to(actor) else []
        if actor.may_assume:
            roles = [role for role in self.graph.roles_from(actor) if role in ways.possible]
            near = [role for role in roles if ways.steps(role)[role].hops < ways.max_hops]
            routes += [Route(Start(actor, None), (role, *ways.roles(role))) for role in near]
        chains = [chain for route in routes if (chain := best_chain(self.assembly, route, (actor,), self.max_hops)) is not None]
        if chains:
            yield self._grant(min(chains, key=lambda chain: (chain.verdict is not Verdict.ALLOWED, len(chain.hops))), None)

    # ------------------------------------------------------------------------------------------------------------- rows

    def _rows(self, route: Route, members: Sequence[int]) -> Iterator[Grant]:
        """One row for the members that are of one family, `route` being that of the first member."""
        families: dict[object, list[int]] = {}
        for number in members:
            families.setdefault(kin(self.graph.principals[number]), []).append(number)
        for numbers in families.values():
            chain = self._chain_of(numbers[0], route)
            if chain is not None and len(chain.hops) == len(route.roles) + 1:
                yield self._grant(chain, [self.graph.principals[number] for number in numbers])
                continue
            # The hops of the way contradict one another, which may be so for one and not for the other.
            chains = [found for number in numbers if (found := self._chain_of(number, route)) is not None]
            yield from (self._grant(found, None) for found in chains)

    def _chain_of(self, number: int, route: Route) -> Chain | None:
        actor = self.graph.actor(number)
        return best_chain(self.assembly, Route(Start(actor, number), route.roles), (actor,), self.max_hops)

    def _chain(self, route: Route) -> Chain:
        return self.assembly.chain(route)

    def _grant(self, chain: Chain, members: Sequence[Principal] | None) -> Grant:
        family = family_of(members) if members is not None and len(members) > 1 else None
        return grant_of(chain, self.asked.actions, family, names=self.names)


def best_chain(assembly: Assembly, route: Route, actors: tuple[Actor, ...], max_hops: int) -> Chain | None:
    """The chain of the best way; where its hops contradict one another, the shortest from the actors whose hops do not.

    Hops that are all ALLOWED never contradict one another, so no better way is passed over.
    """
    chain = assembly.consistent(route)
    if chain is not None or not route.roles:
        return chain
    others = Search(assembly.graph, actors, assembly.goal, max_hops).routes()
    return next((found for other in others if (found := assembly.consistent(other)) is not None), None)


def grant_of(chain: Chain, actions: ActionClass, family: Family | None = None, *, names: bool = False) -> Grant:
    """The row of a chain whose last hop does the actions."""
    last = chain.hops[-1]
    return Grant(
        verdict=chain.verdict,
        principal=chain.hops[0].source,
        family=family,
        mechanism=last.mechanism,
        action=actions.representative,
        count=len(actions.actions),
        resource=last.target,
        length=len(chain.hops),
        levels=actions.levels,
        actions=actions.actions if names else (),
        also=last.also,
        via=tuple(hop.target for hop in chain.hops[:-1]),
        condition=chain.condition if len(chain.hops) > 1 else last.condition,
        evidence=tuple(dict.fromkeys(one for hop in chain.hops for one in hop.evidence)),
        chain=chain.hops,
    )


def in_fewer_rows(rows: Iterable[Grant]) -> Iterator[Grant]:
    """Classes that the same principal holds in the same way, in one row; those that the same principals hold, next to each other."""
    alike: dict[Grant, list[Grant]] = {}
    for row in rows:
        plain = replace(row, action="", count=0, levels=(), actions=(), chain=tuple(replace(hop, action="") for hop in row.chain))
        alike.setdefault(plain, []).append(row)
    together: dict[tuple[str, ...], list[Grant]] = {}
    for some in alike.values():
        levels = tuple(sorted({level for row in some for level in row.levels}))
        names = tuple(name for row in some for name in row.actions)
        merged = replace(some[0], count=sum(row.count for row in some), levels=levels, actions=names)
        together.setdefault(tuple(row.action for row in some), []).append(merged)
    for merged_rows in together.values():
        yield from merged_rows
