"""Amazon OpenSearch Service: domains with their access policy and network.

https://docs.aws.amazon.com/opensearch-service/latest/APIReference/
"""

from __future__ import annotations

from xgraph.ingest.services._kind import Kind, normalize_kinds
from xgraph.ingest.services._service import Call, Scope, Service

_NAME = Kind("es", "domain", "list_domain_names", "DomainNames", "{DomainName}")
_DOMAIN = Kind(
    "es",
    "domain",
    "describe_domain",
    "DomainStatus",
    "{ARN}",
    document="AccessPolicies",
    tags="list_tags",
    tags_of={"ARN": "{arn}"},
    tagged="TagList",
    settings={"VPCOptions": "VPCOptions", "AdvancedSecurityOptions": "AdvancedSecurityOptions"},
    defaults={"VPCOptions": {}, "AdvancedSecurityOptions": {}},
)

OPENSEARCH = Service(
    name="opensearch",
    description="Domains with access policy, network and fine-grained access control",
    scope=Scope.REGIONAL,
    calls=(
        Call("list_domain_names", ("es:ListDomainNames",)),
        Call(
            "describe_domain",
            ("es:DescribeDomain",),
            _NAME.each(DomainName="{DomainName}"),
            drops=frozenset({"Processing", "UpgradeProcessing", "ChangeProgressDetails"}),
        ),
        Call("list_tags", ("es:ListTags",), _DOMAIN.each_tags),
    ),
    normalize=normalize_kinds(_DOMAIN),
)
