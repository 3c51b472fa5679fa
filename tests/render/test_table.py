"""The terminal table: it fits, it says the verdict in words, and names cannot steer it."""

from __future__ import annotations

import io
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from xgraph.cli._table import render
from xgraph.graph.access.chain import BlockedChain, Chain, Node
from xgraph.queries._query import Answer


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


class Narrow(io.StringIO):
    """A stream that can show ASCII only."""

    encoding = "ascii"


def draw(answer: Answer, stream: io.StringIO | None = None) -> str:
    stream = stream or io.StringIO()
    render(answer, stream)
    return stream.getvalue()


def test_golden(make_answer: Callable[[], Answer], golden: Callable[[str, str], None]) -> None:
    golden("paths.txt", draw(make_answer()))


def test_golden_in_ascii(make_answer: Callable[[], Answer], golden: Callable[[str, str], None]) -> None:
    text = draw(make_answer(), Narrow())

    assert text.isascii()
    golden("paths.ascii.txt", text)


def test_hostile_names_neither_steer_nor_widen(make_hostile: Callable[[str], Answer], hostile: str) -> None:
    for text in (hostile, hostile * 40, "漢字" * 120, "e\u0301" * 300, "x" * 5000):
        shown = draw(make_hostile(text))

        assert max(cell_len(line) for line in shown.split("\n")) <= 100
        assert {char for char in shown if unicodedata.category(char) in ("Cc", "Cf", "Cs", "Zl", "Zp")} == {"\n"}


def test_ascii_streams_get_ascii(make_hostile: Callable[[str], Answer]) -> None:
    shown = draw(make_hostile("漢字\u202e" * 30), Narrow())

    assert shown.isascii()
    assert max(map(len, shown.split("\n"))) <= 100


def test_eight_hops_with_long_names_fit(make_answer: Callable[[], Answer]) -> None:
    answer = make_answer()
    hop = next(chain.hops[0] for chain in answer.items)
    names = [f"arn:aws:iam::{100000000000 + index}:role/{'r' * 60}{index}" for index in range(9)]
    for index, name in enumerate(names):
        answer.nodes[name] = Node(name, "role", str(100000000000 + index), "a" * 60, f"{'r' * 60}{index}", collected=True)
    hops = tuple(replace(hop, source=names[index], target=names[index + 1]) for index in range(8))
    answer.items = iter((Chain(hop.verdict, None, hops),))

    shown = draw(answer)

    assert max(map(len, shown.split("\n"))) <= 100
    assert shown.count("assume-role sts:AssumeRole →") == 8


def test_colour_only_on_a_terminal_without_no_color(make_answer: Callable[[], Answer], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.delenv("NO_COLOR", raising=False)

    assert "\x1b[" in draw(make_answer(), Terminal())
    assert "\x1b[" not in draw(make_answer())

    monkeypatch.setenv("FORCE_COLOR", "1")
    assert "\x1b[" not in draw(make_answer())

    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b" not in draw(make_answer(), Terminal())


def test_narrow_terminals_wrap(make_answer: Callable[[], Answer], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    monkeypatch.setenv("NO_COLOR", "1")

    assert max(cell_len(line) for line in draw(make_answer(), Terminal()).split("\n")) <= 60


def test_two_accounts_of_one_name_are_told_apart(make_answer: Callable[[], Answer]) -> None:
    answer = make_answer()
    for name, node in list(answer.nodes.items()):
        if node.account:
            answer.nodes[name] = replace(node, account_name="same")

    shown = draw(answer)

    assert "same/deployer" in shown
    assert "same~100000000003/deploy" in shown


def test_chains_are_written_as_they_arrive(make_answer: Callable[[], Answer]) -> None:
    stream, answer = io.StringIO(), make_answer()
    inner, seen = answer.items, []

    def spied() -> Iterator[Chain | BlockedChain]:
        for item in inner:
            seen.append(stream.getvalue().count("●"))
            yield item

    answer.items = spied()
    draw(answer, stream)

    assert seen == [0, 1, 2, 3, 4]


def test_an_answer_cut_at_its_limit_says_how_to_see_more(make_empty: Callable[[], Answer]) -> None:
    answer = make_empty()
    answer.complete, answer.truncated_by = False, "limit"

    assert "see more with --limit N" in draw(answer)


def test_no_chain_is_said_in_words(make_empty: Callable[[], Answer]) -> None:
    assert draw(make_empty()) == "no chain of at most 8 hops\nanswer      complete\n"


@given(text=st.text(max_size=60))
def test_any_text_fits(text: str) -> None:
    hostile: Any = _conftest_hostile
    shown = draw(hostile(text))

    assert max(cell_len(line) for line in shown.split("\n")) <= 100
    assert {char for char in shown if unicodedata.category(char) == "Cc"} == {"\n"}


_conftest_hostile: Any = None


@pytest.fixture(autouse=True)
def _remember(make_hostile: Callable[[str], Answer]) -> None:
    """Hypothesis wants no fixtures of the function's own."""
    globals()["_conftest_hostile"] = make_hostile


def test_a_closed_pipe_is_for_the_front_door(make_answer: Callable[[], Answer], monkeypatch: pytest.MonkeyPatch) -> None:
    class Closed(Terminal):
        def write(self, _text: str) -> int:
            raise BrokenPipeError

    monkeypatch.setenv("TERM", "xterm")
    for no_color in ("", "1"):
        monkeypatch.setenv("NO_COLOR", no_color)
        with pytest.raises(BrokenPipeError):
            draw(make_answer(), Closed())
