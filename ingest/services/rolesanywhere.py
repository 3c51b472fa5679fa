"""IAM Roles Anywhere: trust anchors, and profiles with the roles that certificates may get.

https://docs.aws.amazon.com/rolesanywhere/latest/APIReference/
"""

from __future__ import annotations

from xgraph.ingest.services._kind import Kind, normalize_kinds
from xgraph.ingest.services._service import Call, Scope, Service

_ANCHOR = Kind(
    "rolesanywhere",
    "trust-anchor",
    "list_trust_anchors",
    "trustAnchors",
    "{trustAnchorArn}",
    settings={"Enabled": "enabled", "Name": "name", "SourceType": "source.sourceType"},
)
_PROFILE = Kind(
    "rolesanywhere",
    "profile",
    "list_profiles",
    "profiles",
    "{profileArn}",
    settings={
        "AcceptRoleSessionName": "acceptRoleSessionName",
        "Enabled": "enabled",
        "ManagedPolicyArns": "managedPolicyArns",
        "Name": "name",
        "RoleArns": "roleArns",
        "SessionPolicy": "sessionPolicy",
    },
)

ROLESANYWHERE = Service(
    name="rolesanywhere",
    description="Trust anchors, profiles with their roles",
    scope=Scope.REGIONAL,
    calls=(
        Call("list_trust_anchors", ("rolesanywhere:ListTrustAnchors",), drops=frozenset({"x509CertificateData"})),
        Call("list_profiles", ("rolesanywhere:ListProfiles",)),
    ),
    normalize=normalize_kinds(_ANCHOR, _PROFILE),
)
