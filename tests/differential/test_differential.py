"""The engine against iam-simulate, an evaluator by other people: the same verdict, or a known class explains the difference.

It is an external program under a licence of its own: npm installs it into the user's cache, a process of Node.js answers, and nothing of
it is part of xgraph. Without Node.js these tests are left out, under CI they fail.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings

from tests.differential.compare import Comparison, compare
from tests.differential.installed import NotInstalled
from tests.differential.known import REWORDINGS
from tests.differential.scenes import complete_requests
from tests.differential.simulator import Simulator
from tests.properties.blocks import blocks

Json = Any

KNOWN: list[Json] = json.loads(Path(__file__).with_name("known.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def simulator() -> Iterator[Simulator]:
    try:
        running = Simulator()
    except NotInstalled as error:
        pytest.skip(str(error))
    with running:
        yield running


# -- the list of known disagreements


def test_every_class_says_who_is_right_and_why() -> None:
    assert sorted(each["class"] for each in KNOWN) == sorted(REWORDINGS)
    for each in KNOWN:
        assert each["right"] in {"xgraph", "open", "words"}, each[
            "class"
        ]  # the pages decide, leave it open, or it is no question of access
        assert each["sources"], each["class"]
        assert each["text"].endswith("."), each["class"]
        assert each["xgraph"] != each["iam-simulate"], each["class"]


@pytest.mark.parametrize("entry", KNOWN, ids=lambda each: each["class"])
def test_class_still_occurs(simulator: Simulator, entry: Json) -> None:
    expected = Comparison(entry["xgraph"], entry["iam-simulate"], classes=(entry["class"],))

    assert compare(simulator, entry["example"]) == expected


# -- generated requests


def check(simulator: Simulator, examples: int, start: int) -> None:
    """No unexplained disagreement, and nearly all requests were really compared."""
    seen: Counter[str] = Counter()

    @settings(
        max_examples=examples,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
        phases=(Phase.generate, Phase.shrink),
    )
    @seed(start)
    @given(complete_requests())
    def run(request: Json) -> None:
        found = compare(simulator, request)
        assert not found.is_unexplained, f"xgraph says {found.ours}, iam-simulate {found.theirs}: {json.dumps(request)}"
        kind = "refused" if found.refusal else "agreed" if found.agree else "open" if found.is_open else "explained"
        seen[kind] += 1

    run()
    assert seen["agreed"] >= 0.8 * examples, seen
    assert seen["refused"] <= 0.02 * examples, seen
    assert seen["open"] <= 0.08 * examples, seen


@pytest.mark.parametrize("block", range(2))
def test_engine_agrees_with_another_evaluator(simulator: Simulator, block: int) -> None:
    check(simulator, 400, block)


@pytest.mark.long
@pytest.mark.parametrize("block", blocks(50))
def test_engine_agrees_with_another_evaluator_on_many_requests(simulator: Simulator, block: int) -> None:
    check(simulator, 2500, 100 + block)
