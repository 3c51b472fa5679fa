"""What an import has made."""

from __future__ import annotations

from dataclasses import dataclass

from xgraph.graph.model.coverage import CallOutcome


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import has made. `unused` says in sentences what it could not use, `changed` what an overlay has changed."""

    id: str
    accounts: tuple[str, ...]
    coverage: tuple[CallOutcome, ...]
    unused: tuple[str, ...]
    changed: tuple[str, ...] = ()
