"""What can be become and touched, one row for each thing: the rows of `blast-radius` and `exposure`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from xgraph.graph.access.chain import Hop
from xgraph.graph.access.families import Family, family_of, kin
from xgraph.graph.access.graph import AccessGraph
from xgraph.graph.access.spread import Spread, Touch
from xgraph.graph.access.world import ASSUME_ROLE
from xgraph.graph.policy.decision import Condition, Evidence, Verdict

from ._query import Answer, Place, column
from ._within import Within
from .what_can import ChainMaker, Wanted, settled_touches

BECOME = "become"


@dataclass(frozen=True, slots=True)
class Touched:
    """One role that can be become, or one resource and what can be done to it; one row for what is ALLOWED, one for the rest."""

    source: str = column("where the way begins", name="from", is_node=True, place=Place.HEADING)
    verdict: Verdict = column("the best verdict of these actions: ALLOWED or CONDITIONAL")
    access: tuple[str, ...] = column("`become` for a role, else the access levels of the actions")
    count: int = column("how many actions", heading="actions")
    target: str = column("the role or resource; of a family one representative", name="to", is_node=True, folds="family")
    family: Family | None = column(
        "`{id, size, pattern}` when the row stands for several roles that are become in one way", place=Place.HIDDEN
    )
    length: int = column("hops of the shortest of the best ways", name="hops")
    mechanism: str = column("how the last hop works")
    action: str = column("one of the actions, that of the way shown", place=Place.HIDDEN)
    actions: tuple[str, ...] = column("the actions that stand for their classes", place=Place.HIDDEN)
    via: tuple[str, ...] = column("the roles in between", place=Place.DETAIL, is_node=True)
    condition: Condition | None = column("what must hold for that way, null when ALLOWED", place=Place.DETAIL, heading="if")
    evidence: tuple[Evidence, ...] = column("the statements that decide, of all its hops", place=Place.HIDDEN)
    chain: tuple[Hop, ...] = column("its hops, each in the shape of a hop of a chain", place=Place.HIDDEN)


def touched(
    graph: AccessGraph, answer: Answer, source: str, spread: Spread, place: Within, wanted: Wanted, *, folds: bool
) -> Iterator[Touched]:
    """Roles, then resources in the order of their names, each with what is ALLOWED first. `folds`: one row for kindred roles."""
    maker = ChainMaker(graph, answer, spread)
    roles: list[tuple[Touch, Touched]] = []
    pending: dict[tuple[str, Verdict], list[Touch]] = {}
    here = None
    for touch in settled_touches(graph, answer, spread, place, wanted):
        if touch.asked.goal.action == ASSUME_ROLE:
            row = _row(source, [touch], maker)
            roles += [(touch, row)] if row is not None else []
            continue
        yield from _in_one_row(graph, roles) if folds else (row for _, row in roles)
        roles = []
        target = touch.asked.goal.node
        if target != here:
            yield from _rows(source, pending, maker)
            pending, here = {}, target
        pending.setdefault((target, touch.verdict), []).append(touch)
    yield from _in_one_row(graph, roles) if folds else (row for _, row in roles)
    yield from _rows(source, pending, maker)


def _rows(source: str, pending: Mapping[tuple[str, Verdict], list[Touch]], maker: ChainMaker) -> Iterator[Touched]:
    rows = (_row(source, some, maker) for _, some in sorted(pending.items(), key=lambda pair: pair[0]))
    yield from (row for row in rows if row is not None)


def _row(source: str, some: list[Touch], maker: ChainMaker) -> Touched | None:
    """One row for action classes of one verdict, with the shortest of their ways; None where all of them contradict themselves."""
    if some[0].verdict is Verdict.ALLOWED:
        # Hops that are all ALLOWED never contradict one another: only the way that is shown has to be made.
        shortest = min(some, key=lambda each: len(each.route.roles))
        made = [(shortest, maker.chain(shortest))]
    else:
        made = [(each, maker.chain(each)) for each in some]
        some = [each for each, chain in made if chain is not None]
    possible = [(each, chain) for each, chain in made if chain is not None]
    if not possible:
        return None
    touch, chain = min(possible, key=lambda each: len(each[1].hops))
    is_role = touch.asked.goal.action == ASSUME_ROLE
    levels = {level for each in some for level in each.asked.actions.levels}
    return Touched(
        source=source,
        verdict=touch.verdict,
        access=(BECOME,) if is_role else tuple(sorted(levels)),
        count=sum(len(each.asked.actions.actions) for each in some),
        target=chain.hops[-1].target,
        family=None,
        length=len(chain.hops),
        mechanism=chain.hops[-1].mechanism,
        action=chain.hops[-1].action,
        actions=tuple(each.asked.actions.representative for each in some),
        via=tuple(hop.target for hop in chain.hops[:-1]),
        condition=chain.condition if len(chain.hops) > 1 else chain.hops[-1].condition,
        evidence=tuple(dict.fromkeys(one for hop in chain.hops for one in hop.evidence)),
        chain=chain.hops,
    )


def _in_one_row(graph: AccessGraph, roles: Iterable[tuple[Touch, Touched]]) -> Iterator[Touched]:
    """Roles of one kind of name that are become by the same decision from the same place."""
    alike: dict[object, list[Touched]] = {}
    for touch, row in roles:
        principal = graph.world.estate.principals[row.target]
        alike.setdefault((touch.through, touch.through is None and row.condition, row.verdict, row.via, kin(principal)), []).append(row)
    for rows in alike.values():
        members = [graph.world.estate.principals[row.target] for row in rows]
        yield replace(rows[0], family=family_of(members)) if len(rows) > 1 else rows[0]
