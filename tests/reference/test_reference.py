"""The reference evaluator against cases of semantics.md section 9, so that it can itself be trusted."""

from __future__ import annotations

import random
from typing import Any

import pytest

from . import consistent, decide_world, key_state, results_in, verdict_by_sampling, witness_allows, world_of, worlds_of
from .keys import State
from .matching import action_fits, resource_fits

Json = Any

A, T, B2, V, M = "111111111111", "999999999999", "222222222222", "555555555555", "000000000000"
PATHS = {A: "o-abc/r-1/ou-1-prod/", T: "o-abc/r-1/ou-1-prod/", B2: "o-abc/r-1/ou-1-prod/", M: "o-abc/r-1/"}
CANONICAL = {"aa" * 32: A, "99" * 32: T, "55" * 32: V}
A_ID, T_ID = list(CANONICAL)[:2]
ALL_USERS = "http://acs.amazonaws.com/groups/global/AllUsers"
AUTHENTICATED_USERS = "http://acs.amazonaws.com/groups/global/AuthenticatedUsers"
LOG_DELIVERY = "http://acs.amazonaws.com/groups/s3/LogDelivery"
ORG_PERIMETER = {
    "Effect": "Deny",
    "Principal": "*",
    "Action": "s3:*",
    "Resource": "*",
    "Condition": {"StringNotEqualsIfExists": {"aws:PrincipalOrgID": "o-abc"}, "BoolIfExists": {"aws:PrincipalIsAWSService": "false"}},
}


def document(*statements: Json, version: str | None = "2012-10-17") -> Json:
    return {"Statement": list(statements)} if version is None else {"Version": version, "Statement": list(statements)}


def grant(action: Json = "s3:GetObject", resource: Json = "*", **more: Json) -> Json:
    """An Allow; `more` replaces elements."""
    found = {"Effect": "Allow", "Action": action, "Resource": resource, **more}
    return {key: value for key, value in found.items() if value is not None}


def deny(action: Json = "*", resource: Json = "*", **more: Json) -> Json:
    return grant(action, resource, **more) | {"Effect": "Deny"}


def trust(principal: Json, action: str = "sts:AssumeRole", **more: Json) -> Json:
    return document({"Effect": "Allow", "Principal": principal, "Action": action, **more})


def user(account: str, name: str = "u") -> str:
    return f"arn:aws:iam::{account}:user/{name}"


def role(account: str, name: str = "r") -> str:
    return f"arn:aws:iam::{account}:role/{name}"


def session(account: str, name: str = "r", session_name: str = "s") -> str:
    return f"arn:aws:sts::{account}:assumed-role/{name}/{session_name}"


def root(account: str) -> str:
    return f"arn:aws:iam::{account}:root"


def organization(account: str) -> Json:
    return {"id": "o-abc", "paths": [PATHS[account]], "management_account": M}


def ask(
    caller: str,
    action: str = "s3:GetObject",
    resource: str = "arn:aws:s3:::b/k",
    *,
    id_: list[Json] | None = None,
    rp: Json = None,
    owner: str = T,
    complete: bool = True,
    settings: Json = None,
    **fields: Json,
) -> Json:
    """The fixture of section 9: `id_` are statements of the identity policy, `rp` is the resource policy's document."""
    found: Json = {"principal": caller, "action": action, "resource": resource, "context_complete": complete, **fields}
    if resource.startswith("arn:aws:s3:::"):
        found["resource_account"] = owner
        found["resource_settings"] = {"ObjectOwnership": "BucketOwnerEnforced", "CanonicalIds": CANONICAL, **(settings or {})}
    account = caller.split(":")[4] if caller.startswith("arn:") else ""
    if account in PATHS:
        found.setdefault("organization", organization(account))
    if owner in PATHS:
        found.setdefault("resource_organization", organization(owner))
    if id_ is not None:
        found["identity_policies"] = [document(*id_)]
    if rp is not None:
        found["resource_policy"] = rp
    return found


def bucket_policy(principal: Json = "*", action: Json = "s3:GetObject", resource: Json = "arn:aws:s3:::b/*", **more: Json) -> Json:
    return document(grant(action, resource, Principal=principal, **more))


def acl(grantee: Json, permission: str) -> Json:
    return {"Owner": {"ID": T_ID}, "Grants": [{"Grantee": grantee, "Permission": permission}]}


def canonical(identifier: str) -> Json:
    return {"Type": "CanonicalUser", "ID": identifier}


def group(uri: str) -> Json:
    return {"Type": "Group", "URI": uri}


def levels(*policies: list[Json]) -> Json:
    return [{"target": str(number), "policies": each} for number, each in enumerate(policies)]


FULL = document(grant("*"))
EVERYTHING = [grant("*")]
QUEUE = f"arn:aws:sqs:eu-west-1:{T}:q1"
TABLE = f"arn:aws:dynamodb:eu-central-1:{T}:table/MyTable"
ROLE = role(T, "target")
RP_A_U = bucket_policy({"AWS": user(A)})
OPEN_BUCKET = bucket_policy()
WRITER = {"ObjectOwnership": "ObjectWriter"}
BLOCK = {"BlockPublicAcls": False, "IgnorePublicAcls": False, "BlockPublicPolicy": False, "RestrictPublicBuckets": False}


def when(operator: str, key: str, values: Json) -> Json:
    return {"Condition": {operator: {key: values}}}


