"""Whether the hops of a chain contradict one another is what trying all concrete requests one after another finds (R3.42).

Every way to pass a tag and to set a source identity is tried with requests whose context is known in full; the engine decides each of
them as `simulate` would. Nothing here knows of formulas.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import product
from random import Random
from typing import Any

import pytest

from tests.properties.blocks import blocks
from tests.properties.organizations import A, estate_of
from xgraph.graph.access.assemble import Assembly
from xgraph.graph.access.graph import AccessGraph, build_graph
from xgraph.graph.access.paths import Route, Search
from xgraph.graph.access.world import ASSUME_ROLE, Goal, Stated
from xgraph.graph.policy.authorize import authorize
from xgraph.graph.policy.decision import Verdict

Json = Any
VALUES = ("x", "y")
USER = f"arn:aws:iam::{A}:user/u"
KEYS = ("aws:RequestTag/team", "aws:PrincipalTag/team", "sts:SourceIdentity", "aws:SourceIdentity")


def world(seed: int) -> Json:
    """A user and three roles that trust one another under conditions on tags and source identities."""
    rng = Random(seed)
    roles = [f"arn:aws:iam::{A}:role/{name}" for name in "rst"]

    def condition(keys: tuple[str, ...]) -> Json:
        found: Json = {}
        for key in rng.sample(keys, min(len(keys), rng.choice((0, 1, 1, 2)))):
            operator = rng.choice(("StringEquals", "StringEquals", "StringNotEquals", "Null", "StringEqualsIfExists"))
            value = rng.choice(("true", "false")) if operator == "Null" else rng.choice(VALUES)
            found.setdefault(operator, {})[key] = value
        return found

    def statement(actions: list[str], keys: tuple[str, ...], **more: Json) -> Json:
        return {"Effect": rng.choice(("Allow",) * 9 + ("Deny",)), "Action": actions, "Condition": condition(keys), **more}

    def trust() -> Json:
        every = {"Principal": {"AWS": [USER, *roles]}}
        open_ones = [a for a in ("sts:TagSession", "sts:SetSourceIdentity") if rng.randrange(3)]
        parts: list[Json] = [{"Effect": "Allow", "Action": ["sts:AssumeRole"], "Condition": condition(KEYS), **every}]
        parts += [
            {"Effect": "Allow", "Action": [a], "Condition": condition(KEYS[:2] if rng.randrange(2) else ()), **every} for a in open_ones
        ]
        return {"Statement": [*parts, *([statement(["sts:AssumeRole"], KEYS, **every)] if not rng.randrange(4) else [])]}

    made: list[Json] = [{"arn": USER, "tags": {"team": rng.choice(VALUES)} if rng.randrange(2) else {}}]
    for arn in roles:
        read = statement(["s3:GetObject"], ("aws:PrincipalTag/team", "aws:SourceIdentity"), Resource="*")
        tags = {"team": rng.choice(VALUES)} if rng.randrange(2) else {}
        made.append({"arn": arn, "trust": trust(), "tags": tags, "policies": [{"Statement": [read]}]})
    bucket = {"arn": "arn:aws:s3:::b", "account": A, "settings": {"ObjectOwnership": "BucketOwnerEnforced"}}
    accounts = [{"id": A, "is_collected": True}]
    return {"accounts": accounts, "states_no_organization": True, "principals": made, "buckets": [bucket]}


def is_possible(graph: AccessGraph, route: Route, goal: Goal) -> bool:
    """Whether some requests, made one after another, get through."""
    arns = [graph.principals[role].arn for role in route.roles]
    goals = [*(graph.world.goal(arn, ASSUME_ROLE) for arn in arns), goal]
    actors = [route.start.actor, *(graph.actor(role) for role in route.roles)]
    is_role = [one.action == ASSUME_ROLE for one in goals]
    # For each hop: the tag that is passed and whether it stays, and the source identity that is set.
    tags: list[tuple[str | None, bool]] = [(None, False), *((value, stays) for value in (*VALUES, "z") for stays in (False, True))]
    choices = [list(product(tags, (None, *VALUES, "z"))) if role else [((None, False), None)] for role in is_role]

    def go(number: int, tag: tuple[str, bool] | None, identity: str | None) -> bool:
        if number == len(goals):
            return True
        for (passed, stays), named in choices[number]:
            if tag is not None and tag[1] and passed is not None:
                continue  # a tag that stays can't be passed anew
            if identity is not None and named not in (None, identity):
                continue
            context = dict(_context(tag, identity, passed, named, stays=stays))
            if not _allowed(number, context):
                continue
            ahead = (passed, stays) if passed is not None else tag if tag is not None and tag[1] else None
            if go(number + 1, ahead, identity or named):
                return True
        return False

    def _allowed(number: int, context: dict[str, tuple[str, ...]]) -> bool:
        place = number, json.dumps(context)
        if place not in decided:
            request, policies = graph.world.ask(actors[number], goals[number], Stated(context, only=True))
            decided[place] = authorize(request, policies).verdict is Verdict.ALLOWED
        return decided[place]

    decided: dict[tuple[int, str], bool] = {}
    return go(0, None, None)


def _context(
    tag: tuple[str, bool] | None, identity: str | None, passed: str | None, named: str | None, *, stays: bool
) -> Iterator[tuple[str, tuple[str, ...]]]:
    if tag is not None:
        yield "aws:principaltag/team", (tag[0],)
    if identity is not None:
        yield "aws:sourceidentity", (identity,)
    if named is not None:
        yield "sts:sourceidentity", (named,)
    if passed is not None:
        yield "aws:requesttag/team", (passed,)
        yield "aws:tagkeys", ("team",)
        if stays:
            yield "sts:transitivetagkeys", ("team",)
    yield "aws:securetransport", ("true",)


def check(seed: int, *, most: int = 3) -> int:
    graph = build_graph(estate_of(world(seed)))
    goal = graph.world.goal("arn:aws:s3:::b/k", "s3:GetObject")
    assembly = Assembly(graph, goal)
    number = graph.number(USER)
    assert number is not None
    dropped = 0
    for route in Search(graph, (graph.actor(number),), goal, most).routes():
        found = assembly.consistent(route)
        expected = is_possible(graph, route, goal)
        assert (found is not None) == expected, (seed, route.roles)
        dropped += found is None
        if found is not None and found.verdict is Verdict.ALLOWED:
            assert found.condition is None
    return dropped


def test_contradictions_are_those_of_trying_all_requests() -> None:
    dropped = sum(check(seed) for seed in (*range(24), 48))

    assert dropped  # the worlds are such that some chains contradict themselves


@pytest.mark.long
@pytest.mark.parametrize("block", blocks(40))
def test_contradictions_are_those_of_trying_all_requests_in_many_worlds(block: int) -> None:
    for seed in range(1000 + 60 * block, 1060 + 60 * block):
        check(seed, most=4 if seed % 3 == 0 else 3)
