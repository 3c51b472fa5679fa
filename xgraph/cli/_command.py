"""A command made from a question's record: its parameters, its help, and how its answer is written."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from functools import partial
from importlib import import_module
from inspect import cleandoc
from typing import Any, TextIO

import click

from xgraph.queries import Listing
from xgraph.queries._query import Answer, Kind, Over, Param, Query
from xgraph.queries.render import FORMATS

from ._complete import complete_action, complete_name, remember
from ._expect import conclude
from ._output import check, opened
from ._progress import counter
from ._questions import bad_input, parse_time
from ._watch import Watch

_TERMINAL_LIMIT = 200
_METAVARS = {Kind.WHO: "WHO", Kind.WHAT: "WHAT", Kind.ACTION: "ACTION", Kind.COUNT: "N", Kind.TEXT: "TEXT"}
_COMPLETES = {Kind.WHO: complete_name, Kind.WHAT: complete_name, Kind.ACTION: complete_action}
# How a question's answer is written in a terminal, where its rows are more than a table: a module with a function `render`.
_TERMINAL: Mapping[str, str] = {"explain": "xgraph.cli._why"}

EXIT_STATUS = """\b
Exit status:
  0    answered, also when there is nothing to list
  1    the expectation is unmet
  2    bad usage or input
  3    the expectation cannot be decided: the answer is incomplete
  4    the disk failed
  130  interrupted"""


class QuestionCommand(click.Command):
    """A command that says in its help what its arguments are."""

    arguments: tuple[Param, ...] = ()

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        if self.arguments:
            with formatter.section("Arguments"):
                formatter.write_dl([(_metavar(each), each.help) for each in self.arguments])
        super().format_options(ctx, formatter)


def command_of(listing: Listing) -> click.Command:
    """The command of a question."""
    query = listing.load()
    names = ("table", *(each.name for each in FORMATS if each.has_rows))
    params = [*map(_parameter, query.params), *_common(query, names)]
    command = QuestionCommand(
        listing.name, params=params, callback=partial(_run, listing, query), help=f"{cleandoc(query.help)}\n\n{EXIT_STATUS}"
    )  # fmt: skip
    command.short_help = listing.description
    command.arguments = tuple(each for each in query.params if each.is_argument)
    return command


def _parameter(param: Param) -> click.Parameter:
    kind: Any = click.Choice(param.choices) if param.choices else click.IntRange(min=1) if param.kind is Kind.COUNT else None
    if param.is_argument:
        count = -1 if param.is_repeated else 1
        return click.Argument(
            [param.name],
            required=param.is_required,
            type=kind,
            nargs=count,
            metavar=_metavar(param),
            default=param.default,
            shell_complete=_COMPLETES.get(param.kind),
        )
    flag = param.option or f"--{param.name.replace('_', '-')}"
    if param.kind in (Kind.FLAG, Kind.FOLD):
        both = f"{flag}/--no-{flag.removeprefix('--')}" if param.kind is Kind.FOLD else flag
        default = None if param.kind is Kind.FOLD else False
        return click.Option([both, param.name], is_flag=True, default=default, help=param.help)
    return click.Option(
        [flag, param.name], required=param.is_required, type=kind, multiple=param.is_repeated, default=param.default,
        show_default=param.default is not None, metavar=None if param.choices else _metavar(param), help=param.help,
        shell_complete=_COMPLETES.get(param.kind),
    )  # fmt: skip


def _metavar(param: Param) -> str:
    if param.is_argument:
        text = param.name.upper().replace("_", "-")
        text = text if param.is_required else f"[{text}]"
        return f"{text}..." if param.is_repeated else text
    return _METAVARS.get(param.kind, "TEXT")


def _common(query: Query, names: tuple[str, ...]) -> list[click.Parameter]:
    """What every question takes."""
    found = [
        click.Option(
            ["--snapshot"], default="snapshot", envvar="XGRAPH_SNAPSHOT", show_default=True, show_envvar=True, metavar="FOLDER",
            help="What `xgraph collect` or `xgraph import` wrote.",
        )
    ]  # fmt: skip
    if query.over is not Over.ESTATE:
        found.append(
            click.Option(["--at"], callback=parse_time, metavar="TIME", help="Evaluate conditions on the time at this moment (ISO 8601).")
        )
    found += [
        click.Option(["--limit"], type=click.IntRange(min=1), help="Stop after this many rows.  [default: 200 in a terminal, else none]"),
        click.Option(["--expect"], type=click.Choice(["none", "some"]), help="Leave with 1 when unmet, 3 when it cannot be decided."),
        click.Option(["--format", "format_name"], type=click.Choice(names), default="table", show_default=True, help="How to write it."),
        click.Option(["-o", "--output"], type=click.Path(), metavar="FILE", help="Write the answer here, whole or not at all."),
    ]
    return [*found]


def _run(
    listing: Listing,
    query: Query,
    /,
    *,
    snapshot: str,
    limit: int | None,
    expect: str | None,
    format_name: str,
    output: str | None,
    at: Any = None,
    **given: Any,
) -> int:
    import xgraph

    is_for_people = _is_for_people(format_name)
    if limit is None and output is None and is_for_people and sys.stdout.isatty():
        limit = _TERMINAL_LIMIT
    for param in query.params:
        if param.kind is Kind.FOLD and given[param.name] is None:
            given[param.name] = is_for_people
    check(output)
    with bad_input(), ExitStack() as bars:
        count = bars.enter_context(counter())
        handle = xgraph.load(snapshot).graph(at=at, progress=count)
        remember(snapshot, handle.estate)
        answer: Answer = handle.ask(listing.name, limit=limit, **given)
        watch = Watch(answer)
        with watch.interruptible():
            if output is None and sys.stdout.isatty():  # a bar and a table can't share a terminal
                watch.look_ahead(_TERMINAL_LIMIT)
                bars.close()
            with opened(output) as stream:
                _renderer(format_name, listing.name)(answer, stream)
    return conclude(answer, watch, expect, answer.counted, is_table=format_name == "table")


def _renderer(name: str, question: str) -> Callable[[Answer, TextIO], None]:
    if name == "table":
        found: Callable[[Answer, TextIO], None] = import_module(_TERMINAL.get(question, "xgraph.cli._grid")).render
        return found
    return next(each.render for each in FORMATS if each.name == name)


def _is_for_people(name: str) -> bool:
    return name == "table" or any(each.name == name and each.is_for_people for each in FORMATS)
