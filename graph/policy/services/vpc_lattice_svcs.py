"""VPC Lattice's data plane: the auth policy of a service speaks for all its paths.

Source: VPC Lattice User Guide, "Control access to VPC Lattice services using auth policies".
"""

from __future__ import annotations

from ._rules import Rules

_SERVICE = ":service/"


def _service_of(arn: str) -> str:
    """The service that a path is of."""
    head, mark, rest = arn.partition(_SERVICE)
    return f"{head}{mark}{rest.partition('/')[0]}" if mark else arn


VPC_LATTICE_SVCS = Rules(
    "vpc-lattice-svcs",
    holder=_service_of,
    description="the auth policy of a service speaks for its paths; that of the service network, and services without authentication, "
    "are not evaluated",
)
