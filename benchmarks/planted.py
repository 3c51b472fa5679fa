"""Compares what xgraph says about the planted chains of orggen with what was planted.

The keys and names below restate orggen's mechanisms in the words of answers; nothing is read from the engine's own tables.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

MAX_HOPS = 8

# Mechanism of a blocked chain -> the control that withholds it.
CONTROLS = {
    "scp_assume": "scp",
    "scp_data": "scp",
    "rcp_data": "rcp",
    "boundary": "boundary",
    "explicit_deny": "explicit-deny",
    "mfa_role": "trust-half",
    "org_id_other": "trust-half",
    "tag_mismatch": "trust-half",
    "missing_trust": "trust-half",
    "principal_arn_miss": "trust-half",
    "missing_identity": "identity-half",
    "bucket_policy_missing": "resource-half",
}
EXPLICIT = frozenset({"scp", "rcp", "explicit-deny"})


@dataclass(frozen=True, slots=True)
class Wrong:
    """One thing that an answer gets wrong about a planted chain."""

    chain: str
    mechanism: str
    verdict: str
    what: str

    def __str__(self) -> str:
        return f"{self.chain} ({self.mechanism}, planted as {self.verdict}): {self.what}"


def ask(graph, planted: dict, *, show_blocked: bool = True) -> list:
    """All chains and near misses from the planted source to the planted target."""
    target = planted["target"]
    answer = graph.paths(planted["source"], target["resource"], action=target["action"], max_hops=MAX_HOPS, show_blocked=show_blocked)
    return list(answer.items)


def check(planted: dict, items: list) -> list[Wrong]:
    """What the answer gets wrong about one planted chain; nothing when all is right."""
    nodes = [planted["source"], *planted["roles"], planted["target"]["resource"]]
    possible = [item for item in items if not hasattr(item, "blocked_by")]
    near = [item for item in items if hasattr(item, "blocked_by")]
    found = [*_strangers(nodes, possible)]
    if planted["verdict"] == "blocked":
        found += _blocked(planted, [item for item in near if nodes_of(item) == nodes], any(nodes_of(item) == nodes for item in possible))
    else:
        found += _possible(planted, [item for item in possible if nodes_of(item) == nodes])
    return [Wrong(planted["id"], planted["mechanism"], planted["verdict"], what) for what in found]


def intruders(graph, planted: dict, accounts: Iterable[str]) -> list[Wrong]:
    """Who may take a planted step and should not. Trusts and buckets admit one caller each, except where truth says otherwise."""
    found = []
    for position, step in enumerate(planted["steps"]):
        if not step["exact"]:
            continue
        wanted = set() if step["verdict"] == "blocked" else {step["from"]}
        answers = [graph.paths(account, step["to"], action=step["action"], max_hops=1) for account in accounts]
        callers = {chain.hops[0].source for answer in answers for chain in answer.items}
        if callers != wanted:
            what = f"hop {position} is open to {sorted(callers)} instead of {sorted(wanted)}"
            found.append(Wrong(planted["id"], planted["mechanism"], planted["verdict"], what))
    return found


def nodes_of(item) -> list[str]:
    return [*(hop.source for hop in item.hops), item.hops[-1].target]


def _strangers(nodes: list[str], possible: list) -> Iterator[str]:
    """The source's permissions lead into its own chain only, so that any other chain is wrong."""
    for item in possible:
        if nodes_of(item) != nodes:
            yield f"a chain that nobody planted: {' -> '.join(nodes_of(item))}"


def _possible(planted: dict, chains: list) -> Iterator[str]:
    if len(chains) != 1:
        yield f"listed {len(chains)} times as possible"
        return
    chain = chains[0]
    if planted["verdict"] == "allowed" and not _is_allowed(chain):
        yield f"verdict {chain.verdict}, on the condition: {chain.condition.text}"
    if planted["verdict"] == "conditional" and (chain.verdict != "CONDITIONAL" or _is_allowed(chain)):
        yield f"verdict {chain.verdict}{' over TLS' if chain.condition else ''}"
    for position, (step, hop) in enumerate(zip(planted["steps"], chain.hops, strict=True)):
        yield from (f"hop {position}: {what}" for what in _step(step, hop))


