"""One formula for each ingredient of a decision (section 4a of the rules)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Final, NamedTuple

from xgraph.graph.model import reference
from xgraph.graph.model.document import PolicyType

from .caller import Caller, CallerKind, Target
from .decision import ControlClass
from .formula import Formula, conj, disj, free, neg
from .keys import NO_ORGANIZATION, Context, Membership
from .match import Classes, MatchClass, conditions_hold, principal_classes, resource_matches
from .statement import Compiled, Plans, Statement, statements_about


@dataclass(frozen=True, slots=True)
class Attached:
    """A compiled policy where it stands. `compiled` None: it exists but was not read. `level`: the SCP or RCP target."""

    name: str
    policy_type: PolicyType
    attached_to: str
    compiled: Compiled | None
    level: str | None = None


@lru_cache(maxsize=65536)
def _plans_of(documents: tuple[Compiled | None, ...]) -> Plans:
    """What the documents of a level say together: the same ones stand at every account below."""
    only = documents[0] if len(documents) == 1 else None
    return only.plans if only is not None else Plans(documents)


def names_everyone(statement: Statement) -> bool:
    """Whether the Principal is `*`, the only one that an RCP may have (R4.51)."""
    return statement.principal is not None and (statement.principal.everyone or statement.principal.aws_star)


class _Denials(dict[str, "tuple[Statement, ...] | None"]):
    """By action: the statements of RCPs that deny it for everybody; None where one of them was not read or not understood."""

    __slots__ = ("_documents",)

    def __init__(self, documents: tuple[Compiled | None, ...]) -> None:
        self._documents = documents

    def __missing__(self, action: str) -> tuple[Statement, ...] | None:
        told = statements_about(self._documents, action)
        denies = None if told is None else tuple(each for each in told if not each.allows and names_everyone(each))
        self[action] = denies
        return denies


_denials_of = lru_cache(maxsize=65536)(_Denials)


@dataclass(frozen=True, slots=True)
class LevelSet:
    """The SCPs or RCPs attached to one target. `policies` None: not collected."""

    target: str
    policies: tuple[Attached, ...] | None
    may_deny: bool = field(init=False, repr=False, compare=False)
    plans: Plans = field(init=False, repr=False, compare=False)
    denials: _Denials = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        may_deny = self.policies is None or any(each.compiled is None or each.compiled.may_deny for each in self.policies)
        object.__setattr__(self, "may_deny", may_deny)
        documents = (None,) if self.policies is None else tuple(each.compiled for each in self.policies)
        object.__setattr__(self, "plans", _plans_of(documents))
        object.__setattr__(self, "denials", _denials_of(documents))


@dataclass(frozen=True, slots=True)
class Other:
    """Another resource that takes part in the same call (R1.8): its policy (None: it has none, unless `known` is False), the RCPs
    over it, and what its service needs to know of it."""

    owner: str | None
    policy: Attached | None = None
    known: bool = True
    rcps: tuple[LevelSet, ...] | None = ()
    membership: Membership = NO_ORGANIZATION
    settings: Mapping[str, Any] = field(default_factory=dict)
    tags: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Policies:
    """Every policy that takes part. None stands for "not known", an empty tuple for "there is none".

    `session` empty: no session policy was passed. `resource` None: the resource has no policy. `acl` holds ACL grants as
    statements. `foreign`: the account whose administrator has to delegate because its identities were not collected (R4.19).
    `others`: further resources that the call may touch, by ARN.
    """

    identity: tuple[Attached, ...] | None = ()
    boundary: tuple[Attached, ...] | None = ()
    session: tuple[Attached, ...] | None = ()
    scps: tuple[LevelSet, ...] | None = ()
    rcps: tuple[LevelSet, ...] | None = ()
    endpoint: tuple[Attached, ...] | None = ()
    resource: Attached | None = None
    resource_known: bool = True
    foreign: str | None = None
    canonical_ids: Mapping[str, str] = field(default_factory=dict)
    others: Mapping[str, Other] = field(default_factory=dict)


# A tuple, as three are made for every decision. The first eleven are the caller's and the RCPs', the others the resource's.
class Factors(NamedTuple):
    """The formulas of section 4a. `*_allow` True means "no limit of this kind"; `*_deny` False means "no deny of this kind".

    `r_*` are the resource side by match class (R4.5); `grant` is a service's own way in (KMS grants, R7.10).
    """

    id_allow: Formula = False
    id_deny: Formula = False
    pb_allow: Formula = True
    pb_deny: Formula = False
    sp_allow: Formula = True
    sp_deny: Formula = False
    scp_allow: Formula = True
    scp_deny: Formula = False
    vp_allow: Formula = True
    vp_deny: Formula = False
    rcp_deny: Formula = False
    r_exact: Formula = False
    r_role: Formula = False
    r_user: Formula = False
    r_account: Formula = False
    r_service: Formula = False
    r_federated: Formula = False
    r_deny: Formula = False
    grant: Formula = False


# No policy at all.
NOTHING = Factors()


def joined(own: Factors, side: Factors, rcp_deny: Formula) -> Factors:
    """Both ends in one: the caller's factors and the resource's."""
    if side is NOTHING and rcp_deny is False:
        return own
    return tuple.__new__(Factors, (*own[:10], rcp_deny, *side[11:]))


class Use(NamedTuple):
    """One statement that took part, with when it applies. `match` is its class in a resource policy."""

    attached: Attached
    statement: Statement | None
    allows: bool
    when: Formula
    match: MatchClass | None = None


Record = Callable[[Use], None]


# Not frozen, as one is made for every decision, and freezing would double that. Nobody assigns to one but joint.py to `needs`.
@dataclass(slots=True)
class Request:
    """One question: the two ends, what is asked (lower case), what is known of the request, and its service's settings."""

    caller: Caller
    action: str
    target: Target
    context: Context
    settings: Mapping[str, Any] = field(default_factory=dict)
    needs: Any = field(default=None, init=False, compare=False, repr=False)  # kept by joint.py, which asks for them twice


