"""What hops lie in: accounts, units, organizations, groups, providers, and policies with their statements."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from xgraph.graph.model.arn import account_of, short_name
from xgraph.graph.model.document import Policy
from xgraph.graph.policy.statement import Statement

from .attach import compiled
from .everything import Records, home_of
from .export import _PARTS, _is_guarded
from .graph import AccessGraph
from .names import strangers


def add_structure(graph: AccessGraph, out: Records) -> None:
    """All nodes but outsiders and sets, and the edges that say where they belong."""
    _add_accounts(graph, out)
    _add_principals(graph, out)
    _add_resources(graph, out)
    for policy, kind, owner in _attached(graph):
        _add_policy(out, policy, kind)
        if owner in out.nodes:
            out.edge("ATTACHED_TO", policy.name, owner, {"policy_type": kind})


def _add_accounts(graph: AccessGraph, out: Records) -> None:
    estate = graph.world.estate
    managing = {organization.management_account for organization in estate.organizations.values()}
    for account in estate.accounts.values():
        name = account.name or account.alias or account.id
        out.node(
            "account", f"account:{account.id}", account.id, name,
            collected=account.is_collected, alias=account.alias, management=account.id in managing,
        )  # fmt: skip
    for home in sorted({home for node in strangers(graph) if (home := home_of(node))}):
        out.node("account", f"account:{home}", home, home, collected=False, alias="", management=False)
    for organization in estate.organizations.values():
        place = f"org:{organization.id}"
        out.node("organization", place, organization.management_account or None, organization.id, collected=True)
        for unit in organization.units.values():
            out.node("ou", f"ou:{unit.id}", organization.management_account or None, unit.name, collected=True)
        for unit in organization.units.values():
            if unit.parent in organization.units:
                out.edge("IN_OU", f"ou:{unit.id}", f"ou:{unit.parent}")
            elif unit.parent is None:
                out.edge("IN_ORGANIZATION", f"ou:{unit.id}", place)
    for account in estate.accounts.values():
        if account.organization in estate.organizations:
            out.edge("IN_ORGANIZATION", f"account:{account.id}", f"org:{account.organization}")
        if f"ou:{account.parent}" in out.nodes:
            out.edge("IN_OU", f"account:{account.id}", f"ou:{account.parent}")


def _add_principals(graph: AccessGraph, out: Records) -> None:
    estate = graph.world.estate
    for group in estate.groups.values():
        out.node("group", group.arn, group.account, group.name, collected=True)
        _at_home(out, group.arn, group.account)
    for principal in graph.index.principals:
        more: dict[str, Any] = {}
        if principal.arn in estate.principals:
            more = {"tags": _tags(principal.tags), "path": principal.path, "unique_id": principal.unique_id}
            if principal.trust is not None:
                more["service_linked"] = principal.is_service_linked
        out.described(graph, principal.arn, **more)
        _at_home(out, principal.arn, principal.account)
        for group_arn in principal.groups:
            if group_arn in out.nodes:
                out.edge("MEMBER_OF", principal.arn, group_arn)
    for provider in sorted(estate.providers):
        home = account_of(provider)
        out.node("provider", provider, home, short_name(provider), collected=True)
        if home:
            _at_home(out, provider, home)


def _add_resources(graph: AccessGraph, out: Records) -> None:
    for resource in graph.world.estate.resources.values():
        more = {"tags": _tags(resource.tags or ()), "region": resource.region}
        out.described(graph, resource.arn, **more)
        _at_home(out, resource.arn, resource.account)
        for _, suffix in _PARTS.get((resource.service, resource.type), ()):
            if suffix and _is_guarded(resource):
                out.described(graph, resource.arn + suffix, tags=[], region=resource.region)
                out.edge("CONTAINS", resource.arn, resource.arn + suffix)
                _at_home(out, resource.arn + suffix, resource.account)


def _at_home(out: Records, node: str, account: str) -> None:
    if f"account:{account}" in out.nodes:
        out.edge("IN_ACCOUNT", node, f"account:{account}")


def _tags(tags: tuple[tuple[str, str], ...]) -> list[str]:
    return [f"{key}={value}" for key, value in tags]


def _attached(graph: AccessGraph) -> Iterator[tuple[Policy, str, str]]:
    """Every policy, as what it applies, and the node that it applies to."""
    estate = graph.world.estate
    for principal in estate.principals.values():
        yield from ((policy, "identity", principal.arn) for policy in principal.policies)
        if principal.boundary is not None:
            yield principal.boundary, "boundary", principal.arn
        if principal.trust is not None:
            yield principal.trust, "trust", principal.arn
    for group in estate.groups.values():
        yield from ((policy, "group", group.arn) for policy in group.policies)
    for resource in estate.resources.values():
        if resource.policy is not None:
            yield resource.policy, "resource", resource.arn
    for organization in estate.organizations.values():
        for kind, attached in (("scp", organization.scps), ("rcp", organization.rcps)):
            for target, policies in attached.items():
                place = f"account:{target}" if target in estate.accounts else f"ou:{target}"
                yield from ((policy, kind, place) for policy in policies)


def _add_policy(out: Records, policy: Policy, kind: str) -> None:
    if policy.name in out.nodes:
        return
    home = account_of(policy.name.partition("#")[0])
    out.node(
        "policy", policy.name, home, policy.name.rpartition("/")[2] or policy.name, collected=policy.document is not None, policy_type=kind
    )
    read = compiled(policy)
    for statement in read.statements if read else ():
        place = f"{policy.name}#statement/{statement.index}"
        out.node(
            "statement", place, home, statement.sid or f"statement {statement.index}",
            collected=not statement.unreadable, policy_type=kind, **_statement(statement),
        )  # fmt: skip
        out.edge("HAS_STATEMENT", policy.name, place)


def _statement(statement: Statement) -> dict[str, Any]:
    element, resources = statement.principal, statement.resources
    named: list[str] = []
    if element is not None:
        named = ["*"] if element.everyone or element.aws_star else []
        for names in (element.accounts, element.arns, element.unique_ids, element.services, element.federated, element.canonical):
            named += sorted(names)
    return {
        "sid": statement.sid,
        "index": statement.index,
        "effect": statement.effect,
        "actions": list(statement.actions.texts),
        "not_actions": statement.actions.negated,
        "resources": list(resources.texts) if resources else [],
        "not_resources": bool(resources and resources.negated),
        "principals": named,
        "not_principals": bool(element and element.negated),
        "condition_keys": sorted({entry.key for entry in statement.conditions}),
    }
