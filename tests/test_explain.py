"""Explanations say the same as decisions, part by part."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from xgraph.graph.policy.caller import CallerKind
from xgraph.graph.policy.explain import Explanation, Holds, StatementCheck, explain
from xgraph.graph.policy.request import decide_read, read_request
from xgraph.queries.render.records import explanation_record

CASES = Path(__file__).parent / "cases"
USER = "arn:aws:iam::111111111111:user/u"
OBJECT = "arn:aws:s3:::b/k"


def requests() -> list[Any]:
    return list(_requests())


def _requests() -> Iterator[Any]:
    for path in sorted(p for topic in ("authorize", "conditions", "services", "regressions") for p in (CASES / topic).glob("*.json")):
        content = json.loads(path.read_text(encoding="utf-8"))
        yield pytest.param([{**content.get("fixture", {}), **case["request"]} for case in content["cases"]], id=path.stem)


def explained(request: dict[str, Any]) -> Explanation:
    question, policies, _ = read_request(request)
    return explain(question, policies)


def parts(check: StatementCheck) -> list[Holds]:
    elements = [part.holds for part in (check.principal, check.action, check.resource) if part is not None]
    return elements + [condition.holds for condition in check.conditions]


def one(identity: dict[str, Any], **fields: Any) -> StatementCheck:
    policy = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*", **identity}}
    request = {"principal": USER, "action": "s3:GetObject", "resource": OBJECT, "resource_account": "111111111111"}
    return explained({**request, "identity_policies": [policy], **fields}).statements[0]


@pytest.mark.parametrize("questions", requests())
def test_parts_and_whole_agree(questions: list[dict[str, Any]]) -> None:
    """Over all cases: a part that fails fails the statement; one that applies has no such part; whatever fails says why."""
    for question in questions:
        for check in explained(question).statements:
            if Holds.NO in parts(check):
                assert check.applies is Holds.NO, check
                assert not check.counts
            if check.applies is Holds.YES and check.counts:
                assert set(parts(check)) <= {Holds.YES}, check
            if check.applies is Holds.NO or not check.counts:
                assert check.reason, check
            assert (check.when is not None) == (check.applies is Holds.DEPENDS), check


@pytest.mark.parametrize("questions", requests())
def test_what_decides_is_explained(questions: list[dict[str, Any]]) -> None:
    """Every piece of evidence is explained; Allow statements that are evidence count; a certain Deny that counts is no ALLOWED."""
    for question in questions:
        request, policies, problems = read_request(question)
        decision = decide_read(request, policies, problems)
        checks = explain(request, policies).statements
        sources = {check.source for check in checks}
        counting = {check.source for check in checks if check.counts}
        certain = [check for check in checks if check.counts and check.applies is Holds.YES and check.source.effect == "Deny"]

        # What follows from what else the operation needs, such as a key, stands in the decision only.
        own = {evidence for evidence in decision.evidence if evidence.policy in {source.policy for source in sources}}
        assert own <= sources
        if not any(source.policy_type == "service-rule" for source in sources):
            assert {evidence for evidence in own if evidence.effect == "Allow"} <= counting
        # A bucket policy cannot lock its own account's root user out of the policy.
        assert not (certain and decision.verdict == "ALLOWED") or request.caller.kind is CallerKind.ROOT, question


@pytest.mark.parametrize("questions", requests())
def test_explanations_are_json(questions: list[dict[str, Any]]) -> None:
    for question in questions:
        record = explanation_record(explained(question))

        assert json.loads(json.dumps(record)) == record


def test_an_action_that_is_not_covered() -> None:
    check = one({"Action": ["s3:Put*", "s3:DeleteObject"]})

    assert (check.applies, check.reason) == (Holds.NO, "Action does not cover s3:GetObject")
    assert check.action is not None
    assert (check.action.values, check.action.holds) == (("s3:Put*", "s3:DeleteObject"), Holds.NO)
    assert check.resource is not None
    assert check.resource.holds is Holds.YES


def test_a_resource_that_is_excepted() -> None:
    check = one({"NotResource": "arn:aws:s3:::b/*"})
    given = explained(
        {
            "principal": USER,
            "action": "s3:GetObject",
            "resource": OBJECT,
            "identity_policies": [{"Statement": {"Effect": "Deny", "Action": "*", "NotResource": "arn:aws:s3:::b/*"}}],
        },
    ).statements[0]

    assert check.applies is Holds.DEPENDS  # two elements that exclude each other: the statement can't be understood
    assert given.resource is not None
    assert (given.resource.element, given.resource.holds) == ("NotResource", Holds.NO)
    assert given.reason == f"NotResource does not cover {OBJECT}"


@pytest.mark.parametrize(
    ("context", "complete", "state", "values", "holds"),
    [
        ({"aws:SourceIp": "203.0.113.7"}, False, "known", ("203.0.113.7",), Holds.YES),
        ({"aws:SourceIp": "198.51.100.7"}, False, "known", ("198.51.100.7",), Holds.NO),
        ({}, True, "absent", (), Holds.NO),
        ({}, False, "unknown", (), Holds.DEPENDS),
        ({"aws:SourceIp": None}, True, "unknown", (), Holds.DEPENDS),
    ],
)
def test_the_value_seen(context: dict[str, Any], complete: bool, state: str, values: tuple[str, ...], holds: Holds) -> None:
    check = one({"Condition": {"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}}, context=context, context_complete=complete)
    condition = check.conditions[0]

    assert (condition.seen.state, condition.seen.values, condition.holds) == (state, values, holds)
    assert (condition.operator, condition.key, condition.values) == ("IpAddress", "aws:SourceIp", ("203.0.113.0/24",))
    assert check.applies is holds


def test_operators_are_named_as_written() -> None:
    check = one({"Condition": {"ForAnyValue:StringLikeIfExists": {"aws:tagkeys": ["a*", "b"]}}})

    assert (check.conditions[0].operator, check.conditions[0].key) == ("ForAnyValue:StringLikeIfExists", "aws:tagkeys")


def test_variables_show_what_they_stand_for() -> None:
    check = one({"Condition": {"StringEquals": {"aws:PrincipalTag/team": "${aws:username}"}}}, context={"aws:PrincipalTag/team": "u"})

    ((name, seen),) = check.conditions[0].variables

    assert (name, seen.state, seen.values) == ("aws:username", "known", ("u",))
    assert check.applies is Holds.YES


def test_an_unsettled_key_shows_its_readings() -> None:
    policy = {
        "Statement": {"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "false"}}}
    }
    check = explained(
        {"principal": "arn:aws:iam::111111111111:role/r", "action": "s3:GetObject", "resource": OBJECT, "identity_policies": [policy]},
    ).statements[0]

    seen = check.conditions[0].seen

    assert (seen.state, seen.open_point) == ("unsettled", "U-16")
    assert [(one.state, one.values) for one in seen.readings] == [("absent", ()), ("known", ("false",))]


def test_how_a_principal_covers_the_caller() -> None:
    policy = {
        "Statement": [
            {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111111111111:root"}, "Action": "s3:*", "Resource": "*"},
            {"Effect": "Allow", "Principal": {"AWS": [USER, "222222222222"]}, "Action": "s3:*", "Resource": "*"},
            {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "s3:*", "Resource": "*"},
        ],
    }
    checks = explained({"principal": USER, "action": "s3:GetObject", "resource": OBJECT, "resource_policy": policy}).statements
    told = [(check.principal.values, check.principal.holds, check.principal.matches) for check in checks if check.principal is not None]

    assert told == [
        (("AWS: arn:aws:iam::111111111111:root",), Holds.YES, ("account",)),
        (("AWS: 222222222222", f"AWS: {USER}"), Holds.YES, ("exact",)),
        (("Service: lambda.amazonaws.com",), Holds.NO, ()),
    ]


def test_a_statement_that_covers_and_does_not_count_says_why() -> None:
    statement = {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}
    levels = [{"target": "r-1", "policies": [{"name": "p-RCPFullAWSAccess", "document": {"Statement": statement}}]}]
    check = one({}, resource_control_policies=levels)
    guarded = explained(
        {"principal": USER, "action": "s3:GetObject", "resource": OBJECT, "resource_control_policies": levels},
    ).statements[0]

    assert check.counts
    assert (guarded.applies, guarded.counts, guarded.level) == (Holds.YES, False, "r-1")
    assert guarded.reason == "an RCP allows nothing, it only denies"


def test_what_is_not_known_is_named() -> None:
    explanation = explained(
        {
            "principal": USER,
            "action": "s3:GetObject",
            "resource": OBJECT,
            "identity_policies": None,
            "service_control_policies": [{"target": "r-1", "policies": None}],
            "resource_policy": None,
        },
    )

    assert explanation.unknown == ("identity-policies-not-collected", "scp-not-collected", "resource-policy-not-collected")


def test_an_unreadable_statement_may_apply() -> None:
    check = one({"Condition": "aws:SourceIp"})

    assert (check.applies, check.reason) == (Holds.DEPENDS, "the statement can't be understood")
    assert (check.principal, check.action, check.resource, check.conditions) == (None, None, None, ())


def test_an_unknown_operator_never_matches() -> None:
    check = one({"Condition": {"StringLik": {"aws:username": "u"}}})

    assert check.applies is Holds.NO
    assert check.reason == "it can never match: it names no action, or a condition operator that does not exist"


def test_a_rule_of_the_service_leaves_every_statement_out() -> None:
    policy = {"Statement": {"Effect": "Deny", "Action": "sts:*", "Resource": "*"}}
    checks = explained({"principal": USER, "action": "sts:GetCallerIdentity", "resource": "*", "identity_policies": [policy]}).statements

    assert [(check.source.effect, check.counts, check.reason) for check in checks] == [
        ("Deny", False, "sts:GetCallerIdentity needs no permission"),
        ("Allow", True, "sts:GetCallerIdentity needs no permission"),
    ]


def test_an_acl_grant_that_counts_is_listed() -> None:
    acl = {"Grants": [{"Grantee": {"Type": "Group", "URI": "http://acs.amazonaws.com/groups/global/AllUsers"}, "Permission": "READ"}]}
    explanation = explained(
        {
            "principal": "*",
            "action": "s3:ListBucket",
            "resource": "arn:aws:s3:::b",
            "resource_account": "111111111111",
            "resource_settings": {"BucketAcl": acl},
        },
    )

    assert [(check.source.policy_type, check.applies, check.counts) for check in explanation.statements] == [("acl", Holds.YES, True)]


def test_each_authorization_that_a_call_needs_is_a_part() -> None:
    key = "arn:aws:kms:eu-west-1:111111111111:key/11111111-2222-3333-4444-555555555555"
    delegating = {"Statement": {"Effect": "Allow", "Principal": {"AWS": "111111111111"}, "Action": "kms:*", "Resource": "*"}}
    explanation = explained(
        {
            "principal": USER,
            "action": "s3:GetObject",
            "resource": OBJECT,
            "resource_account": "111111111111",
            "identity_policies": [{"Statement": {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}}],
            "resource_settings": {"EncryptionKey": key, "Key": {"policy": delegating}},
        },
    )
    told = [(check.part, check.source.policy_type, check.applies, check.counts) for check in explanation.statements]

    assert told == [
        ("", "identity", Holds.YES, True),
        (f"kms:Decrypt on {key}", "identity", Holds.NO, False),
        (f"kms:Decrypt on {key}", "resource", Holds.YES, True),
    ]
