"""What a collection says while it runs and at its end: a bar, lines, JSON lines, or nothing."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from ._coverage import coverage_lines, percent, reason_lines

if TYPE_CHECKING:
    from xgraph.ingest.collect.progress import Listener, Progress
    from xgraph.ingest.collect.runner import Collected

_MOST_ACCOUNTS = 8  # with a line of their own at the end: what can be read at a glance
LOGS = ("auto", "lines", "json", "quiet")


@contextmanager
def listening(log: str) -> Iterator[Listener]:
    """A function to call with each thing that has ended."""
    match log:
        case "json":
            yield _json_lines
        case "lines":
            yield _Lines()
        case "auto" if sys.stderr.isatty():
            with _bars() as listener:
                yield listener
        case _:
            yield lambda _: None


def _json_lines(event: Progress) -> None:
    """Places and accounts as they end, and the calls that ended badly."""
    if event.what == "call" and event.outcome in {"ok", "empty", "absent"}:
        return
    fields = {name: getattr(event, name) for name in event.__slots__}
    click.echo(json.dumps({key: value for key, value in fields.items() if value != ""}, sort_keys=True), err=True)


class Pace:
    """How fast it goes, and how long it will take at that pace."""

    def __init__(self) -> None:
        self._started = time.monotonic()

    def rate(self, event: Progress) -> str:
        return f"{event.calls / max(time.monotonic() - self._started, 0.1):.0f} calls/s"

    def remaining(self, event: Progress) -> str:
        """About how long; "" until there is something to tell it from."""
        if not event.places or not event.places_in_all:
            return ""
        seconds = (time.monotonic() - self._started) * (event.places_in_all / event.places - 1)
        return f"about {seconds / 60:.0f} min left" if seconds >= 90 else f"about {max(seconds, 0):.0f} s left"


class _Lines:
    """A line for each account."""

    def __init__(self) -> None:
        self._pace = Pace()
        self._unknown: dict[str, int] = {}

    def __call__(self, event: Progress) -> None:
        if event.what == "call" and event.outcome in {"denied", "failed"}:
            self._unknown[event.account] = self._unknown.get(event.account, 0) + 1
        if event.what == "account":
            unknown = self._unknown.pop(event.account, 0)
            words = [f"{event.accounts} of {event.accounts_in_all} accounts", f"{event.account} done"]
            words += [f"{unknown} calls denied or failed"] if unknown else []
            words += [self._pace.rate(event), self._pace.remaining(event)]
            click.echo(", ".join(word for word in words if word), err=True)


@contextmanager
def _bars() -> Iterator[Listener]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn

    columns = (SpinnerColumn(), TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn())
    pace = Pace()
    with Progress(*columns, TextColumn("{task.fields[more]}", markup=False), console=Console(stderr=True), transient=True) as bars:
        accounts = bars.add_task("accounts", total=None, more="")
        places = bars.add_task("services", total=None, more="")

        def show(event: Any) -> None:
            more = " ".join(filter(None, (pace.rate(event), pace.remaining(event))))
            bars.update(accounts, completed=event.accounts, total=event.accounts_in_all, more=more)
            now = f"{event.account} {event.service} {event.region}" if event.service else event.account
            bars.update(places, completed=event.places, total=event.places_in_all or None, more=now)

        yield show


def summary(done: Collected, out: object) -> list[str]:
    """What a person wants to know at the end, in a few lines."""
    lines = coverage_lines(done.tally, _MOST_ACCOUNTS) if done.id else []
    reasons = reason_lines(done.tally) if done.id else []
    if reasons:
        lines += ["", "not known, and CONDITIONAL in every answer that depends on it:", *(f"  {line}" for line in reasons)]
    if done.id and done.tally.left_out:
        lines += ["", f"left out with --services, hence not known: {len(done.tally.left_out)} services"]
    rate = f", {done.calls / done.seconds:.0f} a second" if done.seconds >= 1 else ""
    spent = f"{done.calls} calls in {_duration(done.seconds)}{rate}"
    accounts = f"{len(done.accounts)} account{'' if len(done.accounts) == 1 else 's'}"
    if done.id:
        lines += ["", f"collected {accounts} into `{out}`: {percent(done.tally.percent())} % known, {spent}"]
    return lines


def _duration(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.0f} min"
