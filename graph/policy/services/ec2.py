"""EC2: snapshots, images and endpoint services are shared by lists of accounts, not by policies.

Source: EC2 User Guide, "Share an Amazon EBS snapshot", "Share an AMI"; PrivateLink Guide, "Manage permissions".
"""

from __future__ import annotations

from ._rules import Rules
from ._sharing import MECHANISM, opened, shared

# What an account does with a snapshot, image or endpoint service that another one shares with it.
_OPENED = frozenset(
    f"ec2:{name}"
    for name in (
        "copyfpgaimage",
        "copyimage",
        "copysnapshot",
        "createfleet",
        "createreplacerootvolumetask",
        "createvolume",
        "createvpcendpoint",
        "describefpgaimages",
        "describeimages",
        "describesnapshots",
        "registerimage",
        "requestspotfleet",
        "requestspotinstances",
        "runinstances",
    )
)

EC2 = Rules(
    "ec2",
    cases=shared(_OPENED),
    told_apart=(_OPENED,),
    opens=opened(_OPENED),
    way=MECHANISM,
    description="snapshots, images and endpoint services are open to the accounts in `SharedWith`, for the actions that use them",
)
