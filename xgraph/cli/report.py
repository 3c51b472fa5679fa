"""`xgraph report`: one page about a whole snapshot, to be sent."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import datetime
from typing import TextIO

import click

from ._output import check, opened
from ._progress import counter
from ._questions import bad_input, parse_time

_FORMATS = ("html", "markdown", "json")


@click.command()
@click.argument("snapshot", default="snapshot", envvar="XGRAPH_SNAPSHOT", type=click.Path())
@click.option(
    "-o", "--out", type=click.Path(), metavar="FILE", help="Write the report here, whole or not at all.  [default: standard output]"
)
@click.option("--format", "format_name", type=click.Choice(_FORMATS), default="html", show_default=True, help="How to write it.")
@click.option("--at", callback=parse_time, metavar="TIME", help="Evaluate conditions on the time at this moment (ISO 8601).")
def report(*, snapshot: str, out: str | None, format_name: str, at: datetime | None) -> None:
    """One self-contained page about SNAPSHOT that works offline: what was analyzed and what was not, the organization with its
    guardrails, who trusts whom between accounts, outside and public exposure, third-party trust, the longest and riskiest
    chains, choke points, and what SCPs and RCPs block. Each finding opens to its chain and the statements that decide.

    \b
      xgraph report snapshot --out report.html
    """  # noqa: D301  click keeps a paragraph as it is after a backspace sign
    import xgraph
    from xgraph.queries.report import Report, report_of
    from xgraph.queries.report.page import write_html
    from xgraph.queries.report.text import write_markdown

    def write_json(made: Report, stream: TextIO) -> None:
        json.dump(asdict(made), stream, indent=2)
        stream.write("\n")

    check(out)
    with bad_input():
        with counter() as count:
            made = report_of(xgraph.load(snapshot).graph(at=at, progress=count).access)
        with opened(out) as stream:
            {"html": write_html, "markdown": write_markdown, "json": write_json}[format_name](made, stream)
