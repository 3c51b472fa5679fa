"""The invariants of the decision (docs/semantics.md), each over generated self-contained requests."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from copy import deepcopy
from random import Random
from typing import Any
from zlib import crc32

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings

from tests.properties.blocks import blocks
from tests.strategies import requests
from xgraph.graph.policy.decision import Decision, Verdict
from xgraph.graph.policy.request import decide, read_request
from xgraph.queries.render.records import condition_record

Json = Any
Check = Callable[[Json, Random], None]

POOLS = ("identity_policies", "permissions_boundaries", "session_policies", "vpc_endpoint_policies")
LEVELS = ("service_control_policies", "resource_control_policies")
WITH_PRINCIPAL = ("resource_policy", "vpc_endpoint_policies", "resource_control_policies")
NEED_NOTHING = ("sts:getcalleridentity", "sts:getsessiontoken")
NOTHING = {"Version": "2012-10-17", "Statement": []}


def forall(check: Check, examples: int, start: int) -> None:
    """`check` over generated requests; each comes with dice of its own that fall the same every time."""

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
        check(plain(request), Random(crc32(json.dumps(request, sort_keys=True).encode())))

    run()


# --------------------------------------------------------------------------------------------- requests taken apart


def plain(request: Json) -> Json:
    """The same request with every policy as `{"name", "document"}`, its statements as a list, and a name of its own."""
    found = deepcopy(request)
    if found.get("resource_policy") is not None:
        found["resource_policy"] = named(found["resource_policy"], "resource")
    for field in POOLS:
        if found.get(field):
            found[field] = [named(policy, f"{field}-{i}") for i, policy in enumerate(found[field])]
    for field in LEVELS:
        for place, level in enumerate(found.get(field) or ()):
            if level["policies"] is not None:
                level["policies"] = [named(policy, f"{field}-{place}-{i}") for i, policy in enumerate(level["policies"])]
    return found


def named(policy: Json, name: str) -> Json:
    if policy is None:
        return {"name": name, "document": None}
    document = policy["document"] if isinstance(policy, dict) and "document" in policy else policy
    document = json.loads(document) if isinstance(document, str) else deepcopy(document)
    statements = document["Statement"]
    document["Statement"] = statements if isinstance(statements, list) else [statements]
    return {"name": name, "document": document}


def policies(request: Json) -> Iterator[tuple[str, Json]]:
    """(field, policy) of every policy."""
    if request.get("resource_policy") is not None:
        yield "resource_policy", request["resource_policy"]
    for field in POOLS:
        for policy in request.get(field) or ():
            yield field, policy
    for field in LEVELS:
        for level in request.get(field) or ():
            for policy in level["policies"] or ():
                yield field, policy


def documents(request: Json) -> list[tuple[str, Json]]:
    """(field, document) of every policy that was read."""
    return [(field, policy["document"]) for field, policy in policies(request) if policy["document"] is not None]


def rank(decision: Decision) -> int:
    return {Verdict.ALLOWED: 2, Verdict.CONDITIONAL: 1}.get(decision.verdict, 0)


def least_rank(decision: Decision, request: Json) -> int:
    """The same, but 0 where "possible" only means that impossibility was not proven: variables inside patterns (R3.36)."""
    is_proven = decision.condition is None or decision.condition.witness is not None or "${" not in json.dumps(request)
    return rank(decision) if is_proven else 0


def may_restrict_public_buckets(request: Json) -> bool:
    """R6.24: whether a statement less may turn a public bucket policy into one that is not, and so open it to other accounts."""
    blocks = (request.get("resource_settings") or {}).get("PublicAccessBlock", {})
    return blocks is None or any(block is None or block.get("RestrictPublicBuckets") for block in blocks.values())


def owns_the_object(request: Json) -> bool:
    """Whether the caller's account owns, or may own, the object itself, whoever owns the bucket (R6.32)."""
    settings_ = request.get("resource_settings") or {}
    if "ObjectOwner" not in settings_:
        return False
    owner = settings_["ObjectOwner"]
    return owner is None or settings_.get("CanonicalIds", {}).get(owner, owner) == read_request(request)[0].caller.account


def meaning(decision: Decision) -> Json:
    """The decision without the places of statements."""
    condition = condition_record(decision.condition) or {}
    terms = [
        sorted((clause["key"], clause["operator"], sorted(clause["values"]), clause["negated"]) for clause in term)
        for term in condition.get("any_of", ())
    ]
    return str(decision.verdict), sorted(terms), condition.get("benign"), condition.get("open_points"), condition.get("exact")


# --------------------------------------------------------------------------------------------------------- the checks


def order_blind(request: Json, dice: Random) -> None:
    """Order and duplicates of policies and statements do not matter."""
    mixed = deepcopy(request)
    for field in POOLS:
        mix(mixed.get(field), dice)
    for field in LEVELS:
        mix(mixed.get(field), dice)
        for level in mixed.get(field) or ():
            mix(level["policies"], dice)
    for _, document in documents(mixed):
        mix(document["Statement"], dice)
    assert meaning(decide(mixed)) == meaning(decide(request))


