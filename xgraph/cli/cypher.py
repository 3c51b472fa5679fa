"""`xgraph cypher`: Cypher on an embedded engine, without a server."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ._errors import BadInput
from ._output import check
from ._questions import parse_time
from .neo4j import FORMATS, conclude, content, database_errors, list_queries, read_params

if TYPE_CHECKING:
    from xgraph.queries.graphdb.ask import Rows
    from xgraph.queries.graphdb.embedded import Embedded


@click.command()
@click.argument("text", required=False, metavar="[CYPHER]")
@click.option("--query", "name", metavar="NAME", help="A query of the library in place of CYPHER; `--list` names them.")
@click.option("--param", "params", multiple=True, metavar="NAME=VALUE", help="A parameter; may be given several times.")
@click.option("--list", "wants_list", is_flag=True, help="List the queries of the library.")
@click.option("--verify", is_flag=True, help="Ask the engine about each chain too, and mark those that it contradicts.")
@click.option(
    "--snapshot", default="snapshot", envvar="XGRAPH_SNAPSHOT", show_default=True, show_envvar=True, metavar="FOLDER",
    help="What `xgraph collect` or `xgraph import` wrote.",
)  # fmt: skip
@click.option("--at", callback=parse_time, metavar="TIME", help="Evaluate conditions on the time at this moment (ISO 8601).")
@click.option("--target", "targets", multiple=True, metavar="ARN", help="Access to this too; each with an `--action`.")
@click.option("--action", "actions", multiple=True, metavar="ACTION", help="What is done to the `--target` of the same place.")
@click.option("--blocked/--no-blocked", default=True, show_default=True, help="Near misses too; they take most of the time.")
@click.option("--cache", type=click.Path(), metavar="FILE", help="Keep the database here; it is made anew when it does not fit.")
@click.option("--format", "form", type=click.Choice(FORMATS), default="table", show_default=True, help="How to write the rows.")
@click.option("-o", "--output", type=click.Path(), metavar="FILE", help="Write the answer here, whole or not at all.")
def cypher(
    *, text: str | None, name: str | None, params: Sequence[str], wants_list: bool, verify: bool, snapshot: str, at: Any,
    targets: Sequence[str], actions: Sequence[str], blocked: bool, cache: str | None, form: str, output: str | None,
) -> int:  # fmt: skip
    """Ask the graph in Cypher without a server; the same labels and queries as `xgraph neo4j`, in the dialect of Ladybug.

    \b
      xgraph cypher --query who-can-access --param to=arn:aws:s3:::a-bucket --param action=s3:ListBucket
      xgraph cypher "MATCH (c:XGraphNode)-[h:CAN_ASSUME]->(r:XGraphNode) RETURN c.id, r.id, h.verdict"
    """  # noqa: D301  click keeps a paragraph as it is after a backspace sign
    if wants_list:
        list_queries("ladybug")
        return 0
    if (text is None) == (name is None):
        raise BadInput("give either Cypher or `--query NAME`; `--list` names the queries")
    check(output)
    from xgraph.queries.graphdb.library import named

    with database_errors():
        given: dict[str, Any] = read_params(params)
        if name is not None:
            given = named(name, "ladybug").bind(given)
        made = content(snapshot, at, targets, actions, blocked=blocked)
        with _filled(Path(cache) if cache else None, made) as database:
            rows: Rows = database.ask(name, given) if name else database.run(text or "", given)
    return conclude(name or "text", given, rows, made.shown, verify=verify, snapshot=snapshot, form=form, output=output)


def _filled(cache: Path | None, made: Any) -> Embedded:
    """The database with the content in it: from the cache where that is this very content, else made anew."""
    from xgraph.queries.graphdb.embedded import Embedded, forget, kept

    if cache is not None and cache.exists():
        found = kept(cache, made.load)
        if found is not None:
            return found
        forget(cache)
    database = Embedded(cache)
    database.load(made.records, made.load, made.shown)
    return database
