"""What the engine says: a verdict, what stands between it and ALLOWED, and the statements that made it so."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from xgraph.graph.model.document import PolicyType
from xgraph.graph.model.problem import Problem


class Verdict(StrEnum):
    """The four verdicts; there is no fifth."""

    ALLOWED = "ALLOWED"
    CONDITIONAL = "CONDITIONAL"
    IMPLICITLY_DENIED = "IMPLICITLY_DENIED"
    EXPLICITLY_DENIED = "EXPLICITLY_DENIED"

    @property
    def is_possible(self) -> bool:
        """Whether some request of this kind is, or may be, allowed."""
        return self in (Verdict.ALLOWED, Verdict.CONDITIONAL)


class ControlClass(StrEnum):
    """Who decides whether a condition holds (R3.22); the worst one in a residual ranks a path."""

    CALLER = "caller"
    ENVIRONMENT = "environment"
    CREDENTIAL = "credential"
    OBJECT = "object"
    SERVICE = "service"
    FOREIGN_ACCOUNT = "foreign-account"
    GAP = "gap"


@dataclass(frozen=True, slots=True, order=True)
class Evidence:
    """One statement that took part. `statement` is its 0-based index, None where an allow is missing."""

    policy: str
    policy_type: PolicyType
    statement: int | None
    sid: str | None
    effect: str
    attached_to: str


@dataclass(frozen=True, slots=True, order=True)
class Blocker:
    """What withholds access: the control, the statement (None where an allow is missing) and a sentence."""

    control: str
    policy: str
    policy_type: PolicyType
    statement: int | None
    sid: str | None
    effect: str
    attached_to: str
    level: str | None
    text: str


@dataclass(frozen=True, slots=True)
class Clause:
    """One requirement: `key operator values`, or its negation. `hop` is the 0-based hop of a chain, None in one decision."""

    key: str
    operator: str
    values: tuple[str, ...]
    negated: bool
    control: ControlClass
    hop: int | None = None
    source: Evidence | None = None


@dataclass(frozen=True, slots=True)
class Condition:
    """What must hold for access, in disjunctive normal form of at most 8 clauses (`exact` False when cut).

    `benign`: only TLS, not going through another service and the time of analysis stand in between. `witness` maps condition
    keys to a value that works (a missing key is absent), None when what is missing is not a request key.
    """

    text: str
    any_of: tuple[tuple[Clause, ...], ...]
    benign: bool = False
    gaps: tuple[str, ...] = ()
    open_points: tuple[str, ...] = ()
    exact: bool = True
    witness: tuple[tuple[str, str | tuple[str, ...]], ...] | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """The answer to one request. `condition` is None unless CONDITIONAL."""

    verdict: Verdict
    condition: Condition | None = None
    evidence: tuple[Evidence, ...] = ()
    blocked_by: tuple[Blocker, ...] = ()
    problems: tuple[Problem, ...] = ()
    open_points: tuple[str, ...] = ()
