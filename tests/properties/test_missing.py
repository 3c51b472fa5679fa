"""What `explain` says is missing is missing: added to the policies, it makes the request possible."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from itertools import islice

import pytest

from tests.properties.organizations import estate_of, organization
from tests.properties.test_index_honest import goals
from xgraph.graph.access.graph import AccessGraph, open_graph
from xgraph.graph.access.names import sources
from xgraph.graph.access.world import ASSUME_ROLE, Actor, Goal
from xgraph.graph.model.document import Policy
from xgraph.graph.model.estate import Estate
from xgraph.graph.policy.authorize import authorize
from xgraph.queries._missing import Missing, missing


def with_statement(policy: Policy | None, name: str, statement: object) -> Policy:
    document = json.loads(policy.document) if policy and policy.document else {"Version": "2012-10-17", "Statement": []}
    found = document.get("Statement", [])
    return Policy(
        policy.name if policy else name,
        json.dumps({**document, "Statement": [*(found if isinstance(found, list) else [found]), statement]}),
    )


def mended(estate: Estate, actor: Actor, goal: Goal, lacking: Iterable[Missing]) -> Estate | None:
    """The estate with every statement added that is said to be missing; None where something else has to change."""
    principals, resources = dict(estate.principals), dict(estate.resources)
    for one in lacking:
        if one.part or one.add is None or one.control not in ("identity-half", "trust-half", "resource-half"):
            return None
        if one.control == "identity-half":
            owner = principals.get(one.attached_to)
            if owner is None:
                return None
            principals[owner.arn] = replace(owner, policies=(*owner.policies, with_statement(None, "added", one.add)))
        elif one.control == "trust-half":
            role = principals[goal.node]
            principals[role.arn] = replace(role, trust=with_statement(role.trust, f"{role.arn}#trust", one.add))
        else:
            if goal.resource is None:
                return None
            arn = goal.resource.arn
            resources[arn] = replace(resources[arn], policy=with_statement(resources[arn].policy, f"{arn}#resource-policy", one.add))
    return replace(estate, principals=principals, resources=resources)


def questions(graph: AccessGraph) -> Iterable[Goal]:
    roles = [p.arn for p in graph.principals if p.trust is not None]
    yield from islice(goals(graph), 0, None, 8)
    yield from (graph.world.goal(arn, ASSUME_ROLE) for arn in roles[:3])


@pytest.mark.parametrize("seed", range(12))
def test_what_is_missing_makes_it_possible(seed: int) -> None:
    estate = estate_of(organization(seed))
    graph = open_graph(estate)

    tried = 0
    for goal in questions(graph):
        for actor in sources(graph, "any")[0]:
            request, policies = graph.world.ask(actor, goal)
            decision = authorize(request, policies)
            if decision.verdict.is_possible or actor.node == goal.node:
                continue
            lacking = missing(actor, goal, request, policies)
            if not lacking:  # AWS refuses such calls whatever policies say, so nothing that could be added is missing
                assert not decision.blocked_by
                continue
            changed = mended(estate, actor, goal, lacking)
            if changed is None:
                continue
            tried += 1
            world = open_graph(changed).world
            again = (
                world.actor(changed.principals[actor.principal.arn])
                if actor.principal and actor.principal.arn in changed.principals
                else actor
            )
            after = authorize(*world.ask(again, world.goal(goal.node, goal.action)))

            assert after.verdict.is_possible, (actor.node, goal.node, goal.action, [one.sentence for one in lacking], after.blocked_by)
    assert tried
