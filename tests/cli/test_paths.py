"""`xgraph paths` from end to end, on the sample organization."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from rich.cells import cell_len

from xgraph.cli import main
from xgraph.queries.render import FORMATS

SNAPSHOT = Path(__file__).parents[2] / "examples" / "acme" / "snapshot"
ORDERS = ("--to", "arn:aws:dynamodb:eu-central-1:100000000007:table/Orders", "--action", "dynamodb:GetItem")
ALLOWED = ("--from", "arn:aws:iam::100000000006:role/orders-api", *ORDERS)
INVOICE = ("--to", "arn:aws:s3:::acme-invoices/2026/03.pdf", "--action", "s3:GetObject")
SEVERAL = ("--from", "100000000006", *INVOICE)
VENDOR = ("--from", "500000000001", "--to", "arn:aws:sqs:eu-central-1:100000000006:orders-events", "--action", "sqs:GetQueueAttributes")
DEVELOPER = (
    "--from", "arn:aws:iam::100000000005:role/aws-reserved/sso.amazonaws.com/eu-central-1/AWSReservedSSO_Developer_ff76b26ff0eee6bf",
    *ORDERS,
)  # fmt: skip


def ask(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["paths", *arguments], env={"XGRAPH_SNAPSHOT": str(SNAPSHOT)})


def test_the_table_tells_hops_statements_and_verdict() -> None:
    shown = ask(*ALLOWED)

    assert shown.exit_code == 0
    assert shown.stderr == ""
    for words in ("✓ ALLOWED", "assume-role sts:AssumeRole → data/OrdersTableReader", "trust policy #0", "1 chain: 1 ALLOWED", "complete"):
        assert words in shown.stdout
    assert max(cell_len(line) for line in shown.stdout.splitlines()) <= 100


def test_a_blocked_chain_tells_what_blocks_it() -> None:
    shown = ask(*DEVELOPER, "--show-blocked")

    assert "✗ blocked  at hop 2 of 3 by scp" in shown.stdout
    assert "SCP p-devstaysout #0 (NoRolesOfProdAndData)" in shown.stdout
    assert "no chain of at most 8 hops, 1 blocked" in shown.stdout


@pytest.mark.parametrize(
    ("question", "expected", "status"),
    [
        (ALLOWED, "some", 0),
        (ALLOWED, "none", 1),
        (VENDOR, "none", 1),
        (DEVELOPER, "none", 0),
        ((*DEVELOPER, "--show-blocked"), "none", 0),
        (DEVELOPER, "some", 1),
    ],
)
def test_gates(question: tuple[str, ...], expected: str, status: int) -> None:
    shown = ask(*question, "--expect", expected)

    assert shown.exit_code == status
    assert shown.stderr.startswith(f"xgraph: expected {expected}, found ") == (status == 1)


@pytest.mark.parametrize("name", [each.name for each in FORMATS])
def test_every_format_writes_to_a_file_what_it_prints(name: str, tmp_path: Path) -> None:
    file = tmp_path / "answer"

    printed = ask(*SEVERAL, "--show-blocked", "--format", name)
    written = ask(*SEVERAL, "--show-blocked", "--format", name, "-o", str(file))

    assert (printed.exit_code, written.exit_code, written.stdout) == (0, 0, "")
    assert file.read_bytes() == printed.stdout_bytes


def test_a_limit_cuts_the_answer_and_says_so() -> None:
    shown = ask(*SEVERAL, "--limit", "1", "--format", "json")
    answer = json.loads(shown.stdout)

    assert len(answer["paths"]) == 1
    assert (answer["complete"], answer["truncated_by"]) == (False, "limit")
    assert shown.stderr == "xgraph: warning: the answer is incomplete: cut at the limit\n"


def test_nodes_of_all_hops_are_described() -> None:
    answer = json.loads(ask(*SEVERAL, "--show-blocked", "--format", "json").stdout)
    named = {hop[end] for chain in answer["paths"] + answer["blocked"] for hop in chain["hops"] for end in ("from", "to")}

    assert named
    assert named <= set(answer["nodes"])


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--from", "arn:aws:iam::100000000006:role/order-api", *ORDERS), "nearest: `arn:aws:iam::100000000006:role/orders-api`"),
        ((*ALLOWED, "--snapshot", "/nowhere"), "/nowhere"),
        ((*ALLOWED, "-o", "/nowhere/answer"), "no folder `/nowhere`"),
    ],
)
def test_bad_input_is_one_sentence_and_status_2(arguments: tuple[str, ...], said: str) -> None:
    shown = ask(*arguments)

    assert (shown.exit_code, shown.stdout) == (2, "")
    assert shown.stderr.startswith("xgraph: error: ")
    assert said in shown.stderr
    assert shown.stderr.count("\n") == 1


def test_the_time_of_the_analysis_is_passed_on() -> None:
    answer = json.loads(ask(*ALLOWED, "--at", "2026-01-31T12:00:00", "--format", "json").stdout)

    assert answer["parameters"]["at"] == "2026-01-31T12:00:00+00:00"


def test_two_runs_print_the_same_bytes() -> None:
    command = [sys.executable, "-m", "xgraph", "paths", "--snapshot", str(SNAPSHOT), *SEVERAL, "--show-blocked", "--format", "jsonl"]

    printed = {
        subprocess.run(command, capture_output=True, check=True, env={**os.environ, "PYTHONHASHSEED": seed}).stdout for seed in ("1", "2")
    }

    assert len(printed) == 1


@pytest.mark.parametrize("output", ["table", "json"])
def test_time_that_is_up_leaves_an_incomplete_answer(output: str) -> None:
    shown = ask("--from", "any", "--to", "arn:aws:iam::100000000006:role/deployer", "--timeout", "0", "--format", output)

    assert shown.exit_code == 0
    assert ("out of time" in shown.stdout) if output == "table" else json.loads(shown.stdout)["truncated_by"] == "timeout"


def test_a_cut_answer_has_bounds_and_the_place_of_all_chains() -> None:
    cut = json.loads(ask("--from", "any", "--to", "100000000006", "--limit", "2", "--format", "json").stdout)
    whole = json.loads(ask("--from", "any", "--to", "100000000006", "--format", "json").stdout)

    assert cut["count"]["at_least"] == 2 < len(whole["paths"]) <= cut["count"]["at_most"]
    assert cut["subgraph"]["is_upper_bound"] is True
    assert {hop[end] for path in whole["paths"] for hop in path["hops"] for end in ("from", "to")} <= set(cut["subgraph"]["nodes"])
    assert whole["count"] == {"at_least": len(whole["paths"]), "at_most": len(whole["paths"])}
    assert "subgraph" not in whole


def test_filters_are_passed_on() -> None:
    question = ("--from", "any", "--to", "100000000006", "--format", "json")
    via = json.loads(ask(*question, "--via", "100000000004").stdout)["paths"]
    without = json.loads(ask(*question, "--avoid", "100000000004").stdout)["paths"]
    both = json.loads(ask(*question).stdout)["paths"]

    assert via
    assert without
    assert len(via) + len(without) == len(both)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--via", "nobody"), "`nobody` names nothing that is known"),
        (("--within", "ou:nowhere"), "is no collected organizational unit"),
        (("--claim", "sub=x"), "has no claims"),
    ],
)
def test_wishes_that_name_nothing_are_bad_input(arguments: tuple[str, ...], said: str) -> None:
    shown = ask("--from", "100000000006", "--to", "arn:aws:iam::100000000006:role/deployer", *arguments)

    assert shown.exit_code == 2
    assert said in shown.stderr
