"""What every question has in common: the answer's shape (contract section 8)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from xgraph.graph.access.chain import BlockedChain, Chain, Node
from xgraph.graph.model.coverage import Gap

SCHEMA_VERSION = "1"


@dataclass(frozen=True, slots=True)
class Query:
    """One question that can be asked: its name on the command line, what it answers, and the function that answers it."""

    name: str
    description: str
    run: Callable[..., Any]


@dataclass(slots=True)
class Answer:
    """An answer that streams. The head is ready at once; iterate `items` for the rest; `complete`, `truncated_by`,
    `coverage_gaps`, `not_listed`, `notes` and `nodes` are final once the iteration has ended.

    `items` yields Chain and BlockedChain records, all possible chains first, shortest first.
    """

    query: str
    parameters: Mapping[str, Any]
    snapshot_id: str
    snapshot_name: str
    reference_data: Mapping[str, str]
    items: Iterator[Chain | BlockedChain]
    complete: bool = True
    truncated_by: str | None = None
    coverage_gaps: tuple[Gap, ...] = ()
    assumptions: tuple[str, ...] = ()
    not_listed: Mapping[str, int] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    nodes: dict[str, Node] = field(default_factory=dict)
    schema_version: str = SCHEMA_VERSION
