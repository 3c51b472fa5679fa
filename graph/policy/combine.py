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
    deny = disj(
        factors.id_deny,
        factors.pb_deny,
        factors.sp_deny,
        factors.scp_deny,
        factors.rcp_deny,
        factors.vp_deny,
        factors.r_deny,
    )
    core = _core(factors, relation, kind)
    allow = conj(neg(deny), factors.scp_allow, factors.vp_allow, core)
    return Combined(allow, deny, core)


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
    limits = conj(f.pb_allow, f.sp_allow)
    own = conj(f.id_allow, limits)
    match relation:
        case Relation.SAME_ACCOUNT:
            return disj(f.r_exact, conj(f.r_role, limits), conj(f.r_user, limits), own)
        case Relation.CROSS_ACCOUNT:
            # INVARIANT (two keys across accounts)
            return conj(disj(f.r_exact, f.r_role, f.r_user, f.r_account), own)
        case Relation.MANDATORY:
            return disj(f.r_exact, conj(f.r_role, limits), conj(f.r_user, limits), conj(f.r_account, own), f.grant)
        case Relation.TRUST:
            # U-18: whether a boundary limits a caller that the trust policy names itself.
            exact = conj(f.r_exact, disj(f.pb_allow, free("U-18", ControlClass.GAP)))
            return disj(exact, conj(f.r_role, limits), conj(f.r_user, limits), conj(f.r_account, own))
        case Relation.UNKNOWN:
            return either(owner_unknown(), _identity(f, Relation.SAME_ACCOUNT), _identity(f, Relation.CROSS_ACCOUNT))
        case _:
            assert_never(relation)
