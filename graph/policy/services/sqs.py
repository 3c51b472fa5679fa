"""SQS: some actions never work across accounts.

Source: SQS Developer Guide, "Limitations of Amazon SQS custom policies".
"""

from __future__ import annotations

from xgraph.graph.policy.combine import Relation
from xgraph.graph.policy.factors import Request

from ._rules import Rules, Ruling

_OWN_ACCOUNT_ONLY = frozenset(
    f"sqs:{name}"
    for name in (
        "addpermission",
        "cancelmessagemovetask",
        "createqueue",
        "deletequeue",
        "listmessagemovetask",
        "listqueues",
        "listqueuetags",
        "removepermission",
        "setqueueattributes",
        "startmessagemovetask",
        "tagqueue",
        "untagqueue",
    )
)


def _ruling(request: Request, relation: Relation) -> Ruling | None:
    if relation is Relation.CROSS_ACCOUNT and request.action in _OWN_ACCOUNT_ONLY:
        return False, "SQS does not allow this action across accounts"
    return None


SQS = Rules("sqs", ruling=_ruling, told_apart=(_OWN_ACCOUNT_ONLY,))
