"""No input makes the parser or the request reader crash, hang or disagree with itself."""

from __future__ import annotations

import json
from collections.abc import Callable
from copy import deepcopy
from random import Random
from typing import Any
from zlib import crc32

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from tests.properties.blocks import blocks
from tests.strategies import requests
from xgraph.graph.model.document import PolicyType
from xgraph.graph.policy.parse import parse, problems_in
from xgraph.graph.policy.request import BadRequest, decide

Json = Any

WORDS = st.sampled_from(
    """Version Statement Effect Allow Deny Action NotAction Resource NotResource Principal NotPrincipal Condition Sid 2012-10-17 * AWS Service
    Federated CanonicalUser s3:* s3:GetObject arn:aws:s3:::b/* arn: ::::: ${aws:username} ${ ${} ${*} ${a,'b'} StringLike Bool Null IpAddress
    ForAllValues:StringEquals ForAnyValue:StringNotLikeIfExists NumericLessThan DateEquals BinaryEquals ArnLike aws:SourceIp aws:TagKeys
    10.0.0.0/8 ::/0 1e999 9999-99-99 true AIDAX 111111111111 arn:aws:iam::111111111111:root principal action resource context""".split()
)
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | WORDS | st.text(max_size=12)
VALUES = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(WORDS | st.text(max_size=4), inner, max_size=5))


def forall(strategy: st.SearchStrategy[Json], check: Callable[[Json], None], examples: int, start: int) -> None:
    @settings(
        max_examples=examples,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
        phases=(Phase.generate, Phase.shrink),
    )
    @seed(start)
    @given(strategy)
    def run(value: Json) -> None:
        check(value)

    run()


def parsed(text: str) -> None:
    """INVARIANT (nothing lost): what is not a statement of the result is named in a problem."""
    found = parse(text)
    for kind in PolicyType:
        assert all(problem.text and problem.code for problem in problems_in(text, "p", kind))
    assert found == parse(text)
    lost = found.compiled.unreadable or any(statement.unreadable for statement in found.compiled.statements)
    assert not lost or found.flaws
    try:
        body = json.loads(text)["Statement"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return
    if isinstance(body, list) and not found.compiled.unreadable:
        assert len(found.compiled.statements) == len(body)


def read(value: Json) -> None:
    """Every request is decided or refused with a sentence."""
    try:
        decision = decide(value)
    except BadRequest as error:
        sentence = str(error)
        assert sentence and "\n" not in sentence  # noqa: PT018 - what is raised is as good an answer as any
        return
    assert decision == decide(deepcopy(value))


def damaged(request: Json) -> Json:
    """The request with one place of it replaced by something that does not belong there."""
    dice = Random(crc32(json.dumps(request, sort_keys=True).encode()))
    found = deepcopy(request)
    place: Json = found
    odd: tuple[Json, ...] = (
        None,
        [],
        {},
        "",
        "*",
        -1,
        1.5,
        True,
        [None],
        {"a": [{}]},
        "${",
        ["x", 1],
        "arn:aws:s3:::",
        "\ud800",
        "a" * 3000,
    )
    while True:
        keys = sorted(place) if isinstance(place, dict) else list(range(len(place)))
        key = dice.choice(keys)
        if isinstance(place[key], (dict, list)) and place[key] and dice.random() < 0.8:
            place = place[key]
            continue
        place[key] = dice.choice(odd)
        return found


CHECKS: dict[str, tuple[st.SearchStrategy[Json], Callable[[Json], None]]] = {
    "policies of any shape": (VALUES.map(lambda value: json.dumps({"Version": "2012-10-17", "Statement": value})), parsed),
    "statements of any shape": (
        st.dictionaries(WORDS, VALUES, max_size=6).map(lambda value: json.dumps({"Statement": [{"Effect": "Allow", **value}]})),
        parsed,
    ),
    "texts": (st.text(max_size=60) | st.lists(WORDS | st.sampled_from('{}[]",:'), max_size=30).map("".join), parsed),
    "requests of any shape": (st.dictionaries(WORDS, VALUES, max_size=6), read),
    "damaged requests": (requests().map(damaged), read),
}


@pytest.mark.parametrize("name", ["policies of any shape", "statements of any shape"])
def test_nothing_lost(name: str) -> None:
    strategy, check = CHECKS[name]
    forall(strategy, check, 300, 2)


@pytest.mark.parametrize("name", CHECKS)
def test_no_input_is_too_odd(name: str) -> None:
    strategy, check = CHECKS[name]
    forall(strategy, check, 150, 1)


@pytest.mark.long
@pytest.mark.parametrize("block", blocks(40))
@pytest.mark.parametrize("name", CHECKS)
def test_no_input_is_too_odd_in_many(name: str, block: int) -> None:
    strategy, check = CHECKS[name]
    forall(strategy, check, 1500, 100 + block)
