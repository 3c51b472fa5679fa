"""AWS managed keys: no other account can use them, so what they encrypt stays in its account.

Source: KMS Developer Guide, "AWS managed keys".
"""

from __future__ import annotations

from xgraph.graph.policy.combine import Relation
from xgraph.graph.policy.decision import ControlClass
from xgraph.graph.policy.factors import Factors, Policies, Record, Request
from xgraph.graph.policy.formula import free

from ._rules import Case, CasesOf, Options, Ruling, general_cases, is_stranger, relation_of


def under_managed_key(request: Request, relation: Relation, alias: str, what: str) -> Ruling | None:
    """The refusal of another account; `what` is the thing encrypted, with its article."""
    if is_stranger(request, relation) and request.settings.get("EncryptionKey") == alias:
        return False, f"{what} under the AWS managed key `{alias}` can't be used from another account"
    return None


def unless_key_unread(actions: frozenset[str] | None = None, *, at_home: bool = False) -> CasesOf:
    """The general cases; across accounts, and where `at_home` in the own one too, a key that was not read leaves the answer open.
    `actions` None: all of them use the key."""

    def cases(request: Request, policies: Policies, base: Factors, record: Record | None, options: Options) -> tuple[Case, ...]:
        found = general_cases(request, policies, base, record, options)
        concerned = actions is None or request.action in actions
        is_known = request.settings.get("EncryptionKey", "") is not None
        if not concerned or is_known or not (at_home or is_stranger(request, relation_of(request))):
            return found
        gap = free("encryption-not-collected", ControlClass.GAP, spelling="encryption-not-collected")
        return tuple(case._replace(requires=gap) for case in found)

    return cases
