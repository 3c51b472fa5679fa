"""Trust policies that say the same of a caller, whatever accounts they name: what one lets in, the other lets in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from xgraph.graph.policy.statement import PrincipalElement, Statement

from .candidates import Sight, View
from .census import Census
from .world import Goal

Sense = Callable[[View], object]


def sense_of(goal: Goal, sight: Sight, census: Census, circumstances: object) -> Sense | None:
    """For each view of callers what the trust policy of a role says of them; None where that is its own alone.

    Views of two roles with one sense are met with the same resource side. `circumstances`: what else is seen of the role. Callers who
    are named are compared by nobody's sense (None), so that what is left of a Principal element is whether it names their account.
    """
    policy = goal.policy
    if policy is None or policy.compiled is None or policy.compiled.unreadable or sight.accounts is None:
        return None
    statements = policy.compiled.about(goal.action)
    if any(one.unreadable or one.principal is None or one.principal.negated or one.principal.canonical for one in statements):
        return None
    tests = {id(test): (key, place) for key in sight.keys for place, test in enumerate(sight.tests.get(key) or ())}
    said = circumstances, tuple(_said(one, tests) for one in statements), sight.sees_boundaries
    owner = census.account_numbers.get(goal.target.owner or "")
    kinds = 16  # of callers, in a view's number

    def sense(view: View) -> object:
        where, named, seen = view
        if named:
            return None
        home, kind = divmod(where, kinds)
        account = census.accounts[home] if home < len(census.accounts) else ""
        listed = tuple(_naming(one.principal, account) for one in statements) if account else home
        return said, home == owner, listed, kind, seen

    return sense


def _said(statement: Statement, tests: dict[int, tuple[str, int]]) -> object:
    """A statement but for the accounts that it names; of conditions that views have the outcome of, that they are asked."""
    element = statement.principal or PrincipalElement()
    conditions = tuple(tests.get(id(entry), entry) for entry in statement.conditions)
    resources = statement.resources and (statement.resources.texts, statement.resources.negated)
    return statement.allows, replace(element, accounts=frozenset()), conditions, resources


def _naming(element: PrincipalElement | None, account: str) -> tuple[str, ...]:
    """The forms in which an element names an account."""
    texts = element.accounts if element else ()
    return tuple(sorted(text[: -len(account)] for text in texts if text.endswith(account)))
