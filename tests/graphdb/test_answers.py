"""What an answer from a database does not know, it says."""

from __future__ import annotations

import json
from pathlib import Path

from click.testing import CliRunner

from xgraph.cli import main

ACME = str(Path(__file__).parents[2] / "examples" / "acme" / "snapshot")
ORDERS = "arn:aws:dynamodb:eu-central-1:100000000007:table/Orders"
ASKED = ("--query", "who-can-access", "--param", f"to={ORDERS}", "--param", "action=dynamodb:GetItem")


def _ask(*words: str) -> dict[str, object]:
    shown = CliRunner().invoke(main, ["cypher", "--snapshot", ACME, "--no-blocked", *ASKED, "--format", "json", *words])
    assert shown.exit_code == 0, shown.stderr
    answer: dict[str, object] = json.loads(shown.stdout)
    return answer


def test_no_row_about_something_that_was_not_loaded_is_no_answer() -> None:
    answer = _ask()
    assert answer["rows"] == []
    assert answer["complete"] is False
    assert any("--target" in note for note in answer["notes"])  # type: ignore[attr-defined]  # a list of texts


def test_what_was_named_as_a_target_is_loaded() -> None:
    answer = _ask("--target", ORDERS, "--action", "dynamodb:GetItem")
    assert answer["complete"] is True
    assert answer["rows"]
