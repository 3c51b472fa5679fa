"""OpenSearch Serverless: a collection's data is guarded by access policies in a language of their own, which are not evaluated.

Source: OpenSearch Service Developer Guide, "Data access control for Amazon OpenSearch Serverless".
"""

from __future__ import annotations

from xgraph.graph.policy.decision import ControlClass
from xgraph.graph.policy.factors import Factors, Policies, Record, Request
from xgraph.graph.policy.formula import free

from ._rules import Case, Options, Rules, general_cases

_DATA = frozenset(("aoss:apiaccessall", "aoss:dashboardsaccessall"))


def _cases(request: Request, policies: Policies, base: Factors, record: Record | None, options: Options) -> tuple[Case, ...]:
    found = general_cases(request, policies, base, record, options)
    if request.action not in _DATA:
        return found
    inside = free("data-access-policy", ControlClass.GAP, spelling="data-access-policy")
    return tuple(case._replace(requires=inside) for case in found)


AOSS = Rules(
    "aoss",
    cases=_cases,
    told_apart=(_DATA,),
    description="the data access policies of a collection are not evaluated, so reaching its data stays open",
)
