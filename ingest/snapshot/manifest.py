"""What was asked and how it ended: the rows of `coverage.jsonl`."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

from xgraph.graph.model.coverage import CallOutcome, Outcome
from xgraph.ingest.snapshot.encoding import compact
from xgraph.ingest.snapshot.layout import COVERAGE_FILE, SnapshotError

_FIELDS = frozenset({"account", "region", "service", "call", "parameters", "outcome", "error"})

# Some messages carry an id of the request, which would make two equal collections differ.
_REQUEST_ID = re.compile(
    r"[\s,;(]*\b(?:request|host|x-amz-request)[ -]?id:?\s*[\w+/=-]+\)?|Encoded authorization failure message: \S+", re.IGNORECASE
)


def row(
    account: str,
    region: str,
    service: str,
    call: str,
    outcome: Outcome,
    parameters: Mapping[str, Any] | None = None,
    error: str = "",
) -> CallOutcome:
    """One row of the manifest; `error` on one line, without request ids."""
    return CallOutcome(account, region, service, call, compact(parameters or {}), outcome, without_request_ids(error))


def without_request_ids(error: str) -> str:
    """A message on one line, without what differs from one request to the next."""
    return " ".join(_REQUEST_ID.sub("", error).split())[:500]


def to_lines(rows: Iterable[CallOutcome]) -> bytes:
    """The rows as the bytes of `coverage.jsonl`: sorted, each once, one a line."""
    return "".join(_to_line(each) for each in sorted(set(rows))).encode("ascii")


def _to_line(each: CallOutcome) -> str:
    head = compact({"account": each.account, "call": each.call, "error": each.error, "outcome": each.outcome.value})
    tail = compact({"region": each.region, "service": each.service})
    return f'{head[:-1]},"parameters":{each.parameters},{tail[1:]}\n'


def from_lines(content: bytes) -> tuple[CallOutcome, ...]:
    """The rows in the bytes of `coverage.jsonl`.

    Raises SnapshotError with the number of the line that isn't a row.
    """
    return tuple(_from_line(line, number) for number, line in enumerate(content.splitlines(), start=1) if line.strip())


def _from_line(line: bytes, number: int) -> CallOutcome:
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        raise SnapshotError(f"`{COVERAGE_FILE}` line {number} is not JSON") from None
    if not isinstance(found, dict) or set(found) != _FIELDS or not isinstance(found["parameters"], dict):
        raise SnapshotError(f"`{COVERAGE_FILE}` line {number} is not an object with {', '.join(sorted(_FIELDS))}")
    texts = {key: value for key, value in found.items() if key != "parameters"}
    if not all(isinstance(value, str) for value in texts.values()):
        raise SnapshotError(f"`{COVERAGE_FILE}` line {number} has a value that is not text")
    try:
        texts["outcome"] = Outcome(texts["outcome"])
    except ValueError:
        raise SnapshotError(f"`{COVERAGE_FILE}` line {number} has the unknown outcome `{texts['outcome']}`") from None
    return CallOutcome(**texts, parameters=compact(found["parameters"]))
