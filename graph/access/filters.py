"""Which chains are wanted: where they may lead, what they have to pass, how good each hop has to be."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from xgraph.graph.policy.decision import Verdict
from xgraph.graph.policy.describe import is_benign
from xgraph.graph.policy.formula import Formula


@dataclass(frozen=True, slots=True)
class Places:
    """Some nodes, and all nodes of some accounts."""

    nodes: frozenset[str] = frozenset()
    accounts: frozenset[str] = frozenset()

    def hold(self, node: str, account: str | None) -> bool:
        """Whether the node is one of them."""
        return node in self.nodes or account in self.accounts


@dataclass(frozen=True)
class Filters:
    """What every chain of an answer has to fulfil.

    `via`: the chain passes each of them (its ends count). `avoid`: it passes none of them. `within`, `outside`: all its nodes lie
    in, or none lies in, these accounts. `mechanisms`: one of its hops works by one of them. `cross_account_only`: one of its hops
    joins two accounts. `allowed_only`: every hop is ALLOWED, or only benign conditions stand in its way.
    """

    via: tuple[Places, ...] = ()
    avoid: tuple[Places, ...] = ()
    within: frozenset[str] | None = None
    outside: frozenset[str] = frozenset()
    mechanisms: frozenset[str] = frozenset()
    cross_account_only: bool = False
    allowed_only: bool = False

    @cached_property
    def wishes(self) -> int:
        """One bit for each thing that a chain has to meet somewhere on its way."""
        return (1 << (len(self.via) + bool(self.mechanisms) + self.cross_account_only)) - 1

    @property
    def is_local(self) -> bool:
        """Whether accounts make a difference to what is wanted."""
        return self.cross_account_only or self.within is not None or bool(self.outside)

    def admit(self, node: str, account: str | None) -> bool:
        """Whether a chain may have this node."""
        if self.within is not None and account not in self.within:
            return False
        return account not in self.outside and not any(place.hold(node, account) for place in self.avoid)

    def met_at(self, node: str, account: str | None) -> int:
        """The wishes that a node fulfils."""
        return sum(1 << bit for bit, place in enumerate(self.via) if place.hold(node, account))

    def met_by(self, source: str | None, target: str | None, ways: frozenset[str]) -> int:
        """The wishes that a hop between nodes of two accounts fulfils, which works in these ways."""
        bit, met = len(self.via), 0
        if self.mechanisms:
            met |= bool(ways & self.mechanisms) << bit
            bit += 1
        if self.cross_account_only and source is not None and target is not None and source != target:
            met |= 1 << bit
        return met

    def accept(self, verdict: Verdict, allow: Formula) -> bool:
        """Whether a hop with this decision is good enough."""
        return verdict.is_possible and (not self.allowed_only or verdict is Verdict.ALLOWED or is_benign(allow))


NO_FILTERS = Filters()
