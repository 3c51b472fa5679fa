"""DynamoDB: a table encrypted with the AWS managed key can't be reached across accounts.

Source: DynamoDB Developer Guide, "Resource-based policy considerations".
"""

from __future__ import annotations

from dataclasses import replace

from xgraph.graph.policy.combine import Relation
from xgraph.graph.policy.decision import ControlClass
from xgraph.graph.policy.factors import Factors, Policies, Record, Request
from xgraph.graph.policy.formula import free

from ._rules import Case, Options, Rules, Ruling, general_cases, relation_of


def _ruling(request: Request, relation: Relation) -> Ruling | None:
    if relation is Relation.CROSS_ACCOUNT and request.settings.get("EncryptionKey") == "aws/dynamodb":
        return False, "a table encrypted with the AWS managed key can't be used from another account"
    return None


def _cases(request: Request, policies: Policies, base: Factors, record: Record | None, options: Options) -> tuple[Case, ...]:
    """Across accounts the key matters; one that was not read leaves the answer open."""
    cases = general_cases(request, policies, base, record, options)
    if request.settings.get("EncryptionKey", "") is not None or relation_of(request) is not Relation.CROSS_ACCOUNT:
        return cases
    gap = free("encryption-not-collected", ControlClass.GAP, spelling="encryption-not-collected")
    return tuple(replace(case, requires=gap) for case in cases)


DYNAMODB = Rules("dynamodb", cases=_cases, ruling=_ruling)