def principal_side(request: Request, policies: Policies, record: Record | None = None) -> Factors:
    """The ingredients that belong to the caller: identity, boundary, session, SCP, endpoint."""
    caller = request.caller
    vp_allow, vp_deny = _endpoint(request, policies, record) if policies.endpoint != () else (True, False)
    if policies.foreign is not None:
        return _foreign_side(request, policies, record, vp_allow, vp_deny)
    kind = caller.kind
    if kind is _ROOT:
        scp_allow, scp_deny = _scp(request, policies, record)
        return Factors(id_allow=True, scp_allow=scp_allow, scp_deny=scp_deny, vp_allow=vp_allow, vp_deny=vp_deny)
    if not caller.is_iam:
        return Factors(vp_allow=vp_allow, vp_deny=vp_deny)
    id_allow, id_deny = _pooled(policies.identity, request, record, "identity-policies-not-collected")
    pb_allow: Formula = True
    sp_allow: Formula = True
    pb_deny: Formula = False
    sp_deny: Formula = False
    if policies.boundary != () and not caller.is_service_linked:
        pb_allow, pb_deny = _pooled(policies.boundary, request, record, "boundary-not-collected")
    if policies.session != () and kind in _WITH_SESSION_POLICY and not caller.is_service_linked:
        sp_allow, sp_deny = _pooled(policies.session, request, record, "session-policy-not-collected")
    elif kind is _FEDERATED_USER:
        sp_allow = free("U-36", ControlClass.GAP)
    scp_allow, scp_deny = _scp(request, policies, record)
    return Factors(id_allow, id_deny, pb_allow, pb_deny, sp_allow, sp_deny, scp_allow, scp_deny, vp_allow, vp_deny)


