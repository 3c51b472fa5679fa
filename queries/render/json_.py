"""One JSON document, written while the search goes on."""

from __future__ import annotations

import json
from collections.abc import Iterator
from textwrap import indent
from typing import TextIO

from xgraph.graph.access.chain import BlockedChain
from xgraph.queries._query import Answer
from xgraph.queries.render._cells import row_record
from xgraph.queries.render.records import Record, blocked_record, chain_record, ending_record, opening_record


def render(answer: Answer, stream: TextIO) -> None:
    """Write the whole answer: head, `paths` and `blocked` or `rows`, and what is final only at the end. Plain ASCII on any stream."""
    stream.write("{\n")
    stream.writelines(f"{_member(key, value)},\n" for key, value in opening_record(answer).items())
    if answer.record is not None:
        _write_list(stream, "rows", map(row_record, answer.rows))
    else:
        blocked: list[Record] = []
        _write_list(stream, "paths", _possible(answer, blocked))
        _write_list(stream, "blocked", iter(blocked))
    stream.write(",\n".join(_member(key, value) for key, value in ending_record(answer).items()))
    stream.write("\n}\n")


def _possible(answer: Answer, blocked: list[Record]) -> Iterator[Record]:
    for item in answer.items:
        if isinstance(item, BlockedChain):
            blocked.append(blocked_record(item))
        else:
            yield chain_record(item)


def _write_list(stream: TextIO, key: str, records: Iterator[Record]) -> None:
    stream.write(f'  "{key}": [')
    opened = False
    for record in records:
        stream.write(("," if opened else "") + "\n" + indent(json.dumps(record, indent=2), "    "))
        opened = True
    stream.write("\n  ],\n" if opened else "],\n")


def _member(key: str, value: object) -> str:
    return indent(f"{json.dumps(key)}: {json.dumps(value, indent=2)}", "  ")
