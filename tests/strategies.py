"""Hypothesis strategies for requests in the format of docs/requests.md, over small alphabets so that things collide.

`requests()` starts from a scene (who asks what of whom), gives it the policies that would allow it, and then narrows, denies, forgets
or blurs some of them, so that many requests are allowed or only just denied. What AWS refuses to store is left out, except for the few
things that old policies still hold (a principal with a wildcard inside, Allow with NotPrincipal, no Version).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

Json = Any
Draw = st.DrawFn

A, T, B2, V, M = "111111111111", "999999999999", "222222222222", "555555555555", "000000000000"
MEMBERS = (A, T, B2, M)
ORGANIZATION = "o-abc"
PATHS = {A: "o-abc/r-1/ou-1-prod/", T: "o-abc/r-1/ou-1-prod/", B2: "o-abc/r-1/ou-1-dev/", M: "o-abc/r-1/"}
CANONICAL = {A: "a1" * 32, T: "99" * 32, B2: "22" * 32, V: "55" * 32, M: "00" * 32}
ALL_USERS = "http://acs.amazonaws.com/groups/global/AllUsers"
AUTHENTICATED_USERS = "http://acs.amazonaws.com/groups/global/AuthenticatedUsers"
LOG_DELIVERY = "http://acs.amazonaws.com/groups/s3/LogDelivery"
SERVICES = ("logging.s3.amazonaws.com", "lambda.amazonaws.com")

OBJECT_ACTIONS = ("s3:GetObject", "s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:GetObjectAcl")
BUCKET_ACTIONS = ("s3:ListBucket", "s3:ListBucket", "s3:GetBucketAcl", "s3:GetBucketPolicy", "s3:PutBucketPolicy")
QUEUE_ACTIONS = ("sqs:SendMessage", "sqs:ReceiveMessage", "sqs:DeleteQueue")
TABLE_ACTIONS = ("dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Query")
KEYS = ("k", "a/k", "u/k", "a", "pub/k", "team/a")


@dataclass(frozen=True)
class Scene:
    """Who asks what of whom."""

    caller: str
    caller_account: str  # empty for services and anonymous
    caller_kind: str  # user, role, session, root, federated, service, anonymous
    action: str
    resource: str
    owner: str

    @property
    def service(self) -> str:
        return self.action.split(":")[0]

    @property
    def is_iam(self) -> bool:
        return self.caller_kind not in {"service", "anonymous"}

    @property
    def is_session(self) -> bool:
        return self.caller_kind in {"role", "session", "federated"}

    @property
    def is_assume_role(self) -> bool:
        return self.service == "sts"

    @property
    def is_bucket_or_object(self) -> bool:
        return self.service == "s3" and self.resource != "*"


DEFAULT_SCENE = Scene(f"arn:aws:iam::{A}:user/u", A, "user", "s3:GetObject", "arn:aws:s3:::b/a/k", T)


def chance(draw: Draw, percent: int) -> bool:
    return draw(st.integers(0, 99)) < percent


def one_of(draw: Draw, *choices: Json) -> Json:
    return draw(st.sampled_from(choices))


def one_or_list(draw: Draw, values: list[Json]) -> Json:
    """A scalar equals a list of one."""
    return values[0] if len(values) == 1 and chance(draw, 60) else values


# -------------------------------------------------------------------------------------------------------------------- scenes


@st.composite
def callers(draw: Draw, accounts: tuple[str, ...] = (A, T, B2, V)) -> tuple[str, str, str]:
    """(principal, account, kind)."""
    kind = one_of(draw, *["user"] * 5, *["role"] * 3, *["session"] * 3, "root", "federated", "service", "anonymous")
    if kind == "anonymous":
        return "*", "", kind
    if kind == "service":
        return one_of(draw, *SERVICES), "", kind
    account = one_of(draw, *accounts)
    words = {
        "user": one_of(draw, "iam::{}:user/u", "iam::{}:user/u", "iam::{}:user/team/a"),
        "role": one_of(draw, "iam::{}:role/r", "iam::{}:role/r", "iam::{}:role/path/r"),
        "session": one_of(draw, "sts::{}:assumed-role/r/s1", "sts::{}:assumed-role/r/s2"),
        "root": "iam::{}:root",
        "federated": "sts::{}:federated-user/u",
    }
    return "arn:aws:" + words[kind].format(account), account, kind


@st.composite
def scenes(draw: Draw) -> Scene:
    """A caller, an action and a resource that go together."""
    caller, account, kind = draw(callers())
    owner = one_of(draw, T, T, T, A, V, account or T, account or T)
    target = one_of(draw, *["object"] * 4, "objects", "bucket", "queue", "table", *["role"] * 3, "none", "managed")
    if target == "role" and kind == "anonymous":
        target = "object"
    if target in {"none", "managed"} and not (account and kind != "federated"):
        target = "queue"
    if target in {"none", "managed"}:
        owner = account
    match target:
        case "object":
            action, resource = one_of(draw, *OBJECT_ACTIONS), f"arn:aws:s3:::b/{one_of(draw, *KEYS)}"
        case "objects":
            action, resource = "s3:GetObject", one_of(draw, "arn:aws:s3:::b/*", "arn:aws:s3:::b/a/*", "arn:aws:s3:::b/?")
        case "bucket":
            action, resource = one_of(draw, *BUCKET_ACTIONS), "arn:aws:s3:::b"
        case "queue":
            names = QUEUE_ACTIONS if kind != "service" else QUEUE_ACTIONS[:2]
            action, resource = one_of(draw, *names), f"arn:aws:sqs:eu-west-1:{owner}:{one_of(draw, 'q1', 'q2')}"
        case "table":
            action, resource = one_of(draw, *TABLE_ACTIONS), f"arn:aws:dynamodb:eu-central-1:{owner}:table/{one_of(draw, 't', 'team')}"
        case "role":
            action, resource = "sts:AssumeRole", f"arn:aws:iam::{owner}:role/{one_of(draw, 'r', 'target', 'path/target')}"
            if kind in {"user", "role", "session"} and chance(draw, 10):
                action = one_of(draw, "sts:TagSession", "sts:SetSourceIdentity")
        case "none":
            action, resource = one_of(draw, "s3:ListAllMyBuckets", "dynamodb:ListTables", "sts:GetCallerIdentity"), "*"
        case _:
            action, resource = one_of(
                draw,
                ("iam:DeletePolicy", "arn:aws:iam::aws:policy/X"),
                ("iam:GetPolicy", "arn:aws:iam::aws:policy/X"),
                ("iam:PassRole", f"arn:aws:iam::{owner}:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_X_1"),
                ("iam:GetRole", f"arn:aws:iam::{owner}:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_X_1"),
                ("iam:UpdateAssumeRolePolicy", f"arn:aws:iam::{owner}:role/aws-service-role/x.amazonaws.com/AWSServiceRoleForX"),
            )
    return Scene(caller, account, kind, action, resource, owner)


# ---------------------------------------------------------------------------------------------------- actions and resources


@st.composite
def actions(draw: Draw, scene: Scene = DEFAULT_SCENE) -> str:
    """A pattern that matches the scene's action, or nearly."""
    service, _, name = scene.action.partition(":")
    choices = [scene.action] * 4 + [f"{service}:*"] * 3 + [f"{service}:{name[:3]}*", "*"]
    choices += [f"{service.upper()}:{name.lower()}", f"{service}:{name[0]}?{name[2:]}", f"{service}:*{name[-4:]}"]
    choices += [f"{service}:{name}x", f"{service}:Get*", f" {scene.action}", f"{service}*", "ec2:*", f"{service}:??{name}"]
    return str(one_of(draw, *choices))


