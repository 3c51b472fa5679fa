"""Single requests about an organization of orggen: every planted step, and background drawn at random.

A request brings all its policies along (docs/requests.md) and its context is complete, so that another evaluator can be asked the same.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

Json = Any

ACTIONS = {
    "Buckets": ("s3:GetObject", "s3:PutObject", "s3:ListBucket"),
    "Keys": ("kms:Decrypt", "kms:GenerateDataKey"),
    "Queues": ("sqs:SendMessage", "sqs:ReceiveMessage"),
    "Topics": ("sns:Publish",),
    "Functions": ("lambda:InvokeFunction",),
    "Secrets": ("secretsmanager:GetSecretValue",),
    "Tables": ("dynamodb:GetItem", "dynamodb:PutItem"),
}
CONTEXT = {
    "aws:SecureTransport": "true",
    "aws:SourceIp": "198.51.100.7",
    "aws:CurrentTime": "2026-11-23T12:00:00Z",
    "aws:ViaAWSService": "false",
}


def questions(folder: Path, count: int = 1000, seed: int = 1) -> Iterator[tuple[Json, str]]:
    """`count` requests, each with the planted verdict ("" for background). The same bytes for the same folder and seed."""
    import xgraph

    world = World(xgraph.load(folder / "snapshot").estate, folder)
    planted = [step for chain in json.loads((folder / "truth.json").read_text(encoding="utf-8")) for step in chain["steps"]]
    for step in planted:
        yield world.request(step["from"], step["action"], step["to"], step["requires"]), step["verdict"]
    dice = random.Random(seed)
    for _ in range(count - len(planted)):
        yield world.any_request(dice), ""


class World:
    """The organization, with the text of every policy."""

    def __init__(self, estate: Any, folder: Path) -> None:
        self.estate = estate
        self.principals = sorted(estate.principals)
        self.roles = [arn for arn in self.principals if ":role/" in arn]
        self.resources: dict[str, tuple[str, str, Json]] = {}  # ARN -> kind, account, record
        for path in sorted(folder.glob("accounts/*/resources.json")):
            found = json.loads(path.read_text(encoding="utf-8"))
            for kind in ACTIONS:
                self.resources |= {each["Arn"]: (kind, found["AccountId"], each) for each in found[kind]}
        self.names = sorted(self.resources)

    def any_request(self, dice: random.Random) -> Json:
        """A principal and a target; half of the targets lie in the principal's account."""
        caller = dice.choice(self.principals)
        is_role = dice.random() < 0.4
        offered = self.roles if is_role else self.names
        if dice.random() < 0.5:
            home = self.estate.principals[caller].account
            offered = [arn for arn in offered if (self.estate.principals[arn].account if is_role else self.resources[arn][1]) == home]
        target = dice.choice(offered)
        if is_role:
            return self.request(caller, "sts:AssumeRole", target, {})
        action = dice.choice(ACTIONS[self.resources[target][0]])
        return self.request(caller, action, f"{target}/reports/1" if action.endswith("Object") else target, {})

    def request(self, caller: str, action: str, target: str, context: Json) -> Json:
        """One request with all policies that take part."""
        who = self.estate.principals[caller]
        texts = [policy.document for policy in (*who.policies, *(one for arn in who.groups for one in self.estate.groups[arn].policies))]
        found: Json = {
            "principal": caller,
            "action": action,
            "resource": target,
            "context": {**CONTEXT, **{f"aws:PrincipalTag/{key}": value for key, value in who.tags}, **context},
            "context_complete": True,
            "identity_policies": [json.loads(text) for text in texts],
            "organization": self.membership(who.account),
            "service_control_policies": self.levels(who.account, "scp"),
        }
        if ":role/" in caller:
            found["principal"] = f"arn:aws:sts::{who.account}:assumed-role/{who.name}/session"
            found["context"]["aws:PrincipalArn"] = caller
        if who.boundary is not None:
            found["permissions_boundaries"] = [json.loads(who.boundary.document)]
        return found | self.resource_side(target)

    def resource_side(self, target: str) -> Json:
        if ":role/" in target:
            role = self.estate.principals[target]
            owner, policy, settings = role.account, json.loads(role.trust.document), {}
        else:
            kind, owner, record = self.resources[target.partition("/")[0] if target.startswith("arn:aws:s3:") else target]
            policy, settings = record["Policy"], _bucket_settings(record) if kind == "Buckets" else {}
        return {
            "resource_account": owner,
            "resource_organization": self.membership(owner),
            "resource_control_policies": self.levels(owner, "rcp"),
            **({"resource_policy": policy} if policy else {}),
            **({"resource_settings": settings} if settings else {}),
        }

    def membership(self, account: str) -> Json:
        organization = self.estate.organization_of(account)
        path = "/".join((organization.id, *self.estate.organization_path(account)[:-1], ""))
        return {"id": organization.id, "paths": [path], "management_account": organization.management_account}

    def levels(self, account: str, kind: str) -> Json:
        found = self.estate.levels(account, kind)
        return [{"target": level.target, "policies": [json.loads(policy.document) for policy in level.policies]} for level in found]


def _bucket_settings(bucket: Json) -> Json:
    """Ownership and Block Public Access; ACLs are off in these buckets."""
    found: Json = {"ObjectOwnership": bucket["OwnershipControls"]}
    if bucket.get("PublicAccessBlock"):
        found["PublicAccessBlock"] = {"bucket": bucket["PublicAccessBlock"]}
    return found
