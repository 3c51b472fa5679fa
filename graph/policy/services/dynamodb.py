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


def _unknown_key(request: Request) -> str | None:
    if request.settings.get("EncryptionKey", "") is None:
        return "encryption-not-collected"
    return "kms-not-evaluated" if request.settings.get("KeyManager", "CUSTOMER") is None else None


def _cases(request: Request, policies: Policies, base: Factors, record: Record | None, options: Options) -> tuple[Case, ...]:
    """Across accounts the key matters; one that was not read, or may be the AWS managed one, leaves the answer open."""
    cases = general_cases(request, policies, base, record, options)
    name = _unknown_key(request)
    if name is None or relation_of(request) is not Relation.CROSS_ACCOUNT:
        return cases
    gap = free(name, ControlClass.GAP, spelling=name)
    return tuple(replace(case, requires=gap) for case in cases)


DYNAMODB = Rules("dynamodb", cases=_cases, ruling=_ruling)
