"""AWS CodeArtifact: domains and repositories with their policies.

https://docs.aws.amazon.com/codeartifact/latest/APIReference/
"""

from __future__ import annotations

from xgraph.ingest.services._kind import Kind, normalize_kinds
from xgraph.ingest.services._service import Call, Scope, Service

_DOMAIN = Kind(
    "codeartifact",
    "domain",
    "list_domains",
    "domains",
    "{arn}",
    policy="get_domain_permissions_policy",
    of={"domain": "{name}", "domainOwner": "{owner}"},
    document="policy.document",
)
_REPOSITORY = Kind(
    "codeartifact",
    "repository",
    "list_repositories",
    "repositories",
    "{arn}",
    policy="get_repository_permissions_policy",
    of={"domain": "{domainName}", "domainOwner": "{domainOwner}", "repository": "{name}"},
    document="policy.document",
)

CODEARTIFACT = Service(
    name="codeartifact",
    description="Domains and repositories with their policies",
    scope=Scope.REGIONAL,
    calls=(
        Call("list_domains", ("codeartifact:ListDomains",)),
        Call("list_repositories", ("codeartifact:ListRepositories",)),
        Call(
            "get_domain_permissions_policy",
            ("codeartifact:GetDomainPermissionsPolicy",),
            _DOMAIN.each_policy,
            empty=frozenset({"ResourceNotFoundException"}),
        ),
        Call(
            "get_repository_permissions_policy",
            ("codeartifact:GetRepositoryPermissionsPolicy",),
            _REPOSITORY.each_policy,
            empty=frozenset({"ResourceNotFoundException"}),
        ),
    ),
    normalize=normalize_kinds(_DOMAIN, _REPOSITORY),
)
