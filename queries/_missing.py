"""What a request lacks: what is there, what is not, and what would have to be added or changed."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from xgraph.graph.access.world import Actor, Goal
from xgraph.graph.model import reference
from xgraph.graph.model.document import PolicyType
from xgraph.graph.policy.authorize import authorize
from xgraph.graph.policy.caller import CallerKind
from xgraph.graph.policy.decision import Blocker
from xgraph.graph.policy.explain import Explanation, Holds, StatementCheck, explain
from xgraph.graph.policy.factors import Attached, Policies, Request
from xgraph.graph.policy.joint import parts_of
from xgraph.graph.policy.parse import parse
from xgraph.graph.policy.statement import Compiled

ADDED = "added"
_ROUNDS = 4
_VAIN = "and no statement would change that: AWS does not let this kind of caller do it"
_GUARDED = (PolicyType.TRUST, PolicyType.RESOURCE)
_OWN = (PolicyType.IDENTITY, PolicyType.GROUP)


@dataclass(frozen=True, slots=True)
class Missing:
    """One thing that withholds access. `there` says what the other side allows already, "" when nothing; `change` what would mend it;
    `add` is a statement that would, None where none can be named. `part` names a further authorization that the call needs."""

    control: str
    policy: str
    attached_to: str
    text: str
    there: str
    change: str
    add: dict[str, object] | None
    part: str = ""

    @property
    def sentence(self) -> str:
        """All of it as people read it."""
        first = f"{self.there}, but {self.text}" if self.there else self.text
        return f"{first}; {self.change}" if self.change else first


def missing(actor: Actor, goal: Goal, request: Request, policies: Policies) -> tuple[Missing, ...]:
    """What is missing for a request that is not possible: what withholds it now, and what would withhold it then.

    Statements that can be named are added one after the other and the request is decided again, so that all of them together are enough
    where nothing else has to change.
    """
    found: dict[str, Missing] = {}
    for _ in range(_ROUNDS):
        decision = authorize(request, policies)
        if decision.verdict.is_possible:
            break
        new = [blocker for blocker in decision.blocked_by if blocker.text not in found]
        if not new:
            # What was said to be missing is there now and does not help: the caller or the service is the reason.
            return tuple(replace(one, change=_VAIN, add=None) for one in found.values())
        explanation = explain(request, policies)
        parts = {part.label: part.request for part in parts_of(request, policies) if part.label}
        lacking = [_one(actor, goal, blocker, explanation, parts) for blocker in new]
        found |= {one.text: one for one in lacking}
        changed = _mended(goal, policies, lacking)
        if changed is None:
            break
        policies = changed
    return tuple(found.values())


def _mended(goal: Goal, policies: Policies, lacking: Iterable[Missing]) -> Policies | None:
    """The policies with the statements added; None where something else has to change."""
    for one in lacking:
        if one.part or one.add is None or one.control not in ("identity-half", "trust-half", "resource-half") or policies.identity is None:
            return None
        if one.control == "identity-half":
            added = Attached(ADDED, PolicyType.IDENTITY, one.attached_to, parse(json.dumps({"Statement": [one.add]})).compiled)
            policies = replace(policies, identity=(*policies.identity, added))
        else:
            kind = PolicyType.TRUST if one.control == "trust-half" else PolicyType.RESOURCE
            policies = replace(policies, resource=_with_statement(goal, policies, kind, one), resource_known=True)
    return policies


def _with_statement(goal: Goal, policies: Policies, kind: PolicyType, one: Missing) -> Attached:
    """The guard of the goal with one statement more."""
    before = policies.resource.compiled if policies.resource else None
    extra = parse(json.dumps({"Version": "2012-10-17", "Statement": [one.add]})).compiled
    if before is None or extra is None:
        return Attached(one.policy, kind, goal.node, extra)
    more = tuple(replace(each, index=len(before.statements) + each.index) for each in extra.statements)
    return Attached(one.policy, kind, goal.node, Compiled((*before.statements, *more), unreadable=before.unreadable))


def _one(actor: Actor, goal: Goal, blocker: Blocker, explanation: Explanation, parts: Mapping[str, Request]) -> Missing:
    part = next((label for label in parts if blocker.text.startswith(f"{label}: ")), "")
    there = "" if part else _there(blocker, explanation)
    asked = parts.get(part)
    action, target = (asked.action, asked.target.arn) if asked else (goal.action, goal.target.arn)
    change, add = _change(actor, goal, blocker, reference.spelled(action), target)
    return Missing(blocker.control, blocker.policy, blocker.attached_to, blocker.text, there, change, add, part)


def _there(blocker: Blocker, explanation: Explanation) -> str:
    """The other half, where it is there: whom the guard lets in, or what the caller's own policies allow."""
    if blocker.control == "identity-half":
        for check in _allowing(explanation, _GUARDED):
            whom = ", ".join(check.principal.values[:3]) if check.principal else "the caller"
            kind = "trust policy" if check.source.policy_type is PolicyType.TRUST else "resource policy"
            return f"the {kind} of {check.source.attached_to} allows {whom} (statement {check.source.statement})"
    if blocker.control in ("trust-half", "resource-half"):
        for check in _allowing(explanation, _OWN):
            return f"{check.source.policy} (statement {check.source.statement}) allows it"
    return ""


def _allowing(explanation: Explanation, kinds: tuple[PolicyType, ...]) -> Iterable[StatementCheck]:
    return (
        check
        for check in explanation.statements
        if check.source.policy_type in kinds and check.source.effect == "Allow" and check.applies is not Holds.NO and check.counts
    )


def _change(actor: Actor, goal: Goal, blocker: Blocker, action: str, target: str) -> tuple[str, dict[str, object] | None]:
    """What would mend it, as an order, and the statement to add."""
    match blocker.control:
        case "identity-half":
            return f"add a statement to a policy of {blocker.attached_to}", {"Effect": "Allow", "Action": action, "Resource": target}
        case "trust-half":
            return f"add a statement to the trust policy of {target}", {"Effect": "Allow", "Principal": _principal(actor), "Action": action}
        case "resource-half":
            statement: dict[str, object] = {"Effect": "Allow", "Principal": _principal(actor), "Action": action, "Resource": target}
            return (
                f"add a statement to the resource policy of {goal.resource.arn if goal.resource and target == goal.target.arn else target}",
                statement,
            )
        case "boundary" | "session" if blocker.statement is None:
            return f"allow it in {blocker.policy}", {"Effect": "Allow", "Action": action, "Resource": target}
        case "scp" if blocker.statement is None:
            return f"attach an SCP to {blocker.attached_to} that allows it", {"Effect": "Allow", "Action": action, "Resource": "*"}
        case "public-access-block":
            return "grant it to this caller by name, or lift Block Public Access", None
        case "object-ownership":
            return "", None
        case _:
            return "exempt this request from that statement, by a condition", None


def _principal(actor: Actor) -> object:
    """How a policy names the caller."""
    caller = actor.caller
    match caller.kind:
        case CallerKind.ANONYMOUS:
            return "*"
        case CallerKind.SERVICE:
            return {"Service": caller.arn}
        case CallerKind.OIDC | CallerKind.SAML:
            return {"Federated": caller.arn}
        case CallerKind.FOREIGN:
            kind, _, name = (caller.account or "*").rpartition(":")
            return {"CanonicalUser" if kind else "AWS": name}
        case _:
            return {"AWS": caller.arn}