@st.composite
def resources(draw: Draw, scene: Scene = DEFAULT_SCENE) -> str:
    """A pattern that matches the scene's resource, or nearly; sometimes with a policy variable."""
    resource = scene.resource
    if resource == "*":
        return str(one_of(draw, "*", "*", "*", f"arn:aws:{scene.service}:::*", "arn:aws:s3:::b"))
    head, _, last = resource.rpartition(":")
    plain = resource.replace("*", "k").replace("?", "k")
    choices = (
        [resource] * 3
        + ["*"] * 3
        + [f"{head}:*", f"{head}:*", f"{plain[:-1]}*", f"{plain[:-1]}?", f"{head}:*{last[-1].strip('*?')}", f"{plain}x"]
    )
    if "/" in last:
        folder = last.split("/")[0]
        choices += [f"{head}:{folder}/*", f"{head}:{folder}/*", f"{head}:{folder}/a*", f"{head}:{folder}/*k", f"{head}:{folder}"]
        choices += [f"{head}:{folder}/${{{key}}}*" for key in ("aws:username", "aws:PrincipalTag/team", "aws:PrincipalTag/team, 'a'")]
        choices += [f"{head}:{folder}/*/*", f"{head}:{folder.upper()}/*", f"{head}:*/k"]
    parts = resource.split(":", 5)
    if parts[4]:
        choices += [
            ":".join([*parts[:4], "*", parts[5]]),
            ":".join([*parts[:3], "*", parts[5]]),
            ":".join([*parts[:3], "eu-*-1", *parts[4:]]),
        ]
    else:
        choices += ["arn:aws:s3:eu-west-1::b/*", "arn:aws:s3*"]
    if chance(draw, 4):
        return str(one_of(draw, "arn:aws:s3", "arn:aws:sqs", "arn:aws", f"arn:aws:{parts[2]}"))
    return str(one_of(draw, *choices))


