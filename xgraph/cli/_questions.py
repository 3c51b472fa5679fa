"""What commands that ask a snapshot have in common: times, and names that nobody knows."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import click

from ._errors import BadInput


def parse_time(_ctx: click.Context, _param: click.Parameter, value: str | None) -> datetime | None:
    """The moment that an option names; in UTC unless it says otherwise."""
    if value is None:
        return None
    try:
        when = datetime.fromisoformat(value)
    except ValueError as error:
        raise click.BadParameter(f"`{value}` is no ISO 8601 time such as 2026-01-31T12:00:00Z") from error
    return when if when.tzinfo else when.replace(tzinfo=UTC)


@contextmanager
def bad_input() -> Iterator[None]:
    """Names that nobody knows, snapshots that cannot be read and packages that are missing are the user's to mend."""
    from xgraph.graph.access.names import UnknownName
    from xgraph.graph.policy.request import BadRequest
    from xgraph.ingest.snapshot.layout import SnapshotError
    from xgraph.queries.picture._missing import CannotDraw

    try:
        yield
    except (UnknownName, BadRequest, SnapshotError, CannotDraw) as error:
        raise BadInput(str(error)) from error
