"""Action classes: actions that no collected statement and no service rule tells apart for a kind of resource (contract 10)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from xgraph.graph.model import reference
from xgraph.graph.model.arn import parse_arn
from xgraph.graph.model.document import Policy
from xgraph.graph.model.estate import Estate
from xgraph.graph.policy.services import rules_of
from xgraph.graph.policy.statement import ActionList

from .attach import compiled


@dataclass(frozen=True, slots=True)
class ActionClass:
    """Actions that always get one answer. `representative` stands for them; `levels` are their access levels."""

    representative: str
    actions: tuple[str, ...]
    levels: tuple[str, ...]


class ActionClasses:
    """The classes of one estate, worked out for each service and resource type when asked for."""

    def __init__(self, estate: Estate) -> None:
        self._lists = tuple({id(one): one for one in _action_lists(estate)}.values())
        self._found: dict[tuple[str, str], tuple[ActionClass, ...]] = {}

    def of(self, service: str, resource_type: str) -> tuple[ActionClass, ...]:
        """The classes of a service's actions on a resource type (names as in the service authorization reference)."""
        place = (service, resource_type)
        if place not in self._found:
            self._found[place] = self._split(service, resource_type)
        return self._found[place]

    def on(self, arn: str) -> tuple[ActionClass, ...]:
        """The classes of everything that can be done to what the ARN names; a role is also there to be assumed."""
        parsed = parse_arn(arn)
        if parsed is None:
            return ()
        services = (parsed.service, "sts") if parsed.service == "iam" else (parsed.service,)
        found = {}
        for service in services:
            for kind in reference.types_of(arn, service):
                found.update({one.representative: one for one in self.of(service, kind)})
        return tuple(found[name] for name in sorted(found))

    def _split(self, service: str, resource_type: str) -> tuple[ActionClass, ...]:
        apart = rules_of(service).told_apart
        groups: dict[object, list[tuple[str, str]]] = defaultdict(list)
        for action, level in reference.actions_on(service, resource_type):
            name = action.lower()
            marks = tuple(one.matches(name) for one in self._lists), tuple(name in some for some in apart), reference.tags_requests(name)
            groups[marks].append((action, level))
        return tuple(class_of(action for action, _ in members) for members in sorted(groups.values()))


def class_of(actions: Iterable[str]) -> ActionClass:
    """Actions that share an answer; the first stands for them."""
    members = tuple(actions)
    return ActionClass(members[0], members, tuple(sorted({level for action in members for level in reference.levels_of(action)})))


def narrowed(classes: Iterable[ActionClass], keeps: Callable[[str], bool]) -> tuple[ActionClass, ...]:
    """The classes with those actions alone that are asked about; what remains without any is left out."""
    kept = ([action for action in one.actions if keeps(action)] for one in classes)
    return tuple(class_of(members) for members in kept if members)


def _action_lists(estate: Estate) -> Iterator[ActionList]:
    for policy in _policies(estate):
        found = compiled(policy)
        for statement in found.statements if found else ():
            yield statement.actions


def _policies(estate: Estate) -> Iterator[Policy]:
    for principal in estate.principals.values():
        yield from principal.policies
        if principal.boundary is not None:
            yield principal.boundary
    for group in estate.groups.values():
        yield from group.policies
    for organization in estate.organizations.values():
        for attached in (*organization.scps.values(), *organization.rcps.values()):
            yield from attached
    for resource in estate.resources.values():
        if resource.policy is not None:
            yield resource.policy
        for name in ("RamShare", "RegistryPolicy"):
            if resource.settings.get(name):
                yield Policy(f"{resource.arn}#{name}", resource.settings[name])
