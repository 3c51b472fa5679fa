"""The sister questions take the sources that `paths` takes, and agree with it on whether there is a way."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.test_chain_cases import CASES, world_of
from xgraph.graph.access.graph import build_graph
from xgraph.queries.blast_radius import blast_radius
from xgraph.queries.chokepoints import chokepoints
from xgraph.queries.explain import explain
from xgraph.queries.what_can import what_can
from xgraph.queries.who_can import who_can


def cases() -> Iterator[Any]:
    for name in ("federation", "roles_anywhere"):
        path = CASES / f"{name}.json"
        for case in json.loads(path.read_text(encoding="utf-8"))["cases"] if path.exists() else ():
            yield pytest.param(case, id=case["name"])


@pytest.mark.parametrize("case", list(cases()))
def test_there_is_a_way_for_one_question_when_there_is_one_for_all(case: Any) -> None:
    graph = build_graph(world_of(case))
    source, target, action, claim = case["from"], case["to"], case.get("action"), tuple(case.get("claim", ()))
    is_there = bool(case["expect"]["chains"])
    asked = action or "sts:AssumeRole"

    touched = list(blast_radius(graph, source, within=target, action=asked, claim=claim).rows)
    granted = list(what_can(graph, source, within=target, action=asked, through_chains=True, claim=claim).rows)
    chokes = list(chokepoints(graph, source, target, action=action, claim=claim).rows)
    steps = list(explain(graph, source, target, action=action, claim=claim).rows)

    assert (bool(touched), bool(granted), bool(chokes), bool(steps) and steps[0].way.startswith("the best way")) == (is_there,) * 4


def test_a_federated_source_without_a_way_is_told_which_trust_it_fails() -> None:
    case = next(one.values[0] for one in cases() if one.id == "another tenant's token opens nothing")
    rows = explain(build_graph(world_of(case)), case["from"], case["to"], action=case["action"], claim=tuple(case["claim"])).rows

    first = next(iter(rows))

    assert (first.verdict.is_possible, first.action, first.target.rpartition("/")[2]) == (False, "sts:AssumeRoleWithWebIdentity", "deploy")


def test_who_can_is_asked_of_an_account_of_a_tag_and_of_a_pattern() -> None:
    case = next(one.values[0] for one in cases() if one.id.startswith("a token's subject inside"))
    graph = build_graph(world_of(case))

    found = {text: {row.principal for row in who_can(graph, "s3:GetObject", text).rows} for text in ("111111111111", "arn:aws:s3:::*")}

    assert all("arn:aws:iam::111111111111:role/deploy" in principals for principals in found.values())
