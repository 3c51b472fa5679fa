"""What a load is made of: its records, its name, and what its snapshot's node says."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from xgraph.graph.access.everything import Records, everything
from xgraph.graph.access.graph import AccessGraph
from xgraph.graph.access.trust import Progress
from xgraph.graph.model import reference

from ._load import LAYOUT, load_id


@dataclass(frozen=True, slots=True)
class Content:
    """Everything that a database gets."""

    load: str
    records: Records
    shown: dict[str, Any]


def content_of(
    graph: AccessGraph,
    targets: Sequence[tuple[str, str]] = (),
    *,
    blocked: bool = True,
    guarded: bool = True,
    progress: Progress | None = None,
) -> Content:
    """The content for a graph. `targets`: further (ARN, action) pairs; `blocked`: near misses too; `guarded`: the access edges of
    guarded resources."""
    estate = graph.world.estate
    shown = {
        "snapshot_id": estate.snapshot_id,
        "name": estate.name,
        "at": graph.world.at or "",
        "layout": LAYOUT,
        "blocked": str(blocked).lower(),
        "access": str(guarded).lower(),
        "targets": json.dumps([list(pair) for pair in targets]),
        "reference_data": json.dumps(reference.reference_data(), sort_keys=True),
    }
    name = load_id(
        estate.snapshot_id,
        graph.world.at,
        [*targets, *(() if blocked else (("", "no near misses"),)), *(() if guarded else (("", "no access edges"),))],
    )
    return Content(name, everything(graph, targets, blocked=blocked, guarded=guarded, progress=progress), shown)
