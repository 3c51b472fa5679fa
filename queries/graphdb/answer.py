"""Rows of a Cypher query as an answer, so that they are written as every other table is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import make_dataclass
from typing import Any

from xgraph.graph.access.graph import AccessGraph
from xgraph.graph.access.names import UnknownName
from xgraph.queries._query import Answer, Place, column
from xgraph.queries.path_between import path_between

from .ask import Rows

_BELOW = frozenset(
    ("nodes", "verdicts", "mechanisms", "condition", "conditions", "blocked_by", "blockers", "actions", "roles", "engine_condition")
)  # too long for a cell
VERIFIED = ("engine", "engine_verdict", "engine_condition")


_WEAKEST = "a chain's verdict is that of its weakest hop; conditions of several hops are not weighed against each other: --verify does"
_SCOPE = (
    "the database holds role hops, access to resources with a policy, ACL or grant of their own, and to what --target named; what could "
    "not be read is no part of it: xgraph paths lists such gaps"
)


def as_answer(name: str, given: Mapping[str, Any], rows: Rows, snapshot: Mapping[str, Any]) -> Answer:
    """The answer; its columns are those of the rows. `snapshot`: properties of the snapshot's node."""
    fields = [(f"c{number}", Any, column(title, name=title, place=_place(title))) for number, title in enumerate(rows.columns)]
    record = make_dataclass("Row", fields, frozen=True)
    answer = Answer(
        query=f"cypher {name}",
        parameters=dict(given),
        snapshot_id=str(snapshot.get("snapshot_id", "")),
        snapshot_name=str(snapshot.get("name", "")),
        reference_data={},
        record=record,
        counted="row",
        rows=(record(*map(_fixed, row)) for row in rows.rows),
        notes=(*((_WEAKEST,) if "nodes" in rows.columns else ()), _SCOPE),
    )
    if "to" in given and not rows.rows:
        # UNKNOWN STAYS UNKNOWN: that the database has no edge to it does not say that nobody may touch it.
        answer.complete = False
        answer.notes = (f"`{given['to']}` may be none of what was loaded: name it with --target and --action", *answer.notes)
    limit = given.get("limit")
    if isinstance(limit, int) and len(rows.rows) >= limit:
        answer.complete, answer.truncated_by = False, "limit"
    return answer


def _place(title: str) -> Place:
    return Place.DETAIL if title in _BELOW else Place.CELL


def _fixed(value: Any) -> Any:
    return tuple(map(_fixed, value)) if isinstance(value, list) else value


def verified(rows: Rows, graph: AccessGraph, given: Mapping[str, Any]) -> Rows:
    """The rows with what the engine says of each chain: `confirmed`, or `contradicted` where it lists no such chain."""
    at = rows.columns.index("nodes")
    actions = rows.columns.index("actions") if "actions" in rows.columns else None
    known: dict[tuple[str, str, str], dict[tuple[str, ...], tuple[str, str]]] = {}
    most = max((len(row[at]) - 1 for row in rows.rows), default=1)
    out = []
    for row in rows.rows:
        ends = (row[at][0], row[at][-1], row[actions][-1] if actions is not None else str(given.get("action") or ""))
        if ends not in known:
            known[ends] = dict(_chains(graph, *ends, most))
        found = known[ends].get(tuple(row[at]))
        out.append((*row, *(("confirmed", *found) if found else ("contradicted", "", ""))))
    return Rows((*rows.columns, *VERIFIED), tuple(out))


def _chains(graph: AccessGraph, source: str, target: str, action: str, most: int) -> Iterator[tuple[tuple[str, ...], tuple[str, str]]]:
    """Every chain and near miss of the engine: its nodes, its verdict and its condition."""
    try:
        answer = path_between(graph, source, target, action or None, max_hops=most, show_blocked=True)
    except UnknownName:
        return
    for item in answer.items:
        nodes = (item.hops[0].source, *(hop.target for hop in item.hops))
        condition = getattr(item, "condition", None)
        yield nodes, (item.verdict.value, condition.text if condition else "")


def can_be_verified(rows: Rows) -> bool:
    """Whether the rows are chains."""
    return "nodes" in rows.columns
