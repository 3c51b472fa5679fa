"""AWS Organizations: the tree, its accounts, service and resource control policies and what they are attached to.

https://docs.aws.amazon.com/organizations/latest/APIReference/
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import msgspec

from xgraph.graph.model.arn import parse_arn
from xgraph.graph.model.document import Policy
from xgraph.graph.model.organization import Account, Organization, OrganizationalUnit
from xgraph.graph.model.resource import Resource
from xgraph.ingest.services._answers import UNREAD, Answers
from xgraph.ingest.services._found import Found
from xgraph.ingest.services._kind import Answer, at_path, resource_policy
from xgraph.ingest.services._service import Asked, Call, Parameters, Scope, Service

SCP = "SERVICE_CONTROL_POLICY"
RCP = "RESOURCE_CONTROL_POLICY"
S3_POLICY = "S3_POLICY"


class _Organization(msgspec.Struct, rename="pascal"):
    id: str
    master_account_id: str = ""
    arn: str = ""
    feature_set: str = "ALL"


class _Delegated(msgspec.Struct, rename="pascal"):
    service_principal: str


class _Services(msgspec.Struct, rename="pascal"):
    delegated_services: list[_Delegated] = []


class _Described(msgspec.Struct, rename="pascal"):
    organization: _Organization


class _PolicyType(msgspec.Struct, rename="pascal"):
    type: str
    status: str = ""


class _Unit(msgspec.Struct, rename="pascal"):
    id: str
    name: str = ""
    policy_types: list[_PolicyType] = []


class _Roots(msgspec.Struct, rename="pascal"):
    roots: list[_Unit]


class _Units(msgspec.Struct, rename="pascal"):
    organizational_units: list[_Unit]


class _Account(msgspec.Struct, rename="pascal"):
    id: str
    name: str = ""
    arn: str = ""


class _Accounts(msgspec.Struct, rename="pascal"):
    accounts: list[_Account]


class _Summary(msgspec.Struct, rename="pascal"):
    id: str
    arn: str


class _Summaries(msgspec.Struct, rename="pascal"):
    policies: list[_Summary]


class _Content(msgspec.Struct, rename="pascal"):
    content: msgspec.Raw = msgspec.Raw(b"null")


class _PolicyAnswer(msgspec.Struct, rename="pascal"):
    policy: _Content


class _Target(msgspec.Struct, rename="pascal"):
    target_id: str


class _Targets(msgspec.Struct, rename="pascal"):
    targets: list[_Target]


def _parents(asked: Asked) -> Iterable[Parameters]:
    yield from ({"ParentId": root["Id"]} for root in asked.all("list_roots", "Roots"))
    yield from ({"ParentId": unit["Id"]} for unit in asked.all("list_organizational_units_for_parent", "OrganizationalUnits"))


def _filters(asked: Asked) -> Iterable[Parameters]:
    return ({"Filter": kind} for kind in (RCP, S3_POLICY, SCP)) if asked.answers.get("list_roots") else ()


def _policy_ids(asked: Asked) -> Iterable[Parameters]:
    return ({"PolicyId": policy["Id"]} for policy in asked.all("list_policies", "Policies"))


def _delegates(asked: Asked) -> Iterable[Parameters]:
    return ({"AccountId": one["Id"]} for one in asked.all("list_delegated_administrators", "DelegatedAdministrators"))


def _if_in_one(asked: Asked) -> Iterable[Parameters]:
    return ({},) if asked.answers.get("describe_organization") else ()


def normalize(answers: Answers) -> Found:
    """The organization and its accounts.

    A target is missing from `scps` or `rcps` when what is attached to it is not known in full: one unread list of targets leaves
    that open for all of them.
    """
    described = answers.one("describe_organization", _Described)
    if described is None or described is UNREAD:
        return Found()
    head = described.organization
    answers = answers.asked_by(head.master_account_id)
    roots = answers.one("list_roots", _Roots)
    root = roots.roots[0] if roots is not None and roots is not UNREAD and roots.roots else None
    units = dict(_units(answers, root))
    accounts = tuple(_accounts(answers, head.id))
    targets = [*units, *(account.id for account in accounts)]
    organization = Organization(
        id=head.id,
        management_account=head.master_account_id,
        root=root.id if root else "",
        units=units,
        scps_enabled=_is_enabled(SCP, head, root),
        rcps_enabled=_is_enabled(RCP, head, root),
        scps=_attached(answers, SCP, targets),
        rcps=_attached(answers, RCP, targets),
        blocks_public_s3=_blocking(answers),
        delegated=dict(_delegated(answers)),
    )
    return Found(organization=organization, accounts=accounts, resources=_own_policy(answers, head))


def _blocking(answers: Answers) -> frozenset[str] | None:
    """The targets whose S3 policy turns Block Public Access on for all accounts below them; None when that was refused."""
    listed = answers.one("list_policies", _Summaries, Filter=S3_POLICY)
    if listed is UNREAD:
        return None if answers.was_refused("list_policies") else frozenset()
    found = set()
    for summary in listed.policies if listed else ():
        content = answers.one("describe_policy", _PolicyAnswer, PolicyId=summary.id)
        targets = answers.one("list_targets_for_policy", _Targets, PolicyId=summary.id)
        if content is UNREAD or targets is UNREAD:
            return None
        text = answers.documents.text_of(content.policy.content) if content else ""
        if text and _turns_on(text):
            found |= {target.target_id for target in targets.targets} if targets else set()
    return frozenset(found)


def _turns_on(text: str) -> bool:
    """Whether an S3 policy assigns Block Public Access."""
    try:
        policy = msgspec.json.decode(text, type=dict[str, Any])
    except msgspec.DecodeError:
        return False
    value = at_path(policy, "s3_attributes.public_access_block_configuration.@@assign")
    return str(value).lower() == "all"


def _delegated(answers: Answers) -> Iterator[tuple[str, tuple[str, ...]]]:
    for parameters, answer in answers.all("list_delegated_services_for_account", _Services):
        yield parameters["AccountId"], tuple(sorted(one.service_principal for one in answer.delegated_services))


def _own_policy(answers: Answers, head: _Organization) -> tuple[Resource, ...]:
    """The organization as a resource: its delegation policy lets members make calls of AWS Organizations."""
    answer = answers.one("describe_resource_policy", Answer)
    if answer is None or not head.arn:
        return ()
    document = UNREAD if answer is UNREAD else at_path(answer, "ResourcePolicy.Content")
    if document is UNREAD and not answers.was_refused("describe_resource_policy"):
        return ()
    policy = resource_policy(answers.documents, head.arn, document)
    if policy is None:
        return ()
    return (Resource(head.arn, head.master_account_id, "organizations", "organization", "", policy, ()),)


def _is_enabled(kind: str, head: _Organization, root: _Unit | None) -> bool | None:
    if head.feature_set != "ALL":
        return False
    return None if root is None else any(each.type == kind and each.status == "ENABLED" for each in root.policy_types)


def _units(answers: Answers, root: _Unit | None) -> Iterator[tuple[str, OrganizationalUnit]]:
    if root:
        yield root.id, OrganizationalUnit(root.id, root.name, None)
    for parameters, answer in answers.all("list_organizational_units_for_parent", _Units):
        for unit in answer.organizational_units:
            yield unit.id, OrganizationalUnit(unit.id, unit.name, parameters["ParentId"])


def _accounts(answers: Answers, organization: str) -> Iterator[Account]:
    for parameters, answer in answers.all("list_accounts_for_parent", _Accounts):
        for each in answer.accounts:
            arn = parse_arn(each.arn)
            partition = arn.partition if arn else "aws"
            yield Account(each.id, each.name, organization=organization, parent=parameters["ParentId"], partition=partition)


def _attached(answers: Answers, kind: str, targets: Iterable[str]) -> Mapping[str, tuple[Policy, ...]]:
    listed = answers.one("list_policies", _Summaries, Filter=kind)
    if listed is UNREAD:
        return {}
    attached: dict[str, tuple[Policy, ...]] = dict.fromkeys(targets, ())
    for summary in listed.policies if listed else ():
        policy = _policy(answers, summary)
        answer = answers.one("list_targets_for_policy", _Targets, PolicyId=summary.id)
        if answer is UNREAD:
            return {}
        for target in answer.targets if answer else ():
            attached[target.target_id] = (*attached.get(target.target_id, ()), policy)
    return attached


def _policy(answers: Answers, summary: _Summary) -> Policy:
    answer = answers.one("describe_policy", _PolicyAnswer, PolicyId=summary.id)
    if answer is None or answer is UNREAD:
        return Policy(summary.arn, None)
    return Policy(summary.arn, answers.documents.text_of(answer.policy.content))


ORGANIZATIONS = Service(
    name="organizations",
    description="Organizational units, accounts, service and resource control policies with their targets",
    scope=Scope.ORGANIZATION,
    calls=(
        Call("describe_organization", ("organizations:DescribeOrganization",), empty=frozenset({"AWSOrganizationsNotInUseException"})),
        Call("list_roots", ("organizations:ListRoots",), _if_in_one),
        Call("list_organizational_units_for_parent", ("organizations:ListOrganizationalUnitsForParent",), _parents),
        Call("list_accounts_for_parent", ("organizations:ListAccountsForParent",), _parents),
        Call(
            "list_policies",
            ("organizations:ListPolicies",),
            _filters,
            # The last one: a partition that does not know the type yet.
            empty=frozenset({"PolicyTypeNotEnabledException", "PolicyTypeNotAvailableForOrganizationException", "InvalidInputException"}),
        ),
        Call("list_targets_for_policy", ("organizations:ListTargetsForPolicy",), _policy_ids),
        Call("describe_policy", ("organizations:DescribePolicy",), _policy_ids),
        Call("list_delegated_administrators", ("organizations:ListDelegatedAdministrators",), _if_in_one),
        Call("list_delegated_services_for_account", ("organizations:ListDelegatedServicesForAccount",), _delegates),
        Call(
            "describe_resource_policy",
            ("organizations:DescribeResourcePolicy",),
            _if_in_one,
            empty=frozenset({"ResourcePolicyNotFoundException"}),
        ),
    ),
    normalize=normalize,
    unevaluated={
        "list_delegated_administrators": (
            "What a delegated administrator does in other accounts is done by the service that it administers, with that service's roles:"
            " no request of its own is decided by being one. What it may ask of AWS Organizations is in its policies and the resource policy, which count."
        ),
        "list_delegated_services_for_account": "As for `list_delegated_administrators`.",
    },
)
