"""All that one principal can become and touch: the question behind `xgraph blast-radius`."""

from __future__ import annotations

from collections.abc import Iterator

from xgraph.graph.access.graph import AccessGraph
from xgraph.graph.access.origins import origins
from xgraph.graph.access.spread import Spread
from xgraph.graph.access.world import Actor

from ._doubts import ASSUMPTIONS
from ._query import ACTIONS, CLAIM, FAMILIES, MAX_HOPS, PRINCIPAL, WITHIN, Answer, Query, claimed, table_of
from ._touched import BECOME, Touched, touched
from ._within import Within, read_within
from .what_can import SCOPE, Wanted


def blast_radius(
    graph: AccessGraph,
    principal: str,
    *,
    within: str | None = None,
    action: str = "any",
    max_hops: int = 8,
    families: bool = False,
    claim: tuple[str, ...] = (),
) -> Answer:
    """Roles and resources within reach, one row each, by the best way. Raises UnknownName."""
    actors, notes = origins(graph, principal, claim)
    place = read_within(graph, within)
    wanted = Wanted(graph, action)
    parameters = {
        "principal": principal,
        "in": within,
        "action": action,
        "max_hops": max_hops,
        "families": families,
        **claimed(claim),
        "at": graph.world.at,
    }
    answer = table_of(QUERY, "blast-radius", graph.world.estate, parameters)
    answer.assumptions, answer.notes = (*ASSUMPTIONS, *SCOPE), notes
    source = actors[0].node if len(actors) == 1 else principal
    answer.rows = _rows(graph, answer, source, actors, max_hops, place, wanted, folds=families)
    return answer


def _rows(
    graph: AccessGraph, answer: Answer, source: str, actors: tuple[Actor, ...], max_hops: int, place: Within, wanted: Wanted, *, folds: bool
) -> Iterator[Touched]:
    roles, resources, accounts = 0, set[str](), set[str]()
    for row in touched(graph, answer, source, Spread(graph, actors, max_hops), place, wanted, folds=folds):
        if row.access == (BECOME,):
            roles += row.family.size if row.family else 1
        else:
            resources.add(row.target)
        node = answer.nodes.get(row.target)
        accounts.update((node.account,) if node and node.account else ())
        yield row
    said = f"it can become {_number(roles, 'role')} and touch {_number(len(resources), 'resource')} in {_number(len(accounts), 'account')}"
    answer.notes = (*answer.notes, said)


def _number(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


QUERY = Query(
    blast_radius,
    (
        PRINCIPAL,
        WITHIN,
        ACTIONS,
        MAX_HOPS,
        FAMILIES,
        CLAIM,
    ),
    Touched,
    help="""All that PRINCIPAL can become and touch if it is taken over: every role that chains of assumed roles lead to, and every
    collected resource that it can then act on, one row each with the best way.

    `what-can --through-chains` lists the same by actions, with the statements.""",
    counted="row",
)
