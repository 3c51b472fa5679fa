"""What each condition key is worth in one request: known, absent, or unknown and in whose hands (R3.20 to R3.22).

Source: IAM User Guide, "AWS global condition context keys", "IAM and AWS STS condition context keys".
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Final

from xgraph.graph.model import reference
from xgraph.graph.model.arn import is_account_id, parse_arn

from .caller import Caller, CallerKind, Target
from .decision import ControlClass
from .formula import Variable
from .glob import STAR, Pattern
from .keystate import ABSENT, KeyState, known


@dataclass(frozen=True, slots=True)
class Membership:
    """Which organization an account belongs to. `id` "" with `is_known`: none. `others`: organizations it is certainly not in.
    `management_known` False: the organization is known but for its management account."""

    id: str = ""
    paths: tuple[str, ...] = ()
    management_account: str = ""
    is_known: bool = True
    others: tuple[str, ...] = ()
    management_known: bool = True


# Looked up once: see caller.py.
_GAP: Final = ControlClass.GAP
_SERVICE_CALLER: Final = CallerKind.SERVICE

NO_ORGANIZATION = Membership()
UNKNOWN_ORGANIZATION = Membership(is_known=False)


@dataclass(frozen=True, slots=True)
class Facts:
    """All that is known of a request besides its policies.

    `principal_tags` None: not known. `open_tags`: a caller of the role may pass session tags that override its own (R5.32).
    `given` holds keys stated by the user (lower case), None for one stated as unknown; `given_only`: every other key that is
    not derived is absent. `stated` holds keys that are fixed whatever else is known. `part` is the name of one authorization among
    several of a call: the keys that are not the `shared` ones (prefixes; but for `apart`) are unknowns of its own. `endpoint_type` is AWS's word for the kind of VPC endpoint, "" when not known.
    """

    caller: Caller
    action: str
    target: Target
    principal_membership: Membership = NO_ORGANIZATION
    resource_membership: Membership = NO_ORGANIZATION
    principal_tags: Mapping[str, str] | None = None
    open_tags: bool = False
    resource_tags: Mapping[str, str] | None = None
    object_tags: Mapping[str, str] | None = None
    region: str | None = None
    at: str | None = None
    through_endpoint: bool = False
    endpoint_type: str = ""
    direct_path: bool = True
    given: Mapping[str, tuple[str, ...] | None] = field(default_factory=dict)
    given_only: bool = False
    stated: Mapping[str, KeyState] = field(default_factory=dict)
    part: str = ""
    shared: tuple[str, ...] = ("",)
    apart: tuple[str, ...] = ()

    def shares(self, key: str) -> bool:
        """Whether the key is the same in every authorization of the call."""
        return not self.part or (key.startswith(self.shared) and not key.startswith(self.apart))


class Context:
    """The key states of one request, worked out when asked for."""

    __slots__ = ("_states", "facts")

    def __init__(self, facts: Facts) -> None:
        self.facts = facts
        self._states: dict[str, KeyState] = {}

    def state(self, key: str) -> KeyState:
        """What is known of a key (lower case)."""
        state = self._states.get(key)
        if state is None:
            facts = self.facts
            given = facts.given.get(key)
            state = _stated(key, given) if given is not None and key not in facts.stated else key_state(key, facts)
            if facts.part and not facts.shares(key):
                state = _scoped(state, facts.part)
            self._states[key] = state
        return state


def _scoped(state: KeyState, part: str) -> KeyState:
    if state.variable is not None:
        return replace(state, variable=replace(state.variable, scope=part))
    if state.readings is not None:
        name, first, second = state.readings
        return replace(state, readings=(name, _scoped(first, part), _scoped(second, part)))
    return state


def key_state(key: str, facts: Facts) -> KeyState:
    """The state of one key (lower case) in the request that `facts` describe."""
    stated = facts.stated.get(key)
    if stated is not None:
        return stated
    given = facts.given.get(key)
    if given is not None:
        return _stated(key, given)
    found = _follows(key, facts.given) if facts.given and key in _COUPLED else None
    found = found or _derived(key, facts)
    if key in facts.given:  # stated as not known
        return unknown(key) if found is None or found.is_absent else found
    if facts.given_only and (found is None or found.variable is not None or found.readings is not None):
        return found if found is not None and _is_derived_unknown(key, facts) else ABSENT
    return found if found is not None else unknown(key)


@lru_cache(maxsize=65536)
def _stated(key: str, given: tuple[str, ...]) -> KeyState:
    return known(*given, multivalued=reference.is_multivalued(key))


_VPC_KEYS = ("aws:sourcevpce", "aws:sourcevpc", "aws:vpcsourceip")
_COUPLED = frozenset((*_VPC_KEYS, "aws:sourceip", "aws:multifactorauthpresent", "aws:multifactorauthage", "aws:tokenissuetime"))


def _follows(key: str, given: Mapping[str, tuple[str, ...] | None]) -> KeyState | None:
    """R3.21: what a key must be beside those that are stated; None when they say nothing of it."""
    is_through = any(given.get(one) for one in _VPC_KEYS)
    match key:
        case "aws:sourceip":
            return ABSENT if is_through else None
        case "aws:multifactorauthpresent":
            return known("true") if given.get("aws:multifactorauthage") else None
        case "aws:multifactorauthage":
            stated = given.get("aws:multifactorauthpresent")
            return ABSENT if stated is not None and [one.lower() for one in stated] != ["true"] else None
        case "aws:tokenissuetime":
            is_there = given.get("aws:multifactorauthpresent") or given.get("aws:multifactorauthage")
            return unknown(key, may_be_absent=False) if is_there else None
        case _:
            if given.get("aws:sourceip"):
                return ABSENT
            return unknown(key, may_be_absent=False) if is_through else None


def _is_derived_unknown(key: str, facts: Facts) -> bool:
    """Keys that follow from the request and are still unknown with a complete context: an organization given as unknown."""
    if key in ("aws:principalorgid", "aws:principalorgpaths"):
        return not facts.principal_membership.is_known
    if key in ("aws:resourceorgid", "aws:resourceorgpaths"):
        return not facts.resource_membership.is_known
    if key in ("aws:principalarn", "aws:principalaccount") and not facts.caller.is_iam:
        return True  # U-01, and principals of accounts that were not collected
    if key in ("aws:resourceaccount", "s3:resourceaccount"):
        return True
    if key == "aws:sourceowner":
        return facts.caller.is_iam  # U-31
    # Of "any session" of a collected role the unique id is known and the session name is not.
    return key == "aws:userid" and (facts.caller.kind is CallerKind.FOREIGN or bool(facts.caller.unique_id))


@lru_cache(maxsize=65536)
def unknown(
    key: str,
    *,
    may_be_absent: bool = True,
    control: ControlClass | None = None,
    within: tuple[Pattern, ...] = (),
    without: tuple[Pattern, ...] = (),
) -> KeyState:
    """A key whose value is not known (DYN, or PRESENT when it can't be absent)."""
    variable = Variable(
        key,
        control or control_class(key),
        may_be_absent=may_be_absent,
        is_multivalued=reference.is_multivalued(key),
        is_boolean=reference.is_boolean(key),
        within=within,
        without=without,
    )
    return KeyState(variable=variable)


_ENVIRONMENT = ("aws:sourceip", "aws:vpcsourceip", "aws:sourcevpc", "aws:vpce", "aws:currenttime", "aws:epochtime", "resource-network")
_CREDENTIAL = ("aws:multifactorauth", "aws:tokenissuetime", "aws:sourceidentity", "sts:sourceidentity")
_OBJECT = ("aws:resourcetag/", "s3:existingobjecttag/", "iam:resourcetag/", "s3:requestobjecttag", "resource", "object-owner")
_SERVICE = ("aws:viaawsservice", "aws:calledvia", "kms:viaservice", "aws:sourcearn", "aws:sourceaccount", "aws:sourceorg", "kms:grantis")


def control_class(key: str) -> ControlClass:
    """Who sets the key (R3.22)."""
    for prefixes, control in (
        (_ENVIRONMENT, ControlClass.ENVIRONMENT),
        (_CREDENTIAL, ControlClass.CREDENTIAL),
        (_SERVICE, ControlClass.SERVICE),
    ):
        if key.startswith(prefixes):
            return control
    if key in ("resource", "object-owner") or key.startswith(_OBJECT[:4]):
        return ControlClass.OBJECT
    return ControlClass.CALLER


def literal(text: str) -> Pattern:
    """A pattern that only `text` matches."""
    return Pattern(tuple(text))


def starting(text: str) -> Pattern:
    """A pattern for everything that starts with `text`."""
    return Pattern((*text, STAR))


def _derived(key: str, facts: Facts) -> KeyState | None:
    exact = _EXACT.get(key)
    if exact is not None:
        return exact(facts)
    for prefix, rule in _PREFIXED:
        if key.startswith(prefix):
            return rule(facts, key[len(prefix) :])
    return None


def _principal_arn(facts: Facts) -> KeyState:
    caller = facts.caller
    if caller.is_iam and caller.path_known:
        return known(caller.arn)
    match caller.kind:
        case CallerKind.FOREIGN:
            known_account = caller.account is not None and is_account_id(caller.account)
            home = starting(f"arn:{caller.partition}:iam::{caller.account}:" if known_account else "arn:")
            return unknown("aws:principalarn", may_be_absent=False, control=ControlClass.FOREIGN_ACCOUNT, within=(home,))
        case CallerKind.SERVICE | CallerKind.OIDC | CallerKind.SAML:
            return KeyState(readings=("U-01", ABSENT, unknown("aws:principalarn", may_be_absent=False, control=ControlClass.SERVICE)))
        case CallerKind.ANONYMOUS:
            return ABSENT
        case CallerKind.ROLE if not caller.path_known and not facts.given_only:
            base = f"arn:{caller.partition}:iam::{caller.account}:role/"
            within = (Pattern((*base, *caller.name)), Pattern((*base, STAR, "/", *caller.name)))
            return unknown("aws:principalarn", may_be_absent=False, within=within)
        case _:
            return known(caller.arn)


def _account(facts: Facts) -> KeyState:
    caller = facts.caller
    if caller.is_iam and caller.account is not None and is_account_id(caller.account):
        return known(caller.account)
    match caller.kind:
        case CallerKind.ANONYMOUS:
            return known("anonymous")
        case CallerKind.SERVICE | CallerKind.OIDC | CallerKind.SAML:
            return KeyState(readings=("U-01", ABSENT, unknown("aws:principalaccount", may_be_absent=False, control=ControlClass.SERVICE)))
        case _ if caller.account is None or not is_account_id(caller.account):
            return unknown("aws:principalaccount", may_be_absent=False, control=ControlClass.FOREIGN_ACCOUNT)
        case _:
            return known(caller.account)


def _membership(key: str, membership: Membership, control: ControlClass) -> KeyState:
    """An organization id or its paths."""
    multivalued = key.endswith("paths")
    if not membership.is_known:
        without = tuple(starting(f"{other}/") if multivalued else literal(other) for other in membership.others)
        return unknown(key, control=control, without=without)
    if not membership.id:
        return ABSENT
    return known(*membership.paths, multivalued=True) if multivalued else known(membership.id)


def _principal_org(key: str) -> Callable[[Facts], KeyState]:
    def rule(facts: Facts) -> KeyState:
        if facts.caller.has_account:
            control = ControlClass.FOREIGN_ACCOUNT if facts.principal_membership.others else _GAP
            return _membership(key, facts.principal_membership, control)
        return ABSENT

    return rule


def _resource_org(key: str) -> Callable[[Facts], KeyState]:
    return lambda facts: _membership(key, facts.resource_membership, _GAP)


_TYPES = {
    CallerKind.ROOT: "Account",
    CallerKind.USER: "User",
    CallerKind.ROLE: "AssumedRole",
    CallerKind.FEDERATED_USER: "FederatedUser",
    CallerKind.ANONYMOUS: "Anonymous",
}


def _principal_type(facts: Facts) -> KeyState:
    if facts.caller.kind is CallerKind.FOREIGN:
        return unknown("aws:principaltype", may_be_absent=False, control=ControlClass.FOREIGN_ACCOUNT)
    name = _TYPES.get(facts.caller.kind)
    return known(name) if name else ABSENT


def _username(facts: Facts) -> KeyState:
    if facts.caller.kind is CallerKind.FOREIGN:
        return unknown("aws:username", control=ControlClass.FOREIGN_ACCOUNT)
    return known(facts.caller.name) if facts.caller.kind is CallerKind.USER else ABSENT


def _userid(facts: Facts) -> KeyState:
    caller = facts.caller
    match caller.kind:
        case CallerKind.ROOT:
            return known(caller.account or "")
        case CallerKind.ANONYMOUS:
            return known("anonymous")
        case CallerKind.FEDERATED_USER:
            return known(f"{caller.account}:{caller.name}")
        case CallerKind.USER if caller.unique_id:
            return known(caller.unique_id)
        case CallerKind.ROLE if caller.unique_id and caller.session is not None:
            return known(f"{caller.unique_id}:{caller.session}")
        case CallerKind.ROLE if caller.unique_id:
            return unknown("aws:userid", may_be_absent=False, within=(starting(f"{caller.unique_id}:"),))
        case CallerKind.FOREIGN:
            return unknown("aws:userid", may_be_absent=False, control=ControlClass.FOREIGN_ACCOUNT)
        case CallerKind.USER | CallerKind.ROLE:
            return unknown("aws:userid", may_be_absent=False, control=ControlClass.GAP)
        case _:
            return ABSENT


def _principal_tag(facts: Facts, tag: str) -> KeyState:
    key = f"aws:principaltag/{tag}"
    caller = facts.caller
    if not caller.is_iam:
        return unknown(key, control=ControlClass.FOREIGN_ACCOUNT) if caller.has_account else ABSENT
    if caller.kind is CallerKind.ROOT:
        return ABSENT
    if facts.principal_tags is None:
        return ABSENT if facts.given_only else unknown(key, control=ControlClass.GAP)
    value = next((v for k, v in facts.principal_tags.items() if k.lower() == tag), None)
    if facts.open_tags and not facts.given_only:
        return unknown(key, may_be_absent=value is None)
    return ABSENT if value is None else known(value)


def _is_service(facts: Facts) -> KeyState:
    if facts.caller.is_iam:
        return known("false")
    match facts.caller.kind:
        case CallerKind.SERVICE:
            return known("true")
        case CallerKind.ANONYMOUS | CallerKind.OIDC | CallerKind.SAML:
            return ABSENT
        case _:
            return known("false")


def _service_name(facts: Facts) -> KeyState:
    return known(facts.caller.arn) if facts.caller.kind is CallerKind.SERVICE else ABSENT


def _service_names(facts: Facts) -> KeyState:
    return known(facts.caller.arn, multivalued=True) if facts.caller.kind is CallerKind.SERVICE else ABSENT


def _only_for_services(key: str) -> Callable[[Facts], KeyState]:
    return lambda facts: unknown(key) if facts.caller.kind is _SERVICE_CALLER else ABSENT


def _source_owner(facts: Facts) -> KeyState:
    """aws:SourceOwner, a legacy key of SNS: what it holds for IAM callers is not settled (U-31)."""
    if facts.caller.kind is CallerKind.SERVICE:
        return unknown("aws:sourceowner")
    if facts.caller.is_iam and facts.action.startswith("sns:"):
        return KeyState(readings=("U-31", ABSENT, known(facts.caller.account or "")))
    return ABSENT


def _resource_account(facts: Facts) -> KeyState:
    owner = facts.target.owner
    return known(owner) if owner else unknown("aws:resourceaccount", control=ControlClass.GAP)


def _resource_tag(facts: Facts, tag: str) -> KeyState:
    key = f"aws:resourcetag/{tag}"
    # S3 sends bucket tags only when attribute-based access control is on for the bucket; the caller of `Facts` decides.
    if facts.resource_tags is None:
        return unknown(key)
    value = next((v for k, v in facts.resource_tags.items() if k.lower() == tag), None)
    return ABSENT if value is None else known(value)


def _iam_resource_tag(facts: Facts, tag: str) -> KeyState:
    return _resource_tag(facts, tag) if facts.target.service in ("iam", "sts") else ABSENT


def _object_tag(facts: Facts, tag: str) -> KeyState:
    if facts.object_tags is None:
        return unknown(f"s3:existingobjecttag/{tag}")
    value = next((v for k, v in facts.object_tags.items() if k.lower() == tag), None)
    return ABSENT if value is None else known(value)


def _only_sts(key: str) -> Callable[[Facts], KeyState]:
    return lambda facts: unknown(key) if facts.action.startswith("sts:") else ABSENT


def _request_tags(key: str) -> Callable[[Facts], KeyState]:
    def rule(facts: Facts) -> KeyState:
        return ABSENT if _never_tags(facts) else unknown(key)

    return rule


def _never_tags(facts: Facts) -> bool:
    if facts.action.startswith("sts:"):
        return False  # R3.20: on every STS call the caller chooses them
    return facts.caller.kind is CallerKind.ANONYMOUS or reference.tags_requests(facts.action) is False


def _request_tag(facts: Facts, tag: str) -> KeyState:
    return ABSENT if _never_tags(facts) else unknown(f"aws:requesttag/{tag}")


_NEVER_TRUE = literal("false")
# R5.8, U-16: never `true`, as such credentials carry no MFA context.
_WITHOUT_MFA = KeyState(readings=("U-16", ABSENT, known("false")))


_MAY_HAVE_MFA = frozenset((CallerKind.USER, CallerKind.ROOT, CallerKind.FOREIGN))


def _mfa(facts: Facts) -> KeyState:
    if facts.caller.kind in _MAY_HAVE_MFA:
        return unknown("aws:multifactorauthpresent")
    return _WITHOUT_MFA if facts.caller.is_iam else ABSENT


def _mfa_age(facts: Facts) -> KeyState:
    return unknown("aws:multifactorauthage") if facts.caller.kind in _MAY_HAVE_MFA else ABSENT


def _issue_time(facts: Facts) -> KeyState:
    match facts.caller.kind:
        case CallerKind.USER | CallerKind.ROOT | CallerKind.FOREIGN:
            return unknown("aws:tokenissuetime")
        case CallerKind.ROLE | CallerKind.FEDERATED_USER:
            return unknown("aws:tokenissuetime", may_be_absent=False)
        case _:
            return ABSENT


def _source_identity(facts: Facts) -> KeyState:
    kinds = (CallerKind.ROLE, CallerKind.FEDERATED_USER, CallerKind.FOREIGN)
    return unknown("aws:sourceidentity") if facts.caller.kind in kinds else ABSENT


def _session_name(facts: Facts) -> KeyState:
    return unknown("sts:rolesessionname") if facts.action.startswith("sts:") else ABSENT


def _region(facts: Facts) -> KeyState:
    if facts.region:
        return known(facts.region)
    arn = parse_arn(facts.target.arn)
    if arn is not None and arn.region and "*" not in arn.region and "?" not in arn.region:
        return known(arn.region)
    return unknown("aws:requestedregion")


def _time(key: str) -> Callable[[Facts], KeyState]:
    return lambda facts: known(facts.at) if facts.at else unknown(key, may_be_absent=False)


def _network(key: str) -> Callable[[Facts], KeyState]:
    """R3.21: a request through an endpoint shows its VPC keys and no source address."""

    def rule(facts: Facts) -> KeyState:
        if not facts.through_endpoint:
            return unknown(key)
        return ABSENT if key == "aws:sourceip" else unknown(key, may_be_absent=False)

    return rule


def _via_service(key: str) -> Callable[[Facts], KeyState]:
    def rule(facts: Facts) -> KeyState:
        if facts.caller.is_iam:
            return unknown(key)
        if facts.caller.kind is CallerKind.ANONYMOUS:
            return ABSENT
        if facts.caller.kind is CallerKind.SERVICE:
            # R3.20: absent or false, and which is not told.
            return unknown(key, control=ControlClass.SERVICE, within=(_NEVER_TRUE,)) if key == "aws:viaawsservice" else ABSENT
        return unknown(key)

    return rule


def _federated_provider(facts: Facts) -> KeyState:
    if facts.caller.kind is CallerKind.OIDC:
        return known(facts.caller.arn)
    return unknown("aws:federatedprovider") if facts.caller.kind in (CallerKind.ROLE, CallerKind.FOREIGN) else ABSENT


def _absent(_facts: Facts) -> KeyState:
    return ABSENT


def _caller_account(facts: Facts) -> KeyState:
    if facts.caller.kind is CallerKind.SERVICE:
        return unknown("kms:calleraccount")
    return _account(facts) if facts.caller.account or facts.caller.kind is CallerKind.FOREIGN else ABSENT


_EXACT: dict[str, Callable[[Facts], KeyState]] = {
    "aws:principalarn": _principal_arn,
    "aws:principalaccount": _account,
    "aws:principalorgid": _principal_org("aws:principalorgid"),
    "aws:principalorgpaths": _principal_org("aws:principalorgpaths"),
    "aws:principaltype": _principal_type,
    "aws:username": _username,
    "aws:userid": _userid,
    "aws:principalisawsservice": _is_service,
    "aws:principalservicename": _service_name,
    "aws:principalservicenameslist": _service_names,
    **{key: _only_for_services(key) for key in ("aws:sourceaccount", "aws:sourcearn", "aws:sourceorgid", "aws:sourceorgpaths")},
    "aws:sourceowner": _source_owner,
    "aws:resourceaccount": _resource_account,
    "s3:resourceaccount": _resource_account,
    "aws:resourceorgid": _resource_org("aws:resourceorgid"),
    "aws:resourceorgpaths": _resource_org("aws:resourceorgpaths"),
    "aws:multifactorauthpresent": _mfa,
    "aws:multifactorauthage": _mfa_age,
    "aws:tokenissuetime": _issue_time,
    "aws:sourceidentity": _source_identity,
    "aws:federatedprovider": _federated_provider,
    "aws:assumedroot": _absent,
    "aws:requestedregion": _region,
    "aws:securetransport": lambda _facts: unknown("aws:securetransport", may_be_absent=False),
    "aws:currenttime": _time("aws:currenttime"),
    "aws:epochtime": _time("aws:epochtime"),
    **{key: _network(key) for key in ("aws:sourceip", "aws:vpcsourceip", "aws:sourcevpc", "aws:sourcevpce")},
    **{key: _via_service(key) for key in ("aws:viaawsservice", "aws:calledvia", "aws:calledviafirst", "aws:calledvialast")},
    "sts:rolesessionname": _session_name,
    **{key: _only_sts(key) for key in ("sts:externalid", "sts:sourceidentity", "sts:transitivetagkeys")},
    "aws:tagkeys": _request_tags("aws:tagkeys"),
    "kms:calleraccount": _caller_account,
    **dict.fromkeys(("s3:dataaccesspointarn", "s3:dataaccesspointaccount", "s3:accesspointnetworkorigin"), _absent),
}

_PREFIXED: tuple[tuple[str, Callable[[Facts, str], KeyState]], ...] = (
    ("aws:principaltag/", _principal_tag),
    ("aws:resourcetag/", _resource_tag),
    ("iam:resourcetag/", _iam_resource_tag),
    ("s3:existingobjecttag/", _object_tag),
    ("aws:requesttag/", _request_tag),
)
