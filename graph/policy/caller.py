"""Who asks and what for: the two ends of a request (R1.2, R1.7)."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum

from xgraph.graph.model import reference
from xgraph.graph.model.arn import Arn, is_account_id, parse_arn

from .glob import Pattern, Tokens, resource_tokens, tokens_of


class CallerKind(StrEnum):
    """The kinds of R1.2. FOREIGN is "some principal of an account that was not collected"."""

    ROOT = "root"
    USER = "user"
    ROLE = "role"
    FEDERATED_USER = "federated-user"
    SERVICE = "service"
    ANONYMOUS = "anonymous"
    OIDC = "oidc"
    SAML = "saml"
    FOREIGN = "foreign"


@dataclass(frozen=True, slots=True)
class Caller:
    """One caller. `arn` is the user, role or root ARN, the service name, or the provider ARN.

    `session` is the role session name, None for any session. `account` is None for services and federated callers, and for
    "some AWS principal". `path_known` False: the role's path is not known (a session ARN without inventory, R1.6).
    `federating_user` is the user behind a federated user.
    """

    kind: CallerKind
    arn: str
    account: str | None = None
    partition: str = "aws"
    name: str = ""
    session: str | None = None
    unique_id: str = ""
    is_service_linked: bool = False
    has_boundary: bool = False
    path_known: bool = True
    federating_user: str | None = None
    # Whether it is one definite IAM identity of an account.
    is_iam: bool = field(init=False, compare=False, repr=False)
    # Whether it is an identity of some account, be it one that was not collected.
    has_account: bool = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "is_iam", self.kind in _IAM)
        object.__setattr__(self, "has_account", self.kind in _WITH_ACCOUNT)

    @property
    def session_arn(self) -> str:
        """The ARN that a role session or federated user shows; "" where the session is not fixed."""
        if self.kind is CallerKind.FEDERATED_USER:
            return self.arn
        if self.kind is CallerKind.ROLE and self.session is not None:
            return f"arn:{self.partition}:sts::{self.account}:assumed-role/{self.name}/{self.session}"
        return ""


# Before Python 3.12, to look up a member of an enumeration costs as much as several calls: what every decision asks for is looked up once,
# here and in the modules around.
_IAM = frozenset((CallerKind.ROOT, CallerKind.USER, CallerKind.ROLE, CallerKind.FEDERATED_USER))
_WITH_ACCOUNT = _IAM | {CallerKind.FOREIGN}

ANONYMOUS = Caller(CallerKind.ANONYMOUS, "*")
ANY_AWS_PRINCIPAL = Caller(CallerKind.FOREIGN, "", account=None)


def read_caller(text: str, *, has_boundary: bool = False) -> Caller | None:
    """The caller that a principal text names in a self-contained request; None when it names none."""
    if text in ("*", "anonymous"):
        return ANONYMOUS
    arn = parse_arn(text)
    if arn is None:
        return Caller(CallerKind.SERVICE, text) if "." in text and ":" not in text else None
    if not is_account_id(arn.account) or arn.region:
        return None
    kind, _, rest = arn.resource.partition("/")
    name = rest.rsplit("/", 1)[-1]
    if arn.service == "iam" and kind == "root" and not rest:
        return Caller(CallerKind.ROOT, text, arn.account, arn.partition, "root")
    if not name:
        return None
    if arn.service == "iam" and kind in ("user", "role"):
        linked = kind == "role" and rest.startswith("aws-service-role/")
        found = CallerKind.USER if kind == "user" else CallerKind.ROLE
        return Caller(found, text, arn.account, arn.partition, name, is_service_linked=linked, has_boundary=has_boundary)
    return _session(text, arn, kind, rest, has_boundary=has_boundary)


def _session(text: str, arn: Arn, kind: str, rest: str, *, has_boundary: bool) -> Caller | None:
    if arn.service != "sts":
        return None
    if kind == "assumed-role" and rest.count("/") == 1:
        role, session = rest.split("/")
        role_arn = f"arn:{arn.partition}:iam::{arn.account}:role/{role}"
        linked = role.startswith("AWSServiceRoleFor")
        return Caller(
            CallerKind.ROLE,
            role_arn,
            arn.account,
            arn.partition,
            role,
            session,
            is_service_linked=linked,
            has_boundary=has_boundary,
            path_known=False,
        )
    if kind == "federated-user":
        return Caller(CallerKind.FEDERATED_USER, text, arn.account, arn.partition, rest, has_boundary=has_boundary)
    return None


@dataclass(frozen=True, slots=True)
class Target:
    """What is asked for. `pattern` is set when the question is about a set of resources (R1.21, R3.37).

    `owner` is None when the owning account is not known. `takes_no_resource`: the action is authorized against `*` (R2.19).
    `label`: what people call one of the set.
    """

    arn: str
    owner: str | None
    service: str
    partition: str = "aws"
    pattern: Pattern | None = None
    takes_no_resource: bool = False
    label: str = "resource"


def read_target(text: str, action: str, owner: str | None) -> Target:
    """The target of a request. `*` and `?` make it a set; a literal one is written `${*}`, `${?}` (R1.21).

    Of an action without a resource an ARN still says in whose account it is done.
    """
    service = action.partition(":")[0].lower()
    literal, pattern = _unescape(text)
    arn = parse_arn(literal)
    if arn is not None and owner is None and is_account_id(arn.account):
        owner = arn.account
    if reference.takes_no_resource(action):
        return Target("*", owner, service, takes_no_resource=True)
    return Target(literal, owner, service, arn.partition if arn else "aws", pattern)


def at_home(target: Target, caller: Caller) -> Target:
    """What belongs to no account in particular counts as the caller's own: an action without a resource (R2.19), an AWS managed
    policy (R7.40)."""
    if target.owner is None and caller.account is not None and (target.takes_no_resource or ":iam::aws:" in target.arn):
        return replace(target, owner=caller.account)
    return target


def _unescape(text: str) -> tuple[str, Pattern | None]:
    if not any(char in text for char in "*?$"):
        return text, None
    parts: list[str] = []
    tokens: list[str] = []
    position, is_set = 0, False
    while position < len(text):
        if text[position : position + 4] in ("${*}", "${?}", "${$}"):
            parts.append(text[position + 2])
            tokens.append(text[position + 2])
            position += 4
            continue
        char = text[position]
        is_set = is_set or char in "*?"
        parts.append(char)
        tokens += tokens_of(char)
        position += 1
    if not is_set:
        return "".join(parts), None
    bound: Tokens = resource_tokens(tuple(tokens)) or tuple(tokens)
    return text, Pattern(bound)
