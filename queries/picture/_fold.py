"""Too many nodes to draw become groups that open on demand: equal ones of an account first, then those of all accounts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass

MOST = 300  # nodes drawn one by one
_READABLE = 60  # things in a picture that still tells something at a glance
_SHORTEST_PREFIX = 4


@dataclass(frozen=True, slots=True)
class Group:
    """Things drawn as one. `members`: ids of nodes or of other groups."""

    id: str
    members: tuple[str, ...]


def fold(inner: Mapping[str, Hashable], outer: Mapping[str, Hashable], most: int = MOST) -> list[Group]:
    """Groups so that few things are left to draw, innermost first; none when there are no more than `most` nodes.

    `inner` and `outer` say, for the id of each node, what makes it equal to others: within an account, and whichever account.
    """
    if len(inner) <= most:
        return []
    groups, rest = _join(inner, inner, 0)
    if len(groups) + len(rest) <= min(most, _READABLE):
        return groups
    keys: dict[str, Hashable] = {group.id: outer[group.members[0]] for group in groups}
    keys.update((node, outer[node]) for node in rest)
    return groups + _join(keys, keys, len(groups))[0]


def _join(things: Iterable[str], keys: Mapping[str, Hashable], numbered_from: int) -> tuple[list[Group], list[str]]:
    """One group for each set of two or more equal things, and the things that have no equal."""
    equal: dict[Hashable, list[str]] = defaultdict(list)
    for thing in things:
        equal[keys[thing]].append(thing)
    sets = [tuple(members) for members in equal.values() if len(members) > 1]
    return [Group(f"g{number}", members) for number, members in enumerate(sets, numbered_from)], [
        members[0] for members in equal.values() if len(members) == 1
    ]


def pattern(names: list[str]) -> str:
    """What all names begin with, as `prefix*`; empty when they have little in common."""
    low, high = min(names), max(names)
    prefix = low[: next((place for place, (one, other) in enumerate(zip(low, high, strict=False)) if one != other), len(low))]
    return f"{prefix}*" if len(prefix) >= _SHORTEST_PREFIX else ""