def tag_case(entry: Json, **fields: Json) -> Json:
    """T's user with one conditional Allow."""
    return ask(user(T), id_=[grant(**entry)], **fields)


def deny_case(entry: Json, **fields: Json) -> Json:
    """T's user with an Allow and one conditional Deny."""
    return ask(user(T), id_=[grant(), deny(**entry)], **fields)


def boundary(request: Json, *statements: Json) -> Json:
    return {**request, "permissions_boundaries": [document(*statements)]}


EC2_ONLY = grant("ec2:*")

# 9.1 Statement matching
MATCHING = [
    ("C001", ask(user(T), id_=[grant("S3:getobject", "arn:aws:s3:::b/k")]), "ALLOW"),
    ("C002 one", ask(user(T), id_=[grant("s3:Get?bject")]), "ALLOW"),
    ("C002 two", ask(user(T), id_=[grant("s3:Get??bject")]), "DENY-I"),
    ("C003", ask(user(T), id_=[grant(" s3:GetObject")]), "DENY-I"),
    ("C004", ask(user(T), id_=[grant("s3:GetObject,s3:PutObject")]), "DENY-I"),
    ("C005", ask(user(T), id_=[grant(None, NotAction="iam:*")]), "ALLOW"),
    ("C005 iam", ask(user(T), "iam:GetUser", user(T), id_=[grant(None, NotAction="iam:*")]), "DENY-I"),
    ("C006", ask(user(T), "s3:ListBucket", "arn:aws:s3:::b", id_=[grant("s3:ListBucket", "arn:aws:s3:::b/*")]), "DENY-I"),
    ("C007", ask(user(T), id_=[grant(resource="arn:aws:s3:::b")]), "DENY-I"),
    ("C008", ask(user(T), resource="arn:aws:s3:::b/1/2/test/x", id_=[grant(resource="arn:aws:s3:::b/*/test/*")]), "ALLOW"),
    ("C008 none", ask(user(T), resource="arn:aws:s3:::b/test/x", id_=[grant(resource="arn:aws:s3:::b/*/test/*")]), "DENY-I"),
    ("C009", ask(user(T), id_=[grant(resource="arn:aws:s3:::B/*")]), "DENY-I"),
    ("C010", ask(user(T), "sqs:SendMessage", QUEUE, id_=[grant("sqs:*", "arn:aws:sqs:*:q1")]), "ALLOW"),
    ("C011", ask(user(T), "sqs:SendMessage", QUEUE, id_=[grant("sqs:*", f"arn:aws:sqs:eu-*-1:{T}:q1")]), "ALLOW"),
    ("C011 five", ask(user(T), "sqs:SendMessage", QUEUE, id_=[grant("sqs:*", "arn:aws:sqs:eu-*-1:q1")]), "DENY-I"),
    ("C015", ask(user(T), id_=[grant(resource=None, NotResource="arn:aws:s3:::secret/*")]), "ALLOW"),
    ("C016", ask(user(T), "s3:ListAllMyBuckets", "*", id_=[grant("s3:ListAllMyBuckets", "arn:aws:s3:::b")]), "DENY-I"),
    ("C016 star", ask(user(T), "s3:ListAllMyBuckets", "*", id_=[grant("s3:ListAllMyBuckets")]), "ALLOW"),
    (
        "C017",
        ask(
            user(T),
            resource="arn:aws:s3:::c/k",
            id_=[grant("s3:*"), deny("s3:*", None, NotResource=["arn:aws:s3:::b", "arn:aws:s3:::b/*"])],
        ),
        "DENY-E",
    ),
    (
        "C018",
        ask(
            user(T),
            resource="arn:aws:s3:::b/u/x",
            identity_policies=[document(grant(resource="arn:aws:s3:::b/${aws:username}/*"), version=None)],
        ),
        "DENY-I",
    ),
    ("C019", ask(user(T), resource="arn:aws:s3:::b/u/x", id_=[grant(resource="arn:aws:s3:::b/${aws:username}/*")]), "ALLOW"),
    ("C019 role", ask(session(T), resource="arn:aws:s3:::b/u/x", id_=[grant(resource="arn:aws:s3:::b/${aws:username}/*")]), "DENY-I"),
    (
        "C020",
        ask(user(T), resource="arn:aws:s3:::b/all/x", id_=[grant(resource="arn:aws:s3:::b/${aws:PrincipalTag/team, 'all'}/*")]),
        "ALLOW",
    ),
    ("C021", ask(user(T), resource="arn:aws:s3:::b/${*}/x", id_=[grant(resource="arn:aws:s3:::b/${*}/x")]), "ALLOW"),
    ("C021 q", ask(user(T), resource="arn:aws:s3:::b/q/x", id_=[grant(resource="arn:aws:s3:::b/${*}/x")]), "DENY-I"),
    ("C022", ask(user(T), id_=[grant(resource="arn:aws:s3:${aws:x}::b/*")]), "DENY-I"),
    (
        "C023",
        ask(
            user(T),
            resource="arn:aws:s3:::b/q/x",
            id_=[grant(resource="arn:aws:s3:::b/${aws:PrincipalTag/p}/*")],
            context={"aws:PrincipalTag/p": "*"},
        ),
        "DENY-I",
    ),
    (
        "C025",
        ask("arn:aws-cn:iam::111111111111:user/u", rp=bucket_policy({"AWS": "arn:aws-cn:iam::111111111111:user/u"}), id_=EVERYTHING),
        "DENY-I",
    ),
    ("C026", ask(user(T), "s3:ListAllMyBuckets", "*", id_=[grant("s3:*", "arn:aws:s3:::*")]), "COND"),
    ("C027", ask(user(T), id_=[grant()], rp=document(deny("s3:*"))), "ALLOW"),
]

