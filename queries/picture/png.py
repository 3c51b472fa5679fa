"""A scene as PNG: its SVG, drawn by resvg."""

from __future__ import annotations

from functools import cache

from ._missing import CannotDraw, extra
from .scene import Scene
from .svg import svg_of

_SCALE = 2
_LARGEST = 16_000  # pixels: beyond, viewers give up
_BLANK = '<svg xmlns="http://www.w3.org/2000/svg" width="40" height="20">{}</svg>'


def png_of(scene: Scene) -> bytes:
    """The picture's bytes, on light ground, twice as large as the SVG for sharp screens.

    Raises CannotDraw without the extra `viz`, or without a font.
    """
    with extra():
        import resvg_py  # noqa: PLC0415  an extra

    if not _has_fonts():
        raise CannotDraw("no font is installed, so a PNG would have no words: install one (Debian: fonts-dejavu-core), or use --format svg")
    text = svg_of(scene, theme="light")
    width, height = (float(text.split(f' {side}="', 1)[1].split('"', 1)[0]) for side in ("width", "height"))
    scale = min(_SCALE, _LARGEST / width, _LARGEST / height)
    return bytes(resvg_py.svg_to_bytes(svg_string=text, width=int(width * scale), height=int(height * scale)))


@cache
def _has_fonts() -> bool:
    import resvg_py  # noqa: PLC0415  an extra

    word = '<text x="2" y="15" font-family="sans-serif" font-size="14">x</text>'
    return bytes(resvg_py.svg_to_bytes(svg_string=_BLANK.format(word))) != bytes(resvg_py.svg_to_bytes(svg_string=_BLANK.format("")))
