"""Every query of the library runs on its engine and gives for the example what its file says."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import xgraph
from tests.graphdb.conftest import ACME
from xgraph.graph.access.everything import EdgeRecord, Records
from xgraph.queries.graphdb.ask import Rows, ask
from xgraph.queries.graphdb.describe import Content, content_of
from xgraph.queries.graphdb.embedded import Embedded
from xgraph.queries.graphdb.library import library, queries
from xgraph.queries.graphdb.neo4j_load import load
from xgraph.queries.graphdb.server import Server, WrongInput

FOLDER = Path(__file__).parents[2] / "queries" / "cypher"
ON_NEO4J, ON_LADYBUG = sorted(queries("neo4j")), sorted(queries("ladybug"))
TRUTHS = {  # what holds whatever the text of the query: names in the first rows
    "public": "arn:aws:s3:::acme-press-kit/*",
    "external-exposure": "arn:aws:iam::100000000006:role/heliograph-monitoring",
    "service-trusts": "service:batch.amazonaws.com",
}


@pytest.fixture(scope="module")
def content() -> Content:
    return content_of(xgraph.load(ACME).graph().access)


@pytest.fixture(scope="module")
def loaded(server: Server, content: Content) -> Server:
    load(server, content.records, content.load, content.shown, pointer="library", keep=True)
    return server


@pytest.fixture(scope="module")
def embedded(content: Content) -> Iterator[Embedded]:
    with Embedded() as database:
        database.load(content.records, content.load, content.shown, pointer="library")
        yield database


def example(name: str, dialect: str) -> dict[str, Any]:
    found = dict(queries(dialect)[name].example)
    if "since" in found:
        found["since"] = "library"
    return {**found, "pointer": "library"}


def first(rows: Rows) -> dict[str, Any]:
    return rows.records()[0] if rows.rows else {}


@pytest.mark.parametrize("name", ON_NEO4J)
def test_on_neo4j(loaded: Server, name: str, request: pytest.FixtureRequest) -> None:
    found = ask(loaded, name, example(name, "neo4j"))

    if request.config.getoption("--refresh-golden"):
        refresh(name, "neo4j", first(found))
    else:
        assert first(found) == queries("neo4j")[name].result
    assert name not in TRUTHS or TRUTHS[name] in str(found.rows)


@pytest.mark.parametrize("name", ON_LADYBUG)
def test_on_ladybug(embedded: Embedded, name: str, request: pytest.FixtureRequest) -> None:
    found = embedded.ask(name, example(name, "ladybug"))
    stored = queries("ladybug")[name]

    if stored.dialect == "ladybug" and request.config.getoption("--refresh-golden"):
        refresh(name, "ladybug", first(found))
    else:
        assert first(found) == stored.result
    assert name not in TRUTHS or TRUTHS[name] in str(found.rows)


def refresh(name: str, dialect: str, row: dict[str, Any]) -> None:
    common = FOLDER / f"{name}.cypher"
    path = common if common.exists() else FOLDER / dialect / f"{name}.cypher"
    line = f"// result: {json.dumps(row, ensure_ascii=False)}"
    path.write_text(re.sub(r"^// result: .*$", lambda _: line, path.read_text("utf-8"), flags=re.MULTILINE), "utf-8")


def test_there_are_enough_of_them() -> None:
    assert len(ON_NEO4J) >= 20
    assert [each.name for each in library() if not each.description.endswith(".")] == []


def test_both_engines_know_the_important_ones() -> None:
    assert set(ON_NEO4J) - set(ON_LADYBUG) == {"admin-equivalents", "longest-chains", "shortest"}


@pytest.mark.parametrize("name", ON_NEO4J)
def test_the_text_names_every_parameter_and_no_other(name: str) -> None:
    stored = queries("neo4j")[name]
    body = stored.text.partition("\n\n")[2]

    assert set(re.findall(r"\$(\w+)", body)) == {param.name for param in stored.params}


def test_only_matches(request: pytest.FixtureRequest) -> None:
    """The library never writes."""
    words = re.compile(r"\b(CREATE|MERGE|SET|DELETE|REMOVE|LOAD CSV|DROP)\b")

    assert [each.name for each in library() if words.search(each.text.partition("\n\n")[2])] == []


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"frm": "x"}, "has no parameter `frm`; nearest: `from`"),
        ({}, "needs `--param from=…`, `--param to=…`"),
        ({"from": "a", "to": "b", "max_hops": "13"}, "a whole number from 1 to 12, not `13`"),
        ({"from": "a", "to": "b", "limit": "many"}, "`limit` is a whole number from 1, not `many`"),
    ],
)
def test_parameters_that_do_not_fit(given: dict[str, str], message: str) -> None:
    with pytest.raises(WrongInput) as error:
        queries("neo4j")["paths"].bind(given)

    assert message in str(error.value)


HOPS = {"paths", "blocked-paths", "blast-radius", "reached-by"}  # compared with the engine itself: test_parity.py


@pytest.mark.parametrize("name", sorted((set(ON_NEO4J) & set(ON_LADYBUG)) - HOPS))
@pytest.mark.parametrize("limit", [3, 10_000])
def test_both_engines_answer_the_same_rows(loaded: Server, embedded: Embedded, name: str, limit: int) -> None:
    """Where the text differs, one starts from the small side and the other says it plainly."""
    names = {param.name for param in queries("neo4j")[name].params}
    required = {param.name for param in queries("neo4j")[name].params if param.is_required}
    for account in ("", "100000000006", "100000000007"):
        more = {"limit": limit, **({"account": account} if "account" not in required else {})}
        given = example(name, "neo4j") | {key: value for key, value in more.items() if key in names}

        assert ask(loaded, name, given).rows == embedded.ask(name, given).rows


def test_what_is_new_and_what_is_gone(loaded: Server, content: Content) -> None:
    def kept(edge: EdgeRecord, number: int) -> bool:
        return edge.kind not in ("CAN_ASSUME", "CAN_ACCESS") or number % 3 > 0

    older = Records(content.records.nodes, [edge for number, edge in enumerate(content.records.edges) if kept(edge, number)])
    load(loaded, older, "older", {"name": "older"}, pointer="older", keep=True)
    lost = tuple(sorted(reached(content.records) - reached(older)))

    assert len(lost) > 20
    given = {"limit": 100_000}
    assert ask(loaded, "new-since", {"pointer": "library", "since": "older", **given}).rows == lost
    assert ask(loaded, "gone-since", {"pointer": "older", "since": "library", **given}).rows == lost
    assert ask(loaded, "new-since", {"pointer": "older", "since": "library", **given}).rows == ()


def reached(records: Records) -> set[tuple[str, str]]:
    """Each principal with what it reaches in one hop."""
    acting: dict[str, list[str]] = {}
    for edge in records.edges:
        if edge.kind in ("ACTS_AS", "MEMBER_OF"):
            acting.setdefault(edge.target, []).append(edge.source)
    can = [edge for edge in records.edges if edge.kind in ("CAN_ASSUME", "CAN_ACCESS")]
    return {(caller, edge.target) for edge in can for caller in acting.get(edge.source, []) if caller != edge.target}
