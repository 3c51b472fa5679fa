"""Ask a Neo4j server: a named query or any Cypher, rows as plain values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .library import named
from .server import DatabaseError, Server, check_version, connected, translated

OLDEST_FOR_QUERIES = (5, 23)


@dataclass(frozen=True, slots=True)
class Rows:
    """The columns of a result and its rows."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]

    def records(self) -> list[dict[str, Any]]:
        """Each row as a mapping."""
        return [dict(zip(self.columns, row, strict=True)) for row in self.rows]


def ask(server: Server, name: str, given: Mapping[str, Any]) -> Rows:
    """A named query of the library. Raises DatabaseError, WrongInput."""
    stored = named(name, "neo4j")
    return run(server, stored.text, stored.bind(given))


def run(server: Server, text: str, parameters: Mapping[str, Any]) -> Rows:
    """Any Cypher that only reads. Raises DatabaseError."""
    with connected(server) as driver, translated(server):
        check_version(server, driver.get_server_info().agent, OLDEST_FOR_QUERIES, "the queries need")
        with driver.session(database=server.database, default_access_mode="READ") as session:
            found = session.execute_read(lambda tx: _rows(tx.run(text, dict(parameters))))
        if "pointer" in parameters and not found.rows:
            _check_pointer(driver, server, parameters["pointer"])
        return found


def snapshot_of(server: Server, pointer: str) -> dict[str, Any]:
    """What the node of the snapshot that a pointer leads to says."""
    text = "MATCH (:XGraphPointer {name: $pointer})-[:POINTS_TO]->(s:XGraphSnapshot) RETURN properties(s) AS shown"
    found = run(server, text, {"pointer": pointer}).records()
    return dict(found[0]["shown"]) if found else {}


def _rows(result: Any) -> Rows:
    return Rows(tuple(result.keys()), tuple(tuple(map(_plain, record.values())) for record in result))


def _plain(value: Any) -> Any:
    """Nodes and relationships as their properties."""
    if isinstance(value, list):
        return [_plain(each) for each in value]
    if hasattr(value, "items"):
        return {key: _plain(each) for key, each in value.items()}
    if hasattr(value, "relationships"):
        return [_plain(each) for each in value.nodes]
    return value


def _check_pointer(driver: Any, server: Server, pointer: str) -> None:
    found, _, _ = driver.execute_query("MATCH (p:XGraphPointer) RETURN p.name AS name ORDER BY name", database_=server.database)
    names = [record["name"] for record in found]
    if pointer not in names:
        there = f"there are {', '.join(f'`{name}`' for name in names)}" if names else "load one with `xgraph neo4j load`"
        raise DatabaseError(f"`{server.uri}` holds no loaded snapshot `{pointer}`: {there}")
