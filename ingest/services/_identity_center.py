"""An IAM Identity Center instance, read off the answers of sso-admin and identitystore, for `Found.identity_centers`.

Sources: IAM Identity Center API ListInstances, ListPermissionSets, DescribePermissionSet, ListAccountAssignments; Identity Store API
ListUsers, ListGroups, ListGroupMemberships. The calls of the Identity Store are named `identitystore.OPERATION`.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from xgraph.graph.model.identity_center import Assignment, IdentityCenter
from xgraph.ingest.services._answers import UNREAD, Answers


class _Instance(msgspec.Struct, rename="pascal"):
    instance_arn: str
    identity_store_id: str = ""
    owner_account_id: str = ""


class _Instances(msgspec.Struct, rename="pascal"):
    instances: list[_Instance] = []


class _PermissionSets(msgspec.Struct, rename="pascal"):
    permission_sets: list[str] = []


class _PermissionSet(msgspec.Struct, rename="pascal"):
    permission_set_arn: str
    name: str = ""


class _DescribedPermissionSet(msgspec.Struct, rename="pascal"):
    permission_set: _PermissionSet


class _Accounts(msgspec.Struct, rename="pascal"):
    account_ids: list[str] = []


class _Assigned(msgspec.Struct, rename="pascal"):
    account_id: str
    permission_set_arn: str
    principal_type: str
    principal_id: str


class _Assignments(msgspec.Struct, rename="pascal"):
    account_assignments: list[_Assigned] = []


class _User(msgspec.Struct, rename="pascal"):
    user_id: str
    user_name: str = ""


class _Users(msgspec.Struct, rename="pascal"):
    users: list[_User] = []


class _Group(msgspec.Struct, rename="pascal"):
    group_id: str
    display_name: str = ""


class _Groups(msgspec.Struct, rename="pascal"):
    groups: list[_Group] = []


class _Member(msgspec.Struct, rename="pascal"):
    user_id: str = ""


class _Membership(msgspec.Struct, rename="pascal"):
    group_id: str
    member_id: _Member


class _Memberships(msgspec.Struct, rename="pascal"):
    group_memberships: list[_Membership] = []


def identity_centers(answers: Answers) -> tuple[IdentityCenter, ...]:
    """The instances that `list_instances` gave, with directory and assignments."""
    names = {
        one.permission_set.permission_set_arn: one.permission_set.name
        for _, one in answers.all("describe_permission_set", _DescribedPermissionSet)
    }
    found = {one.instance_arn: one for _, answer in answers.all("list_instances", _Instances) for one in answer.instances}
    return tuple(_center(answers, one, names) for one in found.values())


def _center(answers: Answers, instance: _Instance, names: dict[str, str]) -> IdentityCenter:
    here = {"InstanceArn": instance.instance_arn}
    store = {"IdentityStoreId": instance.identity_store_id}
    users = {
        one.user_id: one.user_name
        for asked, a in answers.all("identitystore.list_users", _Users)
        if store.items() <= asked.items()
        for one in a.users
    }
    groups = {
        one.group_id: one.display_name
        for asked, a in answers.all("identitystore.list_groups", _Groups)
        if store.items() <= asked.items()
        for one in a.groups
    }
    assigned = [
        one
        for asked, answer in answers.all("list_account_assignments", _Assignments)
        if here.items() <= asked.items()
        for one in answer.account_assignments
    ]
    return IdentityCenter(
        arn=instance.instance_arn,
        account=instance.owner_account_id or answers.account,
        store=instance.identity_store_id,
        users=users,
        groups=groups,
        members=dict(_members(answers, instance, groups)),
        assignments=tuple(
            sorted(
                Assignment(
                    one.account_id, one.permission_set_arn, names.get(one.permission_set_arn, ""), one.principal_type, one.principal_id
                )
                for one in assigned
            )
        ),
        is_whole=_is_whole(answers, instance.instance_arn),
    )


def _members(answers: Answers, instance: _Instance, groups: dict[str, str]) -> Iterator[tuple[str, tuple[str, ...]]]:
    for group in groups:
        answer = answers.one(
            "identitystore.list_group_memberships", _Memberships, IdentityStoreId=instance.identity_store_id, GroupId=group
        )
        if answer is not UNREAD:
            yield group, tuple(sorted(one.member_id.user_id for one in answer.group_memberships)) if answer else ()


def _is_whole(answers: Answers, instance: str) -> bool:
    """Whether the assignments of every permission set in every account that has it were read."""
    listed = answers.one("list_permission_sets", _PermissionSets, InstanceArn=instance)
    if listed is UNREAD:
        return False
    for arn in listed.permission_sets if listed else ():
        place = {"InstanceArn": instance, "PermissionSetArn": arn}
        accounts = answers.one("list_accounts_for_provisioned_permission_set", _Accounts, **place)
        if accounts is UNREAD:
            return False
        for account in accounts.account_ids if accounts else ():
            if answers.one("list_account_assignments", _Assignments, **place, AccountId=account) is UNREAD:
                return False
    return True