# Looked up once: see caller.py.
_ROOT: Final = CallerKind.ROOT
_FEDERATED_USER: Final = CallerKind.FEDERATED_USER
_SERVICE: Final = CallerKind.SERVICE
_SCP: Final = PolicyType.SCP
_RCP: Final = PolicyType.RCP
_TRUST: Final = PolicyType.TRUST
_RESOURCE: Final = PolicyType.RESOURCE
# R1.2: a user's and a root user's requests carry no session policy.
_WITH_SESSION_POLICY = frozenset((CallerKind.ROLE, CallerKind.FEDERATED_USER))


def _foreign_side(request: Request, policies: Policies, record: Record | None, vp_allow: Formula, vp_deny: Formula) -> Factors:
    """R4.19: an account whose identities were not collected; only its administrator knows whether it delegates. SCPs over it are
    known when it is a member of a collected organization."""
    delegates = free(f"foreign-account:{policies.foreign}", ControlClass.FOREIGN_ACCOUNT, spelling=policies.foreign or "")
    scp_allow, scp_deny = _scp(request, policies, record)
    return Factors(id_allow=delegates, scp_allow=conj(scp_allow, delegates), scp_deny=scp_deny, vp_allow=vp_allow, vp_deny=vp_deny)


def _unreadable(statement: Statement, name: str) -> Formula:
    """A statement of known effect whose other elements can't be understood may or may not apply."""
    what = f"unreadable-statement:{name}#{statement.index}"
    return free(f"{what}:{'allow' if statement.allows else 'deny'}", ControlClass.GAP, spelling=what)


def identity_applies(statement: Statement, request: Request, kind: PolicyType, name: str) -> Formula:
    """When a statement of an identity, boundary, session or organization policy applies to the request. `name`: the policy's."""
    if statement.is_open:
        return True
    if statement.unreadable:
        return _unreadable(statement, name)
    covers = resource_covers(statement, kind, request)
    if covers is False or not statement.conditions:
        return covers
    holds = conditions_hold(statement, request.context)
    return holds if covers is True else conj(covers, holds)


_PADDING = frozenset((PolicyType.IDENTITY, PolicyType.GROUP, PolicyType.BOUNDARY, PolicyType.SESSION))
# Services whose resource policies leave Resource out: it is the resource that the policy is attached to.
_IMPLICIT_RESOURCE = frozenset(("sts", "iam", "ecr"))


def resource_covers(statement: Statement, kind: PolicyType, request: Request) -> Formula:
    """When the Resource element covers the target; where there is none, what the kind of policy makes of that."""
    if kind is _TRUST:
        return True
    resources, target = statement.resources, request.target
    if resources is None:
        return kind is _RESOURCE and target.service in _IMPLICIT_RESOURCE
    if resources.has_star:
        return not resources.negated
    if target.pattern is None and not target.takes_no_resource and (plainly := resources.covers(target.arn)) is not None:
        return plainly
    return resource_matches(resources, target, request.context, may_pad=statement.allows and kind in _PADDING)


def _pooled(policies: tuple[Attached, ...] | None, request: Request, record: Record | None, what: str) -> tuple[Formula, Formula]:
    """Allow and deny over a pool of policies (R4.1, R4.3); a part that was not read is free in both directions."""
    if policies is None:
        return _unknown(what)
    allow: Formula = False
    deny: Formula = False
    opens: Formula
    closes: Formula
    for attached in policies:
        compiled = attached.compiled
        if record is None and compiled is not None and (plan := compiled.plans[request.action]) is not None:
            opens, closes, rest = plan
            allow, deny = opens or allow, closes or deny
            if rest:
                allow, deny = _planned(rest, attached.policy_type, request, allow, deny)
        else:
            opens, closes = _one_by_one(attached, request, record)
            allow, deny = disj(allow, opens), disj(deny, closes)
    return allow, deny


def _planned(
    rest: tuple[Statement, ...],
    kind: PolicyType,
    request: Request,
    allow: Formula,
    deny: Formula,
) -> tuple[Formula, Formula]:
    """What the statements that have to be asked add, when nobody wants to know which of them it was."""
    for statement in rest:
        if (allow if statement.allows else deny) is True:
            continue  # one more changes nothing
        when = identity_applies(statement, request, kind, "")
        if when is False:
            continue
        if statement.allows:
            allow = when if allow is False else disj(allow, when)
        else:
            deny = when if deny is False else disj(deny, when)
    return allow, deny


