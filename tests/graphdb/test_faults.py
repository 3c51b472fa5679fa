"""A server of its own that is killed or read-only, Neo4j's own import tool, and the newest line."""

from __future__ import annotations

import os
import re
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.graphdb.hostile import estate, expected_edges, expected_nodes
from tests.graphdb.neo4j_server import NEWEST, PASSWORD, Neo4jServer, NoServer, java_for
from tests.graphdb.test_load import edges_of, nodes_of
from tests.graphdb.test_parity import check
from tests.properties.organizations import estate_of, organization
from xgraph.graph.access.everything import everything
from xgraph.graph.access.graph import build_graph
from xgraph.queries.graphdb.ask import ask, run
from xgraph.queries.graphdb.files import write_csv
from xgraph.queries.graphdb.neo4j_load import load
from xgraph.queries.graphdb.server import DatabaseError, Server, connected

pytestmark = pytest.mark.long


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Neo4jServer]:
    found = Neo4jServer(tmp_path / "neo4j")
    yield found
    found.stop()


def started(server: Neo4jServer) -> Server:
    try:
        server.start()
    except NoServer as error:
        pytest.skip(str(error))  # under CI a skip is a failure
    return Server(server.uri, "neo4j", PASSWORD)


def test_a_server_killed_during_a_load_and_during_a_query(own: Neo4jServer) -> None:
    records = everything(build_graph(estate_of(organization(4))))
    server = started(own)
    load(server, everything(build_graph(estate_of(organization(5)))), "old", {"name": "old"})

    def kill(name: str, done: int, _total: int) -> None:
        if name == "load" and done == 7:
            own.kill()

    with pytest.raises(DatabaseError, match=r"no Neo4j server answers at|connection to .* was lost"):
        load(server, records, "new", {"name": "new"}, batch=20, progress=kill)
    own.start()
    assert run(server, "MATCH (:XGraphPointer {name: 'current'})-[:POINTS_TO]->(s) RETURN s.id", {}).rows == (("old",),)
    done = load(server, records, "new", {"name": "new"}, batch=20)
    assert done.was_there >= 7
    assert nodes_of(server, "new") == expected_nodes(records, "new")
    assert set(edges_of(server, "new")) == expected_edges(records)
    assert len(edges_of(server, "new")) == len(records.edges)

    killer = threading.Timer(1.5, own.kill)
    killer.start()
    with pytest.raises(DatabaseError, match=r"no Neo4j server answers at|connection to .* was lost|refused"):
        run(server, "UNWIND range(1, 3000000000) AS x WITH x WHERE x % 7 = 8 RETURN count(x)", {})
    killer.join()


def test_a_database_that_is_read_only(own: Neo4jServer) -> None:
    records = everything(build_graph(estate_of(organization(4))))
    server = started(own)
    load(server, records, "one", {"name": "one"})
    own.stop()

    own.settings = {"server.databases.default_to_read_only": "true"}
    own.start()
    with pytest.raises(DatabaseError, match=r"holds the default database read-only: allow writing"):
        load(server, records, "two", {"name": "two"})
    assert ask(server, "roles-nobody-can-assume", {}).columns == ("role", "account", "account_name")


def test_the_import_tool_takes_the_files(own: Neo4jServer, tmp_path: Path) -> None:
    """`neo4j-admin database import full`, as import.sh calls it, hostile names included."""
    records = everything(build_graph(estate()))
    folder = tmp_path / "csv"
    files = write_csv(records, "imported", {"name": "wicked"}, folder)
    try:
        options = own.options()
    except NoServer as error:
        pytest.skip(str(error))
    own.folder.mkdir(parents=True)
    (own.folder / "conf").mkdir()
    (own.folder / "conf" / "neo4j.conf").touch()
    admin = tmp_path / "neo4j-admin"
    called = " ".join(f"'{part}'" for part in options)
    admin.write_text(f'#!/bin/sh\nexec {called} org.neo4j.cli.AdminTool "$@"\n')
    admin.chmod(0o755)
    environment = {**os.environ, "NEO4J_ADMIN": str(admin), "NEO4J_HOME": str(own.folder), "NEO4J_CONF": str(own.folder / "conf")}

    done = subprocess.run(["sh", str(folder / "import.sh")], env=environment, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, (done.stdout + done.stderr)[-3000:]
    server = started(own)
    with connected(server) as driver, driver.session() as session:
        for text in (folder / "constraints.cypher").read_text().split(";\n")[:-1]:
            session.run(text).consume()

    assert "import.sh" in files
    arrived = {node: {k: v for k, v in row.items() if v not in ([], "", None)} for node, row in nodes_of(server, "imported").items()}
    for row in arrived.values():
        row.pop("key", None)
    wanted = {n: {k: v for k, v in row.items() if v not in ([], "", None)} for n, row in expected_nodes(records, "imported").items()}
    assert arrived == wanted
    assert set(edges_of(server, "imported")) == expected_edges(records)
    assert ask(server, "public", {}).rows
    assert re.search(r"IMPORT DONE", done.stdout + done.stderr)


def test_the_newest_line_agrees_too(tmp_path: Path) -> None:
    """On the newest Neo4j that an installed JDK can start; the old one is what all other tests run on."""
    from random import Random  # noqa: PLC0415

    try:
        java_for(NEWEST)
    except NoServer:
        return  # no JDK for it: the long-term line above is what there is
    newest = Neo4jServer(tmp_path / "newest", version=NEWEST)
    server = started(newest)
    try:
        for seed in range(3):
            check(server, build_graph(estate_of(organization(seed))), "generated", Random(seed), hops=3, most=3)
    finally:
        newest.stop()
