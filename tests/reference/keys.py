"""What a request fixes about each condition key (semantics.md 3b): KNOWN, ABSENT, PRESENT or DYN."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from .caller import Kind, caller_kind, role_name_of, role_path_is_known
from .documents import ABSENT, Json, listed, once
from .matching import is_resource_set, takes_no_resource
from .values import mentioned_keys


class State(Enum):
    KNOWN = "these values"
    ABSENT = "not there"
    PRESENT = "there, with a value that is not known"
    DYN = "may be absent or have any value"


@dataclass(frozen=True)
class KeyState:
    """The state of one key; `fits` are globs of which an unknown value satisfies one (empty: anything of the key's type)."""

    state: State
    values: tuple[str, ...] = ()
    fits: tuple[str, ...] = ()


KNOWN_ABSENT = KeyState(State.ABSENT)
DYNAMIC = KeyState(State.DYN)
PRESENT = KeyState(State.PRESENT)


def known(*values: str) -> KeyState:
    return KeyState(State.KNOWN, values) if values else KNOWN_ABSENT


BOOLEANS = ("true", "false")
OUTSIDERS = {Kind.SERVICE, Kind.ANONYMOUS, Kind.LOGIN}  # callers without an account
VPC_KEYS = ("aws:sourcevpce", "aws:sourcevpc", "aws:vpcsourceip")
MORE_VPC_KEYS = ("aws:sourcevpcarn", "aws:vpceaccount", "aws:vpceorgid", "aws:vpceorgpaths")
SOURCE_KEYS = ("aws:sourceaccount", "aws:sourcearn", "aws:sourceorgid", "aws:sourceorgpaths")
CALLED_VIA = ("aws:calledvia", "aws:calledviafirst", "aws:calledvialast")
STS_KEYS = ("sts:externalid", "sts:rolesessionname", "sts:sourceidentity", "sts:transitivetagkeys")
ACCESS_POINT_KEYS = ("s3:dataaccesspointarn", "s3:dataaccesspointaccount", "s3:accesspointnetworkorigin")

# Actions whose row of the Service Authorization Reference lists neither aws:RequestTag nor aws:TagKeys; only those that tests use.
ACTIONS_WITHOUT_TAGS = frozenset(
    "s3:getobject s3:getobjectversion s3:putobject s3:deleteobject s3:deleteobjectversion s3:getobjectacl s3:putobjectacl s3:restoreobject "
    "s3:listbucket s3:getbucketacl s3:putbucketacl s3:getbucketpolicy s3:putbucketpolicy s3:deletebucketpolicy s3:listallmybuckets "
    "sqs:sendmessage sqs:receivemessage sqs:deletemessage sqs:getqueueattributes sqs:setqueueattributes sqs:deletequeue sqs:purgequeue "
    "dynamodb:getitem dynamodb:putitem dynamodb:query dynamodb:scan dynamodb:deleteitem dynamodb:describetable dynamodb:listtables "
    "iam:getrole iam:getpolicy iam:deletepolicy iam:passrole iam:updateassumerolepolicy sts:getcalleridentity".split()
)


# ------------------------------------------------------------------------------------------------- what the request says of ends


@once
def given_context(request: Json) -> dict[str, tuple[str, ...]]:
    """The context, keys in lower case (R3.2)."""
    return {key.lower(): tuple(str(value) for value in listed(values)) for key, values in request.get("context", {}).items()}


@once
def owner_in_request(request: Json) -> str | None:
    """The account that owns the resource, or None if the request does not tell (R1.7)."""
    parts = str(request["resource"]).split(":", 5)
    if request.get("resource_account"):
        return str(request["resource_account"])
    caller = str(request["principal"])
    own = caller.split(":", 5)[4] if caller.startswith("arn:") else ""
    if takes_no_resource(request["action"]) or request["resource"] == "*":
        return own
    if len(parts) == 6 and parts[4] == "aws":  # AWS managed policies count as the caller's account's (R7.40)
        return own
    if len(parts) == 6 and parts[4]:
        return parts[4]
    settings = request.get("resource_settings") or {}
    identifier = ((settings.get("BucketAcl") or {}).get("Owner") or {}).get("ID")  # the ACL names the bucket's owner (R6.1)
    return (settings.get("CanonicalIds") or {}).get(identifier)


def organization_key(request: Json, field: str, key: str) -> KeyState:
    """aws:PrincipalOrgID and the like: absent without an organization, unknown with an unknown one."""
    organization = request.get(field, ABSENT)
    if organization is ABSENT:
        return KNOWN_ABSENT
    if organization is None:
        return DYNAMIC
    value = organization.get("id" if key.endswith("orgid") else "paths", ABSENT)
    if value is ABSENT:
        return KNOWN_ABSENT
    return PRESENT if value is None else known(*(str(each) for each in listed(value)))


# --------------------------------------------------------------------------------------------------------------- key by key


@once
def key_state(request: Json, key: str) -> KeyState:
    """The state of one key: the context first, then what follows from the request, then the table."""
    key = key.lower()
    context = given_context(request)
    if key in context:
        return known(*context[key])
    derived = derived_state(request, key)
    if derived is not None:
        return derived
    state = coupled_state(request, key) or table_state(request, key)
    if request.get("context_complete") and state.state in {State.PRESENT, State.DYN}:
        return KNOWN_ABSENT  # `context_complete`: a key not given is absent
    return state


def derived_state(request: Json, key: str) -> KeyState | None:
    """Keys that follow from the request's own fields, complete context or not; None for the others."""
    kind = caller_kind(request["principal"])
    if key == "aws:principalarn":
        return principal_arn_state(request, kind)
    if key in {"aws:principalorgid", "aws:principalorgpaths"}:
        return organization_key(request, "organization", key) if kind not in OUTSIDERS else KNOWN_ABSENT
    if key in {"aws:resourceorgid", "aws:resourceorgpaths"}:
        return organization_key(request, "resource_organization", key)
    if key in {"aws:resourceaccount", "s3:resourceaccount"}:
        owner = owner_in_request(request)
        return known(owner) if owner is not None else KeyState(State.PRESENT, fits=("????????????",))
    tags = tag_state(request, key)
    if tags is not None:
        return tags
    if key == "aws:requestedregion":
        return region_state(request)
    return identity_state(request, key, kind)


def principal_arn_state(request: Json, kind: Kind) -> KeyState:
    principal = str(request["principal"])
    if kind is Kind.ANONYMOUS:
        return KNOWN_ABSENT
    if kind in {Kind.SERVICE, Kind.LOGIN}:
        return DYNAMIC  # U-01
    if kind is not Kind.ROLE or role_path_is_known(request):
        return known(principal)
    _, partition, _, _, account, _ = principal.split(":", 5)
    start, name = f"arn:{partition}:iam::{account}:role/", role_name_of(principal)
    if request.get("context_complete"):  # R1.6
        return known(start + name)
    return KeyState(State.PRESENT, fits=(start + name, f"{start}*/{name}"))


def identity_state(request: Json, key: str, kind: Kind) -> KeyState | None:
    """Keys that say who calls (R1.4 and the first rows of the table)."""
    principal = str(request["principal"])
    account = principal.split(":", 5)[4] if kind not in OUTSIDERS else ""
    name = principal.rsplit("/", 1)[-1]
    complete = bool(request.get("context_complete"))
    match key:
        case "aws:principalaccount":
            if kind in {Kind.SERVICE, Kind.LOGIN}:  # U-01
                return KeyState(State.DYN, fits=("????????????",))
            return known(account or "anonymous")
        case "kms:calleraccount":
            if kind is Kind.SERVICE and not complete:  # U-15
                return KeyState(State.DYN, fits=("????????????",))
            return known(account) if account else KNOWN_ABSENT
        case "aws:principaltype":
            words = {
                Kind.ROOT: "Account",
                Kind.USER: "User",
                Kind.FEDERATED: "FederatedUser",
                Kind.ROLE: "AssumedRole",
                Kind.ANONYMOUS: "Anonymous",
            }
            return known(words[kind]) if kind in words else KNOWN_ABSENT
        case "aws:username":
            return known(name) if kind is Kind.USER else KNOWN_ABSENT
        case "aws:userid":
            if kind in {Kind.ROOT, Kind.ANONYMOUS}:
                return known(account or "anonymous")
            if kind is Kind.FEDERATED:
                return known(f"{account}:{name}")
            if kind in {Kind.SERVICE, Kind.LOGIN} or complete:
                return KNOWN_ABSENT
            if kind is Kind.USER:
                return KeyState(State.PRESENT, fits=("AIDA*",))
            return KeyState(State.PRESENT, fits=(f"AROA*:{name}" if ":assumed-role/" in principal else "AROA*:*",))
        case "aws:principalisawsservice":
            return KNOWN_ABSENT if kind in {Kind.ANONYMOUS, Kind.LOGIN} else known("true" if kind is Kind.SERVICE else "false")
        case "aws:principalservicename" | "aws:principalservicenameslist":
            return known(principal) if kind is Kind.SERVICE else KNOWN_ABSENT
    return None


def tag_state(request: Json, key: str) -> KeyState | None:
    """Resource tags and object tags as far as the request's settings tell; None where they do not."""
    settings = request.get("resource_settings", {})
    is_s3 = str(request["action"]).lower().startswith("s3:")
    for prefix, field in (("aws:resourcetag/", "Tags"), ("iam:resourcetag/", "Tags"), ("s3:existingobjecttag/", "ObjectTags")):
        if not key.startswith(prefix) or settings is None or not isinstance(settings.get(field), dict):
            continue
        if field == "Tags" and is_s3 and (settings.get("BucketAbac") != "Enabled" or "/" in request["resource"]):
            continue
        values = [str(value) for name, value in settings[field].items() if name.lower() == key[len(prefix) :]]
        return known(*values)
    return None


def region_state(request: Json) -> KeyState | None:
    """KNOWN for regional resources (the ARN's region, the setting of a bucket), else left to the table."""
    parts = str(request["resource"]).split(":", 5)
    if len(parts) == 6 and parts[3] and "*" not in parts[3]:
        return known(parts[3])
    region = (request.get("resource_settings") or {}).get("Region")
    return known(str(region)) if region else None


def coupled_state(request: Json, key: str) -> KeyState | None:
    """What follows by R3.21 from keys that the context gives, and from passing an endpoint."""
    context = given_context(request)
    through_endpoint = any(each in context for each in VPC_KEYS) or bool(request.get("vpc_endpoint_policies"))
    if key in VPC_KEYS and "aws:sourceip" in context:
        return KNOWN_ABSENT
    if key in VPC_KEYS and through_endpoint:
        return PRESENT
    if key == "aws:sourceip" and through_endpoint:
        return KNOWN_ABSENT
    if key == "aws:multifactorauthpresent" and "aws:multifactorauthage" in context:
        return known("true")
    if key == "aws:tokenissuetime" and ("aws:multifactorauthpresent" in context or "aws:multifactorauthage" in context):
        return PRESENT
    return None


def table_state(request: Json, key: str) -> KeyState:
    """The rest of the table of 3b, row by row."""
    kind = caller_kind(request["principal"])
    action = str(request["action"]).lower()
    service, anonymous, login = kind is Kind.SERVICE, kind is Kind.ANONYMOUS, kind is Kind.LOGIN
    session = kind in {Kind.ROLE, Kind.FEDERATED}
    if key.startswith("aws:principaltag/"):
        return KNOWN_ABSENT if service or anonymous or kind is Kind.ROOT else DYNAMIC  # root users cannot be tagged
    if key in SOURCE_KEYS:
        return DYNAMIC if service else KNOWN_ABSENT
    if key == "aws:sourceowner":  # U-31 for IAM callers: their account, or absent
        account = str(request["principal"]).split(":", 5)[4] if kind not in OUTSIDERS else ""
        return DYNAMIC if service else KNOWN_ABSENT if kind in OUTSIDERS else KeyState(State.DYN, fits=(account,))
    if key in ACCESS_POINT_KEYS:
        return KNOWN_ABSENT  # direct path; requests do not express access points
    if key in STS_KEYS:
        return DYNAMIC if action.startswith("sts:") and not anonymous else KNOWN_ABSENT
    if key.startswith("aws:requesttag/") or key == "aws:tagkeys":
        return KNOWN_ABSENT if anonymous or action in ACTIONS_WITHOUT_TAGS else DYNAMIC
    if key == "aws:sourceidentity":
        return DYNAMIC if session else KNOWN_ABSENT
    if key == "aws:federatedprovider":
        if login and ":oidc-provider/" in str(request["principal"]):
            return known(str(request["principal"]))
        return DYNAMIC if kind is Kind.ROLE else KNOWN_ABSENT
    if key == "aws:multifactorauthpresent":
        if session:  # never `true`; U-16: absent or `false`
            return KeyState(State.DYN, fits=("false",))
        return KNOWN_ABSENT if kind in OUTSIDERS else KeyState(State.DYN, fits=BOOLEANS)
    if key == "aws:multifactorauthage":
        return DYNAMIC if kind in {Kind.USER, Kind.ROOT} else KNOWN_ABSENT
    if key == "aws:tokenissuetime":
        return KNOWN_ABSENT if kind in OUTSIDERS else PRESENT if session else DYNAMIC
    if key == "aws:assumedroot":
        return KNOWN_ABSENT
    if key == "aws:securetransport":
        return KeyState(State.PRESENT, fits=BOOLEANS)
    if key in {"aws:currenttime", "aws:epochtime"}:
        return PRESENT
    if key == "aws:viaawsservice":
        return KNOWN_ABSENT if anonymous or login else KeyState(State.DYN, fits=("false",) if service else BOOLEANS)
    if key in CALLED_VIA:
        return KNOWN_ABSENT if kind in OUTSIDERS else DYNAMIC
    if key in {"kms:viaservice", "kms:grantisforawsresource"} and anonymous:
        return KNOWN_ABSENT
    return DYNAMIC  # network keys (R3.21), tags of objects and resources, s3:prefix and other caller-chosen keys, unknown keys


@once
def world_of(request: Json) -> tuple[dict[str, list[str]], dict[str, KeyState]]:
    """(the KNOWN keys, the state of every key that matters): the request's context, the keys derived from it, and those its policies mention.

    The pseudo-keys `resource` and `session` stand for the member of a set that is asked about (R3.37) and for the name of the
    session where any session of a role is meant (R3.38).
    """
    names = list(given_context(request))
    names += [each for each in DERIVED_KEYS if each not in names]
    names += [each for each in mentioned_keys(request) if each not in names]
    states = {name: key_state(request, name) for name in names}
    if is_resource_set(request["resource"]) and not takes_no_resource(request["action"]):
        states["resource"] = KeyState(State.PRESENT, fits=(request["resource"],))
    if caller_kind(request["principal"]) is Kind.ROLE and ":role/" in request["principal"]:
        states["session"] = session_state(request)
    return {name: list(state.values) for name, state in states.items() if state.state is State.KNOWN}, states


def session_state(request: Json) -> KeyState:
    """Any session name, unless the context's aws:userid tells it."""
    userid = given_context(request).get("aws:userid", ())
    return known(userid[0].split(":", 1)[1]) if userid and ":" in userid[0] else PRESENT


DERIVED_KEYS = (
    "aws:principalarn aws:principalaccount aws:principalorgid aws:principalorgpaths aws:principaltype aws:username aws:userid "
    "aws:principalisawsservice aws:principalservicename aws:resourceaccount s3:resourceaccount aws:resourceorgid aws:resourceorgpaths"
).split()