def _one_by_one(attached: Attached, request: Request, record: Record | None) -> tuple[Formula, Formula]:
    """What one policy allows and denies, statement by statement."""
    allow: Formula = False
    deny: Formula = False
    compiled = attached.compiled
    if compiled is None or compiled.unreadable:
        allow, deny = _unknown(f"policy-not-read:{attached.name}")
        if record:
            record(Use(attached, None, allows=True, when=allow))
    for statement in compiled.about(request.action) if compiled is not None else ():
        when = identity_applies(statement, request, attached.policy_type, attached.name)
        if when is False:
            continue
        if record:
            record(Use(attached, statement, statement.allows, when))
        if statement.allows:
            allow = disj(allow, when)
        else:
            deny = disj(deny, when)
    return allow, deny


def _unknown(what: str) -> tuple[Formula, Formula]:
    return free(f"{what}:allow", ControlClass.GAP, spelling=what), free(f"{what}:deny", ControlClass.GAP, spelling=what)


def _scp(request: Request, policies: Policies, record: Record | None) -> tuple[Formula, Formula]:
    """R4.40 to R4.45: every level must allow, a deny at any level denies."""
    if request.caller.is_service_linked:
        return True, False
    allow, deny = _levels(policies.scps, request, record, "scp")
    if allow is True and deny is False:
        return True, False
    spared = _may_manage("management-account-not-known", request.context.facts.principal_membership)
    return (allow, deny) if spared is False else (disj(spared, allow), conj(neg(spared), deny))


def _may_manage(what: str, membership: Membership) -> Formula:
    """R4.40, R4.50: the unknown "it is the management account", which no guardrail limits."""
    return False if membership.is_known and membership.management_known else free(what, ControlClass.GAP, spelling=what)


def _levels(levels: tuple[LevelSet, ...] | None, request: Request, record: Record | None, kind: str) -> tuple[Formula, Formula]:
    if levels is None:
        return _gap(kind), False
    allow: Formula = True
    deny: Formula = False
    opens: Formula
    closes: Formula
    for level in levels:
        if record is None and (plan := level.plans[request.action]) is not None:
            opens, closes, rest = plan
            if rest:
                opens, closes = _planned(rest, _SCP, request, opens, closes)
        elif level.policies is None:
            opens, closes = _gap(kind), False
        else:
            opens, closes = _pooled(level.policies, request, record, kind)
        if opens is not True:
            allow = conj(allow, opens)
        if closes is not False:
            deny = disj(deny, closes)
    return allow, deny


def owner_unknown() -> Formula:
    """The unknown of R1.7: true when the resource is the caller's own account's."""
    return free("resource-owner-not-known", ControlClass.GAP, spelling="resource-owner-not-known")


def _gap(kind: str) -> Formula:
    """SCPs or RCPs that were not collected."""
    return free(f"{kind}-not-collected", ControlClass.GAP, spelling=f"{kind}-not-collected")


def rcp_applies(request: Request) -> bool:
    """R4.50: whether RCPs reach this caller and this action at all."""
    service = request.action.partition(":")[0]
    if request.caller.is_service_linked or service not in reference.RCP_SERVICES:
        return False
    if request.caller.kind is _SERVICE and ":role/aws-service-role/" in request.target.arn:
        return False  # a service's own assumption of its service-linked role
    return not (service == "kms" and _is_beyond_rcps(request))


def _is_beyond_rcps(request: Request) -> bool:
    """Retiring a grant, and the keys that AWS manages for an account."""
    is_managed = request.settings.get("KeyManager") == "AWS" or ":alias/aws/" in request.target.arn
    return request.action == "kms:retiregrant" or is_managed