# ----------------------------------------------------------------------------------------------------------------- conditions

STRING_KEYS: dict[str, tuple[str, ...]] = {
    "aws:PrincipalAccount": (A, T, V),
    "aws:PrincipalOrgID": (ORGANIZATION, "o-zz"),
    "aws:PrincipalTag/team": ("a", "b", "a*", "*k"),
    "aws:PrincipalType": ("User", "AssumedRole", "Account"),
    "aws:username": ("u", "a", "u*", "x"),
    "aws:ResourceAccount": (T, A, V, "${aws:PrincipalAccount}"),
    "aws:ResourceOrgID": (ORGANIZATION, "${aws:PrincipalOrgID}"),
    "aws:SourceVpce": ("vpce-1", "vpce-2", "vpce-*"),
    "aws:SourceVpc": ("vpc-1", "vpc-*"),
    "aws:UserAgent": ("x", "a*", "${aws:username}"),
    "aws:RequestedRegion": ("eu-west-1", "eu-*", "us-east-1"),
}
STS_KEYS: dict[str, tuple[str, ...]] = {
    "sts:ExternalId": ("x", "y", "x*", "*"),
    "sts:RoleSessionName": ("s1", "${aws:username}", "u*"),
    "aws:RequestTag/team": ("a", "b", "${aws:PrincipalTag/team}"),
}
SERVICE_KEYS: dict[str, tuple[str, ...]] = {
    "aws:SourceAccount": (A, T),
    "aws:SourceArn": (f"arn:aws:s3:::{'b'}", "arn:aws:s3:::*", f"arn:aws:sns:eu-west-1:{T}:t"),
    "aws:PrincipalServiceName": SERVICES,
}
S3_KEYS: dict[str, tuple[str, ...]] = {
    "s3:prefix": ("a/", "a*", "${aws:username}/*"),
    "s3:ExistingObjectTag/team": ("a", "b", "${aws:PrincipalTag/team}"),
}
MULTIVALUED_KEYS: dict[str, tuple[str, ...]] = {
    "aws:PrincipalOrgPaths": ("o-abc/*", "o-abc/r-1/ou-1-prod/*", "o-abc/r-1/ou-1-dev/"),
    "aws:ResourceOrgPaths": ("o-abc/*", "o-abc/r-1/ou-1-prod/*"),
    "aws:TagKeys": ("team", "env", "e*"),
    "aws:CalledVia": ("athena.amazonaws.com", "cloudformation.amazonaws.com"),
}
STRING_OPERATORS = ("StringEquals", "StringNotEquals", "StringLike", "StringNotLike", "StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase")
ARN_OPERATORS = ("ArnEquals", "ArnLike", "ArnNotEquals", "ArnNotLike", "StringLike", "StringEquals", "StringNotLike")
NUMERIC = (
    "NumericEquals",
    "NumericNotEquals",
    "NumericLessThan",
    "NumericLessThanEquals",
    "NumericGreaterThan",
    "NumericGreaterThanEquals",
)
DATE = ("DateEquals", "DateNotEquals", "DateLessThan", "DateLessThanEquals", "DateGreaterThan", "DateGreaterThanEquals")


def arn_values(scene: Scene) -> tuple[str, ...]:
    """Values for aws:PrincipalArn, the caller's among them."""
    account = scene.caller_account or A
    own = scene.caller if scene.caller_kind in {"user", "root", "role", "federated"} else f"arn:aws:iam::{account}:role/r"
    return (
        own,
        f"arn:aws:iam::{account}:*",
        f"arn:aws:iam::{account}:role/*",
        f"arn:aws:iam::*:{own.split(':', 5)[-1]}",
        f"arn:aws:iam::{account}:root",
    )


