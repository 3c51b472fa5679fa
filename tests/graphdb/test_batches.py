"""Batches hold each node and each edge once, as many as they are counted, in one order; what edges have in common is said once."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.graphdb.hostile import estate
from tests.properties.organizations import estate_of, organization
from xgraph.graph.access.everything import EdgeRecord, Records, everything
from xgraph.graph.access.graph import build_graph
from xgraph.queries.graphdb._batches import batches, count_batches


@pytest.fixture(scope="module", params=["hostile", "generated"])
def records(request: pytest.FixtureRequest) -> Records:
    return everything(build_graph(estate() if request.param == "hostile" else estate_of(organization(4))))


@pytest.mark.parametrize("size", [1, 7, 5000])
def test_each_edge_and_each_node_stands_in_one_batch(records: Records, size: int) -> None:
    made = list(batches(records, "load", size=size))

    assert len(made) == count_batches(records, size)
    edges = Counter((one.kind, a, b, repr(p)) for one in made if not one.is_node for a, b, p in one.edges())
    assert edges == Counter((edge.kind, edge.source, edge.target, repr(edge.attributes)) for edge in records.edges)
    assert [row["id"] for one in made if one.is_node for row in one.rows] == [
        node.id for one in dict.fromkeys(one.kind for one in made if one.is_node) for node in records.nodes.values() if node.kind == one
    ]
    assert all(len(list(one.edges())) <= size for one in made if not one.is_node)


def test_edges_of_one_set_with_the_same_properties_are_one_row() -> None:
    records = Records()
    records.edges = [EdgeRecord("CAN_ASSUME", "set:0", f"role {number}", {"verdict": "ALLOWED", "also": []}) for number in range(5)]
    records.edges.append(EdgeRecord("CAN_ASSUME", "set:0", "role 9", {"verdict": "CONDITIONAL", "also": []}))
    records.edges += [EdgeRecord("MEMBER_OF", f"role {number}", "set:0") for number in range(3)]

    assume, member = batches(records, "load")

    assert assume.outward
    assert [(row["one"], len(row["many"]), row["p"]["verdict"]) for row in assume.rows] == [
        ("set:0", 5, "ALLOWED"),
        ("set:0", 1, "CONDITIONAL"),
    ]
    assert [(row["one"], row["many"]) for row in member.rows] == [("set:0", ["role 0", "role 1", "role 2"])]
    assert not member.outward