def mix(items: list[Json] | None, dice: Random) -> None:
    if items:
        items += dice.sample(items, dice.randint(0, len(items)))
        dice.shuffle(items)


def deny_wins(request: Json, dice: Random) -> None:
    """A deny of everything on any side that applies to the caller denies explicitly."""
    if request["action"].lower() in NEED_NOTHING:
        return
    caller = read_request(request)[0].caller
    deny = {"Effect": "Deny", "Action": "*", "Resource": "*"}
    if caller.is_iam and not request["principal"].endswith(":root"):
        denied = {**request, "identity_policies": [*(request.get("identity_policies") or ()), document_of(deny)]}
        assert decide(denied).verdict is Verdict.EXPLICITLY_DENIED
    organization = request.get("organization") or {}
    if caller.is_iam and not caller.is_service_linked and organization.get("management_account") not in {None, caller.account}:
        level = {"target": "r-1", "policies": [document_of(deny)]}
        denied = {**request, "service_control_policies": [*(request.get("service_control_policies") or ()), level]}
        assert decide(denied).verdict is Verdict.EXPLICITLY_DENIED
    is_open = caller.is_iam and not request["principal"].endswith(":root") and not request["action"].startswith("iam:")
    if is_open and request.get("resource_policy") and request["resource_policy"]["document"] and request["resource"] != "*":
        denied = deepcopy(request)
        denied["resource_policy"]["document"]["Statement"].append({**deny, "Principal": "*"})
        assert decide(denied).verdict is Verdict.EXPLICITLY_DENIED


def document_of(*statements: Json) -> Json:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def adding_a_deny_never_opens(request: Json, dice: Random) -> None:
    """Some statement of the request, as a Deny, put into some policy."""
    known = documents(request)
    if not known:
        return
    _, source = dice.choice(known)
    if not source["Statement"]:
        return
    deny = {**dice.choice(source["Statement"]), "Effect": "Deny"}
    denied = deepcopy(request)
    field, document = dice.choice(documents(denied))
    if field in WITH_PRINCIPAL:
        if "NotPrincipal" not in deny:
            deny.setdefault("Principal", "*")
    else:
        deny = {name: value for name, value in deny.items() if "Principal" not in name}
    document["Statement"].append(deny)
    assert least_rank(decide(denied), denied) <= rank(decide(request))


def removing_an_allow_never_opens(request: Json, dice: Random) -> None:
    """One Allow less, wherever it stands."""
    fewer = deepcopy(request)
    places = [
        (document, statement)
        for field, document in documents(fewer)
        for statement in document["Statement"]
        if statement["Effect"] == "Allow" and not (field == "resource_policy" and may_restrict_public_buckets(request))
    ]
    if places:
        document, statement = dice.choice(places)
        document["Statement"] = [one for one in document["Statement"] if one is not statement]
        assert least_rank(decide(fewer), fewer) <= rank(decide(request))


def nothing_from_nothing(request: Json, dice: Random) -> None:
    """No ALLOWED without an Allow statement or a service rule; the root user at home is one (R4.10)."""
    decision = decide(request)
    if decision.verdict is not Verdict.ALLOWED:
        return
    asked = read_request(request)[0]
    is_own = asked.target.owner == asked.caller.account or owns_the_object(request)
    at_home = request["principal"].endswith(":root") and is_own
    grants = [
        item for item in decision.evidence if item.effect == "Allow" and (item.statement is not None or item.policy_type == "service-rule")
    ]
    assert grants or at_home
    without = deepcopy(request)
    for _, document in documents(without):
        document["Statement"] = [one for one in document["Statement"] if one["Effect"] == "Deny"]
    settings_ = without.get("resource_settings") or {}
    settings_.pop("BucketAcl", None)
    settings_.pop("ObjectAcl", None)
    if not at_home and request["action"].lower() not in NEED_NOTHING and not without.get("service_control_policies"):
        assert owns_the_object(request) or decide(without).verdict is not Verdict.ALLOWED


def two_keys_across_accounts(request: Json, dice: Random) -> None:
    """Neither the identity side nor the resource side is enough alone."""
    asked = read_request(request)[0]
    caller, owner = asked.caller, asked.target.owner
    if not caller.is_iam or owner is None or caller.account == owner or request["action"].lower() in NEED_NOTHING:
        return
    alone = {name: value for name, value in request.items() if name != "resource_policy"}
    settings_ = {name: value for name, value in (request.get("resource_settings") or {}).items() if name == "CanonicalIds"}
    at = {"resource_account": owner} if request["resource"].startswith("arn:aws:s3:::") else {}  # the ACL may have told it
    assert not decide({**alone, **at, "resource_settings": settings_}).verdict.is_possible
    if not request["principal"].endswith(":root") and not owns_the_object(request):
        assert not decide({**request, "identity_policies": []}).verdict.is_possible