@st.composite
def condition_entries(draw: Draw, scene: Scene = DEFAULT_SCENE) -> tuple[str, str, Json]:
    """(operator, key, values)."""
    family = one_of(
        draw,
        *["string"] * 6,
        *["arn"] * 3,
        *["multivalued"] * 2,
        *["bool"] * 3,
        *["address"] * 3,
        "number",
        "date",
        "binary",
        *["null"] * 2,
    )
    strings = dict(STRING_KEYS)
    if scene.is_assume_role:
        strings |= STS_KEYS
    if scene.service == "s3":
        strings |= S3_KEYS
    if scene.caller_kind == "service":
        strings = {key: values for key, values in strings.items() if key not in {"aws:PrincipalType", "aws:username"}} | SERVICE_KEYS
        family = one_of(draw, "string", "string", family) if family != "arn" else "string"
    elif scene.caller_kind in {"user", "role"} and chance(draw, 5):
        strings |= SERVICE_KEYS
    if_exists = "IfExists" if chance(draw, 20) else ""
    match family:
        case "string":
            key = one_of(draw, *strings)
            operator = one_of(draw, "StringEquals", "StringLike", *STRING_OPERATORS)
            values = draw(st.lists(st.sampled_from(strings[key]), min_size=1, max_size=2, unique=True))
            quantifier = one_of(draw, "ForAllValues:", "ForAnyValue:") if chance(draw, 4) else ""
            return f"{quantifier}{operator}{if_exists}", key, one_or_list(draw, values)
        case "arn":
            values = draw(st.lists(st.sampled_from(arn_values(scene)), min_size=1, max_size=2, unique=True))
            return one_of(draw, *ARN_OPERATORS) + if_exists, "aws:PrincipalArn", one_or_list(draw, values)
        case "multivalued":
            key = one_of(draw, *MULTIVALUED_KEYS)
            quantifier = one_of(draw, *["ForAllValues:", "ForAnyValue:"] * 3, "")
            values = draw(st.lists(st.sampled_from(MULTIVALUED_KEYS[key]), min_size=1, max_size=2, unique=True))
            return f"{quantifier}{one_of(draw, *STRING_OPERATORS[:4])}{if_exists}", key, one_or_list(draw, values)
        case "bool":
            key = one_of(
                draw,
                "aws:SecureTransport",
                "aws:SecureTransport",
                "aws:MultiFactorAuthPresent",
                "aws:ViaAWSService",
                "aws:PrincipalIsAWSService",
            )
            return f"Bool{if_exists}", key, one_of(draw, "true", "false", "false", True)
        case "address":
            key = one_of(draw, "aws:SourceIp", "aws:SourceIp", "aws:SourceIp", "aws:VpcSourceIp")
            value = one_of(draw, "203.0.113.0/24", "203.0.113.7", "10.0.0.0/8", "0.0.0.0/0", "2001:db8::/32")
            return one_of(draw, "IpAddress", "IpAddress", "NotIpAddress") + if_exists, key, value
        case "number":
            key = "s3:max-keys" if scene.service == "s3" else "aws:MultiFactorAuthAge"
            return one_of(draw, *NUMERIC) + if_exists, key, one_of(draw, "10", "100", 10, "3600")
        case "date":
            key = one_of(draw, "aws:CurrentTime", "aws:TokenIssueTime")
            return one_of(draw, *DATE) + if_exists, key, one_of(draw, "2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z", "2026-06-01")
        case "binary":
            return f"BinaryEquals{if_exists}", "aws:PrincipalTag/blob", one_of(draw, "eA==", "eHk=")
        case _:
            names = (*strings, "aws:SourceIp", "aws:MultiFactorAuthPresent", "aws:MultiFactorAuthAge", "aws:TokenIssueTime", "aws:TagKeys")
            return "Null", one_of(draw, *names), one_of(draw, "true", "false", "false", True, ["true", "false"])


@st.composite
def conditions(draw: Draw, scene: Scene = DEFAULT_SCENE, most: int = 2) -> Json:
    """A condition block of one entry or two."""
    block: dict[str, dict[str, Json]] = {}
    for _ in range(1 if most == 1 else one_of(draw, 1, 1, 1, most)):
        operator, key, values = draw(condition_entries(scene))
        if chance(draw, 3):
            key = key.swapcase() if "/" not in key else key
        block.setdefault(operator, {})[key] = values
    return block


# ----------------------------------------------------------------------------------------------------------------- principals


