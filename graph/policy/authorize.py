"""The decision: factors, then combine, then what it means (R3.31, R3.41)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import combinations
from typing import Final, NamedTuple

from xgraph.graph.model import reference
from xgraph.graph.model.document import PolicyType

from .caller import CallerKind
from .combine import Combined, Relation, combine
from .decision import Blocker, Decision, Evidence, Verdict
from .describe import condition_of
from .factors import NOTHING, Attached, Factors, Policies, Record, Request, Use, joined, organization_side, owner_unknown, principal_side
from .formula import Atom, Formula, assign, atoms_of, conj, disj
from .joint import Part, needs_of, parts_of, undecided
from .match import MatchClass
from .services import Case, Options, Rules, Ruling, no_ruling, relation_of, rules_for
from .solve import is_certain, is_possible, solve

Tweak = Callable[[Factors], Factors]

AS_IS = Options()
_UNKNOWN: Final = Relation.UNKNOWN  # looked up once: see caller.py


class ResourceSide(NamedTuple):
    """What the resource's end contributes: its cases, the RCPs over it, and a service's own ruling."""

    cases: tuple[Case, ...]
    rcp_deny: Formula
    ruling: Ruling | None
    undecided: Formula  # what else the call needs, of resources that nothing is known of
    is_refused: bool

    @property
    def admits_nobody(self) -> bool:
        """Whether the caller is refused whatever its own policies say."""
        return (self.ruling is None or not self.ruling[0]) and (self.is_refused or all(map(_is_closed, self.cases)))


def _is_closed(case: Case) -> bool:
    """Whether the core is false whatever the identity side says (R4.11, R4.12)."""
    if case.relation not in (Relation.CROSS_ACCOUNT, Relation.MANDATORY, Relation.TRUST):
        return False
    f = case.factors
    return all(named is False for named in (f.r_exact, f.r_role, f.r_user, f.r_account, f.r_service, f.r_federated, f.grant))


def _rules(request: Request) -> Rules:
    return rules_for(request.action)


def resource_end(request: Request, policies: Policies, options: Options = AS_IS, record: Record | None = None) -> ResourceSide:
    """Everything that does not look at the caller's own policies."""
    rules = rules_for(request.action)
    cases = rules.cases(request, policies, NOTHING, record, options)
    denied = organization_side(request, policies, record)
    ruling, refused_elsewhere = _ruling(request, rules) if rules.ruling is not no_ruling else (None, False)
    if refused_elsewhere:
        cases = tuple(case._replace(requires=conj(case.requires, owner_unknown())) for case in cases)
    needs = request.needs if request.needs is not None else needs_of(request)
    caller = request.caller
    refused = not (caller.is_iam and caller.partition == request.target.partition) and is_refused(request)
    return ResourceSide(cases, denied, ruling, undecided(request, policies) if needs else True, refused)


def _ruling(request: Request, rules: Rules) -> tuple[Ruling | None, bool]:
    """The service's own ruling; and, where the resource's owner is not known, whether it refuses callers of other accounts (R1.7)."""
    relation = relation_of(request)
    if relation is not _UNKNOWN:
        return rules.ruling(request, relation), False
    elsewhere = rules.ruling(request, Relation.CROSS_ACCOUNT)
    if not request.caller.is_iam:
        return elsewhere, False
    at_home = rules.ruling(request, Relation.SAME_ACCOUNT)
    return at_home, at_home is None and elsewhere is not None and not elsewhere[0]


def settle(caller: CallerKind, own: Factors, side: ResourceSide, tweak: Tweak | None = None) -> Combined:
    """Put both ends together. `tweak` asks "what if" by changing factors before they combine."""
    allow: Formula = False
    deny: Formula = False
    core: Formula = False
    cases, rcp_deny, ruling, open_needs, refused = side
    for guard, factors, relation, requires in cases:
        whole = joined(own, factors, rcp_deny)
        found = combine(tweak(whole) if tweak else whole, relation, caller)
        if guard is True and requires is True and open_needs is True and ruling is None and not refused and len(cases) == 1:
            return found  # mostly
        allow = disj(allow, conj(guard, requires, open_needs, found.allow))
        deny = disj(deny, conj(guard, found.deny))
        core = disj(core, conj(guard, found.core))
    if ruling is not None:
        return Combined(True, False, True) if ruling[0] else Combined(False, deny, False)
    return Combined(False, deny, False) if refused else Combined(allow, deny, core)


