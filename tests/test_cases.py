"""Every JSON case under tests/cases, asked of the engine."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from xgraph.graph.policy.request import decide
from xgraph.queries.render.records import condition_record, decision_record

CASES = Path(__file__).parent / "cases"
TOPICS = ("authorize", "conditions", "services", "regressions")


def _load() -> list[Any]:
    out = []
    for path in sorted(p for topic in TOPICS for p in (CASES / topic).glob("*.json")):
        content = json.loads(path.read_text(encoding="utf-8"))
        for case in content["cases"]:
            request = {**content.get("fixture", {}), **case["request"]}
            out.append(pytest.param(request, case["expect"], id=f"{path.parent.name}/{path.stem}: {case['name']}"))
    return out


@pytest.mark.parametrize(("request_", "expect"), _load())
def test_case(request_: dict[str, Any], expect: dict[str, Any]) -> None:
    """The decision is the one that the case expects; what the case leaves out is not compared."""
    decision = decision_record(decide(request_))
    assert decision["verdict"] == expect["verdict"], decision
    condition = decision["condition"] or {}
    _check_condition(condition, expect)
    _check_lists(decision, expect)


def _check_condition(condition: dict[str, Any], expect: dict[str, Any]) -> None:
    if "open_points" in expect:
        assert set(expect["open_points"]) <= set(condition["open_points"])
    if "benign" in expect:
        assert condition["benign"] is expect["benign"]
    if "gaps" in expect:
        assert condition["gaps"] == expect["gaps"]
    if "witness" in expect:
        assert expect["witness"].items() <= (condition["witness"] or {}).items()
    if "witness_keys" in expect:
        assert set(expect["witness_keys"]) <= set(condition["witness"] or {})
    assert not set(expect.get("witness_keys_absent", ())) & set(condition.get("witness") or {})
    if expect.get("witness_null"):
        assert condition["witness"] is None
    if "any_of" in expect:
        assert _clauses(expect["any_of"]) == _clauses(condition["any_of"])


def _clauses(any_of: list[list[dict[str, Any]]]) -> set[frozenset[Any]]:
    def one(clause: dict[str, Any]) -> tuple[Any, ...]:
        return (clause["key"].lower(), clause["operator"], tuple(sorted(clause["values"])), bool(clause.get("negated", False)))

    return {frozenset(one(clause) for clause in term) for term in any_of}


def _check_lists(decision: dict[str, Any], expect: dict[str, Any]) -> None:
    codes = {problem["code"] for problem in decision["problems"]}
    assert set(expect.get("problems", ())) & ENGINE_CODES <= codes
    assert not set(expect.get("problems_absent", ())) & codes
    for text in expect.get("problem_text", ()):
        assert any(text in problem["text"] for problem in decision["problems"]), decision["problems"]
    for wanted in expect.get("evidence", ()):
        assert any(wanted.items() <= found.items() for found in decision["evidence"]), decision["evidence"]
    for unwanted in expect.get("evidence_absent", ()):
        assert not any(unwanted.items() <= found.items() for found in decision["evidence"]), decision["evidence"]
    for wanted in expect.get("blocked_by", ()):
        assert any(wanted.items() <= found.items() for found in decision["blocked_by"]), decision["blocked_by"]


# The problem codes that the engine itself reports; other lint ids in the cases wait for the linter.
ENGINE_CODES = frozenset(("L01", "L02", "L03", "L04", "L05", "L06", "L07", "L12", "L14", "L20", "L29", "L34"))


# The numbers of the conformance cases, from the first to the last of each run.
_RUNS = ((1, 28), (30, 48), (50, 143), (145, 177), (180, 205), (210, 223), (230, 248), (250, 257))
NUMBERED = frozenset(f"C{number:03}" for first, last in _RUNS for number in range(first, last + 1))


def test_every_numbered_case_is_stated() -> None:
    """Each number is asserted by some request; what of it the engine alone can't say is kept as `later`, in words."""
    cases = [
        case
        for topic in TOPICS
        for path in (CASES / topic).glob("*.json")
        for case in json.loads(path.read_text(encoding="utf-8"))["cases"]
    ]
    stated = {number for case in cases for number in case["ids"]}

    assert len(NUMBERED) == 241
    assert stated == NUMBERED
    assert all("verdict" in case["expect"] for case in cases)
    assert all(len(case["later"].split()) > 2 for case in cases if "later" in case)


@pytest.mark.parametrize("code", ["L01", "L02", "L03", "L04", "L14", "L20"])
def test_every_problem_of_the_engine_has_a_case(code: str) -> None:
    assert any(code in case.values[1].get("problems", ()) for case in _load())


def test_cases_are_there() -> None:
    """A moved folder would make every case vanish without a failure."""
    assert len(_load()) > 1000
    assert condition_record(None) is None
