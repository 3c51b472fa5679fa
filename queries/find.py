"""Principals, resources and accounts by a part of their name: the question behind `xgraph find`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from xgraph.graph.model.arn import parse_arn, short_name
from xgraph.graph.model.estate import Estate

from ._query import Answer, Over, Param, Query, column, table_of


@dataclass(frozen=True, slots=True)
class Found:
    """One thing whose name, ARN, alias or tag holds the text."""

    kind: str = column("account, organization, ou, user, role, group, provider, or the type of a resource")
    name: str = column("its own name")
    account: str | None = column("the account that owns it")
    matched: str = column("where the text was found: id, name, alias, arn, or the tag as KEY=VALUE")
    arn: str = column("how `--from` and `--to` name it", name="id")


@dataclass(frozen=True, slots=True)
class Entry:
    """Something that can be found, and the texts that it is found by."""

    kind: str
    name: str
    account: str | None
    id: str
    alias: str = ""
    tags: tuple[tuple[str, str], ...] = ()


def find(estate: Estate, text: str) -> Answer:
    """All that is named so: names that are the text come first, then those that begin with it, then the rest. Case does not matter."""
    answer = table_of(QUERY, "find", estate, {"text": text})
    answer.rows = _rows(estate, text.strip().lower())
    return answer


def _rows(estate: Estate, text: str) -> Iterator[Found]:
    hits = []
    for entry in entries(estate):
        matched = _matched(entry, text)
        if matched is not None:
            hits.append((_rank(entry, text), entry.kind != "account", entry.id, matched, entry))
    for *_, matched, entry in sorted(hits, key=lambda hit: hit[:3]):
        yield Found(entry.kind, entry.name, entry.account, matched, entry.id)


def _rank(entry: Entry, text: str) -> int:
    names = [name.lower() for name in (entry.name, entry.alias, entry.id) if name]
    return 0 if text in names else 1 if any(name.startswith(text) for name in names) else 2


def _matched(entry: Entry, text: str) -> str | None:
    for what, name in (("name", entry.name), ("alias", entry.alias), ("arn" if entry.id.startswith("arn:") else "id", entry.id)):
        if text in name.lower():
            return what
    return next((f"{key}={value}" for key, value in entry.tags if text in f"{key}={value}".lower()), None)


def entries(estate: Estate) -> Iterator[Entry]:
    """Everything that has a name."""
    for account in estate.accounts.values():
        yield Entry("account", account.name or account.alias or account.id, account.id, f"account:{account.id}", account.alias)
    for organization in estate.organizations.values():
        yield Entry("organization", organization.id, organization.management_account or None, f"org:{organization.id}")
        for unit in organization.units.values():
            yield Entry("ou", unit.name, organization.management_account or None, f"ou:{unit.id}")
    for principal in estate.principals.values():
        yield Entry(str(principal.kind), principal.name, principal.account, principal.arn, tags=principal.tags)
    for group in estate.groups.values():
        yield Entry("group", group.name, group.account, group.arn)
    for resource in estate.resources.values():
        yield Entry(resource.type, short_name(resource.arn), resource.account, resource.arn, tags=resource.tags or ())
    for provider in sorted(estate.providers):
        arn = parse_arn(provider)
        yield Entry("provider", short_name(provider), arn.account if arn else None, provider)


QUERY = Query(
    find,
    (Param("text", "A part of a name, ARN, account alias or tag (KEY=VALUE).", is_argument=True, is_required=True),),
    Found,
    help="""Principals, resources and accounts whose name, ARN, alias or tag holds TEXT, best matches first.

    The last column is what `--from` and `--to` of the other commands take.""",
    over=Over.ESTATE,
    counted="name",
)
