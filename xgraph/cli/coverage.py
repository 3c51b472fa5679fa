"""`xgraph coverage`: what a snapshot shows and what it does not."""

from __future__ import annotations

import csv
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ._coverage import coverage_lines, percent, reason_lines
from ._errors import UNMET, BadInput

if TYPE_CHECKING:
    from xgraph.graph.model.coverage import CallOutcome
    from xgraph.ingest.snapshot.tally import Tally


@click.command()
@click.option(
    "--snapshot", default="snapshot", envvar="XGRAPH_SNAPSHOT", show_default=True, show_envvar=True, metavar="FOLDER", help="The snapshot.",
)  # fmt: skip
@click.option("--fail-under", type=click.FloatRange(0, 100), metavar="PCT", help="Leave with 1 when less than this is known.")
@click.option(
    "--format", "format_name", type=click.Choice(["table", "json", "jsonl", "csv"]), default="table", show_default=True,
    help="A table of accounts, the same as JSON, or every call that is not known.",
)  # fmt: skip
def coverage(*, snapshot: str, fail_under: float | None, format_name: str) -> int:
    """Say of each account how much is known, and why something is not.

    What is known is `ok` (answered), `empty` (AWS says that there is none) or `absent` (the service or region is not there). What is
    not is `denied`, `failed` or `not-tried`. The share that is known counts each service of each account alike, so that many answers
    of one account do not hide another that could not be entered.

    The formats jsonl and csv list every call that is not known, with AWS's message and, where it names one, the kind of policy that
    denied it: `scp`, `rcp`, `boundary`, `session`, `endpoint`, `resource` or `identity`.

    \b
    Examples:
      xgraph coverage --snapshot monday
      xgraph coverage --snapshot monday --fail-under 95
      xgraph coverage --snapshot monday --format csv > gaps.csv

    \b
    Exit status:
      0  said
      1  less is known than --fail-under
      2  bad usage, or no snapshot
    """  # noqa: D301  click keeps a paragraph as it is after a backspace sign
    from xgraph.ingest.snapshot.layout import SnapshotError
    from xgraph.ingest.snapshot.read import read_coverage, read_head
    from xgraph.ingest.snapshot.tally import Tally

    try:
        rows = read_coverage(Path(snapshot), read_head(Path(snapshot)))
    except SnapshotError as error:
        raise BadInput(str(error)) from error
    tally = Tally(rows)
    _PRINTERS[format_name](tally, rows)
    if fail_under is not None and tally.percent() < fail_under:
        click.echo(f"xgraph: {percent(tally.percent())} % is known, less than {fail_under:g} %", err=True)
        return UNMET
    return 0


def _print_table(tally: Tally, _: tuple[CallOutcome, ...]) -> None:
    for line in coverage_lines(tally):
        click.echo(line)
    if reasons := reason_lines(tally, most=None):
        click.echo("\nnot known:")
        for line in reasons:
            click.echo(f"  {line}")
    click.echo(f"\n{percent(tally.percent())} % is known")


def _print_json(tally: Tally, _: tuple[CallOutcome, ...]) -> None:
    accounts = [
        {
            "account": account,
            "known_percent": round(tally.percent(account), 2),
            "services": {
                name: {outcome.value: count for outcome, count in sorted(counted.items())} for name, counted in sorted(services.items())
            },
        }
        for account, services in sorted(tally.cells.items())
    ]
    total = {outcome.value: count for outcome, count in sorted(tally.total().items())}
    click.echo(json.dumps({"known_percent": round(tally.percent(), 2), "calls": total, "accounts": accounts}, indent=2))


def _unknown(rows: tuple[CallOutcome, ...]) -> list[dict[str, Any]]:
    return [
        {
            "account": row.account,
            "region": row.region,
            "service": row.service,
            "call": row.call,
            "parameters": row.parameters,
            "outcome": row.outcome.value,
            "denied_by": row.denied_by,
            "error": row.error,
        }
        for row in rows
        if not row.outcome.is_known
    ]


def _print_jsonl(_: Tally, rows: tuple[CallOutcome, ...]) -> None:
    for each in _unknown(rows):
        click.echo(json.dumps({**each, "parameters": json.loads(each["parameters"])}))


def _print_csv(_: Tally, rows: tuple[CallOutcome, ...]) -> None:
    head = ("account", "region", "service", "call", "parameters", "outcome", "denied_by", "error")
    writer = csv.DictWriter(sys.stdout, head, lineterminator="\n")
    writer.writeheader()
    writer.writerows({key: _harmless(value) for key, value in each.items()} for each in _unknown(rows))


def _harmless(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula: messages of AWS quote names that others have chosen."""
    return f"'{cell}" if cell.startswith(("=", "+", "-", "@")) else cell


_PRINTERS = {"table": _print_table, "json": _print_json, "jsonl": _print_jsonl, "csv": _print_csv}
