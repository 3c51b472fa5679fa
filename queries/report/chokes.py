"""Choke points: the roles that most ways go through."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from xgraph.graph.access.graph import AccessGraph
from xgraph.graph.access.paths import Route, Start
from xgraph.graph.access.ways import WaysFrom
from xgraph.graph.policy.decision import Verdict

from ._report import Row, Section, Teller, table

_MOST_HOPS = 8
_CANDIDATES = 200
_DETAILED = 50


@dataclass(frozen=True, slots=True)
class _Choke:
    """A role with how many principals get to it, and how many roles it leads to."""

    role: int
    before: int
    after: int
    caller: int


def chokes(teller: Teller) -> Section:
    """Roles by how many principals get through them to how many others."""
    found = [choke for number in _busiest(teller.graph) if (choke := _choke(teller.graph, number)) is not None]
    found.sort(key=lambda each: (-each.before * each.after, each.role))
    lead = (
        "Roles in the middle: what they are trusted with, everybody who can become them has too. Tightening the trust of one of these "
        "takes away the most ways at once. `xgraph chokepoints` finds the hops that separate any two sets."
    )
    columns = ("role", "principals that get to it", "roles it leads to", "pairs that it connects", "its nearest caller")
    notes = (f"the {_CANDIDATES} roles with the most direct ways in and out were looked at",) if len(found) == _CANDIDATES else ()
    return Section(
        "chokes",
        "Choke points",
        lead,
        (table("Roles that connect the most", columns, _rows(teller, found), empty="no role leads to another"),),
        notes,
    )


def _busiest(graph: AccessGraph) -> list[int]:
    """Roles that are become by others and become others, those with the most direct ways first."""
    trust = graph.trust
    entered = {number: sum(len(trust.sets[one].members) for one in into) for number, into in enumerate(trust.into) if into}
    left = {number: sum(len(trust.sets[one].targets) for one in trust.out[number]) for number in entered}
    busy = (number for number in entered if left[number])
    return sorted(busy, key=lambda number: (-entered[number] * left[number], number))[:_CANDIDATES]


def _choke(graph: AccessGraph, role: int) -> _Choke | None:
    after = WaysFrom(graph, (role,), {}, _MOST_HOPS).possible.keys() - {role}
    before = _before(graph, role)
    return _Choke(role, len(before), len(after), before[0]) if before and after else None


def _before(graph: AccessGraph, role: int) -> list[int]:
    """Everybody with a way to the role, the nearest first. Each set is gone through once."""
    trust = graph.trust
    found: dict[int, None] = {role: None}
    used: set[int] = set()
    frontier = [role]
    for _ in range(_MOST_HOPS):
        fresh: dict[int, None] = {}
        for number in frontier:
            for one in trust.into[number]:
                if one not in used:
                    used.add(one)
                    fresh.update((member, None) for member in trust.sets[one].members if member not in found)
        found.update(fresh)
        frontier = list(fresh)
    return [number for number in found if number != role]


def _rows(teller: Teller, found: list[_Choke]) -> Iterator[Row]:
    for place, each in enumerate(found):
        cells = (teller.principal(each.role), each.before, each.after, each.before * each.after, teller.principal(each.caller))
        if place >= _DETAILED:
            yield Row(cells)
            continue
        chain = teller.chain_to_role(Route(Start(teller.graph.actor(each.caller), each.caller), ()), each.role)
        yield Row(cells, teller.details(chain), "allowed" if chain.verdict is Verdict.ALLOWED else "conditional")
