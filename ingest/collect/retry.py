"""Calls made again: which errors pass, how long to wait, and how to slow down when AWS throttles."""

from __future__ import annotations

import json
import random
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from botocore.exceptions import ConnectionError, HTTPClientError  # noqa: A004  botocore's own, which is no OSError
from botocore.parsers import ResponseParserError

THROTTLED = frozenset(
    {
        "BandwidthLimitExceeded",
        "EC2ThrottledException",
        "LimitExceededException",
        "PriorRequestNotComplete",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "RequestThrottled",
        "RequestThrottledException",
        "SlowDown",
        "ThrottledException",
        "Throttling",
        "ThrottlingException",
        "TooManyRequestsException",
        "TransactionInProgressException",
    }
)
PASSING = frozenset(
    {
        "InternalError",
        "InternalFailure",
        "InternalServerError",
        "InternalServerException",
        "RequestTimeout",
        "RequestTimeoutException",
        "ServiceException",
        "ServiceUnavailable",
        "ServiceUnavailableException",
    }
)
EXPIRED = frozenset({"ExpiredToken", "ExpiredTokenException", "RequestExpired", "TokenRefreshRequired"})
_PASSING_STATUS = frozenset({429, 500, 502, 503, 504})

_LONGEST = 20.0  # seconds between two attempts
_RENEWALS = 3  # of the credentials of one call: new ones that are called expired as well will not get better
_TRIES = 3  # to reach an endpoint: one that is not there would keep everybody waiting
_RENEWED = "xgraph_renewed"


class Why(Enum):
    """Why a call is made again."""

    THROTTLED = "throttled"
    PASSING = "passing"
    EXPIRED = "expired"
    UNREACHED = "unreached"


def backoff(attempt: int) -> float:
    """Seconds to wait after so many attempts: twice as long each time, and never the same for two callers."""
    return min(_LONGEST, 0.25 * float(2**attempt)) * random.uniform(0.5, 1)  # noqa: S311  spreads load, hides nothing


@dataclass(frozen=True, slots=True)
class Patience:
    """How often a call is made at most, how long to wait after each attempt, how to wait, and whether there is a point in it."""

    attempts: int = 10
    pause: Callable[[int], float] = backoff
    sleep: Callable[[float], object] = time.sleep
    is_over: Callable[[], bool] = lambda: False


class Pace:
    """The pause before each call of a client: doubled when AWS throttles, shortened when it does not."""

    _SHORTEST, _LONGEST = 0.02, 5.0

    def __init__(self, sleep: Callable[[float], object]) -> None:
        self._sleep = sleep
        self._pause = 0.0
        self._lock = threading.Lock()

    def wait(self, **_: Any) -> None:
        """Called before each request."""
        if self._pause:
            self._sleep(self._pause)

    def slower(self) -> None:
        """After a call that was throttled."""
        with self._lock:
            self._pause = min(max(self._pause * 2, self._SHORTEST), self._LONGEST)

    def faster(self) -> None:
        """After one that was not."""
        if self._pause:
            with self._lock:
                self._pause = self._pause * 0.8 if self._pause > self._SHORTEST else 0.0


class Retries:
    """What botocore asks after each attempt: how long to wait before the next one, None when there is to be none."""

    def __init__(self, patience: Patience, renew: Callable[[], bool]) -> None:
        """`renew` gets new credentials after AWS has called them expired; False when there are none to be had."""
        self._patience = patience
        self._renew = renew
        self.pace = Pace(patience.sleep)

    def __call__(
        self, attempts: int, response: Any, caught_exception: Exception | None, request_dict: Mapping[str, Any], **_: Any
    ) -> float | None:
        why = _why(response, caught_exception)
        if why is Why.THROTTLED:
            self.pace.slower()
        else:
            self.pace.faster()
        if why is None or attempts >= self._patience.attempts or self._patience.is_over():
            return None
        if why is Why.EXPIRED:
            context = request_dict["context"]  # the same one for all attempts of a call
            context[_RENEWED] = context.get(_RENEWED, 0) + 1
            return 0.0 if context[_RENEWED] <= _RENEWALS and self._renew() else None
        if why is Why.UNREACHED and attempts >= _TRIES:
            return None
        self._patience.sleep(self._patience.pause(attempts))
        return 0.0


def _why(response: Any, error: Exception | None) -> Why | None:
    if isinstance(error, ConnectionError):
        return Why.UNREACHED
    if error is not None:
        return Why.PASSING if isinstance(error, HTTPClientError) else None
    if response is None:
        return None
    http, parsed = response
    code = parsed.get("Error", {}).get("Code", "")
    if code in EXPIRED:
        return Why.EXPIRED
    if code in THROTTLED:
        return Why.THROTTLED
    if code in PASSING or http.status_code in _PASSING_STATUS or is_cut(http, parsed):
        return Why.PASSING
    return None


def refuse_cut(http_response: Any, parsed: Any, **_: Any) -> None:
    """Raises ResponseParserError for an answer that was cut off on its way."""
    if is_cut(http_response, parsed):
        raise ResponseParserError("the answer ends too early")


def is_cut(http: Any, parsed: Any) -> bool:
    """Whether an answer is not whole. botocore takes JSON that it can't read for an answer without fields: for "there is none"."""
    if http.status_code != 200 or not set(parsed) <= {"ResponseMetadata", "message", "Message"}:
        return False
    body = http.content
    if not body.lstrip().startswith((b"{", b"[")):
        return False
    try:
        json.loads(body)
    except ValueError:
        return True
    return False
