"""Every format: its golden file, and what it makes of hostile names."""

from __future__ import annotations

import csv
import io
import json
import re
import unicodedata
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree as ET

import networkx as nx
import pytest

from xgraph.queries import render as package
from xgraph.queries._query import Answer
from xgraph.queries.render import FORMATS
from xgraph.queries.render._names import Names
from xgraph.queries.render.csv_ import COLUMNS, guarded
from xgraph.queries.render.markdown import escaped

Render = Callable[[str, Answer], str]
TEXTS = [each.name for each in FORMATS if each.name not in ("html", "png")]  # those two carry a library or bytes: tests/picture
SUFFIXES = {"markdown": "md", "mermaid": "mmd", "opengraph": "opengraph.json"}


def test_every_format_has_a_module_and_a_description() -> None:
    folder = Path(package.__file__).parent
    modules = {path.stem.rstrip("_") for path in folder.glob("[!_]*.py")} - {"records"}

    assert modules == {each.name for each in FORMATS}
    assert all(each.description[0].isupper() and each.description.endswith(".") for each in FORMATS)


@pytest.mark.parametrize("name", TEXTS)
def test_golden(name: str, render: Render, make_answer: Callable[[], Answer], golden: Callable[[str, str], None]) -> None:
    golden(f"paths.{SUFFIXES.get(name, name)}", render(name, make_answer()))


@pytest.mark.parametrize("name", TEXTS)
def test_an_answer_without_chains_is_an_answer(name: str, render: Render, make_empty: Callable[[], Answer]) -> None:
    assert render(name, make_empty())


@pytest.mark.parametrize("name", TEXTS)
def test_nothing_unseen_gets_through(name: str, render: Render, make_hostile: Callable[[str], Answer], hostile: str) -> None:
    unseen = {char for char in render(name, make_hostile(hostile)) if unicodedata.category(char) in ("Cc", "Cf", "Cs", "Zl", "Zp")}

    assert unseen <= {"\n"}


def test_csv_has_one_row_a_hop(render: Render, make_answer: Callable[[], Answer]) -> None:
    rows = list(csv.DictReader(io.StringIO(render("csv", make_answer()))))

    assert tuple(rows[0]) == COLUMNS
    assert [(row["chain"], row["kind"], row["hop"]) for row in rows] == [
        ("1", "path", "0"), ("1", "path", "1"), ("2", "path", "0"), ("2", "path", "1"), ("3", "path", "0"), ("3", "path", "1"),
        ("4", "blocked", "0"), ("4", "blocked", "1"), ("5", "blocked", "0"),
    ]  # fmt: skip
    assert rows[-1]["blocked_by"].startswith("identity-half: ")


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", " =1", "\r=1", "＝1"])
def test_no_cell_is_a_formula(cell: str) -> None:
    assert not guarded(cell).lstrip().startswith(("=", "+", "-", "@", "＝"))


def test_csv_keeps_its_rows_whatever_the_names(render: Render, make_hostile: Callable[[str], Answer], hostile: str) -> None:
    rows = list(csv.reader(io.StringIO(render("csv", make_hostile(hostile)))))

    assert [len(row) for row in rows] == [len(COLUMNS)] * 3
    assert not any(cell.startswith(("=", "+", "-", "@")) for row in rows for cell in row)


def test_markdown_has_no_markup_of_names(render: Render, make_hostile: Callable[[str], Answer], hostile: str) -> None:
    text = render("markdown", make_hostile(hostile))
    outside = re.sub(r"`[^`\n]*`", "", re.sub(r"\\.", "", text))

    assert "<" not in text
    assert not re.search(r"\]\(|!\[|@|://", outside)
    assert all(line == "" or re.match(r"# paths$|from |## (Chain|Blocked|Summary|Names)|1\. |   - |- ", line) for line in text.split("\n"))


def test_markdown_escapes_sentences() -> None:
    assert escaped("<b> *x* [y](z) `c` @me www.h.example https://h & a|b") == (
        "&lt;b&gt; \\*x\\* \\[y\\]\\(z\\) \\`c\\` &#64;me www&#46;h.example https&#58;//h &amp; a\\|b"
    )


