"""Hops and chains: what a path search finds (contract sections 4 to 6)."""

from __future__ import annotations

from dataclasses import dataclass

from xgraph.graph.policy.decision import Blocker, Condition, Evidence, Verdict

from .actions import ActionClass
from .families import Family

Witness = tuple[tuple[str, "str | tuple[str, ...]"], ...]

# The closed list of contract section 4, in the order that names a hop when several mechanisms suffice.
MECHANISMS = (
    "assume-role",
    "web-identity",
    "saml",
    "identity-center",
    "pod-identity",
    "roles-anywhere",
    "identity-policy",
    "resource-policy",
    "acl",
    "access-point",
    "kms-grant",
    "ram-share",
    "sharing-attribute",
    "public",
)


@dataclass(frozen=True, slots=True)
class Hop:
    """One request that AWS authorizes: an AssumeRole or the final access. `source` and `target` are node names."""

    source: str
    target: str
    action: str
    mechanism: str
    also: tuple[str, ...]
    verdict: Verdict
    condition: Condition | None
    evidence: tuple[Evidence, ...]
    assumptions: tuple[str, ...] = ()
    actions: ActionClass | None = None  # the actions that `action` stands for
    source_family: Family | None = None  # the family that `source` stands for
    target_family: Family | None = None


@dataclass(frozen=True, slots=True)
class Chain:
    """A simple chain of hops from source to target, every hop possible.

    `stands_for`: how many chains it is, through members of the families at its hops. `witnesses`: for each hop the keys of a request
    that works together with the others, None where none was found.
    """

    verdict: Verdict
    condition: Condition | None
    hops: tuple[Hop, ...]
    stands_for: int = 1
    witnesses: tuple[Witness | None, ...] = ()


@dataclass(frozen=True, slots=True)
class BlockedChain:
    """A near miss: hop `blocked_at` (0-based) is the first that is not possible, with its verdict.

    `blocked_hops` says for each of `blocked_by` which hop it withholds.
    """

    verdict: Verdict
    blocked_at: int
    hops: tuple[Hop, ...]
    blocked_by: tuple[Blocker, ...]
    blocked_hops: tuple[int, ...] = ()

    def at(self, hop: int) -> tuple[Blocker, ...]:
        """What withholds one of the hops; nothing where it is possible."""
        places = self.blocked_hops or (self.blocked_at,) * len(self.blocked_by)
        return tuple(blocker for blocker, place in zip(self.blocked_by, places, strict=True) if place == hop)

    def holds_at(self, hop: int) -> bool:
        """Whether the hop is one that is withheld."""
        return hop == self.blocked_at or hop in self.blocked_hops


@dataclass(frozen=True, slots=True)
class Node:
    """How a node of an answer is described. `kind`: user, role, root, session, account, anonymous, any-aws-principal,
    service, canonical, resource, object, …; `collected` False when it is only known by name."""

    id: str
    kind: str
    account: str | None
    account_name: str | None
    name: str
    collected: bool