def weigh(
    request: Request,
    policies: Policies,
    *,
    options: Options = AS_IS,
    tweak: Tweak | None = None,
    record: Record | None = None,
) -> Combined:
    """When the call is allowed and when it is denied, with everything that it needs (R1.8).

    `options` speak of the resource that is asked about; `tweak` asks "what if" of every authorization.
    """
    if not needs_of(request):  # mostly
        return _weighed(request, policies, options, tweak, record)
    parts = parts_of(request, policies)
    found = [
        weigh_alone(one.request, one.policies, options=options if not i else AS_IS, tweak=tweak, record=record)
        for i, one in enumerate(parts)
    ]
    return found[0] if len(found) == 1 else jointly(found)


def jointly(found: Sequence[Combined]) -> Combined:
    """All of several authorizations: one denial is enough to fail."""
    return Combined(conj(*(one.allow for one in found)), disj(*(one.deny for one in found)), conj(*(one.core for one in found)))


def weigh_alone(
    request: Request,
    policies: Policies,
    *,
    options: Options = AS_IS,
    tweak: Tweak | None = None,
    record: Record | None = None,
) -> Combined:
    """When this one authorization is given and when it is denied, whatever else the call needs."""
    return _weighed(request, policies, options, tweak, record)


def _weighed(request: Request, policies: Policies, options: Options, tweak: Tweak | None, record: Record | None) -> Combined:
    own = rules_for(request.action).caller_side(request, policies, record)
    side = resource_end(request, policies, options, record)
    if record is None:
        return settle(request.caller.kind, own, side, tweak)
    if side.ruling is not None and side.ruling[0]:
        record(Use(Attached(side.ruling[1], PolicyType.SERVICE_RULE, "", None), None, allows=True, when=True))
    if request.caller.kind is CallerKind.ROOT and relation_of(request) is Relation.SAME_ACCOUNT:
        rule = Attached("the root user needs no policy in its own account", PolicyType.SERVICE_RULE, request.caller.arn, None)
        record(Use(rule, None, allows=True, when=True))
    return settle(request.caller.kind, own, side, tweak)


# R4.15: the services that accept unsigned calls at all.
UNSIGNED = frozenset(("s3", "sqs", "sns", "lambda", "execute-api", "elasticfilesystem", "es", "ecr-public"))


def is_refused(request: Request) -> bool:
    """Requests that no policy can allow: unsigned ones where the service wants a signature (R4.15), other partitions (R1.9)."""
    caller = request.caller
    if caller.kind is CallerKind.ANONYMOUS:
        return request.action.partition(":")[0] not in UNSIGNED
    signed = caller.is_iam or (caller.kind is CallerKind.FOREIGN and caller.account is not None)
    return signed and caller.partition != request.target.partition and request.target.arn.startswith("arn:")


def verdict_of(combined: Combined) -> Verdict:
    """The verdict of R3.31 and R3.41."""
    return _verdict(combined.allow, combined.deny)


@lru_cache(maxsize=131072)
def _verdict(allow: Formula, deny: Formula) -> Verdict:
    if allow is True:
        return Verdict.ALLOWED
    if is_possible(allow):
        return Verdict.ALLOWED if is_certain(allow) else Verdict.CONDITIONAL
    return Verdict.EXPLICITLY_DENIED if is_certain(deny) else Verdict.IMPLICITLY_DENIED


def is_opening(atom: Atom) -> bool:
    """Whether the atom is a grant that could only lie in something not read (contract section 7)."""
    return atom.variable.free and atom.variable.name.endswith(":allow")


def without_unread_grants(formula: Formula) -> Formula:
    """The formula when nothing that was not read grants anything."""
    unread = {atom: False for atom in atoms_of(formula) if is_opening(atom)}
    return assign(formula, unread) if unread else formula


