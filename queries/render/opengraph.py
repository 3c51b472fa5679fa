"""Nodes and edges for BloodHound, as OpenGraph takes them.

Source: BloodHound documentation, "OpenGraph": kinds are made of letters, digits and underscores, properties are plain values or
lists of one type under lower-case names.
"""

from __future__ import annotations

import json
import re
from typing import Any, TextIO

from xgraph.graph.access.chain import Node
from xgraph.graph.model.arn import account_of, parse_arn
from xgraph.queries._query import Answer
from xgraph.queries.render._drawing import Drawing, Edge, completeness, draw
from xgraph.queries.render.records import condition_record, evidence_record

SOURCE_KIND = "XGraph_Base"


def render(answer: Answer, stream: TextIO) -> None:
    """Write the hops of possible chains: an edge is something that can be walked, so blocked chains have no place here.

    One node of kind `XGraph_Answer` tells what was asked and whether the answer is complete.
    """
    drawing = draw(answer)
    walked = [edge for edge in drawing.edges if edge.hop.verdict.is_possible and not edge.is_blocked]
    ends = {end for edge in walked for end in (edge.hop.source, edge.hop.target)}
    nodes = [_node(answer, drawing, name) for name in drawing.nodes if name in ends]
    payload = {
        "metadata": {"source_kind": SOURCE_KIND},
        "graph": {"nodes": [*nodes, _answer_node(answer, drawing)], "edges": [_edge(edge) for edge in walked]},
    }
    json.dump(payload, stream, indent=2)
    stream.write("\n")


def kind_of(words: str) -> str:
    """A kind in BloodHound's spelling: `assume-role` becomes `XGraph_AssumeRole`."""
    return "XGraph_" + "".join(part.capitalize() for part in re.findall(r"[A-Za-z0-9]+", words))


def _node(answer: Answer, drawing: Drawing, name: str) -> dict[str, Any]:
    node = answer.nodes.get(name)
    properties: dict[str, Any] = {"name": drawing.names.node(name), "xgraph_id": name, **_described(node, name)}
    return {"id": name, "kinds": [kind_of(node.kind if node else "node"), SOURCE_KIND], "properties": properties}


def _described(node: Node | None, name: str) -> dict[str, Any]:
    arn = parse_arn(name)
    account = (node.account if node else None) or account_of(name)
    values: dict[str, Any] = {"account": account, "service": arn.service if arn else None}
    if node is not None:
        values |= {"account_name": node.account_name, "collected": node.collected}
    return {key: value for key, value in values.items() if value not in (None, "")}


def _edge(edge: Edge) -> dict[str, Any]:
    hop = edge.hop
    properties: dict[str, Any] = {
        "action": hop.action,
        "verdict": str(hop.verdict),
        "also": list(hop.also),
        "evidence": [json.dumps(evidence_record(evidence)) for evidence in hop.evidence],
        "chains": edge.chains,
    }
    if hop.condition is not None:
        properties |= {"condition": hop.condition.text, "condition_json": json.dumps(condition_record(hop.condition))}
    return {
        "kind": kind_of(hop.mechanism),
        "start": {"match_by": "id", "value": hop.source},
        "end": {"match_by": "id", "value": hop.target},
        "properties": {key: value for key, value in properties.items() if value != []},
    }


def _answer_node(answer: Answer, drawing: Drawing) -> dict[str, Any]:
    asked = [f"{key}={value}" for key, value in sorted(answer.parameters.items()) if value is not None]
    properties = {
        "name": f"xgraph {answer.query}: {drawing.caption}",
        "query": answer.query,
        "parameters": asked,
        "complete": answer.complete,
        "completeness": completeness(answer),
        "snapshot": answer.snapshot_id,
        "gaps": [gap.what for gap in dict.fromkeys(answer.coverage_gaps)],
    }
    identity = f"xgraph-answer:{answer.snapshot_id}:{answer.query}:{';'.join(asked)}"
    kept = {key: value for key, value in properties.items() if value != []}
    return {"id": identity, "kinds": ["XGraph_Answer", SOURCE_KIND], "properties": kept}
