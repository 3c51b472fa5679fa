"""Every question that is answered by a table, from end to end on the sample organization; what it prints is a golden file."""

from __future__ import annotations

import json
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from rich.cells import cell_len

from xgraph.cli import main
from xgraph.queries import QUERIES
from xgraph.queries._query import columns_of

ROOT = Path(__file__).parents[2]
GOLDEN = ROOT / "tests" / "golden" / "questions"
ORDERS = "arn:aws:dynamodb:eu-central-1:100000000007:table/Orders"
DEVELOPER = "arn:aws:iam::100000000005:role/aws-reserved/sso.amazonaws.com/eu-central-1/AWSReservedSSO_Developer_ff76b26ff0eee6bf"
ASKED = {
    "who_can": "who-can s3:GetObject arn:aws:s3:::acme-invoices/2026/03.pdf",
    "who_can_any": "who-can any arn:aws:s3:::acme-invoices",
    "who_can_through_chains": f"who-can dynamodb:GetItem {ORDERS} --through-chains",
    "what_can": "what-can arn:aws:iam::100000000006:role/orders-api",
    "what_can_through_chains": "what-can 500000000001 --through-chains --in 100000000006",
    "blast_radius": "blast-radius arn:aws:iam::100000000001:user/break-glass",
    "exposure": "exposure",
    "explain": f"explain --from arn:aws:iam::100000000006:role/orders-api --to {ORDERS} --action dynamodb:GetItem",
    "explain_why_not": f"explain --from {DEVELOPER} --to {ORDERS} --action dynamodb:GetItem",
    "chokepoints": f"chokepoints --from any --to {ORDERS} --action dynamodb:GetItem",
    "chokepoints_of_sets": "chokepoints --from 100000000006 --to 100000000007",
    "find": "find orders",
}


def ask(command: str, *more: str) -> Result:
    return CliRunner().invoke(main, [*shlex.split(command), *more], env={"XGRAPH_SNAPSHOT": str(ROOT / "examples" / "acme" / "snapshot")})


@pytest.mark.parametrize("name", ASKED)
def test_golden(name: str, request: pytest.FixtureRequest) -> None:
    shown = ask(ASKED[name])
    path = GOLDEN / f"{name}.txt"
    if request.config.getoption("--refresh-golden"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(shown.stdout, encoding="utf-8")

    assert (shown.exit_code, shown.stderr) == (0, "")
    assert max(cell_len(line) for line in shown.stdout.splitlines()) <= 100
    assert path.read_text(encoding="utf-8") == shown.stdout


@pytest.mark.parametrize("name", ASKED)
def test_json_rows_have_the_declared_columns_and_described_nodes(name: str) -> None:
    answer = json.loads(ask(ASKED[name], "--format", "json").stdout)
    query = next(each for each in QUERIES if each.name == answer["query"]).load()
    assert query.record is not None
    columns = columns_of(query.record)
    nodes = {each.name for each in columns if each.is_node}
    named = {
        node for row in answer["rows"] for name in nodes for node in (row[name] if isinstance(row[name], list) else [row[name]]) if node
    }

    assert answer["rows"]
    assert all(list(row) == [each.name for each in columns] for row in answer["rows"])
    assert named <= set(answer["nodes"])


def test_every_question_is_asked_here() -> None:
    own = {"paths", "simulate"}

    assert {command.split()[0] for command in ASKED.values()} == {each.name for each in QUERIES} - own


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("who-can s3:GetObject arn:aws:s3:::acme-invoices/x --snapshot /nowhere", "/nowhere"),
        ("who-can gossip arn:aws:s3:::acme-invoices", "is no action, pattern of actions, or access level"),
        ("who-can sqs:* arn:aws:s3:::acme-invoices", "is no action that the reference data lists"),
        (
            "who-can any arn:aws:sqs:eu-central-1:100000000006:order-events",
            "nearest: `arn:aws:sqs:eu-central-1:100000000006:orders-events`",
        ),
    ],
)
def test_bad_input_is_one_sentence_and_status_2(command: str, said: str) -> None:
    shown = ask(command)

    assert (shown.exit_code, shown.stdout) == (2, "")
    assert shown.stderr.startswith("xgraph: error: ")
    assert said in shown.stderr
    assert shown.stderr.count("\n") == 1


def test_a_gate_on_who_can() -> None:
    assert ask(ASKED["who_can"], "--expect", "none").exit_code == 1
    assert ask(ASKED["who_can"], "--expect", "some").exit_code == 0
