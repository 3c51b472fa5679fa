"""SNS: who publishes to a topic under a customer key needs the key as well.

Source: SNS Developer Guide, "Managing Amazon SNS encryption keys and costs".
"""

from __future__ import annotations

from xgraph.graph.policy.keystate import known

from ._data_key import GENERATE_AND_DECRYPT, KMS_GAP, uses_key
from ._managed_key import unless_key_unread
from ._rules import Rules

_KMS_ACTIONS = {"sns:publish": GENERATE_AND_DECRYPT}


SNS = Rules(
    "sns",
    cases=unless_key_unread(frozenset(_KMS_ACTIONS), at_home=True),
    told_apart=(frozenset(_KMS_ACTIONS),),
    also=uses_key("sns", _KMS_ACTIONS, lambda request: {"aws:sns:topicArn": known(request.target.arn)}, KMS_GAP),
    description=(
        "publishing to a topic under a customer key needs the key as well; "
        "whether `aws:SourceOwner` of the default policy admits the own account is open (U-31)"
    ),
)
