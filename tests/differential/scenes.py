"""Requests about many services that both evaluators can read: one plain resource, a complete context, nothing unknown.

Made like those of tests/strategies.py, less what the other evaluator has no words for: ACLs, objects of other owners, KMS grants, sets
of resources, several session policies, calls that need several authorizations.
"""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from tests.differential.known import documents, with_documents
from tests.differential.simulator import listed
from tests.strategies import (
    ENDPOINT,
    MEMBERS,
    RESOURCE,
    TRUST,
    A,
    Draw,
    M,
    Scene,
    T,
    V,
    callers,
    chance,
    contexts,
    one_of,
    organizations,
    policies,
    resource_control_policies,
    service_control_policies,
)

Json = Any

# (actions, resource, whether AWS has resource policies for it); `{}` is the owner.
PLACES: tuple[tuple[tuple[str, ...], str, bool], ...] = (
    (("s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:GetObjectTagging"), "arn:aws:s3:::b/a/k", True),
    (("s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:GetObjectTagging"), "arn:aws:s3:::b/pub/k", True),
    (("s3:ListBucket", "s3:GetBucketAcl", "s3:GetBucketPolicy", "s3:PutBucketPolicy"), "arn:aws:s3:::b", True),
    (("sqs:SendMessage", "sqs:ReceiveMessage", "sqs:DeleteQueue", "sqs:GetQueueUrl"), "arn:aws:sqs:eu-west-1:{}:q1", True),
    (("sns:Publish", "sns:Subscribe"), "arn:aws:sns:eu-west-1:{}:t", True),
    (("dynamodb:GetItem", "dynamodb:PutItem"), "arn:aws:dynamodb:eu-central-1:{}:table/t", True),
    (("kms:Decrypt", "kms:GenerateDataKey", "kms:DescribeKey", "kms:ScheduleKeyDeletion"), "arn:aws:kms:eu-west-1:{}:key/k1", True),
    (("secretsmanager:GetSecretValue", "secretsmanager:DescribeSecret"), "arn:aws:secretsmanager:eu-west-1:{}:secret:s-AbCdEf", True),
    (("lambda:InvokeFunction", "lambda:GetFunction"), "arn:aws:lambda:eu-west-1:{}:function:f", True),
    (("sts:AssumeRole", "sts:AssumeRole", "sts:TagSession"), "arn:aws:iam::{}:role/target", True),
    (("sts:AssumeRole",), "arn:aws:iam::{}:role/path/target", True),
    (("iam:PassRole", "iam:GetRole", "iam:UpdateAssumeRolePolicy"), "arn:aws:iam::{}:role/r", False),
    (("iam:PassRole", "iam:GetRole"), "arn:aws:iam::{}:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_X_1", False),
    (("ec2:TerminateInstances", "ec2:StartInstances"), "arn:aws:ec2:eu-west-1:{}:instance/i-1", False),
    (("events:PutEvents",), "arn:aws:events:eu-west-1:{}:event-bus/b", True),
    (("kinesis:GetRecords", "kinesis:PutRecord"), "arn:aws:kinesis:eu-west-1:{}:stream/s", True),
    (("backup:CopyIntoBackupVault", "backup:StartBackupJob"), "arn:aws:backup:eu-west-1:{}:backup-vault:v", True),
    (("logs:PutLogEvents",), "arn:aws:logs:eu-west-1:{}:log-group:g:log-stream:s", True),
    (("codeartifact:ReadFromRepository",), "arn:aws:codeartifact:eu-west-1:{}:repository/d/r", True),
    (("s3:ListAllMyBuckets", "dynamodb:ListTables", "ec2:DescribeInstances", "sts:GetCallerIdentity", "kms:ListKeys"), "*", False),
)


