"""Front doors at which nobody looks at signatures: whoever asks is an unsigned caller to the resource's policy."""

from __future__ import annotations

from dataclasses import replace

from xgraph.graph.policy.caller import ANONYMOUS, CallerKind
from xgraph.graph.policy.combine import Relation
from xgraph.graph.policy.factors import Factors, Policies, Record, Request, resource_side
from xgraph.graph.policy.keys import Context

from ._rules import Case


def as_unsigned(request: Request) -> Request:
    """The same request without credentials."""
    return replace(request, caller=ANONYMOUS, context=Context(replace(request.context.facts, caller=ANONYMOUS)))


def unsigned_side(request: Request, policies: Policies, base: Factors, record: Record | None) -> Factors:
    """The resource's policy as it sees the request without credentials."""
    return resource_side(as_unsigned(request), policies, record, base=base)


def open_to_all(request: Request, side: Factors) -> Case:
    """The way in for whoever asks: what `side` grants to everybody, and nothing else."""
    if request.caller.kind is CallerKind.SERVICE:
        side = side._replace(r_service=side.r_exact)
    return Case(True, side, Relation.MANDATORY)
