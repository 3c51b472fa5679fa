"""The only place that knows pyvis: its options for vis-network, and vis-network itself, which it carries."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Any

from ._missing import extra

_OPTIONS: dict[str, Any] = {
    "physics": {"enabled": False},
    "layout": {"improvedLayout": False},
    "interaction": {
        "hover": True,
        "tooltipDelay": 120,
        "keyboard": {"enabled": True, "bindToWindow": False},
        "navigationButtons": False,
        "hideEdgesOnDrag": False,
    },
    "edges": {"hoverWidth": 1.2},
    "nodes": {"chosen": False},
}


def options() -> dict[str, Any]:
    """What vis-network is told: positions are given, so nothing is computed; keys and hovering work."""
    with extra():
        from pyvis.network import Network  # noqa: PLC0415  an extra, and slow to import
    network = Network(directed=True, cdn_resources="in_line")
    network.set_options(json.dumps(_OPTIONS))
    told = network.get_network_data()[-1]
    decoded: dict[str, Any] = told if isinstance(told, dict) else json.loads(told)
    return decoded


def library() -> str:
    """The text of vis-network as pyvis ships it (Apache-2.0 or MIT)."""
    with extra():
        import pyvis  # noqa: F401, PLC0415  only to say what is missing
    return files("pyvis").joinpath("templates", "lib", "vis-9.1.2", "vis-network.min.js").read_text(encoding="utf-8")
