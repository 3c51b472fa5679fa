"""The coverage in tables: what is known of each account, and why something is not."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from xgraph.graph.model.coverage import Outcome

if TYPE_CHECKING:
    from xgraph.ingest.snapshot.tally import Tally

_MOST_ACCOUNTS = 40
_MOST_REASONS = 8
_BY = {
    "scp": "by a service control policy",
    "rcp": "by a resource control policy",
    "boundary": "by a permissions boundary",
    "session": "by a session policy",
    "endpoint": "by a VPC endpoint policy",
    "resource": "by a resource's policy",
    "identity": "by the identity's policies",
}


def coverage_lines(tally: Tally) -> list[str]:
    """One line an account: how much of it is known, and how many calls ended how. With many accounts, those alike share a line."""
    ends = [outcome for outcome in Outcome if outcome in tally.total()]
    table = {}
    for account, services in sorted(tally.cells.items()):
        total: Counter[Outcome] = sum(services.values(), Counter())
        known = f"{percent(tally.percent(account))} %"
        table[account or "-"] = (known, *(f"{total[outcome]} {outcome}" if total[outcome] else "" for outcome in ends))
    return aligned([("account", "known", *("" for _ in ends)), *_folded(table)])


def percent(share: float) -> str:
    """A share that is called 100 only when nothing is missing, and 0 only when nothing is there."""
    return f"{min(max(share, 0.1), 99.9):.1f}" if 0 < share < 100 else f"{share:.0f}"


def _folded(table: dict[str, tuple[str, ...]]) -> list[tuple[str, ...]]:
    if len(table) <= _MOST_ACCOUNTS:
        return [(account, *line) for account, line in table.items()]
    alike: defaultdict[tuple[str, ...], list[str]] = defaultdict(list)
    for account, line in table.items():
        alike[line].append(account)
    lines = [(f"{len(them)} accounts" if len(them) > 1 else them[0], *line) for line, them in sorted(alike.items())]
    return [*lines[:_MOST_ACCOUNTS], *([(f"and {len(lines) - _MOST_ACCOUNTS} lines more",)] if len(lines) > _MOST_ACCOUNTS else [])]


def reason_lines(tally: Tally, most: int | None = _MOST_REASONS) -> list[str]:
    """What is not known and why, the same of several accounts in one line, the most frequent first."""
    calls: Counter[tuple[str, str, str]] = Counter()
    accounts: defaultdict[tuple[str, str, str], set[str]] = defaultdict(set)
    for row, count in tally.unknown.items():
        reason = (f"{row.service} {row.call}", row.outcome.value, _BY.get(row.error, ""))
        calls[reason] += count
        accounts[reason].add(row.account)
    ordered = sorted(calls, key=lambda each: (-len(accounts[each]), -calls[each], each))
    lines = [
        (what, " ".join(part for part in (_times(calls[each]), outcome, by) if part), _in(accounts[each]))
        for each in ordered[:most]
        for what, outcome, by in [each]
    ]
    more = len(ordered) - len(lines)
    return [*aligned(lines), *([f"and {more} more"] if more else [])]


def _times(count: int) -> str:
    return f"{count} x" if count > 1 else ""


def _in(accounts: Iterable[str]) -> str:
    names = sorted(filter(None, accounts))
    return f"in {', '.join(names)}" if 0 < len(names) <= 2 else f"in {len(names)} accounts" if names else ""


def aligned(lines: Sequence[Sequence[str]]) -> list[str]:
    """Lines of cells with the columns below each other."""
    columns = max((len(line) for line in lines), default=0)
    widths = [max(len(line[n]) if n < len(line) else 0 for line in lines if len(line) > 1 or n == 0) for n in range(columns)]
    return ["  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=False)).rstrip() for line in lines]
