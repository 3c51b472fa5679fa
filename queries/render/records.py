"""Plain JSON values in the shapes of docs/answers.md, one function a record."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import datetime
from enum import Enum
from typing import TYPE_CHECKING, Any

from xgraph.graph.access.actions import ActionClass
from xgraph.graph.access.chain import BlockedChain, Chain, Hop, Node
from xgraph.graph.access.families import Family
from xgraph.graph.model.coverage import Gap
from xgraph.graph.model.problem import Problem
from xgraph.graph.policy.decision import Blocker, Clause, Condition, Decision, Evidence
from xgraph.graph.policy.explain import ConditionCheck, ElementCheck, Explanation, Seen, StatementCheck
from xgraph.queries._query import Answer

if TYPE_CHECKING:
    from xgraph.queries.simulate import Simulation

Record = dict[str, Any]


def evidence_record(evidence: Evidence) -> Record:
    """The statement that took part; `simulate` prints the same record."""
    return {
        "policy": evidence.policy,
        "policy_type": str(evidence.policy_type),
        "statement": evidence.statement,
        "sid": evidence.sid,
        "effect": evidence.effect,
        "attached_to": evidence.attached_to,
    }


def blocker_record(blocker: Blocker) -> Record:
    """What withholds access."""
    return {
        "control": blocker.control,
        "policy": blocker.policy,
        "policy_type": str(blocker.policy_type),
        "statement": blocker.statement,
        "sid": blocker.sid,
        "effect": blocker.effect,
        "attached_to": blocker.attached_to,
        "level": blocker.level,
        "text": blocker.text,
    }


def clause_record(clause: Clause) -> Record:
    """One requirement of a condition."""
    return {
        "key": clause.key,
        "operator": clause.operator,
        "values": list(clause.values),
        "negated": clause.negated,
        "class": str(clause.control),
        "hop": clause.hop,
        "source": evidence_record(clause.source) if clause.source else None,
    }


def condition_record(condition: Condition | None) -> Record | None:
    """What must hold for access; None when nothing is open."""
    if condition is None:
        return None
    return {
        "text": condition.text,
        "any_of": [[clause_record(clause) for clause in clauses] for clauses in condition.any_of],
        "benign": condition.benign,
        "gaps": list(condition.gaps),
        "open_points": list(condition.open_points),
        "exact": condition.exact,
        "witness": None if condition.witness is None else {key: plain(value) for key, value in condition.witness},
    }


def problem_record(problem: Problem) -> Record:
    """A flaw in a policy as written."""
    return {
        "code": problem.code,
        "policy": problem.policy,
        "policy_type": problem.policy_type,
        "statement": problem.statement,
        "text": problem.text,
    }


def decision_record(decision: Decision) -> Record:
    """The answer to one request."""
    return {
        "verdict": str(decision.verdict),
        "condition": condition_record(decision.condition),
        "evidence": [evidence_record(each) for each in decision.evidence],
        "blocked_by": [blocker_record(each) for each in decision.blocked_by],
        "problems": [problem_record(each) for each in decision.problems],
    }


def explanation_record(explanation: Explanation) -> Record:
    """Every statement considered, with why it did or did not apply."""
    return {
        "statements": [_statement_record(each) for each in explanation.statements],
        "unknown": list(explanation.unknown),
    }


def _statement_record(check: StatementCheck) -> Record:
    return {
        **evidence_record(check.source),
        "level": check.level,
        "part": check.part or None,
        "applies": str(check.applies),
        "counts": check.counts,
        "when": check.when,
        "reason": check.reason,
        "principal": _element_record(check.principal),
        "action": _element_record(check.action),
        "resource": _element_record(check.resource),
        "conditions": [_condition_check_record(each) for each in check.conditions],
    }


def _element_record(check: ElementCheck | None) -> Record | None:
    return plain(check) if check is not None else None


def _condition_check_record(check: ConditionCheck) -> Record:
    return {
        "operator": check.operator,
        "key": check.key,
        "values": list(check.values),
        "seen": _seen_record(check.seen),
        "holds": str(check.holds),
        "when": check.when,
        "variables": {key: _seen_record(seen) for key, seen in check.variables},
    }


def _seen_record(seen: Seen) -> Record:
    return {
        "state": seen.state,
        "values": list(seen.values),
        "class": str(seen.control) if seen.control else None,
        "open_point": seen.open_point,
        "readings": [_seen_record(each) for each in seen.readings],
    }


def simulation_record(simulation: Simulation) -> Record:
    """The decision on one pair over a snapshot, in the frame that all answers share."""
    explanation = {} if simulation.explanation is None else {"explanation": explanation_record(simulation.explanation)}
    answer = simulation.answer
    return {**opening_record(answer), **decision_record(simulation.decision), **explanation, **ending_record(answer)}


def hop_record(hop: Hop) -> Record:
    """One request that AWS authorizes."""
    return {
        "from": hop.source,
        "to": hop.target,
        "action": hop.action,
        "mechanism": hop.mechanism,
        "also": list(hop.also),
        "verdict": str(hop.verdict),
        "condition": condition_record(hop.condition),
        "evidence": [evidence_record(evidence) for evidence in hop.evidence],
        "assumptions": list(hop.assumptions),
        **({"actions": actions_record(hop.actions)} if hop.actions else {}),
        **({"from_family": family_record(hop.source_family)} if hop.source_family else {}),
        **({"to_family": family_record(hop.target_family)} if hop.target_family else {}),
    }


def actions_record(actions: ActionClass) -> Record:
    """The actions that one stands for."""
    return {"representative": actions.representative, "count": len(actions.actions), "levels": list(actions.levels)}


def chain_record(chain: Chain) -> Record:
    """A chain whose hops are all possible."""
    return {
        "verdict": str(chain.verdict),
        "condition": condition_record(chain.condition),
        "hops": [hop_record(hop) for hop in chain.hops],
        "witnesses": [None if one is None else {key: plain(value) for key, value in one} for one in chain.witnesses],
        **({"stands_for": chain.stands_for} if chain.stands_for > 1 else {}),
    }


def blocked_record(chain: BlockedChain) -> Record:
    """A near miss, with what stands in its way."""
    return {
        "verdict": str(chain.verdict),
        "blocked_at": chain.blocked_at,
        "hops": [hop_record(hop) for hop in chain.hops],
        "blocked_by": [
            {**blocker_record(blocker), "hop": hop}
            for blocker, hop in zip(chain.blocked_by, chain.blocked_hops or (chain.blocked_at,) * len(chain.blocked_by), strict=True)
        ],
    }


def family_record(family: Family) -> Record:
    """Principals that one line stands for."""
    return {"id": family.id, "size": family.size, "pattern": family.pattern}


def gap_record(gap: Gap) -> Record:
    """Something unknown that could change the answer; what does not apply to it is null."""
    return {
        "what": gap.what,
        "account": gap.account or None,
        "region": gap.region or None,
        "service": gap.service or None,
        "call": gap.call or None,
        "outcome": str(gap.outcome),
        "could_open": gap.could_open,
        "could_close": gap.could_close,
    }


def node_record(node: Node) -> Record:
    """How a node of the answer is described; its name is the key that it stands under."""
    return {
        "kind": node.kind,
        "account": node.account,
        "account_name": node.account_name,
        "name": node.name,
        "collected": node.collected,
    }


def opening_record(answer: Answer) -> Record:
    """The part of an answer's head that is known before the search starts."""
    return {
        "schema_version": answer.schema_version,
        "query": answer.query,
        "parameters": plain(answer.parameters),
        "snapshot": {"id": answer.snapshot_id, "name": answer.snapshot_name},
        "reference_data": plain(answer.reference_data),
    }


