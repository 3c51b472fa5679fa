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
    """What the calls made so far at one place have answered: call to pairs of parameters and answer.

    Answers are as the snapshot keeps them: times are text, bytes base64, secrets are gone. `objects` are the pairs of bucket and
    prefix whose objects the user wants to have looked at, `sample` how many of each, 0 for all.
    """

    account: str
    region: str
    answers: Mapping[str, Sequence[tuple[Parameters, Mapping[str, Any]]]]
    objects: tuple[tuple[str, str], ...] = ()
    sample: int = 0

    def all(self, call: str, key: str) -> Iterable[Any]:
        """The items of the list `key` in every answer to `call`."""
        for _, answer in self.answers.get(call, ()):
            yield from answer.get(key) or ()


def once(_: Asked) -> Iterable[Parameters]:
    """The parameters of a call that has none."""
    return ({},)


def everything(_: Asked) -> int:
    """No bound to the number of items that a call may give."""
    return 0


@dataclass(frozen=True, slots=True)
class Call:
    """One read-only call, made for every item that `parameters` gives, all its pages merged into one answer.

    `operation`: boto3's name of it. Pages are followed wherever AWS gives pages.
    `actions`: the IAM actions that it needs; the read-only policy is made of them.
    `parameters`: asked again after each round of answers until it has nothing new, so a call may depend on its own answers
    (organizational units inside organizational units). It must depend on the answers alone and not on their order.
    `empty`: the errors by which AWS says that there is none: a code, or a code with a part of the message, as in
    `ValidationException: no policy`. `absent`: those by which it says that the service is not there or not set up.
    `client`: the boto3 client, where it is another one than the service's; the snapshot then names the call `CLIENT.OPERATION`.
    `region`: where the call is answered whatever the place (multi-Region access points: us-west-2).
    `page_size`: for the calls that page only when told how large a page is.
    `most`: how many items of an answer are enough; 0 for all of them. For samples alone.
    `drops`: names of fields that are left out of the answer wherever they stand in it: secrets (values of environment variables,
    user data and such are left out of every answer anyway, ingest/snapshot/redact.py), and what changes without a meaning for
    access, such as counters and times of last use.
    """

    operation: str
    actions: tuple[str, ...]
    parameters: Callable[[Asked], Iterable[Parameters]] = once
    empty: frozenset[str] = field(default_factory=frozenset)
    absent: frozenset[str] = field(default_factory=frozenset)
    client: str = ""
    region: str = ""
    page_size: int | None = None
    most: Callable[[Asked], int] = everything
    drops: frozenset[str] = field(default_factory=frozenset)

    @property
    def name(self) -> str:
        """The call's name in the snapshot."""
        return f"{self.client}.{self.operation}" if self.client else self.operation


@dataclass(frozen=True, slots=True)
class Service:
    """One AWS service: what is asked, and how the answers become model values.

    `name`: what files and coverage call it, in small letters, digits and hyphens; the boto3 client's name unless `client` is set.
    `normalize`: turns the answers at one place into model values.
    `at_once`: how many calls AWS bears side by side in one account and region.
    `is_for_objects`: asked only when the user names objects to look at. `unevaluated`: calls whose answers are kept for people to read
    and decide nothing (yet), each with a sentence on what answers say meanwhile.
    """

    name: str
    description: str
    scope: Scope
    calls: tuple[Call, ...]
    normalize: Callable[[Answers], Found]
    client: str = ""
    at_once: int = 4
    is_for_objects: bool = False
    unevaluated: Mapping[str, str] = field(default_factory=dict)

    def client_of(self, call: Call) -> str:
        """The boto3 client that makes `call`."""
        return call.client or self.client or self.name
