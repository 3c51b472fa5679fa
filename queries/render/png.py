"""A still picture of an answer as PNG, for places that show nothing else."""

from __future__ import annotations

from io import TextIOWrapper
from typing import TextIO

from xgraph.queries._query import Answer


def render(answer: Answer, stream: TextIO) -> None:
    """Write the picture's bytes past the text layer of `stream`; needs the extra `viz`. Raises TypeError for a stream of text only."""
    from xgraph.queries.picture.png import png_of  # noqa: PLC0415
    from xgraph.queries.picture.scene import scene_of  # noqa: PLC0415  pictures use what this package offers

    if not isinstance(stream, TextIOWrapper):
        raise TypeError("a PNG goes to a file or a pipe")
    stream.flush()
    stream.buffer.write(png_of(scene_of(answer)))
