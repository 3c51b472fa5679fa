"""How the policy kinds combine: section 4b of the rules, and nothing else.

Sources: IAM User Guide, "How AWS enforcement code logic evaluates requests to allow or deny access", "Cross-account policy
evaluation logic".
"""

from __future__ import annotations

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
    f = factors
    deny: Formula = False
    if f.id_deny or f.pb_deny or f.sp_deny or f.scp_deny or f.rcp_deny or f.vp_deny or f.r_deny:  # mostly all are False
        deny = disj(f.id_deny, f.pb_deny, f.sp_deny, f.scp_deny, f.rcp_deny, f.vp_deny, f.r_deny)
    core = _core(f, relation, kind)
    if deny is True or core is False:
        return Combined(False, deny, core)
    guards = f.scp_allow if f.vp_allow is True else conj(f.scp_allow, f.vp_allow)
    return Combined(conj(guards, core) if deny is False else conj(neg(deny), guards, core), deny, core)


def _core(f: Factors, relation: Relation, kind: CallerKind) -> Formula:
    match kind:
        case CallerKind.ROLE | CallerKind.USER | CallerKind.FEDERATED_USER | CallerKind.FOREIGN:
            return _identity(f, relation)
        case CallerKind.ANONYMOUS:
            return f.r_exact
        case CallerKind.SERVICE:
            return f.r_service
        case CallerKind.OIDC | CallerKind.SAML:
            return f.r_federated
        case CallerKind.ROOT:
            return _root(f, relation)
        case _:
            assert_never(kind)


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


def _identity(f: Factors, relation: Relation) -> Formula:
    limits = f.pb_allow if f.sp_allow is True else conj(f.pb_allow, f.sp_allow)
    own = f.id_allow if limits is True else conj(f.id_allow, limits)
    match relation:
        case Relation.SAME_ACCOUNT:
            return disj(f.r_exact, _within(f, limits), own)
        case Relation.CROSS_ACCOUNT:
            # INVARIANT (two keys across accounts)
            return conj(disj(f.r_exact, f.r_role, f.r_user, f.r_account), own) if own is not False else False
        case Relation.MANDATORY:
            return disj(f.r_exact, _within(f, limits), conj(f.r_account, own), f.grant)
        case Relation.TRUST:
            # U-18: whether a boundary limits a caller that the trust policy names itself.
            exact = conj(f.r_exact, disj(f.pb_allow, free("U-18", ControlClass.GAP))) if f.r_exact else False
            return disj(exact, _within(f, limits), conj(f.r_account, own))
        case Relation.UNKNOWN:
            return either(owner_unknown(), _identity(f, Relation.SAME_ACCOUNT), _identity(f, Relation.CROSS_ACCOUNT))
        case _:
            assert_never(relation)


def _within(f: Factors, limits: Formula) -> Formula:
    """What the resource policy grants to the role behind a session, and to the user behind a federated one."""
    return disj(conj(f.r_role, limits), conj(f.r_user, limits)) if f.r_role or f.r_user else False
