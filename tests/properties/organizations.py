"""Small made-up organizations, drawn from a seed: a plain description, and the Estate made of it.

They are dense on purpose: few names, shared documents, everything that a policy may say, so that principals and roles that look
alike differ in one thing that matters.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any
from zlib import crc32

from xgraph.graph.model.document import Policy
from xgraph.graph.model.estate import Estate
from xgraph.graph.model.organization import Account, Organization, OrganizationalUnit
from xgraph.graph.model.principal import Group, Principal, PrincipalKind
from xgraph.graph.model.resource import Resource, StoredObject

Json = Any

A, T, B2, V, M, CN = "111111111111", "999999999999", "222222222222", "555555555555", "000000000001", "333333333333"
ORGANIZATION = "o-abc"
ROOT, PROD, DEV = "r-1", "ou-1-prod", "ou-1-dev"
ALL_USERS = "http://acs.amazonaws.com/groups/global/AllUsers"
AUTHENTICATED_USERS = "http://acs.amazonaws.com/groups/global/AuthenticatedUsers"
LOG_DELIVERY = "http://acs.amazonaws.com/groups/s3/LogDelivery"
CANONICAL = {A: "a1" * 32, T: "99" * 32, B2: "22" * 32, V: "55" * 32}
STRANGE_CANONICAL = "ee" * 32
OIDC = f"arn:aws:iam::{T}:oidc-provider/token.example.com"
SERVICES = ("lambda.amazonaws.com", "ec2.amazonaws.com")
TAG_VALUES = ("a", "b")
FULL: Json = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}


def partition_of(account: str) -> str:
    return "aws-cn" if account == CN else "aws"


@dataclass
class Names:
    """What policies of the organization may mention."""

    accounts: list[str]
    users: list[str] = field(default_factory=list)
    roles: list[str] = field(default_factory=list)
    groups: list[str] = field(default_factory=list)
    buckets: list[str] = field(default_factory=list)
    others: list[str] = field(default_factory=list)  # queues and tables
    unique_ids: list[str] = field(default_factory=list)


def organization(seed: int) -> Json:
    """The description of one organization: accounts, principals, groups, resources, guardrails."""
    return _Draw(Random(seed)).organization()


class _Draw:
    def __init__(self, rng: Random) -> None:
        self.rng = rng
        self.names = Names([])
        self.pool: list[Json] = []
        self.trusts: list[Json] = []

    def chance(self, percent: int) -> bool:
        return self.rng.randrange(100) < percent

    def one(self, *choices: Any) -> Any:
        return self.rng.choice(choices)

    def some(self, choices: Sequence[Any], most: int = 2) -> list[Any]:
        return self.rng.sample(list(choices), min(len(choices), self.rng.randint(1, most)))

    def one_or_list(self, values: list[Any]) -> Any:
        return values[0] if len(values) == 1 and self.chance(60) else values

    # ------------------------------------------------------------------------------------------------- the whole

    def organization(self) -> Json:
        names = self.names
        names.accounts = [T, *self.rng.sample([A, B2, V], self.rng.randint(1, 3)), *([CN] if self.chance(4) else [])]
        accounts = [self.account(number) for number in names.accounts]
        for account in names.accounts:
            self.name_principals(account)
        for number in range(self.rng.randint(1, 2)):
            owner = self.one(*names.accounts[:3])
            names.buckets.append(f"arn:aws:s3:::b{number}")
            names.others.append(self.one(f"arn:aws:sqs:eu-west-1:{owner}:q{number}", f"arn:aws:dynamodb:eu-west-1:{owner}:table/t{number}"))
        self.pool = [self.document("identity") for _ in range(3)]
        self.trusts = [self.document("trust") for _ in range(2)]
        collected = {one["id"] for one in accounts if one["is_collected"]}
        groups = [self.group(arn) for arn in names.groups]
        principals = [self.principal(arn) for arn in (*names.users, *names.roles) if arn.split(":")[4] in collected]
        return {
            "accounts": accounts,
            "organization": self.guardrails() if self.chance(80) else None,
            "states_no_organization": self.chance(50),
            "groups": groups,
            "principals": principals,
            "buckets": [self.bucket(arn) for arn in names.buckets],
            "others": [self.other(arn) for arn in names.others],
            "canonical_ids": {CANONICAL[a]: a for a in names.accounts if a in CANONICAL and self.chance(85)},
        }

    def account(self, number: str) -> Json:
        is_member = number not in (V, CN) or (number == V and self.chance(15))
        return {
            "id": number,
            "member": is_member and self.chance(90),
            "parent": self.one(ROOT, PROD, PROD, DEV, ""),
            "is_collected": number in (T, A) or self.chance(75),
        }

    def name_principals(self, account: str) -> None:
        names, start = self.names, f"arn:{partition_of(account)}:iam::{account}:"
        names.users += [f"{start}user/{path}{name}" for path, name in (("", "u"), ("team/", "v"))[: self.rng.randint(0, 2)]]
        paths = ("", "", "team/", "path/a/", "aws-service-role/x.amazonaws.com/" if self.chance(20) else "")
        names.roles += [f"{start}role/{self.one(*paths)}{name}" for name in ("r", "s", "a")[: self.rng.randint(1, 3)]]
        if self.chance(50):
            names.groups.append(f"{start}group/g")
        names.unique_ids = [unique_id(arn) for arn in (*names.users, *names.roles)]

    # ----------------------------------------------------------------------------------------------- identities

    def policies(self) -> list[Json]:
        found: list[Json] = [
            self.rng.choice(self.pool) if self.chance(55) else self.document("identity") for _ in range(self.one(0, 1, 1, 1, 2))
        ]
        if self.chance(4):
            found.append(None)
        return found

    def group(self, arn: str) -> Json:
        return {"arn": arn, "policies": self.policies()}

    def principal(self, arn: str) -> Json:
        account = arn.split(":")[4]
        groups = [g for g in self.names.groups if g.split(":")[4] == account and self.chance(40)] if ":user/" in arn else []
        if groups and self.chance(5):
            groups = [f"arn:aws:iam::{account}:group/unread"]
        found: Json = {
            "arn": arn,
            "tags": {key: self.one(*TAG_VALUES) for key in ("team", "Env") if self.chance(35)},
            "policies": self.policies(),
            "groups": groups,
            "unique_id": unique_id(arn) if self.chance(85) else "",
        }
        if self.chance(20):
            found["boundary"] = None if self.chance(8) else self.one(FULL, self.document("boundary"), self.rng.choice(self.pool))
        if ":role/" in arn:
            found["trust"] = self.trust()
        return found

    def trust(self) -> Json:
        if self.chance(4):
            return None
        if self.chance(2):
            return "no policy"
        return self.rng.choice(self.trusts) if self.chance(50) else self.document("trust")

    # ------------------------------------------------------------------------------------------------- resources

    def bucket(self, arn: str) -> Json:
        settings: Json = {}
        ownership = self.one("BucketOwnerEnforced", "BucketOwnerEnforced", "BucketOwnerPreferred", "ObjectWriter", None, "absent")
        if ownership != "absent":
            settings["ObjectOwnership"] = ownership
        if self.chance(45):
            settings["BucketAcl"] = self.acl() if self.chance(92) else None
        if self.chance(35):
            settings["PublicAccessBlock"] = {
                level: {flag: self.chance(40) for flag in ("IgnorePublicAcls", "RestrictPublicBuckets")} if self.chance(92) else None
                for level in self.some(("bucket", "account"), 2)
            }
        if self.chance(15):
            settings["PolicyStatus"] = {"IsPublic": self.chance(50)}
        if self.chance(20):
            settings["BucketAbac"] = self.one("Enabled", "Disabled")
        owner = self.one(*self.names.accounts[:3])
        return {
            "arn": arn,
            "account": owner,
            "policy": self.resource_policy("bucket", arn),
            "tags": self.one(None, {}, {"team": "a"}),
            "settings": settings,
            "objects": [self.stored_object(key, owner) for key in ("k", "a/k") if self.chance(45)],
        }

    def stored_object(self, key: str, owner: str) -> Json:
        account = self.one(owner, owner, *self.names.accounts)
        return {
            "key": key,
            "owner": self.one(account, account, CANONICAL.get(account), STRANGE_CANONICAL, None),
            "acl": self.acl() if self.chance(80) else None,
            "tags": self.one(None, {}, {"team": "a"}),
            "key_id": self.one(None, "", "", "", "aws/s3", f"arn:aws:kms:eu-west-1:{T}:key/1"),
        }

    def acl(self) -> Json:
        grants = []
        for _ in range(self.rng.randint(0, 2)):
            group = self.one(None, None, None, ALL_USERS, AUTHENTICATED_USERS, LOG_DELIVERY)
            grantee = {"URI": group} if group else {"ID": self.one(*CANONICAL.values(), STRANGE_CANONICAL)}
            grants.append({"Grantee": grantee, "Permission": self.one("READ", "WRITE", "READ_ACP", "FULL_CONTROL")})
        return {"Grants": grants}

    def other(self, arn: str) -> Json:
        settings = {"EncryptionKey": "aws/dynamodb"} if ":dynamodb:" in arn and self.chance(20) else {}
        tags = self.one(None, {}, {"team": "a"})
        return {"arn": arn, "policy": self.resource_policy("other", arn), "tags": tags, "settings": settings}

    def resource_policy(self, kind: str, arn: str) -> Json:
        """A document, None when unread, or "absent"."""
        if self.chance(30):
            return "absent"
        return None if self.chance(4) else self.document(kind, arn)

    # ------------------------------------------------------------------------------------------------ guardrails

    def guardrails(self) -> Json:
        def attached(kind: str) -> Json:
            found: Json = {}
            for target in (ROOT, PROD, DEV, *self.names.accounts):
                if self.chance(3):
                    continue  # not collected
                here = [] if kind == "scp" and self.chance(6) else [FULL]
                if self.chance(15):
                    here.append(self.document(kind))
                if self.chance(2):
                    here.append(None)
                found[target] = here
            return found

        return {
            "management_account": self.one(M, M, *self.names.accounts[:2]),
            "scps_enabled": self.one(True, True, True, False, None),
            "rcps_enabled": self.one(True, True, False, None),
            "scps": attached("scp") if self.chance(90) else {},
            "rcps": attached("rcp") if self.chance(90) else {},
        }

    # ------------------------------------------------------------------------------------------------ statements

    def document(self, kind: str, arn: str = "") -> Json:
        percent_deny = {"identity": 12, "boundary": 10, "scp": 75, "rcp": 100}.get(kind, 18)
        statements = [self.statement(kind, arn, deny=self.chance(percent_deny)) for _ in range(self.one(1, 1, 2, 3))]
        return {"Version": "2008-10-17" if self.chance(4) else "2012-10-17", "Statement": statements}

    def statement(self, kind: str, arn: str, *, deny: bool) -> Json:
        if self.chance(2):
            return {"Effect": "Deny" if deny else "Allow", "Action": {"what": "is this"}, "Resource": "*"}
        found: Json = {"Effect": "Deny" if deny else "Allow"}
        if kind in ("trust", "bucket", "other"):
            element = "NotPrincipal" if self.chance(25 if deny else 2) else "Principal"
            found[element] = self.principal_element(deny=deny, listing=element == "NotPrincipal")
        elif kind == "rcp":
            found["Principal"] = "*"
        self.add_actions(found, kind)
        if kind != "trust":
            found["NotResource" if self.chance(8) else "Resource"] = self.resources(kind, arn)
        if self.chance(75 if deny and kind != "identity" else 30):
            found["Condition"] = self.condition()
        return found

    def add_actions(self, found: Json, kind: str) -> None:
        if kind == "trust":
            found["Action"] = self.one(
                *["sts:AssumeRole"] * 6, "sts:*", "*", ["sts:AssumeRole", "sts:TagSession"], "sts:assumerole", "sts:TagSession"
            )
        elif kind != "rcp" and self.chance(8):
            found["NotAction"] = self.one_or_list(self.some(("iam:*", "sts:*", "s3:Get*", "sqs:DeleteQueue"), 2))
        else:
            actions = ["sts:AssumeRole"] * 4 + ["sts:*", "s3:*", "s3:GetObject", "s3:ListBucket", "s3:PutObject", "sqs:*", "dynamodb:*"]
            actions += ["dynamodb:GetItem", "sqs:SendMessage", "iam:*"] if kind == "rcp" else ["*", "*", "sqs:SendMessage", "iam:GetRole"]
            found["Action"] = self.one_or_list(self.some(actions, 3))

    def principal_element(self, *, deny: bool, listing: bool) -> Json:
        names = self.names
        if not listing and self.chance(40 if deny else 15):
            return self.one("*", "*", {"AWS": "*"})
        account = self.one(*names.accounts, V)
        anyone = [*names.users, *names.roles]
        choices: list[Json] = [account, f"arn:{partition_of(account)}:iam::{account}:root"]
        choices += [self.one(*anyone) for _ in range(4)]
        choices += [self.session_of(self.one(*names.roles)), self.one(*names.unique_ids), f"arn:aws:iam::{account}:user/elsewhere"]
        if self.chance(10):
            choices += [f"arn:aws:iam::{account}:role/*", *names.groups]
        found: Json = {"AWS": self.one_or_list(self.some(choices, 4 if listing else 2))}
        if self.chance(12):
            found["Service"] = self.one(*SERVICES)
        if self.chance(4):
            found["Federated"] = OIDC
        if self.chance(6):
            found["CanonicalUser"] = self.one(*CANONICAL.values(), STRANGE_CANONICAL)
        return found

    def session_of(self, role: str) -> str:
        partition, account = role.split(":")[1], role.split(":")[4]
        return f"arn:{partition}:sts::{account}:assumed-role/{role.rsplit('/', 1)[-1]}/{self.one('one', 'two')}"

    def resources(self, kind: str, arn: str) -> Json:
        if kind == "bucket":
            return self.one_or_list(self.some((arn, f"{arn}/*", f"{arn}/*", "*", f"{arn}/a/*", f"{arn}/${{aws:username}}/*", f"{arn}*"), 3))
        if kind == "other":
            return self.one_or_list(self.some((arn, arn, "*", f"{arn[:-1]}?"), 2))
        account = self.one(*self.names.accounts)
        role = f"arn:{partition_of(account)}:iam::{account}:role/"
        choices = ["*", "*", "*", f"{role}*", f"{role}team/*", "arn:aws:iam::*:role/*", *self.some(self.names.roles, 3)]
        choices += [*self.names.others, *self.names.buckets, f"{self.one(*self.names.buckets)}/*", "arn:aws:s3:::b*", "arn:aws:s3:::b0/a/*"]
        if self.chance(20):
            choices += [
                f"arn:aws:iam::{account}",
                f"arn:aws:iam::{account}",
                "arn:aws:iam",
                "arn:aws:iam*",
                f"arn:aws:*:{account}:role/r",
                "arn:aws:*:role/a",
            ]
        if self.chance(15):
            choices += [f"{role}${{aws:username}}", f"{role}${{aws:PrincipalTag/team}}", "arn:aws:s3:::b0/${aws:username}/*"]
        return self.one_or_list(self.some(choices, 3))

    # ------------------------------------------------------------------------------------------------ conditions

    def condition(self) -> Json:
        block: Json = {}
        for _ in range(self.one(1, 1, 1, 2)):
            operator, key, values = self.rng.choice(_ENTRIES)(self)
            if self.chance(6):
                key = self.one(key.lower(), key.upper())
            if self.chance(12) and operator != "Null":
                operator += "IfExists"
            block.setdefault(operator, {})[key] = values
        return block

    def arn_pattern(self) -> str:
        account = self.one(*self.names.accounts)
        anyone = self.one(*self.names.users, *self.names.roles)
        return str(self.one(anyone, anyone, f"arn:aws:iam::{account}:*", f"arn:aws:iam::{account}:role/*", "arn:aws:iam::*:role/team/*"))

    def negatable(self, operator: str) -> str:
        return operator.replace("String", "StringNot").replace("Arn", "ArnNot") if self.chance(30) else operator


Entry = tuple[str, str, Json]
_ENTRIES: tuple[Callable[[_Draw], Entry], ...] = (
    lambda d: (d.negatable(d.one("ArnLike", "ArnEquals", "StringLike", "StringEquals")), "aws:PrincipalArn", d.arn_pattern()),
    lambda d: (d.negatable("ArnLike"), "aws:PrincipalArn", [d.arn_pattern(), d.arn_pattern()]),
    lambda d: (d.negatable("StringEquals"), "aws:PrincipalOrgID", d.one(ORGANIZATION, ORGANIZATION, "o-zz")),
    lambda d: (
        f"{d.one('ForAnyValue:', 'ForAllValues:')}{d.negatable('StringLike')}",
        "aws:PrincipalOrgPaths",
        f"o-abc/r-1/{d.one('*', PROD + '/*', DEV + '/')}",
    ),
    lambda d: (d.negatable("StringEquals"), f"aws:PrincipalTag/{d.one('team', 'Env')}", d.one(*TAG_VALUES, "${aws:ResourceTag/team}")),
    lambda d: (
        d.negatable("StringEquals"),
        f"{d.one('aws', 'iam')}:ResourceTag/{d.one('team', 'Env')}",
        d.one(*TAG_VALUES, "${aws:PrincipalTag/team}"),
    ),
    lambda d: (d.negatable("StringEquals"), "aws:PrincipalAccount", d.one(*d.names.accounts, "${aws:ResourceAccount}")),
    lambda d: (d.negatable("StringEquals"), "aws:ResourceAccount", d.one(*d.names.accounts, "${aws:PrincipalAccount}")),
    lambda d: (d.negatable("StringEquals"), "aws:ResourceOrgID", d.one(ORGANIZATION, "${aws:PrincipalOrgID}")),
    lambda d: ("Bool", "aws:MultiFactorAuthPresent", d.one("true", "false")),
    lambda d: (d.negatable("StringEquals"), "sts:ExternalId", d.one("x", "y")),
    lambda d: (d.negatable("StringEquals"), "sts:RoleSessionName", d.one("one", "${aws:username}")),
    lambda d: (d.negatable("StringLike"), "aws:username", d.one("u", "v*")),
    lambda d: (d.negatable("StringLike"), "aws:userid", d.one("AIDA*", "AROA*:one", f"{d.one(*d.names.unique_ids)}*")),
    lambda d: ("StringEquals", "aws:PrincipalType", d.one("User", "AssumedRole", "Account")),
    lambda d: ("Bool", "aws:SecureTransport", d.one("true", "false")),
    lambda d: (d.one("IpAddress", "NotIpAddress"), "aws:SourceIp", "203.0.113.0/24"),
    lambda d: ("Null", d.one("aws:PrincipalTag/team", "aws:ResourceTag/team", "sts:ExternalId", "aws:username"), d.one("true", "false")),
    lambda d: ("StringLike", "s3:ExistingObjectTag/team", d.one(*TAG_VALUES)),
    lambda d: (d.negatable("StringEquals"), "aws:RequestedRegion", "eu-west-1"),
    lambda d: ("StringEquals", "aws:SourceAccount", A),
)


def unique_id(arn: str) -> str:
    account, name = arn.split(":")[4], arn.rsplit("/", 1)[-1]
    return f"{'AIDA' if ':user/' in arn else 'AROA'}{account[:3]}{name.upper()}"


# ------------------------------------------------------------------------------------------------------- description to Estate


def estate_of(description: Json) -> Estate:
    """The Estate that a description stands for; parts that are left out are not there."""
    organization = description.get("organization")
    accounts = {one["id"]: _account(one, has_organization=organization is not None) for one in description["accounts"]}
    principals = {p.arn: p for p in map(_principal, description.get("principals", ()))}
    groups = {g["arn"]: Group(g["arn"], g["arn"].split(":")[4], "g", _policies(g)) for g in description.get("groups", ())}
    resources = [_bucket(one) for one in description.get("buckets", ())] + [_other(one) for one in description.get("others", ())]
    return Estate(
        snapshot_id="0" * 64,
        name="generated",
        accounts=accounts,
        organizations={ORGANIZATION: _organization(organization)} if organization else {},
        principals=principals,
        groups=groups,
        resources={one.arn: one for one in resources},
        canonical_ids=dict(description.get("canonical_ids", {})),
        states_no_organization=organization is None and bool(description.get("states_no_organization")),
    )


def _account(one: Json, *, has_organization: bool) -> Account:
    is_member = has_organization and bool(one.get("member"))
    return Account(
        one["id"],
        name=f"account {one['id'][:3]}",
        organization=ORGANIZATION if is_member else None,
        parent=one.get("parent", "") if is_member else "",
        is_collected=bool(one.get("is_collected")),
        partition=partition_of(one["id"]),
    )


def _organization(one: Json) -> Organization:
    def attached(kind: str) -> dict[str, tuple[Policy, ...]]:
        return {target: tuple(_policy(f"{kind}-{target}-{i}", p) for i, p in enumerate(here)) for target, here in one.get(kind, {}).items()}

    units = {
        ROOT: OrganizationalUnit(ROOT, "Root", None),
        PROD: OrganizationalUnit(PROD, "prod", ROOT),
        DEV: OrganizationalUnit(DEV, "dev", PROD),
    }
    return Organization(
        ORGANIZATION,
        one.get("management_account", M),
        ROOT,
        units,
        one.get("scps_enabled"),
        one.get("rcps_enabled"),
        attached("scps"),
        attached("rcps"),
        frozenset(one.get("blocks_public_s3", ())),
    )


def _policy(name: str, document: Json) -> Policy:
    text = document if document is None or isinstance(document, str) else json.dumps(document)
    return Policy(name, text)


def _policies(one: Json) -> tuple[Policy, ...]:
    return tuple(_policy(f"{one['arn']}#inline/{i}", document) for i, document in enumerate(one.get("policies", ())))


def _principal(one: Json) -> Principal:
    arn: str = one["arn"]
    _, _, path = arn.partition("/")
    folder, _, name = path.rpartition("/")
    is_role = ":role/" in arn
    return Principal(
        arn,
        PrincipalKind.ROLE if is_role else PrincipalKind.USER,
        arn.split(":")[4],
        name,
        f"/{folder}/" if folder else "/",
        one.get("unique_id", ""),
        tuple(sorted(one.get("tags", {}).items())),
        _policies(one),
        tuple(one.get("groups", ())),
        _boundary(arn, one["boundary"]) if "boundary" in one else None,
        _policy(f"{arn}#trust", one.get("trust")) if is_role else None,
    )


def _boundary(arn: str, document: Json) -> Policy:
    """A managed policy: where it is shared, so is its name."""
    policy = _policy(f"{arn}#boundary", document)
    account = arn.split(":")[4]
    return Policy(f"arn:aws:iam::{account}:policy/{crc32((policy.document or arn).encode()):08x}", policy.document)


def _resource_policy(one: Json) -> Policy | None:
    document = one.get("policy", "absent")
    return None if document == "absent" else _policy(f"{one['arn']}#resource-policy", document)


def _tags(one: Json) -> tuple[tuple[str, str], ...] | None:
    tags = one.get("tags")
    return None if tags is None else tuple(sorted(tags.items()))


def _bucket(one: Json) -> Resource:
    objects = tuple(
        StoredObject(o["key"], o.get("owner"), o.get("acl"), _tags(o), o.get("key_id")) for o in one.get("objects", ())
    )  # fmt: skip
    return Resource(
        one["arn"], one["account"], "s3", "bucket", "eu-west-1", _resource_policy(one), _tags(one), one.get("settings", {}), objects
    )


def _other(one: Json) -> Resource:
    _, _, service, region, account, _ = one["arn"].split(":", 5)
    kind = one.get("type", "table" if service == "dynamodb" else "key" if service == "kms" else "queue")
    return Resource(one["arn"], account, service, kind, region, _resource_policy(one), _tags(one), one.get("settings", {}))
