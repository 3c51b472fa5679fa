"""A picture for Graphviz: `xgraph paths … --format dot | dot -Tsvg`."""

from __future__ import annotations

from typing import TextIO

from xgraph.graph.policy.decision import Verdict
from xgraph.queries._query import Answer
from xgraph.queries.render._drawing import Edge, draw
from xgraph.queries.render._names import edge_words
from xgraph.queries.render._text import visible


def render(answer: Answer, stream: TextIO) -> None:
    """Write the graph, left to right: solid arrows are ALLOWED, dashed ones CONDITIONAL, red ones blocked."""
    drawing = draw(answer)
    ids = {name: f"n{index}" for index, name in enumerate(drawing.nodes)}
    stream.write('digraph xgraph {\n  rankdir=LR;\n  node [shape=box, style="rounded", fontname="Helvetica"];\n')
    stream.write(f'  edge [fontname="Helvetica", fontsize=10];\n  label="{quoted(drawing.caption)}";\n')
    for name, node in ids.items():
        kind = drawing.names.kind(name)
        title = quoted(drawing.names.node(name)) + (f"\\n{quoted(kind)}" if kind else "")
        stream.write(f'  {node} [label="{title}", tooltip="{quoted(name)}"];\n')
    for edge in drawing.edges:
        ends = f"{ids[edge.hop.source]} -> {ids[edge.hop.target]}"
        stream.write(f'  {ends} [label="{quoted(edge_words(edge.hop))}"{_style(edge)}];\n')
    stream.write("}\n")


def quoted(text: str) -> str:
    """`text` inside double quotes, with Graphviz's escapes and entities taken literally."""
    return visible(text).replace("\\", "\\\\").replace('"', '\\"').replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _style(edge: Edge) -> str:
    if edge.is_blocked or not edge.hop.verdict.is_possible:
        return ', style=dashed, color=red, fontcolor=red, arrowhead="tee"'
    return "" if edge.hop.verdict is Verdict.ALLOWED else ", style=dashed"
