"""AWS Identity and Access Management: users, groups, roles, their policies, and identity providers.

https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccountAuthorizationDetails.html
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from xgraph.graph.model.arn import parse_arn
from xgraph.graph.model.document import Policy
from xgraph.graph.model.principal import Group, Principal, PrincipalKind
from xgraph.ingest.services._answers import UNREAD, Answers
from xgraph.ingest.services._documents import Documents
from xgraph.ingest.services._found import Found
from xgraph.ingest.services._service import Asked, Call, Parameters, Scope, Service

DETAILS = "get_account_authorization_details"

_NULL = msgspec.Raw(b"null")


class Tag(msgspec.Struct, rename="pascal", gc=False):
    key: str
    value: str = ""


class _Inline(msgspec.Struct, rename="pascal"):
    policy_name: str
    policy_document: msgspec.Raw = _NULL


class _Attached(msgspec.Struct, rename="pascal", gc=False):
    policy_arn: str


class _Boundary(msgspec.Struct, rename="pascal", gc=False):
    permissions_boundary_arn: str


class _Identity(msgspec.Struct, rename="pascal"):
    arn: str
    path: str = "/"
    attached_managed_policies: list[_Attached] = []
    permissions_boundary: _Boundary | None = None
    tags: list[Tag] = []


class _User(_Identity, rename="pascal"):
    user_name: str = ""
    user_id: str = ""
    user_policy_list: list[_Inline] = []
    group_list: list[str] = []


class _Group(_Identity, rename="pascal"):
    group_name: str = ""
    group_policy_list: list[_Inline] = []


class _InstanceProfile(msgspec.Struct, rename="pascal", gc=False):
    arn: str = ""


class _Role(_Identity, rename="pascal"):
    role_name: str = ""
    role_id: str = ""
    role_policy_list: list[_Inline] = []
    assume_role_policy_document: msgspec.Raw = _NULL
    instance_profile_list: list[_InstanceProfile] = []


class _Version(msgspec.Struct, rename="pascal"):
    version_id: str = ""
    is_default_version: bool = False
    document: msgspec.Raw = _NULL


class _Managed(msgspec.Struct, rename="pascal"):
    arn: str
    default_version_id: str = ""
    policy_version_list: list[_Version] = []


class Details(msgspec.Struct, rename="pascal"):
    """The answer of get_account_authorization_details."""

    user_detail_list: list[_User] = []
    group_detail_list: list[_Group] = []
    role_detail_list: list[_Role] = []
    policies: list[_Managed] = []


class _Provider(msgspec.Struct, rename="pascal"):
    arn: str


class _OpenIDConnectProviders(msgspec.Struct):
    providers: list[_Provider] = msgspec.field(name="OpenIDConnectProviderList", default_factory=list)


class _OpenIDConnectProvider(msgspec.Struct):
    client_ids: list[str] = msgspec.field(name="ClientIDList", default_factory=list)


class _SAMLProviders(msgspec.Struct):
    providers: list[_Provider] = msgspec.field(name="SAMLProviderList", default_factory=list)


class _Aliases(msgspec.Struct, rename="pascal"):
    account_aliases: list[str] = []


class _PolicyVersion(msgspec.Struct, rename="pascal"):
    policy_version: _Version


def _unseen_boundaries(asked: Asked) -> Iterable[Parameters]:
    """Boundaries whose document the details leave out: AWS managed policies that are attached nowhere."""
    seen = {policy["Arn"] for policy in asked.all(DETAILS, "Policies")}
    used = {
        entry["PermissionsBoundary"]["PermissionsBoundaryArn"]
        for key in ("UserDetailList", "RoleDetailList")
        for entry in asked.all(DETAILS, key)
        if entry.get("PermissionsBoundary")
    }
    return ({"PolicyArn": arn} for arn in sorted(used - seen))


def _each_provider(asked: Asked) -> Iterable[Parameters]:
    found = asked.all("list_open_id_connect_providers", "OpenIDConnectProviderList")
    return ({"OpenIDConnectProviderArn": one["Arn"]} for one in found)


def _their_versions(asked: Asked) -> Iterable[Parameters]:
    for parameters, answer in asked.answers.get("get_policy", ()):
        yield {**parameters, "VersionId": answer["Policy"]["DefaultVersionId"]}


def normalize(answers: Answers) -> Found:
    """Users, groups and roles with their policies; attached policies whose document is missing are there without document."""
    documents = answers.documents
    details = [answer for _, answer in answers.all(DETAILS, Details)]
    managed = _managed_policies(answers, details)
    groups = {group.group_name: _group(group, answers.account, managed, documents) for each in details for group in each.group_detail_list}
    users = [_user(user, answers.account, managed, groups, documents) for each in details for user in each.user_detail_list]
    roles = [_role(role, answers.account, managed, documents) for each in details for role in each.role_detail_list]
    aliases = answers.one("list_account_aliases", _Aliases)
    providers = [
        *(p.arn for _, a in answers.all("list_open_id_connect_providers", _OpenIDConnectProviders) for p in a.providers),
        *(p.arn for _, a in answers.all("list_saml_providers", _SAMLProviders) for p in a.providers),
    ]
    return Found(
        principals=(*users, *roles),
        groups=tuple(groups.values()),
        managed_policies=tuple(managed.values()),
        providers=tuple(providers),
        client_ids=_client_ids(answers),
        alias="" if aliases is UNREAD or aliases is None else next(iter(aliases.account_aliases), ""),
        is_collected=bool(details),
        instance_profiles=_more_profiles(answers)
        | {profile.arn: role.arn for each in details for role in each.role_detail_list for profile in role.instance_profile_list},
    )


def _client_ids(answers: Answers) -> dict[str, tuple[str, ...]]:
    """The audiences of each OIDC provider that was read."""
    return {
        parameters["OpenIDConnectProviderArn"]: tuple(sorted(answer.client_ids))
        for parameters, answer in answers.all("get_open_id_connect_provider", _OpenIDConnectProvider)
    }


def _more_profiles(answers: Answers) -> dict[str, str]:
    """Instance profiles with their role, as IAM lists them."""
    return {
        str(one.get("Arn")): str(role.get("Arn"))
        for _, answer in answers.all("list_instance_profiles", dict[str, Any])
        for one in answer.get("InstanceProfiles") or ()
        for role in one.get("Roles") or ()
    }


def _managed_policies(answers: Answers, details: Iterable[Details]) -> dict[str, Policy]:
    found = {each.arn: Policy(each.arn, _default_document(each, answers.documents)) for d in details for each in d.policies}
    for parameters, answer in answers.all("get_policy_version", _PolicyVersion):
        arn = parameters["PolicyArn"]
        found[arn] = Policy(arn, answers.documents.text_of(answer.policy_version.document))
    return found


def _default_document(policy: _Managed, documents: Documents) -> str | None:
    for version in policy.policy_version_list:
        if version.is_default_version or version.version_id == policy.default_version_id:
            return documents.text_of(version.document)
    return None


def _user(user: _User, account: str, managed: Mapping[str, Policy], groups: dict[str, Group], documents: Documents) -> Principal:
    return Principal(
        arn=user.arn,
        kind=PrincipalKind.USER,
        account=account,
        name=user.user_name or _last(user.arn),
        path=user.path,
        unique_id=user.user_id,
        tags=_tags(user.tags),
        policies=_policies(user.arn, user.user_policy_list, user.attached_managed_policies, managed, documents),
        groups=tuple(_group_named(name, user.arn, account, groups).arn for name in user.group_list),
        boundary=_boundary(user, managed),
    )


def _role(role: _Role, account: str, managed: Mapping[str, Policy], documents: Documents) -> Principal:
    return Principal(
        arn=role.arn,
        kind=PrincipalKind.ROLE,
        account=account,
        name=role.role_name or _last(role.arn),
        path=role.path,
        unique_id=role.role_id,
        tags=_tags(role.tags),
        policies=_policies(role.arn, role.role_policy_list, role.attached_managed_policies, managed, documents),
        boundary=_boundary(role, managed),
        trust=Policy(f"{role.arn}#trust", documents.text_of(role.assume_role_policy_document)),
        has_instance_profile=bool(role.instance_profile_list),
    )


def _group(group: _Group, account: str, managed: Mapping[str, Policy], documents: Documents) -> Group:
    policies = _policies(group.arn, group.group_policy_list, group.attached_managed_policies, managed, documents)
    return Group(group.arn, account, group.group_name or _last(group.arn), policies)


def _group_named(name: str, user: str, account: str, groups: dict[str, Group]) -> Group:
    """The group; one whose details are missing gets a policy that was not read, so that what it lends stays unknown."""
    if name not in groups:
        parsed = parse_arn(user)
        arn = f"arn:{parsed.partition if parsed else 'aws'}:iam::{account}:group/{name}"
        groups[name] = Group(arn, account, name, (Policy(f"{arn}#inline/*", None),))
    return groups[name]


def _policies(
    owner: str, inline: Iterable[_Inline], attached: Iterable[_Attached], managed: Mapping[str, Policy], documents: Documents
) -> tuple[Policy, ...]:
    return (
        *(Policy(f"{owner}#inline/{each.policy_name}", documents.text_of(each.policy_document)) for each in inline),
        *(managed.get(each.policy_arn) or Policy(each.policy_arn, None) for each in attached),
    )


def _boundary(identity: _Identity, managed: Mapping[str, Policy]) -> Policy | None:
    if identity.permissions_boundary is None:
        return None
    arn = identity.permissions_boundary.permissions_boundary_arn
    return managed.get(arn) or Policy(arn, None)


def _tags(tags: Iterable[Tag]) -> tuple[tuple[str, str], ...]:
    return tuple((tag.key, tag.value) for tag in tags)


def _last(arn: str) -> str:
    return arn.rsplit("/", 1)[-1]


IAM = Service(
    name="iam",
    description="Users, groups, roles, their policies and boundaries, OIDC and SAML providers",
    scope=Scope.GLOBAL,
    calls=(
        Call(DETAILS, ("iam:GetAccountAuthorizationDetails",), drops=frozenset({"RoleLastUsed"})),
        Call("get_policy", ("iam:GetPolicy",), _unseen_boundaries),
        Call("get_policy_version", ("iam:GetPolicyVersion",), _their_versions),
        Call("list_open_id_connect_providers", ("iam:ListOpenIDConnectProviders",)),
        Call("get_open_id_connect_provider", ("iam:GetOpenIDConnectProvider",), _each_provider, drops=frozenset({"ThumbprintList"})),
        Call("list_instance_profiles", ("iam:ListInstanceProfiles",), drops=frozenset({"RoleLastUsed"})),
        Call("list_saml_providers", ("iam:ListSAMLProviders",)),
        Call("list_account_aliases", ("iam:ListAccountAliases",)),
    ),
    normalize=normalize,
)
