"""A still picture of an answer as SVG: sharp at any size, light or dark as the reader's screen is."""

from __future__ import annotations

from typing import TextIO

from xgraph.queries._query import Answer


def render(answer: Answer, stream: TextIO) -> None:
    """Write the SVG."""
    from xgraph.queries.picture.scene import scene_of  # noqa: PLC0415  pictures use what this package offers
    from xgraph.queries.picture.svg import svg_of  # noqa: PLC0415

    stream.write(svg_of(scene_of(answer)))
