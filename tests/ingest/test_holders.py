"""Compute that holds roles, and IAM Identity Center, read off answers in AWS's shapes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from xgraph.graph.model.coverage import CallOutcome, Outcome
from xgraph.graph.model.holder import Holder, HolderKind
from xgraph.graph.model.identity_center import Assignment
from xgraph.ingest.services._answers import Answers
from xgraph.ingest.services._documents import Documents
from xgraph.ingest.services._holders import clusters, functions, instances, service_accounts, task_definitions
from xgraph.ingest.services._identity_center import identity_centers
from xgraph.ingest.snapshot.layout import Place

ACCOUNT = "100000000001"
REGION = "eu-central-1"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/app"


def answers(
    service: str, *calls: tuple[str, Mapping[str, Any], Mapping[str, Any]], empty: tuple[tuple[str, Mapping[str, Any]], ...] = ()
) -> Answers:
    content = {"calls": [{"call": call, "parameters": asked, "answer": answer} for call, asked, answer in calls]}
    rows = [CallOutcome(ACCOUNT, REGION, service, call, json.dumps(asked), Outcome.EMPTY) for call, asked in empty]
    return Answers(Place(ACCOUNT, service, REGION), json.dumps(content).encode(), rows, Documents())


def test_an_instance_names_its_profile_and_one_that_is_gone_holds_nothing() -> None:
    profile = f"arn:aws:iam::{ACCOUNT}:instance-profile/app"
    running = {
        "InstanceId": "i-0a",
        "IamInstanceProfile": {"Arn": profile, "Id": "AIPA"},
        "State": {"Name": "running"},
        "Tags": [{"Key": "Name", "Value": "web-1"}],
    }
    gone = {"InstanceId": "i-0b", "IamInstanceProfile": {"Arn": profile}, "State": {"Name": "terminated"}}
    plain = {"InstanceId": "i-0c", "State": {"Name": "running"}}

    found = instances(answers("ec2", ("describe_instances", {}, {"Reservations": [{"Instances": [running, gone, plain]}]})))

    arn = f"arn:aws:ec2:{REGION}:{ACCOUNT}:instance/i-0a"
    assert found == ((Holder(arn, ACCOUNT, HolderKind.INSTANCE, "web-1", None, REGION), profile),)


def test_a_function_and_a_task_definition_name_their_role() -> None:
    function = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:f"
    task = f"arn:aws:ecs:{REGION}:{ACCOUNT}:task-definition/web:3"

    listed = answers("lambda", ("list_functions", {}, {"Functions": [{"FunctionArn": function, "FunctionName": "f", "Role": ROLE}]}))
    described = answers(
        "ecs",
        ("describe_task_definition", {"taskDefinition": task}, {"taskDefinition": {"taskDefinitionArn": task, "taskRoleArn": ROLE}}),
        ("describe_task_definition", {"taskDefinition": "b"}, {"taskDefinition": {"taskDefinitionArn": "b"}}),
    )

    assert functions(listed) == (Holder(function, ACCOUNT, HolderKind.FUNCTION, "f", ROLE, REGION),)
    assert task_definitions(described) == (Holder(task, ACCOUNT, HolderKind.TASK_DEFINITION, "web:3", ROLE, REGION),)


def test_an_association_that_was_not_described_holds_an_unknown_role() -> None:
    cluster = f"arn:aws:eks:{REGION}:{ACCOUNT}:cluster/prod"
    listed = [
        {"associationId": one, "clusterName": "prod", "namespace": "shop", "serviceAccount": name}
        for one, name in (("a-1", "api"), ("a-2", "job"))
    ]
    given = answers(
        "eks",
        ("list_clusters", {}, {"clusters": ["prod", "test"]}),
        (
            "describe_cluster",
            {"name": "prod"},
            {"cluster": {"arn": cluster, "identity": {"oidc": {"issuer": "https://oidc.eks.example/id/AB"}}}},
        ),
        ("list_pod_identity_associations", {"clusterName": "prod"}, {"associations": listed}),
        (
            "describe_pod_identity_association",
            {"clusterName": "prod", "associationId": "a-1"},
            {"association": {"roleArn": ROLE, "disableSessionTags": True}},
        ),
    )

    api, job = service_accounts(given)

    assert (api.arn, api.role, api.settings) == (f"{cluster}/shop/api", ROLE, {"PodIdentityAssociation": {"disableSessionTags": True}})
    assert (job.role, job.settings) == (None, {"PodIdentityAssociation": None})
    assert [(one.arn.rpartition("/")[2], one.issuer) for one in clusters(given)] == [("prod", "oidc.eks.example/id/AB"), ("test", None)]


INSTANCE, STORE, SET = "arn:aws:sso:::instance/ssoins-1", "d-1", "arn:aws:sso:::permissionSet/ssoins-1/ps-1"


def center_calls() -> list[tuple[str, Mapping[str, Any], Mapping[str, Any]]]:
    place = {"InstanceArn": INSTANCE, "PermissionSetArn": SET}
    assigned = {"AccountId": ACCOUNT, "PermissionSetArn": SET, "PrincipalType": "GROUP", "PrincipalId": "g-1"}
    member = {"IdentityStoreId": STORE, "GroupId": "g-1", "MembershipId": "m", "MemberId": {"UserId": "u-1"}}
    return [
        ("list_instances", {}, {"Instances": [{"InstanceArn": INSTANCE, "IdentityStoreId": STORE, "OwnerAccountId": ACCOUNT}]}),
        ("list_permission_sets", {"InstanceArn": INSTANCE}, {"PermissionSets": [SET]}),
        ("describe_permission_set", place, {"PermissionSet": {"PermissionSetArn": SET, "Name": "Admin"}}),
        ("list_accounts_for_provisioned_permission_set", place, {"AccountIds": [ACCOUNT]}),
        ("list_account_assignments", {**place, "AccountId": ACCOUNT}, {"AccountAssignments": [assigned]}),
        ("identitystore.list_users", {"IdentityStoreId": STORE}, {"Users": [{"UserId": "u-1", "UserName": "ada"}]}),
        ("identitystore.list_groups", {"IdentityStoreId": STORE}, {"Groups": [{"GroupId": g, "DisplayName": g} for g in ("g-1", "g-2")]}),
        ("identitystore.list_group_memberships", {"IdentityStoreId": STORE, "GroupId": "g-1"}, {"GroupMemberships": [member]}),
    ]


def test_assignments_and_memberships_are_read() -> None:
    (center,) = identity_centers(answers("sso-admin", *center_calls()))

    assert center.assignments == (Assignment(ACCOUNT, SET, "Admin", "GROUP", "g-1"),)
    assert (center.users, center.groups) == ({"u-1": "ada"}, {"g-1": "g-1", "g-2": "g-2"})
    assert center.members == {"g-1": ("u-1",)}  # of g-2 nobody knows
    assert center.is_whole


def test_assignments_that_were_not_read_are_not_none() -> None:
    calls = [one for one in center_calls() if one[0] != "list_account_assignments"]

    (center,) = identity_centers(answers("sso-admin", *calls))

    assert (center.assignments, center.is_whole) == ((), False)
