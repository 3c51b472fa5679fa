"""Answers made by hand, to be drawn."""

from __future__ import annotations

from collections.abc import Sequence

from xgraph.graph.access.chain import BlockedChain, Chain, Hop, Node
from xgraph.graph.model.document import PolicyType
from xgraph.graph.policy.decision import Blocker, Condition, Evidence, Verdict
from xgraph.queries._query import Answer

ACCOUNT = "100000000001"


def role(name: str, account: str = ACCOUNT) -> str:
    return f"arn:aws:iam::{account}:role/{name}"


def hop(source: str, target: str, action: str = "sts:AssumeRole", verdict: Verdict = Verdict.ALLOWED, text: str = "") -> Hop:
    condition = Condition(text or "if the caller uses MFA", ()) if verdict is Verdict.CONDITIONAL else None
    evidence = (Evidence(f"{target}#trust", PolicyType.TRUST, 0, "TrustTheSource", "Allow", target),)
    return Hop(source, target, action, "assume-role" if action.startswith("sts") else "resource-policy", (), verdict, condition, evidence)


def blocker(control: str, text: str) -> Blocker:
    policy = "arn:aws:organizations::100000000001:policy/o-1/service_control_policy/p-1"
    return Blocker(control, policy, PolicyType.SCP, 0, "KeepOut", "Deny", "ou-1-abc", None, text)


def answer(chains: Sequence[Chain | BlockedChain], names: dict[str, str] | None = None, **more: object) -> Answer:
    """An answer with these chains. `names`: names of accounts."""
    nodes: dict[str, Node] = {}
    for chain in chains:
        for each in chain.hops:
            for end in (each.source, each.target):
                nodes[end] = _node(end, names or {})
    asked = {"from": chains[0].hops[0].source, "to": chains[0].hops[-1].target, "action": "s3:GetObject"} if chains else {}
    return Answer("paths", asked, "0" * 64, "made", {}, items=iter(chains), nodes=nodes, **more)  # type: ignore[arg-type]  # fields of the record


def _node(name: str, accounts: dict[str, str]) -> Node:
    if name.startswith("arn:aws:iam"):
        account = name.split(":")[4]
        kind, _, own = name.split(":", 5)[5].partition("/")
        return Node(name, kind, account, accounts.get(account, f"account-{account[-3:]}"), own, collected=True)
    return Node(name, "resource", "100000000009", accounts.get("100000000009", "data"), name.rpartition(":")[2], collected=True)


BUCKET = "arn:aws:s3:::reports"


def story() -> Answer:
    """One allowed, one conditional and one blocked chain into a bucket."""
    dev, ops, admin = role("dev"), role("ops", "100000000002"), role("admin", "100000000009")
    last = hop(admin, BUCKET, "s3:GetObject")
    return answer(
        [
            Chain(Verdict.ALLOWED, None, (hop(dev, admin), last)),
            Chain(Verdict.CONDITIONAL, Condition("if the caller uses MFA", ()), (hop(ops, admin, verdict=Verdict.CONDITIONAL), last)),
            BlockedChain(
                Verdict.EXPLICITLY_DENIED, 0, (hop(role("guest", "100000000003"), admin, verdict=Verdict.EXPLICITLY_DENIED), last),
                (blocker("scp", "SCP KeepOut denies sts:AssumeRole"),),
            ),
        ],
        {ACCOUNT: "dev", "100000000002": "ops", "100000000003": "guests"},
    )  # fmt: skip


def crowd(nodes: int) -> Answer:
    """Many roles of many accounts that reach one bucket through one role each of five hubs."""
    hubs = [role(f"hub-{number}", "100000000009") for number in range(5)]
    chains = []
    for number in range(nodes - len(hubs) - 1):
        hub = hubs[number % len(hubs)]
        first = role(f"team-{number:05}", f"1000000{10_000 + number // 10}")
        chains.append(Chain(Verdict.ALLOWED, None, (hop(first, hub), hop(hub, BUCKET, "s3:GetObject"))))
    return answer(chains)
