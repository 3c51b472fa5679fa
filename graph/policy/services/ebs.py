"""EBS direct APIs: the blocks of a snapshot can be read by the accounts that it is shared with.

Source: EBS User Guide, "Use EBS direct APIs to access the contents of an EBS snapshot".
"""

from __future__ import annotations

from ._rules import Rules
from ._sharing import MECHANISM, opened, shared

_OPENED = frozenset(("ebs:getsnapshotblock", "ebs:listchangedblocks", "ebs:listsnapshotblocks"))

EBS = Rules(
    "ebs",
    cases=shared(_OPENED),
    told_apart=(_OPENED,),
    opens=opened(_OPENED),
    way=MECHANISM,
    description="the blocks of a snapshot can be read by the accounts in `SharedWith`",
)
