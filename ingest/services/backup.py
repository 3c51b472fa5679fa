"""AWS Backup: vaults with their access policy.

https://docs.aws.amazon.com/aws-backup/latest/devguide/api-reference.html
"""

from __future__ import annotations

from xgraph.ingest.services._kind import Kind, normalize_kinds
from xgraph.ingest.services._service import Call, Scope, Service

_VAULT = Kind(
    "backup",
    "backupVault",
    "list_backup_vaults",
    "BackupVaultList",
    "{BackupVaultArn}",
    policy="get_backup_vault_access_policy",
    of={"BackupVaultName": "{BackupVaultName}"},
)

BACKUP = Service(
    name="backup",
    description="Vaults with their access policy",
    scope=Scope.REGIONAL,
    calls=(
        Call("list_backup_vaults", ("backup:ListBackupVaults",), drops=frozenset({"NumberOfRecoveryPoints"})),
        Call(
            "get_backup_vault_access_policy",
            ("backup:GetBackupVaultAccessPolicy",),
            _VAULT.each_policy,
            empty=frozenset({"ResourceNotFoundException"}),
        ),
    ),
    normalize=normalize_kinds(_VAULT),
)
