"""Amazon S3 Glacier: vaults with their access policy.

https://docs.aws.amazon.com/amazonglacier/latest/dev/amazon-glacier-api.html
"""

from __future__ import annotations

from xgraph.ingest.services._kind import Kind, normalize_kinds
from xgraph.ingest.services._service import Call, Scope, Service

_VAULT = Kind(
    "glacier",
    "vault",
    "list_vaults",
    "VaultList",
    "{VaultARN}",
    policy="get_vault_access_policy",
    of={"accountId": "-", "vaultName": "{VaultName}"},
    document="policy.Policy",
)

GLACIER = Service(
    name="glacier",
    description="Vaults with their access policy",
    scope=Scope.REGIONAL,
    calls=(
        Call(
            "list_vaults",
            ("glacier:ListVaults",),
            lambda _: ({"accountId": "-"},),
            absent=frozenset({"NoLongerSupportedException"}),
            drops=frozenset({"LastInventoryDate", "NumberOfArchives", "SizeInBytes"}),
        ),
        Call(
            "get_vault_access_policy", ("glacier:GetVaultAccessPolicy",), _VAULT.each_policy, empty=frozenset({"ResourceNotFoundException"})
        ),
    ),
    normalize=normalize_kinds(_VAULT),
)
