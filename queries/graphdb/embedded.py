"""The graph in an embedded engine, without a server. Its file is a cache: made anew whenever it is missing or belongs to something else."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from xgraph.graph.access import schema
from xgraph.graph.access.everything import Records

from ._batches import batches
from ._load import NODE, POINTER, SNAPSHOT
from .ask import Rows
from .library import named
from .server import DatabaseError

if TYPE_CHECKING:
    from ladybug import Connection

_TYPES = {"str": "STRING", "str | None": "STRING", "bool": "BOOL", "int": "INT64", "list[str]": "STRING[]"}
_BATCH = 2_000


class Embedded:
    """An open database. Raises DatabaseError when the engine is not installed or the file is not its own."""

    def __init__(self, path: Path | None = None) -> None:
        try:
            import ladybug  # noqa: PLC0415  an extra
        except ImportError as error:
            raise DatabaseError("the embedded engine is not installed: pip install 'xgraph-aws[embedded]'") from error
        try:
            self._database = ladybug.Database(str(path) if path else ":memory:")
            self._connection: Connection = ladybug.Connection(self._database)
        except (RuntimeError, OSError) as error:
            raise DatabaseError(
                f"the embedded database `{path}` can't be opened: {_first_line(error)}; delete it, it is only a cache"
            ) from error

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()
        self._database.close()

    def load(self, records: Records, load_id: str, shown: Mapping[str, Any], pointer: str = "current") -> None:
        """Make the tables and fill them, in one transaction."""
        for text in _tables():
            self._do(text)
        self._do("BEGIN TRANSACTION")
        for one in batches(records, load_id, size=_BATCH):
            if one.is_node:
                names = _NODE_COLUMNS
                rows = [_whole({**row, "key": row["id"]}, names) for row in one.rows]
                self._do(f"UNWIND $rows AS row CREATE (n:{NODE} {{{_copied(names)}}})", {"rows": rows})
            else:
                names = next(_columns(kind) for kind in schema.DATABASE_EDGES if kind.name == one.kind)
                rows = [_whole({**p, "a": a, "b": b}, {**names, "a": "STRING", "b": "STRING"}) for a, b, p in one.edges()]
                text = f"UNWIND $rows AS row MATCH (a:{NODE} {{key: row.a}}), (b:{NODE} {{key: row.b}})"
                self._do(f"{text} CREATE (a)-[:{one.kind} {{{_copied(names)}}}]->(b)", {"rows": rows})
        given = {"id": load_id, "pointer": pointer, "name": str(shown.get("name", "")), "snapshot_id": str(shown.get("snapshot_id", ""))}
        text = f"CREATE (:{POINTER} {{name: $pointer}})-[:POINTS_TO]->(:{SNAPSHOT} {{id: $id, name: $name, snapshot_id: $snapshot_id}})"
        self._do(text, given)
        self._do("COMMIT")

    def holds(self, load_id: str) -> bool:
        """Whether that load is in it, whole."""
        try:
            return bool(self.run(f"MATCH (s:{SNAPSHOT}) WHERE s.id = $id RETURN s.id", {"id": load_id}).rows)
        except DatabaseError:
            return False

    def ask(self, name: str, given: Mapping[str, Any]) -> Rows:
        """A named query of the library. Raises DatabaseError, WrongInput."""
        stored = named(name, "ladybug")
        found = self.run(stored.text, stored.bind(given))
        # The dialect has no order over a union, and its threads come in as they like.
        for count, name_of in (("length", "nodes"), ("hops", "id")):
            if stored.dialect is not None and count in found.columns:
                at, place = found.columns.index(count), found.columns.index(name_of)
                return Rows(found.columns, tuple(sorted(found.rows, key=lambda row: (row[at], row[place], repr(row)))))
        return found

    def run(self, text: str, parameters: Mapping[str, Any]) -> Rows:
        """Any Cypher. Raises DatabaseError."""
        result = self._do(text, dict(parameters))
        rows = []
        while result.has_next():
            rows.append(tuple(map(_plain, result.get_next())))
        return Rows(tuple(result.get_column_names()), tuple(rows))

    def _do(self, text: str, parameters: dict[str, Any] | None = None) -> Any:
        try:
            return self._connection.execute(text, parameters or {})
        except (RuntimeError, ValueError) as error:
            raise DatabaseError(f"the embedded engine says: {_first_line(error)}") from error


def kept(path: Path, load_id: str) -> Embedded | None:
    """The database in the file, if it is one and holds that load whole."""
    try:
        found = Embedded(path)
    except DatabaseError:
        return None
    if found.holds(load_id):
        return found
    found.close()
    return None


def forget(path: Path) -> None:
    """Delete a database that is to be made anew. Raises DatabaseError for a file that is no database of this engine's."""
    if path.is_dir():
        raise DatabaseError(f"`{path}` is a folder, not a cache of this command; name another file")
    for each in (path, path.with_name(f"{path.name}.wal")):
        each.unlink(missing_ok=True)


def _columns(kind: schema.Kind) -> dict[str, str]:
    return {each.name: _TYPES[each.type] for each in kind.attributes}


_NODE_COLUMNS: dict[str, str] = {"key": "STRING", "snapshot": "STRING", "id": "STRING", "kind": "STRING"}
for _kind in schema.DATABASE_NODES:
    _NODE_COLUMNS |= _columns(_kind)


def _tables() -> list[str]:
    fields = ", ".join(f"`{name}` {form}" for name, form in _NODE_COLUMNS.items())
    found = [
        f"CREATE NODE TABLE {NODE}({fields}, PRIMARY KEY(key))",
        f"CREATE NODE TABLE {SNAPSHOT}(id STRING, name STRING, snapshot_id STRING, PRIMARY KEY(id))",
        f"CREATE NODE TABLE {POINTER}(name STRING, PRIMARY KEY(name))",
        f"CREATE REL TABLE POINTS_TO(FROM {POINTER} TO {SNAPSHOT})",
    ]
    for kind in schema.DATABASE_EDGES:
        more = "".join(f", `{name}` {form}" for name, form in _columns(kind).items())
        found.append(f"CREATE REL TABLE {kind.name}(FROM {NODE} TO {NODE}{more})")
    return found


_EMPTY: Mapping[str, Any] = {"STRING[]": []}


def _whole(row: Mapping[str, Any], columns: Mapping[str, str]) -> dict[str, Any]:
    """All columns, in one order: the engine reads the type of a row off the first one."""
    return {name: row.get(name) if row.get(name) is not None else _EMPTY.get(form) for name, form in columns.items()}


def _copied(names: Mapping[str, str]) -> str:
    return ", ".join(f"`{name}`: CAST(row.`{name}`, '{form}')" for name, form in names.items())


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _plain(each) for name, each in value.items() if name not in ("_ID", "_SRC", "_DST")}
    return [_plain(each) for each in value] if isinstance(value, list) else value


def _first_line(error: object) -> str:
    text = str(error).strip().splitlines()
    return text[0].rstrip(".") if text else type(error).__name__
