"""The identities of an estate by number and name, where no hops between them are needed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from xgraph.graph.model.estate import Estate
from xgraph.graph.model.principal import Principal, PrincipalKind, root_user

from .world import ASSUME_ROLE, Actor, Goal, World


def numbered(estate: Estate) -> list[Principal]:
    """Users, roles and root users of the collected accounts, in the order of their ARNs."""
    roots = [root_user(a.id, a.partition) for a in estate.accounts.values() if a.is_collected]
    return sorted((*estate.principals.values(), *roots), key=lambda p: p.arn)


_WAYS_IN = ("BucketAcl", "Grants", "RamShare", "RegistryPolicy", "SharedWith")


def is_guarded(settings: Mapping[str, object]) -> bool:
    """Whether settings hold an ACL, grants, shares or a further policy."""
    return any(settings.get(name) for name in _WAYS_IN)


def guarded_goals(world: World, principals: Sequence[Principal]) -> Iterator[Goal]:
    """Every role and every resource with a policy, as goals of no particular action."""
    for principal in principals:
        if principal.trust is not None:
            yield world.goal(principal.arn, ASSUME_ROLE)
    for arn, resource in world.estate.resources.items():
        if resource.policy is not None or is_guarded(resource.settings):
            yield world.goal(arn, f"{resource.service}:*")


class Roster:
    """A directory of an estate that is made at once, however large the estate: nothing is decided.

    `principals`: some of the estate's identities, where only those matter; all of them when None.
    """

    def __init__(self, world: World, principals: Sequence[Principal] | None = None) -> None:
        self.world = world
        self.principals = numbered(world.estate) if principals is None else list(principals)
        self.by_arn = {principal.arn: number for number, principal in enumerate(self.principals)}
        self.by_account: dict[str, list[int]] = defaultdict(list)
        self.by_session_name: dict[tuple[str, str], int] = {}
        self.by_unique_id: dict[str, int] = {}
        for number, principal in enumerate(self.principals):
            self.by_account[principal.account].append(number)
            if principal.unique_id:
                self.by_unique_id[principal.unique_id] = number
            if principal.kind is PrincipalKind.ROLE:
                self.by_session_name[principal.account, principal.name] = number

    @property
    def index(self) -> Roster:
        """Itself: the roster is its own index."""
        return self

    def number(self, arn: str) -> int | None:
        """The number of a collected principal."""
        return self.by_arn.get(arn)

    def actor(self, number: int) -> Actor:
        """The node of a numbered principal."""
        return self.world.actor(self.principals[number])

    def guarded_goals(self) -> Iterator[Goal]:
        """Every role and every resource with a policy, as goals of no particular action."""
        return guarded_goals(self.world, self.principals)
