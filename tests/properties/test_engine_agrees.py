"""The engine against the slow reference, which decides one complete world at a time (tests/reference).

ALLOWED: every sampled world allows. Denied: none does. EXPLICITLY_DENIED: an explicit deny in every one. CONDITIONAL: the witness, where
there is one, makes a world that the reference allows.
"""

from __future__ import annotations

import json
from random import Random
from typing import Any
from zlib import crc32

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings

from tests.reference import results_in, verdict_by_sampling, witness_allows, worlds_of
from tests.strategies import requests
from xgraph.graph.policy.decision import Condition, Decision, Verdict
from xgraph.graph.policy.request import decide

Json = Any
WORLDS = 24
NO_LIMITS = {
    "deadline": None,
    "database": None,
    "suppress_health_check": list(HealthCheck),
    "phases": (Phase.generate, Phase.shrink),
}


def disagreements(request: Json, worlds: int = WORLDS) -> list[str]:
    """What the reference says against the engine's decision on a request, as sentences."""
    decision = decide(request)
    rng = Random(crc32(json.dumps(request, sort_keys=True).encode()))
    sampled = worlds_of(request, rng, worlds)
    found = verdict_by_sampling(request, sampled)
    match decision.verdict:
        case Verdict.ALLOWED:
            expected = {"allow"}
        case Verdict.IMPLICITLY_DENIED:
            expected = {"deny-implicit", "deny-explicit"}
        case Verdict.EXPLICITLY_DENIED:
            expected = {"deny-explicit"}
        case Verdict.CONDITIONAL:
            return witness_fails(request, decision, rng)
    if found <= expected:
        return []
    world = next(keys for keys in sampled if not results_in(request, keys) <= expected)
    return [f"{decision.verdict}, but the reference says {sorted(results_in(request, world))} in {world}"]


def witness_fails(request: Json, decision: Decision, rng: Random) -> list[str]:
    condition = decision.condition or Condition("", ())
    if condition.witness is None or not condition.exact:
        return []
    witness = {key: value if isinstance(value, str) else list(value) for key, value in condition.witness}
    if witness_allows(request, witness, rng):
        return []
    return [f"the reference does not allow any world of the witness {witness}"]


@settings(max_examples=1500, **NO_LIMITS)
@seed(1)
@given(requests())
def test_engine_agrees_with_the_reference(request: Json) -> None:
    assert disagreements(request) == []


@pytest.mark.long
@pytest.mark.parametrize("block", range(100))
def test_engine_agrees_with_the_reference_on_many_requests(block: int) -> None:
    @settings(max_examples=2000, **NO_LIMITS)
    @seed(100 + block)
    @given(requests())
    def check(request: Json) -> None:
        assert disagreements(request) == []

    check()
