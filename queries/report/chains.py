"""The deepest roles, and the identities that can do everything: how one gets there."""

from __future__ import annotations

from collections.abc import Iterator

from xgraph.graph.access.paths import Route, Start
from xgraph.graph.access.ways import WaysFrom
from xgraph.graph.access.world import World
from xgraph.graph.model.principal import Principal, PrincipalKind
from xgraph.graph.policy.decision import Verdict
from xgraph.graph.policy.statement import Statement

from ._report import Row, Section, Teller, table

_MOST_HOPS = 8
_DETAILED = 60


def chains(teller: Teller) -> Section:
    """Chains from users to the roles that are farthest away, and into administrators."""
    graph = teller.graph
    users = [number for number, each in enumerate(graph.principals) if each.kind is PrincipalKind.USER]
    ways = WaysFrom(graph, users, {}, _MOST_HOPS)
    lead = (
        f"The shortest chains of at most {_MOST_HOPS} hops from any user of the organization. Far roles are those that nobody looks at: "
        "each hop alone seems harmless. Administrators are identities with a statement that allows everything on everything."
    )
    return Section(
        "chains", "Longest and riskiest chains", lead,
        (
            table("Farthest roles from any user", ("hops", "role", "chain", "verdict", "accounts on the way"), _farthest(teller, ways),
                  empty="no user can become any role"),
            table("Administrators that others can become", ("administrator", "principals that can become it", "accounts they are in", "verdict", "an example"),
                  _administrators(teller), empty="nobody can become an administrator who is not one"),
        ),
    )  # fmt: skip


def _farthest(teller: Teller, ways: WaysFrom) -> Iterator[Row]:
    far = sorted(((step.hops, number) for number, step in ways.possible.items() if step.hops > 0), key=lambda each: (-each[0], each[1]))
    for place, (hops, number) in enumerate(far):
        allowed = number in ways.allowed and ways.allowed[number].hops == hops
        way = ways.chain_to(number, allowed=allowed)
        if place >= _DETAILED:
            yield Row(
                (hops, teller.principal(number), " → ".join(map(teller.principal, way)), str(ways.verdict(number)), _accounts(teller, way))
            )
            continue
        chain = teller.chain_to_role(Route(Start(teller.graph.actor(way[0]), way[0]), way[1:-1]), number)
        state = "allowed" if chain.verdict is Verdict.ALLOWED else "conditional"
        cells = (hops, teller.principal(number), teller.steps(chain), str(chain.verdict), _accounts(teller, way))
        yield Row(cells, teller.details(chain), state)


def _accounts(teller: Teller, way: tuple[int, ...]) -> int:
    return len({teller.graph.principals[number].account for number in way})


def _administrators(teller: Teller) -> Iterator[Row]:
    graph = teller.graph
    admins = {number for number, each in enumerate(graph.principals) if is_administrator(graph.world, each)}
    rows = [row for number in sorted(admins) if (row := _administrator(teller, number, admins)) is not None]
    yield from sorted(rows, key=lambda row: (-int(row.cells[1]), row.cells[0]))


def _administrator(teller: Teller, number: int, admins: set[int]) -> Row | None:
    """How others become one administrator; None when only administrators can."""
    found, allowed = _into(teller, number, admins), _into(teller, number, admins, only_allowed=True)
    if not found:
        return None
    first = min(allowed or found, key=lambda each: ((allowed or found)[each][0], each))
    way = _way(allowed or found, first)
    chain = teller.chain_to_role(Route(Start(teller.graph.actor(first), first), way[1:-1]), number)
    accounts = len({teller.graph.principals[each].account for each in found})
    state = "allowed" if chain.verdict is Verdict.ALLOWED else "conditional"
    return Row((teller.principal(number), len(found), accounts, str(chain.verdict), teller.steps(chain)), teller.details(chain), state)


def _into(teller: Teller, number: int, admins: set[int], *, only_allowed: bool = False) -> dict[int, tuple[int, int]]:
    """Principals that reach an administrator without being one: hops, and the next on the way. Each set is gone through once."""
    trust = teller.graph.trust
    found: dict[int, tuple[int, int]] = {}
    used: set[int] = set()
    frontier = [number]
    for hops in range(1, _MOST_HOPS + 1):
        following: list[int] = []
        for role in frontier:
            for one in trust.into[role]:
                if one in used or (only_allowed and trust.sets[one].verdict is not Verdict.ALLOWED):
                    continue
                used.add(one)
                for member in trust.sets[one].members:
                    if member not in found and member not in admins:
                        found[member] = hops, role
                        following.append(member)
        frontier = following
    return found


def _way(found: dict[int, tuple[int, int]], number: int) -> tuple[int, ...]:
    way = [number]
    while way[-1] in found:
        way.append(found[way[-1]][1])
    return tuple(way)


def is_administrator(world: World, principal: Principal) -> bool:
    """Whether an identity policy allows every action on every resource without a condition."""
    return any(
        _allows_everything(statement)
        for attached in world.identity(principal)
        if attached.compiled
        for statement in attached.compiled.statements
    )


def _allows_everything(statement: Statement) -> bool:
    resources = statement.resources
    return (
        statement.allows
        and not statement.unreadable
        and not statement.conditions
        and not statement.actions.negated
        and "*" in statement.actions.texts
        and resources is not None
        and not resources.negated
        and "*" in resources.texts
    )
