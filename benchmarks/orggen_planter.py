"""What the service emitters of orggen plant with: principals, answers in AWS's shapes, and the truth about who gets where.

Everything planted is named `xg-…`. A source may do just what its own chain needs, so that any other chain from it is wrong.
Standard library only, apart from the writer of snapshots, as in orggen_snapshot.
"""

from __future__ import annotations

import hashlib
import json
import sys
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # a clone that nobody has installed is enough

from xgraph.graph.model.coverage import Outcome
from xgraph.ingest.snapshot.batch import Batch
from xgraph.ingest.snapshot.layout import EVERY_REGION, GLOBAL

REGION = "us-east-1"  # apart from the background, and within the regions that the organization's SCPs allow
SOURCE_IP = {"aws:SourceIp": "192.0.2.7"}


@dataclass(frozen=True)
class Item:
    """One resource to be written down: its name, its ARN, and its policy or None for none."""

    name: str
    arn: str
    policy: dict | None = None

    @property
    def text(self) -> str | None:
        return None if self.policy is None else text_of(self.policy)


@dataclass
class Planter:
    """Plants the services of one organization. `home` owns what `service` has, `away` the principals that come for it.

    `batches`: (account, service, region) → answers; `truth`: planted chains, with `service` and `case` besides what orggen's own have.
    """

    org: object
    data: dict
    service: str = ""
    home: str = ""
    away: str = ""
    batches: dict = field(default_factory=dict)
    truth: list = field(default_factory=list)

    def begin(self, service: str, number: int, accounts: list[str]) -> None:
        """The next service; its number decides between which accounts."""
        self.service = service
        self.home = accounts[number % len(accounts)]
        self.away = accounts[(number + 1) % len(accounts)]

    def name(self, case: str) -> str:
        return f"xg-{self.service}-{case}"

    def arn(self, service: str, resource: str) -> str:
        """The ARN of something that the home account has."""
        return f"arn:aws:{service}:{REGION}:{self.home}:{resource}"

    def batch(self, service: str = "", region: str = REGION) -> Batch:
        """The answers about a service of the home account."""
        key = (self.home, service or self.service, region)
        return self.batches.setdefault(key, Batch(*key))

    def role(self, case: str, *statements: dict, trusts: tuple = (), account: str = "", name: str = "", **more) -> str:
        """A role with these permissions; nobody but EC2 gets its sessions, unless `trusts` says otherwise."""
        trusts = trusts or (trust({"Service": "ec2.amazonaws.com"}),)
        inline = [("allow", doc(*statements))] if statements else []
        return self.data[account or self.away].add_role(name or self.name(case), trusts, inline, **more)

    def access(self, case: str, verdict: str, source: str, action: str, resource: str, **more) -> None:
        """Notes the truth about one step from the source to a resource. Keys of `more`: `requires`, `blocked_by`."""
        self.chain(case, verdict, [source, resource], [action], **more)

    def chain(self, case: str, verdict: str, nodes: list[str], actions: list[str], *, requires=None, blocked_by=None, at: int = -1) -> None:
        """Notes the truth about a chain. `at`: the step that is conditional or blocked; the others are allowed."""
        at %= len(actions)
        steps = [
            {
                "from": nodes[i],
                "action": action,
                "to": nodes[i + 1],
                "verdict": verdict if i == at else "allowed",
                "exact": False,
                "requires": dict(requires or {}) if i == at else {},
            }
            for i, action in enumerate(actions)
        ]
        self.truth.append(
            {
                "id": f"{self.service}-{case}",
                "service": self.service,
                "mechanism": case,
                "verdict": verdict,
                "length": len(nodes) - 2,
                "source": nodes[0],
                "roles": nodes[1:-1],
                "target": {"action": actions[-1], "resource": nodes[-1], "account": self.home},
                "blocked_at_step": at if verdict == "blocked" else None,
                "blocked_by": blocked_by,
                "steps": steps,
            }
        )

    def policy(
        self,
        action: str,
        resource: str,
        on: str = "",
        *,
        holder: str = "",
        kind: str = "",
        also: tuple = (),
        own: tuple = (),
        asked: str = "",
    ) -> dict:
        """The policy of a resource, and four callers from another account who have the permission themselves: the policy lets one in,
        one from an address, denies one, and does not speak of one.

        `resource` is asked for, `on` what the policy's statements name. `holder`: the ARN of what has the policy, where it is another.
        `also`: further statements of the policy; `own`: further permissions of the callers. `asked`: what the question names, where
        the callers' permission is for more.
        """
        on, holder, kind = on or resource, holder or resource, f"{kind}-" if kind else ""
        asked = asked or resource
        callers = {case: self.role(kind + case, allow(action, resource), *own) for case in ("open", "address", "denied", "unnamed")}
        may = {case: {"AWS": arn} for case, arn in callers.items()}
        only_from = {"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}}
        statements = (
            stmt("Allow", action, on, may["open"]),
            stmt("Allow", action, on, may["address"], only_from),
            stmt("Allow", action, on, may["denied"]),
            stmt("Deny", action, on, may["denied"]),
        )
        half = {"control": "resource-half", "policy": f"{holder}#resource-policy", "statement": None}
        deny = {"control": "explicit-deny", "policy": f"{holder}#resource-policy", "statement": 3}
        self.access(f"{kind}open", "allowed", callers["open"], action, asked)
        self.access(f"{kind}address", "conditional", callers["address"], action, asked, requires=SOURCE_IP)
        self.access(f"{kind}denied", "blocked", callers["denied"], action, asked, blocked_by=deny)
        self.access(f"{kind}unnamed", "blocked", callers["unnamed"], action, asked, blocked_by=half if resource != "*" else None)
        return doc(*statements, *also)

    def bucket(self, case: str = "data") -> str:
        """An object in a new bucket of the home account, which its own principals may read when they have the permission."""
        name = f"{self.name(case)}-{self.org.cfg.seed}".lower()
        self.data[self.home].add_bucket(name, None, {"team": "xg"})
        return f"arn:aws:s3:::{name}/report.csv"

    def reader(self, case: str, trusts: tuple, target: str, **more) -> str:
        """A role of the home account that reads the object."""
        return self.role(case, allow("s3:GetObject", target), trusts=trusts, account=self.home, **more)

    def elsewhere(self, service: str, listing: str, accounts: list[str]) -> None:
        """Says of the accounts in which nothing was planted that they have none of the service."""
        for account in accounts:
            if not any(key[:2] == (account, service) for key in self.batches):
                batch = self.batches[account, service, EVERY_REGION] = Batch(account, service, EVERY_REGION)
                batch.ended(Outcome.EMPTY, listing, {})


def doc(*statements: dict) -> dict:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def stmt(effect: str, action, resource, principal=None, condition=None) -> dict:
    """A statement of a resource policy; without `resource` one that speaks of its own resource."""
    out = {"Effect": effect, "Principal": principal, "Action": action}
    out |= {"Resource": resource} if resource else {}
    return out | ({"Condition": condition} if condition else {})


def allow(action, resource) -> dict:
    return {"Effect": "Allow", "Action": action, "Resource": resource}


def trust(principal: dict, condition: dict | None = None, action="sts:AssumeRole") -> dict:
    return {"Effect": "Allow", "Principal": principal, "Action": action} | ({"Condition": condition} if condition else {})


def text_of(document: dict) -> str:
    return json.dumps(document, separators=(",", ":"))


def hex_id(text: str, length: int = 8) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:length]


def uuid(text: str) -> str:
    found = hex_id(text, 32)
    return f"{found[:8]}-{found[8:12]}-4{found[13:16]}-8{found[17:20]}-{found[20:]}"


def policy_or_none(batch: Batch, call: str, parameters: dict, item: Item, answer) -> None:
    """The answer to the call that tells an item's policy, or that there is none."""
    if item.policy is None:
        batch.ended(Outcome.EMPTY, call, parameters)
    else:
        batch.ok(call, parameters, answer(item.text))


__all__ = ["EVERY_REGION", "GLOBAL", "REGION", "SOURCE_IP", "Batch", "Item", "Outcome", "Planter"]
