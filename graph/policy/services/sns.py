"""SNS: who publishes to a topic under a customer key needs the key as well.

Source: SNS Developer Guide, "Managing Amazon SNS encryption keys and costs".
"""

from __future__ import annotations

from xgraph.graph.policy.decision import ControlClass
from xgraph.graph.policy.factors import Factors, Policies, Record, Request
from xgraph.graph.policy.formula import free
from xgraph.graph.policy.keystate import known

from ._data_key import GENERATE_AND_DECRYPT, KMS_GAP, uses_key
from ._rules import Case, Options, Rules, general_cases

_KMS_ACTIONS = {"sns:publish": GENERATE_AND_DECRYPT}


def _cases(request: Request, policies: Policies, base: Factors, record: Record | None, options: Options) -> tuple[Case, ...]:
    """Messages under a key that was not read leave the answer open."""
    cases = general_cases(request, policies, base, record, options)
    if request.action not in _KMS_ACTIONS or request.settings.get("EncryptionKey", "") is not None:
        return cases
    gap = free("encryption-not-collected", ControlClass.GAP, spelling="encryption-not-collected")
    return tuple(case._replace(requires=gap) for case in cases)


SNS = Rules(
    "sns",
    cases=_cases,
    told_apart=(frozenset(_KMS_ACTIONS),),
    also=uses_key("sns", _KMS_ACTIONS, lambda request: {"aws:sns:topicArn": known(request.target.arn)}, KMS_GAP),
    description=(
        "publishing to a topic under a customer key needs the key as well; "
        "whether `aws:SourceOwner` of the default policy admits the own account is open (U-31)"
    ),
)