@st.composite
def scenes(draw: Draw) -> tuple[Scene, bool]:
    """A caller, an action, a resource, and whether the resource can have a policy."""
    caller, account, kind = draw(callers())
    names, pattern, has_policy = one_of(draw, *PLACES)
    owner = one_of(draw, T, T, A, V, account or T, account or T, account or T)
    if not account:
        names, pattern, has_policy = one_of(draw, *PLACES[:5])
    elif pattern == "*" or names[0] == "iam:PassRole":
        owner = account
    return Scene(caller, account, kind, one_of(draw, *names), pattern.format(owner), owner), has_policy


@st.composite
def complete_requests(draw: Draw) -> Json:
    """A request of which everything is known (docs/requests.md)."""
    scene, has_policy = draw(scenes())
    request: Json = {"principal": scene.caller, "action": scene.action, "resource": scene.resource, "resource_account": scene.owner}
    _add_organizations(draw, scene, request)
    _add_identity_side(draw, scene, request)
    lacks_policy = 0 if scene.is_assume_role else 30 if scene.caller_account == scene.owner else 8  # no role is without a trust policy
    if has_policy and not chance(draw, lacks_policy):
        request["resource_policy"] = draw(policies(scene, TRUST if scene.is_assume_role else RESOURCE))
    if scene.is_bucket_or_object:
        request["resource_settings"] = draw(_bucket_settings())
    if scene.is_iam and scene.service in {"s3", "sqs", "dynamodb", "kms", "sns"} and chance(draw, 10):
        request["vpc_endpoint_policies"] = [draw(policies(scene, ENDPOINT))]
    request["context"] = {
        key: value for key, value in draw(contexts(scene)).items() if not key.startswith(("aws:RequestTag/", "aws:TagKeys"))
    }
    if request.get("vpc_endpoint_policies"):
        request["context"].pop("aws:SourceIp", None)
    return storable({**request, "context_complete": True})


def storable(request: Json) -> Json:
    """The request without what AWS, and the other evaluator, refuse to store: actions without a service, endpoint policies without Principal."""
    found = with_documents(request)
    for field, document in documents(found):
        if field == "resource_control_policies":
            document["Version"] = "2012-10-17"
        for statement in document["Statement"]:
            for element in {"Action", "NotAction"} & set(statement):
                statement[element] = ["*" if ":" not in text else text for text in listed(statement[element])]
            if field == "vpc_endpoint_policies":
                statement["Principal"] = "*"
    return found


def _add_organizations(draw: Draw, scene: Scene, request: Json) -> None:
    if chance(draw, 30):
        return
    management = one_of(draw, M, M, M, A, T)
    if scene.caller_account in MEMBERS:
        request["organization"] = draw(organizations(scene.caller_account, management))
        if chance(draw, 60):
            request["service_control_policies"] = draw(service_control_policies(scene))
    if scene.owner in MEMBERS:
        request["resource_organization"] = draw(organizations(scene.owner, management))
        if scene.resource != "*" and chance(draw, 40):
            request["resource_control_policies"] = draw(resource_control_policies(scene))


def _add_identity_side(draw: Draw, scene: Scene, request: Json) -> None:
    if not scene.is_iam or scene.caller_kind == "root":
        return
    if not chance(draw, 10):
        request["identity_policies"] = [draw(policies(scene)) for _ in range(one_of(draw, 1, 1, 2))]
    if scene.caller_kind != "federated" and chance(draw, 20):
        request["permissions_boundaries"] = [draw(policies(scene, percent_deny=15))]
    if scene.is_session and chance(draw, 60 if scene.caller_kind == "federated" else 20):
        request["session_policies"] = [draw(policies(scene, percent_deny=15))]


@st.composite
def _bucket_settings(draw: Draw) -> Json:
    found: Json = {"ObjectOwnership": "BucketOwnerEnforced"}
    if chance(draw, 25):
        found["PublicAccessBlock"] = {one_of(draw, "bucket", "account"): {"RestrictPublicBuckets": chance(draw, 70)}}
    if chance(draw, 20):
        found |= {"BucketAbac": one_of(draw, "Enabled", "Disabled"), "Tags": {"team": one_of(draw, "a", "b")}}
    return found
