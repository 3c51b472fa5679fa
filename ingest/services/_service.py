"""What a service is to xgraph: the calls that tell what there is, and how their answers become model values."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from xgraph.ingest.services._answers import Answers
from xgraph.ingest.services._found import Found

Parameters = Mapping[str, Any]


class Scope(StrEnum):
    """How often a service is asked."""

    ORGANIZATION = "once for the organization"
    GLOBAL = "once in each account"
    REGIONAL = "once in each region of each account"


@dataclass(frozen=True, slots=True)
class Asked:
    """What the calls made so far at one place have answered: call to pairs of parameters and answer."""

    account: str
    region: str
    answers: Mapping[str, Sequence[tuple[Parameters, Mapping[str, Any]]]]

    def all(self, call: str, key: str) -> Iterable[Any]:
        """The items of the list `key` in every answer to `call`."""
        for _, answer in self.answers.get(call, ()):
            yield from answer.get(key, ())


def once(_: Asked) -> Iterable[Parameters]:
    """The parameters of a call that has none."""
    return ({},)


@dataclass(frozen=True, slots=True)
class Call:
    """One read-only call, made for every item that `parameters` gives.

    `parameters` is asked again after each round of answers until it has nothing new, so a call may depend on its own answers
    (organizational units inside organizational units). `empty` are the error codes by which AWS says that there is none. `client`
    is set where the call belongs to another boto3 client than the service's; the snapshot then names it `CLIENT.OPERATION`.
    `page_size` is for the calls that page only when told how large a page is.
    """

    operation: str
    actions: tuple[str, ...]
    parameters: Callable[[Asked], Iterable[Parameters]] = once
    is_paged: bool = False
    page_size: int | None = None
    empty: frozenset[str] = field(default_factory=frozenset)
    client: str = ""

    @property
    def name(self) -> str:
        """The call's name in the snapshot."""
        return f"{self.client}.{self.operation}" if self.client else self.operation


@dataclass(frozen=True, slots=True)
class Service:
    """One AWS service. `name` is also the boto3 client's; `normalize` turns the answers at one place into model values."""

    name: str
    description: str
    scope: Scope
    calls: tuple[Call, ...]
    normalize: Callable[[Answers], Found]