def own_principals(scene: Scene) -> list[Json]:
    """Principal elements that mean the scene's caller, in all forms."""
    account = scene.caller_account
    match scene.caller_kind:
        case "anonymous":
            return ["*", {"AWS": "*"}]
        case "service":
            return [{"Service": scene.caller}, {"Service": scene.caller}, "*", {"AWS": "*"}]
        case "root" | "federated" | "user":
            own = [{"AWS": scene.caller}]
        case "role":
            own = [{"AWS": scene.caller}, {"AWS": scene.caller}, {"AWS": f"arn:aws:sts::{account}:assumed-role/r/s1"}]
        case _:
            own = [{"AWS": scene.caller}, {"AWS": f"arn:aws:iam::{account}:role/r"}]
    return [*own, *own, {"AWS": account}, {"AWS": f"arn:aws:iam::{account}:root"}, "*", {"AWS": "*"}, scene.caller]


@st.composite
def principals(draw: Draw, scene: Scene = DEFAULT_SCENE, percent_own: int = 85) -> Json:
    """A Principal element, mostly one that means the caller."""
    account = scene.caller_account or A
    others: list[Json] = [
        {"AWS": f"arn:aws:iam::{account}:user/w"},
        {"AWS": [B2, f"arn:aws:iam::{account}:role/other"]},
        {"AWS": f"arn:aws:iam::{account}:role/*"},
        {"AWS": f"arn:aws:iam::{account}:user/U"},
        {"AWS": "AIDAEXAMPLE"},
        {"Service": "ec2.amazonaws.com", "AWS": V},
        {"Federated": "accounts.google.com"},
        {"AWS": f"arn:aws:sts::{account}:assumed-role/r/*"},
        {"AWS": f"arn:aws:sts::{account}:assumed-role/r/s2"},
    ]
    if scene.is_bucket_or_object:
        others += [{"CanonicalUser": CANONICAL[account]}] * 2
    found = one_of(draw, *own_principals(scene)) if chance(draw, percent_own) else one_of(draw, *others)
    if isinstance(found, dict) and "AWS" in found and isinstance(found["AWS"], str) and chance(draw, 20):
        extra = one_of(draw, V, f"arn:aws:iam::{account}:user/w", f"arn:aws:iam::{account}:root")
        found = {**found, "AWS": [found["AWS"], extra]}
    return found


@st.composite
def not_principals(draw: Draw, scene: Scene = DEFAULT_SCENE) -> Json:
    """A NotPrincipal element: the caller's principals, all or some, or others."""
    account = scene.caller_account or A
    if scene.caller_kind == "service":
        return one_of(draw, {"Service": scene.caller}, {"Service": "ec2.amazonaws.com"}, {"AWS": A})
    own = [f"arn:aws:iam::{account}:root" if chance(draw, 50) else account]
    if scene.is_iam:
        own.append(scene.caller)
    if scene.caller_kind == "session":
        own.append(f"arn:aws:iam::{account}:role/r")
    if scene.caller_kind == "role":
        own.append(f"arn:aws:sts::{account}:assumed-role/r/s1")
    some = draw(st.lists(st.sampled_from(own), min_size=1, max_size=3, unique=True)) if chance(draw, 50) else own
    return {"AWS": one_or_list(draw, [*some, f"arn:aws:iam::{account}:user/w"] if chance(draw, 20) else some)}


# ----------------------------------------------------------------------------------------------------- statements and policies

IDENTITY, RESOURCE, TRUST, ENDPOINT, SCP, RCP = "identity", "resource", "trust", "endpoint", "scp", "rcp"


@st.composite
def statements(draw: Draw, scene: Scene = DEFAULT_SCENE, kind: str = IDENTITY, effect: str = "Allow", percent_conditions: int = 25) -> Json:
    """A statement for a policy of that kind, about the scene."""
    found: dict[str, Json] = {"Effect": effect}
    if chance(draw, 30):
        found["Sid"] = one_of(draw, "One", "Two")
    if kind in {RESOURCE, TRUST}:
        if kind == RESOURCE and chance(draw, 25 if effect == "Deny" else 3):
            found["NotPrincipal"] = draw(not_principals(scene))
        elif kind == TRUST or not chance(draw, 2):
            found["Principal"] = one_of(draw, "*", draw(principals(scene))) if effect == "Deny" else draw(principals(scene))
    elif kind == ENDPOINT and not chance(draw, 20):
        found["Principal"] = "*" if chance(draw, 50) else draw(principals(scene))
    elif kind == RCP:
        found["Principal"] = "*"
    find = (
        actions(scene).filter(lambda each: ":" in each and each.split(":")[0].lower().strip() == scene.service)
        if kind == RCP
        else actions(scene)
    )
    if kind not in {RCP, TRUST} and chance(draw, 8):
        found["NotAction"] = one_or_list(
            draw, draw(st.lists(st.one_of(st.just("iam:*"), st.just("ec2:Get*"), find), min_size=1, max_size=2, unique=True))
        )
    else:
        found["Action"] = one_or_list(draw, draw(st.lists(find, min_size=1, max_size=2, unique=True)))
    if kind != TRUST:
        element = "NotResource" if chance(draw, 8) else "Resource"
        found[element] = one_or_list(draw, draw(st.lists(resources(scene), min_size=1, max_size=2, unique=True)))
    if chance(draw, percent_conditions):
        found["Condition"] = draw(conditions(scene))
    return found


