"""A flowchart in Mermaid, which code hosts draw inside markdown."""

from __future__ import annotations

import re
from typing import TextIO

from xgraph.graph.policy.decision import Verdict
from xgraph.queries._query import Answer
from xgraph.queries.render._drawing import Edge, draw
from xgraph.queries.render._names import edge_words
from xgraph.queries.render._text import visible

# Everything else could be syntax, a directive, markdown or HTML to some version of Mermaid.
_UNSAFE = re.compile(r"[^\w /.:=,-]", re.ASCII)


def render(answer: Answer, stream: TextIO) -> None:
    """Write the chart, left to right: solid arrows are ALLOWED, dotted ones CONDITIONAL, crossed ones blocked."""
    drawing = draw(answer)
    ids = {name: f"n{index}" for index, name in enumerate(drawing.nodes)}
    stream.write(f"%% {_comment(drawing.caption)}\nflowchart LR\n")
    for name, node in ids.items():
        kind = drawing.names.kind(name)
        stream.write(f'  {node}["{label(drawing.names.node(name))}{f"<br/>{label(kind)}" if kind else ""}"]\n')
    for edge in drawing.edges:
        source, target = ids[edge.hop.source], ids[edge.hop.target]
        stream.write(f'  {source} {_arrow(edge)}|"{label(edge_words(edge.hop))}"| {target}\n')


def label(text: str) -> str:
    """`text` inside quotes: every sign that may mean something is written by its number."""
    return _UNSAFE.sub(lambda match: f"#{ord(match.group())};", visible(text))


def _comment(text: str) -> str:
    return re.sub(r"[^\w ,:;.-]", " ", visible(text), flags=re.ASCII)


def _arrow(edge: Edge) -> str:
    if edge.is_blocked or not edge.hop.verdict.is_possible:
        return "--x"
    return "-->" if edge.hop.verdict is Verdict.ALLOWED else "-.->"
