"""What `xgraph.load` returns: the only place that knows ingest, graph and queries."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any

from xgraph.cache import Cache
from xgraph.config import CURRENT, NOTHING, Config, applied, read_config
from xgraph.graph.access.graph import AccessGraph, open_graph
from xgraph.graph.access.survey import TimeIsUp, no_haste
from xgraph.graph.model.estate import Estate
from xgraph.queries import QUERIES, Listing
from xgraph.queries._query import Answer, Kind, Over, Query, limited
from xgraph.queries.path_between import path_between
from xgraph.queries.picture._kernel import progress as notebook_progress
from xgraph.queries.simulate import Simulation, simulate

if TYPE_CHECKING:
    import networkx as nx

Progress = Callable[[str, int, int], None]


def load(snapshot: str | Path, config: Config | str | Path | None = None, *, verify: bool = False) -> Workspace:
    """The workspace over a snapshot folder. `config`: what to call accounts and whose they are, or the `xgraph.toml` that says it.

    Of a large snapshot a compiled cache is kept and used while no file of it has another size or modification time (docs/cache.md);
    `verify`: read and check every file in full, whatever the cache says.

    Raises SnapshotError or ConfigError in one sentence when something can't be read.
    """
    if config is None:
        config = CURRENT.get()
    return Workspace(Path(snapshot), config if isinstance(config, Config) else read_config(config), verify=verify)


class Workspace:
    """A snapshot and its estate."""

    def __init__(self, folder: Path, config: Config = NOTHING, *, verify: bool = False) -> None:
        self.folder = folder
        # What is said of accounts may change who is let in, so that only a snapshot by itself has a cache.
        self._cache = Cache(folder) if config == NOTHING else None
        self._compiled = self._cache.open() if self._cache and not verify else None
        self.estate: Estate = self._compiled.estate if self._compiled else applied(_read(folder), config)

    @property
    def is_cached(self) -> bool:
        """Whether the estate comes from the compiled cache."""
        return self._compiled is not None

    def graph(self, *, at: str | datetime | None = None, progress: Progress | None = None) -> Graph:
        """The access graph. `at`: the moment of analysis, for conditions on the time; without it such conditions stay open.

        `progress` is called with (stage, done, total).
        """
        return Graph(self.estate, _moment(at), progress or notebook_progress(), self._open)

    def _open(self, at: str | None, progress: Progress | None) -> AccessGraph:
        if at is None and self._compiled is not None:
            return self._compiled.graph()
        graph = open_graph(self.estate, at, progress)
        if at is None and self._cache is not None:
            graph.earlier = self._cache.earlier()
            graph.built = self._cache.keep
        return graph


def _read(folder: Path) -> Estate:
    """The estate of a snapshot, every file of which is checked."""
    from xgraph.ingest.estate import build_estate
    from xgraph.ingest.snapshot.read import read_snapshot

    return build_estate(read_snapshot(folder))


class Question:
    """A method of Graph made from a question's record; its signature and help are the record's."""

    def __init__(self, listing: Listing) -> None:
        self.listing = listing

    def __get__(self, handle: Graph | None, _owner: type | None = None) -> Any:
        query = self.listing.load()

        def ask(*args: Any, **named: Any) -> Answer:
            bound = signature.bind(*args, **named)
            return (handle or bound.arguments["self"]).ask(self.listing.name, **{k: v for k, v in bound.arguments.items() if k != "self"})

        signature = _signature(query, is_bound=handle is not None)
        ask.__name__ = ask.__qualname__ = _method_name(self.listing)
        ask.__doc__ = f"{self.listing.description}\n\n{inspect.cleandoc(query.help)}\n\n" + "\n".join(
            f"`{p.name}`: {p.help}" for p in query.params
        )
        ask.__signature__ = signature  # type: ignore[attr-defined]  # what help() shows
        return ask


def _method_name(listing: Listing) -> str:
    return listing.name.replace("-", "_")


def _signature(query: Query, *, is_bound: bool) -> inspect.Signature:
    """Arguments by place, the rest by name; all questions take `limit`, and `at` where the time matters."""
    own, by_name = inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY
    found = [] if is_bound else [inspect.Parameter("self", own)]
    for param in sorted(query.params, key=lambda each: (not each.is_argument, not each.is_required)):
        flag = False if param.kind in (Kind.FLAG, Kind.FOLD) else param.default
        default = inspect.Parameter.empty if param.is_required else flag
        found.append(inspect.Parameter(param.name, own if param.is_argument or param.is_required else by_name, default=default))
    common = ("limit",) if query.over is Over.ESTATE else ("limit", "at")
    found += [inspect.Parameter(name, by_name, default=None) for name in common]
    return inspect.Signature(found, return_annotation=Answer)


@dataclass
class Graph:
    """A thin handle on an access graph; its methods are the questions.

    `paths` and `simulate` stand below; each other question of `xgraph.queries.QUERIES` is a method by its name, with `_` for `-`.
    """

    estate: Estate
    at: str | None = None
    progress: Progress | None = None
    opening: Callable[[str | None, Progress | None], AccessGraph] | None = None

    @cached_property
    def access(self) -> AccessGraph:
        """The graph itself; what a question needs of it is built when it is first asked."""
        if self.opening is not None:
            return self.opening(self.at, self.progress)
        return open_graph(self.estate, self.at, self.progress)

    if TYPE_CHECKING:

        def __getattr__(self, name: str) -> Callable[..., Answer]: ...  # the questions

    def ask(self, question: str, *, limit: int | None = None, at: str | datetime | None = None, **parameters: Any) -> Answer:
        """The answer to the question of that name, as the method of the same name gives it. Raises UnknownName.

        `limit`: at most so many rows.
        """
        moment = _moment(at)
        if moment is not None and moment != self.at:
            return Graph(self.estate, moment, self.progress).ask(question, limit=limit, **parameters)
        query = next(listing for listing in QUERIES if listing.name == question).load()
        asked = self if query.over is Over.HANDLE else getattr(self, query.over.value)
        return limited(query.run(asked, **parameters), limit).again()

    def paths(
        self,
        source: str,
        target: str,
        action: str | None = None,
        *,
        at: str | datetime | None = None,
        timeout: float | None = None,
        **wishes: Any,
    ) -> Answer:
        """Every chain from `source` to `target`, shortest first; iterate the answer's `items`. Raises UnknownName.

        Names are those of `xgraph paths`. `action` may be left out for a role. `timeout`: seconds after which the answer ends,
        incomplete. The rest are the options of `xgraph paths` by their names: `max_hops`, `limit`, `show_blocked` (near misses follow),
        `blocked_by`, `families`, `expand`, `via`, `avoid`, `within`, `outside`, `mechanism` (tuples), `cross_account_only`, `min_verdict`,
        `through_external`.
        """
        moment = _moment(at)
        if moment is not None and moment != self.at:
            return Graph(self.estate, moment, self.progress).paths(source, target, action, timeout=timeout, **wishes)
        tick = no_haste if timeout is None else _deadline(timeout)
        return path_between(self.access, source, target, action, tick=tick, progress=self.progress, **wishes).again()

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


for _listing in QUERIES:
    if not hasattr(Graph, _method_name(_listing)):
        setattr(Graph, _method_name(_listing), Question(_listing))


def _moment(at: str | datetime | None) -> str | None:
    return at.isoformat() if isinstance(at, datetime) else at


def _deadline(seconds: float) -> Callable[[], None]:
    """Raises TimeIsUp once that time has gone by."""
    end = monotonic() + seconds

    def tick() -> None:
        if monotonic() > end:
            raise TimeIsUp

    return tick
