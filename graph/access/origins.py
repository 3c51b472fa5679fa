"""Everything that `--from` may name: identities and sets of them, tag queries, federated sources, Identity Center, compute, anybody."""

from __future__ import annotations

from .certificates import certificate_holders, certificate_source, is_trust_anchor
from .federation import Claims, federated_source
from .graph import AccessGraph
from .names import UnknownName, sources
from .places import has_tag, tag_query
from .world import Actor


def origins(graph: AccessGraph, text: str, claims: Claims = ()) -> tuple[tuple[Actor, ...], tuple[str, ...]]:
    """The nodes that a source stands for, in a fixed order, and notes on how the name was read. Raises UnknownName.

    `claims`: what a provider's token says, `KEY=PATTERN` each.
    """
    text = text.strip()
    query = tag_query(text)
    if query is not None:
        numbers = [n for n, principal in enumerate(graph.index.principals) if has_tag(principal.tags, query)]
        if not numbers:
            raise UnknownName(text, "is on no user or role that was collected")
        return tuple(map(graph.actor, numbers)), (f"{text} is on {len(numbers):,} users and roles",)
    if is_trust_anchor(text):
        return (certificate_source(graph, text, claims),), ()
    found = federated_source(graph, text, claims)
    if found is not None:
        return (found[0],), found[1]
    actors, notes = sources(graph, text)
    if text == "any":
        providers = (federated_source(graph, arn) for arn in sorted(graph.world.estate.providers))
        actors = (*actors, *(one[0] for one in providers if one is not None), *certificate_holders(graph))
    return actors, notes
