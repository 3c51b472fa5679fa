"""Requests as JSON lines in, decisions as JSON lines out: one for each, in order, as they come."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, TextIO

from xgraph.graph.policy.explain import explain
from xgraph.graph.policy.request import BadRequest, decide_read, read_request
from xgraph.queries.render.records import Record, decision_record, explanation_record

from ._errors import BadInput

LONGEST_LINE = 32 * 1024 * 1024


class _Unreadable(ValueError):
    """A line that is no request; the message is for its error."""


def answer_all(source: BinaryIO, out: TextIO, *, explained: bool) -> tuple[int, int]:
    """Write a decision or an error for every line that is not blank. How many lines there were, and how many were unreadable."""
    total = unreadable = 0
    for line in _lines(source):
        total += 1
        record = _answer(line, explained=explained)
        unreadable += "error" in record
        out.write(json.dumps(record) + "\n")
        out.flush()
    return total, unreadable


def _answer(line: bytes | None, *, explained: bool) -> Record:
    try:
        request, policies, problems = read_request(_parse(line))
        record = decision_record(decide_read(request, policies, problems))
        if explained:
            record["explanation"] = explanation_record(explain(request, policies))
    except (BadRequest, _Unreadable) as error:
        return {"error": str(error)}
    except RecursionError:
        return {"error": "nested too deeply"}
    return record


@contextmanager
def opened_requests(path: str) -> Iterator[BinaryIO]:
    """The file of requests; `-` is standard input."""
    if path == "-":
        yield sys.stdin.buffer
        return
    try:
        stream = Path(path).open("rb")  # noqa: SIM115  closed below; what goes wrong later is no fault of the input
    except OSError as error:
        raise BadInput(f"could not read `{path}`: {(error.strerror or str(error)).lower()}") from error
    with stream:
        yield stream


def _lines(source: BinaryIO) -> Iterator[bytes | None]:
    """The lines that are not blank; None for one that is too long to be held."""
    is_first = True
    while line := source.readline(LONGEST_LINE + 1):
        if len(line) > LONGEST_LINE and not line.endswith(b"\n"):
            while (rest := source.readline(LONGEST_LINE)) and not rest.endswith(b"\n"):
                pass
            yield None
        else:
            text = line.removeprefix(b"\xef\xbb\xbf") if is_first else line
            if text.strip():
                yield text
        is_first = False


def _parse(line: bytes | None) -> Any:
    if line is None:
        raise _Unreadable(f"longer than {LONGEST_LINE:,} bytes")
    try:
        return json.loads(line.decode("utf-8"), object_pairs_hook=_once, parse_constant=_no_constant)
    except UnicodeDecodeError as error:
        raise _Unreadable("not UTF-8") from error
    except json.JSONDecodeError as error:
        raise _Unreadable(f"not JSON: {error.msg[:1].lower()}{error.msg[1:]} at character {error.pos + 1}") from error
    except ValueError as error:
        raise error if isinstance(error, _Unreadable) else _Unreadable(f"not JSON: {error}") from error


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object whose keys differ: which one of two would count, nobody can tell."""
    found = dict(pairs)
    if len(found) < len(pairs):
        twice = Counter(name for name, _ in pairs).most_common(1)[0][0]
        raise _Unreadable(f"the key `{twice[:80]}` stands twice in one object")
    return found


def _no_constant(name: str) -> Any:
    raise _Unreadable(f"not JSON: `{name}` is no number")