def authorize(request: Request, policies: Policies) -> Decision:
    """The whole decision on one request, with evidence, the residual condition and what withholds access."""
    halves = [_half(part) for part in parts_of(request, policies)]
    combined = jointly([half.combined for half in halves])
    verdict = verdict_of(combined)
    uses = [use for half in halves for use in half.uses]
    sources = {atom: evidence_of(use) for use in reversed(uses) for atom in atoms_of(use.when)}
    if verdict.is_possible:
        condition = condition_of(combined.allow, sources) if verdict is Verdict.CONDITIONAL else None
        return Decision(verdict, condition, evidence=_proof(halves, combined))
    withheld = [half for half in halves if not is_possible(half.combined.allow)]
    if not withheld:  # each alone is possible, but not in one request
        return Decision(verdict, evidence=denials(uses), blocked_by=blockers(request, policies, uses, weigh))
    # Where a service refuses the request itself, no policy is what is missing.
    told = [half for half in withheld if verdict is Verdict.EXPLICITLY_DENIED or not _refusal(half.part.request)]
    found = (b for half in told for b in _labelled(half, blockers(half.part.request, half.part.policies, half.uses)))
    rules = [rule for half in withheld for rule in _refusal(half.part.request)]
    return Decision(verdict, evidence=(*denials(uses), *dict.fromkeys(rules)), blocked_by=_without_repeats(found))


def evidence_for(request: Request, policies: Policies, combined: Combined) -> tuple[Evidence, ...]:
    """The statements that make a possible call possible, of every authorization that it needs."""
    return _proof([_half(part) for part in parts_of(request, policies)], combined)


def _proof(halves: Iterable[_Half], combined: Combined) -> tuple[Evidence, ...]:
    proofs = {one for half in halves for one in proof(half.uses, half.part.request, combined)}
    return tuple(sorted(proofs, key=_evidence_order))


def _refusal(request: Request) -> tuple[Evidence, ...]:
    """The service's own rule that refuses the request whatever the policies say."""
    ruling, _ = _ruling(request, _rules(request))
    if ruling is None or ruling[0]:
        return ()
    return (Evidence(ruling[1], PolicyType.SERVICE_RULE, None, None, "Deny", request.target.arn),)


@dataclass(frozen=True, slots=True)
class _Half:
    """One authorization of a call, weighed alone."""

    part: Part
    uses: list[Use]
    combined: Combined


def _half(part: Part) -> _Half:
    uses: list[Use] = []
    return _Half(part, uses, weigh_alone(part.request, part.policies, record=uses.append))


def _labelled(half: _Half, found: Iterable[Blocker]) -> Iterator[Blocker]:
    """The blockers of one half, whose sentences say which it is."""
    label = half.part.label
    for one in found:
        yield one if not label or label in one.text else replace(one, text=f"{label}: {one.text}")


def _place(one: Blocker) -> tuple[object, ...]:
    """What makes two blockers the same: a statement that denies two halves is one."""
    return one.control, one.policy, one.statement, one.attached_to, one.level, None if one.statement is not None else one.text


# ------------------------------------------------------------------------------------------------------------- evidence


def evidence_of(use: Use) -> Evidence:
    """The record of one statement."""
    statement = use.statement
    return Evidence(
        use.attached.name,
        use.attached.policy_type,
        statement.index if statement else None,
        statement.sid if statement else None,
        "Allow" if use.allows else "Deny",
        use.attached.attached_to,
    )


_RESOURCE_SIDE = frozenset((PolicyType.TRUST, PolicyType.RESOURCE, PolicyType.ACL))
_ORDER = {kind: position for position, kind in enumerate(PolicyType)}


