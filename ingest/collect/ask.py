"""Makes the declared calls of one service at one place: pages, dependent calls, outcomes."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError

from xgraph.graph.model.coverage import Outcome
from xgraph.ingest.collect.outcome import describe, outcome_of
from xgraph.ingest.collect.pages import merge, pages
from xgraph.ingest.services._service import Asked, Call, Service
from xgraph.ingest.snapshot.batch import Batch
from xgraph.ingest.snapshot.encoding import compact


@dataclass(slots=True)
class Clock:
    """What depends on a clock or on luck: goes into `collected.json` and nowhere else."""

    seconds: float = 0.0
    calls: int = 0
    retries: int = 0
    request_ids: dict[str, str] = field(default_factory=dict)

    def note(self, metadata: Mapping[str, Any]) -> None:
        self.retries += metadata.get("RetryAttempts", 0)


@dataclass(frozen=True, slots=True)
class Desk:
    """What asking needs: a client by name, whether to go on, and whom to tell of each call."""

    client: Callable[[str], Any]
    is_stopped: Callable[[], bool] = lambda: False
    told: Callable[[], None] = lambda: None


def ask(service: Service, batch: Batch, desk: Desk) -> Clock:
    """Fills `batch`: every call with the parameters that the answers before it give, until they give no new ones."""
    clock = Clock()
    started = time.monotonic()
    answers: dict[str, list[tuple[Mapping[str, Any], Mapping[str, Any]]]] = {}
    asked = Asked(batch.asked or batch.account, batch.region, answers)
    for call in service.calls:
        done: set[str] = set()
        while new := _new_parameters(call, asked, done):
            for parameters in new:
                if desk.is_stopped():
                    return clock
                answer = _make(call, parameters, desk.client(service.client_of(call)), batch, clock)
                desk.told()
                if answer is not None:
                    answers.setdefault(call.name, []).append((parameters, answer))
    clock.seconds = round(time.monotonic() - started, 3)
    return clock


def _new_parameters(call: Call, asked: Asked, done: set[str]) -> list[Mapping[str, Any]]:
    new: list[Mapping[str, Any]] = []
    for parameters in list(call.parameters(asked)):
        key = compact(parameters)
        if key not in done:
            done.add(key)
            new.append(parameters)
    return new


def _make(call: Call, parameters: Mapping[str, Any], client: Any, batch: Batch, clock: Clock) -> Mapping[str, Any] | None:
    clock.calls += 1
    try:
        answer = merge(_pages(call, parameters, client, clock))
    except (BotoCoreError, ClientError, ResponseParserError) as error:
        outcome = outcome_of(error, call.empty)
        if isinstance(error, ClientError):
            metadata = error.response.get("ResponseMetadata", {})
            clock.note(metadata)
            if outcome is not Outcome.EMPTY and metadata.get("RequestId"):
                clock.request_ids[f"{call.name} {compact(parameters)}"] = metadata["RequestId"]
        batch.ended(outcome, call.name, parameters, "" if outcome is Outcome.EMPTY else describe(error))
        return None
    batch.ok(call.name, parameters, answer)
    return answer


def _pages(call: Call, parameters: Mapping[str, Any], client: Any, clock: Clock) -> Iterable[Mapping[str, Any]]:
    for page in pages(client, call.operation, parameters, call.page_size):
        clock.note(page.get("ResponseMetadata", {}))
        yield page
