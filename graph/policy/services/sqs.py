"""SQS: some actions never work across accounts.

Source: SQS Developer Guide, "Limitations of Amazon SQS custom policies".
"""

from __future__ import annotations

from xgraph.graph.policy.combine import Relation
from xgraph.graph.policy.factors import Request
from xgraph.graph.policy.keystate import known

from ._data_key import DECRYPT, GENERATE_AND_DECRYPT, KMS_GAP, uses_key
from ._managed_key import unless_key_unread
from ._rules import Rules, Ruling, is_stranger, some_of

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

_KMS_ACTIONS = {"sqs:sendmessage": GENERATE_AND_DECRYPT, "sqs:receivemessage": DECRYPT}


def _ruling(request: Request, relation: Relation) -> Ruling | None:
    if is_stranger(request, relation) and request.action in _OWN_ACCOUNT_ONLY:
        return False, "SQS does not allow this action across accounts"
    return None


SQS = Rules(
    "sqs",
    cases=unless_key_unread(frozenset(_KMS_ACTIONS), at_home=True),
    ruling=_ruling,
    told_apart=(_OWN_ACCOUNT_ONLY, frozenset(_KMS_ACTIONS)),
    also=uses_key("sqs", _KMS_ACTIONS, lambda request: {"aws:sqs:arn": known(request.target.arn)}, KMS_GAP),
    never_across=some_of(_OWN_ACCOUNT_ONLY),
    description="queue administration (such as `sqs:DeleteQueue` and `sqs:SetQueueAttributes`) never works from another account",
)
