"""How many blocks of each long series are run: `make test-long XGRAPH_LONG_BLOCKS=200` runs them all."""

from __future__ import annotations

import os

DEFAULT_BLOCKS = 1


def blocks(most: int, usual: int = 1) -> range:
    """The blocks of a long series that has `most` of them: `usual` ones, times XGRAPH_LONG_BLOCKS."""
    return range(min(most, usual * int(os.environ.get("XGRAPH_LONG_BLOCKS", DEFAULT_BLOCKS))))
