"""How answers look: one file a format."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TextIO

from xgraph.queries._query import Answer
from xgraph.queries.render import csv_, dot, graphml, html, json_, jsonl, markdown, mermaid, opengraph, png, svg


@dataclass(frozen=True, slots=True)
class Format:
    """One way to write an answer. `streams`: chains are written as they are found; otherwise once all are known.

    `is_for_people`: read by eye, so that a terminal shows a limited number of chains unless told otherwise. `has_rows`: it writes
    tables too.
    """

    name: str
    description: str
    render: Callable[[Answer, TextIO], None]
    streams: bool
    is_for_people: bool = False
    has_rows: bool = False


FORMATS = (
    Format("json", "One JSON document with everything that is known.", json_.render, streams=True, has_rows=True),
    Format("jsonl", "One JSON value a line: the answer's head, each chain, the end.", jsonl.render, streams=True, has_rows=True),
    Format("csv", "One row a hop, for spreadsheets.", csv_.render, streams=True, has_rows=True),
    Format("markdown", "Text for tickets and pull requests.", markdown.render, streams=True, is_for_people=True, has_rows=True),
    Format("mermaid", "A flowchart that code hosts draw inside markdown.", mermaid.render, streams=False, is_for_people=True),
    Format("dot", "A picture for Graphviz.", dot.render, streams=False, is_for_people=True),
    Format("graphml", "A graph for networkx, Gephi and yEd.", graphml.render, streams=False),
    Format("opengraph", "Nodes and edges for BloodHound's OpenGraph.", opengraph.render, streams=False),
    Format("html", "One page with an interactive picture, for a browser; works offline.", html.render, streams=False),
    Format("svg", "A still picture, sharp at any size.", svg.render, streams=False),
    Format("png", "A still picture for places that show nothing else.", png.render, streams=False),
)
