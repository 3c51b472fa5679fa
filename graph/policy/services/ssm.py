"""Systems Manager: documents are shared by lists of accounts, not by policies.

Source: Systems Manager User Guide, "Sharing SSM documents".
"""

from __future__ import annotations

from ._rules import Rules
from ._sharing import MECHANISM, opened, shared

_OPENED = frozenset(
    f"ssm:{name}"
    for name in (
        "createassociation",
        "createassociationbatch",
        "describedocument",
        "describedocumentparameters",
        "getdocument",
        "listdocumentversions",
        "sendcommand",
        "startautomationexecution",
        "startchangerequestexecution",
        "startsession",
        "updateassociation",
    )
)

SSM = Rules(
    "ssm",
    cases=shared(_OPENED),
    told_apart=(_OPENED,),
    opens=opened(_OPENED),
    way=MECHANISM,
    description="documents are open to the accounts in `SharedWith`, to be read and run",
)
