"""Tables in every format that writes them: golden files, hostile names, widths."""

from __future__ import annotations

import csv
import io
import json
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import pytest
from rich.cells import cell_len

from xgraph.cli._grid import render as draw_grid
from xgraph.graph.access.chain import Chain
from xgraph.graph.policy.decision import Condition, Evidence, Verdict
from xgraph.queries import QUERIES
from xgraph.queries._query import Answer, Place, column, columns_of
from xgraph.queries.render import FORMATS

Render = Callable[[str, Answer], str]
TABLES = [each.name for each in FORMATS if each.has_rows]


@dataclass(frozen=True, slots=True)
class Row:
    """What a table can hold."""

    group: str = column("a group of rows", place=Place.HEADING)
    verdict: Verdict = column("of the access")
    principal: str = column("who", name="from", is_node=True)
    resources: tuple[str, ...] = column("what", is_node=True)
    number: int = column("how many")
    words: str = column("any text")
    condition: Condition | None = column("what must hold", place=Place.DETAIL, heading="if")
    evidence: tuple[Evidence, ...] = column("statements", place=Place.DETAIL, heading="allowed by")
    chain: Chain | None = column("the way", place=Place.HIDDEN)


@dataclass(frozen=True, slots=True)
class Plain:
    """A row of cells alone."""

    name: str = column("a name")
    note: str = column("a sentence", is_sentence=True)


def table(chains: Answer, words: str = "plain") -> Answer:
    """The chains of another answer as a table."""

    def rows() -> Iterator[Row]:
        for number, item in enumerate(chains.items):
            hop = item.hops[-1]
            targets = tuple(each.target for each in item.hops)
            whole = item if isinstance(item, Chain) else None
            yield Row(
                f"group {number // 2}", hop.verdict, hop.source, targets, number * 1000, words, hop.condition, hop.evidence, whole,
            )  # fmt: skip

    return replace(chains, items=iter(()), rows=rows(), record=Row, counted="entry")


def grid(answer: Answer, stream: io.StringIO | None = None) -> str:
    stream = stream or io.StringIO()
    draw_grid(answer, stream)
    return stream.getvalue()


@pytest.mark.parametrize("name", TABLES)
def test_golden(name: str, render: Render, make_answer: Callable[[], Answer], golden: Callable[[str, str], None]) -> None:
    golden(f"rows.{ {'markdown': 'md'}.get(name, name) }", render(name, table(make_answer())))


def test_golden_in_a_terminal(make_answer: Callable[[], Answer], golden: Callable[[str, str], None]) -> None:
    golden("rows.txt", grid(table(make_answer())))


def test_json_and_csv_have_the_columns_of_the_record(render: Render, make_answer: Callable[[], Answer]) -> None:
    names = ["group", "verdict", "from", "resources", "number", "words", "condition", "evidence", "chain"]
    document = json.loads(render("json", table(make_answer())))
    lines = [json.loads(line) for line in render("jsonl", table(make_answer())).splitlines()]
    rows = list(csv.reader(io.StringIO(render("csv", table(make_answer())))))

    assert [each.name for each in columns_of(Row)] == names
    assert [list(row) for row in document["rows"]] == [names] * 5
    assert "paths" not in document
    assert [line["type"] for line in lines] == ["answer", *["row"] * 5, "end"]
    assert [{"type": "row", **row} for row in document["rows"]] == lines[1:-1]
    assert rows[0] == names
    assert len(rows) == 6


@pytest.mark.parametrize("name", TABLES)
def test_nothing_unseen_gets_through(name: str, render: Render, make_hostile: Callable[[str], Answer], hostile: str) -> None:
    shown = render(name, table(make_hostile(hostile), hostile))

    assert {char for char in shown if unicodedata.category(char) in ("Cc", "Cf", "Cs", "Zl", "Zp")} <= {"\n"}


def test_hostile_names_neither_steer_nor_widen_the_grid(make_hostile: Callable[[str], Answer], hostile: str) -> None:
    for text in (hostile, hostile * 40, "漢字" * 120, "e\u0301" * 300, "x" * 5000):
        shown = grid(table(make_hostile(text), text))

        assert max(cell_len(line) for line in shown.split("\n")) <= 100
        assert {char for char in shown if unicodedata.category(char) in ("Cc", "Cf", "Cs", "Zl", "Zp")} == {"\n"}


def test_cells_are_as_wide_as_they_need_where_there_is_room() -> None:
    answer = Answer("q", {}, "0" * 64, "s", {}, record=Plain, counted="name")
    answer.rows = iter((Plain("a", "short"), Plain("longer", "two words")))

    assert grid(answer).splitlines()[:4] == ["  name    note", "  a       short", "  longer  two words", ""]


def test_more_rows_than_one_batch_are_all_written() -> None:
    answer = Answer("q", {}, "0" * 64, "s", {}, record=Plain, counted="entry")
    answer.rows = iter([Plain(f"n{number}", "x") for number in range(1001)])
    shown = grid(answer)

    assert sum(line.endswith("  x") for line in shown.splitlines()) == 1001
    assert "1,001 entries" in shown


@pytest.mark.parametrize("listing", QUERIES, ids=lambda listing: listing.name)
def test_every_question_describes_itself(listing: object) -> None:
    query = next(each for each in QUERIES if each is listing).load()
    described = [*(param.help for param in query.params)]
    columns = columns_of(query.record) if query.record else ()

    assert query.help
    assert all(text[0].isupper() and text.endswith((".", ".)", "…")) for text in described)
    assert len({each.name for each in columns}) == len(columns)
    assert all(each.description for each in columns)
