"""What `--to` and `--action` may name, and the goals that they stand for: one for each resource and action class."""

from __future__ import annotations

from collections.abc import Iterable

from xgraph.graph.model.arn import is_account_id
from xgraph.graph.model.estate import Estate
from xgraph.graph.model.principal import Principal, PrincipalKind
from xgraph.graph.policy.glob import Pattern, tokens_of

from .asked import Asked, asked, is_single
from .graph import AccessGraph
from .names import UnknownName, known_as
from .places import accounts_of, has_tag, tag_query

_ASSUME = "sts:assumerole"


def targets(graph: AccessGraph, text: str, action: str | None) -> tuple[tuple[Asked, ...], tuple[str, ...]]:
    """The goals and notes for a target: a resource, a pattern of ARNs, an account, an OU, an organization, or `tag:KEY=VALUE`.

    Raises UnknownName.
    """
    text = known_as(graph, text, is_source=False)
    found = _several(graph.world.estate, text)
    if found is None:
        return asked(graph, text, action)
    roles, resources = found
    goals = tuple(_goals(graph, roles, resources, action))
    if not goals:
        raise UnknownName(
            text, "holds nothing that this action can be done to" if roles or resources else "holds nothing that was collected"
        )
    note = f"{text} stands for {_count(roles, 'role')} and {_count(resources, 'resource')}"
    return goals, (note,)


def _count(many: list[str], noun: str) -> str:
    return f"{len(many):,} {noun}{'' if len(many) == 1 else 's'}"


def _several(estate: Estate, text: str) -> tuple[list[str], list[str]] | None:
    """Roles and resources that a name of many stands for; None for the name of one."""
    if is_account_id(text) or text.startswith(("account:", "ou:", "org:")):
        accounts = accounts_of(estate, text)
        return sorted(r.arn for r in _roles(estate) if r.account in accounts), sorted(
            r.arn for r in estate.resources.values() if r.account in accounts
        )
    query = tag_query(text)
    if query is not None:
        return (
            sorted(r.arn for r in _roles(estate) if has_tag(r.tags, query)),
            sorted(r.arn for r in estate.resources.values() if has_tag(r.tags or (), query)),
        )
    return _matching(estate, text) if text != "*" else None


def _roles(estate: Estate) -> Iterable[Principal]:
    return (p for p in estate.principals.values() if p.kind is PrincipalKind.ROLE)


def _matching(estate: Estate, text: str) -> tuple[list[str], list[str]] | None:
    """What a pattern of ARNs matches; None when it names one resource, such as the objects of one bucket."""
    base, slash, key = text.partition("/") if ":s3:::" in text else (text, "", "")
    if "*" not in base and "?" not in base:
        return None
    pattern = Pattern(tuple(tokens_of(base)))
    roles = [] if slash else sorted(p.arn for p in estate.principals.values() if p.kind is PrincipalKind.ROLE and pattern.matches(p.arn))
    resources = sorted(arn for arn in estate.resources if pattern.matches(arn))
    if not roles and not resources:
        return None
    return roles, [f"{arn}/{key}" if slash and key else arn for arn in resources]


def _goals(graph: AccessGraph, roles: Iterable[str], resources: Iterable[str], action: str | None) -> Iterable[Asked]:
    if action is None or action.lower() == _ASSUME:
        for role in roles:
            yield from asked(graph, role, None)[0]
    elif not is_single(action) or action.lower().startswith(("iam:", "sts:")):
        for role in roles:
            yield from _fitting(graph, role, action)
    if action is not None and action.lower() == _ASSUME:
        return
    for resource in resources:
        service = graph.world.estate.resources[resource].service if resource in graph.world.estate.resources else "s3"
        if action is None or not is_single(action) or action.partition(":")[0].lower() == service:
            yield from _fitting(graph, resource, action or "any")


def _fitting(graph: AccessGraph, name: str, action: str) -> tuple[Asked, ...]:
    """The goals of one thing; none where no such action is done to its kind."""
    try:
        return asked(graph, name, action)[0]
    except UnknownName:
        return ()
