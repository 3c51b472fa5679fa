"""`ACCOUNT/NAME` for what has a long ARN: the account by its alias, name or id, the rest by its own name."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from xgraph.graph.model.arn import short_name
from xgraph.graph.model.estate import Estate

if TYPE_CHECKING:
    from .names import Directory


def accounts_called(estate: Estate, name: str) -> list[str]:
    """The accounts with that id, alias or name, in any case."""
    wanted = name.lower()
    return sorted(a.id for a in estate.accounts.values() if wanted in (a.id, a.alias.lower(), a.name.lower()))


def called(graph: Directory, text: str, *, is_source: bool) -> list[str]:
    """The nodes that `ACCOUNT/NAME`, or the name of an account alone, stands for; none when the text is nothing of the kind.

    `is_source`: principals and groups; otherwise users, roles and resources, of a bucket its objects too.
    """
    if ":" in text or not text or text in ("any", "anonymous", "*"):
        return []
    account, slash, name = text.partition("/")
    accounts = accounts_called(graph.world.estate, account)
    if not slash:
        return [f"account:{one}" for one in accounts] if not account.isdigit() else []
    return sorted({node for one in accounts for node in _in_account(graph, one, name, is_source=is_source)})


def _in_account(graph: Directory, account: str, name: str, *, is_source: bool) -> Iterator[str]:
    estate = graph.world.estate
    wanted = name.lower()
    for number in graph.index.by_account.get(account, ()):
        principal = graph.index.principals[number]
        if wanted in (principal.name.lower(), f"{principal.path.strip('/')}/{principal.name}".lower()):
            yield principal.arn
    if is_source:
        yield from (group.arn for group in estate.groups.values() if group.account == account and group.name.lower() == wanted)
        return
    bucket, slash, key = name.partition("/")
    for resource in estate.resources.values():
        if resource.account == account:
            if short_name(resource.arn).lower() == wanted:
                yield resource.arn
            elif slash and resource.type == "bucket" and short_name(resource.arn) == bucket:
                yield f"{resource.arn}/{key}"
