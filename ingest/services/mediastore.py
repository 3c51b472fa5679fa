"""AWS Elemental MediaStore: containers with their policy.

https://docs.aws.amazon.com/mediastore/latest/apireference/
"""

from __future__ import annotations

from xgraph.ingest.services._kind import Kind, normalize_kinds
from xgraph.ingest.services._service import Call, Scope, Service

_CONTAINER = Kind(
    "mediastore", "container", "list_containers", "Containers", "{ARN}", policy="get_container_policy", of={"ContainerName": "{Name}"}
)

MEDIASTORE = Service(
    name="mediastore",
    description="Containers with their policy",
    scope=Scope.REGIONAL,
    calls=(
        Call("list_containers", ("mediastore:ListContainers",)),
        Call(
            "get_container_policy", ("mediastore:GetContainerPolicy",), _CONTAINER.each_policy, empty=frozenset({"PolicyNotFoundException"})
        ),
    ),
    normalize=normalize_kinds(_CONTAINER),
)
