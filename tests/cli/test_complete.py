"""Completion in the shell: names of the snapshot, found without reading it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from xgraph.cli import main
from xgraph.cli._complete import _names_file

SNAPSHOT = Path(__file__).parents[2] / "examples" / "acme" / "snapshot"


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setenv("XGRAPH_SNAPSHOT", str(SNAPSHOT))
    return tmp_path


def complete(*words: str) -> list[str]:
    """What zsh would be offered for the last word."""
    environment = {
        **os.environ,
        "_XGRAPH_COMPLETE": "bash_complete",
        "COMP_WORDS": " ".join(("xgraph", *words)),
        "COMP_CWORD": str(len(words)),
    }
    code = "import sys; sys.argv = ['xgraph']; from xgraph.cli import main; main()"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=False)

    assert done.stderr == ""
    return [line.partition(",")[2] for line in done.stdout.splitlines() if line]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("paths", "--from", "prod/orders"), ["prod/orders-api", "prod/orders-events"]),
        (("paths", "--to", "arn:aws:sqs:eu-central-1:100000000006"), ["arn:aws:sqs:eu-central-1:100000000006:orders-events"]),
        (("blast-radius", "management/break"), ["management/break-glass"]),
        (("what-can", "anon"), ["anonymous"]),
        (("who-can", "dynamodb:GetI"), ["dynamodb:GetItem"]),
        (("who-can", "permissions"), ["permissions-management"]),
        (("who-can", "dynamodb:GetItem", "data/Or"), ["data/Orders", "data/OrdersTableReader"]),
        (("paths", "--from", "nobody"), []),
    ],
)
def test_names_are_completed(cache: Path, words: tuple[str, ...], expected: list[str]) -> None:
    assert complete(*words) == expected


def test_asking_a_snapshot_writes_the_names_and_completion_reads_them_alone(cache: Path) -> None:
    assert CliRunner().invoke(main, ["find", "orders"]).exit_code == 0
    file = _names_file(SNAPSHOT)
    file.write_text("\nmade/up\trole", encoding="utf-8")

    assert file.is_relative_to(cache)
    assert complete("paths", "--from", "made") == ["made/up"]


def test_completion_without_a_snapshot_is_silent(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XGRAPH_SNAPSHOT", "/nowhere")

    assert complete("paths", "--from", "prod/") == []