# 9.2 Principal element
PRINCIPALS = [
    ("C030", ask(user(A), id_=[grant()], rp=bucket_policy({"AWS": A})), "ALLOW"),
    ("C031", ask(user(A), id_=[grant()], rp=bucket_policy({"AWS": root(A)})), "ALLOW"),
    ("C032", ask(user(A), id_=[grant()], rp=bucket_policy({"AWS": f"arn:aws:iam:{A}/root"})), "DENY-I"),
    ("C033", ask(role(A), id_=[grant()], rp=bucket_policy({"AWS": role(A, "*")})), "DENY-I"),
    ("C034", ask(session(A), id_=[grant()], rp=bucket_policy({"AWS": session(A, "r", "*")})), "DENY-I"),
    ("C035", ask(role(A, "app-1"), id_=[grant()], rp=bucket_policy(**when("ArnLike", "aws:PrincipalArn", role(A, "app-*")))), "ALLOW"),
    ("C036", ask(session(A, "r", "s1"), id_=[grant()], rp=bucket_policy({"AWS": session(A, "r", "s1")})), "ALLOW"),
    ("C036 any", ask(role(A), id_=[grant()], rp=bucket_policy({"AWS": session(A, "r", "s1")})), "COND"),
    ("C037", ask(session(A), id_=[grant()], rp=bucket_policy({"AWS": role(A, "path/r")})), "ALLOW"),
    ("C038", ask(role(A, "path/r"), id_=[grant()], rp=bucket_policy({"AWS": role(A)})), "DENY-I"),
    ("C039", ask(role(A), id_=[grant()], rp=bucket_policy({"AWS": "AROAEXAMPLE"})), "DENY-I"),
    ("C041", ask("s3.ap-east-1.amazonaws.com", rp=bucket_policy({"Service": "s3.amazonaws.com"})), "DENY-I"),
    ("C042", ask(user(A), id_=[grant()], rp=bucket_policy({"CanonicalUser": A_ID})), "ALLOW"),
    ("C046", ask("*", rp=document(grant(Principal=None, NotPrincipal={"AWS": user(A)}, resource="arn:aws:s3:::b/*"))), "ALLOW"),
    ("C048", ask(user(A), id_=[grant(**when("ArnEquals", "aws:PrincipalArn", root(A)))], rp=OPEN_BUCKET), "DENY-I"),
    ("{AWS: *} and a service (U-07)", ask("s3.amazonaws.com", rp=bucket_policy({"AWS": "*"})), "COND"),
]


def c043(caller: str, *listed: str) -> Json:
    """Allow A and deny all but those listed."""
    rp = document(
        grant(Principal={"AWS": A}, resource="arn:aws:s3:::b/*"), deny("s3:*", "arn:aws:s3:::b/*", NotPrincipal={"AWS": list(listed)})
    )
    return ask(caller, id_=[grant()], rp=rp)


PRINCIPALS += [
    ("C043 u", c043(user(A), user(A), root(A)), "ALLOW"),
    ("C043 w", c043(user(A, "w"), user(A), root(A)), "COND"),
    ("C043 other account", c043(user(B2), user(A), root(A)), "DENY-E"),
    ("C044", c043(user(A), user(A)), "COND"),
    ("C045", boundary(c043(user(A), user(A), root(A)), grant("*")), "DENY-E"),
]

