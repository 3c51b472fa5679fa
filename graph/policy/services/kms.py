"""KMS: a key opens to nobody but by its key policy or a grant; aliases and the keys that AWS manages (section 7a of the rules).

Sources: KMS Developer Guide, "Key policies in AWS KMS", "Allowing users in other accounts to use a KMS key", "Grants in AWS KMS",
"Control access to aliases", "AWS managed keys".
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from xgraph.graph.model.arn import is_account_id
from xgraph.graph.model.document import PolicyType
from xgraph.graph.policy.combine import Relation
from xgraph.graph.policy.decision import ControlClass
from xgraph.graph.policy.factors import Attached, Factors, Policies, Record, Request, Use, resource_applies, resource_side
from xgraph.graph.policy.formula import Formula, disj, free
from xgraph.graph.policy.match import MatchClass
from xgraph.graph.policy.parse import parse

from ._data_key import KMS_GAP
from ._rules import NOT_READ, Case, Need, Options, Rules, Ruling, is_stranger, relation_of

_ALIAS_ACTIONS = frozenset(("kms:createalias", "kms:updatealias", "kms:deletealias"))
_WITH_CONTEXT = frozenset(
    f"kms:{name}"
    for name in (
        "decrypt",
        "encrypt",
        "generatedatakey",
        "generatedatakeypair",
        "generatedatakeypairwithoutplaintext",
        "generatedatakeywithoutplaintext",
        "reencryptfrom",
        "reencryptto",
    )
)
# R7.2: what works across accounts at all.
_ACROSS_ACCOUNTS = _WITH_CONTEXT | frozenset(
    f"kms:{name}"
    for name in (
        "derivesharedsecret",
        "generatemac",
        "sign",
        "verify",
        "verifymac",
        "creategrant",
        "describekey",
        "getkeyrotationstatus",
        "getpublickey",
        "listgrants",
        "retiregrant",
        "revokegrant",
    )
)


def _is_key(request: Request) -> bool:
    return ":key/" in request.target.arn


def _is_alias(request: Request) -> bool:
    return ":alias/" in request.target.arn


def _cases(request: Request, policies: Policies, base: Factors, record: Record | None, options: Options) -> tuple[Case, ...]:
    """R4.12: at home the key policy has to take part, or a grant does; aliases and `*` have no policy of their own."""
    relation = relation_of(request)
    if not _is_key(request):
        return (Case(True, base, relation),)
    side = resource_side(request, policies, record, base=base) if options.with_policy else base
    by_account, by_name = _granted(request, policies, record) if options.with_rules else (False, False)
    if by_account is not False:
        side = side._replace(r_account=disj(side.r_account, by_account))
    if relation is Relation.SAME_ACCOUNT:
        return (Case(True, side._replace(grant=by_name) if by_name is not False else side, Relation.MANDATORY),)
    if by_name is False:
        return (Case(True, side, relation),)
    case = Case(True, side._replace(r_role=disj(side.r_role, by_name)), relation)
    if relation is not Relation.CROSS_ACCOUNT:
        return (case,)
    # U-30: whether a grant to a principal of another account is enough without that account's own policies.
    alone = base._replace(r_deny=side.r_deny, grant=by_name)
    return case, Case(free("U-30", ControlClass.GAP), alone, Relation.MANDATORY)


def _ruling(request: Request, relation: Relation) -> Ruling | None:
    is_alias_action = request.action in _ALIAS_ACTIONS
    if is_alias_action and ":alias/aws/" in request.target.arn:
        return False, "aliases that begin with `alias/aws/` belong to AWS"
    if _is_alias(request) and not is_alias_action:
        return False, "an alias does not stand for its key: policies and grants speak of the key's ARN"
    if not is_stranger(request, relation):
        return None
    if request.action not in _ACROSS_ACCOUNTS:
        return False, "KMS does not allow this action across accounts"
    if request.settings.get("KeyManager") == "AWS":
        return False, "a key that AWS manages can't be used from another account"
    return None


# ------------------------------------------------------------------------------------------------- further authorizations


def _also(request: Request) -> tuple[Need, ...]:
    """The key's half of an alias operation (R7.3), the second half of ReEncrypt (R1.8)."""
    if request.action in _ALIAS_ACTIONS and _is_alias(request):
        keys = [request.settings[name] for name in ("TargetKey", "CurrentKey") if name in request.settings]
        return tuple(Need(request.action, key, KMS_GAP) for key in dict.fromkeys(keys))
    if request.action == "kms:reencryptfrom" and "DestinationKey" in request.settings:
        return (Need("kms:reencryptto", request.settings["DestinationKey"], KMS_GAP),)
    return ()


