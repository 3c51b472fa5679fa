"""Chains over a snapshot whose last hop needs more than one authorization, or is opened by a service's own rules."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.properties.organizations import estate_of
from xgraph.graph.access.chain import Chain
from xgraph.graph.access.graph import build_graph
from xgraph.queries.path_between import path_between
from xgraph.queries.render.records import chain_record

CASES = sorted((Path(__file__).parent / "worlds").glob("*.json"))


def cases() -> list[Any]:
    found = []
    for path in CASES:
        content = json.loads(path.read_text(encoding="utf-8"))
        for case in content["cases"]:
            world = {**content.get("world", {}), **case.get("world", {})}
            found.append(pytest.param(world, case["ask"], case["expect"], id=f"{path.stem}: {case['name']}"))
    return found


@pytest.mark.parametrize(("world", "ask", "expect"), cases())
def test_case(world: dict[str, Any], ask: dict[str, str], expect: dict[str, Any]) -> None:
    """The chains are those that the case expects, the last hop has the mechanism, verdict, gaps and evidence that it names."""
    graph = build_graph(estate_of(world))
    answer = path_between(graph, ask["from"], ask["to"], ask.get("action"))
    found = [chain_record(item) for item in answer.items if isinstance(item, Chain)]

    assert [[hop["to"] for hop in chain["hops"]] for chain in found] == [chain["nodes"] for chain in expect["chains"]]
    for chain, wanted in zip(found, expect["chains"], strict=True):
        last = chain["hops"][-1]
        assert chain["verdict"] == wanted["verdict"]
        assert last["mechanism"] == wanted.get("mechanism", last["mechanism"])
        assert last["also"] == wanted.get("also", last["also"])
        assert (chain["condition"] or {"gaps": []})["gaps"] == wanted.get("gaps", [])
        assert {one["policy"] for one in last["evidence"]} >= set(wanted.get("evidence", ()))
    assert answer.complete is expect.get("complete", True)
    assert {gap.what for gap in answer.coverage_gaps} == set(expect.get("gaps", ()))