# 9.3 Conditions
CONDITIONS = [
    ("C050", ask(role(A), id_=[grant(**when("StringEquals", "aws:PrincipalAccount", [A, B2]))], rp=OPEN_BUCKET), "ALLOW"),
    (
        "C051",
        ask(
            role(V),
            id_=[grant()],
            rp=document(*OPEN_BUCKET["Statement"], deny(Principal="*", **when("StringNotEquals", "aws:PrincipalAccount", [A, B2]))),
        ),
        "DENY-E",
    ),
    ("C053", tag_case(when("StringEquals", "aws:PrincipalTag/x", "1")), "DENY-I"),
    ("C054", tag_case(when("StringNotEquals", "aws:PrincipalTag/x", "1")), "ALLOW"),
    ("C055", tag_case(when("StringEqualsIfExists", "aws:PrincipalTag/x", "1")), "ALLOW"),
    ("C057", tag_case(when("ForAllValues:StringEquals", "aws:TagKeys", ["a"])), "ALLOW"),
    (
        "C058",
        tag_case({"Condition": {"ForAllValues:StringEquals": {"aws:TagKeys": ["a"]}, "Null": {"aws:TagKeys": "false"}}}),
        "DENY-I",
    ),
    ("C059", tag_case(when("ForAllValues:StringEquals", "aws:TagKeys", ["a"]), context={"aws:TagKeys": ["a", "b"]}), "DENY-I"),
    ("C060", tag_case(when("ForAnyValue:StringEquals", "aws:TagKeys", ["a"]), context={"aws:TagKeys": ["a", "b"]}), "ALLOW"),
    ("C061", deny_case(when("ForAnyValue:StringNotEquals", "aws:TagKeys", ["a"])), "ALLOW"),
    ("C061 two", deny_case(when("ForAnyValue:StringNotEquals", "aws:TagKeys", ["a"]), context={"aws:TagKeys": ["a", "b"]}), "DENY-E"),
    ("C062", deny_case(when("ForAllValues:StringNotLike", "aws:ResourceOrgPaths", ["o-abc/*"]), owner=T, resource_organization={}), "COND"),
    ("C063 role", ask(session(T), id_=[grant(**when("Null", "aws:TokenIssueTime", "true"))], complete=False), "DENY-I"),
    ("C063 user", tag_case(when("Null", "aws:TokenIssueTime", "true"), complete=False), "COND"),
    ("C064", tag_case(when("StringLike", "s3:prefix", "home/*"), context={"s3:prefix": "home/a/b"}), "ALLOW"),
    ("C064 equals", tag_case(when("StringEquals", "s3:prefix", "home/*"), context={"s3:prefix": "home/a/b"}), "DENY-I"),
    ("C066", ask(role(A, "app"), id_=[grant(**when("ArnEquals", "aws:PrincipalArn", "arn:aws:iam::*:role/app"))], rp=OPEN_BUCKET), "ALLOW"),
    ("C067", tag_case(when("NumericLessThanEquals", "s3:max-keys", 10), context={"s3:max-keys": "10"}), "ALLOW"),
    ("C067 absent", tag_case(when("NumericLessThanEquals", "s3:max-keys", 10)), "DENY-I"),
    (
        "C068",
        tag_case(when("DateLessThan", "aws:CurrentTime", "2026-01-01"), context={"aws:CurrentTime": "2026-11-23T00:00:00Z"}),
        "DENY-I",
    ),
    ("C069", tag_case(when("IpAddress", "aws:SourceIp", "203.0.113.7"), complete=False), "COND"),
    ("C071", tag_case(when("BoolIfExists", "aws:MultiFactorAuthPresent", "true"), complete=False), "COND"),
    (
        "C074",
        ask(role(T), id_=[grant(**when("StringEquals", "aws:SourceArn", "arn:aws:sns:eu-west-1:999999999999:t"))], complete=False),
        "DENY-I",
    ),
    (
        "C076",
        ask(
            user(T),
            id_=[grant(**when("IpAddress", "aws:SourceIp", "10.0.0.0/8")), deny(**when("IpAddress", "aws:SourceIp", "10.0.0.0/8"))],
            complete=False,
        ),
        "DENY-*",
    ),
    ("C078", ask(user(A), id_=[grant(**when("StringEquals", "AWS:principalorgid", "o-abc"))], rp=OPEN_BUCKET), "ALLOW"),
    ("C079", tag_case(when("StringMatches", "aws:username", "u")), "DENY-I"),
    ("C080", deny_case(when("StringNotEquals", "s3:prefix", "${aws:PrincipalTag/none}"), context={"s3:prefix": "x"}), "DENY-E"),
    ("C081", tag_case(when("StringEquals", "s3:prefix", "${aws:PrincipalTag/none}"), context={"s3:prefix": "x"}), "DENY-I"),
    ("C082", deny_case(when("Bool", "aws:SecureTransport", "false"), complete=False), "COND"),
    (
        "C084",
        ask(role(A), id_=[grant(**when("ForAnyValue:StringLike", "aws:PrincipalOrgPaths", "o-abc/r-1/ou-1-prod/*"))], rp=OPEN_BUCKET),
        "ALLOW",
    ),
    ("C085", ask(user(T), resource="arn:aws:s3:::b/*", id_=[grant(resource="arn:aws:s3:::b/a*")]), "COND"),
    (
        "C086",
        ask(
            user(T),
            resource="arn:aws:s3:::b/*",
            id_=[
                grant(resource="arn:aws:s3:::b/a*"),
                deny(resource=None, NotResource="arn:aws:s3:::b/*b"),
                deny(resource=None, NotResource="arn:aws:s3:::b/*c*"),
            ],
        ),
        "COND",
    ),
    (
        "C087",
        ask(user(T), resource="arn:aws:s3:::b/*", id_=[grant(resource="arn:aws:s3:::b/*"), deny(resource="arn:aws:s3:::b/*")]),
        "DENY-E",
    ),
    (
        "C088",
        ask(user(T), resource="arn:aws:s3:::b/pub/*", id_=[grant(resource="arn:aws:s3:::b/*"), deny(resource="arn:aws:s3:::b/secret/*")]),
        "ALLOW",
    ),
]

