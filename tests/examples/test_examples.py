"""The samples answer their questions as their policies say, and their snapshots are what their sources make."""

from __future__ import annotations

import json
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import pytest

import xgraph
from xgraph.graph.access.chain import BlockedChain, Chain
from xgraph.graph.model.document import Policy
from xgraph.graph.policy.decision import Clause, ControlClass
from xgraph.graph.policy.parse import problems_in
from xgraph.queries._query import Answer

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples"
QUESTIONS: list[dict[str, Any]] = json.loads((EXAMPLES / "questions.json").read_text())
PRINTED = [each for each in QUESTIONS if "problems" in each["expect"]]
# Where conditions on a foreign account and on gaps are no keys of the request.
_NO_KEYS = (ControlClass.FOREIGN_ACCOUNT, ControlClass.GAP)


@cache
def workspace(snapshot: str) -> Any:
    return xgraph.load(ROOT / snapshot)


@cache
def graph(snapshot: str) -> Any:
    return workspace(snapshot).graph()


def ask(question: dict[str, Any]) -> tuple[Answer, list[Chain], list[BlockedChain]]:
    answer: Answer = graph(question["snapshot"]).paths(
        question["from"], question["to"], action=question["action"], max_hops=question["max_hops"], show_blocked=True,
    )  # fmt: skip
    found = list(answer.items)
    return answer, [each for each in found if isinstance(each, Chain)], [each for each in found if isinstance(each, BlockedChain)]


def nodes(chain: Chain | BlockedChain) -> tuple[str, ...]:
    for before, after in zip(chain.hops, chain.hops[1:], strict=False):
        assert before.target == after.source
    return (chain.hops[0].source, *(hop.target for hop in chain.hops))


def clauses(chain: Chain) -> list[Clause]:
    return [clause for each in chain.condition.any_of for clause in each] if chain.condition else []


def described(chain: Chain) -> tuple[Any, ...]:
    keys = frozenset(clause.key.lower() for clause in clauses(chain) if clause.control not in _NO_KEYS)
    return nodes(chain), chain.verdict.value, tuple(hop.mechanism for hop in chain.hops), keys


def expected(path: dict[str, Any]) -> tuple[Any, ...]:
    keys = frozenset(key.lower() for key in path["condition_keys"])
    return tuple(path["nodes"]), path["verdict"], tuple(path["mechanisms"]), keys


def each_question(questions: list[dict[str, Any]]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("question", questions, ids=[each["id"] for each in questions])


@each_question(QUESTIONS)
def test_every_chain_is_found_and_no_other(question: dict[str, Any]) -> None:
    _, chains, _ = ask(question)

    assert {expected(each) for each in question["expect"]["paths"]} == {described(each) for each in chains}
    assert len(chains) == len(question["expect"]["paths"])


@each_question(QUESTIONS)
def test_every_near_miss_is_found_and_no_other(question: dict[str, Any]) -> None:
    _, _, blocked = ask(question)

    assert {(tuple(each["nodes"]), each["blocked_at"], each["verdict"], each["control"]) for each in question["expect"]["blocked"]} == {
        (nodes(each), each.blocked_at, each.verdict.value, by.control) for each in blocked for by in each.blocked_by
    }
    assert len(blocked) == len(question["expect"]["blocked"])


def test_a_near_miss_names_the_statement_that_withholds_it() -> None:
    for question in QUESTIONS:
        found = {nodes(each): each for each in ask(question)[2]}
        for each in question["expect"]["blocked"]:
            by = found[tuple(each["nodes"])].blocked_by

            for field in ("policy", "statement", "level"):
                if field in each:
                    assert {each[field]} == {getattr(blocker, field) for blocker in by}, question["id"]
            assert all(blocker.text for blocker in by)


def test_a_condition_says_whose_it_is_and_what_is_unknown() -> None:
    for question in QUESTIONS:
        found = {nodes(each): each for each in ask(question)[1]}
        for each in question["expect"]["paths"]:
            chain = found[tuple(each["nodes"])]

            assert (each["verdict"] == "CONDITIONAL") == (chain.condition is not None), question["id"]
            assert {*each.get("classes", [])} <= {clause.control.value for clause in clauses(chain)}, question["id"]
            assert each.get("gaps", []) == list(chain.condition.gaps if chain.condition else ()), question["id"]
            assert each.get("benign", False) == bool(chain.condition and chain.condition.benign), question["id"]


def test_a_hop_shows_the_statements_that_allow_it() -> None:
    for question in QUESTIONS:
        found = {nodes(each): each for each in ask(question)[1]}
        for each in question["expect"]["paths"]:
            for hop, wanted in zip(found[tuple(each["nodes"])].hops, each.get("evidence", []), strict=False):
                shown = {(evidence.policy, evidence.statement) for evidence in hop.evidence}

                assert {(policy, statement) for policy, statement in wanted} <= shown, question["id"]


def policies(snapshot: str) -> list[tuple[Policy, str]]:
    estate = workspace(snapshot).estate
    identities = [(policy, "identity") for each in estate.principals.values() for policy in each.policies]
    trusts = [(each.trust, "trust") for each in estate.principals.values() if each.trust]
    return identities + trusts + [(each.policy, "resource") for each in estate.resources.values() if each.policy]


@each_question(PRINTED)
def test_the_article_as_printed_is_explained(question: dict[str, Any]) -> None:
    problems = [
        problem for policy, kind in policies(question["snapshot"]) for problem in problems_in(policy.document or "", policy.name, kind)
    ]
    for wanted in question["expect"]["problems"]:
        texts = [each.text for each in problems if (each.code, each.policy) == (wanted["code"], wanted["policy"])]

        assert texts, wanted
        assert not wanted["meant"] or wanted["meant"] in texts[0]


@each_question(PRINTED)
def test_an_answer_about_the_article_names_the_arn_that_was_meant(question: dict[str, Any]) -> None:
    answer, _, _ = ask(question)

    for wanted in question["expect"]["problems"]:
        assert not wanted["meant"] or any(wanted["meant"] in note for note in answer.notes), wanted


def test_the_sample_organization_has_no_flaws() -> None:
    found = [each for policy, kind in policies("examples/acme/snapshot") for each in problems_in(policy.document or "", policy.name, kind)]

    assert not found


def contents(folder: Path) -> dict[str, bytes]:
    files = (each for each in folder.rglob("*") if each.is_file() and each.name != "collected.json")
    return {str(each.relative_to(folder)): each.read_bytes() for each in files}


@pytest.mark.parametrize("sample", ["acme", "article"])
def test_building_again_gives_the_same_snapshot(sample: str, tmp_path: Path) -> None:
    subprocess.run([sys.executable, EXAMPLES / "build.py", sample, "--out", tmp_path], check=True, cwd=ROOT)

    committed = contents(EXAMPLES / sample / "snapshot")

    assert committed
    assert committed == contents(tmp_path / sample / "snapshot")


def test_the_demo_asks_questions_whose_answers_are_known() -> None:
    known = {(each["from"], each["to"], each["action"]) for each in QUESTIONS}
    script = (EXAMPLES / "demo.sh").read_text().replace("\\\n", " ")
    asked = [line.split() for line in script.splitlines() if line.startswith('ask "')]

    assert len(asked) == 6
    for words in asked:
        assert tuple(words[words.index(flag) + 1] for flag in ("--from", "--to", "--action")) in known