def test_mermaid_has_no_syntax_of_names(render: Render, make_hostile: Callable[[str], Answer], hostile: str) -> None:
    text = r"(?:[\w /.:=,-]|#\d+;|<br/>)*"
    shapes = (r"%% [\w ,:;.-]*", "flowchart LR", rf'  n\d+\["{text}"\]', rf'  n\d+ (?:-->|-\.->|--x)\|"{text}"\| n\d+')

    for line in render("mermaid", make_hostile(hostile)).splitlines():
        assert any(re.fullmatch(shape, line, re.ASCII) for shape in shapes), line


def test_dot_has_no_syntax_of_names(render: Render, make_hostile: Callable[[str], Answer], hostile: str) -> None:
    string = r'"(?:[^"\\\n]|\\\\|\\"|\\n)*"'
    attributes = rf"\[\w+=(?:{string}|\w+)(?:, \w+=(?:{string}|\w+))*\];"
    shapes = (r"digraph xgraph \{", r"  rankdir=LR;", rf"  label={string};", rf"  (?:node|edge|n\d+|n\d+ -> n\d+) {attributes}", r"\}")

    for line in render("dot", make_hostile(hostile)).splitlines():
        assert any(re.fullmatch(shape, line) for shape in shapes), line


def test_graphml_is_read_by_networkx(render: Render, make_answer: Callable[[], Answer], make_hostile: Callable[[str], Answer]) -> None:
    graph = nx.parse_graphml(render("graphml", make_answer()))

    assert (len(graph.nodes), len(graph.edges)) == (6, 7)
    assert {data["verdict"] for *_, data in graph.edges(data=True)} == {"ALLOWED", "CONDITIONAL", "EXPLICITLY_DENIED", "IMPLICITLY_DENIED"}


def test_graphml_stays_well_formed(render: Render, make_hostile: Callable[[str], Answer], hostile: str) -> None:
    root = ET.fromstring(render("graphml", make_hostile(hostile)))

    assert len(root.findall(".//{*}node")) == 2


def test_opengraph_follows_the_rules_of_its_schema(render: Render, make_hostile: Callable[[str], Answer], hostile: str) -> None:
    payload = json.loads(render("opengraph", make_hostile(hostile)))
    graph = payload["graph"]

    assert set(payload) == {"metadata", "graph"}
    assert set(payload["metadata"]) == {"source_kind"}
    ids = [node["id"] for node in graph["nodes"]]
    assert len(ids) == len(set(ids))
    for node in graph["nodes"]:
        assert set(node) == {"id", "kinds", "properties"}
        assert 1 <= len(node["kinds"]) <= 3
    for edge in graph["edges"]:
        assert set(edge) == {"kind", "start", "end", "properties"}
        assert re.fullmatch(r"[A-Za-z0-9_]+", edge["kind"])
        assert {edge["start"]["value"], edge["end"]["value"]} <= set(ids)
    for thing in graph["nodes"] + graph["edges"]:
        for name, value in thing["properties"].items():
            assert name == name.lower()
            assert name != "objectid"
            items = value if isinstance(value, list) else [value]
            assert len({type(item) for item in items}) == 1
            assert isinstance(items[0], (str, int, float, bool))


def test_opengraph_has_no_edge_for_a_blocked_hop(render: Render, make_answer: Callable[[], Answer]) -> None:
    edges = json.loads(render("opengraph", make_answer()))["graph"]["edges"]

    assert [edge["kind"] for edge in edges] == ["XGraph_AssumeRole", "XGraph_IdentityPolicy", "XGraph_IdentityPolicy",
                                                "XGraph_AssumeRole", "XGraph_IdentityPolicy"]  # fmt: skip
    assert {edge["properties"]["verdict"] for edge in edges} == {"ALLOWED", "CONDITIONAL"}


def test_sentences_name_things_briefly(make_answer: Callable[[], Answer]) -> None:
    names = Names(make_answer())

    assert names.sentence(
        "no policy of `arn:aws:iam::100000000003:role/app/deploy` allows it on arn:aws:s3:::customer-data/*, says "
        "arn:aws:organizations::100000000001:policy/o-acme/service_control_policy/p-region of arn:aws:kms:eu-west-1:100000000003:key/1"
    ) == (
        "no policy of `prod/deploy` allows it on prod/customer-data/*, says p-region of arn:aws:kms:eu-west-1:100000000003:key/1"
    )  # fmt: skip
