"""Who calls, and whom the Principal element of a statement means (semantics.md sections 1 and 2d)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from .conditions import World
from .documents import ABSENT, Json, listed
from .readings import Readings, ask


class Kind(Enum):
    """The kinds of R1.2 that a request can name."""

    ROOT = "RootUser"
    USER = "IamUser"
    ROLE = "RoleSession"
    FEDERATED = "FederatedUser"
    SERVICE = "ServicePrincipal"
    LOGIN = "OidcCaller or SamlCaller"
    ANONYMOUS = "Anonymous"


class Match(Enum):
    """Match classes of R1.5, the most specific first. USER_OF_FED never arises: a request does not state the user (R1.20)."""

    EXACT = 1
    ROLE = 2
    SERVICE = 3
    FEDERATED = 4
    ACCOUNT = 5


@dataclass(frozen=True)
class Caller:
    """The caller in one world."""

    kind: Kind
    name: str  # what the request says
    partition: str = ""
    account: str = ""  # empty: none
    session_arn: str = ""
    role_arn: str = ""
    role_path_known: bool = True  # R1.6
    service_linked: bool = False
    unique_id: str = ""  # empty: not stated

    @property
    def is_iam(self) -> bool:
        return self.kind in {Kind.ROOT, Kind.USER, Kind.ROLE, Kind.FEDERATED}


LOGINS = {"oidc-provider": Kind.LOGIN, "saml-provider": Kind.LOGIN}  # named by the provider's ARN


def caller_kind(principal: str) -> Kind:
    if principal == "*":
        return Kind.ANONYMOUS
    if not principal.startswith("arn:"):
        return Kind.SERVICE
    resource = principal.split(":", 5)[5]
    if resource == "root":
        return Kind.ROOT
    word = resource.split("/")[0]
    return {"user": Kind.USER, "role": Kind.ROLE, "assumed-role": Kind.ROLE, "federated-user": Kind.FEDERATED, **LOGINS}[word]


def role_name_of(principal: str) -> str:
    """The name of the role behind a role or session ARN, without its path (R1.6)."""
    parts = principal.split(":", 5)[5].split("/")
    return parts[1] if parts[0] == "assumed-role" else parts[-1]


def role_path_is_known(request: Json) -> bool:
    given = {key.lower() for key in request.get("context", {})}
    return ":role/" in request["principal"] or "aws:principalarn" in given


def stated_id(request: Json) -> str:
    """The id of the user or role itself, where the context states aws:userid (R1.4, R2.36)."""
    for key, value in request.get("context", {}).items():
        if key.lower() == "aws:userid" and isinstance(value, str):
            return value.split(":")[0]
    return ""


def caller_of(request: Json, world: World) -> Caller:
    """The caller. The world's pseudo-key `session` names the session where the request means any session of a role (R3.38)."""
    principal = str(request["principal"])
    kind = caller_kind(principal)
    if kind is Kind.ANONYMOUS:
        return Caller(kind, principal)
    if kind is Kind.SERVICE:
        return Caller(kind, principal, partition="aws-cn" if principal.endswith(".amazonaws.com.cn") else "")
    _, partition, _, _, account, resource = principal.split(":", 5)
    if kind is Kind.LOGIN:
        return Caller(kind, principal, partition)  # without an account (R1.2)
    if kind is not Kind.ROLE:
        return Caller(kind, principal, partition, account, unique_id=stated_id(request) if kind is Kind.USER else "")
    name = role_name_of(principal)
    pathless = f"arn:{partition}:iam::{account}:role/{name}"
    if resource.startswith("role/"):
        role_arn, session = principal, world.get("session", ("any",))[0]
    else:
        role_arn, session = world.get("aws:principalarn", (pathless,))[0], resource.split("/")[2]
    return Caller(
        kind,
        principal,
        partition,
        account,
        session_arn=f"arn:{partition}:sts::{account}:assumed-role/{name}/{session}",
        role_arn=role_arn,
        role_path_known=role_path_is_known(request),
        service_linked=":role/aws-service-role/" in role_arn,
        unique_id=stated_id(request),
    )


# ---------------------------------------------------------------------------------------------------------- canonical user ids


def account_of_canonical(request: Json, identifier: str) -> str:
    """The account of a canonical user id as the request maps it; empty if it does not (R2.38)."""
    settings = request.get("resource_settings", {}) or {}
    return str((settings.get("CanonicalIds") or {}).get(identifier, ""))


# ------------------------------------------------------------------------------------------------------- one listed principal


def entries(element: Json) -> list[tuple[str, str]]:
    """(type, value) of everything that a Principal or NotPrincipal lists; a bare string is read as `AWS` (R2.31)."""
    if not isinstance(element, dict):
        return [("*" if value == "*" else "AWS", str(value)) for value in listed(element)]
    return [(kind, str(value)) for kind, values in element.items() for value in listed(values)]


