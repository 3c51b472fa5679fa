"""The coverage of a snapshot in numbers."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable

from xgraph.graph.model.coverage import CallOutcome, Outcome

LEFT_OUT = "left out with --services"  # the error of what nobody wanted to ask: no gap of the collection, but one of the snapshot

NOT_ENTERED = "assuming `"  # how the error of everything begins that was to be asked in an account whose roles can't be assumed
_ENTERING = ("sts", "assume_role")
_OBJECTS = ("s3-objects", "list_objects_v2")


class Tally:
    """Outcomes by account and service, and what is not known by reason; `left_out` are services that the user left out, `buckets` those whose
    objects were asked for.

    An account that could not be entered is one thing that is not known, whatever was to be asked there.
    """

    def __init__(self, rows: Iterable[CallOutcome] = ()) -> None:
        self.cells: defaultdict[str, defaultdict[str, Counter[Outcome]]] = defaultdict(lambda: defaultdict(Counter))
        self.unknown: Counter[CallOutcome] = Counter()
        self.left_out: set[str] = set()
        self.buckets: set[str] = set()
        self.add(rows)

    def add(self, rows: Iterable[CallOutcome]) -> None:
        """Counts rows; those of unknown things are told apart by account, service, call, outcome and reason."""
        for row in rows:
            if row.error == LEFT_OUT:
                self.left_out.add(row.service)
                continue
            if (row.service, row.call) == _OBJECTS:
                self.buckets.add(json.loads(row.parameters).get("Bucket", ""))
            self.cells[row.account][row.service][row.outcome] += 1
            if row.error.startswith(NOT_ENTERED):
                self.unknown[CallOutcome(row.account, "", *_ENTERING, "", row.outcome, row.denied_by)] = 1
            elif not row.outcome.is_known:
                self.unknown[CallOutcome(row.account, "", row.service, row.call, "", row.outcome, row.denied_by)] += 1

    @property
    def is_complete(self) -> bool:
        """Whether every call was answered, also with "there is none"."""
        return not self.unknown

    def total(self) -> Counter[Outcome]:
        """How many calls ended how."""
        return sum((counted for services in self.cells.values() for counted in services.values()), Counter())

    def percent(self, account: str | None = None) -> float:
        """The share of what was to be asked that is known, from 0 to 100.

        Each service of each account weighs the same: thousands of answers in one account don't hide another that was not entered.
        """
        shares = [
            sum(count for outcome, count in counted.items() if outcome.is_known) / counted.total()
            for each, services in self.cells.items()
            if account in (None, each)
            for counted in services.values()
        ]
        return 100 * sum(shares) / len(shares) if shares else 100.0
