"""How the policy kinds combine, on abstract inputs alone: every row against a truth table written from section 4b of the rules.

A row says of each policy kind whether it allows, denies, is silent, or allows only if a condition holds; what the resource policy says and
at which match class; who calls; and how caller and resource stand to each other. A condition is a variable of its own, so a row stands
for several two-valued worlds, and both sides have to agree in each of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from math import prod

import pytest

from tests.properties.blocks import blocks
from xgraph.graph.policy.authorize import verdict_of
from xgraph.graph.policy.caller import CallerKind
from xgraph.graph.policy.combine import Relation, combine
from xgraph.graph.policy.decision import ControlClass, Verdict
from xgraph.graph.policy.factors import Factors
from xgraph.graph.policy.formula import Formula, assign, atoms_of, free

ALLOWS, DENIES, SILENT, CONDITIONAL = "allow", "deny", "silent", "conditional"
EFFECTS = (ALLOWS, DENIES, SILENT, CONDITIONAL)
CLASSES = ("exact", "role", "user", "account", "service", "federated")
RESOURCE = (
    ("none", SILENT),
    ("any", DENIES),
    ("any", "denies if"),
    *product(CLASSES, (ALLOWS, CONDITIONAL)),
    ("exact", "allows, denies if"),
)
RCPS = (ALLOWS, DENIES, "denies if")
GRANTS = (SILENT, ALLOWS)

AXES = (EFFECTS, EFFECTS, EFFECTS, EFFECTS, EFFECTS, RCPS, RESOURCE, GRANTS, tuple(CallerKind), tuple(Relation))
ROWS = prod(len(axis) for axis in AXES)


@dataclass(frozen=True)
class Row:
    """One row of the table."""

    identity: str
    boundary: str
    session: str
    scp: str
    endpoint: str
    rcp: str
    resource: tuple[str, str]
    grant: str
    kind: CallerKind
    relation: Relation


def row(number: int) -> Row:
    """Row by number: the numbers of all axes one after the other."""
    parts = []
    for axis in AXES:
        number, place = divmod(number, len(axis))
        parts.append(axis[place])
    return Row(*parts)  # type: ignore[arg-type]  # the axes stand in the order of the fields


# ---------------------------------------------------------------------------------------------- the row as formulas and worlds


def variable(name: str) -> Formula:
    return free(name, ControlClass.ENVIRONMENT)


def factors_of(one: Row) -> Factors:
    def allow(kind: str, effect: str) -> Formula:
        return variable(kind) if effect == CONDITIONAL else effect == ALLOWS

    where, effect = one.resource
    granted: Formula = variable("resource") if effect == CONDITIONAL else effect in {ALLOWS, "allows, denies if"}
    r = {name: granted if where == name else False for name in CLASSES}
    return Factors(
        id_allow=allow("identity", one.identity),
        id_deny=one.identity == DENIES,
        pb_allow=allow("boundary", one.boundary),
        pb_deny=one.boundary == DENIES,
        sp_allow=allow("session", one.session),
        sp_deny=one.session == DENIES,
        scp_allow=allow("scp", one.scp),
        scp_deny=one.scp == DENIES,
        rcp_deny=variable("rcp") if one.rcp == "denies if" else one.rcp == DENIES,
        vp_allow=allow("endpoint", one.endpoint),
        vp_deny=one.endpoint == DENIES,
        r_exact=r["exact"],
        r_role=r["role"],
        r_user=r["user"],
        r_account=r["account"],
        r_service=r["service"],
        r_federated=r["federated"],
        r_deny=variable("resource-deny") if effect.endswith("denies if") else effect == DENIES,
        grant=one.grant == ALLOWS,
    )


World = Mapping[str, bool]


def worlds(one: Row) -> Iterator[World]:
    """Every assignment of the row's conditions and of the two things that section 4 leaves open."""
    kinds = ("identity", "boundary", "session", "scp", "endpoint")
    names = [kind for kind in kinds if getattr(one, kind) == CONDITIONAL]
    names += ["rcp"] * (one.rcp == "denies if")
    names += ["resource"] * (one.resource[1] == CONDITIONAL) + ["resource-deny"] * one.resource[1].endswith("denies if")
    names += ["U-18"] * (one.relation is Relation.TRUST) + ["resource-owner-not-known"] * (one.relation is Relation.UNKNOWN)
    for values in product((False, True), repeat=len(names)):
        yield dict(zip(names, values, strict=True))


# ------------------------------------------------------------------------------------------- section 4b as a truth table


@dataclass(frozen=True)
class Facts:
    """The ingredients of section 4a in one world."""

    id_a: bool
    pb_a: bool
    sp_a: bool
    scp_a: bool
    vp_a: bool
    r_ex: bool
    r_ro: bool
    r_uf: bool
    r_ac: bool
    r_sv: bool
    r_fe: bool
    grant: bool
    denied: bool  # D of R4.6


