"""Errors of a server that goes on: short of memory, a lock that somebody holds, a version that is too old."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from tests.graphdb.test_load import edges_of
from tests.properties.organizations import estate_of, organization
from xgraph.graph.access.everything import everything
from xgraph.graph.access.graph import build_graph
from xgraph.queries.graphdb.ask import OLDEST_FOR_QUERIES, run
from xgraph.queries.graphdb.neo4j_load import load
from xgraph.queries.graphdb.server import OLDEST, DatabaseError, Server, check_version, connected, version_of


def test_a_query_that_needs_too_much_memory(tight: Server) -> None:
    with pytest.raises(DatabaseError, match=r"is out of memory for one transaction: raise `dbms.memory.transaction.total.max`"):
        run(tight, "UNWIND range(1, 3000000) AS x WITH collect(toString(x)) AS texts RETURN size(texts)", {})


def test_a_transient_error_is_tried_again(tight: Server) -> None:
    """Somebody holds the lock on the load's counter until the server has refused it once."""
    records = everything(build_graph(estate_of(organization(4))))
    holders: list[tuple[threading.Timer, Any]] = []

    def hold(name: str, done: int, _total: int) -> None:
        if name == "load" and done == 3:
            session = driver.session()
            transaction = session.begin_transaction()
            transaction.run("MATCH (s:XGraphSnapshot {id: 'one'}) SET s.lock = false").consume()
            release = threading.Timer(2.5, transaction.rollback)
            release.start()
            holders.append((release, session))

    with connected(tight) as driver:
        done = load(tight, records, "one", {"name": "one"}, batch=20, progress=hold)
        for release, session in holders:
            release.join()
            session.close()

    assert holders
    assert done.was_there == 0
    assert len(edges_of(tight, "one")) == len(records.edges)


@pytest.mark.parametrize(
    ("agent", "version"),
    [
        ("Neo4j/5.26.30", (5, 26, 30)),
        ("Neo4j/4.4.40", (4, 4, 40)),
        ("Neo4j/2026.08.1", (2026, 8, 1)),
        ("Neo4j/5.27.0-2026.07.0", (5, 27, 0)),
        ("Neo4j/dev", (9999,)),
    ],
)
def test_versions_as_servers_say_them(agent: str, version: tuple[int, ...]) -> None:
    assert version_of(agent) == version


def test_a_server_that_is_too_old_is_named_with_its_version() -> None:
    server = Server("bolt://127.0.0.1:7687")

    with pytest.raises(DatabaseError, match=r"^`bolt://127.0.0.1:7687` is Neo4j/4.4.40; xgraph needs Neo4j 5.0 or newer$"):
        check_version(server, "Neo4j/4.4.40", OLDEST)
    with pytest.raises(DatabaseError, match=r"is Neo4j/5.22.0; the queries need Neo4j 5.23 or newer$"):
        check_version(server, "Neo4j/5.22.0", OLDEST_FOR_QUERIES, "the queries need")
    check_version(server, "Neo4j/5.26.30", OLDEST_FOR_QUERIES)
    check_version(server, "Neo4j/2026.08.1", OLDEST_FOR_QUERIES)


def test_the_running_server_says_a_version_that_is_read(server: Server) -> None:
    with connected(server) as driver:
        said = version_of(driver.get_server_info().agent)

    assert OLDEST_FOR_QUERIES <= said < (9999,)


def test_the_live_check_refuses_a_server_older_than_what_is_needed(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """The real server, measured against a version that does not exist yet."""
    monkeypatch.setattr("xgraph.queries.graphdb.server.OLDEST", (9998, 0))

    with pytest.raises(DatabaseError, match=r"xgraph needs Neo4j 9998.0 or newer"):
        run(server, "RETURN 1 AS one", {})
