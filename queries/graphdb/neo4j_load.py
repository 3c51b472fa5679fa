"""Load the records of a graph into Neo4j: batch by batch, so that a load that was cut goes on where it stopped.

Each batch is one transaction that first moves the load's own counter from `n` to `n + 1`; where the counter stands elsewhere it was written
already, by a try whose answer was lost or by somebody else. Readers come in through a pointer node, which is switched at the end.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from xgraph.graph.access.everything import Records

from ._batches import Batch, batches, count_batches
from ._load import BATCH, CARTOGRAPHY, NODE, POINTER, SNAPSHOT
from .server import Server, WrongInput, connected, translated

if TYPE_CHECKING:
    from neo4j import Driver, ManagedTransaction

Progress = Callable[[str, int, int], None]
_DELETED_AT_ONCE = 2_000  # nodes a transaction; a set may have many relationships
SCHEMA = (
    f"CREATE CONSTRAINT xgraph_node IF NOT EXISTS FOR (n:{NODE}) REQUIRE (n.snapshot, n.id) IS UNIQUE",
    f"CREATE CONSTRAINT xgraph_snapshot IF NOT EXISTS FOR (n:{SNAPSHOT}) REQUIRE n.id IS UNIQUE",
    f"CREATE CONSTRAINT xgraph_pointer IF NOT EXISTS FOR (n:{POINTER}) REQUIRE n.name IS UNIQUE",
    f"CREATE INDEX xgraph_kind IF NOT EXISTS FOR (n:{NODE}) ON (n.snapshot, n.kind)",
)
_BEGIN = f"MERGE (s:{SNAPSHOT} {{id: $load}}) ON CREATE SET s += $shown, s.written = 0, s.ready = false, s.batch = $batch RETURN s.batch AS batch"
_STEP = f"MATCH (s:{SNAPSHOT} {{id: $load}}) SET s.lock = true WITH s WHERE s.written = $done SET s.written = $done + 1 RETURN s.id"
_SWITCH = f"""
MATCH (s:{SNAPSHOT} {{id: $load}}) SET s.ready = true
MERGE (p:{POINTER} {{name: $name}})
WITH s, p OPTIONAL MATCH (p)-[old:POINTS_TO]->(:{SNAPSHOT}) DELETE old
WITH DISTINCT s, p CREATE (p)-[:POINTS_TO]->(s)
"""


@dataclass(frozen=True, slots=True)
class Loaded:
    """What a load did. `was_there`: batches that an earlier try had written."""

    load: str
    nodes: int
    edges: int
    batches: int
    was_there: int
    deleted: int


def load(
    server: Server,
    records: Records,
    load_id: str,
    shown: dict[str, Any],
    *,
    pointer: str = "current",
    keep: bool = False,
    batch: int = BATCH,
    cartography: bool = False,
    progress: Progress | None = None,
) -> Loaded:
    """Write everything, point readers to it, then delete what no pointer leads to (unless `keep`). Raises DatabaseError.

    `shown`: properties of the snapshot's node. Loading the same again writes nothing.
    """
    tell = progress or (lambda _name, _done, _total: None)
    with connected(server) as driver, translated(server), driver.session(database=server.database) as session:
        for statement in SCHEMA:
            session.run(statement).consume()
        session.run("CALL db.awaitIndexes(300)").consume()
        # Another try may have used another batch size: the counter counts its batches.
        size = session.execute_write(lambda tx: tx.run(_BEGIN, load=load_id, shown=shown, batch=batch).single(strict=True)["batch"])
        total, written = count_batches(records, size), 0
        start = _written(session, load_id)
        for number, one in enumerate(batches(records, load_id, size=size)):
            if number >= start and session.execute_write(_write, one, load_id, number):
                written += 1
            tell("load", number + 1, total)
        session.execute_write(lambda tx: tx.run(_SWITCH, load=load_id, name=pointer).consume())
        if cartography:
            _label_for_cartography(session, load_id)
        deleted = 0 if keep else sweep(driver, server, tell)
    return Loaded(load_id, len(records.nodes), len(records.edges), total, total - written, deleted)


def _written(session: Any, load_id: str) -> int:
    found: int = session.run(f"MATCH (s:{SNAPSHOT} {{id: $load}}) RETURN s.written AS done", load=load_id).single(strict=True)["done"]
    return found


def _write(transaction: ManagedTransaction, one: Batch, load_id: str, number: int) -> bool:
    """Write a batch, unless the counter says that it was written."""
    if transaction.run(_STEP, load=load_id, done=number).single() is None:
        return False
    transaction.run(one.text, rows=one.rows, load=load_id).consume()
    return True


def _label_for_cartography(session: Any, load_id: str) -> None:
    """Cartography's labels, and its `arn`, for this load alone."""
    for kind, labels in CARTOGRAPHY.items():
        names = "".join(f":{label}" for label in labels)
        session.run(f"MATCH (n:{NODE}{names}) WHERE n.snapshot <> $load REMOVE n{names}", load=load_id).consume()
        text = f"MATCH (n:{NODE} {{snapshot: $load, kind: $kind}}) SET n{names}, n.arn = n.id"
        session.run(text, load=load_id, kind=kind).consume()


