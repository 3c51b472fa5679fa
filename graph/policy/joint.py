"""One call, several authorizations: all of them have to be allowed (R1.8).

A call is asked about by its first action and resource; its service's rules say what else it needs. Each further authorization is
a request of its own, by the same caller, with the same policies on the caller's side.

Sources: Service Authorization Reference; IAM User Guide, "Forward access sessions"; KMS Developer Guide, "AWS KMS condition keys".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from xgraph.graph.model import reference

from .caller import CallerKind, read_target
from .decision import ControlClass
from .factors import Other, Policies, Request
from .formula import Formula, conj, free
from .glob import Pattern, tokens_of
from .keys import Context, Facts, unknown
from .keystate import KeyState, known
from .services import Need, rules_for


@dataclass(frozen=True, slots=True)
class Part:
    """One authorization of a call. `label` says which: `kms:Decrypt on arn:…`, "" for the one that was asked about."""

    request: Request
    policies: Policies
    label: str = ""


def parts_of(request: Request, policies: Policies) -> tuple[Part, ...]:
    """Every authorization that the call needs and that can be decided, the one asked about first."""
    parts = [Part(request, policies)]
    for part in parts:  # it grows: a further authorization may have needs of its own
        for need in needs_of(part.request):
            found = _part(need, part)
            if found is not None and not any(_is_same(found.request, other.request) for other in parts):
                parts.append(found)
    return tuple(parts)


def undecided(request: Request, policies: Policies) -> Formula:
    """What the call needs of resources that nothing is known of: one gap each."""
    needs = needs_of(request)
    if not needs:
        return True
    gaps = [need.gap for need in needs if need.gap and _other(need, request, policies) is None]
    return conj(*(free(gap, ControlClass.GAP, spelling=gap) for gap in gaps))


def needs_of(request: Request) -> tuple[Need, ...]:
    """What else the call needs, by its service's rules."""
    found: tuple[Need, ...] | None = request.needs
    if found is None:
        found = rules_for(request.action).also(request)
        request.needs = found
    return found


def _is_same(one: Request, other: Request) -> bool:
    return (one.action, one.target.arn) == (other.action, other.target.arn)


def _other(need: Need, request: Request, policies: Policies) -> Other | None:
    """What is known of the resource of a need; None when nothing is."""
    if need.resource is None:
        return None
    at_hand = need.shares_policy or need.resource == request.target.arn
    if at_hand:
        membership = request.context.facts.resource_membership
        tags = request.context.facts.resource_tags if need.resource == request.target.arn else None
        return Other(request.target.owner, policies.resource, policies.resource_known, policies.rcps, membership, request.settings, tags)
    if reference.takes_no_resource(need.action):
        return Other(request.caller.account)
    return policies.others.get(need.resource)


def _part(need: Need, whole: Part) -> Part | None:
    request = whole.request
    other = _other(need, request, whole.policies)
    if other is None or need.resource is None:
        return None
    is_same = need.resource == request.target.arn
    target = request.target if is_same else read_target(need.resource, need.action, other.owner)
    if need.via:
        target = replace(target, label="key")
    label = f"{reference.spelled(need.action)} on {need.resource}"
    facts = replace(request.context.facts, action=need.action, target=target)
    facts = replace(facts, stated={**facts.stated, **dict(need.states)}) if is_same else _elsewhere(need, other, facts, label)
    policies = replace(
        whole.policies,
        resource=other.policy,
        resource_known=other.known,
        rcps=other.rcps,
        endpoint=() if need.via else whole.policies.endpoint,
    )
    return Part(Request(request.caller, need.action, target, Context(facts), other.settings), policies, label)


# Keys that tell of the caller and the time: they are the same in whatever request a service makes in the caller's name.
_OF_CALLER = (
    *("aws:principal", "aws:userid", "aws:username", "aws:multifactorauth", "aws:tokenissuetime", "aws:sourceidentity"),
    *("aws:federatedprovider", "aws:assumedroot", "aws:currenttime", "aws:epochtime"),
    *("aws:sourcearn", "aws:sourceaccount", "aws:sourceorg", "session-name"),
)
# Keys that tell of one resource of the call.
_OF_RESOURCE = ("aws:resource", "aws:requesttag/", "aws:tagkeys", "aws:requestedregion")


def _elsewhere(need: Need, other: Other, facts: Facts, label: str) -> Facts:
    """The facts of a request about another resource than the one asked for."""
    service = need.action.partition(":")[0] + ":"
    # A service's own keys are those of this request alone; of several requests to the same service, each has its own.
    shared = (*_OF_CALLER, service) if need.via and not facts.part else _OF_CALLER if need.via else ("aws:",)
    apart: tuple[str, ...] = () if need.via else _OF_RESOURCE
    if need.one_request:
        shared, apart = ("",), ("aws:resource",)
    new = replace(
        facts,
        resource_membership=other.membership,
        resource_tags=other.tags,
        object_tags=other.settings.get("ObjectTags"),
        region=facts.region if need.one_request else other.settings.get("Region"),
        through_endpoint=facts.through_endpoint and not need.via,
        stated={**(facts.stated if need.one_request else {}), **(_by_service(need.via, facts) if need.via else {}), **dict(need.states)},
        part=label,
        shared=shared,
        apart=apart,
    )
    return replace(new, given={key: value for key, value in facts.given.items() if new.shares(key) or key.startswith(service)})


# The network of a request that a service makes is the service's, not the caller's.
_NETWORK = ("aws:sourceip", "aws:vpcsourceip", "aws:sourcevpc", "aws:sourcevpce", "aws:sourcevpcarn")


def _by_service(via: str, facts: Facts) -> Mapping[str, KeyState]:
    """The keys of a request that a service makes in the caller's name."""
    if facts.caller.kind is CallerKind.SERVICE:
        return {"kms:viaservice": unknown("kms:viaservice")}
    first = f"{via.partition('.')[0]}.amazonaws.com"
    anywhere = Pattern(tokens_of(via))
    is_sure = "*" not in via and facts.caller.partition != "aws-cn"  # how China spells the names is not documented in one way
    return {
        "kms:viaservice": known(via)
        if is_sure
        else unknown("kms:viaservice", may_be_absent=False, within=(anywhere, Pattern(tokens_of(f"{via}.cn")))),
        "aws:viaawsservice": known("true"),
        "aws:calledvia": known(first, multivalued=True),
        "aws:calledviafirst": known(first),
        "aws:calledvialast": known(first),
        "aws:securetransport": known("true"),
        **{key: unknown(key) for key in _NETWORK},
    }
