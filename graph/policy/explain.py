"""Why each statement did or did not take part in a decision.

Every line comes from the functions that decide (factors, match, condition), asked once more and part by part; what counted is
what `weigh` recorded. Nothing is derived a second time.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum

from xgraph.graph.model import reference
from xgraph.graph.model.document import PolicyType

from .authorize import evidence_of, resource_end, weigh_alone
from .caller import Caller, CallerKind
from .condition import Entry, evaluate
from .decision import ControlClass, Evidence
from .describe import condition_of, spell_key
from .factors import (
    Attached,
    LevelSet,
    Policies,
    Request,
    Use,
    all_attached,
    endpoint_applies,
    identity_applies,
    names_everyone,
    rcp_applies,
    resource_applies,
    resource_covers,
)
from .formula import Formula, conj, disj
from .joint import parts_of
from .keystate import KeyState
from .match import principal_classes
from .solve import is_certain, is_possible
from .statement import PrincipalElement, Statement


class Holds(StrEnum):
    """Whether something is so; `depends`: on what is not known."""

    YES = "yes"
    NO = "no"
    DEPENDS = "depends"


@dataclass(frozen=True, slots=True)
class Seen:
    """What is known of one condition key: `known` (with its values), `absent`, `unknown` (`control`: in whose hands), or
    `unsettled`: the open point decides between the two `readings`."""

    state: str
    values: tuple[str, ...] = ()
    control: ControlClass | None = None
    open_point: str | None = None
    readings: tuple[Seen, ...] = ()


@dataclass(frozen=True, slots=True)
class ElementCheck:
    """Principal, Action or Resource (or its Not form): `values` as written, none when it is missing; what the request has there.

    `when` says on what it depends; `matches` are the classes in which a Principal covers the caller.
    """

    element: str
    values: tuple[str, ...]
    seen: str
    holds: Holds
    when: str | None = None
    matches: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ConditionCheck:
    """One entry of the Condition block with what the request shows; `variables`: the keys that its values name."""

    operator: str
    key: str
    values: tuple[str, ...]
    seen: Seen
    holds: Holds
    when: str | None = None
    variables: tuple[tuple[str, Seen], ...] = ()


@dataclass(frozen=True, slots=True)
class StatementCheck:
    """One statement. `applies`: whether it covers the request; `counts`: whether it took part in the decision; `reason`: why
    not, in a sentence. An element that this kind of policy does not have is None. `part` names a further authorization that
    the same call needs (`kms:Decrypt on arn:…`), "" for the one that was asked about.
    """

    source: Evidence
    level: str | None
    applies: Holds
    counts: bool
    when: str | None = None
    reason: str | None = None
    principal: ElementCheck | None = None
    action: ElementCheck | None = None
    resource: ElementCheck | None = None
    conditions: tuple[ConditionCheck, ...] = ()
    part: str = ""


@dataclass(frozen=True, slots=True)
class Explanation:
    """Every statement considered, in the order of the policies, and the names of what takes part and is not known."""

    statements: tuple[StatementCheck, ...]
    unknown: tuple[str, ...] = ()


def explain(request: Request, policies: Policies) -> Explanation:
    """Why each statement did or did not apply to the request."""
    checks: list[StatementCheck] = []
    unknown: list[str] = []
    for part in parts_of(request, policies):
        more, names = _explain_part(part.request, part.policies, part.label)
        checks += more
        unknown += names
    return Explanation(tuple(checks), tuple(dict.fromkeys(unknown)))


def _explain_part(request: Request, policies: Policies, part: str) -> tuple[list[StatementCheck], list[str]]:
    """One authorization, and what takes part in it and is not known."""
    uses: list[Use] = []
    weigh_alone(request, policies, record=uses.append)
    ruling = resource_end(request, policies).ruling
    counted: dict[Evidence, Formula] = {}
    for use in uses:
        place = evidence_of(use)
        counted[place] = disj(counted.get(place, False), use.when)
    checks: list[StatementCheck] = []
    walked: set[Evidence] = set()
    for attached in _taking_part(policies):
        for statement in attached.compiled.statements if attached.compiled else ():
            place = evidence_of(Use(attached, statement, statement.allows, when=True))
            walked.add(place)
            check = _check(statement, attached, request, policies, place, counted.get(place, False))
            checks.append(check if ruling is None or check.applies is Holds.NO else replace(check, counts=False, reason=ruling[1]))
    levels = {evidence_of(use): use.attached.level for use in uses}
    checks += [_other(place, levels[place], counted[place]) for place in counted if place not in walked]
    if ruling is not None and not ruling[0]:
        place = Evidence(ruling[1], PolicyType.SERVICE_RULE, None, None, "Deny", request.target.arn)
        checks.append(_other(place, None, when=True))
    return [replace(check, part=part) for check in checks] if part else checks, list(_unknown(policies))


def _taking_part(policies: Policies) -> Iterator[Attached]:
    """Every policy, in the order in which people think of them: the caller's, those above, the resource's."""
    for pool in (policies.identity, policies.boundary, policies.session):
        yield from pool or ()
    yield from all_attached(policies.scps)
    yield from all_attached(policies.rcps)
    yield from policies.endpoint or ()
    if policies.resource is not None:
        yield policies.resource


def _unknown(policies: Policies) -> Iterator[str]:
    """The names of what was not read, as in the gaps of a condition."""
    for pool, name in (
        (policies.identity, "identity-policies-not-collected"),
        (policies.boundary, "boundary-not-collected"),
        (policies.session, "session-policy-not-collected"),
        (policies.endpoint, "endpoint-policy-not-collected"),
    ):
        if pool is None:
            yield name
    for levels, name in ((policies.scps, "scp-not-collected"), (policies.rcps, "rcp-not-collected")):
        if levels is None or any(_is_unread(level) for level in levels):
            yield name
    if not policies.resource_known:
        yield "resource-policy-not-collected"
    for attached in _taking_part(policies):
        if attached.compiled is None or attached.compiled.unreadable:
            yield f"policy-not-read:{attached.name}"


def _is_unread(level: LevelSet) -> bool:
    return level.policies is None


# -------------------------------------------------------------------------------------------------------- one statement


def _check(
    statement: Statement,
    attached: Attached,
    request: Request,
    policies: Policies,
    place: Evidence,
    counted: Formula,
) -> StatementCheck:
    found = _applies(statement, attached, request, policies) if _covers_action(statement, request) else False
    counts = is_possible(counted)
    applies, when = _told(counted if counts else found)
    if statement.unreadable:
        return StatementCheck(place, attached.level, applies, counts, when, "the statement can't be understood")
    principal = _principal(statement, attached, request, policies)
    action = _action(statement, request)
    resource = _resource(statement, attached, request)
    conditions = tuple(_condition(entry, request) for entry in statement.conditions)
    reason = None
    if applies is Holds.NO:
        reason = _failing(principal, action, resource, conditions)
    elif not counts:
        reason = _left_out(statement, attached, request)
    return StatementCheck(place, attached.level, applies, counts, when, reason, principal, action, resource, conditions)


def _covers_action(statement: Statement, request: Request) -> bool:
    return statement.unreadable or statement.actions.matches(request.action)


def _applies(statement: Statement, attached: Attached, request: Request, policies: Policies) -> Formula:
    """When the statement covers a request for its action, by the rules of its kind of policy."""
    match attached.policy_type:
        case PolicyType.RESOURCE | PolicyType.TRUST:
            classes = resource_applies(statement, attached, request, policies.canonical_ids)
            return disj(*(when for _, when in classes), False)
        case PolicyType.ENDPOINT:
            return endpoint_applies(statement, attached, request, policies.canonical_ids)
        case PolicyType.RCP:
            return conj(names_everyone(statement), identity_applies(statement, request, attached.policy_type, attached.name))
        case _:
            return identity_applies(statement, request, attached.policy_type, attached.name)


def _other(place: Evidence, level: str | None, when: Formula) -> StatementCheck:
    """Something that counted and is no statement of a policy: an ACL grant, a rule of the service, a policy that was not read."""
    applies, text = _told(when)
    reason = place.policy if place.policy_type is PolicyType.SERVICE_RULE else None
    return StatementCheck(place, level, applies, counts=True, when=text, reason=reason)


def _told(formula: Formula) -> tuple[Holds, str | None]:
    """Whether the formula holds, and if that depends, on what."""
    if is_certain(formula):
        return Holds.YES, None
    if not is_possible(formula):
        return Holds.NO, None
    return Holds.DEPENDS, condition_of(formula).text


def _failing(
    principal: ElementCheck | None,
    action: ElementCheck,
    resource: ElementCheck | None,
    conditions: Iterable[ConditionCheck],
) -> str:
    """What keeps the statement from matching."""
    texts = [_missed(part) for part in (action, principal, resource) if part is not None and part.holds is Holds.NO]
    texts += [f"`{each.operator}` of {each.key} does not hold" for each in conditions if each.holds is Holds.NO]
    return "; ".join(texts) or "its parts exclude each other"


def _missed(part: ElementCheck) -> str:
    if part.values:
        return f"{part.element} does not cover {part.seen}"
    if part.element == "Action":
        return "it can never match: it names no action, or a condition operator that does not exist"
    return f"it has no {part.element}"


_OWN = frozenset((PolicyType.IDENTITY, PolicyType.GROUP, PolicyType.BOUNDARY, PolicyType.SESSION))


def _left_out(statement: Statement, attached: Attached, request: Request) -> str:
    """Why a statement that covers the request takes no part in the decision."""
    kind = attached.policy_type
    service = request.action.partition(":")[0]
    if kind is PolicyType.RCP:
        return "an RCP allows nothing, it only denies" if rcp_applies(request) else "RCPs do not reach this caller or this action"
    if kind is PolicyType.SCP and request.caller.is_service_linked:
        return "SCPs do not limit service-linked roles"
    if kind is PolicyType.SCP or kind in _OWN:
        what = "root users" if request.caller.kind is CallerKind.ROOT else "this caller"
        return f"policies of this kind do not limit or allow {what}"
    if kind is PolicyType.TRUST or (":role/" in request.target.arn and service == "iam"):
        return "a trust policy says who may assume the role, nothing else"
    withheld = "what it allows is withheld by" if statement.allows else "it is left out by"
    return f"{withheld} the rules of {service}"


# ---------------------------------------------------------------------------------------------------------- its parts


def _action(statement: Statement, request: Request) -> ElementCheck:
    actions = statement.actions
    name = "NotAction" if actions.negated else "Action"
    holds = Holds.YES if actions.matches(request.action) else Holds.NO
    return ElementCheck(name, actions.texts, reference.spelled(request.action), holds)


def _resource(statement: Statement, attached: Attached, request: Request) -> ElementCheck | None:
    resources = statement.resources
    holds, when = _told(resource_covers(statement, attached.policy_type, request))
    if resources is None:
        return None if holds is Holds.YES else ElementCheck("Resource", (), request.target.arn, holds, when)
    return ElementCheck("NotResource" if resources.negated else "Resource", resources.texts, request.target.arn, holds, when)


def _principal(statement: Statement, attached: Attached, request: Request, policies: Policies) -> ElementCheck | None:
    element, kind = statement.principal, attached.policy_type
    seen = spoken(request.caller)
    if kind is PolicyType.RCP:
        holds = Holds.YES if names_everyone(statement) else Holds.NO
        return ElementCheck("Principal", _written(element) if element else (), seen, holds)
    if kind not in (PolicyType.RESOURCE, PolicyType.TRUST, PolicyType.ENDPOINT):
        return None
    if element is None:
        return None if kind is PolicyType.ENDPOINT else ElementCheck("Principal", (), seen, Holds.NO)
    classes = principal_classes(element, request.caller, policies.canonical_ids, allows=statement.allows)
    holds, when = _told(disj(*(formula for _, formula in classes), False))
    name = "NotPrincipal" if element.negated else "Principal"
    return ElementCheck(name, _written(element), seen, holds, when, tuple(dict.fromkeys(str(match) for match, _ in classes)))


def spoken(caller: Caller) -> str:
    """The caller as people name it."""
    if caller.kind is CallerKind.ANONYMOUS:
        return "anonymous"
    return caller.session_arn or caller.arn or "any AWS principal"


def _written(element: PrincipalElement) -> tuple[str, ...]:
    """The principals that the element names, by form, in a fixed order."""
    out = ["*"] if element.everyone else []
    aws = (*map(_account, element.accounts), *element.arns, *element.unique_ids)
    out += [f"AWS: {text}" for text in (("*",) if element.aws_star else ()) + tuple(sorted(aws))]
    for name, texts in (("Service", element.services), ("Federated", element.federated), ("CanonicalUser", element.canonical)):
        out += [f"{name}: {text}" for text in sorted(texts)]
    return tuple(out)


def _account(text: str) -> str:
    """An account as a policy writes it: its id, or the ARN of its root (kept as `partition:id`)."""
    partition, colon, account = text.partition(":")
    return f"arn:{partition}:iam::{account}:root" if colon else text


_QUANTIFIERS = {"all": "ForAllValues:", "any": "ForAnyValue:"}


def _condition(entry: Entry, request: Request) -> ConditionCheck:
    use = entry.use
    holds, when = _told(evaluate(entry, request.context))
    return ConditionCheck(
        f"{_QUANTIFIERS.get(use.quantifier, '')}{use.operator.name}{'IfExists' if use.if_exists else ''}",
        entry.spelling,
        tuple(text.text for text in entry.templates),
        _seen(request.context.state(entry.key)),
        holds,
        when,
        tuple((spell_key(key), _seen(request.context.state(key))) for key in sorted(entry.keys - {entry.key})),
    )


def _seen(state: KeyState) -> Seen:
    if state.readings is not None:
        name, first, second = state.readings
        return Seen("unsettled", open_point=name, readings=(_seen(first), _seen(second)))
    if state.variable is not None:
        return Seen("unknown", control=state.variable.control)
    return Seen("absent") if state.values is None else Seen("known", state.values)
