"""One row a hop, or a row of the table, safe to open in a spreadsheet."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from typing import TextIO

from xgraph.graph.access.chain import BlockedChain, Chain, Hop
from xgraph.graph.policy.decision import Blocker, Condition, Evidence
from xgraph.queries._query import Answer, columns_of
from xgraph.queries.render._cells import flat
from xgraph.queries.render._text import visible

COLUMNS = (
    "chain",
    "kind",
    "chain_verdict",
    "hop",
    "from",
    "from_account",
    "to",
    "to_account",
    "action",
    "mechanism",
    "also",
    "verdict",
    "condition",
    "witness",
    "evidence",
    "blocked_by",
    "actions",
    "from_family",
    "to_family",
    "stands_for",
)
# Spreadsheets take a cell that starts so for a formula; https://owasp.org/www-community/attacks/CSV_Injection.
_FORMULA = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20")


def render(answer: Answer, stream: TextIO) -> None:
    """Write a header and the hops of each chain, or the rows of a table. Numbers of chains start at 1, hops and statements at 0 as everywhere."""
    writer = csv.writer(stream, lineterminator="\n")
    if answer.record is not None:
        _write_table(answer, answer.record, writer.writerow)
        return
    writer.writerow(COLUMNS)
    for number, item in enumerate(answer.items, 1):
        for row in rows_of(answer, number, item):
            writer.writerow([guarded(cell) for cell in row])


def _write_table(answer: Answer, record: type, write: Callable[[list[str]], object]) -> None:
    write([each.name for each in columns_of(record)])
    for row in answer.rows:
        write([guarded(flat(getattr(row, each.field))) for each in columns_of(record)])


def guarded(cell: str) -> str:
    """The cell as text that no spreadsheet evaluates: a formula gets an apostrophe in front."""
    shown = visible(cell)
    return f"'{shown}" if shown.lstrip().startswith(_FORMULA) else shown


def rows_of(answer: Answer, number: int, item: Chain | BlockedChain) -> Iterator[tuple[str, ...]]:
    """The hops of one chain as they stand under COLUMNS, not yet guarded."""
    kind = "blocked" if isinstance(item, BlockedChain) else "path"
    for index, hop in enumerate(item.hops):
        blocked_by = item.at(index) if isinstance(item, BlockedChain) else ()
        yield (
            str(number),
            kind,
            str(item.verdict),
            str(index),
            *_ends(answer, hop),
            hop.action,
            hop.mechanism,
            "; ".join(hop.also),
            str(hop.verdict),
            hop.condition.text if hop.condition else "",
            _witness(hop.condition),
            "; ".join(_statement(evidence) for evidence in hop.evidence),
            "; ".join(f"{blocker.control}: {_statement(blocker)}: {blocker.text}" for blocker in blocked_by),
            str(len(hop.actions.actions)) if hop.actions else "",
            hop.source_family.words if hop.source_family else "",
            hop.target_family.words if hop.target_family else "",
            str(item.stands_for) if isinstance(item, Chain) else "",
        )


def _ends(answer: Answer, hop: Hop) -> Iterator[str]:
    for end in (hop.source, hop.target):
        node = answer.nodes.get(end)
        yield end
        yield (node.account or "") if node else ""


def _witness(condition: Condition | None) -> str:
    if condition is None or condition.witness is None:
        return ""
    return "; ".join(f"{key}={value if isinstance(value, str) else ', '.join(value)}" for key, value in condition.witness)


def _statement(record: Evidence | Blocker) -> str:
    index = "" if record.statement is None else f" #{record.statement}"
    return f"{record.policy}{index}{f' ({record.sid})' if record.sid else ''}"
