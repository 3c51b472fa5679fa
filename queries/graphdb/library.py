"""The named Cypher queries under `queries/cypher`: what they answer, their parameters, and their text for each engine.

A file begins with comments: its description, one `// param NAME: what it is (default JSON)` a parameter, `// example: {…}` with parameters for
the sample organization, and `// result: {…}` with the first row that they give. Files in a folder `neo4j` or `ladybug` are for that engine
alone; all others are in the dialect that both understand.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import lru_cache
from importlib.resources import files
from typing import Any

from .server import WrongInput

DIALECTS = ("neo4j", "ladybug")
_PARAM = re.compile(r"(\w+): (.*?)(?: \(default (.*)\))?")
_NUMBERS = ("limit", "max_hops")
MOST_HOPS = 12


@dataclass(frozen=True, slots=True)
class Param:
    """One parameter; `is_required` where it has no default."""

    name: str
    description: str
    default: Any
    is_required: bool


@dataclass(frozen=True, slots=True)
class Stored:
    """One query in one dialect. `dialect` None: the common one. `example` and `result`: see the module."""

    name: str
    description: str
    params: tuple[Param, ...]
    example: Mapping[str, Any]
    result: Mapping[str, Any]
    text: str
    dialect: str | None

    def bind(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """All parameters, defaults filled in. Raises WrongInput."""
        known = {param.name: param for param in self.params}
        for name in given:
            if name not in known:
                near = get_close_matches(name, known, n=1)
                hint = f"; nearest: `{near[0]}`" if near else ""
                raise WrongInput(f"query `{self.name}` has no parameter `{name}`{hint}; it has {', '.join(f'`{each}`' for each in known)}")
        missing = [param.name for param in self.params if param.is_required and param.name not in given]
        if missing:
            raise WrongInput(f"query `{self.name}` needs {', '.join(f'`--param {name}=…`' for name in missing)}")
        return {name: _read(name, given.get(name, param.default)) for name, param in known.items()}


def _read(name: str, value: Any) -> Any:
    if name not in _NUMBERS:
        return value
    try:
        number = int(value)
    except (TypeError, ValueError):
        number = 0
    if number < 1 or (name == "max_hops" and number > MOST_HOPS):
        raise WrongInput(f"`{name}` is a whole number from 1{f' to {MOST_HOPS}' if name == 'max_hops' else ''}, not `{value}`")
    return number


@lru_cache(maxsize=1)
def library() -> tuple[Stored, ...]:
    """All queries in all dialects, by name."""
    top = files("xgraph.queries") / "cypher"
    found = [_parsed(each.name, each.read_text("utf-8"), None) for each in top.iterdir() if each.name.endswith(".cypher")]
    for dialect in DIALECTS:
        found += [
            _parsed(each.name, each.read_text("utf-8"), dialect) for each in (top / dialect).iterdir() if each.name.endswith(".cypher")
        ]
    return tuple(sorted(found, key=lambda each: (each.name, each.dialect or "")))


def queries(dialect: str) -> dict[str, Stored]:
    """The queries of one engine by name."""
    return {each.name: each for each in library() if each.dialect in (None, dialect)}


def named(name: str, dialect: str) -> Stored:
    """The query of that name. Raises WrongInput with the nearest names."""
    known = queries(dialect)
    if name not in known:
        near = get_close_matches(name, known, n=3, cutoff=0.4)
        hint = f"; nearest: {', '.join(f'`{each}`' for each in near)}" if near else ""
        raise WrongInput(f"no query is called `{name}`{hint}; without a name all are listed")
    return known[name]


def _parsed(file: str, text: str, dialect: str | None) -> Stored:
    head, _, _body = text.partition("\n\n")
    lines = [line.removeprefix("//").strip() for line in head.splitlines()]
    params = [_param(line.removeprefix("param ")) for line in lines if line.startswith("param ")]
    return Stored(
        name=file.removesuffix(".cypher"),
        description=lines[0],
        params=tuple(params),
        example=_json(lines, "example: "),
        result=_json(lines, "result: "),
        text=text,
        dialect=dialect,
    )


def _param(line: str) -> Param:
    found = _PARAM.fullmatch(line)
    assert found is not None, line
    return Param(found[1], found[2], json.loads(found[3]) if found[3] else None, is_required=found[3] is None)


def _json(lines: Iterable[str], mark: str) -> Mapping[str, Any]:
    found: Mapping[str, Any] = json.loads(next(line.removeprefix(mark) for line in lines if line.startswith(mark)))
    return found
