"""Every question about a bucket is about its access points as well (R6.34)."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.test_chain_cases import CASES, world_of
from xgraph.graph.access.graph import AccessGraph, build_graph
from xgraph.queries._query import Answer
from xgraph.queries.blast_radius import blast_radius
from xgraph.queries.chokepoints import chokepoints
from xgraph.queries.explain import explain
from xgraph.queries.exposure import exposure
from xgraph.queries.what_can import what_can
from xgraph.queries.who_can import who_can

READER = "arn:aws:iam::222222222222:role/reader"
POINT = "arn:aws:s3:eu-west-1:111111111111:accesspoint/ap/object/*"
FOREIGN = "arn:aws:s3:*:999999999999:accesspoint/*/object/*"
OBJECTS = "arn:aws:s3:::b/*"

QUESTIONS: dict[str, Callable[[AccessGraph], Answer]] = {
    "who-can": lambda graph: who_can(graph, "s3:GetObject", OBJECTS),
    "who-can many": lambda graph: who_can(graph, "read", "arn:aws:s3:::b"),
    "who-can through chains": lambda graph: who_can(graph, "s3:GetObject", OBJECTS, through_chains=True),
    "what-can": lambda graph: what_can(graph, READER, within=OBJECTS),
    "what-can in the bucket": lambda graph: what_can(graph, READER, within="arn:aws:s3:::b"),
    "what-can anywhere": lambda graph: what_can(graph, READER, action="s3:GetObject"),
    "blast-radius": lambda graph: blast_radius(graph, READER, within=OBJECTS),
    "explain": lambda graph: explain(graph, READER, OBJECTS, action="s3:GetObject"),
    "chokepoints": lambda graph: chokepoints(graph, READER, OBJECTS, action="s3:GetObject"),
}


def case(name: str) -> Any:
    found = [one for one in json.loads((CASES / "access_points.json").read_text(encoding="utf-8"))["cases"] if one["name"].startswith(name)]
    return found[0]


@pytest.mark.parametrize("question", QUESTIONS)
def test_a_question_about_a_bucket_finds_the_way_through_its_access_point(question: str) -> None:
    graph = build_graph(world_of(case("a bucket that hands control")))

    found = {
        (row.source if hasattr(row, "source") else row.principal, _target(row), row.verdict.value)
        for row in QUESTIONS[question](graph).rows
    }

    assert (READER, POINT, "ALLOWED") in found


@pytest.mark.parametrize("question", ["who-can", "exposure"])
def test_a_foreign_account_that_the_bucket_leaves_its_access_points_to_is_listed(question: str) -> None:
    graph = build_graph(world_of(case("a chain ends at an access point of a foreign account")))
    rows = (exposure(graph, within=OBJECTS) if question == "exposure" else who_can(graph, "s3:GetObject", OBJECTS)).rows

    found = {(row.source if hasattr(row, "source") else row.principal, _target(row), row.verdict.value) for row in rows}

    assert ("account:999999999999", FOREIGN, "CONDITIONAL") in found


def test_the_node_of_an_access_point_has_its_account() -> None:
    answer = who_can(build_graph(world_of(case("a bucket that hands control"))), "s3:GetObject", OBJECTS)
    list(answer.rows)

    node = answer.nodes[POINT]

    assert (node.kind, node.account, node.collected) == ("object", "111111111111", True)


def _target(row: Any) -> str:
    return str(row.target if hasattr(row, "target") else row.resource)