def proof(uses: Iterable[Use], request: Request, combined: Combined) -> tuple[Evidence, ...]:
    """The statements that make a request possible, and the denies that condition it."""
    # INVARIANT (edges carry proof)
    relation = relation_of(request)
    kept: list[Use] = []
    certain: set[tuple[PolicyType, str | None]] = set()
    for use in sorted(uses, key=lambda one: one.when is not True):
        place = (use.attached.policy_type, use.attached.level)
        if not use.allows:
            is_escapable = use.when is not True and not atoms_of(use.when).isdisjoint(atoms_of(combined.allow))
            if is_escapable and is_possible(use.when):
                kept.append(use)
        elif use.when is True:
            if use.attached.policy_type is PolicyType.SCP and place in certain:
                continue  # one statement a level is enough
            certain.add(place)
            kept.append(use)
        elif place not in certain and is_possible(use.when):
            kept.append(use)
    if relation is Relation.SAME_ACCOUNT and not _rules(request).is_mandatory:
        kept = [use for use in kept if use.match is not MatchClass.ACCOUNT or not use.allows]
    found = {evidence_of(use) for use in kept}
    return tuple(sorted(found, key=_evidence_order))


def _evidence_order(one: Evidence) -> tuple[int, str, int, str, str, str]:
    statement = -1 if one.statement is None else one.statement
    return _ORDER[one.policy_type], one.policy, statement, one.attached_to, one.effect, one.sid or ""


def denials(uses: Iterable[Use]) -> tuple[Evidence, ...]:
    """The deny statements that apply, or may."""
    return tuple(sorted({evidence_of(use) for use in uses if not use.allows and is_possible(use.when)}, key=_evidence_order))


# ------------------------------------------------------------------------------------------------------------- blockers


@dataclass(frozen=True, slots=True)
class Control:
    """One thing that may withhold access, and the question "what if it did not". `parts`: the several things that it joins."""

    name: str
    types: frozenset[PolicyType]
    lift: Tweak | None = None
    options: Options = AS_IS
    parts: tuple[Control, ...] = ()

    @property
    def names(self) -> frozenset[str]:
        """The names of the single controls."""
        return frozenset(part.name for part in self.parts) or frozenset((self.name,))

    @property
    def count(self) -> int:
        """How many things it is."""
        return len(self.parts) or 1


def together(controls: Sequence[Control]) -> Control:
    """Several controls as one."""
    if len(controls) == 1:
        return controls[0]
    lifts = [control.lift for control in controls if control.lift is not None]
    options = Options(
        with_policy=all(control.options.with_policy for control in controls),
        with_acl=all(control.options.with_acl for control in controls),
        ignore_public_access_block=any(control.options.ignore_public_access_block for control in controls),
        force_acls=any(control.options.force_acls for control in controls),
        owner_enforced=any(control.options.owner_enforced for control in controls),
    )
    types = frozenset[PolicyType]().union(*(control.types for control in controls))
    return Control("+".join(control.name for control in controls), types, lambda f: _lift_all(lifts, f), options, tuple(controls))


def _lift_all(lifts: Iterable[Tweak], factors: Factors) -> Factors:
    for lift in lifts:
        factors = lift(factors)
    return factors


def _lift(**changes: Formula) -> Tweak:
    return lambda factors: factors._replace(**changes)


def _grant_resource_side(factors: Factors) -> Factors:
    return factors._replace(r_account=True, r_service=True, r_federated=True)


CONTROLS = (
    Control("scp", frozenset((PolicyType.SCP,)), _lift(scp_allow=True, scp_deny=False)),
    Control("rcp", frozenset((PolicyType.RCP,)), _lift(rcp_deny=False)),
    Control("boundary", frozenset((PolicyType.BOUNDARY,)), _lift(pb_allow=True, pb_deny=False)),
    Control("session", frozenset((PolicyType.SESSION,)), _lift(sp_allow=True, sp_deny=False)),
    Control("endpoint", frozenset((PolicyType.ENDPOINT,)), _lift(vp_allow=True, vp_deny=False)),
    Control(
        "explicit-deny",
        frozenset((PolicyType.IDENTITY, PolicyType.GROUP, PolicyType.TRUST, PolicyType.RESOURCE)),
        _lift(id_deny=False, r_deny=False),
    ),
    Control("public-access-block", frozenset(), options=Options(ignore_public_access_block=True)),
    Control("object-ownership", frozenset(), options=Options(force_acls=True)),
    Control("object-ownership", frozenset(), options=Options(owner_enforced=True)),
    Control("identity-half", frozenset(), _lift(id_allow=True)),
    Control("trust-half", frozenset(), _grant_resource_side),
    Control("resource-half", frozenset(), _grant_resource_side),
)


