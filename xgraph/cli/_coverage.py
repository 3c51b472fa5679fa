"""The coverage table: account by service, in the words of an outcome."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable

from xgraph.graph.model.coverage import CallOutcome, Outcome

_MOST_ACCOUNTS = 40


def coverage_lines(rows: Iterable[CallOutcome]) -> list[str]:
    """One line an account, a column a service. A cell is `ok`, `empty`, `absent`, or how many calls ended otherwise.

    With many accounts, those that say the same share a line.
    """
    cells: defaultdict[str, defaultdict[str, Counter[Outcome]]] = defaultdict(lambda: defaultdict(Counter))
    for row in rows:
        cells[row.account or "-"][row.service][row.outcome] += 1
    services = sorted({service for line in cells.values() for service in line})
    table = {account: [_cell(line.get(service)) for service in services] for account, line in sorted(cells.items())}
    lines = [["account", *services], *_folded(table)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(services) + 1)]
    return ["  ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)).rstrip() for line in lines]


def _cell(outcomes: Counter[Outcome] | None) -> str:
    if not outcomes:
        return "-"
    unknown = [f"{count} {outcome}" for outcome, count in sorted(outcomes.items()) if not outcome.is_known]
    if unknown:
        known = sum(count for outcome, count in outcomes.items() if outcome.is_known)
        return ", ".join(([f"{known} ok"] if known else []) + unknown)
    return Outcome.OK if outcomes[Outcome.OK] else next(iter(sorted(outcomes)))


def _folded(table: dict[str, list[str]]) -> list[list[str]]:
    if len(table) <= _MOST_ACCOUNTS:
        return [[account, *line] for account, line in table.items()]
    alike: defaultdict[tuple[str, ...], list[str]] = defaultdict(list)
    for account, line in table.items():
        alike[tuple(line)].append(account)
    return [[f"{len(them)} accounts" if len(them) > 1 else them[0], *line] for line, them in sorted(alike.items())]
