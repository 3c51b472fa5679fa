"""What a collection is to ask: which accounts, regions, services and objects."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, fields
from fnmatch import fnmatchcase
from typing import Any, Self

from xgraph.ingest.collect.session import UsageError
from xgraph.ingest.services import SERVICES
from xgraph.ingest.services._service import Call, Scope, Service
from xgraph.ingest.snapshot.batch import Batch

ENABLED = "enabled"

REGIONS = Service(
    name="regions",
    description="Which regions an account has enabled",
    scope=Scope.GLOBAL,
    calls=(Call("describe_regions", ("ec2:DescribeRegions",)),),
    normalize=lambda _: NotImplemented,
    client="ec2",
)


@dataclass(frozen=True, slots=True)
class Plan:
    """What the user wants; an empty tuple leaves a choice open.

    `whole`: every active account of the organization, or those of `accounts` and `units` less `excluded`. `none`: there is no
    organization. `regions`: names, `enabled` for those that each account has enabled, or nothing for the configured one. `refresh`:
    patterns of ACCOUNT/SERVICE. `objects`: pairs of bucket and prefix, `sample` of each (0: all). `roles` are tried in order.
    """

    whole: bool = False
    none: bool = False
    accounts: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()
    units: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    services: tuple[str, ...] = ()
    refresh: tuple[str, ...] = ()
    objects: tuple[tuple[str, str], ...] = ()
    sample: int = 0
    roles: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Raises UsageError for a service that nobody knows."""
        known = [service.name for service in SERVICES]
        for name in self.services:
            if name not in known:
                raise UsageError(f"there is no service `{name}`: choose from {', '.join(sorted(known))}")

    def to_json(self) -> Mapping[str, Any]:
        """The plan in types that JSON has."""
        return asdict(self)

    @classmethod
    def from_json(cls, found: Mapping[str, Any]) -> Self:
        """The plan that `to_json` wrote down; fields of another version are left aside."""
        known = {each.name for each in fields(cls)}
        return cls(**{key: _tuples(value) for key, value in found.items() if key in known})

    def wants(self, service: Service) -> bool:
        """Whether the service is asked."""
        return not self.services or service.name in self.services or service.is_for_objects

    def concerns(self, service: Service) -> bool:
        """Whether the service is one that could be asked or left out: looking at objects is neither when nobody names any."""
        return service.scope is not Scope.ORGANIZATION and (bool(self.objects) or not service.is_for_objects)

    def wants_again(self, account: str, service: Service) -> bool:
        """Whether a place is asked again; every place unless only some are to be."""
        return not self.refresh or any(fnmatchcase(f"{account}/{service.name}", _whole(pattern)) for pattern in self.refresh)

    def asks_for_regions(self) -> bool:
        return ENABLED in self.regions


def _whole(pattern: str) -> str:
    """`ACCOUNT` alone stands for all its services."""
    return pattern if "/" in pattern else f"{pattern}/*"


def _tuples(value: Any) -> Any:
    return tuple(_tuples(each) for each in value) if isinstance(value, list | tuple) else value


def chosen_accounts(plan: Plan, organization: Batch) -> tuple[str, ...]:
    """The active accounts of an organization that the plan wants. Raises UsageError for one that is not in it."""
    active = set(_active(organization))
    listed = {account["Id"] for account, _ in _accounts(organization)}
    for account in (*plan.accounts, *plan.excluded):
        if account not in listed:
            raise UsageError(f"there is no account `{account}` in the organization")
    wanted = set(plan.accounts)
    if plan.units:
        wanted |= _below(plan.units, organization)
    chosen = active & wanted if plan.accounts or plan.units else active
    return tuple(sorted(chosen - set(plan.excluded)))


def _accounts(organization: Batch) -> Iterator[tuple[Mapping[str, Any], str]]:
    """Accounts with what they are directly below."""
    for each in organization.answers:
        if each.call == "list_accounts_for_parent":
            for account in each.answer["Accounts"]:
                yield account, each.parameters["ParentId"]


def _active(organization: Batch) -> Iterator[str]:
    return (account["Id"] for account, _ in _accounts(organization) if account.get("State", account.get("Status")) == "ACTIVE")


def _below(units: Iterable[str], organization: Batch) -> set[str]:
    """The accounts below organizational units or a root, however deep. Raises UsageError for one that is not there."""
    children: dict[str, list[str]] = {}
    for each in organization.answers:
        if each.call == "list_organizational_units_for_parent":
            children[each.parameters["ParentId"]] = [unit["Id"] for unit in each.answer["OrganizationalUnits"]]
    reached: set[str] = set()
    for unit in units:
        if unit not in children:
            raise UsageError(f"there is no organizational unit `{unit}` in the organization")
        waiting = [unit]
        while waiting:
            here = waiting.pop()
            reached.add(here)
            waiting.extend(children.get(here, ()))
    return {account["Id"] for account, parent in _accounts(organization) if parent in reached}
