"""DynamoDB: a table encrypted with the AWS managed key can't be reached across accounts.

Source: DynamoDB Developer Guide, "Resource-based policy considerations".
"""

from __future__ import annotations

from xgraph.graph.policy.combine import Relation
from xgraph.graph.policy.decision import ControlClass
from xgraph.graph.policy.factors import Factors, Policies, Record, Request
from xgraph.graph.policy.formula import conj, free
from xgraph.graph.policy.keys import unknown
from xgraph.graph.policy.keystate import known

from ._data_key import DECRYPT, KMS_GAP, EncryptionContext, uses_key
from ._managed_key import under_managed_key, unless_key_unread
from ._rules import Case, Options, Rules, Ruling, relation_of

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


def _table_of(arn: str) -> str:
    """The policy of a table reaches its indexes; a stream has a policy of its own."""
    return arn.partition("/index/")[0]


def _ruling(request: Request, relation: Relation) -> Ruling | None:
    return under_managed_key(request, relation, "aws/dynamodb", "a table")


def _cases(request: Request, policies: Policies, base: Factors, record: Record | None, options: Options) -> tuple[Case, ...]:
    """Across accounts the key matters; one that was not read, or may be the AWS managed one, leaves the answer open."""
    cases = _UNLESS_UNREAD(request, policies, base, record, options)
    if request.settings.get("KeyManager", "CUSTOMER") is not None or relation_of(request) is not Relation.CROSS_ACCOUNT:
        return cases
    gap = free(KMS_GAP, ControlClass.GAP, spelling=KMS_GAP)
    return tuple(case._replace(requires=conj(case.requires, gap)) for case in cases)


_UNLESS_UNREAD = unless_key_unread()

DYNAMODB = Rules(
    "dynamodb",
    cases=_cases,
    ruling=_ruling,
    also=uses_key("dynamodb", dict.fromkeys(_ITEM_ACTIONS, DECRYPT), _encryption_context),
    holder=_table_of,
    description="a table under the AWS managed key `aws/dynamodb` can't be reached from another account",
)
