"""Sharing attributes: lists of accounts that may use a snapshot, an image or a document (R7b).

The list is not a policy: it opens a few actions to whole accounts, whose administrators delegate them. What AWS managed keys encrypt
can't be shared, and what is encrypted at all can't be shared with everybody.

Sources: EC2 User Guide, "Share an Amazon EBS snapshot", "Share an AMI"; RDS User Guide, "Sharing a DB snapshot"; Systems Manager User
Guide, "Sharing SSM documents".
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from xgraph.graph.model.arn import is_account_id, parse_arn
from xgraph.graph.model.document import PolicyType
from xgraph.graph.policy.caller import CallerKind
from xgraph.graph.policy.decision import ControlClass
from xgraph.graph.policy.factors import Attached, Factors, Policies, Record, Request, Use
from xgraph.graph.policy.formula import Formula, disj, free
from xgraph.graph.policy.match import MatchClass

from ._rules import NOT_READ, Case, CasesOf, OpensTo, Options, general_cases, is_stranger, relation_of

_EVERYBODY = "all"
MECHANISM = "sharing-attribute"


def shared(actions: frozenset[str]) -> CasesOf:
    """The general cases, with `actions` open to the accounts in the setting `SharedWith`."""

    def cases(request: Request, policies: Policies, base: Factors, record: Record | None, options: Options) -> tuple[Case, ...]:
        found = general_cases(request, policies, base, record, options)
        if not options.with_rules or request.action not in actions or not _may_use(request):
            return found
        opened = _opened(request)
        if opened is False:
            return found
        if record:
            place = Attached(f"{request.target.arn}#sharing", PolicyType.SERVICE_RULE, request.target.arn, None)
            record(Use(place, None, allows=True, when=opened, match=MatchClass.ACCOUNT))
        return tuple(c._replace(factors=c.factors._replace(r_account=disj(c.factors.r_account, opened))) for c in found)

    return cases


def opened(actions: frozenset[str]) -> OpensTo:
    """The accounts in the setting `SharedWith`; which are those of an organization is not asked here."""

    def opens(action: str, settings: Mapping[str, Any], /, *, has_policy: bool) -> Iterable[str]:
        _ = has_policy
        shared_with = settings.get("SharedWith", ()) if action in actions else ()
        if shared_with is None:
            return (NOT_READ,)
        names = (shared_with,) if isinstance(shared_with, str) else map(str, shared_with)
        return (name if is_account_id(name) else "*" for name in names)

    return opens


def _may_use(request: Request) -> bool:
    """Sharing is with accounts: services and unsigned callers have no part in it."""
    signed = request.caller.is_iam or request.caller.kind is CallerKind.FOREIGN
    return signed and is_stranger(request, relation_of(request))


def _opened(request: Request) -> Formula:
    """When the caller's account is one of those that the resource is shared with."""
    shared_with = request.settings.get("SharedWith", ())
    if shared_with is None:
        return free("sharing-not-collected:allow", ControlClass.GAP, spelling="sharing-not-collected")
    key = request.settings.get("EncryptionKey", "")
    if key is not None and key.startswith("aws/"):
        return False
    names = (shared_with,) if isinstance(shared_with, str) else tuple(map(str, shared_with))
    named = _names(names, request)
    if named is True or _EVERYBODY not in names:
        return named
    if key is None:
        return free("encryption-not-collected", ControlClass.GAP, spelling="encryption-not-collected")
    return True if key == "" else named


def _names(names: Iterable[str], request: Request) -> Formula:
    """Whether the caller's account, its organization or a unit above it is in the list."""
    out: Formula = False
    for name in names:
        arn = parse_arn(name)
        if arn is None:
            out = disj(out, name == request.caller.account)
        elif arn.service == "organizations":
            out = disj(out, _is_below(arn.resource.rsplit("/", 1)[-1], request))
    return out


def _is_below(unit: str, request: Request) -> Formula:
    """Whether the caller's account is in the organization or unit."""
    membership = request.context.facts.principal_membership
    if not membership.is_known:
        return free("organization-not-collected:allow", ControlClass.GAP, spelling="organization-not-collected")
    return unit == membership.id or any(unit in path.split("/") for path in membership.paths)