def document(draw: Draw, parts: list[Json]) -> Json:
    """A policy in one of the forms of docs/requests.md."""
    found: dict[str, Json] = {"Statement": parts[0] if len(parts) == 1 and chance(draw, 10) else parts}
    if not chance(draw, 6):
        found = {"Version": one_of(draw, *["2012-10-17"] * 15, "2008-10-17"), **found}
    form = one_of(draw, *["object"] * 6, "text", "named", "named text")
    if form == "text":
        return json.dumps(found)
    return {"name": "p", "document": json.dumps(found) if form == "named text" else found} if form.startswith("named") else found


@st.composite
def policies(draw: Draw, scene: Scene = DEFAULT_SCENE, kind: str = IDENTITY, percent_deny: int = 25, percent_conditions: int = 25) -> Json:
    """A policy that tends to allow the scene, sometimes with a Deny."""
    parts = [draw(statements(scene, kind, "Allow", percent_conditions)) for _ in range(one_of(draw, 1, 1, 2))]
    if chance(draw, percent_deny):
        parts.append(draw(statements(scene, kind, "Deny", 75)))
    return document(draw, parts)


@st.composite
def deny_policies(draw: Draw, scene: Scene, kind: str, percent_conditions: int = 85) -> Json:
    return document(draw, [draw(statements(scene, kind, "Deny", percent_conditions))])


# --------------------------------------------------------------------------------------------------------------- organizations


@st.composite
def organizations(draw: Draw, account: str = A, management_account: str | None = None) -> Json:
    """The organization of a member account."""
    management = management_account or one_of(draw, M, M, M, A, T)
    path = "o-abc/r-1/" if account == management else PATHS.get(account, "o-abc/r-1/ou-1-dev/")
    return {"id": ORGANIZATION, "paths": [path], "management_account": management}


FULL_SCP = {
    "name": "FullAWSAccess",
    "document": {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]},
}
FULL_RCP = {
    "name": "RCPFullAWSAccess",
    "document": {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}]},
}


@st.composite
def service_control_policies(draw: Draw, scene: Scene = DEFAULT_SCENE) -> Json:
    """Levels from the root down; most allow everything, some only what they say."""
    found = []
    for target in ("r-1", "ou-1-prod", scene.caller_account)[: one_of(draw, 1, 2, 3)]:
        here: list[Json] = [] if chance(draw, 15) else [FULL_SCP]
        if not here and chance(draw, 85):
            here.append(draw(policies(scene, SCP, percent_deny=10)))
        if chance(draw, 25):
            here.append(draw(deny_policies(scene, SCP)))
        found.append({"target": target, "policies": here})
    return found


@st.composite
def resource_control_policies(draw: Draw, scene: Scene = DEFAULT_SCENE) -> Json:
    """Levels with RCPFullAWSAccess, as AWS attaches it everywhere, and sometimes a Deny."""
    return [
        {"target": target, "policies": [FULL_RCP] + ([draw(deny_policies(scene, RCP))] if chance(draw, 60) else [])}
        for target in ("r-1", scene.owner)[: one_of(draw, 1, 2)]
    ]


# -------------------------------------------------------------------------------------------------------------------- S3 settings


@st.composite
def access_control_lists(draw: Draw, scene: Scene = DEFAULT_SCENE, owner: str = T) -> Json:
    grants = []
    for _ in range(one_of(draw, 0, 1, 1, 2)):
        group = one_of(draw, None, None, ALL_USERS, AUTHENTICATED_USERS, LOG_DELIVERY)
        account = one_of(draw, scene.caller_account or A, scene.caller_account or A, scene.owner, V)
        grantee = {"Type": "Group", "URI": group} if group else {"Type": "CanonicalUser", "ID": CANONICAL[account]}
        permission = one_of(draw, "READ", "READ", "WRITE", "READ_ACP", "WRITE_ACP", "FULL_CONTROL", "FULL_CONTROL")
        grants.append({"Grantee": grantee, "Permission": permission})
    return {"Owner": {"ID": CANONICAL[owner]}, "Grants": grants}


