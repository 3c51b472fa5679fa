"""What a question about actions on a resource asks, goal by goal: one for each action class (contract section 10)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from xgraph.graph.model import reference
from xgraph.graph.policy.glob import action_pattern

from .actions import ActionClass, class_of, narrowed
from .graph import AccessGraph
from .names import UnknownName, known_as, target
from .points import goes_through
from .world import Goal

MOST_NAMED = 5  # of the access points that a note names


@dataclass(frozen=True, slots=True)
class Asked:
    """One goal, and the actions that its decision holds for. `is_alias`: it is what another goal asks for, by a further name."""

    goal: Goal
    actions: ActionClass
    is_alias: bool = False


def is_single(action: str) -> bool:
    """Whether the text names one action."""
    return ":" in action and not any(sign in action for sign in "*?")


def asked(graph: AccessGraph, resource: str, action: str | None) -> tuple[tuple[Asked, ...], tuple[str, ...]]:
    """The goals that a resource and an action, a pattern of actions, an access level or `any` stand for, and notes. Raises UnknownName.

    Many actions on a bucket are those on the bucket and those on any object in it; what is asked of a bucket or of objects in it is asked
    through each access point that leads there, too. Without an action a role is asked about being
    assumed, and everything else about `any`.
    """
    resource = known_as(graph, resource, is_source=False)
    if action is None and graph.world.estate.principals.get(resource) is None:
        action = "any"
    if action is None or is_single(action):
        node, one, notes = target(graph, resource, action)
        unknown = () if reference.is_known_action(one) else (f"the reference data does not know `{one}`: asked literally",)
        points = tuple(point for point in graph.world.points.names(node) if goes_through(point, one))
        goals = tuple(Asked(graph.world.goal(name, one), class_of((reference.spelled(one),)), name != node) for name in (node, *points))
        return goals, (*notes, *unknown, *_note_points(node, points))
    keeps = selection(action)
    nodes, notes = _nodes(graph, resource)
    found = [
        Asked(graph.world.goal(node, one.representative), one) for node in nodes for one in narrowed(graph.action_classes.on(node), keeps)
    ]
    points = tuple(point for node in nodes for point in graph.world.points.names(node))
    found += [one for point in points for one in through(graph, point, keeps)]
    notes = (*notes, *_note_points(nodes[0], points))
    if not found:
        raise UnknownName(action, f"is no action that the reference data lists for `{resource}`")
    return tuple(found), notes


def through(graph: AccessGraph, point: str, keeps: Callable[[str], bool]) -> Iterator[Asked]:
    """What can be done through an access point to what it leads to, class by class."""
    for one in narrowed(graph.action_classes.on(point), lambda action: keeps(action) and goes_through(point, action)):
        yield Asked(graph.world.goal(point, one.representative), one, is_alias=True)


def _note_points(node: str, points: tuple[str, ...]) -> tuple[str, ...]:
    if not points:
        return ()
    names = dict.fromkeys(point.partition("/object/")[0] for point in points)
    shown = ", ".join(list(names)[:MOST_NAMED]) + (f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else "")
    return (f"{node.partition('/')[0]} is asked about by its own name and through its access points: {shown}",)


def selection(text: str) -> Callable[[str], bool]:
    """Which actions an action, a pattern, an access level or `any` stands for. Raises UnknownName."""
    wanted = text.strip().lower()
    if is_single(wanted):
        if not reference.is_known_action(wanted):
            raise UnknownName(text, "is not in the reference data, which therefore can't say what it acts on")
        return lambda action: action.lower() == wanted
    if wanted in ("any", "*"):
        return lambda _action: True
    if wanted in reference.LEVELS:
        return lambda action: wanted in reference.levels_of(action)
    pattern = action_pattern(wanted)
    if pattern is None or ":" not in wanted:
        raise UnknownName(text, "is no action, pattern of actions, or access level", ("any", *reference.LEVELS))
    return lambda action: pattern.matches(action.lower())


def _nodes(graph: AccessGraph, resource: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    classes = graph.action_classes.on(resource)
    if not classes:
        raise UnknownName(resource, "is no kind of resource that the reference data knows; ask about one action by its name")
    node, _, notes = target(graph, resource, classes[0].representative)
    if ":s3:::" in node and "/" not in node:
        return (node, f"{node}/*"), (*notes, f"asked of {node} and of any object in it")
    return (node,), notes
