"""The calls about one place and how they ended, gathered until a SnapshotWriter puts them down."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from xgraph.graph.model.coverage import CallOutcome, Outcome
from xgraph.ingest.snapshot.layout import GLOBAL, Place
from xgraph.ingest.snapshot.manifest import row


class Answer(NamedTuple):
    """The answer to one call, all its pages merged."""

    call: str
    parameters: Mapping[str, Any]
    answer: Mapping[str, Any]


@dataclass(slots=True)
class Batch:
    """Answers and outcomes of one account, service and region.

    An organization's batch has its id as `account`, and its management account as `asked`, the account that coverage names.
    """

    account: str
    service: str
    region: str = GLOBAL
    asked: str = ""
    answers: list[Answer] = field(default_factory=list)
    rows: list[CallOutcome] = field(default_factory=list)

    @property
    def place(self) -> Place:
        return Place(self.account, self.service, self.region)

    def ok(self, call: str, parameters: Mapping[str, Any], answer: Mapping[str, Any]) -> None:
        self.answers.append(Answer(call, parameters, answer))
        self.ended(Outcome.OK, call, parameters)

    def ended(self, outcome: Outcome, call: str, parameters: Mapping[str, Any], error: str = "") -> None:
        """Notes a call without an answer."""
        self.rows.append(row(self.asked or self.account, self.region, self.service, call, outcome, parameters, error))