# 9.4 Core algorithm
ROLE_NAMED = ask(session(T), rp=bucket_policy({"AWS": role(T)}))
TABLE_RP = document(grant("dynamodb:*", TABLE, Principal={"AWS": role(A)}))
FEDERATED = f"arn:aws:sts::{T}:federated-user/u"
CORE = [
    ("C090", ask(user(T)), "DENY-I"),
    ("C091", ask(user(T), id_=[grant()]), "ALLOW"),
    ("C092", ask(user(T), rp=bucket_policy({"AWS": user(T)})), "ALLOW"),
    ("C093", ask(user(T), rp=bucket_policy({"AWS": root(T)})), "DENY-I"),
    ("C094", ROLE_NAMED, "ALLOW"),
    ("C095", boundary(ROLE_NAMED, EC2_ONLY), "DENY-I"),
    ("C096", {**ROLE_NAMED, "session_policies": [document(EC2_ONLY)]}, "DENY-I"),
    ("C097", boundary(ask(session(T), rp=bucket_policy({"AWS": session(T)}), session_policies=[document(EC2_ONLY)]), EC2_ONLY), "ALLOW"),
    ("C098", boundary(ask(user(T), rp=bucket_policy({"AWS": user(T)})), EC2_ONLY), "ALLOW"),
    ("C098 deny", boundary(ask(user(T), rp=bucket_policy({"AWS": user(T)})), deny("s3:*")), "DENY-E"),
    ("C099", boundary(ask(session(T), rp=bucket_policy(**when("ArnEquals", "aws:PrincipalArn", role(T)))), EC2_ONLY), "ALLOW"),
    ("C100", boundary(ask(user(T), id_=[grant()]), EC2_ONLY), "DENY-I"),
    ("C101", ask(FEDERATED, id_=[grant()]), "COND"),
    ("C101 named", ask(FEDERATED, rp=bucket_policy({"AWS": FEDERATED})), "ALLOW"),
    ("C102", ask(FEDERATED, id_=[grant()], session_policies=[FULL]), "ALLOW"),
    ("C106", ask(root(T), "dynamodb:GetItem", TABLE), "ALLOW"),
    ("C106 deny", ask(root(T), "dynamodb:GetItem", TABLE, rp=document(deny("dynamodb:*", TABLE, Principal="*"))), "DENY-E"),
    ("C107", ask(user(A), id_=[grant()]), "DENY-I"),
    ("C108", ask(role(A), "dynamodb:GetItem", TABLE, rp=TABLE_RP), "DENY-I"),
    ("C108 both", ask(role(A), "dynamodb:GetItem", TABLE, rp=TABLE_RP, id_=EVERYTHING), "ALLOW"),
    ("C109", boundary(ask(session(A), id_=[grant()], rp=bucket_policy({"AWS": session(A)})), EC2_ONLY), "DENY-I"),
    ("C110", ask(root(A), rp=bucket_policy({"AWS": root(A)})), "ALLOW"),
    ("C111", ask(user(A), id_=[grant(), deny()], rp=RP_A_U), "DENY-E"),
    ("C112", ask(user(V), id_=[grant()], rp=OPEN_BUCKET), "ALLOW"),
    ("C112 unknown", ask(user(V), identity_policies=None, rp=OPEN_BUCKET), "COND"),
    ("C115", ask("*", rp=OPEN_BUCKET), "ALLOW"),
    ("C115 table", ask("*", "dynamodb:GetItem", TABLE, rp=document(grant("dynamodb:*", TABLE, Principal="*"))), "DENY-I"),
    ("C116", ask("*", rp=bucket_policy(**when("StringEquals", "aws:PrincipalOrgID", "o-abc"))), "DENY-I"),
    ("C117", ask(user(A), id_=[deny("s3:*")], rp=OPEN_BUCKET), "DENY-E"),
    ("C118", ask(user(A), "sts:GetCallerIdentity", "*", id_=[deny("*")]), "ALLOW"),
    ("C119", ask(session(T), rp=bucket_policy({"AWS": session(T)}), session_policies=[document(deny())]), "DENY-E"),
]

# 9.5 SCP and RCP
PERIMETER = levels([FULL, document(ORG_PERIMETER)])
DENY_S3 = document(deny("s3:*"))
GUARDRAILS = [
    ("C120", ask(user(A), id_=[grant()], rp=RP_A_U, service_control_policies=levels([FULL], [FULL, DENY_S3])), "DENY-E"),
    (
        "C122 s3",
        ask(
            user(A),
            id_=[grant()],
            rp=RP_A_U,
            service_control_policies=levels([document(grant(["s3:*", "ec2:*"]))], [document(grant(["ec2:*", "rds:*"]))]),
        ),
        "DENY-I",
    ),
    ("C123", ask(user(T), id_=[grant()], service_control_policies=levels([FULL], [])), "DENY-I"),
    ("C124", ask(user(M), id_=[grant()], owner=M, service_control_policies=levels([document(deny())])), "ALLOW"),
    (
        "C125",
        ask(role(T, "aws-service-role/x.amazonaws.com/AWSServiceRoleForX"), id_=[grant()], service_control_policies=levels([DENY_S3])),
        "ALLOW",
    ),
    (
        "C128",
        ask(
            role(T, "y"),
            id_=[grant()],
            service_control_policies=levels([document(grant("s3:*", **when("ArnLike", "aws:PrincipalArn", role("*", "x"))))]),
        ),
        "DENY-I",
    ),
    (
        "C129",
        ask(
            user(T),
            resource="arn:aws:s3:::c/k",
            id_=[grant()],
            service_control_policies=levels([FULL, document(deny("*", None, NotResource="arn:aws:s3:::b"))]),
        ),
        "DENY-E",
    ),
    ("C130", ask(user(T), id_=[grant()], service_control_policies=None), "COND"),
    ("C131", ask(user(T), rp=bucket_policy({"AWS": user(T)}), service_control_policies=levels([document(EC2_ONLY)])), "DENY-I"),
    ("C132", ask(role(V), id_=[grant()], rp=OPEN_BUCKET, resource_control_policies=PERIMETER), "DENY-E"),
    ("C133 member", ask(role(A), id_=[grant()], rp=OPEN_BUCKET, resource_control_policies=PERIMETER), "ALLOW"),
    (
        "C133 service",
        ask("logging.s3.amazonaws.com", rp=bucket_policy({"Service": "logging.s3.amazonaws.com"}), resource_control_policies=PERIMETER),
        "ALLOW",
    ),
    ("C133 anonymous", ask("*", rp=OPEN_BUCKET, resource_control_policies=PERIMETER), "DENY-E"),
    ("C134", ask(role(V), id_=[grant()], rp=OPEN_BUCKET, owner=M, resource_control_policies=PERIMETER), "ALLOW"),
    ("C141", ask(user(T), id_=[grant()], vpc_endpoint_policies=[document(grant("*"))]), "ALLOW"),
    ("C142", ask(user(T), id_=[grant()], vpc_endpoint_policies=[document(grant("*", Principal={"AWS": T}))]), "COND"),
    (
        "C143",
        ask(
            user(T),
            id_=[grant(**when("IpAddress", "aws:SourceIp", "10.0.0.0/8"))],
            vpc_endpoint_policies=[document(grant("*", Principal="*"))],
            complete=False,
        ),
        "DENY-I",
    ),
]

