"""Chains and near misses are those that plain recursion over all pairs finds (contract sections 4 to 6).

The pairs are asked one by one; nothing here knows of sets, walks or dead ends.
"""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

import pytest

from tests.properties.blocks import blocks
from tests.properties.organizations import STRANGE_CANONICAL, Json, V, estate_of, organization
from xgraph.graph.access.assemble import Assembly
from xgraph.graph.access.graph import AccessGraph, build_graph
from xgraph.graph.access.near import NearMisses
from xgraph.graph.access.paths import Route, Search
from xgraph.graph.access.reach import possible_allow
from xgraph.graph.access.world import ASSUME_ROLE, Actor, Goal
from xgraph.graph.policy.caller import CallerKind
from xgraph.graph.policy.decision import Verdict

Found = tuple[str, tuple[int, ...]]  # node of the source, roles in between
Missed = tuple[str, tuple[int, ...], int, str]  # and where it is withheld, by what


class Pairs:
    """Every pair on its own, remembered."""

    def __init__(self, graph: AccessGraph) -> None:
        self.graph = graph
        self.roles = [n for n, p in enumerate(graph.principals) if p.trust is not None]
        self.near = NearMisses(graph, frozenset(range(len(graph.principals))))
        self.role_goals = {n: graph.world.goal(graph.principals[n].arn, ASSUME_ROLE) for n in self.roles}
        self._possible: dict[tuple[str, str, str], bool] = {}
        self._withheld: dict[tuple[str, str, str], str | None] = {}

    def is_possible(self, actor: Actor, goal: Goal) -> bool:
        place = actor.node, goal.node, goal.action
        if place not in self._possible:
            world = self.graph.world
            found = possible_allow(world, actor, goal)[0] is not False
            if goal.action != ASSUME_ROLE and actor.caller.kind is not CallerKind.SERVICE:
                found = found or possible_allow(world, world.anonymous(), goal)[0] is not False  # R4.16
            self._possible[place] = found
        return self._possible[place]

    def withheld_by(self, actor: Actor, goal: Goal) -> str | None:
        place = actor.node, goal.node, goal.action
        if place not in self._withheld:
            control = None if self.is_possible(actor, goal) else self.near.control(actor, goal)
            self._withheld[place] = control.name if control else None
        return self._withheld[place]


def identity_of(graph: AccessGraph, actor: Actor) -> int | None:
    """A session and its role are one identity: a chain never comes back to it."""
    return graph.number(actor.principal.arn) if actor.principal is not None else None


