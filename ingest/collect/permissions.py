"""What a collection needs to be allowed, from the calls that the services declare: an IAM policy, and a role for every account."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from xgraph.ingest.collect.plan import REGIONS, Plan
from xgraph.ingest.services import SERVICES
from xgraph.ingest.services._service import Scope, Service
from xgraph.ingest.snapshot.encoding import compact

MOST_SIGNS = 6144  # of a managed policy: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
_ROLE = "XGraphReadOnly"


def read_policy(plan: Plan, partition: str = "aws") -> dict[str, Any]:
    """The policy of who collects: to read what `plan` asks, and to assume its roles."""
    statements = [_reading(service) for service in _asked(plan, has_organization=not plan.none)]
    if plan.roles:
        roles = [f"arn:{partition}:iam::*:role/{name}" for name in plan.roles]
        statements.append({"Sid": "Enter", "Effect": "Allow", "Action": ["sts:AssumeRole"], "Resource": roles})
    return {"Version": "2012-10-17", "Statement": statements}


def stack_set(plan: Plan) -> dict[str, Any]:
    """A CloudFormation template with the role to assume, for a stack set over all accounts."""
    documents = list(_split([_reading(service) for service in _asked(plan, has_organization=False)]))
    policies = {
        f"Read{number}": {
            "Type": "AWS::IAM::ManagedPolicy",
            "Properties": {"Description": "Reads what grants or limits access, for xgraph", "PolicyDocument": document},
        }
        for number, document in enumerate(documents, start=1)
    }
    trust = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"AWS": {"Ref": "CollectorArn"}},
                "Action": "sts:AssumeRole",
                "Condition": {
                    "Fn::If": ["HasExternalId", {"StringEquals": {"sts:ExternalId": {"Ref": "ExternalId"}}}, {"Ref": "AWS::NoValue"}]
                },
            }
        ],
    }
    role = {
        "Type": "AWS::IAM::Role",
        "Properties": {
            "RoleName": {"Ref": "RoleName"},
            "Description": "Read by xgraph; changes nothing",
            "AssumeRolePolicyDocument": trust,
            "ManagedPolicyArns": [{"Ref": name} for name in policies],
        },
    }
    return {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": "A role with which xgraph reads what grants or limits access in an account",
        "Parameters": {
            "RoleName": {"Type": "String", "Default": plan.roles[0] if plan.roles else _ROLE},
            "CollectorArn": {"Type": "String", "Description": "The user or role that collects, or an account id"},
            "ExternalId": {"Type": "String", "Default": "", "NoEcho": True},
        },
        "Conditions": {"HasExternalId": {"Fn::Not": [{"Fn::Equals": [{"Ref": "ExternalId"}, ""]}]}},
        "Resources": {**policies, "Role": role},
        "Outputs": {"RoleArn": {"Value": {"Fn::GetAtt": ["Role", "Arn"]}}},
    }


def signs_of(policy: Mapping[str, Any]) -> int:
    """How long AWS takes a policy for: white space is not counted."""
    return len(compact(policy))


def _asked(plan: Plan, *, has_organization: bool) -> Iterator[Service]:
    yield REGIONS
    for service in SERVICES:
        if has_organization if service.scope is Scope.ORGANIZATION else plan.concerns(service) and plan.wants(service):
            yield service


def _reading(service: Service) -> dict[str, Any]:
    actions = sorted({action for call in service.calls for action in call.actions})
    name = "".join(word.capitalize() for word in service.name.split("-"))
    return {"Sid": f"Read{name}", "Effect": "Allow", "Action": actions, "Resource": "*"}


def _split(statements: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Policies that are short enough, with each statement in one of them."""
    gathered: list[dict[str, Any]] = []
    for statement in statements:
        policy = {"Version": "2012-10-17", "Statement": [*gathered, statement]}
        if gathered and signs_of(policy) > MOST_SIGNS:
            yield {"Version": "2012-10-17", "Statement": gathered}
            gathered = []
        gathered.append(statement)
    yield {"Version": "2012-10-17", "Statement": gathered}
