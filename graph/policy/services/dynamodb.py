"""DynamoDB: a table encrypted with the AWS managed key can't be reached across accounts.

Source: DynamoDB Developer Guide, "Resource-based policy considerations".
"""

from __future__ import annotations

from xgraph.graph.policy.combine import Relation
from xgraph.graph.policy.factors import Request
from xgraph.graph.policy.keys import unknown
from xgraph.graph.policy.keystate import known

from ._data_key import DECRYPT, EncryptionContext, uses_key
from ._managed_key import under_managed_key, unless_key_unread
from ._rules import Rules, Ruling

_ITEM_ACTIONS = tuple(
    f"dynamodb:{name}"
    for name in (
        "batchgetitem",
        "batchwriteitem",
        "conditioncheckitem",
        "deleteitem",
        "getitem",
        "putitem",
        "query",
        "scan",
        "updateitem",
    )
)


def _encryption_context(request: Request) -> EncryptionContext:
    table = request.target.arn.partition(":table/")[2].partition("/")[0]
    owner = request.target.owner
    account = known(owner) if owner else unknown("kms:encryptioncontext:aws:dynamodb:subscriberid", may_be_absent=False)
    return {"aws:dynamodb:tableName": known(table), "aws:dynamodb:subscriberId": account}


def _ruling(request: Request, relation: Relation) -> Ruling | None:
    return under_managed_key(request, relation, "aws/dynamodb", "a table")


DYNAMODB = Rules(
    "dynamodb",
    cases=unless_key_unread(),
    ruling=_ruling,
    also=uses_key("dynamodb", dict.fromkeys(_ITEM_ACTIONS, DECRYPT), _encryption_context),
    description="a table under the AWS managed key `aws/dynamodb` can't be reached from another account",
)