def organization_side(request: Request, policies: Policies, record: Record | None) -> Formula:
    """R4.51: RCPs only deny; RCPFullAWSAccess can't be detached."""
    levels = policies.rcps
    if levels is None:
        return _gap("rcp") if rcp_applies(request) else False
    deny: Formula = False
    is_asked = False
    for level in levels:
        if not level.may_deny:
            continue  # mostly there is RCPFullAWSAccess alone
        if not is_asked and not rcp_applies(request):
            return False
        is_asked = True
        if record is None and (closing := level.denials[request.action]) is not None:
            for statement in closing:
                deny = disj(deny, identity_applies(statement, request, _RCP, ""))
            continue
        if level.policies is None:
            deny = disj(deny, _gap("rcp"))
            continue
        for attached in level.policies:
            if attached.compiled is None or attached.compiled.may_deny:
                deny = disj(deny, _rcp_denies(attached, request, record))
    return False if deny is False else conj(deny, neg(owner_may_manage(request)))


def owner_may_manage(request: Request) -> Formula:
    """Whether the resource may be the management account's: nothing says whose it is, or which account that is."""
    membership = request.context.facts.resource_membership
    if request.target.owner is None and membership.management_account:
        is_own = owner_unknown() if request.caller.is_iam else False
        if request.caller.is_iam and request.caller.account == membership.management_account:
            return is_own
        return conj(neg(is_own), free("management-account-resource", ControlClass.GAP, spelling="resource-owner-not-known"))
    return _may_manage("management-account-not-known:resource", membership)


def _rcp_denies(attached: Attached, request: Request, record: Record | None) -> Formula:
    if attached.compiled is None or attached.compiled.unreadable:
        return _unknown(f"policy-not-read:{attached.name}")[1]
    deny: Formula = False
    for statement in attached.compiled.about(request.action):
        if statement.allows or not names_everyone(statement):
            continue
        when = identity_applies(statement, request, attached.policy_type, attached.name)
        if when is not False and record:
            record(Use(attached, statement, allows=False, when=when))
        deny = disj(deny, when)
    return deny


# ------------------------------------------------------------------------------------------------------- resource side

_CLASS_FIELD = {
    MatchClass.EXACT: "r_exact",
    MatchClass.ROLE: "r_role",
    MatchClass.USER_OF_FED: "r_user",
    MatchClass.ACCOUNT: "r_account",
    MatchClass.SERVICE: "r_service",
    MatchClass.FEDERATED: "r_federated",
}


def resource_side(
    request: Request,
    policies: Policies,
    record: Record | None = None,
    *,
    base: Factors | None = None,
    allow_when: Formula = True,
) -> Factors:
    """The ingredients that belong to the resource: its policy by match class (R4.5). Its allows count only when `allow_when` holds."""
    found = base or NOTHING
    if not policies.resource_known:
        opens, closes = _unknown("resource-policy-not-collected")
        return _opened(found, conj(allow_when, opens), closes)
    if policies.resource is None:
        return found
    return add_policy(found, policies.resource, request, policies.canonical_ids, record, allow_when=allow_when)


def _opened(base: Factors, opens: Formula, closes: Formula) -> Factors:
    """A resource policy that was not read may admit anybody and deny anybody."""
    return base._replace(
        r_exact=disj(base.r_exact, opens),
        r_service=disj(base.r_service, opens),
        r_federated=disj(base.r_federated, opens),
        r_deny=disj(base.r_deny, closes),
    )


