"""The questions, listed by hand; each is a file of this folder."""

from __future__ import annotations

from ._query import Query
from .path_between import PATHS

QUERIES: tuple[Query, ...] = (PATHS,)

__all__ = ["QUERIES", "Query"]
