"""`xgraph paths`: every chain of access from one place to another."""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import nullcontext
from datetime import datetime
from typing import Any, TextIO

import click

from xgraph.graph.access.chain import MECHANISMS
from xgraph.queries._query import Answer
from xgraph.queries.render import FORMATS

from ._complete import complete_action, complete_name
from ._expect import conclude
from ._output import check, opened
from ._progress import Relay
from ._questions import bad_input, parse_time
from ._watch import Watch

_TERMINAL_LIMIT = 200
_NAMES = ("table", *(each.name for each in FORMATS))


@click.command()
@click.option(
    "--from",
    "source",
    shell_complete=complete_name,
    required=True,
    metavar="WHO",
    help="Where chains start: an ARN, an account, tag:KEY=VALUE, `anonymous`, `any`, …",
)
@click.option(
    "--to",
    "target",
    shell_complete=complete_name,
    required=True,
    metavar="WHAT",
    help="Where they end: an ARN or a pattern of ARNs, an account, tag:KEY=VALUE.",
)
@click.option(
    "--action",
    shell_complete=complete_action,
    metavar="ACTION",
    help="What is done at the end: s3:GetObject, s3:Get*, read, any, …  [default for a role: sts:AssumeRole, else any]",
)
@click.option(
    "--snapshot", default="snapshot", envvar="XGRAPH_SNAPSHOT", show_default=True, show_envvar=True, metavar="FOLDER",
    help="What `xgraph collect` or `xgraph import` wrote.",
)  # fmt: skip
@click.option("--max-hops", type=click.IntRange(min=1), default=8, show_default=True, help="Longest chain to look for.")
@click.option("--claim", multiple=True, metavar="KEY=PATTERN", help="What the token of an OIDC or SAML source says: sub=repo:acme/*.")
@click.option(
    "--via",
    multiple=True,
    metavar="PLACE",
    help="Chains that pass it: an ARN, a pattern, tag:KEY=VALUE, an account, ou:ID. Again for more.",
)
@click.option("--avoid", multiple=True, metavar="PLACE", help="Chains that do not pass it.")
@click.option("--within", multiple=True, metavar="ACCOUNTS", help="Chains all of whose nodes lie in the account, ou:ID or org:ID.")
@click.option("--outside", multiple=True, metavar="ACCOUNTS", help="Chains none of whose nodes lies there.")
@click.option("--mechanism", multiple=True, type=click.Choice(MECHANISMS), metavar="NAME", help="Chains with a hop that works by it.")
@click.option("--cross-account-only", is_flag=True, help="Chains with a hop from one account to another.")
@click.option(
    "--through-external", is_flag=True, help="Also chains that go out to an account that was not collected, and come back from there."
)
@click.option(
    "--min-verdict",
    type=click.Choice(["allowed", "conditional"]),
    default="conditional",
    show_default=True,
    help="`allowed` leaves out chains with an open condition; TLS and the like are none.",
)
@click.option("--limit", type=click.IntRange(min=1), help="Stop after this many chains.  [default: 200 in a terminal, else none]")
@click.option("--timeout", type=click.FloatRange(min=0), metavar="SECONDS", help="Stop searching after this time.")
@click.option(
    "--families/--no-families", default=None, help="One line for all chains through interchangeable principals.  [default: in tables]"
)
@click.option("--expand", multiple=True, metavar="FAMILY", help="Unfold this family. Again for more.")
@click.option("--show-blocked", is_flag=True, help="List near misses too: chains that exactly one control withholds.")
@click.option("--blocked-by", type=click.IntRange(min=1, max=4), metavar="N", help="Near misses that up to N controls withhold.")
@click.option("--verify", is_flag=True, help="Check every file of the snapshot in full, whatever the compiled cache says.")
@click.option("--at", callback=parse_time, metavar="TIME", help="Evaluate conditions on the time at this moment (ISO 8601).")
@click.option("--expect", type=click.Choice(["none", "some"]), help="Leave with 1 when unmet, 3 when it cannot be decided.")
@click.option("--format", "format_name", type=click.Choice(_NAMES), default="table", show_default=True, help="How to write the answer.")
@click.option("-o", "--output", type=click.Path(), metavar="FILE", help="Write the answer here, whole or not at all.")
def paths(
    *,
    source: str,
    target: str,
    action: str | None,
    snapshot: str,
    limit: int | None,
    families: bool | None,
    show_blocked: bool,
    blocked_by: int | None,
    at: datetime | None,
    timeout: float | None,
    expect: str | None,
    format_name: str,
    output: str | None,
    verify: bool,
    **wishes: Any,
) -> int:
    """Every chain of at most --max-hops hops, shortest first, each with its verdict, what it depends on, and why.

    A hop is one request that AWS authorizes: assuming a role, or the access at the end. Chains are printed while the search
    goes on; Ctrl-C stops it and keeps what was found, marked incomplete.

    \b
    Exit status:
      0    answered, also when there is no chain
      1    the expectation is unmet
      2    bad usage or input
      3    the expectation cannot be decided: the answer is incomplete
      4    the disk failed
      130  interrupted
    """  # noqa: D301  click keeps a paragraph as it is after a backspace sign
    if limit is None and output is None and _is_for_people(format_name) and sys.stdout.isatty():
        limit = _TERMINAL_LIMIT
    check(output)
    wishes |= {"limit": limit, "families": format_name == "table" if families is None else families}
    wishes |= {"show_blocked": show_blocked or blocked_by is not None, "blocked_by": blocked_by or 1}
    relay = Relay()
    with bad_input():
        answer = _ask(relay, snapshot, source, target, verify=verify, action=action, at=at, timeout=timeout, **wishes)
        watch = Watch(answer)
        # Where chains appear in the terminal themselves, a bar would stand in their way.
        is_shown = output is None and sys.stdout.isatty()
        with opened(output) as stream, watch.interruptible(), nullcontext() if is_shown else relay.counting():
            _renderer(format_name)(answer, stream)
    return conclude(answer, watch, expect, "possible chain", is_table=format_name == "table")


def _ask(relay: Relay, snapshot: str, source: str, target: str, *, verify: bool, **wishes: Any) -> Answer:
    import xgraph

    with relay.counting():
        answer: Answer = xgraph.load(snapshot, verify=verify).graph(progress=relay).paths(source, target, **wishes)
        return answer


def _renderer(name: str) -> Callable[[Answer, TextIO], None]:
    if name == "table":
        from ._table import render

        return render
    return next(each.render for each in FORMATS if each.name == name)


def _is_for_people(name: str) -> bool:
    return name == "table" or any(each.name == name and each.is_for_people for each in FORMATS)
