"""Which roles' trust policies mention a stranger at all: who is not mentioned can't become the role."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from xgraph.graph.model.arn import parse_arn
from xgraph.graph.model.principal import Principal
from xgraph.graph.policy.caller import Caller, CallerKind
from xgraph.graph.policy.statement import PrincipalElement

from .attach import compiled
from .world import ASSUME_ROLE


class Mentions:
    """The roles (numbers) that name an account or one of its principals, a service, a canonical user, or everybody."""

    def __init__(self, principals: Iterable[Principal], canonical_ids: dict[str, str]) -> None:
        self._open: set[int] = set()
        self._accounts: dict[str, set[int]] = defaultdict(set)
        self._services: dict[str, set[int]] = defaultdict(set)
        self._canonical_ids = canonical_ids
        for number, principal in enumerate(principals):
            if principal.trust is not None:
                self._read(number, principal)

    def _read(self, number: int, principal: Principal) -> None:
        trust = compiled(principal.trust) if principal.trust else None
        if trust is None or trust.unreadable:
            self._open.add(number)
            return
        for statement in trust.about(ASSUME_ROLE):
            if statement.allows and (statement.unreadable or statement.principal is not None):
                self._note(number, statement.principal, is_open=statement.unreadable)

    def _note(self, number: int, element: PrincipalElement | None, *, is_open: bool) -> None:
        if element is None or is_open or element.everyone or element.aws_star or element.negated:
            self._open.add(number)
            return
        for text in element.accounts:
            self._accounts[text.rpartition(":")[2]].add(number)
        for arn in element.arns:
            parsed = parse_arn(arn)
            if parsed is not None:
                self._accounts[parsed.account].add(number)
        for one in element.canonical:
            self._accounts[self._canonical_ids.get(one, f"canonical:{one}")].add(number)
        for name in element.services:
            self._services[name.removesuffix(".cn")].add(number)

    def of(self, caller: Caller) -> tuple[int, ...]:
        """The roles whose trust may admit the caller, in order."""
        if caller.kind is CallerKind.SERVICE:
            found = self._services.get(caller.arn.removesuffix(".cn"), set())
        else:
            found = self._accounts.get(caller.account or "", set())
        return tuple(sorted(self._open | found))
