"""The command `xgraph`. Sub-commands are imported when they run, so that `xgraph --help` imports nothing heavy."""

from __future__ import annotations

import contextlib
import os
import sys
import traceback
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import click

from xgraph.queries import QUERIES

from . import _errors


@dataclass(frozen=True, slots=True)
class Command:
    """A sub-command: where it lives, and what `xgraph --help` says of it."""

    name: str
    module: str
    attribute: str
    description: str


COMMANDS = (
    Command("collect", "xgraph.cli.collect", "collect", "Ask AWS and write a snapshot."),
    Command("import", "xgraph.cli.import_", "import_", "Write a snapshot from files that you already have."),
    Command("coverage", "xgraph.cli.coverage", "coverage", "What a snapshot shows, and what it does not."),
    Command("paths", "xgraph.cli.paths", "paths", "Every chain of access from one place to another."),
    Command("view", "xgraph.cli.view", "view", "A picture of every chain from one place to another."),
    Command("report", "xgraph.cli.report", "report", "One page about a whole snapshot, to be sent."),
    Command("simulate", "xgraph.cli.simulate", "simulate", "Whether one principal may do one thing, and why."),
    Command("neo4j", "xgraph.cli.neo4j", "neo4j", "Load the graph into Neo4j, or ask it there."),
    Command("cypher", "xgraph.cli.cypher", "cypher", "Ask the graph in Cypher, without a server."),
)


def _descriptions() -> list[tuple[str, str]]:
    """Every command with its description; questions without a module of their own here are made from their record."""
    own = [(command.name, command.description) for command in COMMANDS]
    names = {name for name, _ in own}
    return own + [(listing.name, listing.description) for listing in QUERIES if listing.name not in names]


class LazyGroup(click.Group):
    """A group that knows its commands by name only, and turns every error into one sentence and an exit status."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  click's signature
        return [name for name, _ in _descriptions()]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002  click's signature
        for command in COMMANDS:
            if command.name == cmd_name:
                found = getattr(import_module(command.module), command.attribute)
                assert isinstance(found, click.Command)
                return found
        for listing in QUERIES:
            if listing.name == cmd_name:
                from ._command import command_of

                return command_of(listing)
        return None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002  click's signature
        with formatter.section("Commands"):
            formatter.write_dl(_descriptions())

    def invoke(self, ctx: click.Context) -> Any:
        try:
            result = super().invoke(ctx)
            sys.stdout.flush()
        except BrokenPipeError:
            _silence_stdout()
            return _errors.BROKEN_PIPE
        return result

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,
        **extra: Any,
    ) -> Any:
        """Run, and leave with the exit status of docs/answers.md; with `standalone_mode=False` as click does it."""
        if not standalone_mode:
            return super().main(args, prog_name, complete_var, standalone_mode=False, **extra)
        sys.exit(self._status(args, prog_name or "xgraph", complete_var, extra))

    def _status(self, args: Sequence[str] | None, prog_name: str, complete_var: str | None, extra: dict[str, Any]) -> int:
        try:
            status = super().main(args, prog_name, complete_var, standalone_mode=False, **extra)
        except click.Abort:
            return _fail("xgraph: interrupted", _errors.INTERRUPTED)
        except click.ClickException as error:
            if type(error).__name__ == "NoArgsIsHelpError":  # click 8.2 and newer; its message is the help text
                return _fail(error.format_message(), error.exit_code)
            return _fail(_errors.sentence(error), error.exit_code)
        except OSError as error:
            what = (error.strerror or str(error)).lower()
            return _fail(f"xgraph: error: {what}" + (f": `{error.filename}`" if error.filename else ""), _errors.FAILED)
        except Exception as error:  # noqa: BLE001  a mistake of ours: its trace, and a status that no gate takes for an answer
            if type(error).__name__ == "Damaged":  # of a cache, which is removed by now; its module is not imported for every command
                return _fail(f"xgraph: error: {error}", _errors.FAILED)
            return _fail(f"{traceback.format_exc()}xgraph: error: this is a mistake in xgraph, please report it", _errors.BUG)
        return status if isinstance(status, int) else 0


def _fail(message: str, status: int) -> int:
    with contextlib.suppress(OSError):
        click.echo(message, err=True)
    return status


def _silence_stdout() -> None:
    """Keep the interpreter from flushing into the closed pipe once more when it ends."""
    with contextlib.suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)


def _show_version(ctx: click.Context, _param: click.Parameter, wanted: bool) -> None:
    if wanted and not ctx.resilient_parsing:
        from xgraph import __version__

        click.echo(f"xgraph {__version__}")
        ctx.exit()


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--config", type=click.Path(), envvar="XGRAPH_CONFIG", metavar="FILE", show_envvar=True,
    help="Names of accounts, whose they are, the default snapshot.  [default: xgraph.toml, if there is one]",
)  # fmt: skip
@click.option("--version", is_flag=True, is_eager=True, expose_value=False, callback=_show_version, help="Show the version and leave.")
@click.pass_context
def main(ctx: click.Context, /, *, config: str | None) -> None:
    """Find every chain of access through your AWS accounts.

    Each hop is evaluated against identity policies, trust policies, resource policies, ACLs, permissions boundaries, SCPs and
    RCPs; what depends on conditions or on something that could not be read is said, not guessed.

    Two commands do the main job. Collect once (read-only), then ask as often as you like, without AWS:

    \b
      xgraph collect --organization --role-name XGraphReadOnly --out snapshot
      xgraph paths --from account:100000000001 --to arn:aws:s3:::a-bucket/* --action s3:GetObject

    In a pipeline, fail when there is a way that must not be:

    \b
      xgraph paths --from anonymous --to arn:aws:s3:::a-bucket/* --action s3:GetObject --expect none
    """  # noqa: D301  click keeps a paragraph as it is after a backspace sign
    _configure(ctx, config)


def _configure(ctx: click.Context, path: str | None) -> None:
    """Read the configuration; click itself asks flags first, then the environment, then these defaults."""
    if path is None and not os.path.isfile("xgraph.toml"):  # noqa: PTH113  pathlib would be imported for every command
        if "xgraph.config" in sys.modules:
            sys.modules["xgraph.config"].CURRENT.set(sys.modules["xgraph.config"].NOTHING)
        return
    from xgraph.config import CURRENT, ConfigError, find_config, read_config

    try:
        found = read_config(path) if path is not None else find_config()
    except ConfigError as error:
        raise _errors.BadInput(str(error)) from error
    except OSError as error:
        raise _errors.BadInput(f"could not read `{path}`: {(error.strerror or str(error)).lower()}") from error
    CURRENT.set(found)
    if found.snapshot is not None:
        names = [name for name, _ in _descriptions()]
        ctx.default_map = {name: {"snapshot": found.snapshot} for name in names if name not in ("collect", "import")}