# 9.6 STS
ASSUME = [grant("sts:AssumeRole", ROLE)]


def assume(caller: str, principal: Json, id_: list[Json] | None = None, **more: Json) -> Json:
    condition = more.pop("condition", {})
    return ask(caller, "sts:AssumeRole", ROLE, id_=id_, rp=trust(principal, **condition), **more)


STS = [
    ("C145", assume(user(T), {"AWS": user(T)}), "ALLOW"),
    ("C146", assume(user(T), {"AWS": root(T)}), "DENY-I"),
    ("C146 both", assume(user(T), {"AWS": root(T)}, ASSUME), "ALLOW"),
    ("C147", ask(user(T), "sts:AssumeRole", ROLE, id_=EVERYTHING, rp=document()), "DENY-I"),
    ("C148", assume(user(A), {"AWS": root(A)}, ASSUME), "ALLOW"),
    ("C149", assume(role(A, "other"), {"AWS": role(A)}, ASSUME), "DENY-I"),
    ("C150", assume(root(A), {"AWS": root(A)}), "DENY-I"),
    ("C151", assume(f"arn:aws:sts::{A}:federated-user/u", {"AWS": root(A)}, ASSUME, session_policies=[FULL]), "DENY-I"),
    ("C152", boundary(assume(user(T), {"AWS": user(T)}), EC2_ONLY), "COND"),
    ("C153", ask(role(T), "sts:AssumeRole", role(T), id_=EVERYTHING, rp=trust({"AWS": user(T)})), "DENY-I"),
    ("C154", assume(user(V), {"AWS": root(V)}, ASSUME, complete=False, condition=when("StringEquals", "sts:ExternalId", "x")), "COND"),
    ("C159", assume(user(A), "*", ASSUME, condition=when("StringEquals", "aws:PrincipalOrgID", "o-abc")), "ALLOW"),
    ("C159 outside", assume(user(V), "*", ASSUME, condition=when("StringEquals", "aws:PrincipalOrgID", "o-abc")), "DENY-I"),
    (
        "C160",
        ask(
            f"arn:aws:iam::{T}:oidc-provider/x",
            "sts:AssumeRoleWithWebIdentity",
            ROLE,
            rp=trust({"Federated": f"arn:aws:iam::{T}:oidc-provider/x"}),
        ),
        "DENY-I",
    ),
    ("C174 user", assume(user(T), {"AWS": user(T)}, complete=False, condition=when("Bool", "aws:MultiFactorAuthPresent", "true")), "COND"),
    (
        "C174 session",
        assume(session(T), {"AWS": role(T)}, complete=False, condition=when("Bool", "aws:MultiFactorAuthPresent", "true")),
        "DENY-I",
    ),
]

