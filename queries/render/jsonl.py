"""One JSON value a line, each as soon as it is known."""

from __future__ import annotations

import json
from typing import TextIO

from xgraph.graph.access.chain import BlockedChain
from xgraph.queries._query import Answer
from xgraph.queries.render._cells import row_record
from xgraph.queries.render.records import Record, blocked_record, chain_record, ending_record, opening_record

# What the first line cannot know yet; null there, and final in the last line.
_OPEN = ("complete", "truncated_by", "coverage_gaps", "not_listed")


def render(answer: Answer, stream: TextIO) -> None:
    """Write `answer`, then each `path` and `blocked` or each `row`, then `end`; a file without its last line is cut off."""
    head = {"type": "answer", **opening_record(answer), **ending_record(answer)}
    _write(stream, head | dict.fromkeys(_OPEN))
    for item in answer.items:
        if isinstance(item, BlockedChain):
            _write(stream, {"type": "blocked", **blocked_record(item)})
        else:
            _write(stream, {"type": "path", **chain_record(item)})
    for row in answer.rows:
        _write(stream, {"type": "row", **row_record(row)})
    _write(stream, {"type": "end", **ending_record(answer)})


def _write(stream: TextIO, record: Record) -> None:
    stream.write(json.dumps(record, separators=(",", ":")) + "\n")
    stream.flush()