# What a trust policy has to allow.
_ON_A_ROLE = ("sts:assumerole", "sts:tagsession", "sts:setsourceidentity")


def applicable(control: Control, request: Request) -> bool:
    """Whether the control exists for this kind of request at all."""
    is_trust = request.action.startswith(_ON_A_ROLE)
    match control.name:
        case "identity-half":
            return request.caller.is_iam and request.caller.kind is not CallerKind.ROOT
        case "trust-half":
            return is_trust
        case "resource-half":
            same = relation_of(request) is Relation.SAME_ACCOUNT and not _rules(request).is_mandatory
            return not is_trust and not (same and request.caller.is_iam)
        case "public-access-block" | "object-ownership":
            return request.action.startswith("s3:")
        case _:
            return True


Weigh = Callable[..., Combined]


def lifting(request: Request, policies: Policies, weigh_: Weigh = weigh, *, most: int = 1) -> tuple[Control, ...]:
    """The controls of which each alone withholds access: without it the request would be possible. `most`: how many at once."""
    out = []
    asked = [part.request for part in parts_of(request, policies)] if weigh_ is weigh else [request]
    for controls in combinations([one for one in CONTROLS if any(applicable(one, each) for each in asked)], most):
        control = together(controls)
        without = weigh_(request, policies, options=control.options, tweak=control.lift)
        if solve(without_unread_grants(without.allow)).is_possible:
            out.append(control)
    return tuple(out)


def blockers(request: Request, policies: Policies, uses: list[Use], weigh_: Weigh = weigh_alone) -> tuple[Blocker, ...]:
    """What withholds access: the single controls if one alone does, else everything that denies or is missing."""
    single = lifting(request, policies, weigh_)
    if single:
        return tuple(b for control in single for b in blockers_of(control, request, policies, uses))
    denying = {use.attached.policy_type for use in uses if not use.allows}
    chosen = [c for c in CONTROLS if c.types & denying]
    lacking = [c for c in CONTROLS if c.name in _missing(request, policies, weigh_)]
    return tuple(b for control in dict.fromkeys((*chosen, *lacking)) for b in blockers_of(control, request, policies, uses))


def _missing(request: Request, policies: Policies, weigh_: Weigh) -> set[str]:
    """The allows that are missing when several things withhold access at once."""
    base = principal_side(request, policies)
    absent = {
        name
        for name, formula in (("scp", base.scp_allow), ("boundary", base.pb_allow), ("session", base.sp_allow), ("endpoint", base.vp_allow))
        if not is_possible(formula)
    }
    if request.caller.is_iam and not is_possible(base.id_allow):
        absent.add("identity-half")
    both = weigh_(request, policies, tweak=_lift(id_allow=True, scp_allow=True, pb_allow=True, sp_allow=True, vp_allow=True))
    if not is_possible(both.core):
        absent.add("trust-half" if request.action.startswith(_ON_A_ROLE) else "resource-half")
    return {name for name in absent if applicable(next(c for c in CONTROLS if c.name == name), request)}


def blockers_in_call(control: Control, request: Request, policies: Policies) -> tuple[Blocker, ...]:
    """The records of one control that withholds a whole call: of each authorization that it withholds, by name (R1.8)."""
    halves = [_half(part) for part in parts_of(request, policies)]
    withheld = [half for half in halves if not is_possible(without_unread_grants(half.combined.allow))]
    if not withheld:  # each alone is possible, but not in one request
        return blockers_of(control, request, policies, [use for half in halves for use in half.uses])
    found = (b for half in withheld for b in _labelled(half, blockers_of(control, half.part.request, half.part.policies, half.uses)))
    return _without_repeats(found)


def _without_repeats(found: Iterable[Blocker]) -> tuple[Blocker, ...]:
    return tuple({_place(b): b for b in reversed(tuple(found))}.values())[::-1]


