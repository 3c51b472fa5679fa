"""Chains and near misses are those that plain recursion over all pairs finds (contract sections 4 to 6).

The pairs are asked one by one; nothing here knows of sets, walks or dead ends.
"""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase
from itertools import pairwise, product
from random import Random

import pytest

from tests.properties.blocks import blocks
from tests.properties.organizations import STRANGE_CANONICAL, A, Json, T, V, estate_of, organization
from xgraph.graph.access.assemble import Assembly
from xgraph.graph.access.blocked import BlockedSearch
from xgraph.graph.access.filters import Filters, Places
from xgraph.graph.access.graph import AccessGraph, build_graph
from xgraph.graph.access.hops import make_hop
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

        missed = [(r.start.actor.node, r.roles, at, control.name) for r in BlockedSearch(search).routes() for at, control in r.withheld]
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


# ------------------------------------------------------------------------------------- filters, upper bounds and families


def nodes_of(pairs: Pairs, actor: Actor, roles: tuple[int, ...], goal: Goal) -> list[tuple[str, str | None]]:
    """Every node of a chain with its account."""
    inside = [(pairs.graph.principals[role].arn, pairs.graph.principals[role].account) for role in roles]
    return [(actor.node, actor.caller.account), *inside, (goal.node, goal.target.owner)]


def is_wanted(pairs: Pairs, filters: Filters, actor: Actor, roles: tuple[int, ...], goal: Goal) -> bool:
    """The plain meaning of each filter, asked of a whole chain."""
    nodes = nodes_of(pairs, actor, roles, goal)
    made = [make_hop(pairs.graph.world, *hop) for hop in hops(pairs, actor, roles, goal)]
    if not all(any(place.hold(*node) for node in nodes) for place in filters.via):
        return False
    if any(place.hold(*node) for node in nodes for place in filters.avoid):
        return False
    if filters.within is not None and any(account not in filters.within for _, account in nodes):
        return False
    if any(account in filters.outside for _, account in nodes):
        return False
    if filters.mechanisms and not any(filters.mechanisms & {hop.mechanism, *hop.also} for hop in made):
        return False
    owners = [account for _, account in nodes]
    if filters.cross_account_only and not any(a and b and a != b for a, b in pairwise(owners)):
        return False
    benign = [hop.verdict is Verdict.ALLOWED or (hop.condition is not None and hop.condition.benign) for hop in made]
    return not filters.allowed_only or all(benign)


def some_filters(graph: AccessGraph, rng: Random) -> Iterator[Filters]:
    arns = [p.arn for p in graph.principals if p.trust is not None]
    accounts = sorted({p.account for p in graph.principals})

    def place() -> Places:
        if rng.randrange(3) and arns:
            return Places(frozenset(rng.sample(arns, min(2, len(arns)))))
        return Places(accounts=frozenset((rng.choice(accounts),)))

    yield Filters(via=(place(),))
    yield Filters(via=(place(), place()), cross_account_only=True)
    yield Filters(avoid=(place(),))
    yield Filters(within=frozenset(rng.sample(accounts, min(2, len(accounts)))))
    yield Filters(outside=frozenset((rng.choice(accounts),)))
    yield Filters(mechanisms=frozenset(rng.sample(("assume-role", "identity-policy", "resource-policy", "public", "acl"), 2)))
    yield Filters(allowed_only=True)
    yield Filters(cross_account_only=True, allowed_only=True)


def check_filters(description: Json, seed: int, *, most: int) -> None:
    graph = build_graph(estate_of(description))
    pairs, rng, actors = Pairs(graph), Random(seed), sources(graph)
    by_node = {actor.node: actor for actor in actors}
    for goal in goals(graph, rng)[:1]:
        plain = all_chains(pairs, actors, goal, most)
        if len(plain) > 400:
            continue
        for filters in some_filters(graph, rng):
            found = [(route.start.actor.node, route.roles) for route in Search(graph, actors, goal, most, filters).routes()]
            wanted = {one for one in plain if is_wanted(pairs, filters, by_node[one[0]], one[1], goal)}
            assert set(found) == wanted, filters
            assert len(found) == len(set(found))
            assert [len(one[1]) for one in found] == sorted(len(one[1]) for one in found)


def check_bounds_and_families(description: Json, seed: int, *, most: int) -> None:
    graph = build_graph(estate_of(description))
    actors = sources(graph) if seed % 2 else tuple(map(graph.actor, range(len(graph.principals))))
    for goal in goals(graph, Random(seed)):
        search = Search(graph, actors, goal, most)
        plain = {(route.start.actor.node, route.roles) for route in search.routes()}
        assert len(plain) <= search.most_routes()
        lines = {(a, b) for froms, tos in search.bundles() for a in froms for b in tos}
        arns = [p.arn for p in graph.principals]
        assert all(pair in lines for node, roles in plain for pair in pairwise((node, *(arns[r] for r in roles), goal.node)))
        check_families(Search(graph, actors, goal, most, is_folded=True), plain)


