"""VPC Lattice's data plane: the auth policy of a service speaks for all its paths.

Source: VPC Lattice User Guide, "Control access to VPC Lattice services using auth policies".
"""

from __future__ import annotations

from ._rules import Rules, named_after

VPC_LATTICE_SVCS = Rules(
    "vpc-lattice-svcs",
    holder=named_after(":service/"),
    description="the auth policy of a service speaks for its paths; that of the service network, and services without authentication, "
    "are not evaluated",
)