def unknown_stays_unknown(request: Json, dice: Random) -> None:
    """A definite verdict about an unread policy holds whatever the policy says."""
    forms = [deepcopy(request) for _ in range(5)]
    places = [list(policies(form)) for form in forms]
    if not places[0]:
        return
    number = dice.randrange(len(places[0]))
    field, policy = places[0][number]
    principal = {"Principal": "*"} if field in WITH_PRINCIPAL else {}
    contents = [
        None,
        policy["document"],
        NOTHING,
        document_of({"Effect": "Allow", "Action": "*", "Resource": "*", **principal}),
        document_of({"Effect": "Deny", "Action": "*", "Resource": "*", **principal}),
    ]
    for place, content in zip(places, contents, strict=True):
        place[number][1]["document"] = content
    unread, *read = map(decide, forms)
    if unread.verdict is Verdict.ALLOWED:
        assert {decision.verdict for decision in read} == {Verdict.ALLOWED}
    if not unread.verdict.is_possible:
        assert not any(least_rank(decision, form) for decision, form in zip(read, forms[1:], strict=True))
    if unread.verdict is Verdict.EXPLICITLY_DENIED:
        assert Verdict.IMPLICITLY_DENIED not in {decision.verdict for decision in read}


def edges_carry_proof(request: Json, dice: Random) -> None:
    """The statements in the evidence, with all denies, decide again."""
    decision = decide(request)
    if not decision.verdict.is_possible or may_restrict_public_buckets(request):
        return
    shown = {(item.policy, item.statement) for item in decision.evidence}
    less = deepcopy(request)
    for _, policy in policies(less):
        if policy["document"] is not None:
            statements = policy["document"]["Statement"]
            for index, statement in enumerate(statements):
                if statement["Effect"] == "Allow" and (policy["name"], index) not in shown:
                    statements[index] = {"Effect": "Deny", "Action": "none:None", "Resource": "*", "Principal": "*"}
    assert meaning(decide(less)) == meaning(decision)


CHECKS = (
    order_blind,
    deny_wins,
    adding_a_deny_never_opens,
    removing_an_allow_never_opens,
    nothing_from_nothing,
    two_keys_across_accounts,
    unknown_stays_unknown,
    edges_carry_proof,
)


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_invariant(check: Check) -> None:
    forall(check, 150, 1)


@pytest.mark.long
@pytest.mark.parametrize("block", blocks(10))
@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_invariant_on_many_requests(check: Check, block: int) -> None:
    forall(check, 2000, 100 + block)


# ----------------------------------------------------------------------------------------------- same in, same out

DECIDE_ALL = """
import json, sys
from xgraph.graph.policy.request import decide
for line in sys.stdin:
    print(repr(decide(json.loads(line))))
"""


def answers(lines: str, hash_seed: str) -> str:
    environment = {**os.environ, "PYTHONHASHSEED": hash_seed}
    done = subprocess.run([sys.executable, "-c", DECIDE_ALL], input=lines, capture_output=True, text=True, env=environment, check=True)
    return done.stdout


def check_same_in_same_out(examples: int, start: int) -> None:
    lines: list[str] = []

    def keep(request: Json, dice: Random) -> None:
        lines.append(json.dumps(request))

    forall(keep, examples, start)
    text = "\n".join(lines)
    first = answers(text, "1")
    assert len(first.splitlines()) == len(lines)
    assert first == answers(text, "2")
    assert "".join(f"{decide(json.loads(line))!r}\n" for line in reversed(lines)).splitlines() == first.splitlines()[::-1]


def test_same_in_same_out() -> None:
    """Whatever the order of sets and of questions, the decision with its evidence, condition and witness is the same."""
    check_same_in_same_out(100, 1)


@pytest.mark.long
@pytest.mark.parametrize("block", blocks(10))
def test_same_in_same_out_on_many_requests(block: int) -> None:
    check_same_in_same_out(1000, 100 + block)


@pytest.mark.parametrize("name", ["u", "a"])
def test_one_callers_answer_is_not_anothers(name: str) -> None:
    """The same words of a policy variable mean something else for each caller, whatever was asked before."""
    resource = "arn:aws:s3:::b/${aws:username}*"
    request = {
        "principal": f"arn:aws:iam::111111111111:user/{name}",
        "action": "s3:GetObject",
        "resource": "arn:aws:s3:::b/*",
        "resource_account": "111111111111",
        "identity_policies": [document_of({"Effect": "Allow", "Action": "s3:*", "Resource": resource})],
        "context_complete": True,
    }
    condition = decide(request).condition

    assert condition is not None
    assert dict(condition.witness or ())["resource"] == f"arn:aws:s3:::b/{name}"
