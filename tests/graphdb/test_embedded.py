"""The embedded engine gives what Neo4j and `xgraph paths` give, for chains of up to four hops."""

from __future__ import annotations

import json
from pathlib import Path
from random import Random
from typing import Any

import pytest
from click.testing import CliRunner

from tests.graphdb.conftest import ACME
from tests.graphdb.hostile import estate, expected_nodes
from tests.graphdb.test_parity import by_engine, questions
from tests.properties.blocks import blocks
from tests.properties.organizations import estate_of, organization
from xgraph.cli import main
from xgraph.graph.access.everything import everything
from xgraph.graph.access.graph import build_graph
from xgraph.queries.graphdb.embedded import Embedded
from xgraph.queries.graphdb.server import DatabaseError


def by_embedded(database: Embedded, source: str, target: str, action: str, most: int) -> tuple[set[Any], set[Any]]:
    given = {"from": source, "to": target, "action": action, "max_hops": most}
    chains = {
        (tuple(row["nodes"]), tuple(row["verdicts"]), tuple(row["mechanisms"]), row["verdict"])
        for row in database.ask("paths", given).records()
    }
    blocked = set()
    for row in database.ask("blocked-paths", given).records():
        found = [json.loads(text) for text in row["blockers"]]
        by = frozenset((b["control"], b["policy"], b["statement"], b["sid"], b["attached_to"], b["level"], b["text"]) for b in found)
        blocked.add((tuple(row["nodes"]), tuple(row["verdicts"]), tuple(row["mechanisms"]), row["blocked_at"], by))
    return chains, blocked


def check(seed: int, most: int) -> None:
    graph = build_graph(estate_of(organization(seed)))
    records = everything(graph)
    with Embedded() as database:
        database.load(records, "generated", {})
        for source, target, action in questions(graph, records, Random(seed), most):
            assert by_embedded(database, source, target, action, 3) == by_engine(graph, source, target, action, 3), (source, target, action)


@pytest.mark.parametrize("seed", range(2))
def test_generated_organizations(seed: int) -> None:
    check(seed, 1)


@pytest.mark.soak
@pytest.mark.parametrize("block", blocks(40))
def test_many_generated_organizations(block: int) -> None:
    for seed in range(8000 + 4 * block, 8004 + 4 * block):
        check(seed, 3)


def test_hostile_names_arrive_as_text() -> None:
    records = everything(build_graph(estate()))
    with Embedded() as database:
        database.load(records, "wicked", {})
        found = {row["id"]: row for (row,) in database.run("MATCH (n:XGraphNode) RETURN n", {}).rows}

    expected = expected_nodes(records, "wicked")
    assert {node: {name: found[node][name] for name in row} for node, row in expected.items()} == expected


def test_the_file_is_only_a_cache(tmp_path: Path) -> None:
    cache = tmp_path / "cache.db"
    command = ["cypher", "--query", "public", "--snapshot", str(ACME), "--no-blocked", "--format", "json", "--cache", str(cache)]
    first = CliRunner().invoke(main, command)
    again = CliRunner().invoke(main, command)
    cache.write_bytes(b"no database")
    broken = CliRunner().invoke(main, command)

    assert first.exit_code == 0, first.output
    assert again.output == first.output
    assert broken.output == first.output


def test_mistakes_are_told() -> None:
    with Embedded() as database, pytest.raises(DatabaseError, match="the embedded engine says: "):
        database.run("MATCH (n RETURN n", {})
