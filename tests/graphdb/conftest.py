"""One Neo4j server for all tests of this folder: the one of XGRAPH_NEO4J_URI, else one that is started here."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.graphdb.neo4j_server import PASSWORD, Neo4jServer, NoServer
from xgraph.queries.graphdb.server import Server, connected

# Little patience and little memory for a transaction: what makes the server answer with errors soon (test_errors.py).
TIGHT = {"db.lock.acquisition.timeout": "1s", "dbms.memory.transaction.total.max": "96m"}


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    uri = os.environ.get("XGRAPH_NEO4J_URI")
    if uri:
        yield Server(uri, os.environ.get("XGRAPH_NEO4J_USER", "neo4j"), os.environ.get("XGRAPH_NEO4J_PASSWORD", ""))
        return
    own = Neo4jServer(tmp_path_factory.mktemp("neo4j"), settings=TIGHT)
    try:
        own.start()
    except NoServer as error:
        pytest.skip(str(error))  # under CI a skip is a failure: tests/conftest.py
    yield Server(own.uri, "neo4j", PASSWORD)
    own.stop()


@pytest.fixture
def clean(server: Server) -> Server:
    """The server without anything of ours."""
    wipe(server)
    return server


def wipe(server: Server) -> None:
    with connected(server) as driver:
        for label in ("XGraphNode", "XGraphSnapshot", "XGraphPointer"):
            driver.execute_query(f"MATCH (n:{label}) CALL (n) {{ DETACH DELETE n }} ", database_=server.database)


ACME = Path(__file__).parents[2] / "examples" / "acme" / "snapshot"


@pytest.fixture
def tight(server: Server, tmp_path: Path) -> Iterator[Server]:
    """A server with the settings above: the one of all tests, unless that is the user's."""
    if not os.environ.get("XGRAPH_NEO4J_URI"):
        wipe(server)
        yield server
        return
    own = Neo4jServer(tmp_path / "neo4j", settings=TIGHT)
    own.start()
    yield Server(own.uri, "neo4j", PASSWORD)
    own.stop()
