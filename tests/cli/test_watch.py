"""Ctrl-C keeps what was found and says that it is not all."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator

from xgraph.cli._watch import Watch
from xgraph.graph.access.chain import BlockedChain, Chain
from xgraph.graph.policy.decision import Verdict
from xgraph.queries._query import Answer

CHAIN = Chain(Verdict.ALLOWED, None, ())
BLOCKED = BlockedChain(Verdict.IMPLICITLY_DENIED, 0, (), ())


def answer_of(items: Iterator[Chain | BlockedChain]) -> Answer:
    return Answer("paths", {}, "0", "test", {}, items)


def interrupt() -> None:
    os.kill(os.getpid(), signal.SIGINT)


def test_possible_chains_are_counted() -> None:
    answer = answer_of(iter((CHAIN, CHAIN, BLOCKED)))
    watch = Watch(answer)

    assert list(answer.items) == [CHAIN, CHAIN, BLOCKED]
    assert watch.possible == 2
    assert answer.complete


def test_an_interrupt_while_searching_ends_the_answer() -> None:
    def search() -> Iterator[Chain | BlockedChain]:
        yield CHAIN
        interrupt()
        yield CHAIN

    answer = answer_of(search())
    watch = Watch(answer)
    with watch.interruptible():
        found = list(answer.items)

    assert found == [CHAIN]
    assert watch.is_interrupted
    assert (answer.complete, answer.truncated_by) == (False, "interrupted")


def test_an_interrupt_while_printing_lets_the_printer_finish() -> None:
    answer = answer_of(iter((CHAIN, CHAIN)))
    watch = Watch(answer)
    printed = []
    with watch.interruptible():
        for item in answer.items:
            interrupt()
            printed.append(item)

    assert printed == [CHAIN]
    assert (answer.complete, answer.truncated_by) == (False, "interrupted")


def test_the_handler_is_put_back() -> None:
    before = signal.getsignal(signal.SIGINT)
    with Watch(answer_of(iter(()))).interruptible():
        assert signal.getsignal(signal.SIGINT) != before

    assert signal.getsignal(signal.SIGINT) == before


def test_rows_are_watched_like_chains() -> None:
    def search() -> Iterator[int]:
        yield 1
        yield 2
        interrupt()
        yield 3

    answer = Answer("find", {}, "0", "test", {}, record=int, rows=search())
    watch = Watch(answer)
    with watch.interruptible():
        watch.look_ahead(1)
        found = list(answer.rows)

    assert found == [1, 2]
    assert (watch.possible, watch.is_interrupted) == (2, True)
    assert (answer.complete, answer.truncated_by) == (False, "interrupted")


def test_looking_ahead_changes_neither_order_nor_count() -> None:
    answer = Answer("find", {}, "0", "test", {}, record=int, rows=iter(range(5)))
    watch = Watch(answer)
    watch.look_ahead(3)

    assert list(answer.rows) == [0, 1, 2, 3, 4]
    assert (watch.possible, answer.complete) == (5, True)
