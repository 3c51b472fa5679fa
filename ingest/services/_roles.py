"""What binds a role to compute, in the way that most services answer: a list whose entries name the role."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from xgraph.graph.model.arn import partition_of_region
from xgraph.graph.model.holder import Holder, HolderKind
from xgraph.ingest.services._answers import Answers
from xgraph.ingest.services._kind import Answer, Kind, at_path
from xgraph.ingest.services._service import Asked, Parameters


@dataclass(frozen=True, slots=True)
class Bound:
    """Entries of a list that hold a role each.

    `listing`, `key` and `arn` as in Kind. `name` and `role` are fields of the entry (paths with dots); an entry without a role holds
    none. A role may be named without its ARN.
    """

    kind: HolderKind
    listing: str
    key: str
    arn: str
    name: str
    role: str
    such: Callable[[Answer], bool] = field(default=lambda _: True)

    def each(self, **patterns: str) -> Callable[[Asked], Iterable[Parameters]]:
        """The parameters of a call that is made for each entry."""
        return self._entries.each(**patterns)

    def found(self, answers: Answers) -> Iterator[Holder]:
        """The entries that hold a role."""
        for arn, fields in self._entries.entries(answers):
            role = at_path(fields, self.role)
            if isinstance(role, str) and role:
                name = str(at_path(fields, self.name) or arn)
                yield Holder(arn, answers.account, self.kind, name, _role_arn(role, answers), answers.place.region)

    @property
    def _entries(self) -> Kind:
        return Kind("", "", self.listing, self.key, self.arn, such=self.such)


def _role_arn(role: str, answers: Answers) -> str:
    if role.startswith("arn:"):
        return role
    return f"arn:{partition_of_region(answers.place.region)}:iam::{answers.account}:role/{role.lstrip('/')}"