@st.composite
def s3_settings(draw: Draw, scene: Scene = DEFAULT_SCENE) -> Json:
    """Settings of a bucket or object; objects of other owners only where ACLs are on."""
    found: dict[str, Json] = {"CanonicalIds": {identifier: account for account, identifier in CANONICAL.items()}}
    ownership = one_of(draw, "BucketOwnerEnforced", "BucketOwnerEnforced", "BucketOwnerPreferred", "ObjectWriter", "ObjectWriter", None)
    if ownership:
        found["ObjectOwnership"] = ownership
    if chance(draw, 50):
        found["BucketAcl"] = draw(access_control_lists(scene, scene.owner))
    if "/" in scene.resource:
        owner = one_of(draw, *[scene.owner] * 4, scene.caller_account or A, V)
        if chance(draw, 60):
            found["ObjectOwner"] = CANONICAL[owner] if chance(draw, 30) else owner
        else:
            owner = scene.owner
        if chance(draw, 60):
            found["ObjectAcl"] = draw(access_control_lists(scene, owner))
        found["ObjectTags"] = one_of(draw, {}, {"team": "a"}, {"team": "b"}, None)
    if chance(draw, 35):
        found["PublicAccessBlock"] = {
            level: {
                flag: chance(draw, 30) for flag in ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
            }
            for level in draw(st.lists(st.sampled_from(("bucket", "account", "organization")), min_size=1, max_size=2, unique=True))
        }
    if chance(draw, 30):
        found["Region"] = "eu-west-1"
    if chance(draw, 6):
        found["EncryptionKey"] = one_of(draw, "SSE-S3", "aws/s3")
    return found


def settle_public_status(draw: Draw, request: Json) -> None:
    """State AWS's verdict where the policy's own text may not settle it: conditions beside `*` while public buckets are restricted."""
    settings = request.get("resource_settings") or {}
    blocks = settings.get("PublicAccessBlock") or {}
    if any(block["RestrictPublicBuckets"] for block in blocks.values()) and "Condition" in json.dumps(request.get("resource_policy")):
        settings["PolicyStatus"] = {"IsPublic": chance(draw, 50)}


# -------------------------------------------------------------------------------------------------------------------- requests


@st.composite
def contexts(draw: Draw, scene: Scene = DEFAULT_SCENE) -> dict[str, Json]:
    """Some keys of the request that agree with each other."""
    found: dict[str, Json] = {}
    offered: dict[str, tuple[Json, ...]] = {
        "aws:UserAgent": ("x", "a", "u"),
        "aws:SecureTransport": ("true", "false"),
        "aws:CurrentTime": ("2026-11-23T00:00:00Z",),
    }
    network = one_of(draw, "aws:SourceIp", "aws:SourceIp", "aws:SourceVpce", "aws:SourceVpc")
    offered[network] = {"aws:SourceIp": ("203.0.113.7", "10.1.1.1"), "aws:SourceVpce": ("vpce-1", "vpce-3"), "aws:SourceVpc": ("vpc-1",)}[
        network
    ]
    if scene.is_iam:
        offered |= {"aws:PrincipalTag/team": ("a", "b", "*", "k"), "aws:ViaAWSService": ("false",)}
    if scene.caller_kind in {"user", "root"}:
        offered |= {"aws:MultiFactorAuthPresent": ("true", "false")}
    if scene.caller_kind == "session":
        offered |= {"aws:PrincipalArn": (f"arn:aws:iam::{scene.caller_account}:role/r", f"arn:aws:iam::{scene.caller_account}:role/path/r")}
    if scene.is_assume_role:
        offered |= {
            "sts:ExternalId": ("x", "y"),
            "aws:RequestTag/team": ("a", "c"),
            "aws:TagKeys": (["team"], ["team", "env"]),
            "sts:RoleSessionName": ("s1", "u"),
        }
    if scene.service == "s3":
        offered |= {"s3:prefix": ("a/", "a/x"), "s3:max-keys": ("10", "11")}
    if scene.caller_kind == "service":
        offered |= {"aws:SourceAccount": (A, T), "aws:SourceArn": ("arn:aws:s3:::b",)}
    for key in draw(st.lists(st.sampled_from(sorted(offered)), max_size=3, unique=True)):
        found[key] = one_of(draw, *offered[key])
    return found


