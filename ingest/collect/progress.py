"""How far a collection is, told call by call."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Progress:
    """Something that has ended: a call, a place or an account; and how much of each has.

    `places_in_all` is an estimate as long as not every account has been entered.
    """

    what: Literal["call", "place", "account"]
    account: str
    service: str = ""
    region: str = ""
    call: str = ""
    outcome: str = ""
    error: str = ""
    calls: int = 0
    places: int = 0
    places_in_all: int = 0
    accounts: int = 0
    accounts_in_all: int = 0


Listener = Callable[[Progress], None]


class Counter:
    """Counts and tells; may be called by any thread, and tells one at a time."""

    def __init__(self, accounts: int, listener: Listener) -> None:
        self._listener = listener
        self._lock = threading.Lock()
        self._accounts_in_all = accounts
        self.calls = self._places = self._accounts = self._entered = self._planned = 0

    def entered(self, places: int) -> None:
        """An account has been entered, in which so many places are to be asked."""
        with self._lock:
            self._entered += 1
            self._planned += places

    def call(self, account: str, service: str, region: str, call: str, outcome: str, error: str) -> None:
        with self._lock:
            self.calls += 1
            self._tell("call", account, service, region, call, outcome, error)

    def place(self, account: str, service: str, region: str) -> None:
        with self._lock:
            self._places += 1
            self._tell("place", account, service, region)

    def account(self, account: str, error: str = "") -> None:
        with self._lock:
            self._accounts += 1
            self._tell("account", account, error=error)

    def _tell(
        self,
        what: Literal["call", "place", "account"],
        account: str,
        service: str = "",
        region: str = "",
        call: str = "",
        outcome: str = "",
        error: str = "",
    ) -> None:
        ahead = self._accounts_in_all - self._entered
        estimate = self._planned + round(ahead * self._planned / self._entered) if self._entered else 0
        self._listener(
            Progress(
                what, account, service, region, call, outcome, error,
                self.calls, self._places, estimate, self._accounts, self._accounts_in_all,
            )
        )  # fmt: skip
