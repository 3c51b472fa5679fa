"""Backup: of a vault, another account can only be granted to copy backups into it.

Source: AWS Backup Developer Guide, "Vault access policies".
"""

from __future__ import annotations

from xgraph.graph.policy.combine import Relation
from xgraph.graph.policy.factors import Request
from xgraph.graph.policy.statement import ActionList

from ._rules import Rules, Ruling, is_stranger

_COPY = "backup:copyintobackupvault"


def _ruling(request: Request, relation: Relation) -> Ruling | None:
    if is_stranger(request, relation) and request.action != _COPY:
        return False, "of a backup vault, another account can only be granted backup:CopyIntoBackupVault"
    return None


def _grants_more(actions: ActionList) -> bool:
    return actions.negated or any(text.lower() != _COPY for text in actions.texts)


BACKUP = Rules(
    "backup",
    ruling=_ruling,
    told_apart=(frozenset((_COPY,)),),
    never_across=_grants_more,
    description="of a vault, another account can only be granted `backup:CopyIntoBackupVault`",
)
