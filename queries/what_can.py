"""What one principal may do: the question behind `xgraph what-can`."""

from __future__ import annotations

from collections.abc import Iterator

from xgraph.graph.access.actions import ActionClass, narrowed
from xgraph.graph.access.asked import selection
from xgraph.graph.access.assemble import Assembly
from xgraph.graph.access.chain import Chain
from xgraph.graph.access.graph import AccessGraph
from xgraph.graph.access.origins import origins
from xgraph.graph.access.spread import Spread, Touch
from xgraph.graph.access.world import Actor

from ._doubts import ASSUMPTIONS, gaps_around, unread_goal
from ._grants import Grant, best_chain, grant_of, in_fewer_rows
from ._query import ACTIONS, CLAIM, MAX_HOPS, PRINCIPAL, WITHIN, Answer, Kind, Param, Query, claimed, table_of
from ._settle import note_gaps, settle, settle_sources
from ._within import Within, read_within

SCOPE = (
    "resources are those that were collected, and roles to become",
    "actions that take no resource, and IAM actions on users, roles and policies, are not listed (who-can asks about one of these)",
)


def what_can(
    graph: AccessGraph,
    principal: str,
    *,
    within: str | None = None,
    action: str = "any",
    through_chains: bool = False,
    max_hops: int = 8,
    families: bool = False,
    claim: tuple[str, ...] = (),
    names: bool = False,
) -> Answer:
    """Grants that the principal has, resource by resource. Raises UnknownName."""
    actors, notes = origins(graph, principal, claim)
    place = read_within(graph, within)
    parameters = {
        "principal": principal,
        "in": within,
        "action": action,
        "through_chains": through_chains,
        "max_hops": max_hops if through_chains else None,
        "families": families,
        **claimed(claim),
        "at": graph.world.at,
    }
    answer = table_of(QUERY, "what-can", graph.world.estate, parameters)
    answer.assumptions, answer.notes = (*ASSUMPTIONS, *SCOPE), notes
    rows = _rows(graph, answer, actors, max_hops if through_chains else 1, place, Wanted(graph, action), names=names)
    answer.rows = in_fewer_rows(rows) if families else rows
    return answer


class Wanted:
    """The actions that are asked about, class by class. Raises UnknownName."""

    def __init__(self, graph: AccessGraph, action: str) -> None:
        self._classes = graph.action_classes
        self._keeps = selection(action)
        # The one service that is asked about, None for several.
        self.service = action.partition(":")[0].lower() if ":" in action and "*" not in action.partition(":")[0] else None
        self.has_becoming = self._keeps("sts:AssumeRole")

    def on(self, node: str) -> tuple[ActionClass, ...]:
        """The classes of what can be done to a node, assuming a role left out."""
        return narrowed(self._classes.on(node), lambda action: self._keeps(action) and action != "sts:AssumeRole")


def touches(graph: AccessGraph, spread: Spread, place: Within, wanted: Wanted) -> Iterator[Touch]:
    """Every role that can be become and every resource that can be touched inside the place."""
    if wanted.has_becoming:
        yield from (touch for touch in spread.become() if place.holds(touch.asked.goal.node, touch.asked.goal.target.owner))
    resources = list(place.resources(graph.world))
    for done, resource in enumerate(resources):
        if graph.progress and done % 16 == 0:
            graph.progress("resources", done, len(resources))
        yield from spread.touched(resource, wanted.on)
    for node in place.names(graph.world):
        yield from spread.touched_at(node, wanted.on)


def _rows(
    graph: AccessGraph, answer: Answer, actors: tuple[Actor, ...], max_hops: int, place: Within, wanted: Wanted, *, names: bool
) -> Iterator[Grant]:
    spread = Spread(graph, actors, max_hops)
    for touch, chain in chains_of(graph, answer, spread, place, wanted):
        yield grant_of(chain, touch.asked.actions, names=names)


def chains_of(graph: AccessGraph, answer: Answer, spread: Spread, place: Within, wanted: Wanted) -> Iterator[tuple[Touch, Chain]]:
    """What `touches` gives, with the best way as a chain; notes nodes and gaps in the answer."""
    maker = ChainMaker(graph, answer, spread)
    for touch in settled_touches(graph, answer, spread, place, wanted):
        chain = maker.chain(touch)
        if chain is not None:
            yield touch, chain


def settled_touches(graph: AccessGraph, answer: Answer, spread: Spread, place: Within, wanted: Wanted) -> Iterator[Touch]:
    """What `touches` gives; notes in the answer what is not known around it."""
    settle(answer, gaps_around(graph, spread, place, wanted.service))
    settle_sources(answer, spread.actors)
    yield from touches(graph, spread, place, wanted)
    settle(answer, {gap for goal in spread.unread for gap in unread_goal(goal)})


class ChainMaker:
    """Makes the chains of best ways, and notes their nodes and gaps in the answer."""

    def __init__(self, graph: AccessGraph, answer: Answer, spread: Spread) -> None:
        self._graph = graph
        self._answer = answer
        self._spread = spread
        self._assembly: Assembly | None = None

    def chain(self, touch: Touch) -> Chain | None:
        """The chain of the best way; None where its hops contradict one another, and so do those of all others."""
        goal = touch.asked.goal
        assembly = self._assembly.beside(goal, None) if self._assembly else Assembly(self._graph, goal)
        self._assembly = assembly
        assembly.nodes = self._answer.nodes
        chain = best_chain(assembly, touch.route, self._spread.actors, self._spread.max_hops)
        if chain is not None:
            note_gaps(self._answer, chain.condition, goal)
        return chain


QUERY = Query(
    what_can,
    (
        PRINCIPAL,
        WITHIN,
        ACTIONS,
        Param("through_chains", "What it gets by assuming roles, too, each with the best way.", Kind.FLAG),
        MAX_HOPS,
        Param("families", "One row for classes of actions that it holds in one way.", Kind.FOLD),
        CLAIM,
        Param("names", "The names of all actions of each class.", Kind.FLAG),
    ),
    Grant,
    help="""Everything that PRINCIPAL may do to collected resources, and the roles that it may become, with verdict, condition, mechanism
    and the statements behind it.

    Actions are answered by class: those that no statement tells apart share one row. Without --through-chains only what needs one hop
    counts; with it, everything that it can get at by assuming roles. Of a PRINCIPAL that stands for several, the one with the best way
    is shown.""",
    counted="grant",
    headings=("action", "count", "levels"),
)