# 9.7 S3
LIST: dict[str, Json] = {"action": "s3:ListBucket", "resource": "arn:aws:s3:::b"}
LISTED = {**WRITER, "BucketAcl": acl(canonical(A_ID), "READ")}
A_OBJECT = {**WRITER, "ObjectOwner": A}
PUBLIC_OBJECT = {**WRITER, "ObjectAcl": acl(group(ALL_USERS), "READ")}
RESTRICTED = {"PublicAccessBlock": {"bucket": {**BLOCK, "RestrictPublicBuckets": True}}}
MIXED = document(*OPEN_BUCKET["Statement"], *bucket_policy({"AWS": A})["Statement"])
S3 = [
    ("C180", ask(user(A), **LIST, id_=[grant("s3:*")], settings=LISTED), "ALLOW"),
    ("C180 object", ask(user(A), id_=[grant("s3:*")], settings=LISTED), "DENY-I"),
    ("C181", ask(user(A), **LIST, settings=LISTED), "DENY-I"),
    ("C181 root", ask(root(A), **LIST, settings=LISTED), "ALLOW"),
    ("C182", ask(user(A), **LIST, id_=[grant("s3:*")], settings={**LISTED, "ObjectOwnership": "BucketOwnerEnforced"}), "DENY-I"),
    ("C183", ask("*", settings=PUBLIC_OBJECT), "ALLOW"),
    ("C183 ignored", ask("*", settings={**PUBLIC_OBJECT, "PublicAccessBlock": {"bucket": {**BLOCK, "IgnorePublicAcls": True}}}), "DENY-I"),
    ("C184", ask(user(V), id_=[grant()], settings={**WRITER, "ObjectAcl": acl(group(AUTHENTICATED_USERS), "READ")}), "ALLOW"),
    ("C184 anonymous", ask("*", settings={**WRITER, "ObjectAcl": acl(group(AUTHENTICATED_USERS), "READ")}), "DENY-I"),
    ("C185", ask(user(A), "s3:PutObject", id_=[grant("s3:*")], settings={**WRITER, "BucketAcl": acl(canonical(A_ID), "WRITE")}), "ALLOW"),
    (
        "C185 delete",
        ask(user(A), "s3:DeleteObject", id_=[grant("s3:*")], settings={**WRITER, "BucketAcl": acl(canonical(A_ID), "WRITE")}),
        "DENY-I",
    ),
    ("C186", ask(user(T), id_=[grant("s3:*")], settings=A_OBJECT), "DENY-I"),
    ("C186 delete", ask(user(T), "s3:DeleteObject", id_=[grant("s3:*")], settings=A_OBJECT), "ALLOW"),
    ("C187", ask(user(V), id_=[grant()], rp=bucket_policy({"AWS": V}), settings=A_OBJECT), "DENY-I"),
    ("C188", ask(user(A), id_=[grant()], rp=document(deny("s3:*", "arn:aws:s3:::b/*", Principal={"AWS": A})), settings=A_OBJECT), "DENY-E"),
    ("C190", ask(user(T), id_=[grant()], settings={**A_OBJECT, "ObjectAcl": acl(canonical(T_ID), "FULL_CONTROL")}), "ALLOW"),
    ("C191", ask(user(T), "s3:PutObject", id_=[grant("s3:*")], context={"s3:x-amz-acl": "public-read"}), "DENY-I"),
    ("C193 anonymous", ask("*", rp=OPEN_BUCKET, settings=RESTRICTED), "DENY-I"),
    ("C193 V", ask(user(V), id_=[grant()], rp=OPEN_BUCKET, settings=RESTRICTED), "DENY-I"),
    ("C193 T", ask(user(T), rp=OPEN_BUCKET, settings=RESTRICTED), "ALLOW"),
    ("C194", ask(user(A), id_=[grant()], rp=MIXED, settings=RESTRICTED), "DENY-I"),
    ("C194 removed", ask(user(A), id_=[grant()], rp=bucket_policy({"AWS": A}), settings=RESTRICTED), "ALLOW"),
    (
        "C195",
        ask(
            user(A),
            id_=[grant()],
            rp=bucket_policy(**when("StringLike", "aws:SourceVpc", "vpc-*")),
            settings=RESTRICTED,
            context={"aws:SourceVpc": "vpc-1"},
        ),
        "DENY-I",
    ),
    (
        "C195 fixed",
        ask(
            user(A),
            id_=[grant()],
            rp=bucket_policy(**when("StringEquals", "aws:SourceVpc", "vpc-1")),
            settings=RESTRICTED,
            context={"aws:SourceVpc": "vpc-1"},
        ),
        "ALLOW",
    ),
    (
        "C197",
        ask("*", rp=OPEN_BUCKET, settings={"PublicAccessBlock": {"bucket": BLOCK, "account": {**BLOCK, "RestrictPublicBuckets": True}}}),
        "DENY-I",
    ),
    ("C198", ask("*", rp=OPEN_BUCKET, settings={"PublicAccessBlock": {"bucket": {**BLOCK, "BlockPublicPolicy": True}}}), "ALLOW"),
    (
        "C202",
        ask(user(A), "s3:PutBucketPolicy", "arn:aws:s3:::b", id_=[grant("s3:*")], rp=bucket_policy({"AWS": A}, "s3:*", "arn:aws:s3:::b")),
        "DENY-I",
    ),
    (
        "C203",
        ask(
            root(T),
            "s3:PutBucketPolicy",
            "arn:aws:s3:::b",
            rp=document(deny("s3:*", ["arn:aws:s3:::b", "arn:aws:s3:::b/*"], Principal="*")),
        ),
        "ALLOW",
    ),
    ("C203 object", ask(root(T), rp=document(deny("s3:*", ["arn:aws:s3:::b", "arn:aws:s3:::b/*"], Principal="*"))), "DENY-E"),
    ("C204", ask(user(A), id_=[grant()], rp=bucket_policy({"AWS": A}), settings={"EncryptionKey": "aws/s3"}), "DENY-I"),
    ("own account under aws/s3", ask(user(T), id_=[grant()], settings={"EncryptionKey": "aws/s3"}), "ALLOW"),
    ("a Deny of the key", ask(user(T), id_=[grant(), deny("kms:Decrypt")], settings={"EncryptionKey": "aws/s3"}), "DENY-E"),
    ("a Deny of another use", ask(user(T), id_=[grant(), deny("kms:GenerateDataKey")], settings={"EncryptionKey": "aws/s3"}), "ALLOW"),
    (
        "a Deny of the key but through S3",
        ask(
            user(T),
            id_=[grant(), deny("kms:*", Condition={"StringNotLike": {"kms:ViaService": "s3.*"}})],
            settings={"EncryptionKey": "aws/s3"},
        ),
        "ALLOW",
    ),
    ("C205", ask("logging.s3.amazonaws.com", "s3:PutObject", settings={**WRITER, "BucketAcl": acl(group(LOG_DELIVERY), "WRITE")}), "ALLOW"),
    ("unknown object owner", ask(user(T), id_=[grant()], settings={**WRITER, "ObjectOwner": None}), "COND"),
]