# -------------------------------------------------------------------------------------------------------------- grants


def _granted(request: Request, policies: Policies, record: Record | None) -> tuple[Formula, Formula]:
    """R7.10: when grants let the caller's account in, and when they let the caller in by name."""
    grants = request.settings.get("Grants", ())
    if grants == ():
        return False, False
    if grants is None:
        return False, free("grants-not-collected:allow", ControlClass.GAP, spelling="grants-not-collected")
    by_account: Formula = False
    by_name: Formula = False
    for attached in _about(request, grants):
        for statement in attached.compiled.statements if attached.compiled else ():
            for match, when in resource_applies(statement, attached, request, policies.canonical_ids):
                if when is False:
                    continue
                if record:
                    record(Use(attached, statement, allows=True, when=when, match=match))
                if match is MatchClass.ACCOUNT:
                    by_account = disj(by_account, when)
                else:
                    by_name = disj(by_name, when)
    return by_account, by_name


def _opens(action: str, settings: Mapping[str, Any], /, *, has_policy: bool) -> Iterable[str]:
    _ = has_policy
    grants = settings.get("Grants", ())
    return (NOT_READ,) if grants is None else (text for grant in grants for text in _principals(grant, action))


def _about(request: Request, grants: Iterable[Mapping[str, Any]]) -> Iterator[Attached]:
    """The grants that speak of the action, each as a policy of one statement."""
    arn = request.target.arn
    for grant in grants:
        principals = _principals(grant, request.action)
        if principals:
            name = f"{arn}#grant/{grant.get('GrantId', '')}"
            yield Attached(name, PolicyType.GRANT, arn, parse(_as_policy(grant, principals, request.action)).compiled)


def _principals(grant: Mapping[str, Any], action: str) -> list[str]:
    """Whom the grant lets do it. ListGrants shows service principals, too, whom no request names."""
    operations = {f"kms:{operation.lower()}" for operation in grant.get("Operations", ())}
    named = [grant.get("GranteePrincipal")] if action in operations else []
    if action == "kms:retiregrant":
        named.append(grant.get("RetiringPrincipal"))
    return [text for text in named if text and (text.startswith("arn:") or is_account_id(text))]


def _as_policy(grant: Mapping[str, Any], principals: list[str], action: str) -> str:
    statement: dict[str, Any] = {"Effect": "Allow", "Principal": {"AWS": principals}, "Action": action, "Resource": "*"}
    if action in _WITH_CONTEXT:
        statement["Condition"] = _constraints(grant.get("Constraints") or {})
    # A version without policy variables: what a grant says is literal.
    return json.dumps({"Version": "2008-10-17", "Statement": statement}, sort_keys=True)


def _constraints(constraints: Mapping[str, Mapping[str, str]]) -> dict[str, Any]:
    """The encryption context that a grant wants, as conditions: `Subset` has to be in it, `Equals` is all of it."""
    subset, whole = constraints.get("EncryptionContextSubset") or {}, constraints.get("EncryptionContextEquals")
    pairs = {**subset, **(whole or {})}
    out: dict[str, Any] = {"StringEquals": {f"kms:EncryptionContext:{key}": value for key, value in pairs.items()}} if pairs else {}
    if whole:
        out["ForAllValues:StringEquals"] = {"kms:EncryptionContextKeys": sorted(whole)}
    elif whole is not None:
        out["Null"] = {"kms:EncryptionContextKeys": "true"}
    return out


KMS = Rules(
    "kms",
    cases=_cases,
    ruling=_ruling,
    told_apart=(_ALIAS_ACTIONS, _ACROSS_ACCOUNTS, _WITH_CONTEXT, frozenset(("kms:retiregrant",))),
    also=_also,
    operations={"kms:reencrypt": ("kms:reencryptfrom", "DestinationKey")},
    is_mandatory=True,
    opens=_opens,
    way="kms-grant",
    description="a key opens to nobody but by its key policy or a grant; few actions work across accounts",
)
