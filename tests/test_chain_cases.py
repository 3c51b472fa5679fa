"""Chains over small worlds: who is asked, which chains there are, and what they depend on (tests/chains/README.md)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.properties.organizations import ORGANIZATION, PROD, ROOT, estate_of
from xgraph.graph.access.chain import BlockedChain, Chain
from xgraph.graph.access.graph import build_graph
from xgraph.graph.access.hops import ROLE_CHAINING
from xgraph.graph.model.arn import parse_arn
from xgraph.graph.model.coverage import CallOutcome, Outcome
from xgraph.graph.model.document import Policy
from xgraph.graph.model.estate import Estate
from xgraph.graph.model.holder import Cluster, Holder, HolderKind
from xgraph.graph.model.identity_center import Assignment, IdentityCenter
from xgraph.graph.model.resource import Resource
from xgraph.queries._query import Answer
from xgraph.queries.path_between import path_between

CASES = Path(__file__).parent / "chains"
ALL = [{"Effect": "Allow", "Action": "*", "Resource": "*"}]
Json = Any


def cases() -> Iterator[Any]:
    for path in sorted(CASES.glob("*.json")):
        for case in json.loads(path.read_text(encoding="utf-8"))["cases"]:
            yield pytest.param(case, id=f"{path.stem}: {case['name']}")


@pytest.mark.parametrize("case", list(cases()))
def test_case(case: Json) -> None:
    expected = case["expect"]
    answer = path_between(
        build_graph(world_of(case)),
        case["from"],
        case["to"],
        case.get("action"),
        show_blocked="blocked" in expected,
        claim=tuple(case.get("claim", ())),
        through_external=case.get("through_external", False),
    )
    items = list(answer.items)
    chains = [one for one in items if isinstance(one, Chain)]
    check(expected["chains"], chains)
    assert expected.get("dropped", 0) == answer.dropped_contradictory
    assert expected.get("complete", answer.complete) == answer.complete
    assert set(expected.get("gaps", ())) <= {gap.what for gap in answer.coverage_gaps}
    blocked = [one for one in items if isinstance(one, BlockedChain)]
    check_blocked(expected, blocked, answer)


def check(expected: list[Json], chains: list[Chain]) -> None:
    assert [one["nodes"] for one in expected] == [[short(node) for node in nodes_of(one)] for one in chains]
    for one, chain in zip(expected, chains, strict=True):
        assert one["verdict"] == chain.verdict.value
        assert one.get("mechanisms", [hop.mechanism for hop in chain.hops]) == [hop.mechanism for hop in chain.hops]
        if "text" in one:
            assert chain.condition is not None
            assert one["text"] == chain.condition.text
        if "witnesses" in one:
            assert one["witnesses"] == [None if each is None else dict(each) for each in chain.witnesses]
        if "open_points" in one:
            assert chain.condition is not None
            assert one["open_points"] == list(chain.condition.open_points)
        if "chained_hops" in one:
            assert one["chained_hops"] == [number for number, hop in enumerate(chain.hops) if ROLE_CHAINING in hop.assumptions]


def check_blocked(expected: Json, blocked: list[BlockedChain], answer: Answer) -> None:
    for one, chain in zip(expected.get("blocked", ()), blocked, strict=True):
        assert (one["blocked_at"], one["verdict"]) == (chain.blocked_at, chain.verdict.value)
        assert one["controls"] == [blocker.control for blocker in chain.blocked_by]
    if "saved" in expected:
        assert expected["saved"] == [[one.blocker.control, one.chains] for one in answer.saved]


def nodes_of(chain: Chain) -> list[str]:
    return [chain.hops[0].source, *(hop.target for hop in chain.hops)]


def short(node: str) -> str:
    return node if not node.startswith("arn:") else node.split(":", 5)[5]


def world_of(case: Json) -> Estate:
    """The estate of a case: its accounts are collected members of one organization, where everything is allowed unless it says otherwise."""
    accounts = sorted({one["arn"].split(":")[4] for one in case["principals"]} | {case.get("owner", "111111111111")})
    full = {"Version": "2012-10-17", "Statement": ALL}
    scps: dict[str, list[Json]] = {target: [full] for target in (ROOT, PROD, *accounts)}
    for target, statements in case.get("scps", {}).items():
        scps[target] = [full, {"Version": "2012-10-17", "Statement": statements}]
    description = {
        "accounts": [{"id": account, "member": True, "parent": PROD, "is_collected": True} for account in accounts],
        "organization": {"management_account": "000000000001", "scps_enabled": True, "rcps_enabled": False, "scps": scps},
        "principals": [principal_of(one) for one in case["principals"]],
        "buckets": [
            {
                "arn": "arn:aws:s3:::b",
                "account": case.get("owner", "111111111111"),
                "settings": {"ObjectOwnership": "BucketOwnerEnforced"},
                **({"policy": {"Version": "2012-10-17", "Statement": case["bucket_policy"]}} if "bucket_policy" in case else {}),
            }
        ],
    }
    estate = estate_of(description)
    assert ORGANIZATION in estate.organizations
    return with_points(case, with_federation(case, estate))


def with_points(case: Json, estate: Estate) -> Estate:
    """The estate with the access points, the trust anchors and the profiles of the case."""
    made = {}
    for one in case.get("points", ()):
        behind = {"Bucket": {"name": one["bucket"], "account": case.get("owner", "111111111111")} if "bucket" in one else {}}
        if "routes" in one:
            behind["Buckets"] = one["routes"]
        policy = Policy(f"{one['arn']}#resource-policy", json.dumps({"Version": "2012-10-17", "Statement": one["policy"]}))
        arn = parse_arn(one["arn"])
        kind = "multiregionaccesspoint" if one["arn"].endswith(".mrap") else "accesspoint"
        assert arn is not None
        made[one["arn"]] = Resource(one["arn"], arn.account, "s3", kind, arn.region, policy, (), {"AccessPoint": behind})
    for one in case.get("lambdas", ()):
        arn = parse_arn(one["arn"])
        assert arn is not None
        settings = {"SupportingAccessPoint": one["point"], "Transformations": one["functions"]}
        made[one["arn"]] = Resource(one["arn"], arn.account, "s3-object-lambda", "objectlambdaaccesspoint", arn.region, None, (), settings)
    for arn in case.get("functions", ()):
        made[arn] = Resource(arn, arn.split(":")[4], "lambda", "function", arn.split(":")[3])
    for one in (*case.get("anchors", ()), *case.get("profiles", ())):
        arn = parse_arn(one["arn"])
        assert arn is not None
        settings = {"Enabled": one.get("enabled", True), "RoleArns": one.get("roles"), "SessionPolicy": one.get("session_policy")}
        made[one["arn"]] = Resource(
            one["arn"], arn.account, "rolesanywhere", arn.resource.partition("/")[0], arn.region, None, (), settings
        )
    return replace(estate, resources={**estate.resources, **made})


def principal_of(one: Json) -> Json:
    made = {
        "arn": one["arn"],
        "tags": one.get("tags", {}),
        "policies": [{"Version": "2012-10-17", "Statement": one["allow"]}] if "allow" in one else [],
    }
    return {**made, "trust": {"Version": "2012-10-17", "Statement": one["trust"]}} if "trust" in one else made


def with_federation(case: Json, estate: Estate) -> Estate:
    """The estate with the providers, the directory and the compute of the case."""
    holders = [
        Holder(one["arn"], one["arn"].split(":")[4], HolderKind(one["kind"]), one["arn"], one["role"], settings=one.get("settings", {}))
        for one in case.get("holders", ())
    ]
    clusters = [Cluster(one["arn"], one["arn"].split(":")[4], one["issuer"]) for one in case.get("clusters", ())]
    centers = {}
    if "identity_center" in case:
        told = case["identity_center"]
        assignments = tuple(Assignment(account, "arn:set", name, kind, who) for account, name, kind, who in told["assignments"])
        members = {group: tuple(users) for group, users in told["members"].items()}
        centers["arn"] = IdentityCenter("arn", "111111111111", "d-1", told["users"], told["groups"], members, assignments)
    client_ids = {arn: ["sts.amazonaws.com"] for arn in case.get("providers", ())} | case.get("client_ids", {})
    return replace(
        estate,
        providers=frozenset(case.get("providers", ())),
        client_ids={arn: tuple(ids) for arn, ids in client_ids.items() if ids is not None},
        outcomes=tuple(
            CallOutcome(account, "global", service, call, "{}", Outcome.DENIED) for account, service, call in case.get("unread", ())
        ),
        holders={one.arn: one for one in holders},
        clusters={one.arn: one for one in clusters},
        identity_centers=centers,
    )
