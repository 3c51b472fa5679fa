"""One self-contained page with the picture of an answer, to open in a browser."""

from __future__ import annotations

from typing import TextIO

from xgraph.queries._query import Answer


def render(answer: Answer, stream: TextIO) -> None:
    """Write the page; needs the extra `viz`."""
    from xgraph.queries.picture.page import html_of  # noqa: PLC0415  only this format needs it
    from xgraph.queries.picture.scene import scene_of  # noqa: PLC0415

    stream.write(html_of(scene_of(answer)))
