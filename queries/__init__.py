"""The questions, listed by hand; each is a file of this folder."""

from __future__ import annotations

from ._query import Query
from .path_between import PATHS
from .simulate import SIMULATE

QUERIES: tuple[Query, ...] = (PATHS, SIMULATE)

__all__ = ["QUERIES", "Query"]
