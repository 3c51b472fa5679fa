"""EFS: a file system without a policy is open to every client that reaches its network.

Source: EFS User Guide, "Default EFS file system policy".
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from xgraph.graph.policy.caller import CallerKind
from xgraph.graph.policy.combine import Relation
from xgraph.graph.policy.factors import Factors, Policies, Record, Request
from xgraph.graph.policy.formula import disj

from ._network import reaches_network
from ._rules import Case, Options, Rules, Ruling, general_cases

_CLIENT = frozenset(f"elasticfilesystem:client{name}" for name in ("mount", "write", "rootaccess"))


def _cases(request: Request, policies: Policies, base: Factors, record: Record | None, options: Options) -> tuple[Case, ...]:
    found = general_cases(request, policies, base, record, options)
    if request.action not in _CLIENT:
        return found
    if policies.resource is None and policies.resource_known:
        return tuple(c._replace(factors=c.factors._replace(r_exact=disj(c.factors.r_exact, reaches_network()))) for c in found)
    if request.caller.kind is CallerKind.ANONYMOUS:
        return tuple(case._replace(requires=reaches_network()) for case in found)
    return found


def _opens(action: str, _settings: Mapping[str, Any], /, *, has_policy: bool) -> Iterable[str]:
    return ("*",) if action in _CLIENT and not has_policy else ()


def _ruling(request: Request, _relation: Relation) -> Ruling | None:
    if request.caller.kind is CallerKind.ANONYMOUS and request.action not in _CLIENT:
        return False, "only the NFS client actions of EFS work without a signature"
    return None


ELASTICFILESYSTEM = Rules(
    "elasticfilesystem",
    cases=_cases,
    ruling=_ruling,
    told_apart=(_CLIENT,),
    opens=_opens,
    description="a file system without a policy is open to every client that reaches its network",
)
