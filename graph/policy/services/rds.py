"""RDS: snapshots are shared by lists of accounts, not by policies.

Source: RDS User Guide, "Sharing a DB snapshot"; Aurora User Guide, "Sharing a DB cluster snapshot".
"""

from __future__ import annotations

from ._rules import Rules
from ._sharing import MECHANISM, opened, shared

_OPENED = frozenset(
    f"rds:{name}"
    for name in (
        "copydbclustersnapshot",
        "copydbsnapshot",
        "describedbclustersnapshots",
        "describedbsnapshots",
        "restoredbclusterfromsnapshot",
        "restoredbinstancefromdbsnapshot",
    )
)

RDS = Rules(
    "rds",
    cases=shared(_OPENED),
    told_apart=(_OPENED,),
    opens=opened(_OPENED),
    way=MECHANISM,
    description="snapshots are open to the accounts in `SharedWith`, to be copied and restored",
)