# 9.8, as far as the reference goes
MANAGED_POLICY = "arn:aws:iam::aws:policy/X"
RESERVED = role(T, "aws-reserved/sso.amazonaws.com/AWSReservedSSO_X_1")
SERVICE_ROLE = role(T, "aws-service-role/x.amazonaws.com/AWSServiceRoleForX")
SPECIAL = [
    (
        "C230",
        ask(role(A), "sqs:SendMessage", QUEUE, id_=EVERYTHING, rp=document(grant("sqs:*", QUEUE, Principal={"AWS": root(A)}))),
        "ALLOW",
    ),
    (
        "C230 delete",
        ask(role(A), "sqs:DeleteQueue", QUEUE, id_=EVERYTHING, rp=document(grant("sqs:*", QUEUE, Principal={"AWS": root(A)}))),
        "DENY-I",
    ),
    ("C246", ask(user(T), "iam:GetPolicy", MANAGED_POLICY, id_=[grant("iam:*")]), "ALLOW"),
    ("C246 delete", ask(user(T), "iam:DeletePolicy", MANAGED_POLICY, id_=[grant("iam:*")]), "DENY-I"),
    ("C247", ask(user(T), "iam:PassRole", RESERVED, id_=[grant("iam:*")]), "DENY-I"),
    ("C247 read", ask(user(T), "iam:GetRole", RESERVED, id_=[grant("iam:*")]), "ALLOW"),
    ("C248", ask(user(T), "iam:UpdateAssumeRolePolicy", SERVICE_ROLE, id_=[grant("iam:*")]), "DENY-I"),
]

EXPECTED: dict[str, Any] = {
    "ALLOW": lambda found: found == {"allow"},
    "COND": lambda found: "allow" in found and len(found) > 1,
    "DENY-I": lambda found: found == {"deny-implicit"},
    "DENY-E": lambda found: found == {"deny-explicit"},
    "DENY-*": lambda found: "allow" not in found and "deny-implicit" in found,
}


@pytest.mark.parametrize(
    ("request_", "expected"),
    [
        pytest.param(request, expected, id=name)
        for cases in (MATCHING, PRINCIPALS, CONDITIONS, CORE, GUARDRAILS, STS, S3, SPECIAL)
        for name, request, expected in cases
    ],
)
def test_case_of_section_9(request_: Json, expected: str) -> None:
    """The worlds of the request say together what section 9 says."""
    worlds = worlds_of(request_, random.Random(9), 40)

    assert all(consistent(request_, keys) for keys in worlds)
    assert EXPECTED[expected](verdict_by_sampling(request_, worlds))


def test_one_world_is_decided_for_one_reading() -> None:
    """C043: the reading of U-08 decides for a user that only its account's ARN covers."""
    request = c043(user(A, "w"), user(A), root(A))
    keys, _ = world_of(request)

    assert decide_world(request, keys, {"U-08": True}) == "deny-explicit"
    assert decide_world(request, keys, {"U-08": False}) == "allow"


def test_an_unknown_policy_is_free_to_allow_and_to_deny() -> None:
    """R1.20."""
    request = ask(user(T), identity_policies=[None])
    keys, _ = world_of(request)

    assert decide_world(request, keys, {"identity_policies[0]:allow": True}) == "allow"
    assert decide_world(request, keys, {"identity_policies[0]:allow": True, "identity_policies[0]:deny": True}) == "deny-explicit"
    assert results_in(request, keys) == {"allow", "deny-implicit", "deny-explicit"}


def test_a_witness_makes_a_world() -> None:
    """C075: what is not in the witness is absent if it may be."""
    request = ask(user(T), id_=[grant(**when("StringEquals", "aws:SourceVpce", "vpce-1"))], complete=False)

    assert witness_allows(request, {"aws:SourceVpce": "vpce-1"}, random.Random(9))
    assert not witness_allows(request, {}, random.Random(9))


def test_key_states_of_the_table() -> None:
    """3b, for a user, a session and anonymous."""
    open_user, open_session = ask(user(T), complete=False), ask(session(T), complete=False)

    assert key_state(open_user, "aws:PrincipalArn").values == (user(T),)
    assert key_state(open_session, "aws:TokenIssueTime").state is State.PRESENT
    assert key_state(open_user, "aws:SourceArn").state is State.ABSENT
    assert key_state(open_user, "aws:SourceIp").state is State.DYN
    assert key_state(ask("*"), "aws:PrincipalAccount").values == ("anonymous",)
    assert key_state({**open_user, "context": {"aws:SourceVpce": "vpce-1"}}, "aws:SourceIp").state is State.ABSENT


def test_patterns() -> None:
    """R2.3, R2.14, R2.15: small things that cases hide."""

    def fits(text: str, resource: str, *, padded: bool = False) -> bool:
        return resource_fits(text, resource, {}, variables=True, padded=padded, multivalued=frozenset())

    assert action_fits("**", "s3:GetObject")
    assert not action_fits("s3*", "s3:GetObject")
    assert fits("arn:aws:s3*", "arn:aws:s3:::b/k")
    assert not fits("arn:aws:s3", "arn:aws:s3:::b/k")
    assert fits("arn:aws:s3", "arn:aws:s3:::b/k", padded=True)
    assert not fits("arn:aws:sqs:eu-west-?:999999999999", QUEUE)
