"""The engine against the slow reference, which decides one complete world at a time (tests/reference).

ALLOWED: every sampled world allows. Denied: none does. EXPLICITLY_DENIED: an explicit deny in every one. CONDITIONAL: the witness, where
there is one, makes a world that the reference allows.
"""

from __future__ import annotations

import json
from itertools import count
from random import Random
from typing import Any
from zlib import crc32

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings

from tests.properties.blocks import blocks
from tests.properties.variants import variants
from tests.reference import results_in, verdict_by_sampling, witness_allows, worlds_of
from tests.strategies import requests
from xgraph.graph.policy.authorize import verdict_of, weigh
from xgraph.graph.policy.decision import Condition, Decision, Verdict
from xgraph.graph.policy.request import decide, read_request

Json = Any


def disagreements(request: Json, worlds: int, most_members: int = 120) -> list[str]:
    """What the reference says against the engine's decision on a request, as sentences."""
    verdict = verdict_of(weigh(*read_request(request)[:2]))
    rng = Random(crc32(json.dumps(request, sort_keys=True).encode()))
    sampled = worlds_of(request, rng, worlds, most_members=most_members)
    found = verdict_by_sampling(request, sampled)
    match verdict:
        case Verdict.ALLOWED:
            expected = {"allow"}
        case Verdict.IMPLICITLY_DENIED:
            expected = {"deny-implicit", "deny-explicit"}
        case Verdict.EXPLICITLY_DENIED:
            expected = {"deny-explicit"}
        case Verdict.CONDITIONAL:
            return witness_fails(request, decide(request))
    if found <= expected:
        return []
    world = next(keys for keys in sampled if not results_in(request, keys) <= expected)
    return [f"{verdict}, but the reference says {sorted(results_in(request, world))} in {world}"]


def witness_fails(request: Json, decision: Decision) -> list[str]:
    if decision.verdict is not Verdict.CONDITIONAL:
        return [f"the whole decision is {decision.verdict}, its formula alone is conditional"]
    condition = decision.condition or Condition("", ())
    if condition.witness is None or not condition.exact:
        return []
    if "resource-owner-not-known" in condition.gaps and "aws:resourceaccount" in json.dumps(request).lower():
        return []  # whose the resource is and what the key shows of it are two unknowns
    witness = {key: value if isinstance(value, str) else list(value) for key, value in condition.witness}
    if any(witness_allows(request, witness, Random(dice)) for dice in range(8)):
        return []
    return [f"the reference does not allow any world of the witness {witness}"]


def generated(examples: int, start: int) -> list[Json]:
    """Generated requests, some of them alike."""
    found: list[Json] = []

    @settings(max_examples=examples, deadline=None, database=None, suppress_health_check=list(HealthCheck), phases=(Phase.generate,))
    @seed(start)
    @given(requests())
    def keep(request: Json) -> None:
        found.append(request)

    keep()
    return found


def check(request: Json, worlds: int, most_members: int) -> None:
    found = disagreements(request, worlds, most_members)
    assert found == [], f"{found} of {json.dumps(request)}"


@pytest.mark.parametrize("block", range(4))
def test_three_valued_answers_are_sound(block: int) -> None:
    """Against sampled two-valued worlds."""
    for request in generated(350, block):
        check(request, worlds=6, most_members=120)


REQUESTS_IN_A_BLOCK = 5_000


@pytest.mark.long
@pytest.mark.parametrize("block", blocks(400, usual=40))
def test_three_valued_answers_are_sound_on_many_requests(block: int) -> None:
    """5,000 different requests a block, so 200,000 in 40 blocks."""
    seen: set[str] = set()
    for number in count():
        for request in generated(100, 1000 * (block + 1) + number):
            dice = Random(crc32(json.dumps(request, sort_keys=True).encode()))
            for each in (request, *variants(request, dice, 15)):
                text = json.dumps(each, sort_keys=True)
                if text not in seen:
                    seen.add(text)
                    check(each, worlds=6, most_members=16)
        if len(seen) >= REQUESTS_IN_A_BLOCK:
            return
