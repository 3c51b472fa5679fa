"""IAM Identity Center: instances, permission sets, assignments, and the directory's users, groups and memberships.

https://docs.aws.amazon.com/singlesignon/latest/APIReference/
https://docs.aws.amazon.com/singlesignon/latest/IdentityStoreAPIReference/
"""

from __future__ import annotations

from collections.abc import Iterable

from xgraph.ingest.services._answers import Answers
from xgraph.ingest.services._found import Found
from xgraph.ingest.services._identity_center import identity_centers
from xgraph.ingest.services._service import Asked, Call, Parameters, Scope, Service

# What tells of people and not of access.
_PERSONAL = frozenset(
    {
        "Addresses",
        "Birthdate",
        "Emails",
        "Locale",
        "Name",
        "NickName",
        "PhoneNumbers",
        "Photos",
        "ProfileUrl",
        "Timezone",
        "Title",
        "Website",
    }
)


def _each_instance(asked: Asked) -> Iterable[Parameters]:
    return ({"InstanceArn": one["InstanceArn"]} for one in asked.all("list_instances", "Instances"))


def _each_store(asked: Asked) -> Iterable[Parameters]:
    return ({"IdentityStoreId": one["IdentityStoreId"]} for one in asked.all("list_instances", "Instances"))


def _each_set(asked: Asked) -> Iterable[Parameters]:
    for parameters, answer in asked.answers.get("list_permission_sets", ()):
        yield from ({**parameters, "PermissionSetArn": arn} for arn in answer.get("PermissionSets", ()))


def _each_account(asked: Asked) -> Iterable[Parameters]:
    for parameters, answer in asked.answers.get("list_accounts_for_provisioned_permission_set", ()):
        yield from ({**parameters, "AccountId": account} for account in answer.get("AccountIds", ()))


def _each_group(asked: Asked) -> Iterable[Parameters]:
    for parameters, answer in asked.answers.get("identitystore.list_groups", ()):
        yield from ({**parameters, "GroupId": group["GroupId"]} for group in answer.get("Groups", ()))


def normalize(answers: Answers) -> Found:
    """The instances that the account and region owns or administers."""
    return Found(identity_centers=identity_centers(answers))


SSO_ADMIN = Service(
    name="sso-admin",
    description="Permission sets with their assignments; users, groups and memberships of the directory",
    scope=Scope.REGIONAL,
    calls=(
        Call("list_instances", ("sso:ListInstances",)),
        Call("list_permission_sets", ("sso:ListPermissionSets",), _each_instance),
        Call("describe_permission_set", ("sso:DescribePermissionSet",), _each_set),
        Call("list_accounts_for_provisioned_permission_set", ("sso:ListAccountsForProvisionedPermissionSet",), _each_set),
        Call("list_account_assignments", ("sso:ListAccountAssignments",), _each_account),
        Call("list_users", ("identitystore:ListUsers",), _each_store, client="identitystore", drops=_PERSONAL),
        Call("list_groups", ("identitystore:ListGroups",), _each_store, client="identitystore"),
        Call("list_group_memberships", ("identitystore:ListGroupMemberships",), _each_group, client="identitystore"),
    ),
    normalize=normalize,
)
