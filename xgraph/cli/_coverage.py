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


def coverage_lines(tally: Tally, most: int = _MOST_ACCOUNTS) -> list[str]:
    """One line an account: how much of it is known, and how many calls ended how.

    With more than `most` accounts those of which everything is known share a line, and so do others that are alike; the least known
    come first.
    """
    ends = [outcome for outcome in Outcome if outcome in tally.total()]
    counted = {account: sum(services.values(), Counter[Outcome]()) for account, services in sorted(tally.cells.items())}
    shares = {account: tally.percent(account) for account in counted}
    whole = [account for account in counted if shares[account] == 100] if len(counted) > most else []
    others = [account for account in counted if account not in set(whole)]
    if len(counted) > most:
        others.sort(key=lambda account: shares[account])
    alike: defaultdict[tuple[object, ...], list[str]] = defaultdict(list)
    for account in others:
        alike[account if len(counted) <= most else "", *_line(shares[account], counted[account], ends)].append(account)
    lines = [(_named(them), *map(str, line[1:])) for line, them in list(alike.items())[:most]]
    if len(alike) > most:
        lines.append((f"and {len(alike) - most} lines more",))
    if whole:
        lines.append((f"{len(whole)} accounts", *_line(100, sum((counted[account] for account in whole), Counter()), ends)))
    return aligned([("account", "known", *("" for _ in ends)), *lines])


def _named(accounts: list[str]) -> str:
    return (accounts[0] or "-") if len(accounts) == 1 else f"{len(accounts)} accounts"


def _line(share: float, counted: Counter[Outcome], ends: Sequence[Outcome]) -> tuple[str, ...]:
    return f"{percent(share)} %", *(f"{counted[outcome]:,} {outcome}" if counted[outcome] else "" for outcome in ends)


def percent(share: float) -> str:
    """A share that is called 100 only when nothing is missing, and 0 only when nothing is there."""
    return f"{min(max(share, 0.1), 99.9):.1f}" if 0 < share < 100 else f"{share:.0f}"


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
