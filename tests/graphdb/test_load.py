"""Loading: whole or not at all for readers, again without harm, side by side, hostile text as text, errors as sentences."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.graphdb.hostile import WICKED, estate, expected_edges, expected_nodes, shown
from tests.graphdb.neo4j_server import free_port
from tests.properties.organizations import estate_of, organization
from xgraph.graph.access.everything import Records, everything
from xgraph.graph.access.graph import build_graph
from xgraph.queries.graphdb.ask import ask, run
from xgraph.queries.graphdb.files import write_cypher
from xgraph.queries.graphdb.neo4j_load import Loaded, drop, load, loads
from xgraph.queries.graphdb.server import DatabaseError, Server, WrongInput, connected, sentence_of


class Cut(Exception):
    """The load is stopped here, as by a crash of the client."""


@pytest.fixture(scope="module")
def records() -> Records:
    return everything(build_graph(estate_of(organization(4))))


@pytest.fixture(scope="module")
def hostile() -> Records:
    return everything(build_graph(estate()))


def nodes_of(server: Server, load_id: str) -> dict[str, dict[str, Any]]:
    found = run(server, "MATCH (n:XGraphNode {snapshot: $id}) RETURN n", {"id": load_id}).rows
    return {row["id"]: row for (row,) in found}


def edges_of(server: Server, load_id: str) -> list[tuple[str, str, str, str]]:
    text = "MATCH (a:XGraphNode {snapshot: $id})-[r]->(b) RETURN type(r), a.id, b.id, properties(r)"
    return [(kind, a, b, shown(properties)) for kind, a, b, properties in run(server, text, {"id": load_id}).rows]


def loaded(server: Server, records: Records, name: str, **options: Any) -> Loaded:
    return load(server, records, name, {"name": name}, **options)


def test_everything_arrives(clean: Server, records: Records) -> None:
    loaded(clean, records, "one")

    assert nodes_of(clean, "one") == expected_nodes(records, "one")
    found = edges_of(clean, "one")
    assert len(found) == len(records.edges)
    assert set(found) == expected_edges(records)


def test_loading_again_writes_nothing(clean: Server, records: Records) -> None:
    first = loaded(clean, records, "one", batch=50)
    again = loaded(clean, records, "one", batch=999)

    assert (first.was_there, again.was_there) == (0, first.batches)
    assert len(edges_of(clean, "one")) == len(records.edges)


def test_a_load_that_was_cut_is_not_seen_and_goes_on(clean: Server, records: Records) -> None:
    loaded(clean, records, "old")

    def cut(name: str, done: int, _total: int) -> None:
        if name == "load" and done == 5:
            raise Cut

    with pytest.raises(Cut):
        loaded(clean, records, "new", batch=20, progress=cut)
    seen = run(clean, "MATCH (:XGraphPointer {name: 'current'})-[:POINTS_TO]->(s) RETURN s.id", {}).rows
    done = loaded(clean, records, "new", batch=20)

    assert seen == (("old",),)
    assert done.was_there == 5
    assert done.deleted == len(records.nodes)
    assert nodes_of(clean, "new") == expected_nodes(records, "new")
    assert len(edges_of(clean, "new")) == len(records.edges)
    assert nodes_of(clean, "old") == {}


def test_a_batch_whose_answer_was_lost_is_not_written_twice(clean: Server, records: Records) -> None:
    """Two loaders of the same load: each batch is written by the one that moves the counter."""

    def other(name: str, done: int, _total: int) -> None:
        if name == "load" and done == 3:
            loaded(clean, records, "one", batch=20)

    loaded(clean, records, "one", batch=20, progress=other)

    assert len(edges_of(clean, "one")) == len(records.edges)
    assert len(nodes_of(clean, "one")) == len(records.nodes)


def test_loads_stand_side_by_side(clean: Server, records: Records, hostile: Records) -> None:
    loaded(clean, records, "one", pointer="before")
    loaded(clean, hostile, "two")

    assert {one["load"]: (one["ready"], one["nodes"], one["names"]) for one in loads(clean)} == {
        "one": (True, len(records.nodes), ["before"]),
        "two": (True, len(hostile.nodes), ["current"]),
    }
    new = ask(clean, "new-since", {"since": "before"}).records()
    assert new
    assert all(row["from"] in hostile.nodes for row in new)
    with pytest.raises(WrongInput, match="readers see load `two` as `current`"):
        drop(clean, "two")


def test_an_unfinished_load_can_be_dropped(clean: Server, records: Records) -> None:
    def cut(_name: str, _done: int, _total: int) -> None:
        raise Cut

    with pytest.raises(Cut):
        loaded(clean, records, "half", progress=cut)

    assert drop(clean, "half") > 0
    assert loads(clean) == []


def test_hostile_names_arrive_as_text(clean: Server, hostile: Records) -> None:
    loaded(clean, hostile, "wicked", pointer=WICKED[0])

    assert nodes_of(clean, "wicked") == expected_nodes(hostile, "wicked")
    assert set(edges_of(clean, "wicked")) == expected_edges(hostile)
    roles = [node for node in hostile.nodes if ":role/" in node and "#" not in node]
    for role in roles[:4]:
        assert ask(clean, "who-can-assume", {"to": role, "pointer": WICKED[0]}).rows
        assert ask(clean, "paths", {"from": roles[-1], "to": role, "pointer": WICKED[0]}).rows


def test_the_script_holds_hostile_names_as_text(clean: Server, hostile: Records, tmp_path: Path) -> None:
    path = tmp_path / "graph.cypher"
    with path.open("w", encoding="utf-8", newline="") as stream:
        write_cypher(hostile, "script", {"name": WICKED[0]}, stream, pointer=WICKED[1])
    with connected(clean) as driver, driver.session() as session:
        for statement in path.read_text("utf-8").split(";\n")[:-1]:
            session.run(statement).consume()

    assert nodes_of(clean, "script") == expected_nodes(hostile, "script")
    assert set(edges_of(clean, "script")) == expected_edges(hostile)
    assert ask(clean, "public", {"pointer": WICKED[1]}).rows


def test_cartography_labels_are_on_the_last_load_alone(clean: Server, records: Records, hostile: Records) -> None:
    loaded(clean, records, "one", pointer="before", cartography=True)
    loaded(clean, hostile, "two", cartography=True)
    roles = run(clean, "MATCH (n:AWSRole:AWSPrincipal) RETURN n.snapshot, n.arn = n.id", {}).rows

    assert set(roles) == {("two", True)}
    assert len(roles) == sum(node.kind == "role" for node in hostile.nodes.values())


# -- errors


def test_a_dead_server(records: Records) -> None:
    with pytest.raises(DatabaseError, match=r"no Neo4j server answers at `bolt://127.0.0.1:\d+`; start it"):
        loaded(Server(f"bolt://127.0.0.1:{free_port()}", "neo4j", "x"), records, "one")


def test_a_wrong_password(server: Server, records: Records) -> None:
    with pytest.raises(DatabaseError, match="refuses user `xgraph-nobody`: wrong user or password"):
        loaded(Server(server.uri, "xgraph-nobody", "wrong"), records, "one")


def test_a_database_that_is_not_there(server: Server, records: Records) -> None:
    with pytest.raises(DatabaseError, match="has no database nowhere; name one with `--database`"):
        loaded(Server(server.uri, server.user, server.password, "nowhere"), records, "one")


def test_an_address_that_is_none() -> None:
    with pytest.raises(WrongInput, match="`localhost` is no address of a Neo4j server"), connected(Server("localhost")):
        pass


def test_a_pointer_that_is_not_there(clean: Server) -> None:
    with pytest.raises(DatabaseError, match="holds no loaded snapshot `elsewhere`: load one"):
        ask(clean, "public", {"pointer": "elsewhere"})


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("Neo.ClientError.Security.CredentialsExpired", "wants the password changed first"),
        ("Neo.TransientError.General.MemoryPoolOutOfMemoryError", "out of memory for one transaction"),
        ("Neo.ClientError.Security.Forbidden", "does not allow this user"),
        ("Neo.ClientError.Made.Up", "answered Neo.ClientError.Made.Up: what it says"),
    ],
)
def test_what_codes_mean(code: str, text: str) -> None:
    class Error:
        message = "what it says.\nand more"

    Error.code = code  # type: ignore[attr-defined]

    assert text in sentence_of(Error(), Server("bolt://x"))
