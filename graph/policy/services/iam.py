"""IAM: policies and roles that AWS manages can be read, not changed (R7.40, R7.41).

Sources: AWS managed policy reference; IAM API model (UnmodifiableEntity).
"""

from __future__ import annotations

from dataclasses import replace

from xgraph.graph.policy.combine import Relation
from xgraph.graph.policy.factors import Factors, Policies, Record, Request

from ._rules import Case, Options, Rules, Ruling, general_cases

_POLICY_WRITES = frozenset(
    f"iam:{name}"
    for name in (
        "createpolicy",
        "createpolicyversion",
        "deletepolicy",
        "deletepolicyversion",
        "setdefaultpolicyversion",
        "tagpolicy",
        "untagpolicy",
    )
)
_ROLE_WRITES = frozenset(
    f"iam:{name}"
    for name in (
        "addroletoinstanceprofile",
        "removerolefrominstanceprofile",
        "attachrolepolicy",
        "detachrolepolicy",
        "putrolepolicy",
        "deleterolepolicy",
        "putrolepermissionsboundary",
        "deleterolepermissionsboundary",
        "updateassumerolepolicy",
        "updaterole",
        "updateroledescription",
        "deleterole",
    )
)
_RESERVED_WRITES = _ROLE_WRITES | frozenset(
    f"iam:{name}" for name in ("createrole", "tagrole", "untagrole", "passrole", "createservicelinkedrole", "deleteservicelinkedrole")
)


def _ruling(request: Request, _relation: Relation) -> Ruling | None:
    arn = request.target.arn
    if ":iam::aws:policy/" in arn and request.action in _POLICY_WRITES:
        return False, "AWS managed policies can't be changed"
    if ":role/aws-service-role/" in arn and request.action in _ROLE_WRITES:
        return False, "a service-linked role can't be changed by the account"
    if ":role/aws-reserved/" in arn and request.action in _RESERVED_WRITES:
        return False, "a role that IAM Identity Center manages can't be changed or passed by the account"
    return None


def _cases(request: Request, policies: Policies, base: Factors, record: Record | None, options: Options) -> tuple[Case, ...]:
    """R4.12: a role's trust policy says who may assume it, not who may change it."""
    if ":role/" in request.target.arn:
        options = replace(options, with_policy=False)
    return general_cases(request, policies, base, record, options)


IAM = Rules(
    "iam",
    cases=_cases,
    ruling=_ruling,
    description="a role's trust policy says who may assume it, not who may change it; what AWS manages can be read, not changed",
)