def names_account(kind: str, value: str, caller: Caller, request: Json) -> bool:
    """R2.32: the twelve digits, the root ARN, a canonical id of the account (R2.38)."""
    if not caller.is_iam:
        return False
    if kind == "CanonicalUser":
        return account_of_canonical(request, value) == caller.account
    return kind == "AWS" and value in {caller.account, f"arn:{caller.partition}:iam::{caller.account}:root"}


def names_role(kind: str, value: str, caller: Caller) -> bool:
    """The caller's role ARN; by partition, account and name where the request does not tell the path (R1.6, R2.35)."""
    if kind != "AWS" or caller.kind is not Kind.ROLE:
        return False
    if caller.unique_id and value == caller.unique_id:  # R2.36
        return True
    if caller.role_path_known:
        return value == caller.role_arn
    start = f"arn:{caller.partition}:iam::{caller.account}:role/"
    return value.startswith(start) and value.rsplit("/", 1)[-1] == caller.role_arn.rsplit("/", 1)[-1]


def names_self(kind: str, value: str, caller: Caller) -> bool:
    """The caller's own ARN: user, session or federated user (no wildcard inside, R2.34)."""
    if kind != "AWS" or caller.kind not in {Kind.USER, Kind.ROLE, Kind.FEDERATED}:
        return False
    if caller.kind is Kind.USER and caller.unique_id and value == caller.unique_id:  # R2.36
        return True
    return value == (caller.session_arn or caller.name)


def entry_class(kind: str, value: str, effect: str, caller: Caller, request: Json, readings: Readings) -> Match | None:
    """The match class of one listed principal, or None."""
    if kind == "*":  # the bare `*` covers everybody (R2.37)
        return Match.EXACT if caller.kind is not Kind.LOGIN or ask(readings, "U-38") else None
    if kind == "AWS" and value == "*":
        if caller.kind is Kind.LOGIN:
            return None
        if caller.kind is Kind.SERVICE:  # U-07
            return Match.EXACT if effect == "Allow" and ask(readings, "U-07") else None
        return Match.EXACT
    if names_self(kind, value, caller):
        return Match.EXACT
    if names_role(kind, value, caller):
        return Match.ROLE
    if kind == "Service" and caller.kind is Kind.SERVICE and value == caller.name:  # exactly, R2.33
        return Match.SERVICE
    if names_account(kind, value, caller, request):
        return Match.ACCOUNT
    if kind == "Federated" and caller.kind is Kind.LOGIN and value == caller.name:  # R2.39
        return Match.FEDERATED
    return None  # AIDA…, AROA… of somebody else: a deleted entity (R2.36); malformed: R2.45


def principal_class(element: Json, effect: str, caller: Caller, request: Json, readings: Readings) -> Match | None:
    """The most specific match class among the listed principals (R1.5)."""
    found = [entry_class(kind, value, effect, caller, request, readings) for kind, value in entries(element)]
    return min((each for each in found if each is not None), key=lambda each: each.value, default=None)


# --------------------------------------------------------------------------------------------------------------- NotPrincipal


def listed_members(element: Json, caller: Caller, request: Json) -> list[bool]:
    """Which members of the caller's principal set {own ARN, role ARN, account} are listed (R1.5, R2.42)."""
    found = entries(element)
    if any(value == "*" for _, value in found):
        return [True]
    members = []
    if caller.kind in {Kind.USER, Kind.ROLE, Kind.FEDERATED}:
        members.append(any(names_self(kind, value, caller) for kind, value in found))
    if caller.kind is Kind.ROLE:
        members.append(any(names_role(kind, value, caller) for kind, value in found))
    if caller.is_iam:
        members.append(any(names_account(kind, value, caller, request) for kind, value in found))
    if caller.kind is Kind.SERVICE:
        members.append(("Service", caller.name) in found)
    if caller.kind is Kind.LOGIN:
        members.append(("Federated", caller.name) in found)
    return members or [False]


def has_boundary(caller: Caller, request: Json, readings: Readings) -> bool:
    """R2.43 speaks of IAM users and roles with a permissions boundary."""
    if caller.kind not in {Kind.USER, Kind.ROLE} or caller.service_linked:
        return False
    boundaries = request.get("permissions_boundaries", ABSENT)
    if boundaries is None:
        return ask(readings, "permissions_boundaries:exist")
    return boundaries is not ABSENT and boundaries != []


def not_principal_class(element: Json, effect: str, caller: Caller, request: Json, readings: Readings) -> Match | None:
    """R2.41 for Allow, R2.42 and R2.43 for Deny."""
    members = listed_members(element, caller, request)
    if effect == "Allow":
        return None if any(members) else Match.EXACT
    if has_boundary(caller, request, readings):
        return Match.EXACT
    if all(members):
        return None
    if not any(members):
        return Match.EXACT
    return Match.EXACT if ask(readings, "U-08") else None