def add_policy(
    base: Factors,
    attached: Attached,
    request: Request,
    canonical_ids: Mapping[str, str],
    record: Record | None,
    *,
    allow_when: Formula = True,
) -> Factors:
    """`base` with one more resource policy; its allows count only when `allow_when` holds."""
    sums: dict[str, Formula] = {}
    compiled = attached.compiled
    if compiled is None or compiled.unreadable:
        opens, closes = _unknown(f"policy-not-read:{attached.name}")
        granted = conj(opens, allow_when)
        sums = {"r_exact": granted, "r_service": granted, "r_federated": granted, "r_deny": closes}
        if record:
            record(Use(attached, None, allows=True, when=opens))
    for statement in compiled.about(request.action) if compiled is not None else ():
        for match, when in resource_applies(statement, attached, request, canonical_ids):
            granted = when if allow_when is True or not statement.allows else conj(when, allow_when)
            if granted is False:
                continue
            if record:
                record(Use(attached, statement, statement.allows, granted, match))
            name = _CLASS_FIELD[match] if statement.allows else "r_deny"
            sums[name] = disj(sums[name], granted) if name in sums else granted
    if not sums:
        return base
    if base is NOTHING:
        return Factors(**sums)
    return base._replace(**{name: disj(getattr(base, name), formula) for name, formula in sums.items()})


# The class at which `*` names a caller, for kinds that no other class admits (R4.14, R4.18).
_WIDEST = {CallerKind.SERVICE: MatchClass.SERVICE, CallerKind.OIDC: MatchClass.FEDERATED, CallerKind.SAML: MatchClass.FEDERATED}


def resource_applies(statement: Statement, attached: Attached, request: Request, canonical_ids: Mapping[str, str]) -> Classes:
    """How and when a resource policy's statement covers the request."""
    if statement.unreadable:
        return ((_WIDEST.get(request.caller.kind, MatchClass.EXACT), _unreadable(statement, attached.name)),)
    if statement.principal is None:
        return ()
    classes = principal_classes(statement.principal, request.caller, canonical_ids, allows=statement.allows)
    if not classes:
        return ()
    covers = resource_covers(statement, attached.policy_type, request)
    if covers is False:
        return ()
    holds = conj(covers, conditions_hold(statement, request.context)) if statement.conditions else covers
    if holds is True:
        return classes
    return tuple((match, conj(when, holds)) for match, when in classes) if holds is not False else ()


def _endpoint(request: Request, policies: Policies, record: Record | None) -> tuple[Formula, Formula]:
    """R4.60: an endpoint policy is a resource policy on all that passes the endpoint; none means that it allows all."""
    if policies.endpoint == ():
        return True, False
    if policies.endpoint is None:
        return _unknown("endpoint-policy-not-collected")
    allow: Formula = False
    deny: Formula = False
    for attached in policies.endpoint:
        if attached.compiled is None or attached.compiled.unreadable:
            opens, closes = _unknown(f"policy-not-read:{attached.name}")
            allow, deny = disj(allow, opens), disj(deny, closes)
        for statement in attached.compiled.about(request.action) if attached.compiled else ():
            when = endpoint_applies(statement, attached, request, policies.canonical_ids)
            if when is False:
                continue
            if record:
                record(Use(attached, statement, statement.allows, when))
            allow, deny = (disj(allow, when), deny) if statement.allows else (allow, disj(deny, when))
    return allow, deny


_ENDPOINT_KINDS: Mapping[str, Formula] = {"Interface": True, "Gateway": False}


def endpoint_applies(statement: Statement, attached: Attached, request: Request, canonical_ids: Mapping[str, str]) -> Formula:
    """When a statement of an endpoint policy applies to the request."""
    applies = identity_applies(statement, request, attached.policy_type, attached.name)
    if statement.principal is None or statement.unreadable or applies is False:
        return applies
    classes = principal_classes(statement.principal, request.caller, canonical_ids, allows=statement.allows)
    only_by_account = bool(classes) and all(match is MatchClass.ACCOUNT for match, _ in classes)
    if only_by_account and request.caller.kind is not CallerKind.ROOT and request.action.startswith(("s3:", "dynamodb:")):
        # A gateway endpoint reads an account as its root user alone.
        applies = conj(applies, _ENDPOINT_KINDS.get(request.context.facts.endpoint_type, free("U-39", ControlClass.GAP)))
    return disj(*(conj(applies, when) for _, when in classes), False)


def all_attached(levels: Iterable[LevelSet] | None) -> tuple[Attached, ...]:
    """Every policy at every level."""
    return tuple(attached for level in levels or () for attached in level.policies or ())