def blockers_of(control: Control, request: Request, policies: Policies, uses: Sequence[Use]) -> tuple[Blocker, ...]:
    """The records of one control: each statement that denies, or the place where an allow is missing."""
    if control.parts:
        return tuple(one for part in control.parts for one in blockers_of(part, request, policies, uses))
    denying = [u for u in uses if not u.allows and u.statement is not None and u.attached.policy_type in control.types]
    # A deny that may spare the request (without TLS, say) withholds nothing while another one is certain.
    applying = [use for use in denying if is_certain(use.when)] or [use for use in denying if is_possible(use.when)]
    found = {_denier(control, use) for use in applying}
    ordered = sorted(found, key=lambda b: (b.policy, -1 if b.statement is None else b.statement, b.attached_to))
    return tuple(ordered) or _absent_allow(control, request, policies)


def _denier(control: Control, use: Use) -> Blocker:
    statement = use.statement
    index = statement.index if statement else None
    sid = statement.sid if statement else None
    label = f"`{sid}`" if sid else f"statement {index}"
    kind = use.attached.policy_type.value.upper() if control.name in ("scp", "rcp") else f"{use.attached.policy_type.value} policy"
    place = f" at {use.attached.level}" if use.attached.level else ""
    text = f"{label} of {kind} {use.attached.name}{place} denies it"
    return Blocker(
        control.name,
        use.attached.name,
        use.attached.policy_type,
        index,
        sid,
        "Deny",
        use.attached.attached_to,
        use.attached.level,
        text,
    )


def _absent_allow(control: Control, request: Request, policies: Policies) -> tuple[Blocker, ...]:
    caller, target = request.caller.arn, request.target.arn
    match control.name:
        case "scp":
            return _silent_levels(request, policies)
        case "boundary" | "session":
            documents = policies.boundary if control.name == "boundary" else policies.session
            kind = PolicyType.BOUNDARY if control.name == "boundary" else PolicyType.SESSION
            name = documents[0].name if documents else caller
            label = "permissions boundary" if control.name == "boundary" else "session policy"
            return (_silent(control.name, name, kind, caller, f"the {label} {name} does not allow {reference.spelled(request.action)}"),)
        case "identity-half":
            text = f"no identity policy of {caller} allows {reference.spelled(request.action)} on {target}"
            return (_silent(control.name, caller, PolicyType.IDENTITY, caller, text),)
        case "trust-half":
            name = policies.resource.name if policies.resource else f"{target}#trust"
            what = "to assume it" if request.action.startswith("sts:assumerole") else reference.spelled(request.action)
            text = f"the trust policy of {target} does not allow {caller or 'the caller'} {what}"
            return (_silent(control.name, name, PolicyType.TRUST, target, text),)
        case "public-access-block":
            text = f"Block Public Access withholds what the policy or ACL of {target} grants"
            return (_silent(control.name, f"{target}#public-access-block", PolicyType.SERVICE_RULE, target, text),)
        case "object-ownership":
            text = (
                f"the bucket policy does not reach {target}: another account owns the object"
                if control.options.owner_enforced
                else f"object ownership BucketOwnerEnforced turns the ACL of {target} off"
            )
            return (_silent(control.name, f"{target}#object-ownership", PolicyType.SERVICE_RULE, target, text),)
        case _:
            name = policies.resource.name if policies.resource else f"{target}#resource-policy"
            text = f"no resource policy of {target} allows {caller or 'the caller'}"
            return (_silent(control.name, name, PolicyType.RESOURCE, target, text),)


def _silent(control: str, policy: str, kind: PolicyType, where: str, text: str, level: str | None = None) -> Blocker:
    return Blocker(control, policy, kind, None, None, "Allow", where, level, text)


def _silent_levels(request: Request, policies: Policies) -> tuple[Blocker, ...]:
    """The SCP levels at which nothing allows the action."""
    out = []
    for level in policies.scps or ():
        alone = replace(policies, scps=(level,))
        if not is_possible(principal_side(request, alone).scp_allow):
            name = level.policies[0].name if level.policies and len(level.policies) == 1 else level.target
            text = f"no SCP at {level.target} allows {reference.spelled(request.action)}"
            out.append(_silent("scp", name, PolicyType.SCP, level.target, text, level.target))
    return tuple(out)