def ending_record(answer: Answer) -> Record:
    """The part of an answer's head that is final once its chains have been read."""
    return {
        "complete": answer.complete,
        "truncated_by": answer.truncated_by,
        "coverage_gaps": [gap_record(gap) for gap in dict.fromkeys(answer.coverage_gaps)],
        "assumptions": list(answer.assumptions),
        "not_listed": plain(answer.not_listed),
        "notes": list(answer.notes),
        "nodes": {name: node_record(answer.nodes[name]) for name in sorted(answer.nodes)},
        **({} if answer.count is None else chains_record(answer)),
    }


def chains_record(answer: Answer) -> Record:
    """What is only said of chains: how many there are, what was dropped, what withholds the blocked ones, where they lie when cut."""
    found: Record = {
        "count": plain(answer.count),
        "dropped_contradictory": answer.dropped_contradictory,
        "what_saved_us": [{**blocker_record(one.blocker), "chains": one.chains} for one in answer.saved],
    }
    if answer.families:
        found["families"] = {
            name: {**family_record(family), "members": list(members)} for name, (family, members) in answer.families.items()
        }
    if answer.subgraph is not None:
        hops = [{"from": list(sources), "to": list(targets)} for sources, targets in answer.subgraph.bundles]
        found["subgraph"] = {"is_upper_bound": True, "nodes": list(answer.subgraph.nodes), "hops": hops}
    return found


def plain(value: object) -> Any:
    """`value` in the types that JSON has."""
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Mapping):
        return {str(key): plain(value[key]) for key in sorted(value, key=str)}
    if isinstance(value, (set, frozenset)):
        return sorted((plain(item) for item in value), key=str)
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, datetime):
        return value.isoformat()
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: plain(getattr(value, field.name)) for field in fields(value)}
    return value if value is None or isinstance(value, (str, int, float)) else str(value)
