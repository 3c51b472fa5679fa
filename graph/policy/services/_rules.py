"""What a service may say about a decision, and the general case."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from xgraph.graph.policy.caller import CallerKind
from xgraph.graph.policy.combine import Relation
from xgraph.graph.policy.factors import Factors, Policies, Record, Request, resource_side
from xgraph.graph.policy.formula import Formula


@dataclass(frozen=True, slots=True)
class Options:
    """What if: parts of the resource side left out or restored, to name mechanisms and what withholds access."""

    with_policy: bool = True
    with_acl: bool = True
    ignore_public_access_block: bool = False
    force_acls: bool = False
    owner_enforced: bool = False


@dataclass(frozen=True, slots=True)
class Case:
    """One way the world may be (`guard`), with the resource side and the relation that hold then. `requires`: what else the
    operation needs, whoever asks."""

    guard: Formula
    factors: Factors
    relation: Relation
    requires: Formula = True


# A rule that overrides the policies: (is allowed, the sentence that says why).
Ruling = tuple[bool, str]


def no_ruling(_request: Request, _relation: Relation) -> Ruling | None:
    """The policies alone decide."""
    return None


def relation_of(request: Request) -> Relation:
    """Same or cross account, by the accounts of caller and resource."""
    owner = request.target.owner
    if owner is None:
        return Relation.UNKNOWN
    if request.caller.kind is CallerKind.FOREIGN or request.caller.account != owner:
        return Relation.CROSS_ACCOUNT
    return Relation.SAME_ACCOUNT


def general_cases(request: Request, policies: Policies, base: Factors, record: Record | None, options: Options) -> tuple[Case, ...]:
    """An ordinary resource with an optional policy."""
    side = resource_side(request, policies, record, base=base) if options.with_policy else base
    return (Case(True, side, relation_of(request)),)


CasesOf = Callable[[Request, Policies, Factors, "Record | None", Options], tuple[Case, ...]]


@dataclass(frozen=True, slots=True)
class Rules:
    """A service's own rules. `ruling` comes before what the policies allow. `told_apart`: sets of actions (lower case) that the
    rules treat in a way of their own."""

    service: str
    cases: CasesOf = general_cases
    ruling: Callable[[Request, Relation], Ruling | None] = no_ruling
    told_apart: tuple[frozenset[str], ...] = ()
