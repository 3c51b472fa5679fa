"""What `xgraph.load` returns: the only place that knows ingest, graph and queries."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from xgraph.graph.access.graph import AccessGraph, open_graph
from xgraph.graph.model.estate import Estate
from xgraph.ingest.estate import build_estate
from xgraph.ingest.snapshot.read import read_snapshot
from xgraph.queries._query import Answer
from xgraph.queries.path_between import path_between
from xgraph.queries.simulate import Simulation, simulate

if TYPE_CHECKING:
    import networkx as nx

Progress = Callable[[str, int, int], None]


def load(snapshot: str | Path) -> Workspace:
    """The workspace over a snapshot folder. Raises SnapshotError in one sentence when it can't be read."""
    return Workspace(Path(snapshot))


class Workspace:
    """A snapshot and its estate."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.estate: Estate = build_estate(read_snapshot(folder))

    def graph(self, *, at: str | datetime | None = None, progress: Progress | None = None) -> Graph:
        """The access graph. `at`: the moment of analysis, for conditions on the time; without it such conditions stay open.

        `progress` is called with (stage, done, total).
        """
        return Graph(self.estate, _moment(at), progress)


@dataclass
class Graph:
    """A thin handle on an access graph; its methods are the questions."""

    estate: Estate
    at: str | None = None
    progress: Progress | None = None

    @cached_property
    def access(self) -> AccessGraph:
        """The graph itself; what a question needs of it is built when it is first asked."""
        return open_graph(self.estate, self.at, self.progress)

    def paths(
        self,
        source: str,
        target: str,
        action: str | None = None,
        *,
        max_hops: int = 8,
        limit: int | None = None,
        show_blocked: bool = False,
        at: str | datetime | None = None,
    ) -> Answer:
        """Every chain of at most `max_hops` hops from `source` to `target`, shortest first; iterate the answer's `items`.

        Names are those of `xgraph paths`. `action` may be left out for a role. With `show_blocked` near misses follow.
        Raises UnknownName.
        """
        moment = _moment(at)
        if moment is not None and moment != self.at:
            return Graph(self.estate, moment, self.progress).paths(
                source, target, action, max_hops=max_hops, limit=limit, show_blocked=show_blocked
            )
        return path_between(
            self.access,
            source,
            target,
            action,
            max_hops=max_hops,
            limit=limit,
            show_blocked=show_blocked,
        )

    def simulate(
        self,
        principal: str,
        action: str | None,
        resource: str,
        context: Mapping[str, Any] | None = None,
        context_complete: bool = False,
        *,
        at: str | datetime | None = None,
        explain: bool = False,
    ) -> Simulation:
        """The decision on one request: its `verdict`, `condition`, `decision` and, with `explain`, `explanation`.

        `context` states condition keys of the request (text or a list of texts, None: not known); `context_complete` says that
        it has no others. `action` None, for a role: `sts:AssumeRole`. Builds no graph. Raises UnknownName, BadRequest.
        """
        return simulate(
            self.estate,
            principal,
            action,
            resource,
            context=context,
            context_complete=context_complete,
            at=_moment(at) or self.at,
            explained=explain,
        )

    def to_networkx(self, *, expand: bool = False) -> nx.MultiDiGraph:
        """The graph as a networkx.MultiDiGraph; see docs/graph.md for its attributes. `expand`: pairs instead of sets."""
        from xgraph.graph.access.export import to_networkx

        return to_networkx(self.access, expand=expand)


def _moment(at: str | datetime | None) -> str | None:
    return at.isoformat() if isinstance(at, datetime) else at