def facts(one: Row, world: World) -> Facts:
    def allows(kind: str) -> bool:
        effect = getattr(one, kind)
        return bool(world[kind]) if effect == CONDITIONAL else effect == ALLOWS

    where, effect = one.resource
    granted = world["resource"] if effect == CONDITIONAL else effect.startswith("allow")
    denies = [getattr(one, kind) == DENIES for kind in ("identity", "boundary", "session", "scp", "endpoint", "rcp")]
    denies += [effect == DENIES, world.get("rcp", False), world.get("resource-deny", False)]
    at = {name: granted and where == name for name in CLASSES}
    return Facts(
        allows("identity"),
        allows("boundary"),
        allows("session"),
        allows("scp"),
        allows("endpoint"),
        at["exact"],
        at["role"],
        at["user"],
        at["account"],
        at["service"],
        at["federated"],
        one.grant == ALLOWS,
        any(denies),
    )


def core(f: Facts, kind: CallerKind, relation: Relation, world: World) -> bool:
    """R4.10 to R4.18 as they are written."""
    if relation is Relation.UNKNOWN:  # R1.7: both are looked at
        relation = Relation.SAME_ACCOUNT if world["resource-owner-not-known"] else Relation.CROSS_ACCOUNT
    if kind is CallerKind.ANONYMOUS:
        return f.r_ex  # R4.15
    if kind is CallerKind.SERVICE:
        return f.r_sv  # R4.14
    if kind in {CallerKind.OIDC, CallerKind.SAML}:
        return f.r_fe  # R4.18
    if kind is CallerKind.ROOT:
        match relation:
            case Relation.SAME_ACCOUNT:
                return True  # R4.10
            case Relation.CROSS_ACCOUNT:
                return f.r_ex or f.r_ro or f.r_uf or f.r_ac  # R4.11, with idA = pbA = spA = T
            case _:
                return f.r_ex or f.r_ac or (f.grant and relation is Relation.MANDATORY)  # R4.12
    match relation:
        case Relation.SAME_ACCOUNT:  # R4.10
            return f.r_ex or (f.r_ro and f.pb_a and f.sp_a) or (f.r_uf and f.pb_a and f.sp_a) or (f.id_a and f.pb_a and f.sp_a)
        case Relation.CROSS_ACCOUNT:  # R4.11
            return (f.r_ex or f.r_ro or f.r_uf or f.r_ac) and f.id_a and f.pb_a and f.sp_a
        case _:  # R4.12, R4.13
            exact = f.r_ex and (relation is Relation.MANDATORY or f.pb_a or world["U-18"])
            others = (f.r_ro and f.pb_a and f.sp_a) or (f.r_uf and f.pb_a and f.sp_a) or (f.r_ac and f.id_a and f.pb_a and f.sp_a)
            return exact or others or (f.grant and relation is Relation.MANDATORY)  # grants: R7.10, of keys alone


# -------------------------------------------------------------------------------------------------------------- comparing


def truth(formula: Formula, world: World) -> bool:
    found = assign(formula, {atom: world[atom.variable.name] for atom in atoms_of(formula)})
    assert isinstance(found, bool)
    return found


def compare(one: Row) -> None:
    found = combine(factors_of(one), one.relation, one.kind)
    allowed, denied = set(), set()
    for world in worlds(one):
        f = facts(one, world)
        expected = not f.denied and f.scp_a and f.vp_a and core(f, one.kind, one.relation, world)  # R4.8; rcpA = T (R4.51)
        assert truth(found.allow, world) is expected, (one, world)
        assert truth(found.deny, world) is f.denied, (one, world)
        allowed.add(expected)
        denied.add(f.denied)
    if allowed == {True}:
        verdict = Verdict.ALLOWED
    elif True in allowed:
        verdict = Verdict.CONDITIONAL
    else:
        verdict = Verdict.EXPLICITLY_DENIED if denied == {True} else Verdict.IMPLICITLY_DENIED  # R3.41
    assert verdict_of(found) is verdict, one


def is_of_this_world(one: Row) -> bool:
    """Grants belong to keys, whose policies are mandatory; a root user has neither boundary nor session policy (R4.1, R4.2)."""
    if one.grant == ALLOWS and one.relation is not Relation.MANDATORY:
        return False
    if one.kind is CallerKind.ROOT:
        return (one.identity, one.boundary, one.session) == (ALLOWS, ALLOWS, ALLOWS)
    return True


def check(numbers: range) -> int:
    checked = 0
    for number in numbers:
        one = row(number)
        if is_of_this_world(one):
            compare(one)
            checked += 1
    return checked


STRIDE = 131  # shares no factor with the length of any axis, so every pair of values of two axes comes up
SHARES = 40


@pytest.mark.parametrize("start", range(4))
def test_combine_is_section_4b(start: int) -> None:
    assert check(range(start * STRIDE, ROWS, 4 * STRIDE)) > 3000


def test_combine_is_section_4b_where_nothing_is_conditional() -> None:
    """Identity and resource side against each other, for every caller and relation, with the guardrails open."""
    for identity, resource, grant, kind, relation in product(EFFECTS, RESOURCE, GRANTS, CallerKind, Relation):
        one = Row(identity, ALLOWS, ALLOWS, ALLOWS, ALLOWS, ALLOWS, resource, grant, kind, relation)
        if is_of_this_world(one):
            compare(one)


@pytest.mark.long
@pytest.mark.parametrize("share", blocks(SHARES, usual=SHARES))
def test_combine_is_section_4b_in_every_row(share: int) -> None:
    assert check(range(share, ROWS, SHARES)) > 10_000