@st.composite
def requests(draw: Draw) -> Json:
    """A whole request (docs/requests.md)."""
    scene = draw(scenes())
    request: dict[str, Json] = {"principal": scene.caller, "action": scene.action, "resource": scene.resource}
    if scene.is_bucket_or_object:
        if not chance(draw, 4):
            request["resource_account"] = scene.owner
    elif chance(draw, 30) and scene.resource != "*" and ":aws:policy/" not in scene.resource:
        request["resource_account"] = scene.owner
    add_organizations(draw, scene, request)
    add_identity_side(draw, scene, request)
    add_resource_side(draw, scene, request)
    if scene.caller_kind != "service" and scene.service in {"s3", "sqs", "dynamodb"} and chance(draw, 10):
        request["vpc_endpoint_policies"] = [draw(policies(scene, ENDPOINT))]
    context = draw(contexts(scene)) if chance(draw, 60) else {}
    if request.get("vpc_endpoint_policies"):
        context = {key: value for key, value in context.items() if key != "aws:SourceIp"}
    if context:
        request["context"] = context
    if chance(draw, 40):
        request["context_complete"] = chance(draw, 90)
    forget(draw, request)
    settle_public_status(draw, request)
    return request


def add_organizations(draw: Draw, scene: Scene, request: dict[str, Json]) -> None:
    """The organization of both ends and the policies attached to it."""
    if chance(draw, 35):
        return
    management = one_of(draw, M, M, M, A, T)
    if scene.caller_account in MEMBERS:
        request["organization"] = draw(organizations(scene.caller_account, management))
        if chance(draw, 50):
            request["service_control_policies"] = draw(service_control_policies(scene))
    if scene.owner in MEMBERS:
        request["resource_organization"] = draw(organizations(scene.owner, management))
        if scene.resource != "*" and chance(draw, 35):
            request["resource_control_policies"] = draw(resource_control_policies(scene))


def add_identity_side(draw: Draw, scene: Scene, request: dict[str, Json]) -> None:
    if not scene.is_iam or scene.caller_kind == "root":
        return
    if not chance(draw, 12):
        request["identity_policies"] = [draw(policies(scene)) for _ in range(one_of(draw, 1, 1, 2))]
    if scene.caller_kind != "federated" and chance(draw, 15):  # R2.43 leaves federated users with a boundary unclear
        request["permissions_boundaries"] = [draw(policies(scene, percent_deny=15))]
    if scene.is_session and chance(draw, 60 if scene.caller_kind == "federated" else 15):
        request["session_policies"] = [draw(policies(scene, percent_deny=15)) for _ in range(one_of(draw, 1, 1, 2))]


def add_resource_side(draw: Draw, scene: Scene, request: dict[str, Json]) -> None:
    if scene.resource == "*" or scene.service == "iam":
        return
    same_account = scene.caller_account == scene.owner
    if not chance(draw, 45 if same_account and not scene.is_assume_role else 8):
        request["resource_policy"] = draw(policies(scene, TRUST if scene.is_assume_role else RESOURCE))
    if scene.is_bucket_or_object and chance(draw, 85):
        request["resource_settings"] = draw(s3_settings(scene))


FORGETTABLE = (
    "identity_policies",
    "resource_policy",
    "service_control_policies",
    "permissions_boundaries",
    "session_policies",
    "vpc_endpoint_policies",
)
FORGETTABLE_SETTINGS = ("ObjectOwner", "ObjectAcl", "BucketAcl", "ObjectOwnership", "PublicAccessBlock")


def forget(draw: Draw, request: dict[str, Json]) -> None:
    """Make something unknown, now and then."""
    if chance(draw, 88):
        return
    present = [field for field in FORGETTABLE if field in request]
    settings = request.get("resource_settings") or {}
    inside = [field for field in FORGETTABLE_SETTINGS if field in settings]
    if inside and chance(draw, 40):
        settings[one_of(draw, *inside)] = None
    elif present:
        field = one_of(draw, *present)
        if request[field] and isinstance(request[field], list) and chance(draw, 40):
            place = draw(st.integers(0, len(request[field]) - 1))
            request[field][place] = {**request[field][place], "policies": None} if field == "service_control_policies" else None
        else:
            request[field] = None
