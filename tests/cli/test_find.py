"""`xgraph find` from end to end, and its method in Python, on the sample organization."""

from __future__ import annotations

import inspect
import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from rich.cells import cell_len

import xgraph
from xgraph.cli import main

SNAPSHOT = Path(__file__).parents[2] / "examples" / "acme" / "snapshot"


def ask(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["find", *arguments], env={"XGRAPH_SNAPSHOT": str(SNAPSHOT)})


def test_names_that_begin_with_the_text_come_first() -> None:
    rows = json.loads(ask("orders", "--format", "json").stdout)["rows"]

    assert [(row["kind"], row["name"]) for row in rows][:2] == [("table", "Orders"), ("role", "orders-api")]
    assert {row["matched"] for row in rows} == {"name"}


@pytest.mark.parametrize(
    ("text", "kind", "identity"),
    [
        ("100000000007", "account", "account:100000000007"),
        ("table/orders", "table", "arn:aws:dynamodb:eu-central-1:100000000007:table/Orders"),
        ("PLATFORM-ENG", "group", "arn:aws:iam::100000000003:group/platform-engineers"),
        ("o-acme", "organization", "org:o-acmeexample"),
    ],
)
def test_everything_that_has_a_name_is_found(text: str, kind: str, identity: str) -> None:
    rows = json.loads(ask(text, "--format", "json").stdout)["rows"]

    assert (kind, identity) in {(row["kind"], row["id"]) for row in rows}


def test_the_table_fits_and_counts() -> None:
    shown = ask("orders")

    assert shown.exit_code == 0
    assert "4 names" in shown.stdout
    assert max(cell_len(line) for line in shown.stdout.splitlines()) <= 100


def test_nothing_found_is_an_answer() -> None:
    shown = ask("nobody-is-called-so")

    assert (shown.exit_code, shown.stdout.splitlines()[0]) == (0, "0 names")


def test_a_limit_cuts_the_table_and_says_so() -> None:
    answer = json.loads(ask("a", "--limit", "2", "--format", "json").stdout)

    assert len(answer["rows"]) == 2
    assert (answer["complete"], answer["truncated_by"]) == (False, "limit")


@pytest.mark.parametrize(
    ("text", "expected", "status"), [("orders", "some", 0), ("orders", "none", 1), ("zzz", "none", 0), ("zzz", "some", 1)]
)
def test_gates(text: str, expected: str, status: int) -> None:
    shown = ask(text, "--expect", expected)

    assert shown.exit_code == status
    assert shown.stderr.startswith(f"xgraph: expected {expected}, found ") == (status == 1)


def test_the_method_is_made_from_the_record() -> None:
    graph = xgraph.load(SNAPSHOT).graph()

    assert [row.name for row in graph.find("orders", limit=1).rows] == ["Orders"]
    assert list(inspect.signature(graph.find).parameters) == ["text", "limit"]
    assert "best matches first" in str(graph.find.__doc__)
    assert "find" in dir(graph)
    with pytest.raises(TypeError, match="text"):
        graph.find()


def test_the_help_says_what_the_argument_is() -> None:
    shown = CliRunner().invoke(main, ["find", "--help"])

    assert "TEXT  A part of a name" in shown.stdout
    assert "find" in CliRunner().invoke(main, ["--help"]).stdout
