"""The graph as files for people who reach no server from here: CSV for Neo4j's import tool, or one Cypher script."""

from __future__ import annotations

import csv
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TextIO

from xgraph.graph.access import schema
from xgraph.graph.access.everything import EdgeRecord, NodeRecord, Records

from ._batches import batches
from ._load import BATCH, NODE, POINTER, SNAPSHOT, node_row
from .neo4j_load import SCHEMA

_TYPES = {"str": "string", "str | None": "string", "bool": "boolean", "int": "long", "list[str]": "string[]"}
SEPARATOR = "\x1f"  # between the parts of a list: no name on AWS has it
_NODE_COLUMNS = (("snapshot", "string"), ("id", "string"))


def write_csv(records: Records, load_id: str, shown: Mapping[str, Any], folder: Path, pointer: str = "current") -> list[str]:
    """One file a kind in a new `folder`, and `import.sh`, which calls `neo4j-admin database import full` with them.

    Returns the names of the files.
    """
    folder.mkdir(parents=True, exist_ok=False)
    nodes: dict[str, list[NodeRecord]] = defaultdict(list)
    for node in records.nodes.values():
        nodes[node.kind].append(node)
    edges: dict[str, list[EdgeRecord]] = defaultdict(list)
    for edge in records.edges:
        edges[edge.kind].append(edge)
    options = []
    for kind in schema.DATABASE_NODES:
        if kind.name in nodes:
            name = f"nodes-{kind.labels[-1]}.csv"
            _write(folder / name, _node_table(kind, nodes[kind.name], load_id))
            options.append(f'--nodes={":".join((NODE, *kind.labels))}="{name}"')
    for kind in schema.DATABASE_EDGES:
        if kind.name in edges:
            name = f"edges-{kind.name}.csv"
            _write(folder / name, _edge_table(kind, edges[kind.name]))
            options.append(f'--relationships={kind.name}="{name}"')
    names = ("id", *sorted(shown), "ready", "written")
    values = [load_id, *(_cell(shown[name]) for name in names[1:-2]), "true", "0"]
    types = {"ready": "boolean", "written": "long"}
    heads = [f"{name}:{types.get(name, 'string')}" for name in names]
    _write(folder / "snapshot.csv", [["key:ID(snapshot)", *heads], ["s", *values]])
    _write(folder / "pointer.csv", [["key:ID(pointer)", "name:string"], ["p", pointer]])
    _write(folder / "points-to.csv", [[":START_ID(pointer)", ":END_ID(snapshot)"], ["p", "s"]])
    options += [f'--nodes={SNAPSHOT}="snapshot.csv"', f'--nodes={POINTER}="pointer.csv"', '--relationships=POINTS_TO="points-to.csv"']
    (folder / "import.sh").write_text(_SCRIPT.format(options=" \\\n  ".join(options)), encoding="utf-8")
    (folder / "constraints.cypher").write_text("".join(f"{text};\n" for text in SCHEMA), encoding="utf-8")
    return sorted(path.name for path in folder.iterdir())


_SCRIPT = """#!/bin/sh
# Makes a new database out of these files. The server must not run; an existing database of that name is replaced.
# Then start it and run constraints.cypher.
set -eu
cd "$(dirname "$0")"
"${{NEO4J_ADMIN:-neo4j-admin}}" database import full "${{1:-neo4j}}" \\
  --overwrite-destination --multiline-fields=true --array-delimiter=U+001F \\
  {options}
"""


def _node_table(kind: schema.Kind, nodes: Sequence[NodeRecord], load_id: str) -> Iterator[list[str]]:
    columns = [(each.name, _TYPES[each.type]) for each in kind.attributes]
    yield ["key:ID", *(f"{name}:{form}" for name, form in (*_NODE_COLUMNS, *columns))]
    for node in nodes:
        row = node_row(node, load_id)
        yield [node.id, *(_cell(row.get(name)) for name, _ in (*_NODE_COLUMNS, *columns))]


def _edge_table(kind: schema.Kind, edges: Sequence[EdgeRecord]) -> Iterator[list[str]]:
    yield [":START_ID", ":END_ID", *(f"{each.name}:{_TYPES[each.type]}" for each in kind.attributes)]
    for edge in edges:
        yield [edge.source, edge.target, *(_cell(edge.attributes.get(each.name)) for each in kind.attributes)]


def _cell(value: Any) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case list():
            return SEPARATOR.join(map(str, value))
        case _:
            return str(value)


def _write(path: Path, rows: Iterable[Sequence[str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream, quoting=csv.QUOTE_NONNUMERIC, lineterminator="\n").writerows(rows)


def write_cypher(records: Records, load_id: str, shown: Mapping[str, Any], stream: TextIO, pointer: str = "current") -> None:
    """One script for `cypher-shell`; all values are literals with everything escaped that could end them."""
    stream.writelines(f"{text};\n" for text in SCHEMA)
    stream.write(f"CREATE (s:{SNAPSHOT} {{id: {literal(load_id)}}}) SET s += {literal(dict(shown))}, s.ready = false, s.written = 0;\n")
    stream.writelines(
        one.text.replace("$rows", literal(list(one.rows))).replace("$load", literal(load_id)) + ";\n"
        for one in batches(records, load_id, size=min(BATCH, 500))
    )
    stream.write(
        f"MATCH (s:{SNAPSHOT} {{id: {literal(load_id)}}}) SET s.ready = true MERGE (p:{POINTER} {{name: {literal(pointer)}}}) "
        f"WITH s, p OPTIONAL MATCH (p)-[old:POINTS_TO]->(:{SNAPSHOT}) DELETE old WITH DISTINCT s, p CREATE (p)-[:POINTS_TO]->(s);\n"
    )


_ESCAPES = {"\\": "\\\\", "'": "\\'", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\b": "\\b", "\f": "\\f"}


def literal(value: Any) -> str:
    """A value as Cypher writes it."""
    match value:
        case None:
            return "null"
        case bool() | int() | float():
            return json.dumps(value)
        case str():
            return "'" + "".join(_ESCAPES.get(char, char) for char in value) + "'"
        case Mapping():
            return "{" + ", ".join(f"`{name}`: {literal(each)}" for name, each in value.items()) + "}"
        case _:
            return "[" + ", ".join(map(literal, value)) + "]"