def check_families(folded: Search, plain: set[Found]) -> None:
    """Unfolding every line gives the list without families, nothing twice and nothing left out; what a family says of itself is true."""
    families, graph = folded.twins, folded.graph
    assert families is not None
    unfolded: list[Found] = []
    lengths = []
    for route in folded.routes():
        start = route.start.number
        slots: list[tuple[int, ...]] = []
        for number in (*(() if start is None else (start,)), *route.roles):
            family = families.of(number)
            members = families.members(number)
            assert number in members
            slots.append(members)
            assert (family is None) == (len(members) == 1)
            if family is not None:
                assert family.size == len(set(members)) > 1
                assert all(fnmatchcase(graph.principals[member].name, family.pattern) for member in members)
                assert family.accounts == len({graph.principals[member].account for member in members})
        choices = [one for one in product(*slots) if len(set(one)) == len(one)]
        assert len(choices) == route.stands_for
        for one in choices:
            node = route.start.actor.node if start is None else graph.principals[one[0]].arn
            unfolded.append((node, one if start is None else one[1:]))
        lengths.append(len(route.roles))
    assert lengths == sorted(lengths)
    assert len(unfolded) == len(set(unfolded))
    assert set(unfolded) == plain


def check_several_controls(description: Json, seed: int, *, most: int) -> None:
    """With `--blocked-by 2`: chains that one or two controls withhold altogether, on one hop or on two."""
    graph = build_graph(estate_of(description))
    pairs = Pairs(graph)
    near = NearMisses(graph, frozenset(range(len(graph.principals))), 2)
    counts: dict[tuple[str, str], int] = {}

    def cost(actor: Actor, goal: Goal) -> int:
        place = actor.node, goal.node
        if place not in counts:
            control = None if pairs.is_possible(actor, goal) else near.control(actor, goal)
            counts[place] = 0 if pairs.is_possible(actor, goal) else control.count if control else 99
        return counts[place]

    actors = sources(graph)[:6]
    for goal in goals(graph, Random(seed))[:1]:
        expected = {
            (actor.node, roles)
            for actor in actors
            for roles in walks(pairs, actor, goal, most)
            if 1 <= sum(cost(*hop) for hop in hops(pairs, actor, roles, goal)) <= 2
        }
        routes = list(BlockedSearch(Search(graph, actors, goal, most), 2).routes())
        found = [(route.start.actor.node, route.roles) for route in routes]
        assert set(found) == expected
        assert len(found) == len(set(found))
        assembly = Assembly(graph, goal)
        for route in routes[:20]:
            blocked = assembly.blocked(route)
            assert {blocked.hops[at].verdict.is_possible for at in blocked.blocked_hops} == {False}
            assert blocked.blocked_at == min(blocked.blocked_hops)


@pytest.mark.parametrize("seed", range(8))
def test_near_misses_by_two_controls(seed: int) -> None:
    check_several_controls(organization(seed), seed, most=2 + seed % 2)


@pytest.mark.parametrize("seed", range(12))
def test_filters_keep_what_they_say(seed: int) -> None:
    check_filters(organization(seed), seed, most=3)


@pytest.mark.parametrize("seed", range(24))
def test_families_unfold_to_the_list_and_bounds_hold(seed: int) -> None:
    check_bounds_and_families(organization(seed), seed, most=3)


@pytest.mark.parametrize("seed", range(24))
def test_families_of_many_alike(seed: int) -> None:
    check_bounds_and_families(crowded(seed), seed, most=4)


def crowded(seed: int) -> Json:
    """A few kinds of roles in two accounts, several of each, all alike but for their names; some trust one another."""
    rng = Random(seed)
    kinds = range(rng.randint(2, 4))
    arns = {kind: [f"arn:aws:iam::{rng.choice((A, A, T))}:role/k{kind}-{n}-x" for n in range(rng.randint(1, 3))] for kind in kinds}
    ada = f"arn:aws:iam::{A}:user/ada"
    assume = {"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": "*"}
    principals: list[Json] = [{"arn": ada, "policies": [{"Statement": [assume]}]}]
    for kind in kinds:
        admitted = [arn for other in kinds if rng.randrange(100) < 45 for arn in arns[other]] + [ada]
        trust = {"Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": admitted}}]}
        reads = [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}] if rng.randrange(2) else []
        principals += [{"arn": arn, "trust": trust, "policies": [{"Statement": [assume, *reads]}]} for arn in arns[kind]]
    accounts = [{"id": account, "is_collected": True} for account in (A, T)]
    bucket = {"arn": "arn:aws:s3:::b", "account": A, "settings": {"ObjectOwnership": "BucketOwnerEnforced"}}
    return {"accounts": accounts, "states_no_organization": True, "principals": principals, "buckets": [bucket]}


@pytest.mark.long
@pytest.mark.parametrize("block", blocks(40))
def test_filters_bounds_and_families_in_many_organizations(block: int) -> None:
    for seed in range(9000 + 10 * block, 9010 + 10 * block):
        check_filters(organization(seed), seed, most=3)
        check_bounds_and_families(organization(seed), seed, most=3)
        check_bounds_and_families(crowded(seed), seed, most=4)


@pytest.mark.parametrize("seed", range(30))
def test_chains_are_those_of_plain_recursion(seed: int) -> None:
    check(organization(seed), seed, most=3)


@pytest.mark.long
@pytest.mark.parametrize("block", blocks(40))
def test_chains_are_those_of_plain_recursion_in_many_organizations(block: int) -> None:
    for seed in range(5000 + 25 * block, 5025 + 25 * block):
        check(organization(seed), seed, most=4 if seed % 5 == 0 else 3)
