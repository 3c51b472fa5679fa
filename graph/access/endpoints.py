"""VPC endpoints that were collected, and the policy that speaks of what passes them.

Which endpoint a request passes is a key of it (`aws:SourceVpce`). Where the question states it, the endpoint's policy takes part in the
decision (R4.60). Where only a condition of a hop demands it, the hop says that the policy is left out.

Source: AWS PrivateLink Guide, "Control access to VPC endpoints using endpoint policies".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from xgraph.graph.model.document import Policy, PolicyType
from xgraph.graph.model.resource import Resource
from xgraph.graph.policy.decision import Condition
from xgraph.graph.policy.factors import Attached
from xgraph.graph.policy.statement import Statement

from .attach import compiled

KEY = "aws:sourcevpce"
_EQUALS = frozenset(("StringEquals", "StringEqualsIgnoreCase", "StringLike"))


class Endpoints:
    """The VPC endpoints of an estate, by id."""

    def __init__(self, resources: Mapping[str, Resource]) -> None:
        self._known = {
            arn.rpartition("/")[2]: resource
            for arn, resource in resources.items()
            if resource.service == "ec2" and resource.type == "vpc-endpoint"
        }

    def passed(self, given: Mapping[str, tuple[str, ...] | None]) -> tuple[tuple[Attached, ...], str]:
        """The policies of the endpoint that a request with these keys passes, and its type; none for one that was not collected."""
        ids = given.get(KEY) if self._known else None
        found = self._known.get(ids[0]) if ids and len(ids) == 1 else None
        if found is None:
            return (), ""
        policy = _policy(found)
        return ((Attached(policy.name, PolicyType.ENDPOINT, found.arn, compiled(policy)),) if policy else ()), _type(found)

    def unasked(self, condition: Condition | None) -> tuple[str, ...]:
        """A sentence for each endpoint that a condition demands, whose policy lets less than everything through."""
        if condition is None or not self._known:
            return ()
        return tuple(
            f"the policy of VPC endpoint `{name}` was collected and is not evaluated here: state it with"
            f" `xgraph simulate --context aws:SourceVpce={name}`"
            for name in sorted({*_demanded(condition)}.intersection(self._known))
            if _limits(self._known[name])
        )


def _policy(endpoint: Resource) -> Policy | None:
    document = endpoint.settings.get("EndpointPolicy")
    return Policy(f"{endpoint.arn}#endpoint-policy", str(document)) if document else None


def _type(endpoint: Resource) -> str:
    kind = str(endpoint.settings.get("EndpointType") or "")
    return kind if kind in ("Gateway", "Interface") else ""


def _demanded(condition: Condition) -> Iterator[str]:
    for term in condition.any_of:
        for clause in term:
            if clause.key.lower() == KEY and clause.operator in _EQUALS and not clause.negated:
                yield from clause.values


def _limits(endpoint: Resource) -> bool:
    """Whether an endpoint's policy is another one than what AWS puts there: everything for everybody."""
    policy = _policy(endpoint)
    parsed = compiled(policy) if policy else None
    is_known = parsed is not None and not parsed.unreadable
    return policy is not None and not (is_known and parsed is not None and _is_open(parsed.statements))


def _is_open(statements: tuple[Statement, ...]) -> bool:
    if len(statements) != 1:
        return False
    only = statements[0]
    names_nobody = only.principal is not None and only.principal.everyone and not only.principal.negated
    return only.allows and only.is_open and names_nobody and "*" in only.actions.texts and not only.actions.negated
