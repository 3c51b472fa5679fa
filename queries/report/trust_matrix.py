"""Who trusts whom: role hops from one account into another."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

from xgraph.graph.access.paths import Route, Start
from xgraph.graph.access.trust import HopSet
from xgraph.graph.policy.decision import Verdict

from ._report import Row, Section, Table, Teller, table

_EXAMPLES = 3
_LARGEST_MATRIX = 40


@dataclass(slots=True)
class _Cell:
    """Hops from the principals of one account to the roles of another."""

    allowed: int = 0
    conditional: int = 0
    roles: set[int] = field(default_factory=set)
    examples: list[tuple[int, int]] = field(default_factory=list)


def trust_matrix(teller: Teller) -> Section:
    """A matrix for few accounts, and a list of pairs for any number of them."""
    cells = _cells(teller)
    lead = (
        "How many ways there are for identities of one account (rows) to become a role of another (columns), after every policy and "
        "guardrail. Open a pair for examples with the statements that allow it."
    )
    pairs = table(
        "Pairs of accounts", ("from account", "to account", "roles", "allowed ways", "conditional ways"), _pairs(teller, cells),
        empty="no identity of one account can become a role of another",
    )  # fmt: skip
    accounts = sorted({account for pair in cells for account in pair}, key=teller.account)
    matrix = (_matrix(teller, cells, accounts),) if 1 < len(accounts) <= _LARGEST_MATRIX else ()
    return Section("trust", "Trust between accounts", lead, (*matrix, pairs))


def _cells(teller: Teller) -> dict[tuple[str, str], _Cell]:
    """Ways by pair of accounts, counted set by set: as many steps as accounts in a set, not as principals."""
    principals = teller.graph.principals
    cells: dict[tuple[str, str], _Cell] = defaultdict(_Cell)
    for one in teller.graph.trust.sets:
        members = Counter(principals[member].account for member in one.members)
        targets: dict[str, list[int]] = defaultdict(list)
        for target in one.targets:
            targets[principals[target].account].append(target)
        for source, count in members.items():
            for account, roles in targets.items():
                if source != account:
                    _add(cells[source, account], one, count, roles, source, teller)
    return dict(cells)


def _add(cell: _Cell, one: HopSet, count: int, roles: list[int], source: str, teller: Teller) -> None:
    ways = count * len(roles)
    if one.verdict is Verdict.ALLOWED:
        cell.allowed += ways
    else:
        cell.conditional += ways
    cell.roles.update(roles)
    if len(cell.examples) < _EXAMPLES:
        member = next(number for number in one.members if teller.graph.principals[number].account == source)
        cell.examples.append((member, roles[0]))


def _pairs(teller: Teller, cells: dict[tuple[str, str], _Cell]) -> Iterator[Row]:
    ordered = sorted(cells.items(), key=lambda item: (-len(item[1].roles), -item[1].allowed - item[1].conditional, item[0]))
    for number, ((source, target), cell) in enumerate(ordered):
        details = tuple(_example(teller, *pair) for pair in cell.examples) if number < _DETAILED else ()
        state = "allowed" if cell.allowed else "conditional"
        counts = len(cell.roles), cell.allowed, cell.conditional
        yield Row((teller.account(source), teller.account(target), *counts), tuple(part for each in details for part in each), state)


_DETAILED = 100


def _example(teller: Teller, member: int, role: int) -> tuple[tuple[str, tuple[str, ...]], ...]:
    route = Route(Start(teller.graph.actor(member), member), ())
    return teller.details(teller.chain_to_role(route, role))


def _matrix(teller: Teller, cells: dict[tuple[str, str], _Cell], accounts: list[str]) -> Table:
    names = [teller.account(account).partition(" (")[0] for account in accounts]
    rows = [
        Row((name, *(len(cells[source, target].roles) if (source, target) in cells else 0 for target in accounts)))
        for name, source in zip(names, accounts, strict=True)
    ]
    return table("Roles that identities of the row's account can become", ("from ↓ to →", *names), rows, is_matrix=True)
