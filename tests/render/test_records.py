"""JSON has exactly the documented names, and hostile text arrives in it unchanged."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from typing import Any

from xgraph.graph.model.coverage import Gap
from xgraph.queries._query import Answer
from xgraph.queries.render.jsonl import render as write

Render = Callable[[str, Answer], str]

ANSWER = {
    "schema_version", "query", "parameters", "snapshot", "reference_data", "complete", "truncated_by", "coverage_gaps",
    "assumptions", "not_listed", "notes", "nodes",
}  # fmt: skip
CHAIN = {"verdict", "condition", "hops", "witnesses"}
BLOCKED = {"verdict", "blocked_at", "hops", "blocked_by"}
HOP = {"from", "to", "action", "mechanism", "also", "verdict", "condition", "evidence", "assumptions"}
CONDITION = {"text", "any_of", "benign", "gaps", "open_points", "exact", "witness"}
CLAUSE = {"key", "operator", "values", "negated", "class", "hop", "source"}
EVIDENCE = {"policy", "policy_type", "statement", "sid", "effect", "attached_to"}
BLOCKER = EVIDENCE | {"control", "level", "text"}
GAP = {"what", "account", "region", "service", "call", "outcome", "could_open", "could_close"}
NODE = {"kind", "account", "account_name", "name", "collected"}


def test_json_has_exactly_the_documented_names(render: Render, make_answer: Callable[[], Answer]) -> None:
    answer = json.loads(render("json", make_answer()))

    assert set(answer) == ANSWER | {"paths", "blocked"}
    assert set(answer["snapshot"]) == {"id", "name"}
    assert all(set(node) == NODE for node in answer["nodes"].values())
    assert [set(gap) for gap in answer["coverage_gaps"]] == [GAP]
    assert [set(chain) for chain in answer["paths"]] == [CHAIN] * 3
    assert [set(chain) for chain in answer["blocked"]] == [BLOCKED] * 2
    for chain in answer["paths"] + answer["blocked"]:
        for hop in chain["hops"]:
            assert set(hop) == HOP
            assert all(set(evidence) == EVIDENCE for evidence in hop["evidence"])
            _check_condition(hop["condition"])
    for chain in answer["blocked"]:
        assert all(set(blocker) == BLOCKER | {"hop"} for blocker in chain["blocked_by"])


def _check_condition(condition: dict[str, Any] | None) -> None:
    if condition is not None:
        assert set(condition) == CONDITION
        for clauses in condition["any_of"]:
            assert all(set(clause) == CLAUSE for clause in clauses)
            assert all(set(clause["source"]) == EVIDENCE for clause in clauses if clause["source"])


def test_json_is_laid_out_as_if_it_had_been_written_in_one_go(
    render: Render, make_answer: Callable[[], Answer], make_empty: Callable[[], Answer]
) -> None:
    for answer in (make_answer(), make_empty()):
        text = render("json", answer)

        assert json.dumps(json.loads(text), indent=2) + "\n" == text


def test_jsonl_is_framed_by_a_head_and_an_end(render: Render, make_answer: Callable[[], Answer]) -> None:
    lines = [json.loads(line) for line in render("jsonl", make_answer()).splitlines()]

    assert [line["type"] for line in lines] == ["answer", "path", "path", "path", "blocked", "blocked", "end"]
    assert set(lines[0]) == ANSWER | {"type"}
    assert lines[0]["complete"] is None
    assert set(lines[-1]) == {"type", "complete", "truncated_by", "coverage_gaps", "assumptions", "not_listed", "notes", "nodes"}
    assert lines[-1]["complete"] is False
    whole = json.loads(render("json", make_answer()))
    assert whole["paths"] == [_without_type(line) for line in lines if line["type"] == "path"]
    assert whole["blocked"] == [_without_type(line) for line in lines if line["type"] == "blocked"]


def _without_type(line: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in line.items() if key != "type"}


def test_jsonl_writes_each_chain_as_soon_as_it_is_found(make_answer: Callable[[], Answer]) -> None:
    stream, answer, seen = io.StringIO(), make_answer(), []
    inner = answer.items

    def spied() -> Any:
        for item in inner:
            seen.append(stream.getvalue().count("\n"))
            yield item

    answer.items = spied()
    write(answer, stream)

    assert seen == [1, 2, 3, 4, 5]


def test_hostile_names_arrive_intact_in_json(render: Render, make_hostile: Callable[[str], Answer], hostile: str) -> None:
    answer = json.loads(render("json", make_hostile(hostile)))

    assert answer["paths"][0]["hops"][0]["evidence"][0]["sid"] == hostile
    assert answer["blocked"][0]["blocked_by"][0]["text"] == hostile
    assert json.loads(render("jsonl", make_hostile(hostile)).splitlines()[1])["condition"]["text"] == hostile
    assert render("json", make_hostile(hostile)).isascii()


def test_what_does_not_apply_to_a_gap_is_null(render: Render, make_empty: Callable[[], Answer]) -> None:
    answer = make_empty()
    answer.coverage_gaps = (Gap("service control policies"),)

    assert json.loads(render("json", answer))["coverage_gaps"] == [
        {
            "what": "service control policies", "account": None, "region": None, "service": None, "call": None,
            "outcome": "not-tried", "could_open": True, "could_close": True,
        }
    ]  # fmt: skip
