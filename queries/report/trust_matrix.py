"""Who trusts whom: role hops from one account into another."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from xgraph.graph.access.graph import AccessGraph
from xgraph.graph.access.paths import Route, Start
from xgraph.graph.policy.decision import Verdict

from ._report import Row, Section, Table, Teller, Told, table

_EXAMPLES = 3
_DETAILED = 100
_LARGEST_MATRIX = 40


@dataclass(slots=True)
class _Cell:
    """Hops from the principals of one account to the roles of another."""

    allowed: int = 0
    conditional: int = 0
    roles: int = 0


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
    """Ways by pair of accounts. Sets are counted as sets: as many steps as accounts in one, not as principals."""
    cells: dict[tuple[str, str], _Cell] = defaultdict(_Cell)
    sources = _Sources(teller.graph)
    for (members, verdict), targets in _targets(teller.graph).items():
        for source, count in sources.of(members).items():
            for account, roles in targets.items():
                if source != account and verdict is Verdict.ALLOWED:
                    cells[source, account].allowed += count * roles
                elif source != account:
                    cells[source, account].conditional += count * roles
    for (account, found), roles in _reached(teller.graph, sources).items():
        for source in found:
            if source != account:
                cells[source, account].roles += roles
    return dict(cells)


class _Sources:
    """How many members of a set each account has; sets with the same members share the answer."""

    def __init__(self, graph: AccessGraph) -> None:
        self._accounts = [each.account for each in graph.principals]
        self._known: dict[tuple[int, ...], Counter[str]] = {}

    def of(self, members: tuple[int, ...]) -> Counter[str]:
        known = self._known.get(members)
        if known is None:
            known = self._known[members] = Counter(self._accounts[member] for member in members)
        return known


def _targets(graph: AccessGraph) -> dict[tuple[tuple[int, ...], Verdict], Counter[str]]:
    """How many roles of each account the same members can become."""
    found: dict[tuple[tuple[int, ...], Verdict], Counter[str]] = defaultdict(Counter)
    for one in graph.trust.sets:
        found[one.members, one.verdict].update(graph.principals[target].account for target in one.targets)
    return found


def _reached(graph: AccessGraph, sources: _Sources) -> Counter[tuple[str, frozenset[str]]]:
    """How many roles of an account are within reach of the same accounts."""
    known: dict[tuple[int, ...], frozenset[str]] = {}
    found: Counter[tuple[str, frozenset[str]]] = Counter()
    for role, into in enumerate(graph.trust.into):
        if into:
            if into not in known:
                known[into] = frozenset().union(*(sources.of(graph.trust.sets[number].members) for number in into))
            found[graph.principals[role].account, known[into]] += 1
    return found


def _pairs(teller: Teller, cells: dict[tuple[str, str], _Cell]) -> Iterator[Row]:
    ordered = sorted(cells.items(), key=lambda item: (-item[1].roles, -item[1].allowed - item[1].conditional, item[0]))
    for number, ((source, target), cell) in enumerate(ordered):
        details = tuple(part for each in _examples(teller, source, target) for part in each) if number < _DETAILED else ()
        state = "allowed" if cell.allowed else "conditional"
        yield Row((teller.account(source), teller.account(target), cell.roles, cell.allowed, cell.conditional), details, state)


def _examples(teller: Teller, source: str, target: str) -> Iterator[Told]:
    """Hops from one account to another, each to a role of its own."""
    graph = teller.graph
    inside = set(graph.index.by_account.get(source, ()))
    found = (
        (member, role)
        for role in graph.index.by_account.get(target, ())
        for member in islice((one for number in graph.trust.into[role] for one in graph.trust.sets[number].members if one in inside), 1)
    )
    for member, role in islice(found, _EXAMPLES):
        yield teller.details(teller.chain_to_role(Route(Start(graph.actor(member), member), ()), role))


def _matrix(teller: Teller, cells: dict[tuple[str, str], _Cell], accounts: list[str]) -> Table:
    names = [teller.account(account).partition(" (")[0] for account in accounts]
    rows = [
        Row((name, *(cells[source, target].roles if (source, target) in cells else 0 for target in accounts)))
        for name, source in zip(names, accounts, strict=True)
    ]
    return table("Roles that identities of the row's account can become", ("from ↓ to →", *names), rows, is_matrix=True)
