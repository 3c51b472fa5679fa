"""Amazon VPC Lattice: services and service networks with the policies by which they are shared and used.

https://docs.aws.amazon.com/vpc-lattice/latest/APIReference/
"""

from __future__ import annotations

from xgraph.ingest.services._kind import Kind, both, normalize_kinds
from xgraph.ingest.services._service import Call, Scope, Service

_SERVICE = Kind(
    "vpc-lattice",
    "Service",
    "list_services",
    "items",
    "{arn}",
    policy="get_auth_policy",
    of={"resourceIdentifier": "{arn}"},
    document="policy",
)
_NETWORK = Kind(
    "vpc-lattice",
    "ServiceNetwork",
    "list_service_networks",
    "items",
    "{arn}",
    policy="get_auth_policy",
    of={"resourceIdentifier": "{arn}"},
    document="policy",
)

VPC_LATTICE = Service(
    name="vpc-lattice",
    description="Services and service networks with their auth policies",
    scope=Scope.REGIONAL,
    calls=(
        Call("list_services", ("vpc-lattice:ListServices",)),
        Call("list_service_networks", ("vpc-lattice:ListServiceNetworks",)),
        Call(
            "get_auth_policy",
            ("vpc-lattice:GetAuthPolicy",),
            both(_SERVICE.each_policy, _NETWORK.each_policy),
            empty=frozenset({"ResourceNotFoundException"}),
        ),
    ),
    normalize=normalize_kinds(_SERVICE, _NETWORK),
)
