"""Who may do something to a resource: the question behind `xgraph who-can`."""

from __future__ import annotations

from collections.abc import Iterator

from xgraph.graph.access.asked import Asked
from xgraph.graph.access.graph import AccessGraph
from xgraph.graph.access.holders import holders
from xgraph.graph.access.targets import targets

from ._doubts import assumptions_of, gaps_of, unread_trusts
from ._grants import Grant, Grants, in_fewer_rows
from ._query import MAX_HOPS, Answer, Kind, Param, Query, table_of
from ._settle import note_gaps, settle


def who_can(
    graph: AccessGraph,
    action: str,
    resource: str,
    *,
    through_chains: bool = False,
    max_hops: int = 8,
    families: bool = False,
    names: bool = False,
) -> Answer:
    """Grants of the actions on the resource, one action class after the other. Raises UnknownName."""
    goals, notes = targets(graph, resource, action)
    parameters = {
        "action": action,
        "resource": resource,
        "through_chains": through_chains,
        "max_hops": max_hops if through_chains else None,
        "families": families,
        "at": graph.world.at,
    }
    answer = table_of(QUERY, "who-can", graph.world.estate, parameters)
    answer.assumptions, answer.notes = assumptions_of(graph, goals[0].goal), notes
    rows = _rows(graph, answer, goals, through_chains, max_hops, families, names)
    answer.rows = in_fewer_rows(rows) if families and len(goals) > 1 else rows
    return answer


def _rows(
    graph: AccessGraph, answer: Answer, goals: tuple[Asked, ...], through_chains: bool, max_hops: int, families: bool, names: bool
) -> Iterator[Grant]:
    for done, one in enumerate(goals):
        if graph.progress:
            graph.progress("action classes", done, len(goals))
        held = holders(graph, one.goal)
        settle(answer, gaps_of(graph, one.goal, held.unread))
        if through_chains:
            settle(answer, unread_trusts(graph, range(len(graph.principals))))
        grants = Grants(graph, one, held, folds=families, names=names)
        grants.assembly.nodes = answer.nodes
        for grant in grants.through_chains(max_hops) if through_chains else grants.direct():
            note_gaps(answer, grant.condition, one.goal)
            yield grant


QUERY = Query(
    who_can,
    (
        Param(
            "action", "An action, a pattern such as `s3:Get*`, an access level, or `any`.", Kind.ACTION, is_argument=True, is_required=True
        ),
        Param(
            "resource",
            "A resource, role, pattern of ARNs, account, OU or tag: what `--to` takes.",
            Kind.WHAT,
            is_argument=True,
            is_required=True,
        ),
        Param("through_chains", "Who gets there by assuming roles, too, each with the best way.", Kind.FLAG),
        MAX_HOPS,
        Param(
            "families",
            "One row for principals that differ in nothing but their names, and for classes that they hold in one way.",
            Kind.FOLD,
        ),
        Param("names", "The names of all actions of each class.", Kind.FLAG),
    ),
    Grant,
    help="""Everybody who may do ACTION to RESOURCE: collected users, roles and root users, and whoever outside the resource side names,
    with verdict, condition, mechanism and the statements behind it.

    ACTION may stand for many: a pattern, `read`, `write`, `list`, `tagging`, `permissions-management` or `any`. They are answered by class:
    actions that no statement tells apart share one answer. Without --through-chains only direct access counts; with it, everybody who
    can become somebody with access.""",
    counted="grant",
    headings=("action", "count", "levels", "resource"),
)
