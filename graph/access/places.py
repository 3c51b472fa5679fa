"""Sets of nodes and accounts by name: tag queries, accounts, units, and what `--via`, `--avoid`, `--within` and `--outside` take."""

from __future__ import annotations

from collections.abc import Iterable

from xgraph.graph.model.arn import is_account_id
from xgraph.graph.model.estate import Estate
from xgraph.graph.policy.glob import Pattern, tokens_of

from .filters import Places
from .names import Directory, UnknownName, accounts_named, nearest_to


def tag_query(text: str) -> tuple[str, Pattern | None] | None:
    """The key and the pattern of values that `tag:KEY` or `tag:KEY=VALUE` names; None when the text is no tag query."""
    kind, colon, rest = text.partition(":")
    if kind != "tag" or not colon or not rest:
        return None
    key, equals, value = rest.partition("=")
    return key.lower(), Pattern(tuple(tokens_of(value))) if equals else None


def has_tag(tags: Iterable[tuple[str, str]], query: tuple[str, Pattern | None]) -> bool:
    """Whether the tags fulfil the query; keys in any case."""
    key, pattern = query
    return any(name.lower() == key and (pattern is None or pattern.matches(value)) for name, value in tags)


def accounts_of(estate: Estate, text: str) -> frozenset[str]:
    """The accounts that an account id, `account:ID`, `ou:ID` or `org:ID` stands for. Raises UnknownName."""
    if is_account_id(text):
        text = f"account:{text}"
    kind, _, name = text.partition(":")
    if kind not in ("account", "ou", "org"):
        raise UnknownName(text, "is no account, organizational unit (`ou:ID`) or organization (`org:ID`)")
    return frozenset(accounts_named(estate, kind, name, text))


def places_of(graph: Directory, text: str) -> Places:
    """The places that a name stands for: accounts, a tag, a pattern of ARNs, or one node. Raises UnknownName."""
    text = text.strip()
    estate = graph.world.estate
    if is_account_id(text) or text.startswith(("account:", "ou:", "org:")):
        return Places(accounts=accounts_of(estate, text))
    query = tag_query(text)
    if query is not None:
        return Places(frozenset(p.arn for p in estate.principals.values() if has_tag(p.tags, query)))
    if "*" in text or "?" in text:
        pattern = Pattern(tuple(tokens_of(text)))
        return Places(frozenset(arn for arn in (*graph.index.by_arn, *estate.resources) if pattern.matches(arn)))
    if graph.number(text) is None and text not in estate.resources and not text.startswith("arn:"):
        raise UnknownName(text, "names nothing that is known", nearest_to(text, (*graph.index.by_arn, *estate.resources)))
    return Places(frozenset((text,)))
