"""VPC endpoints that were collected: their policy decides where the request is said to pass them, and is named where it may."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from tests.test_chain_cases import ALL, world_of
from xgraph.graph.access.graph import build_graph
from xgraph.graph.model.estate import Estate
from xgraph.graph.model.resource import Resource
from xgraph.graph.policy.decision import Verdict
from xgraph.queries.path_between import path_between
from xgraph.queries.simulate import simulate

ROLE = "arn:aws:iam::111111111111:role/r"
FULL = [{"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}]
OTHERS = [{"Effect": "Allow", "Principal": "*", "Action": "s3:*", "Resource": "arn:aws:s3:::other/*"}]
BY_ENDPOINT = [
    {"Effect": "Allow", "Principal": {"AWS": "111111111111"}, "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*"},
    {"Effect": "Deny", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*",
     "Condition": {"StringNotEquals": {"aws:SourceVpce": "vpce-1"}}},
]  # fmt: skip


def estate(policy: list[Any] | None) -> Estate:
    """A role that may read everything, a bucket that wants an endpoint, and the endpoint with its policy."""
    trust = [{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}]
    made = world_of({"principals": [{"arn": ROLE, "trust": trust, "allow": ALL}], "bucket_policy": BY_ENDPOINT})
    arn = "arn:aws:ec2:eu-west-1:111111111111:vpc-endpoint/vpce-1"
    document = json.dumps({"Version": "2012-10-17", "Statement": policy}) if policy is not None else ""
    settings = {"EndpointPolicy": document, "EndpointType": "Gateway", "ServiceName": "com.amazonaws.eu-west-1.s3", "VpcId": "vpc-1"}
    endpoint = Resource(arn, "111111111111", "ec2", "vpc-endpoint", "eu-west-1", None, (), settings)
    return replace(made, resources={**made.resources, arn: endpoint})


@pytest.mark.parametrize(
    ("policy", "passing", "verdict"),
    [
        (FULL, "vpce-1", Verdict.ALLOWED),
        (None, "vpce-1", Verdict.ALLOWED),
        (OTHERS, "vpce-1", Verdict.IMPLICITLY_DENIED),
        ([*FULL, {**OTHERS[0], "Effect": "Deny", "Resource": "*"}], "vpce-1", Verdict.EXPLICITLY_DENIED),
        (FULL, "vpce-2", Verdict.EXPLICITLY_DENIED),
    ],
)
def test_the_endpoint_that_a_request_is_said_to_pass_decides(policy: list[Any] | None, passing: str, verdict: Verdict) -> None:
    found = simulate(estate(policy), ROLE, "s3:GetObject", "arn:aws:s3:::b/k", context={"aws:SourceVpce": passing})

    assert found.decision.verdict is verdict


@pytest.mark.parametrize(("policy", "is_named"), [(OTHERS, True), (FULL, False), (None, False)])
def test_a_hop_that_needs_an_endpoint_names_the_policy_that_it_leaves_out(policy: list[Any] | None, is_named: bool) -> None:
    (chain,) = list(path_between(build_graph(estate(policy)), ROLE, "arn:aws:s3:::b/k", "s3:GetObject").items)

    assert chain.verdict is Verdict.CONDITIONAL
    assert ["vpce-1" in text for hop in chain.hops for text in hop.assumptions] == ([True] if is_named else [])
