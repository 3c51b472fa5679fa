"""How a question stands in the list of all questions: by name, so that listing them imports none."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ._query import Query


@dataclass(frozen=True, slots=True)
class Listing:
    """One question: its name on the command line (with `_` for `-` in Python), the module of this folder that holds its `QUERY`,
    and what `xgraph --help` says of it.
    """

    name: str
    module: str
    description: str

    def load(self) -> Query:
        """The question itself; imports its module."""
        found: Query = import_module(f"xgraph.queries.{self.module}").QUERY
        return found
