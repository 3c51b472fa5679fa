"""Amazon EventBridge Schemas: registries with their policy.

https://docs.aws.amazon.com/eventbridge/latest/schema-reference/
"""

from __future__ import annotations

from xgraph.graph.model.arn import is_account_id, parse_arn
from xgraph.ingest.services._kind import Answer, Kind, normalize_kinds
from xgraph.ingest.services._service import Call, Scope, Service


def _is_own(entry: Answer) -> bool:
    """AWS's own registries are listed as well; their ARN names no account."""
    arn = parse_arn(str(entry.get("RegistryArn", "")))
    return arn is not None and is_account_id(arn.account)


_REGISTRY = Kind(
    "schemas",
    "registry",
    "list_registries",
    "Registries",
    "{RegistryArn}",
    policy="get_resource_policy",
    of={"RegistryName": "{RegistryName}"},
    such=_is_own,
)

SCHEMAS = Service(
    name="schemas",
    description="Schema registries with their policy",
    scope=Scope.REGIONAL,
    calls=(
        Call("list_registries", ("schemas:ListRegistries",)),
        Call("get_resource_policy", ("schemas:GetResourcePolicy",), _REGISTRY.each_policy, empty=frozenset({"NotFoundException"})),
    ),
    normalize=normalize_kinds(_REGISTRY),
)