def _step(step: dict, hop) -> Iterator[str]:
    if hop.action.lower() != step["action"].lower():
        yield f"action {hop.action} instead of {step['action']}"
    if step["verdict"] == "allowed":
        if not _is_allowed(hop):
            yield f"verdict {hop.verdict}, planted as allowed"
        return
    if hop.verdict != "CONDITIONAL" or hop.condition is None:
        yield f"verdict {hop.verdict}, planted as conditional"
        return
    needed = {key.lower() for key in step["requires"]}
    named = {clause.key.lower() for clauses in hop.condition.any_of for clause in clauses}
    if not needed <= named:
        yield f"the condition names {sorted(named)} and not {sorted(needed - named)}"
    if not needed <= {key.lower() for key, _ in hop.condition.witness or ()}:
        yield f"the witness lacks {sorted(needed)}: {hop.condition.witness}"


def _is_allowed(item) -> bool:
    """ALLOWED, or with nothing but TLS in between: the background has RCPs that ask for TLS."""
    return item.verdict == "ALLOWED" or bool(item.verdict == "CONDITIONAL" and item.condition and item.condition.benign)


def _blocked(planted: dict, near: list, is_possible: bool) -> Iterator[str]:
    if is_possible:
        yield "listed as possible"
    if "service" in planted and not planted["blocked_by"]:
        return  # what withholds it is no control of a near miss
    if len(near) != 1:
        yield f"listed {len(near)} times among the near misses"
        return
    item, at = near[0], planted["blocked_at_step"]
    control = planted["blocked_by"]["control"] if planted.get("blocked_by") else CONTROLS[planted["mechanism"]]
    if item.blocked_at != at:
        yield f"blocked at {item.blocked_at} instead of {at}"
    if {blocker.control for blocker in item.blocked_by} != {control}:
        yield f"blocked by {', '.join(sorted(blocker.control for blocker in item.blocked_by))} instead of {control}"
    elif not any(_is_planted(planted, blocker) for blocker in item.blocked_by):
        yield f"blocked by something else: {'; '.join(blocker.text for blocker in item.blocked_by)}"
    verdict = "EXPLICITLY_DENIED" if control in EXPLICIT else "IMPLICITLY_DENIED"
    if item.verdict != verdict:
        yield f"verdict {item.verdict} instead of {verdict}"
    for position, hop in enumerate(item.hops):
        if position != at and not _is_allowed(hop):
            yield f"hop {position}: verdict {hop.verdict}, planted as allowed"


def _is_planted(planted: dict, blocker) -> bool:
    """Whether the blocker is the very policy that was planted, with the statement where there is one."""
    if planted.get("blocked_by"):
        wanted = planted["blocked_by"]
        return (blocker.policy, blocker.statement) == (wanted["policy"], wanted["statement"])
    at = planted["blocked_at_step"]
    step = planted["steps"][at]
    account = step["from"].split(":")[4]
    match blocker.control:
        case "scp" | "rcp":
            place = account if blocker.control == "scp" else planted["target"]["account"]
            return blocker.attached_to == place and blocker.statement is not None and blocker.effect == "Deny"
        case "explicit-deny":
            return (blocker.policy, blocker.statement) == (f"{step['from']}#inline/step{at}", 1)
        case "boundary":
            policy, place = f"arn:aws:iam::{account}:policy/xg-{planted['id']}-boundary", step["from"]
        case "trust-half":
            policy, place = f"{step['to']}#trust", step["to"]
        case "identity-half":
            policy, place = step["from"], step["from"]
        case _:
            policy, place = f"{step['to'].rpartition('/')[0]}#resource-policy", step["to"]
    return (blocker.policy, blocker.attached_to, blocker.statement) == (policy, place, None)
