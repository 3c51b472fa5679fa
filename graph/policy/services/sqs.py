"""SQS: some actions never work across accounts.

Source: SQS Developer Guide, "Limitations of Amazon SQS custom policies".
"""

from __future__ import annotations

from dataclasses import replace

from xgraph.graph.policy.combine import Relation
from xgraph.graph.policy.decision import ControlClass
from xgraph.graph.policy.factors import Factors, Policies, Record, Request
from xgraph.graph.policy.formula import free

from ._rules import Case, Options, Rules, Ruling, general_cases

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


_USES_KEY = frozenset(("sqs:sendmessage", "sqs:receivemessage"))


def _cases(request: Request, policies: Policies, base: Factors, record: Record | None, options: Options) -> tuple[Case, ...]:
    """Messages under a KMS key also need the key (R1.8), which is not decided here: the gap says so."""
    cases = general_cases(request, policies, base, record, options)
    key = request.settings.get("KmsMasterKeyId", "")
    if key == "" or request.action not in _USES_KEY:
        return cases
    name = "encryption-not-collected" if key is None else "kms-not-evaluated"
    gap = free(name, ControlClass.GAP, spelling=name)
    return tuple(replace(case, requires=gap) for case in cases)


SQS = Rules("sqs", cases=_cases, ruling=_ruling, told_apart=(_OWN_ACCOUNT_ONLY, _USES_KEY))
