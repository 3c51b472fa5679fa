"""DynamoDB: a table encrypted with the AWS managed key can't be reached across accounts.

Source: DynamoDB Developer Guide, "Resource-based policy considerations".
"""

from __future__ import annotations

from xgraph.graph.policy.combine import Relation
from xgraph.graph.policy.factors import Request

from ._rules import Rules, Ruling


def _ruling(request: Request, relation: Relation) -> Ruling | None:
    if relation is Relation.CROSS_ACCOUNT and request.settings.get("EncryptionKey") == "aws/dynamodb":
        return False, "a table encrypted with the AWS managed key can't be used from another account"
    return None


DYNAMODB = Rules("dynamodb", ruling=_ruling)
