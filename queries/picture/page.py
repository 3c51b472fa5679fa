"""A scene as one HTML file that works from disk, asks the network for nothing and runs no text that came from outside."""

from __future__ import annotations

import json
from base64 import b64encode
from dataclasses import asdict
from hashlib import sha256
from html import escape
from importlib.resources import files
from string import Template
from typing import Any

from xgraph.graph.access.chain import MECHANISMS

from . import _place, _pyvis
from ._colours import NOBODY, colours_of
from ._glyphs import GLYPHS, HEIGHT, OUTLINES, WIDTH, outline_of
from .scene import Scene

_FONT = "system-ui, 'Segoe UI', 'DejaVu Sans', Roboto, sans-serif"
_HEADS = ("arrow", "vee", "vee", "vee", "vee", "vee", "triangle", "diamond", "box", "curve", "circle", "inv_triangle", "crow", "bar")


def html_of(scene: Scene) -> str:
    """The page's text, about 0.6 MB, most of it the drawing library. Raises CannotDraw without the extra `viz`."""
    script, library = _read("page.js"), _pyvis.library()
    values = {
        "policy": escape(_policy(script, library)),
        "title": escape(scene.title),
        "caption": escape(scene.caption),
        "style": _read("page.css"),
        "scene": embedded(_data(scene)),
        "library": library,
        "script": script,
    }
    return Template(_read("page.html")).substitute(values)


def embedded(value: Any) -> str:
    """`value` as JSON that may stand inside a script element: nothing in it can end the element or begin another."""
    text = json.dumps(value, ensure_ascii=True, separators=(",", ":"))
    return text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")


def _policy(*scripts: str) -> str:
    """Only the scripts of this page run, by their hashes; nothing is fetched.

    Source: https://developer.mozilla.org/docs/Web/HTTP/Reference/Headers/Content-Security-Policy
    """
    hashes = " ".join(f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'" for text in scripts)
    return f"default-src 'none'; script-src {hashes}; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"


def _data(scene: Scene) -> dict[str, Any]:
    colours = colours_of(list(scene.accounts))
    return {
        "caption": scene.caption,
        "size": sum(not card.is_group for card in scene.cards),
        "cards": [{**asdict(card), "outline": outline_of(card.glyph)} for card in scene.cards],
        "lines": [asdict(line) for line in scene.lines],
        "routes": [asdict(route) for route in scene.routes],
        "accounts": {account: {"name": name, "colour": colours[account]} for account, name in scene.accounts.items()},
        "notes": scene.notes,
        "glyphs": GLYPHS,
        "outlines": OUTLINES,
        "heads": dict(zip(MECHANISMS, _HEADS, strict=True)),
        "options": _pyvis.options(),
        "geometry": {
            "width": WIDTH, "height": HEIGHT, "row": _place.ROW, "header": _place.HEADER, "between": _place.BETWEEN, "hop": _place.HOP,
            "beside": _place.BESIDE, "padding": _place.PADDING, "shortest": _place.SHORTEST, "most_labels": 60, "nobody": NOBODY, "font": _FONT,
        },
    }  # fmt: skip


def _read(name: str) -> str:
    return files(__package__).joinpath(name).read_text(encoding="utf-8")
