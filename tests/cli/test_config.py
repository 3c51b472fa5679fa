"""`xgraph.toml`, and names by `ACCOUNT/NAME`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

import xgraph
from xgraph.cli import main
from xgraph.config import ConfigError, read_config

SNAPSHOT = Path(__file__).parents[2] / "examples" / "acme" / "snapshot"
ORDERS = "arn:aws:dynamodb:eu-central-1:100000000007:table/Orders"
GOOD = f"""
snapshot = "{SNAPSHOT}"
own_accounts = ["500000000001"]
[account_aliases]
production = "100000000006"
[third_parties]
Heliograph = ["500000000001"]
"""


def run(*arguments: str, **environment: str) -> Result:
    return CliRunner().invoke(main, arguments, env=environment)


@pytest.fixture
def config(tmp_path: Path) -> Path:
    file = tmp_path / "xgraph.toml"
    file.write_text(GOOD, encoding="utf-8")
    return file


@pytest.mark.parametrize(
    ("source", "target"),
    [
        ("prod/orders-api", "data/Orders"),
        ("PROD/Orders-API", "100000000007/Orders"),
        ("arn:aws:iam::100000000006:role/orders-api", ORDERS),
    ],
)
def test_names_by_account_and_name(source: str, target: str) -> None:
    shown = run(
        "paths", "--from", source, "--to", target, "--action", "dynamodb:GetItem", "--format", "json", XGRAPH_SNAPSHOT=str(SNAPSHOT)
    )
    hops = json.loads(shown.stdout)["paths"][0]["hops"]

    assert (hops[0]["from"], hops[-1]["to"]) == ("arn:aws:iam::100000000006:role/orders-api", ORDERS)


def test_objects_and_accounts_by_name() -> None:
    rows = json.loads(
        run("who-can", "s3:GetObject", "data/acme-invoices/2026/03.pdf", "--format", "json", XGRAPH_SNAPSHOT=str(SNAPSHOT)).stdout
    )
    account = run("what-can", "account:prod", "--in", "data", XGRAPH_SNAPSHOT=str(SNAPSHOT))

    assert {row["to"] for row in rows["rows"]} == {"arn:aws:s3:::acme-invoices/2026/03.pdf"}
    assert account.exit_code == 0


def test_a_name_that_nobody_has_is_an_error() -> None:
    shown = run("what-can", "prod/nobody", XGRAPH_SNAPSHOT=str(SNAPSHOT))

    assert shown.exit_code == 2
    assert "`prod/nobody`" in shown.stderr


def test_the_file_names_accounts_and_the_snapshot(config: Path) -> None:
    shown = run("--config", str(config), "what-can", "Heliograph")

    assert shown.exit_code == 0
    assert "production/heliograph-monitoring" in shown.stdout
    assert "Heliograph 500000000001" in shown.stdout


def test_names_of_before_are_still_understood(config: Path) -> None:
    graph = xgraph.load(SNAPSHOT, config).graph()

    assert list(graph.what_can("prod/orders-api").rows) == list(graph.what_can("production/orders-api").rows)


def test_verdicts_do_not_depend_on_names(config: Path) -> None:
    plain, named = (xgraph.load(SNAPSHOT, one).graph() for one in (None, config))

    assert [(row.source, row.target, row.verdict) for row in plain.exposure().rows if "service:" not in row.source] == [
        (row.source, row.target, row.verdict) for row in named.exposure().rows if "service:" not in row.source
    ]


def test_own_accounts_are_a_kind_of_their_own_in_the_exposure(config: Path) -> None:
    sources = {row.source for row in xgraph.load(SNAPSHOT, config).graph().exposure(to=("own",)).rows}

    assert sources == {"account:500000000001"}
    assert "account:500000000001" not in {row.source for row in xgraph.load(SNAPSHOT, config).graph().exposure(to=("account",)).rows}


def test_flags_come_before_the_environment_and_that_before_the_file(config: Path) -> None:
    by_file = run("--config", str(config), "find", "orders")
    by_environment = run("--config", str(config), "find", "orders", XGRAPH_SNAPSHOT="/nowhere")
    by_flag = run("--config", str(config), "find", "orders", "--snapshot", str(SNAPSHOT), XGRAPH_SNAPSHOT="/nowhere")

    assert [each.exit_code for each in (by_file, by_environment, by_flag)] == [0, 2, 0]
    assert by_file.stdout == by_flag.stdout


def test_the_file_of_the_folder_is_read_and_forgotten_again(
    config: Path, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    monkeypatch.chdir(config.parent)
    inside = run("find", "production")
    monkeypatch.chdir(tmp_path_factory.mktemp("elsewhere"))
    outside = run("find", "production", XGRAPH_SNAPSHOT=str(SNAPSHOT))

    assert "production" in inside.stdout
    assert "0 names" in outside.stdout


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("snapshots = 'x'", "the key `snapshots`, which means nothing"),
        ("snapshot = 3", "`snapshot` in"),
        ("own_accounts = ['12']", "`own_accounts` in"),
        ("[account_aliases]\nprod = ['100000000001', '100000000002']", "`account_aliases.prod` in"),
        ("[third_parties]\na = '100000000001'\nb = '100000000001'", "twice"),
        ("third_parties = 1", "`third_parties` in"),
        ("a = = b", "is no TOML"),
    ],
)
def test_what_can_not_be_understood_is_an_error_that_names_file_and_key(tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "mine.toml"
    file.write_text(text, encoding="utf-8")
    shown = run("--config", str(file), "find", "x")

    assert shown.exit_code == 2
    assert said in shown.stderr
    assert str(file) in shown.stderr
    with pytest.raises(ConfigError):
        read_config(file)


def test_a_file_that_is_not_there_is_an_error() -> None:
    assert run("--config", "/nowhere/xgraph.toml", "find", "x").exit_code == 2
