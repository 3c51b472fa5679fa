"""Statements as they are written, found by the name of their policy and their index."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

from xgraph.graph.access.graph import AccessGraph
from xgraph.graph.access.world import Actor, Goal
from xgraph.graph.model.document import Policy


class Library:
    """The policies of an estate that take part in a request, by name."""

    def __init__(self, graph: AccessGraph) -> None:
        self._estate = graph.world.estate
        self._guardrails = {
            policy.name: policy.document
            for organization in self._estate.organizations.values()
            for attached in (*organization.scps.values(), *organization.rcps.values())
            for policy in attached
        }
        self._statements: dict[str, tuple[object, ...]] = {}

    def statement(self, policy: str, index: int | None, actor: Actor, goal: Goal) -> str | None:
        """The statement as JSON on one line; None where there is no such text (an ACL, a rule of a service, an unread policy)."""
        if index is None:
            return None
        if policy not in self._statements:
            text = next((one.document for one in self._of(actor, goal) if one.name == policy), self._guardrails.get(policy))
            self._statements[policy] = tuple(_read(text)) if text is not None else ()
        found = self._statements[policy]
        return json.dumps(found[index]) if index < len(found) else None

    def _of(self, actor: Actor, goal: Goal) -> Iterator[Policy]:
        principal = actor.principal
        if principal is not None:
            yield from principal.policies
            for arn in principal.groups:
                yield from self._estate.groups[arn].policies if arn in self._estate.groups else ()
            if principal.boundary is not None:
                yield principal.boundary
        role = self._estate.principals.get(goal.node)
        if role is not None and role.trust is not None:
            yield role.trust
        if goal.resource is not None and goal.resource.policy is not None:
            yield goal.resource.policy


def _read(text: str) -> Iterable[object]:
    """The statements of a policy text; none where it can't be read, which the evaluation reports."""
    try:
        document = json.loads(text)
    except ValueError:
        return ()
    found = document.get("Statement", ()) if isinstance(document, dict) else ()
    return found if isinstance(found, list) else (found,)
