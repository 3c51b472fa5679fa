"""One value of a row: as plain JSON, as text for spreadsheets, and in the words of people."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import is_dataclass
from typing import Any

from xgraph.graph.access.chain import BlockedChain, Chain, Hop
from xgraph.graph.access.families import Family
from xgraph.graph.model.coverage import Gap
from xgraph.graph.policy.decision import Blocker, Condition, Decision, Evidence, Verdict
from xgraph.graph.policy.explain import Explanation
from xgraph.queries._query import Column, Place, columns_of
from xgraph.queries.render import records
from xgraph.queries.render._names import Names, verdict_words
from xgraph.queries.render._text import short

_RECORDS: Mapping[type, Any] = {
    Blocker: records.blocker_record,
    BlockedChain: records.blocked_record,
    Chain: records.chain_record,
    Condition: records.condition_record,
    Decision: records.decision_record,
    Evidence: records.evidence_record,
    Explanation: records.explanation_record,
    Family: records.family_record,
    Gap: records.gap_record,
    Hop: records.hop_record,
}


def row_record(row: Any) -> dict[str, Any]:
    """A row of a table in the types that JSON has, by the names of its columns."""
    return {each.name: _plain(getattr(row, each.field)) for each in columns_of(type(row))}


def _plain(value: object) -> Any:
    if type(value) in _RECORDS:
        return _RECORDS[type(value)](value)
    if isinstance(value, (list, tuple)):
        return [_plain(each) for each in value]
    if is_dataclass(value) and not isinstance(value, type) and _is_row(type(value)):
        return row_record(value)
    return records.plain(value)


def _is_row(record: type) -> bool:
    return any("column" in each.metadata for each in record.__dataclass_fields__.values())  # type: ignore[attr-defined]


def flat(value: object) -> str:
    """A value as one text without loss of names: ARNs stay whole."""
    match value:
        case None | False:
            return ""
        case True:
            return "yes"
        case Condition():
            return value.text
        case Family():
            return value.words
        case Evidence():
            return _statement(value)
        case Blocker():
            return f"{value.control}: {_statement(value)}: {value.text}"
        case tuple() | list():
            return "; ".join(flat(each) for each in value)
        case Mapping():
            return "; ".join(f"{key}={flat(each)}" for key, each in value.items())
        case Chain():
            return " -> ".join((value.hops[0].source, *(hop.target for hop in value.hops)))
        case Explanation():
            return ""
        case Hop():
            return f"{value.source} -> {value.action} by {value.mechanism} -> {value.target}"
    return str(getattr(value, "sentence", value))


def _statement(record: Evidence | Blocker) -> str:
    index = "" if record.statement is None else f" #{record.statement}"
    return f"{record.policy}{index}{f' ({record.sid})' if record.sid else ''}"


def spoken(row: Any, column: Column, names: Names) -> str:
    """The value of a column as people read it, with short names."""
    value = getattr(row, column.field)
    if value is None or value is False:
        return ""
    if isinstance(value, Verdict):
        return verdict_words(value, getattr(row, "condition", None))
    if isinstance(value, Condition):
        return names.condition(value)
    if column.is_node:
        return _nodes(value, names) if column.folds is None else _folded(row, column.folds, str(value), names) or _nodes(value, names)
    return names.sentence(value) if column.is_sentence and isinstance(value, str) else _words(value, names)


def _folded(row: Any, field: str, node: str, names: Names) -> str:
    """The family that a node stands for, if it stands for one."""
    family = getattr(row, field)
    if not isinstance(family, Family):
        return ""
    return short(family.words) if family.pattern != "*" else f"{short(family.words)}, such as {names.node(node)}"


def _nodes(value: object, names: Names) -> str:
    if isinstance(value, (list, tuple)):
        return " · ".join(names.node(str(each)) for each in value)
    kind = names.kind(str(value))
    return f"{names.node(str(value))}{f' ({kind})' if kind else ''}"


def _words(value: object, names: Names) -> str:
    match value:
        case None | False:
            return ""
        case True:
            return "yes"
        case int():
            return f"{value:,}"
        case Evidence():
            return names.statement(value)
        case Family():
            return short(value.words)
        case Blocker():
            return f"{value.control}: {names.statement(value)}: {names.sentence(value.text)}"
        case Chain():
            return " → ".join((names.node(value.hops[0].source), *(names.node(hop.target) for hop in value.hops)))
        case tuple() | list():
            told = [each for each in value if not is_default(each)] or value
            return " · ".join(dict.fromkeys(_words(each, names) for each in told))
        case Mapping():
            return ", ".join(f"{key} {_words(each, names)}" for key, each in value.items())
    return short(str(value))


def is_default(value: object) -> bool:
    """Whether it is a statement of AWS's own "allow everything", which stands wherever nobody has written another guardrail."""
    return isinstance(value, Evidence) and value.policy.rpartition("/")[2] in ("p-FullAWSAccess", "p-RCPFullAWSAccess")


def at(place: Place, record: type) -> tuple[Column, ...]:
    """The columns that the terminal shows at a place."""
    return tuple(each for each in columns_of(record) if each.place is place)
