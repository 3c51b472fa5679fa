"""How the policy kinds combine: section 4b of the rules, and nothing else.

Sources: IAM User Guide, "How AWS enforcement code logic evaluates requests to allow or deny access", "Cross-account policy
evaluation logic".
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import NamedTuple, assert_never

from .caller import CallerKind
from .decision import ControlClass
from .factors import Factors, owner_unknown
from .formula import Formula, conj, disj, either, free, neg


class Relation(StrEnum):
    """How caller and resource stand to each other."""

    SAME_ACCOUNT = "same-account"
    CROSS_ACCOUNT = "cross-account"
    MANDATORY = "mandatory"  # same account, and the resource policy has to take part (R4.12)
    TRUST = "trust"  # as MANDATORY, for role trust policies (R4.13)
    UNKNOWN = "unknown"  # the owner of the resource is not known (R1.7)


class Combined(NamedTuple):
    """`allow`: when the request is allowed. `deny`: when some statement denies it explicitly. `core`: section 4b alone."""

    allow: Formula
    deny: Formula
    core: Formula


def combine(factors: Factors, relation: Relation, kind: CallerKind) -> Combined:
    """The decision as formulas (R4.8): no deny, every guardrail allows, and the core says yes."""
    # INVARIANT (deny wins)
    # Taken apart in one step, as every decision comes by here.
    _, id_deny, _, pb_deny, _, sp_deny, scp_allow, scp_deny, vp_allow, vp_deny, rcp_deny, _, _, _, _, _, _, r_deny, _ = factors
    deny: Formula = False
    if id_deny or pb_deny or sp_deny or scp_deny or rcp_deny or vp_deny or r_deny:  # mostly all are False
        deny = disj(id_deny, pb_deny, sp_deny, scp_deny, rcp_deny, vp_deny, r_deny)
    core = _core(factors, relation, kind)
    if deny is True or core is False:
        return Combined(False, deny, core)
    guards = scp_allow if vp_allow is True else conj(scp_allow, vp_allow)
    return Combined(conj(guards, core) if deny is False else conj(neg(deny), guards, core), deny, core)


_WITH_POLICIES = frozenset((CallerKind.ROLE, CallerKind.USER, CallerKind.FEDERATED_USER, CallerKind.FOREIGN))


def _core(f: Factors, relation: Relation, kind: CallerKind) -> Formula:
    if kind in _WITH_POLICIES:
        limits = f.pb_allow if f.sp_allow is True else conj(f.pb_allow, f.sp_allow)
        own = f.id_allow if limits is True else conj(f.id_allow, limits)
        return _BY_RELATION[relation](f, limits, own)
    match kind:
        case CallerKind.ANONYMOUS:
            return f.r_exact
        case CallerKind.SERVICE:
            return f.r_service
        case CallerKind.OIDC | CallerKind.SAML:
            return f.r_federated
        case _:
            return _root(f, relation)


def _root(f: Factors, relation: Relation) -> Formula:
    """The root user needs no policies of its own (R4.10 to R4.12)."""
    named = disj(f.r_exact, f.r_role, f.r_user, f.r_account)
    match relation:
        case Relation.SAME_ACCOUNT:
            return True
        case Relation.CROSS_ACCOUNT:
            return named
        case Relation.MANDATORY | Relation.TRUST:
            return disj(f.r_exact, f.r_account, f.grant)
        case Relation.UNKNOWN:
            return either(owner_unknown(), True, named)
        case _:
            assert_never(relation)


# The core of callers with policies of their own. `limits`: boundary and session policy; `own`: what the identity's policies give within them.


def _at_home(f: Factors, limits: Formula, own: Formula) -> Formula:
    return disj(f.r_exact, _within(f, limits), own) if f.r_exact or f.r_role or f.r_user else own


def _across(f: Factors, _limits: Formula, own: Formula) -> Formula:
    # INVARIANT (two keys across accounts)
    if own is False:
        return False
    _, _, _, _, _, _, _, _, _, _, _, r_exact, r_role, r_user, r_account, _, _, _, _ = f
    return conj(disj(r_exact, r_role, r_user, r_account), own) if r_exact or r_role or r_user or r_account else False


def _mandatory(f: Factors, limits: Formula, own: Formula) -> Formula:
    return disj(f.r_exact, _within(f, limits), conj(f.r_account, own), f.grant)


def _trust(f: Factors, limits: Formula, own: Formula) -> Formula:
    # U-18: whether a boundary limits a caller that the trust policy names itself.
    exact = conj(f.r_exact, disj(f.pb_allow, free("U-18", ControlClass.GAP))) if f.r_exact else False
    return disj(exact, _within(f, limits), conj(f.r_account, own))


def _either_way(f: Factors, limits: Formula, own: Formula) -> Formula:
    return either(owner_unknown(), _at_home(f, limits, own), _across(f, limits, own))


def _within(f: Factors, limits: Formula) -> Formula:
    """What the resource policy grants to the role behind a session, and to the user behind a federated one."""
    return disj(conj(f.r_role, limits), conj(f.r_user, limits)) if f.r_role or f.r_user else False


_BY_RELATION: Mapping[Relation, Callable[[Factors, Formula, Formula], Formula]] = {
    Relation.SAME_ACCOUNT: _at_home,
    Relation.CROSS_ACCOUNT: _across,
    Relation.MANDATORY: _mandatory,
    Relation.TRUST: _trust,
    Relation.UNKNOWN: _either_way,
}
