"""AWS Private CA: certificate authorities with their policy and tags.

https://docs.aws.amazon.com/privateca/latest/APIReference/
"""

from __future__ import annotations

from xgraph.ingest.services._kind import Kind, normalize_kinds
from xgraph.ingest.services._service import Call, Scope, Service

_AUTHORITY = Kind(
    "acm-pca",
    "certificate-authority",
    "list_certificate_authorities",
    "CertificateAuthorities",
    "{Arn}",
    policy="get_policy",
    of={"ResourceArn": "{arn}"},
    tags="list_tags",
    tags_of={"CertificateAuthorityArn": "{arn}"},
)

ACM_PCA = Service(
    name="acm-pca",
    description="Private certificate authorities with their policy and tags",
    scope=Scope.REGIONAL,
    calls=(
        Call("list_certificate_authorities", ("acm-pca:ListCertificateAuthorities",)),
        Call("get_policy", ("acm-pca:GetPolicy",), _AUTHORITY.each_policy, empty=frozenset({"ResourceNotFoundException"})),
        Call("list_tags", ("acm-pca:ListTags",), _AUTHORITY.each_tags),
    ),
    normalize=normalize_kinds(_AUTHORITY),
)
