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

from tests.properties.blocks import blocks
from tests.reference import results_in, verdict_by_sampling, witness_allows, worlds_of
from tests.strategies import requests
from xgraph.graph.policy.decision import Condition, Decision, Verdict
from xgraph.graph.policy.request import decide

Json = Any


def is_left_open(request: Json) -> bool:
    """Questions about a bucket whose owner is not known, in which the rest of the request depends on that owner.

    Whether an object's known owner is the bucket's too, and whether RCPs spare the bucket because its owner is the management account.
    """
    is_owner_known = not str(request["resource"]).startswith("arn:aws:s3:::") or request.get("resource_account") is not None
    settings_ = request.get("resource_settings") or {}
    return not is_owner_known and ("ObjectOwner" in settings_ or bool(request.get("resource_control_policies")))


_CARRIED = ("aws:requesttag/", "aws:tagkeys", "sts:transitivetagkeys", "sts:sourceidentity", "aws:sourceidentity")


def needs_more_than_one(request: Json) -> bool:
    """An AssumeRole call that passes tags or a source identity is authorized several times (R5.30, R5.33); the reference decides one
    authorization."""
    context = request.get("context") or {}
    return request["action"].lower().startswith("sts:assumerole") and any(key.lower().startswith(_CARRIED) for key in context)


def disagreements(request: Json, worlds: int) -> list[str]:
    """What the reference says against the engine's decision on a request, as sentences."""
    if is_left_open(request) or needs_more_than_one(request):
        return []
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
            return witness_fails(request, decision)
    if found <= expected:
        return []
    world = next(keys for keys in sampled if not results_in(request, keys) <= expected)
    return [f"{decision.verdict}, but the reference says {sorted(results_in(request, world))} in {world}"]


def is_about_two_sessions(request: Json) -> bool:
    """A witness spells the caller's session name (R3.38) and that of the session it asks for with one key, `sts:RoleSessionName`."""
    text = json.dumps(request).lower()
    return request["action"].lower().startswith("sts:") and "sts:rolesessionname" in text and ":assumed-role/" in text


def witness_fails(request: Json, decision: Decision) -> list[str]:
    condition = decision.condition or Condition("", ())
    if condition.witness is None or not condition.exact:
        return []
    if is_about_two_sessions(request) or "resource-owner-not-known" in condition.gaps:
        return []  # a witness does not say who owns the bucket
    witness = {key: value if isinstance(value, str) else list(value) for key, value in condition.witness}
    if any(witness_allows(request, witness, Random(dice)) for dice in range(8)):
        return []
    return [f"the reference does not allow any world of the witness {witness}"]


def check(examples: int, start: int, worlds: int) -> None:
    @settings(
        max_examples=examples,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
        phases=(Phase.generate, Phase.shrink),
    )
    @seed(start)
    @given(requests())
    def run(request: Json) -> None:
        assert disagreements(request, worlds) == []

    run()


@pytest.mark.parametrize("block", range(4))
def test_engine_agrees_with_the_reference(block: int) -> None:
    check(375, block, worlds=6)


@pytest.mark.long
@pytest.mark.parametrize("block", blocks(200))
def test_engine_agrees_with_the_reference_on_many_requests(block: int) -> None:
    check(1000, 100 + block, worlds=24)
