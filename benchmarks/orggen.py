#!/usr/bin/env python3
"""orggen - deterministic synthetic AWS organizations with planted ground truth.

Writes, for one seed and one set of parameters, always the same bytes:

    OUT/manifest.json                     parameters and counts
    OUT/truth.json                        planted role chains and the verdict of every step
    OUT/org.json                          accounts, OU tree, SCPs, RCPs, attachments
    OUT/accounts/<id>/gaad.json           `aws iam get-account-authorization-details` shape
    OUT/accounts/<id>/resources.json      buckets, keys, queues, topics, functions, secrets, tables, repositories
    OUT/collect/aws/aws/...               on-disk database in the layout of iam-collect   (--emit collect)
    OUT/iamspy/{resources,scps}.json      inputs of IAMSpy besides the GAAD                (--emit iamspy)
    OUT/snapshot/...                      a snapshot for `xgraph paths --snapshot`         (--emit snapshot)

The raw files (the first five) are always written; `--emit` takes any of collect, iamspy and snapshot, joined by commas,
and nothing (`--emit ''`) for the raw files alone; without it collect and iamspy are written.  The snapshot is what
`xgraph import gaad OUT/accounts --organization OUT/org.json --resources OUT/accounts` makes, except that its buckets
have a default encryption, SSE-S3, of which the raw files say nothing.  Its collected.json has no times.

`--services all` (or a list) plants in the snapshot also resources, compute and people of the services that xgraph reads,
each between two accounts, with principals that get there and principals that don't; what is true of them is in truth.json
with a key `service`.  Without it everything is as it ever was.

Everything is drawn from random.Random seeded by a text "<seed>:<scope>", one generator per account and
concern, so that one account's content does not depend on how much was drawn for another.

The background ("noise") population imitates a Control Tower style organization: a management account, tooling
(CI), audit and shared-services hubs whose roles assume into spokes, Identity Center roles, service roles, OIDC
deploy roles, third-party vendor roles, break-glass users, team roles with trusts from exact ARNs to whole
accounts.  On top of it, chains `source -> role -> ... -> role -> s3 object` are planted.  Their names begin with
"xg-", every trust names exactly its caller (except where the mechanism under test is a wider trust) and every
target bucket denies everybody but the chain's last role, so that the verdicts in truth.json do not depend on the
noise.  The AWS managed policies are abridged imitations, not the real documents.

Standard library only.  Examples:

    python3 orggen.py --out org --accounts 10 --roles 80 --users 20 --seed 7 --emit collect,iamspy
    python3 benchmarks/orggen.py --out org --accounts 3 --roles 48 --users 12 --emit snapshot
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import random
from dataclasses import asdict, dataclass, fields
from urllib.parse import quote

REGION = "eu-west-1"
CREATED = "2024-01-15T09:00:00+00:00"
SCP, RCP = "SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY"
VENDOR_ACCOUNTS = ("800000000901", "800000000902", "800000000903", "800000000904")
TEAMS = ("payments", "search", "data", "platform", "mobile", "risk", "growth", "ml")


@dataclass
class Config:
    """Size and shape of the organization. Densities are shares between 0 and 1."""

    accounts: int = 10
    roles: int = 80  # background roles per account, structural roles included
    users: int = 20  # background users per account
    groups: int = 6
    policies: int = 12  # customer managed policies per account
    buckets: int = 8
    keys: int = 4
    queues: int = 4
    topics: int = 2
    functions: int = 6
    secrets: int = 5
    tables: int = 3
    repositories: int = 2
    ou_depth: int = 3  # OU levels below the root on the workload branch (1..5)
    scp_density: float = 0.30  # share of accounts with a further SCP of their own
    rcp_density: float = 0.30  # share of accounts with a further RCP of their own
    trust_density: float = 0.20  # share of team roles that another account may assume
    wide_trust: float = 0.10  # share of those trusts that name a whole account
    admin_share: float = 0.03
    condition_density: float = 0.25
    boundary_share: float = 0.10
    deny_share: float = 0.06
    managed_reuse: float = 0.60  # share of attachments that are AWS managed policies
    vendor_share: float = 0.30  # share of accounts with a third-party role
    chains: int = 24  # planted chains; their principals come on top of roles/users
    seed: int = 1


# ---------------------------------------------------------------------------------------------- small helpers


def doc(*statements: dict) -> dict:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def stmt(effect: str, action, resource=None, principal=None, condition=None, sid=None, not_action=None) -> dict:
    """One policy statement; keys that do not apply are left out."""
    out: dict = {}
    if sid:
        out["Sid"] = sid
    out["Effect"] = effect
    if principal is not None:
        out["Principal"] = principal
    if not_action is not None:
        out["NotAction"] = not_action
    else:
        out["Action"] = action
    if resource is not None:
        out["Resource"] = resource
    if condition:
        out["Condition"] = condition
    return out


def allow(action, resource="*", condition=None, **kw) -> dict:
    return stmt("Allow", action, resource, condition=condition, **kw)


def deny(action, resource="*", condition=None, **kw) -> dict:
    return stmt("Deny", action, resource, condition=condition, **kw)


def trust(principal: dict | str, condition=None, action="sts:AssumeRole") -> dict:
    return stmt("Allow", action, principal=principal, condition=condition)


def role_arn(account: str, name: str, path: str = "/") -> str:
    return f"arn:aws:iam::{account}:role{path}{name}"


def root_arn(account: str) -> str:
    return f"arn:aws:iam::{account}:root"


def unique_id(prefix: str, text: str) -> str:
    """A stable 21 character IAM unique id."""
    digest = hashlib.sha256(text.encode()).digest()
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
    return prefix + "".join(alphabet[b % 32] for b in digest[: 21 - len(prefix)])


def hex_id(text: str, length: int) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:length]


# ------------------------------------------------------------------------------------- AWS managed policies (abridged)

_READ = (
    "acm apigateway athena autoscaling backup cloudformation cloudfront cloudtrail cloudwatch codebuild "
    "codecommit config dynamodb ec2 ecr ecs eks elasticache elasticfilesystem elasticloadbalancing es events "
    "firehose glue guardduty iam inspector kinesis kms lambda logs organizations rds redshift route53 s3 "
    "sagemaker ses sns sqs ssm states sts tag waf xray"
).split()

AWS_MANAGED = {
    "AdministratorAccess": doc(allow("*")),
    "PowerUserAccess": doc(
        stmt("Allow", None, "*", not_action=["iam:*", "organizations:*", "account:*"]),
        allow(
            [
                "iam:CreateServiceLinkedRole",
                "iam:DeleteServiceLinkedRole",
                "iam:ListRoles",
                "organizations:DescribeOrganization",
                "account:ListRegions",
            ]
        ),
    ),
    "ReadOnlyAccess": doc(allow([f"{s}:{v}*" for s in _READ for v in ("Get", "List", "Describe")])),
    "ViewOnlyAccess": doc(allow([f"{s}:{v}*" for s in _READ[:30] for v in ("List", "Describe")])),
    "SecurityAudit": doc(
        allow(
            [f"{s}:{v}*" for s in _READ for v in ("List", "Describe")]
            + ["iam:Get*", "iam:GenerateCredentialReport", "s3:GetBucket*", "kms:GetKeyPolicy"]
        )
    ),
    "IAMFullAccess": doc(allow(["iam:*", "organizations:DescribeAccount", "organizations:ListPolicies"])),
    "IAMReadOnlyAccess": doc(allow(["iam:Get*", "iam:List*", "iam:Generate*", "iam:Simulate*"])),
    "AmazonS3FullAccess": doc(allow(["s3:*", "s3-object-lambda:*"])),
    "AmazonS3ReadOnlyAccess": doc(allow(["s3:Get*", "s3:List*", "s3:Describe*"])),
    "AmazonEC2FullAccess": doc(allow("ec2:*"), allow("elasticloadbalancing:*"), allow("cloudwatch:*"), allow("autoscaling:*")),
    "AmazonEC2ReadOnlyAccess": doc(allow(["ec2:Describe*", "elasticloadbalancing:Describe*", "cloudwatch:Get*"])),
    "AmazonDynamoDBFullAccess": doc(allow(["dynamodb:*", "dax:*", "cloudwatch:GetMetricData"])),
    "AmazonSQSFullAccess": doc(allow("sqs:*")),
    "AmazonSSMManagedInstanceCore": doc(
        allow(
            [
                "ssm:DescribeAssociation",
                "ssm:GetParameter",
                "ssm:GetParameters",
                "ssm:UpdateInstanceInformation",
                "ssmmessages:*",
                "ec2messages:*",
            ]
        )
    ),
    "AWSLambdaBasicExecutionRole": doc(allow(["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"])),
    "AWSLambda_FullAccess": doc(
        allow(["lambda:*", "logs:Describe*", "iam:ListRoles"]),
        allow("iam:PassRole", condition={"StringEquals": {"iam:PassedToService": "lambda.amazonaws.com"}}),
    ),
    "SecretsManagerReadWrite": doc(allow(["secretsmanager:*", "kms:DescribeKey", "kms:ListAliases"])),
    "AWSKeyManagementServicePowerUser": doc(allow(["kms:CreateKey", "kms:DescribeKey", "kms:List*", "kms:TagResource"])),
    "AWSOrganizationsReadOnlyAccess": doc(allow(["organizations:Describe*", "organizations:List*"])),
}
_COMMON_MANAGED = (
    "ReadOnlyAccess",
    "ViewOnlyAccess",
    "AmazonS3ReadOnlyAccess",
    "AmazonEC2ReadOnlyAccess",
    "AWSLambdaBasicExecutionRole",
    "AmazonSSMManagedInstanceCore",
    "AmazonDynamoDBFullAccess",
    "AmazonSQSFullAccess",
    "AmazonS3FullAccess",
    "AWSLambda_FullAccess",
    "SecretsManagerReadWrite",
    "IAMReadOnlyAccess",
    "AmazonEC2FullAccess",
    "PowerUserAccess",
    "SecurityAudit",
)
_COMMON_WEIGHTS = (9, 5, 8, 5, 14, 14, 3, 3, 2, 2, 2, 3, 2, 2, 3)


def managed_arn(name: str) -> str:
    return f"arn:aws:iam::aws:policy/{name}"


# --------------------------------------------------------------------------------------------------- organization


@dataclass
class Account:
    id: str
    name: str
    kind: str  # management tooling audit shared prod nonprod sandbox
    ou: str


_EXEMPT = {
    "ArnNotLike": {
        "aws:PrincipalARN": ["arn:aws:iam::*:role/AWSControlTowerExecution", "arn:aws:iam::*:role/OrganizationAccountAccessRole"]
    }
}
_FORBIDDEN = [
    "ec2:RunInstances",
    "lambda:CreateFunction",
    "iam:CreateOpenIDConnectProvider",
    "s3:PutBucketPolicy",
    "kms:CreateGrant",
    "ssm:SendCommand",
]


class Organization:
    """Accounts, OU tree and organization policies."""

    def __init__(self, cfg: Config):
        self.cfg = cfg
        self.id = "o-" + hex_id(f"org{cfg.seed}", 10)
        self.root = "r-" + hex_id(f"root{cfg.seed}", 4)
        self.ous: dict[str, dict] = {self.root: {"Id": self.root, "Name": "Root", "Parent": None}}
        self.policies: dict[str, dict] = {}  # policy id -> {Id, Arn, Name, Type, AwsManaged, Content}
        self.attached: dict[str, list[str]] = {}  # target id -> policy ids, in order of attachment
        self.accounts: list[Account] = []
        self._make_accounts()
        self.management = self.accounts[0].id
        self._make_policies()

    def rng(self, scope: str) -> random.Random:
        return random.Random(f"{self.cfg.seed}:{scope}")

    def ou(self, name: str, parent: str) -> str:
        ident = f"ou-{self.root[2:]}-{hex_id(f'{self.cfg.seed}{parent}{name}', 8)}"
        self.ous.setdefault(ident, {"Id": ident, "Name": name, "Parent": parent})
        return ident

    def hub(self, kind: str) -> str:
        """The account that plays a hub; small organizations fold audit and shared into tooling."""
        return next((a.id for a in self.accounts if a.kind == kind), self.accounts[min(1, len(self.accounts) - 1)].id)

    def _make_accounts(self) -> None:
        n, depth = self.cfg.accounts, max(1, min(5, self.cfg.ou_depth))
        security, infra = self.ou("Security", self.root), self.ou("Infrastructure", self.root)
        sandbox, workloads = self.ou("Sandbox", self.root), self.ou("Workloads", self.root)
        kinds = ["management", "tooling"] + (["audit"] if n >= 6 else []) + (["shared"] if n >= 8 else [])
        for i in range(n):
            kind = kinds[i] if i < len(kinds) else ("prod", "nonprod", "prod", "nonprod", "sandbox")[(i - len(kinds)) % 5]
            if kind in ("prod", "nonprod"):
                ou = workloads
                for level, part in enumerate((kind.capitalize(), f"Unit{i % 4}", f"Team{i % 3}", f"Zone{i % 2}")):
                    if level + 1 < depth:
                        ou = self.ou(part, ou)
            else:
                ou = {"management": self.root, "tooling": infra, "shared": infra, "audit": security, "sandbox": sandbox}[kind]
            self.accounts.append(Account(f"{111000000000 + 37 * i + 1000 * self.cfg.seed:012d}", f"{kind}-{i}", kind, ou))

    def add_policy(self, kind: str, name: str, content: dict, *targets: str, aws: bool = False) -> None:
        """One organization policy; `kind` is SCP or RCP."""
        ident = f"p-{name}" if aws else "p-" + hex_id(f"{self.cfg.seed}{kind}{name}", 8)
        owner = "aws:policy" if aws else f"{self.management}:policy/{self.id}"
        self.policies[ident] = {
            "Id": ident,
            "Arn": f"arn:aws:organizations::{owner}/{kind.lower()}/{ident}",
            "Name": name,
            "Type": kind,
            "AwsManaged": aws,
            "Content": content,
        }
        for target in targets:
            self.attached.setdefault(target, []).append(ident)

    def policies_of(self, target: str, kind: str) -> list[dict]:
        return [self.policies[p] for p in self.attached.get(target, []) if self.policies[p]["Type"] == kind]

    def _make_policies(self) -> None:
        everything = list(self.ous) + [a.id for a in self.accounts]
        self.add_policy(SCP, "FullAWSAccess", doc(allow("*")), *everything, aws=True)
        self.add_policy(RCP, "RCPFullAWSAccess", doc(allow("*", principal="*")), *everything, aws=True)
        ou = {v["Name"]: k for k, v in reversed(list(self.ous.items()))}
        self._guards_of_the_root()
        if "Prod" in ou:
            self._guard_of_production(ou["Prod"])
        fence = doc(
            deny(["sts:AssumeRole"], condition={"StringNotEquals": {"aws:ResourceAccount": "${aws:PrincipalAccount}"}}),
            deny(["secretsmanager:GetSecretValue", "ec2:CreateVpcPeeringConnection"]),
        )
        self.add_policy(SCP, "SandboxFence", fence, ou["Sandbox"])
        self._perimeter(*[ou[n] for n in ("Prod",) if n in ou])
        for account in self.accounts[1:]:
            self._policies_of_its_own(account)

    def _guards_of_the_root(self) -> None:
        unbound = ["iam:*", "sts:*", "organizations:*", "route53:*", "cloudfront:*", "s3:*", "support:*", "kms:*"]
        elsewhere = {"StringNotEquals": {"aws:RequestedRegion": [REGION, "us-east-1"]}, **_EXEMPT}
        self.add_policy(SCP, "RegionGuard", doc(stmt("Deny", None, "*", not_action=unbound, condition=elsewhere)), self.root)
        watched = ["cloudtrail:StopLogging", "cloudtrail:DeleteTrail", "config:DeleteConfigurationRecorder", "guardduty:DeleteDetector"]
        self.add_policy(SCP, "Baseline", doc(deny("organizations:LeaveOrganization"), deny(watched, condition=_EXEMPT)), self.root)

    def _guard_of_production(self, ou: str) -> None:
        others = {"ArnNotLike": {"aws:PrincipalArn": "arn:aws:iam::*:user/break-glass-*"}}
        guard = doc(
            deny(["iam:CreateUser", "iam:CreateAccessKey"], condition=others),
            deny(["s3:DeleteBucket", "kms:ScheduleKeyDeletion", "dynamodb:DeleteTable"], condition=_EXEMPT),
        )
        self.add_policy(SCP, "ProdGuard", guard, ou)

    def _perimeter(self, *targets: str) -> None:
        outside = {
            "StringNotEqualsIfExists": {"aws:PrincipalOrgID": self.id},
            "BoolIfExists": {"aws:PrincipalIsAWSService": "false"},
        }
        guarded = ["s3:*", "sqs:*", "kms:*", "secretsmanager:*"]
        self.add_policy(RCP, "OrgPerimeter", doc(stmt("Deny", guarded, "*", principal="*", condition=outside)), *targets)

    def _policies_of_its_own(self, account: Account) -> None:
        r = self.rng(f"orgpol:{account.id}")
        if r.random() < self.cfg.scp_density:
            others = {"ArnNotLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/AWSReservedSSO_Admin*"}}
            self.add_policy(SCP, f"Account-{account.name}", doc(deny(r.sample(_FORBIDDEN, 2), condition=others)), account.id)
        if r.random() < self.cfg.rcp_density:
            plain = {"BoolIfExists": {"aws:SecureTransport": "false"}}
            tls = doc(stmt("Deny", ["s3:*", "sqs:*"], "*", principal="*", condition=plain))
            self.add_policy(RCP, f"Tls-{account.name}", tls, account.id)

    def to_json(self) -> dict:
        return {
            "Organization": {
                "Id": self.id,
                "Arn": f"arn:aws:organizations::{self.management}:organization/{self.id}",
                "MasterAccountId": self.management,
                "FeatureSet": "ALL",
            },
            "Roots": [
                {
                    "Id": self.root,
                    "Name": "Root",
                    "PolicyTypes": [
                        {"Type": SCP, "Status": "ENABLED"},
                        {"Type": RCP, "Status": "ENABLED"},
                    ],
                }
            ],
            "OrganizationalUnits": [o for o in self.ous.values() if o["Parent"]],
            "Accounts": [
                {
                    "Id": a.id,
                    "Name": a.name,
                    "Arn": self.account_arn(a.id),
                    "Status": "ACTIVE",
                    "Email": f"{a.name}@example.com",
                    "Parent": a.ou,
                    "Kind": a.kind,
                }
                for a in self.accounts
            ],
            "Policies": list(self.policies.values()),
            "Attachments": [{"TargetId": t, "PolicyIds": p} for t, p in self.attached.items()],
        }

    def account_arn(self, account: str) -> str:
        return f"arn:aws:organizations::{self.management}:account/{self.id}/{account}"


# ----------------------------------------------------------------------------------------------- account contents


class AccountData:
    """IAM and resources of one account, kept directly in the shapes that are written out."""

    def __init__(self, org: Organization, account: Account):
        self.org, self.account, self.id = org, account, account.id
        self.users: dict[str, dict] = {}
        self.roles: dict[str, dict] = {}
        self.groups: dict[str, dict] = {}
        self.policies: dict[str, dict] = {}  # arn -> {doc, boundary uses, attachments}
        self.resources: dict[str, list] = {
            k: [] for k in ("Buckets", "Keys", "Queues", "Topics", "Functions", "Secrets", "Tables", "Repositories")
        }

    # -- IAM ------------------------------------------------------------------------------------------------
    def add_policy(self, name: str, document: dict) -> str:
        arn = f"arn:aws:iam::{self.id}:policy/{name}"
        self.policies[arn] = {"doc": document}
        return arn

    def _principal(self, kind: str, name: str, path: str, inline, managed, boundary, tags) -> dict:
        arn = f"arn:aws:iam::{self.id}:{kind.lower()}{path}{name}"
        for used in list(managed) + ([boundary] if boundary else []):
            if used.startswith("arn:aws:iam::aws:"):
                self.policies.setdefault(used, {"doc": AWS_MANAGED[used.rsplit("/", 1)[1]]})
        out = {
            "Path": path,
            f"{kind}Name": name,
            f"{kind}Id": unique_id({"User": "AIDA", "Role": "AROA", "Group": "AGPA"}[kind], arn),
            "Arn": arn,
            "CreateDate": CREATED,
            f"{kind}PolicyList": [{"PolicyName": n, "PolicyDocument": d} for n, d in inline],
            "AttachedManagedPolicies": [{"PolicyName": a.rsplit("/", 1)[1], "PolicyArn": a} for a in dict.fromkeys(managed)],
        }
        if boundary:
            out["PermissionsBoundary"] = {"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": boundary}
        if kind != "Group":
            out["Tags"] = [{"Key": k, "Value": v} for k, v in (tags or {}).items()]
        return out

    def add_role(self, name, trusts, inline=(), managed=(), path="/", boundary=None, tags=None, profile=False) -> str:
        role = self._principal("Role", name, path, inline, managed, boundary, tags)
        role["AssumeRolePolicyDocument"] = doc(*trusts)
        role["InstanceProfileList"] = (
            [
                {
                    "Path": path,
                    "InstanceProfileName": name,
                    "InstanceProfileId": unique_id("AIPA", role["Arn"]),
                    "Arn": f"arn:aws:iam::{self.id}:instance-profile{path}{name}",
                    "CreateDate": CREATED,
                    "Roles": [],
                }
            ]
            if profile
            else []
        )
        role["RoleLastUsed"] = {}
        if role["Arn"] in self.roles:
            raise ValueError(f"duplicate role {role['Arn']}")
        self.roles[role["Arn"]] = role
        return role["Arn"]

    def add_user(self, name, inline=(), managed=(), groups=(), path="/", boundary=None, tags=None) -> str:
        user = self._principal("User", name, path, inline, managed, boundary, tags)
        user["GroupList"] = list(groups)
        self.users[user["Arn"]] = user
        return user["Arn"]

    def add_group(self, name, inline=(), managed=()) -> None:
        group = self._principal("Group", name, "/", inline, managed, None, None)
        self.groups[name] = group

    def gaad(self) -> dict:
        uses: dict[str, int] = {}
        bounds: dict[str, int] = {}
        for p in [*self.users.values(), *self.roles.values(), *self.groups.values()]:
            for m in p["AttachedManagedPolicies"]:
                uses[m["PolicyArn"]] = uses.get(m["PolicyArn"], 0) + 1
            b = p.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn")
            if b:
                bounds[b] = bounds.get(b, 0) + 1
        return {
            "UserDetailList": list(self.users.values()),
            "GroupDetailList": list(self.groups.values()),
            "RoleDetailList": list(self.roles.values()),
            "Policies": [
                {
                    "PolicyName": arn.rsplit("/", 1)[1],
                    "PolicyId": unique_id("ANPA", arn),
                    "Arn": arn,
                    "Path": "/",
                    "DefaultVersionId": "v1",
                    "AttachmentCount": uses.get(arn, 0),
                    "PermissionsBoundaryUsageCount": bounds.get(arn, 0),
                    "IsAttachable": True,
                    "CreateDate": CREATED,
                    "UpdateDate": CREATED,
                    "PolicyVersionList": [{"Document": p["doc"], "VersionId": "v1", "IsDefaultVersion": True, "CreateDate": CREATED}],
                }
                for arn, p in self.policies.items()
            ],
        }

    # -- resources --------------------------------------------------------------------------------------------
    def add_bucket(self, name, policy=None, tags=None, block=True, acl_public=False) -> str:
        arn, owner = f"arn:aws:s3:::{name}", hex_id(self.id, 64)
        grants = [{"Grantee": {"Type": "CanonicalUser", "ID": owner}, "Permission": "FULL_CONTROL"}]
        if acl_public:
            grants.append({"Grantee": {"Type": "Group", "URI": "http://acs.amazonaws.com/groups/global/AllUsers"}, "Permission": "READ"})
        keys = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
        self.resources["Buckets"].append(
            {
                "Name": name,
                "Arn": arn,
                "Region": REGION,
                "Policy": policy,
                "Acl": {"Owner": {"ID": owner}, "Grants": grants},
                "OwnershipControls": "ObjectWriter" if acl_public else "BucketOwnerEnforced",
                "PublicAccessBlock": dict.fromkeys(keys, block),
                "Tags": tags or {},
            }
        )
        return arn

    def add_resource(self, group, arn, policy=None, tags=None, **extra) -> str:
        self.resources[group].append({"Arn": arn, "Policy": policy, "Tags": tags or {}, **extra})
        return arn


_MFA = {"Bool": {"aws:MultiFactorAuthPresent": "true"}}
_SIGN_IN = {"StringEquals": {"SAML:aud": "https://signin.aws.amazon.com/saml"}}


class Background:
    """Fills one account with the noise population."""

    def __init__(self, data: AccountData, cfg: Config):
        self.d, self.cfg, self.org, self.id = data, cfg, data.org, data.id
        self.r = data.org.rng(f"account:{data.id}")
        self.others = [a for a in data.org.accounts if a.id != data.id]

    def fill(self) -> None:
        self._policies()
        self._resources()
        self._groups_and_users()
        self._structural_roles()
        while len(self.d.roles) < self.cfg.roles:
            self._application_role(len(self.d.roles))

    # -- policies -----------------------------------------------------------------------------------------------
    def condition(self) -> dict | None:
        """An occasional condition on an identity statement."""
        r = self.r
        if r.random() >= self.cfg.condition_density:
            return None
        return r.choice(
            [
                {"StringEquals": {"aws:ResourceTag/team": "${aws:PrincipalTag/team}"}},
                {"IpAddress": {"aws:SourceIp": ["198.51.100.0/24", "203.0.113.0/24"]}},
                {"Bool": {"aws:MultiFactorAuthPresent": "true"}},
                {"StringEquals": {"aws:PrincipalOrgID": self.org.id}},
                {"StringLike": {"aws:PrincipalArn": f"arn:aws:iam::{self.id}:role/*"}},
                {"StringEquals": {"aws:RequestedRegion": REGION}},
            ]
        )

    def statement(self) -> dict:
        """One random identity statement."""
        r, acct = self.r, self.id
        team, c = r.choice(TEAMS), self.condition()
        other = r.choice(self.others).id if self.others else acct
        return r.choice(
            [
                lambda: allow(["s3:GetObject", "s3:ListBucket"], [f"arn:aws:s3:::{team}-*", f"arn:aws:s3:::{team}-*/*"], c),
                lambda: allow(["s3:GetObject", "s3:PutObject"], f"arn:aws:s3:::{team}-{acct}-{r.randrange(8)}/*", c),
                lambda: allow("s3:*", f"arn:aws:s3:::*-{acct}-{r.randrange(8)}*", c),
                lambda: allow(["sqs:SendMessage", "sqs:ReceiveMessage"], f"arn:aws:sqs:{REGION}:{acct}:{team}-*", c),
                lambda: allow(["kms:Decrypt", "kms:GenerateDataKey*"], f"arn:aws:kms:{REGION}:{acct}:key/*", c),
                lambda: allow("secretsmanager:GetSecretValue", f"arn:aws:secretsmanager:{REGION}:{acct}:secret:{team}/*", c),
                lambda: allow(
                    ["dynamodb:GetItem", "dynamodb:Query", "dynamodb:PutItem"], f"arn:aws:dynamodb:{REGION}:{acct}:table/{team}-*", c
                ),
                lambda: allow("sts:AssumeRole", f"arn:aws:iam::{other}:role/{team}-*", c),
                lambda: allow("sts:AssumeRole", [role_arn(acct, f"{team}-app-{r.randrange(60)}")], c),
                lambda: allow(
                    ["lambda:InvokeFunction", "lambda:UpdateFunctionCode"], f"arn:aws:lambda:{REGION}:{acct}:function:{team}-*", c
                ),
                lambda: allow(
                    "iam:PassRole", f"arn:aws:iam::{acct}:role/{team}-*", {"StringEquals": {"iam:PassedToService": "lambda.amazonaws.com"}}
                ),
                lambda: allow(["ec2:RunInstances", "ec2:Describe*", "ec2:StartInstances"], "*", c),
                lambda: allow(["logs:*", "cloudwatch:PutMetricData"], "*"),
            ]
        )()

    def _policies(self) -> None:
        r = self.r
        self.custom = []
        for i in range(self.cfg.policies):
            body = [self.statement() for _ in range(r.randint(1, 4))]
            if r.random() < self.cfg.deny_share:
                body.append(deny(["s3:DeleteObject*", "kms:Disable*"], "*"))
            self.custom.append(self.d.add_policy(f"app-policy-{i}", doc(*body)))
        self.boundary = self.d.add_policy(
            "team-boundary",
            doc(
                allow(
                    ["s3:*", "sqs:*", "dynamodb:*", "logs:*", "lambda:*", "kms:Decrypt", "sts:AssumeRole", "secretsmanager:GetSecretValue"]
                ),
                deny(["iam:*User*", "iam:DeleteRolePermissionsBoundary"]),
            ),
        )
        self.force_mfa = self.d.add_policy(
            "force-mfa",
            doc(
                stmt(
                    "Deny",
                    None,
                    "*",
                    not_action=["iam:ChangePassword", "iam:ListMFADevices", "sts:GetSessionToken"],
                    condition={"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}},
                )
            ),
        )

    def bundle(self) -> dict:
        """Random permissions of a principal: managed policies, inline policies and a boundary."""
        r, cfg = self.r, self.cfg
        if r.random() < cfg.admin_share:
            return {"managed": [managed_arn("AdministratorAccess")]}
        managed = [
            managed_arn(r.choices(_COMMON_MANAGED, _COMMON_WEIGHTS)[0])
            if r.random() < cfg.managed_reuse or not self.custom
            else r.choice(self.custom)
            for _ in range(r.randint(1, 3))
        ]
        inline = []
        if r.random() < 0.35:
            body = [self.statement() for _ in range(r.randint(1, 3))]
            if r.random() < cfg.deny_share:
                body.append(deny("s3:*", f"arn:aws:s3:::{r.choice(TEAMS)}-*"))
            inline.append(("inline", doc(*body)))
        return {"managed": managed, "inline": inline, "boundary": self.boundary if r.random() < cfg.boundary_share else None}

    # -- resources ----------------------------------------------------------------------------------------------
    def resource_policy(self, actions, arn) -> dict | None:
        """A random resource policy: none, same organization, another account, a named role, TLS only, service."""
        r = self.r
        other = r.choice(self.others).id if self.others else self.id
        objects = [arn, f"{arn}/*"] if arn.startswith("arn:aws:s3") else arn
        pick = r.random()
        if pick < 0.35:
            return None
        if pick < 0.50:
            return doc(stmt("Allow", actions, objects, principal="*", condition={"StringEquals": {"aws:PrincipalOrgID": self.org.id}}))
        if pick < 0.65:
            return doc(stmt("Allow", actions, objects, principal={"AWS": root_arn(other)}))
        if pick < 0.80:
            return doc(
                stmt(
                    "Allow",
                    actions,
                    objects,
                    principal={"AWS": role_arn(other, "OrganizationAccountAccessRole" if other != self.org.management else "org-admin")},
                )
            )
        if pick < 0.92:
            return doc(
                stmt("Deny", actions[0].split(":")[0] + ":*", objects, principal="*", condition={"Bool": {"aws:SecureTransport": "false"}})
            )
        return doc(
            stmt(
                "Allow",
                actions,
                objects,
                principal={"Service": "cloudtrail.amazonaws.com"},
                condition={"StringEquals": {"aws:SourceAccount": self.id}},
            )
        )

    def _resources(self) -> None:
        cfg, r, d, acct = self.cfg, self.r, self.d, self.id
        for i in range(cfg.buckets):
            team = TEAMS[i % len(TEAMS)]
            name = f"{team}-{acct}-{i}"
            public = r.random() < 0.03
            d.add_bucket(
                name,
                self.resource_policy(["s3:GetObject", "s3:ListBucket"], f"arn:aws:s3:::{name}"),
                {"team": team},
                block=not public,
                acl_public=public,
            )
        for i in range(cfg.keys):
            ident = f"{hex_id(f'{acct}key{i}', 8)}-0000-4000-8000-{i:012d}"
            arn = f"arn:aws:kms:{REGION}:{acct}:key/{ident}"
            body = [stmt("Allow", "kms:*", "*", principal={"AWS": root_arn(acct)}, sid="EnableIAM")]
            if r.random() < 0.3 and self.others:
                body.append(stmt("Allow", ["kms:Decrypt", "kms:DescribeKey"], "*", principal={"AWS": root_arn(r.choice(self.others).id)}))
            grants = (
                [
                    {
                        "GrantId": hex_id(arn, 64),
                        "GranteePrincipal": role_arn(acct, f"{r.choice(TEAMS)}-app-{r.randrange(40)}"),
                        "Operations": ["Decrypt", "GenerateDataKey"],
                    }
                ]
                if r.random() < 0.3
                else []
            )
            d.add_resource("Keys", arn, doc(*body), {"team": r.choice(TEAMS)}, KeyId=ident, Grants=grants)
        spec = [
            ("Queues", cfg.queues, "sqs", "{t}-queue-{i}", ["sqs:SendMessage", "sqs:ReceiveMessage"]),
            ("Topics", cfg.topics, "sns", "{t}-topic-{i}", ["sns:Publish", "sns:Subscribe"]),
            ("Functions", cfg.functions, "lambda", "function:{t}-fn-{i}", ["lambda:InvokeFunction"]),
            ("Secrets", cfg.secrets, "secretsmanager", "secret:{t}/db-{i}-AbCdE{i}", ["secretsmanager:GetSecretValue"]),
            ("Tables", cfg.tables, "dynamodb", "table/{t}-table-{i}", ["dynamodb:GetItem", "dynamodb:Query"]),
            ("Repositories", cfg.repositories, "ecr", "repository/{t}/img-{i}", ["ecr:BatchGetImage"]),
        ]
        for group, count, service, pattern, actions in spec:
            for i in range(count):
                team = r.choice(TEAMS)
                arn = f"arn:aws:{service}:{REGION}:{acct}:" + pattern.format(t=team, i=i)
                extra = {"Role": role_arn(acct, f"{team}-app-{i}")} if group == "Functions" else {}
                d.add_resource(group, arn, self.resource_policy(actions, arn), {"team": team}, **extra)

    # -- principals -----------------------------------------------------------------------------------------------
    def _groups_and_users(self) -> None:
        cfg, r, d = self.cfg, self.r, self.d
        names = [
            ("admins", "developers", "auditors", "operators", "analysts", "support")[i % 6] + ("" if i < 6 else str(i))
            for i in range(cfg.groups)
        ]
        for name in names:
            managed = {
                "admins": ["AdministratorAccess"],
                "developers": ["PowerUserAccess"],
                "auditors": ["SecurityAudit", "ViewOnlyAccess"],
            }.get(name, [r.choice(_COMMON_MANAGED[:6])])
            d.add_group(
                name,
                [("assume", doc(allow("sts:AssumeRole", f"arn:aws:iam::*:role/{r.choice(TEAMS)}-*")))] if r.random() < 0.5 else [],
                [managed_arn(m) for m in managed] + [self.force_mfa],
            )
        for i in range(cfg.users):
            team = TEAMS[i % len(TEAMS)]
            if i < 2:
                d.add_user(f"break-glass-{i}", managed=[managed_arn("AdministratorAccess"), self.force_mfa])
            elif i % 5 == 4:
                b = self.bundle()
                d.add_user(
                    f"svc-{team}-{i}", b.get("inline", ()), b["managed"], path="/service/", boundary=b.get("boundary"), tags={"team": team}
                )
            else:
                d.add_user(
                    f"{team}-user-{i}",
                    groups=r.sample(names[1:], min(len(names) - 1, r.randint(1, 2))) if r.random() > cfg.admin_share else names[:1],
                    tags={"team": team},
                )

    def _structural_roles(self) -> None:
        d, r, acct = self.d, self.r, self.id
        self._identity_center_roles()
        self._service_roles()
        self._access_for_management()
        self._deployment_roles()
        self._audit_roles()
        repositories = r.choice(["repo:acme/*", "repo:acme/app:*", "repo:*"])
        subject = {"StringLike": {"token.actions.githubusercontent.com:sub": repositories}}
        d.add_role(
            "github-app-deploy",
            [trust(self._github(), subject, "sts:AssumeRoleWithWebIdentity")],
            managed=[managed_arn("AWSLambda_FullAccess")],
        )
        if r.random() < self.cfg.vendor_share:
            condition = {"StringEquals": {"sts:ExternalId": hex_id(acct + "ext", 12)}} if r.random() < 0.6 else None
            vendor = {"AWS": root_arn(r.choice(VENDOR_ACCOUNTS))}
            d.add_role("vendor-monitoring", [trust(vendor, condition)], managed=[managed_arn("SecurityAudit")])
        users = {"AWS": [f"arn:aws:iam::{acct}:user/break-glass-{i}" for i in range(min(2, self.cfg.users))] or root_arn(acct)}
        d.add_role("break-glass", [trust(users, _MFA)], managed=[managed_arn("AdministratorAccess")])

    def _identity_center(self) -> dict:
        return {"Federated": f"arn:aws:iam::{self.id}:saml-provider/AWSSSO_{hex_id(self.id, 16)}_DO_NOT_DELETE"}

    def _github(self) -> dict:
        return {"Federated": f"arn:aws:iam::{self.id}:oidc-provider/token.actions.githubusercontent.com"}

    def _identity_center_roles(self) -> None:
        permission_sets = {"AdministratorAccess": "AdministratorAccess", "ReadOnly": "ReadOnlyAccess", "Developer": "PowerUserAccess"}
        for name, managed in permission_sets.items():
            self.d.add_role(
                f"AWSReservedSSO_{name}_{hex_id(self.id + name, 16)}",
                [trust(self._identity_center(), _SIGN_IN, ["sts:AssumeRoleWithSAML", "sts:TagSession"])],
                managed=[managed_arn(managed)],
                path=f"/aws-reserved/sso.amazonaws.com/{REGION}/",
            )

    def _service_roles(self) -> None:
        for service in ("support", "trustedadvisor"):
            self.d.add_role(
                f"AWSServiceRoleFor{service.capitalize()}",
                [trust({"Service": f"{service}.amazonaws.com"})],
                managed=[managed_arn("ViewOnlyAccess")],
                path=f"/aws-service-role/{service}.amazonaws.com/",
            )

    def _access_for_management(self) -> None:
        management, admin = self.org.management, [managed_arn("AdministratorAccess")]
        if self.id == management:
            self.d.add_role("org-admin", [trust(self._identity_center(), _SIGN_IN, "sts:AssumeRoleWithSAML")], managed=admin)
        else:
            self.d.add_role("OrganizationAccountAccessRole", [trust({"AWS": root_arn(management)})], managed=admin)
            self.d.add_role("AWSControlTowerExecution", [trust({"AWS": root_arn(management)})], managed=admin)

    def _deployment_roles(self) -> None:
        tooling = self.org.hub("tooling")
        if self.id != tooling:
            managed = [managed_arn("PowerUserAccess"), managed_arn("IAMFullAccess")]
            self.d.add_role("deploy-spoke", [trust({"AWS": role_arn(tooling, "ci-deployer")}, self._in_org())], managed=managed)
            return
        main_branch = {
            "StringEquals": {"token.actions.githubusercontent.com:aud": "sts.amazonaws.com"},
            "StringLike": {"token.actions.githubusercontent.com:sub": "repo:acme/*:ref:refs/heads/main"},
        }
        self.d.add_role(
            "ci-deployer",
            [trust(self._github(), main_branch, "sts:AssumeRoleWithWebIdentity")],
            [("assume-spokes", doc(allow("sts:AssumeRole", "arn:aws:iam::*:role/deploy-spoke")))],
        )

    def _audit_roles(self) -> None:
        audit = self.org.hub("audit")
        if self.id != audit:
            managed = [managed_arn("SecurityAudit")]
            self.d.add_role("security-audit-spoke", [trust({"AWS": role_arn(audit, "security-hub")}, self._in_org())], managed=managed)
            return
        self.d.add_role(
            "security-hub",
            [trust({"AWS": root_arn(audit)}, _MFA)],
            [("assume-spokes", doc(allow("sts:AssumeRole", "arn:aws:iam::*:role/security-audit-spoke")))],
        )

    def _in_org(self) -> dict:
        return {"StringEquals": {"aws:PrincipalOrgID": self.org.id}}

    def _application_role(self, number: int) -> None:
        """A workload or team role with a random trust."""
        d, r, cfg, acct = self.d, self.r, self.cfg, self.id
        team, b = TEAMS[number % len(TEAMS)], self.bundle()
        name = f"{team}-app-{number}"
        profile = False
        if self.others and r.random() < cfg.trust_density:
            other = r.choice(self.others).id
            pick = r.random()
            if pick < cfg.wide_trust:
                trusts = [trust({"AWS": root_arn(other)})]
            elif pick < 0.35:
                trusts = [trust({"AWS": root_arn(other)}, {"StringLike": {"aws:PrincipalArn": f"arn:aws:iam::{other}:role/{team}-*"}})]
            elif pick < 0.50:
                trusts = [trust({"AWS": "*"}, {"StringEquals": {"aws:PrincipalOrgID": self.org.id, "aws:PrincipalTag/team": team}})]
            elif pick < 0.60:
                trusts = [trust({"AWS": root_arn(other)}, {"StringEquals": {"sts:ExternalId": hex_id(name, 10)}})]
            else:
                trusts = [trust({"AWS": role_arn(other, f"{team}-app-{(number + 8) % max(cfg.roles, 1)}")})]
        else:
            pick = r.random()
            if pick < 0.65:
                service = r.choice(["ec2", "lambda", "ecs-tasks", "states", "glue"])
                profile = service == "ec2"
                trusts = [trust({"Service": f"{service}.amazonaws.com"})]
            elif pick < 0.85:
                trusts = [
                    trust(
                        {"AWS": root_arn(acct)},
                        {"StringEquals": {"aws:PrincipalTag/team": "${aws:ResourceTag/team}"}}
                        if r.random() < cfg.condition_density
                        else None,
                    )
                ]
            else:
                trusts = [trust({"AWS": role_arn(acct, "break-glass")})]
        d.add_role(name, trusts, b.get("inline", ()), b["managed"], boundary=b.get("boundary"), tags={"team": team}, profile=profile)


# --------------------------------------------------------------------------------------------------- planted chains

# mechanism -> (verdict, where it acts: "assume" any assume step, "chained" an assume step of a role, "first", "last")
MECHANISMS = {
    "none": ("allowed", None),
    "scp_assume": ("blocked", "assume"),
    "external_id": ("conditional", "assume"),
    "boundary": ("blocked", "chained"),
    "none_long": ("allowed", None),
    "explicit_deny": ("blocked", "assume"),
    "principal_arn_like": ("allowed", "assume"),
    "mfa_role": ("blocked", "chained"),
    "rcp_data": ("blocked", "last"),
    "org_id_ok": ("allowed", "assume"),
    "org_id_other": ("blocked", "assume"),
    "scp_data": ("blocked", "last"),
    "boundary_ok": ("allowed", "chained"),
    "missing_trust": ("blocked", "assume"),
    "mfa_user": ("conditional", "first"),
    "missing_identity": ("blocked", "assume"),
    "tag_ok": ("allowed", "assume"),
    "tag_mismatch": ("blocked", "assume"),
    "source_ip": ("conditional", "assume"),
    "root_trust": ("allowed", "assume"),
    "principal_arn_miss": ("blocked", "assume"),
    "bucket_policy_cross": ("allowed", "last"),
    "bucket_policy_missing": ("blocked", "last"),
    "bucket_grant_only": ("allowed", "last"),
}


@dataclass
class Plan:
    """One planted chain: step i goes from node i to node i+1, the last step from the last role to an object in the bucket."""

    n: int
    mech: str
    length: int  # number of roles assumed
    step: int | None  # the step at which the mechanism acts
    is_user: bool  # whether the source is a user
    names: list[str]
    nodes: list[str]
    accounts: list[str]
    bucket_account: str
    bucket: str

    @property
    def tags(self) -> dict:
        return {"team": f"xg{self.n}"}

    @property
    def objects(self) -> str:
        return f"arn:aws:s3:::{self.bucket}/*"

    @property
    def target(self) -> str:
        return f"arn:aws:s3:::{self.bucket}/report.csv"


class Chains:
    """Plants chains and records what is true of each of their steps."""

    def __init__(self, org: Organization, data: dict[str, AccountData]):
        self.org, self.data, self.truth = org, data, []
        self.pool = [a.id for a in org.accounts if a.kind in ("tooling", "audit", "shared", "prod", "nonprod")]
        self.guards: dict[tuple[str, str], list[dict]] = {}

    def plant(self) -> list[dict]:
        names = list(MECHANISMS)
        for n in range(self.org.cfg.chains):
            self._chain(self._plan(n, names[n % len(names)], 2 + n % 5))
        for (kind, account), body in sorted(self.guards.items()):
            self.org.add_policy(kind, f"ChainGuard-{account}", doc(*body), account)
        return self.truth

    def _plan(self, n: int, mech: str, length: int) -> Plan:
        r = self.org.rng(f"chain:{n}")
        where = MECHANISMS[mech][1]
        start, pool = r.randrange(len(self.pool)), self.pool
        accounts = [pool[(start + i) % len(pool)] for i in range(length + 1)]
        is_user = mech == "mfa_user" or (n % 2 == 0 and mech != "mfa_role")
        step = {"first": 0, "last": length, "assume": r.randrange(length), "chained": r.randrange(1, length)}.get(where)
        names = [f"xg-c{n:03d}-" + ("start" if i == 0 else f"hop{i}") for i in range(length + 1)]
        nodes = [f"arn:aws:iam::{a}:{'user' if i == 0 and is_user else 'role'}/{names[i]}" for i, a in enumerate(accounts)]
        cross = mech in {"bucket_policy_cross", "bucket_policy_missing"}
        bucket_account = pool[(start + length + 1) % len(pool)] if cross else accounts[-1]
        return Plan(n, mech, length, step, is_user, names, nodes, accounts, bucket_account, f"xg-crown-{n:03d}-{self.org.cfg.seed}")

    def _chain(self, plan: Plan) -> None:
        steps: list[dict] = []
        for i in range(plan.length + 1):
            self._step(plan, i, steps)
        self._bucket(plan)
        verdict = MECHANISMS[plan.mech][0]
        self.truth.append(
            {
                "id": f"c{plan.n:03d}",
                "mechanism": plan.mech,
                "verdict": verdict,
                "length": plan.length,
                "source": plan.nodes[0],
                "roles": plan.nodes[1:],
                "target": {"action": "s3:GetObject", "resource": plan.target, "account": plan.bucket_account},
                "blocked_at_step": plan.step if verdict == "blocked" else None,
                "steps": steps,
            }
        )

    def _step(self, plan: Plan, i: int, steps: list[dict]) -> None:
        """Makes node i, with the permissions for step i and the trust that step i-1 goes through, and notes what is true of step i."""
        mech, acting = plan.mech, plan.mech if i == plan.step else ""
        account = self.data[plan.accounts[i]]
        action, resource = ("sts:AssumeRole", plan.nodes[i + 1]) if i < plan.length else ("s3:GetObject", plan.objects)
        body = [] if acting in {"missing_identity", "bucket_grant_only"} else [allow(action, resource)]
        if acting == "explicit_deny":
            body.append(deny(action, resource))
        inline = [(f"step{i}", doc(*body))] if body else []
        boundary = None
        if acting in {"boundary", "boundary_ok"}:
            within = ["logs:*", "cloudwatch:*"] + ([action] if acting == "boundary_ok" else [])
            boundary = account.add_policy(f"xg-c{plan.n:03d}-boundary", doc(allow(within)))
        if acting in {"scp_assume", "scp_data"}:
            self._guard(SCP, plan.accounts[i], deny(action, resource))
        if acting == "rcp_data":
            self._guard(RCP, plan.bucket_account, stmt("Deny", action, resource, principal="*"))
        trusts = [trust({"Service": "ec2.amazonaws.com"})]
        if i > 0:
            before = mech if i - 1 == plan.step else ""
            trusts, need = self._trust(before, plan.nodes[i - 1], plan.accounts[i - 1], plan.tags, plan.n)
            steps[-1]["requires"].update(need)
            steps[-1]["exact"] = before != "root_trust"
        if i == 0 and plan.is_user:
            account.add_user(plan.names[i], inline, boundary=boundary, tags=plan.tags)
        else:
            account.add_role(plan.names[i], trusts, inline, boundary=boundary, tags=plan.tags)
        steps.append(
            {
                "from": plan.nodes[i],
                "action": action,
                "to": plan.nodes[i + 1] if i < plan.length else plan.target,
                "verdict": MECHANISMS[mech][0] if acting else "allowed",
                "exact": True,
                "requires": {},
            }
        )

    def _bucket(self, plan: Plan) -> None:
        """The target's bucket, closed to everybody but the last role."""
        last = plan.nodes[-1]
        perimeter = stmt(
            "Deny",
            "s3:*",
            [f"arn:aws:s3:::{plan.bucket}", plan.objects],
            principal="*",
            condition={"ArnNotEquals": {"aws:PrincipalArn": last}},
        )
        is_granted = plan.mech in {"bucket_grant_only", "bucket_policy_cross"}
        grants = [stmt("Allow", "s3:GetObject", plan.objects, principal={"AWS": last})] if is_granted else []
        self.data[plan.bucket_account].add_bucket(plan.bucket, doc(*grants, perimeter), {"team": "xg"})

    def _guard(self, kind: str, account: str, statement: dict) -> None:
        self.guards.setdefault((kind, account), []).append(statement)

    def _trust(self, mech: str, caller: str, account: str, tags: dict, n: int) -> tuple[list[dict], dict]:
        """Trust statements for a step and the request context the step needs."""
        exact, root = {"AWS": caller}, {"AWS": root_arn(account)}
        prefix = caller.rsplit("-", 1)[0]
        table = {
            "external_id": (exact, {"StringEquals": {"sts:ExternalId": f"xg-secret-{n}"}}, {"sts:ExternalId": f"xg-secret-{n}"}),
            "principal_arn_like": (root, {"StringLike": {"aws:PrincipalArn": f"{prefix}-*"}}, {}),
            "principal_arn_miss": (root, {"StringLike": {"aws:PrincipalArn": f"{prefix}-nobody-*"}}, {}),
            "mfa_role": (exact, {"Bool": {"aws:MultiFactorAuthPresent": "true"}}, {}),
            "mfa_user": (exact, {"Bool": {"aws:MultiFactorAuthPresent": "true"}}, {"aws:MultiFactorAuthPresent": "true"}),
            "org_id_ok": (exact, {"StringEquals": {"aws:PrincipalOrgID": self.org.id}}, {}),
            "org_id_other": (exact, {"StringEquals": {"aws:PrincipalOrgID": "o-0000000000"}}, {}),
            "tag_ok": (exact, {"StringEquals": {"aws:PrincipalTag/team": tags["team"]}}, {}),
            "tag_mismatch": (exact, {"StringEquals": {"aws:PrincipalTag/team": "someone-else"}}, {}),
            "source_ip": (exact, {"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}}, {"aws:SourceIp": "192.0.2.7"}),
            "root_trust": (root, None, {}),
            "missing_trust": ({"AWS": caller.rsplit("/", 1)[0] + "/xg-absent"}, None, {}),
        }
        principal, condition, need = table.get(mech, (exact, None, {}))
        return [trust(principal, condition)], need


# ------------------------------------------------------------------------------------------------------- writers


def write_json(path: str, value, pretty: bool = False) -> None:
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w") as f:
        json.dump(value, f, indent=4 if pretty else None, separators=None if pretty else (",", ":"))


class CollectWriter:
    """The layout that iam-collect keeps: one folder per ARN, one file per kind of metadata, empty data left out."""

    def __init__(self, out: str, org: Organization):
        self.base, self.org = os.path.join(out, "collect", "aws", "aws"), org

    def put(self, account: str, service: str, region: str, kind: str, path: str, **files) -> None:
        parts = [self.base, "accounts", account, service, region, kind, quote(path, safe="!'()*~-._").lower()]
        folder = os.path.join(*[p for p in parts if p])
        for name, value in files.items():
            if value:
                write_json(os.path.join(folder, name.replace("_", "-") + ".json"), value)

    def account(self, d: AccountData) -> None:
        tags = lambda p: {t["Key"]: t["Value"] for t in p.get("Tags", [])}
        for kind, people in (("Role", d.roles.values()), ("User", d.users.values()), ("Group", d.groups.values())):
            for p in people:
                meta = {"arn": p["Arn"], "name": p[kind + "Name"], "id": p[kind + "Id"], "path": p["Path"], "created": p["CreateDate"]}
                if "PermissionsBoundary" in p:
                    meta["permissionBoundary"] = p["PermissionsBoundary"]["PermissionsBoundaryArn"]
                self.put(
                    d.id,
                    "iam",
                    "",
                    kind.lower(),
                    p["Path"][1:] + p[kind + "Name"],
                    metadata=meta,
                    tags=tags(p),
                    managed_policies=[m["PolicyArn"] for m in p["AttachedManagedPolicies"]],
                    inline_policies=p[kind + "PolicyList"],
                    trust_policy=p.get("AssumeRolePolicyDocument"),
                    groups=[d.groups[g]["Arn"] for g in p.get("GroupList", [])],
                    instance_profiles=[i["Arn"] for i in p.get("InstanceProfileList", [])],
                )
        for arn, p in d.policies.items():
            name = arn.rsplit("/", 1)[1]
            self.put(
                d.id,
                "iam",
                "aws" if ":aws:policy" in arn else "",
                "policy",
                name,
                current_policy=p["doc"],
                metadata={"arn": arn, "name": name, "id": unique_id("ANPA", arn), "defaultVersionId": "v1", "path": "/"},
            )
        for b in d.resources["Buckets"]:
            self.put(
                d.id,
                "s3",
                "",
                "",
                b["Name"],
                metadata={"name": b["Name"], "region": b["Region"], "arn": b["Arn"]},
                policy=b["Policy"],
                bpa=b["PublicAccessBlock"],
                tags=b["Tags"],
            )
        for group, items in d.resources.items():
            for item in items if group != "Buckets" else ():
                service, region, _, rest = item["Arn"].split(":", 5)[2:]
                kind, path = ("", rest) if service in ("sqs", "sns") else rest.replace(":", "/", 1).split("/", 1)
                self.put(d.id, service, region, kind, path, metadata={"arn": item["Arn"]}, policy=item["Policy"], tags=item["Tags"])

    def organization(self, data: dict[str, AccountData]) -> None:
        org, base = self.org, os.path.join(self.base, "organizations", self.org.id)
        kinds = (("scps", SCP), ("rcps", RCP))
        names = {t: k for k, t in kinds}
        arns = lambda target: {k: [p["Arn"] for p in org.policies_of(target, t)] for k, t in kinds}
        write_json(
            f"{base}/metadata.json",
            {
                "id": org.id,
                "arn": f"arn:aws:organizations::{org.management}:organization/{org.id}",
                "rootOu": org.root,
                "rootAccountArn": org.account_arn(org.management),
                "rootAccountId": org.management,
                "features": {SCP: True, RCP: True},
            },
        )
        write_json(f"{base}/accounts.json", {a.id: {"ou": a.ou, **arns(a.id)} for a in org.accounts})
        write_json(f"{base}/ous.json", {o: {**({"parent": v["Parent"]} if v["Parent"] else {}), **arns(o)} for o, v in org.ous.items()})

        def tree(ou: str) -> dict:
            children = {o: tree(o) for o, v in org.ous.items() if v["Parent"] == ou}
            accounts = [org.account_arn(a.id) for a in org.accounts if a.ou == ou]
            return {**({"children": children} if children else {}), **({"accounts": accounts} if accounts else {})}

        write_json(f"{base}/structure.json", {org.root: tree(org.root)})
        for o, v in org.ous.items():
            write_json(f"{base}/ous/{o}/metadata.json", {"id": o, "name": v["Name"]})
        for p in org.policies.values():
            folder = f"{base}/{names[p['Type']]}/{p['Id'].lower()}"
            write_json(f"{folder}/metadata.json", {"arn": p["Arn"], "name": p["Name"], "awsManaged": p["AwsManaged"]})
            write_json(f"{folder}/policy.json", p["Content"])
        index = os.path.join(self.base, "indexes")
        write_json(f"{index}/accounts-to-orgs.json", {a.id: org.id for a in org.accounts})
        write_json(
            f"{index}/buckets-to-accounts.json",
            {b["Name"]: {"accountId": i, "region": REGION} for i, d in data.items() for b in d.resources["Buckets"]},
        )
        write_json(f"{index}/apigateways-to-accounts.json", {})
        write_json(f"{index}/vpcs.json", {"vpcs": {}, "endpoints": {}})
        write_json(
            os.path.join(os.path.dirname(os.path.dirname(os.path.dirname(self.base))), "iam-collect.jsonc"),
            {"name": "orggen", "iamCollectVersion": "0.1.206", "storage": {"type": "file", "path": "collect"}},
        )  # relative to the folder iam-lens is started in


def write_iamspy(out: str, org: Organization, data: dict[str, AccountData]) -> None:
    """IAMSpy reads resource policies as one list and SCPs as one nested tree."""
    write_json(
        f"{out}/iamspy/resources.json",
        [
            {"Resource": x["Arn"], "Policy": x["Policy"], "Account": i}
            for i, d in data.items()
            for items in d.resources.values()
            for x in items
            if x["Policy"]
        ],
    )
    scps = lambda t: [{**p, "Description": ""} for p in org.policies_of(t, SCP)]

    def node(ou: str) -> dict:
        out = {
            "Id": ou,
            "Name": org.ous[ou]["Name"],
            "Policies": scps(ou),
            "Type": "OU" if org.ous[ou]["Parent"] else "Root",
            "Arn": f"arn:aws:organizations::{org.management}:{'ou' if org.ous[ou]['Parent'] else 'root'}/{org.id}/{ou}",
            "Children": [node(o) for o, v in org.ous.items() if v["Parent"] == ou]
            + [
                {
                    "Id": a.id,
                    "Arn": org.account_arn(a.id),
                    "Email": "a@example.com",
                    "Name": a.name,
                    "Status": "ACTIVE",
                    "JoinedMethod": "CREATED",
                    "JoinedTimestamp": CREATED,
                    "Policies": scps(a.id),
                    "Type": "Account",
                }
                for a in org.accounts
                if a.ou == ou
            ],
        }
        return {**out, "PolicyTypes": [{"Type": SCP, "Status": "ENABLED"}]} if ou == org.root else out

    write_json(f"{out}/iamspy/scps.json", node(org.root))


def generate(cfg: Config) -> tuple[Organization, dict[str, AccountData], list[dict]]:
    """The whole organization in memory."""
    org = Organization(cfg)
    data = {a.id: AccountData(org, a) for a in org.accounts}
    for d in data.values():
        Background(d, cfg).fill()
    truth = Chains(org, data).plant() if len(org.accounts) >= 3 else []
    return org, data, truth


EMITTERS = ("collect", "iamspy", "snapshot")


def write(
    out: str, cfg: Config, emit: tuple[str, ...] = ("collect", "iamspy"), pretty: bool = False, services: tuple[str, ...] = ()
) -> dict:
    """Writes one organization to the folder `out` and gives its counts. `services`: those that are planted besides."""
    org, data, truth = generate(cfg)
    planted = _plant(org, data, services) if services else None
    truth += planted.truth if planted else []
    resources = {d.id: {"AccountId": d.id, **d.resources} for d in data.values()}
    write_json(f"{out}/org.json", org.to_json(), pretty)
    write_json(f"{out}/truth.json", truth, True)
    collect = CollectWriter(out, org) if "collect" in emit else None
    for d in data.values():
        write_json(f"{out}/accounts/{d.id}/gaad.json", d.gaad(), pretty)
        write_json(f"{out}/accounts/{d.id}/resources.json", resources[d.id], pretty)
        if collect:
            collect.account(d)
    if collect:
        collect.organization(data)
    if "iamspy" in emit:
        write_iamspy(out, org, data)
    if "snapshot" in emit:
        from orggen_snapshot import write_snapshot

        accounts = {d.id: (d.gaad(), resources[d.id]) for d in data.values()}
        write_snapshot(f"{out}/snapshot", org.to_json(), accounts, planted.batches if planted else {})
    counts = {
        "accounts": len(data),
        "users": sum(len(d.users) for d in data.values()),
        "roles": sum(len(d.roles) for d in data.values()),
        "policies": sum(len(d.policies) for d in data.values()),
        "resources": sum(len(x) for d in data.values() for x in d.resources.values()),
        "chains": len(truth),
    }
    settings = {"services": sorted(services)} if services else {}
    write_json(f"{out}/manifest.json", {"config": asdict(cfg), **settings, "counts": counts}, True)
    return counts


def _plant(org: Organization, data: dict[str, AccountData], services: tuple[str, ...]):
    from orggen_services import plant

    return plant(org, data, services, Chains(org, data).pool)


def services_named(text: str) -> tuple[str, ...]:
    """The services of `--services`: none, all, or a list joined by commas. Raises ValueError for one that has no emitter."""
    if not text:
        return ()
    import orggen_services

    known = tuple(orggen_services.EMITTERS)
    named = known if text == "all" else tuple(filter(None, text.split(",")))
    if unknown := set(named) - set(known):
        raise ValueError(f"unknown service `{min(unknown)}`: --services takes all, or a list of {', '.join(known)}")
    return named


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--out", required=True)
    parser.add_argument("--emit", default="collect,iamspy", help="besides the raw files: collect, iamspy, snapshot")
    parser.add_argument("--pretty", action="store_true", help="indent the raw files as the AWS CLI does")
    parser.add_argument("--services", default="", metavar="all|LIST", help="plant these services too, with what is true of them")
    for f in fields(Config):
        parser.add_argument("--" + f.name.replace("_", "-"), type=type(f.default), default=f.default)
    args = vars(parser.parse_args())
    out, emit, pretty = args.pop("out"), tuple(filter(None, args.pop("emit").split(","))), args.pop("pretty")
    if unknown := set(emit) - set(EMITTERS):
        parser.error(f"unknown format `{min(unknown)}`: --emit takes {', '.join(EMITTERS)}")
    try:
        services = services_named(args.pop("services"))
    except ValueError as error:
        parser.error(str(error))
    if services and args["accounts"] < 4:
        parser.error("--services plants between two accounts: --accounts has to be 4 or more")
    print(json.dumps(write(out, Config(**args), emit, pretty, services)))


if __name__ == "__main__":
    main()
