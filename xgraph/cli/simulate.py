"""`xgraph simulate`: whether one principal may do one thing, over a snapshot or in requests that bring their policies along."""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING, TextIO

import click

from ._complete import complete_action, complete_name
from ._errors import BAD_INPUT
from ._output import check, opened
from ._questions import bad_input, parse_time

if TYPE_CHECKING:
    from xgraph.queries.simulate import Simulation

_FORMATS = ("table", "json", "jsonl")


def _parse_context(_ctx: click.Context, _param: click.Parameter, pairs: tuple[str, ...]) -> dict[str, str | list[str]]:
    """`KEY=VALUE` once or more often; a key that is given several times has several values."""
    found: dict[str, list[str]] = {}
    spelled: dict[str, str] = {}
    for pair in pairs:
        key, sign, value = pair.partition("=")
        if not sign or not key.strip():
            raise click.BadParameter(f"`{pair}` is no KEY=VALUE such as aws:SourceIp=203.0.113.7")
        found.setdefault(spelled.setdefault(key.strip().lower(), key.strip()), []).append(value)
    return {key: values[0] if len(values) == 1 else values for key, values in found.items()}


@click.command()
@click.option(
    "--from",
    "source",
    shell_complete=complete_name,
    metavar="WHO",
    help="Who asks: the ARN of a role (any session of it), user or session, a service, …",
)
@click.option(
    "--action",
    shell_complete=complete_action,
    metavar="ACTION",
    help="What is asked for, such as s3:GetObject.  [default for a role: sts:AssumeRole]",
)
@click.option(
    "--to",
    "target",
    shell_complete=complete_name,
    metavar="WHAT",
    help="On what: the ARN of a resource or role; `*` where the action takes none.",
)
@click.option(
    "--snapshot", default="snapshot", envvar="XGRAPH_SNAPSHOT", show_default=True, show_envvar=True, metavar="FOLDER",
    help="What `xgraph collect` or `xgraph import` wrote.",
)  # fmt: skip
@click.option(
    "--context", multiple=True, callback=_parse_context, metavar="KEY=VALUE",
    help="A condition key of the request; again for further keys, or for further values of one.",
)  # fmt: skip
@click.option("--assume-complete-context", "complete", is_flag=True, help="A condition key that is not given is absent, not unknown.")
@click.option("--at", callback=parse_time, metavar="TIME", help="Evaluate conditions on the time at this moment (ISO 8601).")
@click.option("--requests", metavar="FILE", help="Decide the requests in FILE, one JSON object a line; `-` reads standard input.")
@click.option("--explain", is_flag=True, help="Say of every statement why it does or does not apply.")
@click.option(
    "--format", "format_name", type=click.Choice(_FORMATS), help="How to write the answer.  [default: table; jsonl for --requests]"
)
@click.option("-o", "--output", type=click.Path(), metavar="FILE", help="Write the answer here, whole or not at all.")
@click.pass_context
def simulate(
    ctx: click.Context,
    /,
    *,
    source: str | None,
    action: str | None,
    target: str | None,
    snapshot: str,
    context: dict[str, str | list[str]],
    complete: bool,
    at: datetime | None,
    requests: str | None,
    explain: bool,
    format_name: str | None,
    output: str | None,
) -> int:
    """Whether one principal may do one thing: the verdict of AWS's rules on a single request, and why.

    What was not collected and could matter makes the verdict CONDITIONAL; so do condition keys that are neither given nor
    follow from the request.

    With --requests no snapshot is needed: each line of FILE is a request with its policies, and each line of the output is its
    decision, in the same order. A line that cannot be read is answered with an error, and the rest goes on.

    \b
    Exit status:
      0    answered, whatever the verdict
      2    bad usage or input, also when a line of --requests could not be read
      4    the disk failed
      130  interrupted
    """  # noqa: D301  click keeps a paragraph as it is after a backspace sign
    check(output)
    if requests is not None:
        _refuse_both(ctx)
        return _decide_lines(requests, output, explained=explain)
    if source is None or target is None:
        missing = "--from" if source is None else "--to"
        raise click.UsageError(f"missing option `{missing}`; or give requests with `--requests`", ctx)
    import xgraph

    with bad_input():
        found = xgraph.load(snapshot).graph().simulate(source, action, target, context, complete, at=at, explain=explain)
    with opened(output) as stream:
        _write(found, format_name or "table", stream)
    return 0


def _refuse_both(ctx: click.Context) -> None:
    """A request line says everything itself."""
    for name in ("source", "action", "target", "context", "complete", "at", "snapshot"):
        if ctx.get_parameter_source(name) is click.core.ParameterSource.COMMANDLINE:
            option = next(each.opts[0] for each in ctx.command.params if each.name == name)
            raise click.UsageError(f"`{option}` says nothing beside `--requests`: a request brings everything along", ctx)
    if ctx.params["format_name"] == "table":
        raise click.UsageError("`--requests` writes one JSON decision a line, no table", ctx)


def _decide_lines(path: str, output: str | None, *, explained: bool) -> int:
    from ._requests import answer_all, opened_requests

    with opened_requests(path) as source, opened(output) as stream:
        total, unreadable = answer_all(source, stream, explained=explained)
    if not unreadable:
        return 0
    click.echo(f"xgraph: warning: {unreadable:,} of {total:,} requests could not be read", err=True)
    return BAD_INPUT


def _write(simulation: Simulation, name: str, stream: TextIO) -> None:
    if name == "table":
        from ._tree import render

        render(simulation, stream)
        return
    from xgraph.queries.render.records import simulation_record

    stream.write(json.dumps(simulation_record(simulation), indent=2 if name == "json" else None) + "\n")
