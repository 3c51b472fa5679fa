"""Makes the declared calls of one service at one place: dependent calls, pages, outcomes, each call once."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError

from xgraph.graph.model.coverage import Outcome
from xgraph.ingest.collect.outcome import describe, outcome_of
from xgraph.ingest.collect.pages import merge, pages
from xgraph.ingest.collect.retry import EXPIRED, Patience
from xgraph.ingest.collect.session import Expired
from xgraph.ingest.services._service import Asked, Call, Parameters, Service
from xgraph.ingest.snapshot.batch import Batch
from xgraph.ingest.snapshot.earlier import Calls, Known
from xgraph.ingest.snapshot.encoding import compact, plain
from xgraph.ingest.snapshot.manifest import without_request_ids
from xgraph.ingest.snapshot.redact import redact, without

NOT_REACHED = "the collection ended before this call"


@dataclass(slots=True)
class Clock:
    """What depends on a clock or on luck: goes into `collected.json` and nowhere else."""

    seconds: float = 0.0
    calls: int = 0
    retries: int = 0
    request_ids: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Desk:
    """What asking needs.

    `client`: a client by name and region ("" for the place's). `note`: keeps a call that has ended. `pool`: who makes calls side by
    side. `told`: hears of each call. `is_stopped`: whether to go on. `objects` and `sample` as in `Asked`.
    """

    client: Callable[[str, str], Any]
    note: Callable[[str, Parameters, Known], None]
    pool: Executor
    patience: Patience = field(default_factory=Patience)
    told: Callable[[str, Known], None] = lambda _call, _known: None
    is_stopped: Callable[[], bool] = lambda: False
    objects: tuple[tuple[str, str], ...] = ()
    sample: int = 0


@dataclass(frozen=True, slots=True)
class _Ended:
    """A call that has ended, with what belongs to the clock."""

    known: Known
    retries: int = 0
    request_id: str = ""


def ask(service: Service, batch: Batch, desk: Desk, known: Calls) -> Clock:
    """Fills `batch`: every call with the parameters that the answers before it give, until they give no new ones.

    A call that is `known` is not made again. When `desk` says stop, what is left is noted as not tried.
    """
    clock = Clock()
    started = time.monotonic()
    answers: dict[str, list[tuple[Parameters, Mapping[str, Any]]]] = {}
    asked = Asked(batch.asked or batch.account, batch.region, answers, desk.objects, desk.sample)
    for call in service.calls:
        done: set[str] = set()
        while new := _new_parameters(call, asked, done, batch):
            for parameters, ended in _side_by_side(service, call, new, asked, desk, known, clock):
                if ended.answer is not None:
                    batch.ok(call.name, parameters, ended.answer)
                    answers.setdefault(call.name, []).append((parameters, ended.answer))
                else:
                    batch.ended(ended.outcome, call.name, parameters, ended.error)
        if not done and desk.is_stopped():
            batch.ended(Outcome.NOT_TRIED, call.name, {}, NOT_REACHED)
    clock.seconds = round(time.monotonic() - started, 3)
    return clock


def _new_parameters(call: Call, asked: Asked, done: set[str], batch: Batch) -> list[Parameters]:
    """The parameters that were not there before. An answer in which the call does not find them makes it a failed one."""
    try:
        found = {compact(parameters): parameters for parameters in call.parameters(asked)}
    except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
        batch.ended(Outcome.FAILED, call.name, {}, f"an answer before this call has another shape: {type(error).__name__} {error}")
        done.add("")
        return []
    new = [parameters for text, parameters in found.items() if text not in done]
    done.update(found)
    return new


def _side_by_side(
    service: Service, call: Call, several: list[Parameters], asked: Asked, desk: Desk, known: Calls, clock: Clock
) -> list[tuple[Parameters, Known]]:
    """The calls in the order of their parameters, `service.at_once` of them under way at a time."""
    ends: dict[int, Known] = {}
    running: dict[Future[_Ended | None], int] = {}

    def collect_some() -> None:
        finished, _ = wait(running, return_when=FIRST_COMPLETED)
        for future in finished:
            number = running.pop(future)
            if ended := future.result():
                ends[number] = _noted(call, several[number], ended, desk, clock)

    for number, parameters in enumerate(several):
        if (earlier := known.get((call.name, compact(parameters)))) is not None:
            ends[number] = earlier
        elif not desk.is_stopped():
            while len(running) >= service.at_once:
                collect_some()
            running[desk.pool.submit(_make, service, call, parameters, asked, desk)] = number
    while running:
        collect_some()
    untried = Known(Outcome.NOT_TRIED, NOT_REACHED)
    return [(parameters, ends.get(number, untried)) for number, parameters in enumerate(several)]


def _noted(call: Call, parameters: Parameters, ended: _Ended, desk: Desk, clock: Clock) -> Known:
    clock.calls += 1
    clock.retries += ended.retries
    if ended.request_id:
        clock.request_ids[f"{call.name} {compact(parameters)}"] = ended.request_id
    desk.note(call.name, parameters, ended.known)
    desk.told(call.name, ended.known)
    return ended.known


def _make(service: Service, call: Call, parameters: Parameters, asked: Asked, desk: Desk) -> _Ended | None:
    """One call; None when it was not made because everything ends. Raises Expired when nobody's credentials work any more."""
    if desk.is_stopped():
        return None
    client = desk.client(service.client_of(call), call.region)
    attempt = 1
    while True:
        counted: list[int] = []
        try:
            answer = merge(_counting(pages(client, call.operation, parameters, call.page_size), counted), call.most(asked))
            return _Ended(Known(Outcome.OK, "", plain(redact(without(answer, call.drops)))), sum(counted) + attempt - 1)
        except ResponseParserError as error:  # half an answer: botocore does not try again
            if attempt >= desk.patience.attempts:
                return _Ended(Known(Outcome.FAILED, describe(error)), attempt - 1)
            desk.patience.sleep(desk.patience.pause(attempt))
            attempt += 1
        except Expired:
            raise
        except (BotoCoreError, ClientError) as error:
            return _failed(error, call, sum(counted) + attempt - 1)


def _failed(error: Exception, call: Call, retries: int) -> _Ended:
    outcome = outcome_of(error, call.empty, call.absent)
    request_id = ""
    if isinstance(error, ClientError):
        if error.response["Error"]["Code"] in EXPIRED:
            raise Expired(describe(error))
        metadata = error.response.get("ResponseMetadata", {})
        retries += metadata.get("RetryAttempts", 0)
        request_id = metadata.get("RequestId", "") if outcome is not Outcome.EMPTY else ""
    words = "" if outcome is Outcome.EMPTY else without_request_ids(describe(error))
    return _Ended(Known(outcome, words), retries, request_id)


def _counting(several: Iterable[Mapping[str, Any]], counted: list[int]) -> Iterator[Mapping[str, Any]]:
    for page in several:
        counted.append(page.get("ResponseMetadata", {}).get("RetryAttempts", 0))
        yield page
