"""A graph in GraphML, for networkx, Gephi and yEd."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TextIO
from xml.etree import ElementTree as ET  # it writes here, and never reads

from xgraph.queries._query import Answer
from xgraph.queries.render._drawing import Drawing, Edge, draw
from xgraph.queries.render._text import visible
from xgraph.queries.render.records import condition_record, ending_record, evidence_record, opening_record

_GRAPH = ("schema_version", "query", "parameters", "snapshot", "reference_data", "complete", "truncated_by", "coverage_gaps")
_NODE = ("id", "label", "kind", "account", "account_name", "name", "collected")
_EDGE = ("action", "mechanism", "also", "verdict", "blocked", "condition", "evidence", "assumptions", "chains")


def render(answer: Answer, stream: TextIO) -> None:
    """Write one directed multigraph, in which lists and records are JSON text inside their attribute.

    XML has no control characters, so those of hostile names are written out.
    """
    drawing = draw(answer)
    root = ET.Element("graphml", xmlns="http://graphml.graphdrawing.org/xmlns")
    keys = _declare(root)
    graph = ET.SubElement(root, "graph", id="xgraph", edgedefault="directed")
    head = opening_record(answer) | ending_record(answer)
    _fill(graph, "graph", {name: head[name] for name in _GRAPH}, keys)
    ids = {name: f"n{index}" for index, name in enumerate(drawing.nodes)}
    for name, node in ids.items():
        _fill(ET.SubElement(graph, "node", id=node), "node", _node_values(answer, drawing, name), keys)
    for index, edge in enumerate(drawing.edges):
        element = ET.SubElement(graph, "edge", id=f"e{index}", source=ids[edge.hop.source], target=ids[edge.hop.target])
        _fill(element, "edge", _edge_values(edge), keys)
    ET.indent(root)
    stream.write('<?xml version="1.0" encoding="UTF-8"?>\n')
    stream.write(ET.tostring(root, encoding="us-ascii", xml_declaration=False).decode("ascii") + "\n")


def _declare(root: ET.Element) -> Mapping[tuple[str, str], str]:
    keys: dict[tuple[str, str], str] = {}
    for target, names in (("graph", _GRAPH), ("node", _NODE), ("edge", _EDGE)):
        for name in names:
            keys[target, name] = f"d{len(keys)}"
            kind = "boolean" if name in ("collected", "complete", "blocked") else "string"
            attributes = {"id": keys[target, name], "for": target, "attr.name": name, "attr.type": kind}
            ET.SubElement(root, "key", attributes)
    return keys


def _node_values(answer: Answer, drawing: Drawing, name: str) -> dict[str, object]:
    known = answer.nodes.get(name)
    values: dict[str, object] = {"id": name, "label": drawing.names.node(name)}
    if known is not None:
        values |= {"kind": known.kind, "account": known.account, "account_name": known.account_name}
        values |= {"name": known.name, "collected": known.collected}
    return values


def _edge_values(edge: Edge) -> dict[str, object]:
    return {
        "action": edge.hop.action,
        "mechanism": edge.hop.mechanism,
        "also": list(edge.hop.also),
        "verdict": str(edge.hop.verdict),
        "blocked": edge.is_blocked,
        "condition": condition_record(edge.hop.condition),
        "evidence": [evidence_record(evidence) for evidence in edge.hop.evidence],
        "assumptions": list(edge.hop.assumptions),
        "chains": edge.chains,
    }


def _fill(element: ET.Element, target: str, values: Mapping[str, object], keys: Mapping[tuple[str, str], str]) -> None:
    for name, value in values.items():
        if value is not None:
            text = visible(value) if isinstance(value, str) else json.dumps(value)
            ET.SubElement(element, "data", key=keys[target, name]).text = text
