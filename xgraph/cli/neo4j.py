"""`xgraph neo4j`: load the graph into Neo4j, ask it there, or write files for it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ._errors import BadInput, Failed
from ._output import check, opened
from ._progress import counter
from ._questions import bad_input, parse_time

if TYPE_CHECKING:
    from xgraph.queries.graphdb.describe import Content
    from xgraph.queries.graphdb.server import Server

FORMATS = ("table", "json", "jsonl", "csv", "markdown")


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def neo4j() -> None:
    """The graph in Neo4j: load it, ask it in Cypher, or write files for it.

    \b
      docker run -p 7474:7474 -p 7687:7687 -e NEO4J_AUTH=neo4j/a-password neo4j:5
      export NEO4J_PASSWORD=a-password
      xgraph neo4j load
      xgraph neo4j query paths --param from=ARN --param to=ARN

    Labels, relationship types and properties: docs/neo4j.md.
    """  # noqa: D301  click keeps a paragraph as it is after a backspace sign


def _server_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """`--uri` and its companions, given on as one Server."""

    @click.option(
        "--uri", default="bolt://localhost:7687", envvar="XGRAPH_NEO4J_URI", show_default=True, show_envvar=True, help="The server."
    )
    @click.option("--user", default="neo4j", envvar="XGRAPH_NEO4J_USER", show_default=True, show_envvar=True, help="Empty: no login.")
    @click.option(
        "--password-env", default="NEO4J_PASSWORD", show_default=True, metavar="NAME", help="The environment variable with the password."
    )
    @click.option("--database", metavar="NAME", help="The database.  [default: the server's]")
    @wraps(command)
    def with_server(*, uri: str, user: str, password_env: str, database: str | None, **given: Any) -> Any:
        from xgraph.queries.graphdb.server import Server

        password = os.environ.get(password_env, os.environ.get("XGRAPH_NEO4J_PASSWORD", ""))
        return command(server=Server(uri, user or None, password, database), **given)

    return with_server


_SNAPSHOT = click.option(
    "--snapshot", default="snapshot", envvar="XGRAPH_SNAPSHOT", show_default=True, show_envvar=True, metavar="FOLDER",
    help="What `xgraph collect` or `xgraph import` wrote.",
)  # fmt: skip
_AT = click.option("--at", callback=parse_time, metavar="TIME", help="Evaluate conditions on the time at this moment (ISO 8601).")
_TARGET = click.option("--target", "targets", multiple=True, metavar="ARN", help="Access edges to this too; each with an `--action`.")
_ACTION = click.option("--action", "actions", multiple=True, metavar="ACTION", help="What is done to the `--target` of the same place.")
_BLOCKED = click.option("--blocked/--no-blocked", default=True, show_default=True, help="Near misses too; they take most of the time.")
_ACCESS = click.option(
    "--access/--no-access", "guarded", default=True, show_default=True, help="Access edges of every guarded resource, not of targets only."
)
_POINTER = click.option("--as", "pointer", default="current", show_default=True, metavar="NAME", help="The name that readers ask for.")


@contextmanager
def database_errors() -> Iterator[None]:
    """A database that does not do its part, and input that does not fit."""
    from xgraph.queries.graphdb.server import DatabaseError, WrongInput

    try:
        yield
    except DatabaseError as error:
        raise Failed(str(error)) from error
    except WrongInput as error:
        raise BadInput(str(error)) from error


def content(snapshot: str, at: Any, targets: Sequence[str], actions: Sequence[str], *, blocked: bool, guarded: bool = True) -> Content:
    """What a database gets of a snapshot."""
    import xgraph
    from xgraph.queries.graphdb.describe import content_of

    if len(targets) != len(actions):
        raise BadInput("each `--target` needs an `--action`, and each `--action` a `--target`")
    with bad_input(), counter() as count:
        graph = xgraph.load(snapshot).graph(at=at, progress=count)
        return content_of(graph.access, _pairs(graph.access, targets, actions), blocked=blocked, guarded=guarded, progress=count)


def _pairs(access: Any, targets: Sequence[str], actions: Sequence[str]) -> list[tuple[str, str]]:
    from xgraph.graph.access.names import target

    return [target(access, arn, action)[:2] for arn, action in zip(targets, actions, strict=True)]


@neo4j.command()
@_SNAPSHOT
@_AT
@_TARGET
@_ACTION
@_BLOCKED
@_ACCESS
@_POINTER
@click.option("--keep", is_flag=True, help="Keep loads that no name points to any more.")
@click.option("--batch", type=click.IntRange(1, 100_000), default=5_000, show_default=True, help="Rows a transaction.")
@click.option("--cartography-labels", is_flag=True, help="Add Cartography's labels, so that both graphs can be asked together.")
@_server_options
def load(
    *, server: Server, snapshot: str, at: Any, targets: Sequence[str], actions: Sequence[str], blocked: bool, guarded: bool, pointer: str, keep: bool,
    batch: int, cartography_labels: bool,
) -> int:  # fmt: skip
    """Write the graph of a snapshot into a Neo4j server; readers see it once it is whole.

    A load that was cut goes on where it stopped when the same command is run again. The load that readers saw before is deleted
    afterwards, unless --keep is given or another name (--as) points to it.
    """
    from xgraph.queries.graphdb.neo4j_load import load as write
    from xgraph.queries.graphdb.server import connected

    with database_errors():
        with connected(server):
            pass  # a dead server is better known before the graph is built
        made = content(snapshot, at, targets, actions, blocked=blocked, guarded=guarded)
        with counter() as count:
            done = write(
                server, made.records, made.load, made.shown, pointer=pointer, keep=keep, batch=batch, cartography=cartography_labels,
                progress=count,
            )  # fmt: skip
    there = f"; {done.was_there} of {done.batches} batches were there already" if done.was_there else ""
    gone = f"; {done.deleted} nodes of older loads deleted" if done.deleted else ""
    click.echo(f"`{pointer}` is load {done.load}: {done.nodes} nodes, {done.edges} relationships{there}{gone}", err=True)
    return 0


@neo4j.command()
@click.option("--format", "form", type=click.Choice(["csv", "cypher"]), required=True, help="Files for the import tool, or one script.")
@click.option("-o", "--output", required=True, type=click.Path(), metavar="PLACE", help="A new folder for csv, a file for cypher.")
@_SNAPSHOT
@_AT
@_TARGET
@_ACTION
@_BLOCKED
@_ACCESS
@_POINTER
def export(
    *,
    form: str,
    output: str,
    snapshot: str,
    at: Any,
    targets: Sequence[str],
    actions: Sequence[str],
    blocked: bool,
    guarded: bool,
    pointer: str,
) -> int:
    """Write the graph as files for a Neo4j server that can't be reached from here.

    csv: a folder with one file a kind, and import.sh, which makes a database of them with `neo4j-admin database import`.
    cypher: a script for `cypher-shell -f`.
    """
    from xgraph.queries.graphdb.files import write_csv, write_cypher

    if form == "cypher":
        check(output)
    elif Path(output).exists() or not Path(output).absolute().parent.is_dir():
        raise BadInput(f"`{output}` has to be a new folder in a folder that is there")
    made = content(snapshot, at, targets, actions, blocked=blocked, guarded=guarded)
    if form == "csv":
        write_csv(made.records, made.load, made.shown, Path(output), pointer)
    else:
        with opened(output) as stream:
            write_cypher(made.records, made.load, made.shown, stream, pointer)
    return 0


def read_params(given: Sequence[str]) -> dict[str, str]:
    """`NAME=VALUE` texts as a mapping."""
    wrong = [text for text in given if "=" not in text]
    if wrong:
        raise BadInput(f"`--param {wrong[0]}` has to be NAME=VALUE")
    return dict(text.split("=", 1) for text in given)


def list_queries(dialect: str) -> None:
    """The library, one query a paragraph."""
    from xgraph.queries.graphdb.library import queries

    formatter = click.HelpFormatter(width=100)
    formatter.write_dl([(each.name, each.description) for each in queries(dialect).values()])
    click.echo(formatter.getvalue().rstrip())


@neo4j.command()
@click.argument("name", required=False)
@click.option("--param", "params", multiple=True, metavar="NAME=VALUE", help="A parameter of the query; may be given several times.")
@click.option("--show", is_flag=True, help="Print the Cypher, to be pasted into Neo4j Browser.")
@click.option("--verify", is_flag=True, help="Ask the engine about each chain too, and mark those that it contradicts.")
@_SNAPSHOT
@click.option("--format", "form", type=click.Choice(FORMATS), default="table", show_default=True, help="How to write the rows.")
@click.option("-o", "--output", type=click.Path(), metavar="FILE", help="Write the answer here, whole or not at all.")
@_server_options
def query(
    *, server: Server, name: str | None, params: Sequence[str], show: bool, verify: bool, snapshot: str, form: str, output: str | None
) -> int:
    """Run one of the named queries; without NAME list them.

    A chain's verdict is that of its weakest hop. Whether the conditions of its hops can hold together is the engine's job: --verify.
    """
    if name is None:
        list_queries("neo4j")
        return 0
    from xgraph.queries.graphdb.ask import ask, snapshot_of
    from xgraph.queries.graphdb.library import named

    check(output)
    with database_errors():
        stored = named(name, "neo4j")
        if show:
            click.echo(stored.text.rstrip())
            return 0
        given = stored.bind(read_params(params))
        rows = ask(server, name, given)
        about = snapshot_of(server, given["pointer"])
    return conclude(name, given, rows, about, verify=verify, snapshot=snapshot, form=form, output=output)


def conclude(name: str, given: Any, rows: Any, about: Any, *, verify: bool, snapshot: str, form: str, output: str | None) -> int:
    """Check the rows with the engine where that is wanted, and write them."""
    from xgraph.queries.graphdb.answer import as_answer, can_be_verified, verified
    from xgraph.queries.render import FORMATS as WRITERS

    if verify:
        if not can_be_verified(rows):
            raise BadInput(f"query `{name}` lists no chains that could be verified")
        rows = verified(rows, _same_graph(snapshot, about), given)
    answer = as_answer(name, given, rows, about)
    with opened(output) as stream:
        if form == "table":
            from ._grid import render

            render(answer, stream)
        else:
            next(each.render for each in WRITERS if each.name == form)(answer, stream)
    return 0


def _same_graph(snapshot: str, about: Any) -> Any:
    """The graph of the snapshot that was loaded."""
    import xgraph

    with bad_input(), counter() as count:
        graph = xgraph.load(snapshot).graph(at=about.get("at") or None, progress=count)
    if graph.estate.snapshot_id != about.get("snapshot_id"):
        raise BadInput(f"`{snapshot}` is not the snapshot that was loaded: name that one with `--snapshot`, or load this one")
    return graph.access


@neo4j.command()
@_server_options
def status(*, server: Server) -> int:
    """List the loads of a server: their names, whether they are whole, and how many nodes they have."""
    from xgraph.queries.graphdb.neo4j_load import loads

    with database_errors():
        found = loads(server)
    for one in found:
        click.echo(
            f"{one['load']}  {'ready' if one['ready'] else 'unfinished'}  {one['nodes']} nodes  {', '.join(one['names']) or '-'}  {one['name']}"
        )
    if not found:
        click.echo("nothing is loaded", err=True)
    return 0


@neo4j.command()
@click.argument("load_name", metavar="LOAD")
@_server_options
def drop(*, server: Server, load_name: str) -> int:
    """Delete one load, also an unfinished one; `xgraph neo4j status` names them."""
    from xgraph.queries.graphdb.neo4j_load import drop as delete

    with database_errors(), counter() as count:
        deleted = delete(server, load_name, count)
    click.echo(f"{deleted} nodes deleted", err=True)
    return 0