def sweep(driver: Driver, server: Server, tell: Progress) -> int:
    """Delete finished loads that no pointer leads to, nodes in batches; their number of nodes."""
    deleted = 0
    with driver.session(database=server.database) as session:
        query = f"MATCH (s:{SNAPSHOT}) WHERE s.ready AND NOT EXISTS {{ (:{POINTER})-[:POINTS_TO]->(s) }} RETURN s.id AS id"
        for old in [record["id"] for record in session.run(query)]:
            deleted += _delete_whole(session, old, tell)
    return deleted


def drop(server: Server, load_id: str, progress: Progress | None = None) -> int:
    """Delete one load that no pointer leads to; its number of nodes. Raises DatabaseError, WrongInput."""
    with connected(server) as driver, translated(server), driver.session(database=server.database) as session:
        query = f"MATCH (s:{SNAPSHOT} {{id: $id}}) OPTIONAL MATCH (p:{POINTER})-[:POINTS_TO]->(s) RETURN collect(p.name) AS names"
        found = session.run(query, id=load_id).single()
        if found is None:
            raise WrongInput(f"no load is called `{load_id}`; `xgraph neo4j status` lists them")
        if found["names"]:
            raise WrongInput(f"readers see load `{load_id}` as `{found['names'][0]}`; load something else under that name first")
        return _delete_whole(session, load_id, progress or (lambda _name, _done, _total: None))


def loads(server: Server) -> list[dict[str, Any]]:
    """Every load of a server: `load`, `name` of its snapshot, `ready`, `nodes`, and the `names` that point to it."""
    query = f"""
    MATCH (s:{SNAPSHOT}) OPTIONAL MATCH (p:{POINTER})-[:POINTS_TO]->(s) WITH s, collect(p.name) AS names
    RETURN s.id AS load, coalesce(s.name, '') AS name, s.ready AS ready, names, COUNT {{ MATCH (n:{NODE} {{snapshot: s.id}}) }} AS nodes
    ORDER BY load
    """
    with connected(server) as driver, translated(server), driver.session(database=server.database) as session:
        return [dict(record) for record in session.run(query)]


def _delete_whole(session: Any, load_id: str, tell: Progress) -> int:
    deleted = 0
    while count := session.execute_write(_delete, load_id):
        deleted += count
        tell("delete the old load", deleted, 0)
    session.execute_write(lambda tx: tx.run(f"MATCH (s:{SNAPSHOT} {{id: $id}}) DETACH DELETE s", id=load_id).consume())
    return deleted


def _delete(transaction: ManagedTransaction, load_id: str) -> int:
    text = f"MATCH (n:{NODE} {{snapshot: $id}}) WITH n LIMIT $most DETACH DELETE n RETURN count(*) AS count"
    found: int = transaction.run(text, id=load_id, most=_DELETED_AT_ONCE).single(strict=True)["count"]
    return found
