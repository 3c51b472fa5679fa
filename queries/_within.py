"""Where to look: everywhere, in some accounts, or at resources by ARN or pattern."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from xgraph.graph.access.graph import AccessGraph
from xgraph.graph.access.names import UnknownName, accounts_named, known_as, target
from xgraph.graph.access.world import World
from xgraph.graph.model.arn import is_account_id, parse_arn
from xgraph.graph.model.resource import Resource
from xgraph.graph.policy.glob import Pattern, tokens_of


@dataclass(frozen=True, slots=True)
class Within:
    """A part of an estate. `accounts` None: any; `pattern` None: any resource; `node`: one that is no collected resource as it stands."""

    accounts: frozenset[str] | None = None
    pattern: Pattern | None = None
    node: str | None = None

    def holds(self, arn: str, account: str | None) -> bool:
        """Whether something lies in it."""
        if self.node is not None:
            return arn == self.node
        if self.accounts is not None and account not in self.accounts:
            return False
        return self.pattern is None or self.pattern.matches(arn)

    def resources(self, world: World) -> Iterator[Resource]:
        """The collected resources in it and the access points of its buckets, in the order of their ARNs."""
        resources = world.estate.resources
        if self.node is None:
            inside = {arn for arn, resource in resources.items() if self.holds(arn, resource.account)}
            points = {name for arn in inside for name in world.points.names(arn) if name in resources}
            yield from (resources[arn] for arn in sorted(inside | points))

    def names(self, world: World) -> tuple[str, ...]:
        """The one thing in it that is no collected resource, by all its names."""
        return () if self.node is None else (self.node, *world.points.names(self.node))


def read_within(graph: AccessGraph, text: str | None) -> Within:
    """The part that a text names: nothing for everywhere, an account, an OU, an organization, an ARN or a pattern of ARNs.

    Raises UnknownName.
    """
    if text is None:
        return Within()
    text = known_as(graph, text, is_source=False)
    estate = graph.world.estate
    kind, _, name = text.partition(":")
    if is_account_id(text) or kind in ("account", "ou", "org"):
        kind, name = (kind, name) if name else ("account", text)
        return Within(accounts=frozenset(accounts_named(estate, kind, name, text)))
    if parse_arn(text) is None:
        raise UnknownName(text, "is no account, organizational unit, ARN or pattern of ARNs")
    if text in estate.resources or any(sign in text.partition("/")[0] for sign in "*?"):
        return Within(pattern=Pattern(tokens_of(text)))
    node, _, _ = target(graph, text, "iam:GetRole")  # the action tells nothing about where the name is
    return Within(node=node)
