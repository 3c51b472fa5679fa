"""Amazon Redshift Serverless: namespaces with their policy.

https://docs.aws.amazon.com/redshift-serverless/latest/APIReference/
"""

from __future__ import annotations

from xgraph.ingest.services._kind import Kind, normalize_kinds
from xgraph.ingest.services._service import Call, Scope, Service

_NAMESPACE = Kind(
    "redshift-serverless",
    "namespace",
    "list_namespaces",
    "namespaces",
    "{namespaceArn}",
    policy="get_resource_policy",
    of={"resourceArn": "{arn}"},
    document="resourcePolicy.policy",
)

REDSHIFT_SERVERLESS = Service(
    name="redshift-serverless",
    description="Namespaces with their policy",
    scope=Scope.REGIONAL,
    calls=(
        Call("list_namespaces", ("redshift-serverless:ListNamespaces",)),
        Call(
            "get_resource_policy",
            ("redshift-serverless:GetResourcePolicy",),
            _NAMESPACE.each_policy,
            empty=frozenset({"ResourceNotFoundException"}),
        ),
    ),
    normalize=normalize_kinds(_NAMESPACE),
)
