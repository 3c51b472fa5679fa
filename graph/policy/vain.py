"""Grants to other accounts that no policy can make work (L34).

Sources: SQS Developer Guide, "Limitations of Amazon SQS custom policies"; AWS Backup Developer Guide, "Vault access policies"; S3 API
reference PutBucketPolicy.
"""

from __future__ import annotations

from collections.abc import Iterator

from xgraph.graph.model.arn import account_of, is_account_id
from xgraph.graph.model.problem import Problem

from .factors import Attached
from .services import rules_of
from .statement import PrincipalElement


def vain_grants(attached: Attached, service: str, owner: str | None) -> Iterator[Problem]:
    """A problem for each statement of a resource's policy that grants to another account what never works across accounts."""
    if attached.compiled is None or owner is None:
        return
    is_vain = rules_of(service).never_across
    for statement in attached.compiled.statements:
        principal = statement.principal
        if statement.unreadable or not statement.allows or principal is None or principal.negated:
            continue
        others = sorted(account for account in _accounts(principal) if account != owner)
        if others and is_vain(statement.actions):
            text = f"grants account {others[0]} actions of `{service}` that never work from another account"
            yield Problem("L34", attached.name, attached.policy_type, statement.index, text)


def _accounts(principal: PrincipalElement) -> Iterator[str]:
    for text in principal.accounts:
        yield text if is_account_id(text) else text.rpartition(":")[2]
    for arn in principal.arns:
        account = account_of(arn)
        if account is not None:
            yield account
