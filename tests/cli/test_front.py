"""What the command does before any sub-command runs: help, version, errors."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner

import xgraph
from xgraph.cli import COMMANDS, LazyGroup, main
from xgraph.cli._errors import BadInput, Failed, sentence
from xgraph.queries import QUERIES


def group_with(body: Callable[[], Any]) -> LazyGroup:
    """The front door with one command in it that does `body`."""

    class Front(LazyGroup):
        def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
            return click.Command("do", callback=body)

    return Front("xgraph")


def raising(error: BaseException) -> Callable[[], None]:
    def body() -> None:
        raise error

    return body


def test_help_names_every_command() -> None:
    shown = CliRunner().invoke(main, ["--help"])

    listed = {**{each.name: each.description for each in QUERIES}, **{each.name: each.description for each in COMMANDS}}

    assert shown.exit_code == 0
    assert all(name in shown.output and description in shown.output for name, description in listed.items())


@pytest.mark.parametrize("name", [*(each.name for each in QUERIES), *(each.name for each in COMMANDS)])
def test_every_command_has_help(name: str) -> None:
    shown = CliRunner().invoke(main, [name, "--help"])

    assert (shown.exit_code, shown.stderr) == (0, "")
    assert shown.stdout.startswith("Usage: ")


def test_version() -> None:
    assert CliRunner().invoke(main, ["--version"]).output == f"xgraph {xgraph.__version__}\n"


def test_no_command_shows_help_and_is_bad_usage() -> None:
    shown = CliRunner().invoke(main, [])

    assert shown.exit_code == 2
    assert "xgraph collect" in shown.output


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["fly"], "no such command `fly`"),
        (["--fast"], "no such option"),
        (["paths", "--from", "anonymous"], "missing option `--to`"),
        (["paths", "--from", "a", "--to", "b", "--max-hops", "0"], "invalid value for `--max-hops`"),
        (["paths", "--from", "a", "--to", "b", "--format", "docx"], "invalid value for `--format`"),
        (["paths", "--from", "a", "--to", "b", "--at", "noon"], "`noon` is no ISO 8601 time"),
    ],
)
def test_bad_usage_is_one_sentence_and_status_2(arguments: list[str], said: str) -> None:
    shown = CliRunner().invoke(main, arguments)

    assert shown.exit_code == 2
    assert shown.stdout == ""
    assert shown.stderr.startswith("xgraph: error: ")
    assert said in shown.stderr
    assert shown.stderr.count("\n") == 1
    assert not shown.stderr.rstrip().endswith(".")


@pytest.mark.parametrize(
    ("error", "status", "said"),
    [
        (BadInput("No role `x`."), 2, "xgraph: error: no role `x`\n"),
        (BadInput("SCPs are off"), 2, "xgraph: error: SCPs are off\n"),
        (Failed("AWS said no"), 4, "xgraph: error: AWS said no\n"),
        (OSError(errno.ENOSPC, "No space left on device", "/tmp/x"), 4, "xgraph: error: no space left on device: `/tmp/x`\n"),
        (KeyboardInterrupt(), 130, "\nxgraph: interrupted\n"),
    ],
)
def test_errors_become_sentences(error: BaseException, status: int, said: str) -> None:
    shown = CliRunner().invoke(group_with(raising(error)), ["do"])

    assert (shown.exit_code, shown.stderr) == (status, said)


def test_a_mistake_of_ours_is_no_answer() -> None:
    shown = CliRunner().invoke(group_with(raising(ZeroDivisionError("x"))), ["do"])

    assert shown.exit_code == 70
    assert "Traceback" in shown.stderr
    assert shown.stderr.endswith("xgraph: error: this is a mistake in xgraph, please report it\n")


@pytest.mark.parametrize("status", [0, 1, 3])
def test_what_a_command_returns_is_the_status(status: int) -> None:
    assert CliRunner().invoke(group_with(lambda: status), ["do"]).exit_code == status
    assert CliRunner().invoke(group_with(lambda: click.get_current_context().exit(status)), ["do"]).exit_code == status


def test_a_closed_pipe_is_quiet() -> None:
    program = (
        "import click\n"
        "from xgraph.cli import LazyGroup\n"
        "class Front(LazyGroup):\n"
        "    def get_command(self, ctx, name):\n"
        "        return click.Command('do', callback=lambda: [print('x' * 1000) for _ in range(1000)] and 0)\n"
        "Front('xgraph').main(['do'])\n"
    )
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        os.read(process.stdout.fileno(), 10)
        process.stdout.close()

        assert process.stderr.read() == b""
        assert process.wait(30) == 141


def test_usage_errors_quote_in_backticks() -> None:
    assert sentence(click.UsageError("No such command 'x'.")) == "xgraph: error: no such command `x`"


def test_command_modules_are_files_of_this_package() -> None:
    folder = Path(str(sys.modules["xgraph.cli"].__file__)).parent

    assert {path.stem.rstrip("_") for path in folder.glob("[!_]*.py")} <= {command.name for command in COMMANDS}
