"""`xgraph neo4j` and `xgraph cypher` without a server: what they list, refuse and write."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from xgraph.cli import main

ACME = str(Path(__file__).parents[2] / "examples" / "acme" / "snapshot")
QUICK = ("--snapshot", ACME, "--no-blocked", "--no-access")


def run(*words: str) -> Result:
    return CliRunner().invoke(main, list(words))


def test_the_library_is_listed() -> None:
    assert "blast-radius" in run("neo4j", "query").output
    assert "who-can-access" in run("cypher", "--list").output
    assert "SHORTEST 6 GROUPS" in run("neo4j", "query", "paths", "--show").output


def test_a_query_without_a_server() -> None:
    done = run(
        "cypher", "--query", "who-can-assume", "--param", "to=arn:aws:iam::100000000004:role/pipeline-admin", "--format", "json", *QUICK[:3]
    )

    assert done.exit_code == 0, done.output
    assert [row["id"] for row in json.loads(done.output)["rows"]] == ["arn:aws:iam::100000000003:role/platform-ops"]


def test_a_target_named_at_load(tmp_path: Path) -> None:
    bucket = ("--target", "arn:aws:s3:::acme-invoices/*", "--action", "s3:GetObject")
    done = run("neo4j", "export", "--format", "csv", "-o", str(tmp_path / "out"), *bucket, *QUICK)

    assert done.exit_code == 0, done.output
    edges = (tmp_path / "out" / "edges-CAN_ACCESS.csv").read_text("utf-8").splitlines()
    assert len(edges) > 1
    assert all('"arn:aws:s3:::acme-invoices/*"' in line and '"s3:GetObject"' in line for line in edges[1:])


@pytest.mark.parametrize(
    ("words", "status", "message"),
    [
        (("neo4j", "query", "pahts"), 2, "no query is called `pahts`; nearest: `paths`"),
        (("neo4j", "query", "paths", "--param", "from"), 2, "`--param from` has to be NAME=VALUE"),
        (("neo4j", "query", "public", "--uri", "nowhere"), 2, "`nowhere` is no address of a Neo4j server"),
        (("neo4j", "load", "--uri", "bolt://127.0.0.1:1", "--snapshot", ACME), 4, "no Neo4j server answers at `bolt://127.0.0.1:1`"),
        (("neo4j", "export", "--format", "csv", "-o", "/", "--snapshot", ACME), 2, "has to be a new folder"),
        (("neo4j", "export", "--format", "csv", "-o", "x", "--target", "a"), 2, "each `--target` needs an `--action`"),
        (("cypher",), 2, "give either Cypher or `--query NAME`"),
        (("cypher", "MATCH (n RETURN n", *QUICK[:3]), 4, "the embedded engine says: "),
        (("cypher", "--query", "public", "--verify", *QUICK[:3]), 2, "lists no chains that could be verified"),
    ],
)
def test_mistakes_are_one_sentence(words: tuple[str, ...], status: int, message: str) -> None:
    done = run(*words)

    assert (done.exit_code, "Traceback" in done.output) == (status, False)
    assert message in done.output


def test_rows_are_verified_by_the_engine() -> None:
    ends = ("--param", "from=arn:aws:iam::100000000003:user/nadia", "--param", "to=arn:aws:iam::100000000007:role/backup-operator")
    done = run("cypher", "--query", "paths", *ends, "--verify", "--format", "json", *QUICK[:3])

    assert done.exit_code == 0, done.output
    assert [(row["length"], row["verdict"], row["engine"], row["engine_verdict"]) for row in json.loads(done.output)["rows"]] == [
        (4, "ALLOWED", "confirmed", "ALLOWED")
    ]