def walks(pairs: Pairs, actor: Actor, goal: Goal, most: int) -> Iterator[tuple[int, ...]]:
    """All sequences of roles that a chain of at most `most` hops could take, whether its hops are possible or not."""
    banned = {identity_of(pairs.graph, actor), pairs.graph.number(goal.node) if goal.action == ASSUME_ROLE else None}

    def deepen(taken: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
        yield taken
        if len(taken) < most - 1:
            for role in pairs.roles:
                if role not in banned and role not in taken:
                    yield from deepen((*taken, role))

    if actor.node != goal.node:
        yield from deepen(())


def hops(pairs: Pairs, actor: Actor, roles: tuple[int, ...], goal: Goal) -> list[tuple[Actor, Goal]]:
    actors = [actor, *map(pairs.graph.actor, roles)]
    return list(zip(actors, [*(pairs.role_goals[role] for role in roles), goal], strict=True))


def all_chains(pairs: Pairs, actors: tuple[Actor, ...], goal: Goal, most: int) -> set[Found]:
    return {
        (actor.node, roles)
        for actor in actors
        for roles in walks(pairs, actor, goal, most)
        if all(pairs.is_possible(*hop) for hop in hops(pairs, actor, roles, goal))
    }


def all_near_misses(pairs: Pairs, actors: tuple[Actor, ...], goal: Goal, most: int) -> set[Missed]:
    found: set[Missed] = set()
    for actor in actors:
        for roles in walks(pairs, actor, goal, most):
            blocked = [
                (position, hop)
                for position, hop in enumerate(hops(pairs, actor, roles, goal))
                if not pairs.is_possible(*hop)
            ]  # fmt: skip
            if len(blocked) == 1:
                position, hop = blocked[0]
                control = pairs.withheld_by(*hop)
                if control is not None:
                    found.add((actor.node, roles, position, control))
    return found


def sources(graph: AccessGraph) -> tuple[Actor, ...]:
    """A source of each kind, two where there are."""
    world = graph.world
    users = [p for p in graph.principals if ":user/" in p.arn][:2]
    roles = [p for p in graph.principals if p.trust is not None][:2]
    roots = [p for p in graph.principals if p.arn.endswith(":root")][:1]
    inside = [world.actor(p) for p in (*users, *roles, *roots)] + [world.actor(p, name) for p in roles for name in ("one", "three")]
    nodes = (f"account:{V}", f"arn:aws:iam::{V}:user/elsewhere", f"canonical:{STRANGE_CANONICAL}", "service:lambda.amazonaws.com")
    known = world.estate.accounts.get(V)
    outside = [world.outsider(node) for node in nodes if not (known and known.is_collected and V in node)]
    return (*inside, *(actor for actor in (*outside, world.outsider("any-aws-principal")) if actor), world.anonymous())


def goals(graph: AccessGraph, rng: Random) -> list[Goal]:
    goal = graph.world.goal
    choices = [goal(p.arn, ASSUME_ROLE) for p in graph.principals if p.trust is not None]
    for arn, resource in graph.world.estate.resources.items():
        actions = {"s3": ("s3:ListBucket",), "sqs": ("sqs:SendMessage", "sqs:DeleteQueue"), "dynamodb": ("dynamodb:GetItem",)}
        choices += [goal(arn, action) for action in actions[resource.service]]
        if resource.service == "s3":
            choices += [goal(f"{arn}/{key}", "s3:GetObject") for key in ("k", "*")]
    return rng.sample(choices, min(3, len(choices)))


def check(description: Json, seed: int, *, most: int) -> None:
    graph = build_graph(estate_of(description))
    pairs = Pairs(graph)
    actors = sources(graph)
    for goal in goals(graph, Random(seed)):
        search = Search(graph, actors, goal, most)
        routes = list(search.routes())
        found = [(route.start.actor.node, route.roles) for route in routes]
        assert set(found) == all_chains(pairs, actors, goal, most)
        assert len(found) == len(set(found))
        assert [len(roles) for _, roles in found] == sorted(len(roles) for _, roles in found)
        check_hops(graph, pairs, goal, routes)

        missed = [(route.start.actor.node, route.roles, route.blocked_at or 0, control.name) for route, control in search.near_misses()]
        assert set(missed) == all_near_misses(pairs, actors, goal, most)
        assert len(missed) == len(set(missed))
        assert [len(one[1]) for one in missed] == sorted(len(one[1]) for one in missed)


def check_hops(graph: AccessGraph, pairs: Pairs, goal: Goal, routes: list[Route]) -> None:
    """A chain's hops join the nodes of its route, are all possible, and its verdict is the weakest of theirs."""
    assembly = Assembly(graph, goal)
    for route in routes[:60]:
        chain = assembly.chain(route)
        assert [(hop.source, hop.target) for hop in chain.hops] == [
            (actor.node, to.node) for actor, to in hops(pairs, route.start.actor, route.roles, goal)
        ]
        assert all(hop.verdict.is_possible for hop in chain.hops)
        assert (chain.verdict is Verdict.ALLOWED) == all(hop.verdict is Verdict.ALLOWED for hop in chain.hops)
        assert (chain.condition is None) == (chain.verdict is Verdict.ALLOWED)


@pytest.mark.parametrize("seed", range(30))
def test_chains_are_those_of_plain_recursion(seed: int) -> None:
    check(organization(seed), seed, most=3)


@pytest.mark.long
@pytest.mark.parametrize("block", blocks(40))
def test_chains_are_those_of_plain_recursion_in_many_organizations(block: int) -> None:
    for seed in range(5000 + 25 * block, 5025 + 25 * block):
        check(organization(seed), seed, most=4 if seed % 5 == 0 else 3)
