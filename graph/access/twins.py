"""Families: principals that nothing tells apart for one search, so that one chain stands for all that differ only in them.

Two principals are of one family when they lie in the same sets of hops on both sides, reach the goal by the same decision in the same
way, and fulfil the same wishes: exchanging them changes no chain of the search. Sets are counted only where a chain can use them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Sequence
from functools import cached_property
from math import perm
from typing import TYPE_CHECKING

from xgraph.graph.policy.formula import Formula, atoms_of

from .families import Family, family_of, kin

if TYPE_CHECKING:
    from .paths import Search

# Keys whose worth follows from how the session was made: their bearers are told apart.
STICKY = ("aws:principaltag/", "aws:sourceidentity", "sts:sourceidentity", "aws:requesttag/", "aws:tagkeys", "sts:transitivetagkeys")


class Twins:
    """The families of one search."""

    def __init__(self, search: Search, expanded: frozenset[str] = frozenset()) -> None:
        self._search = search
        groups: defaultdict[Hashable, list[int]] = defaultdict(list)
        for number in sorted(search.behind):
            groups[self._signature(number)].append(number)
        for key, members in tuple(groups.items()):
            if expanded and len(members) > 1 and self._family(members).id in expanded:
                del groups[key]
                groups.update({member: [member] for member in members})
        self._members = {members[0]: tuple(members) for members in groups.values()}
        self._chosen = {number: members[0] for members in groups.values() for number in members}
        self._targets: dict[int, tuple[int, ...]] = {}
        self._found: dict[int, Family | None] = {}

    def chosen(self, number: int) -> int:
        """The member that stands for a principal's family."""
        return self._chosen.get(number, number)

    def size_of(self, node: int) -> int:
        """How many principals a node stands for."""
        return len(self._members.get(node, (node,)))

    def targets(self, one: int) -> tuple[int, ...]:
        """The families that a set of hops leads to, by their chosen members."""
        found = self._targets.get(one)
        if found is None:
            chosen = self._chosen
            found = tuple(sorted({chosen[t] for t in self._search.country.targets.get(one, ()) if t in chosen}))
            self._targets[one] = found
        return found

    def members_on(self, nodes: tuple[int, ...]) -> tuple[int, ...]:
        """A chain through the first members of each family, none of them twice."""
        seen: defaultdict[int, int] = defaultdict(int)
        out = []
        for node in nodes:
            out.append(self._members[node][seen[node]] if node in self._members else node)
            seen[node] += 1
        return tuple(out)

    def count(self, nodes: tuple[int, ...]) -> int:
        """How many chains these nodes stand for."""
        total = 1
        for node in set(nodes):
            total *= perm(self.size_of(node), nodes.count(node))
        return total

    def members(self, number: int) -> tuple[int, ...]:
        """The principals of a principal's family, itself among them."""
        return self._members.get(self.chosen(number), (number,))

    def of(self, number: int) -> Family | None:
        """The family of a principal; None when it is alone."""
        chosen = self.chosen(number)
        if chosen not in self._found:
            members = self._members.get(chosen, ())
            self._found[chosen] = self._family(members) if len(members) > 1 else None
        return self._found[chosen]

    def _family(self, members: Sequence[int]) -> Family:
        return family_of([self._search.graph.index.principals[member] for member in members])

    # -------------------------------------------------------------------------------------------------------- signature

    def _signature(self, number: int) -> Hashable:
        search = self._search
        principal = search.graph.index.principals[number]
        out = tuple(one for one in search.graph.trust.out[number] if one in self._useful)
        into = tuple(one for one in search.graph.trust.into[number] if one in self._useful and search.country.members.get(one))
        group = search.finals.get(number)
        if number in self._tainted:
            return number
        is_home = group is not None and principal.account == search.goal.target.owner
        wishes = search.filters.met_at(principal.arn, principal.account) if search.filters.wishes else 0
        account = principal.account if search.filters.is_local else ""
        ways = search.met_at_goal(number) if group is not None and search.filters.mechanisms else 0
        return kin(principal), out, into, group, is_home, number in self._starts, self._led_to.get(number, ()), wishes, account, ways

    @cached_property
    def _useful(self) -> frozenset[int]:
        """Sets of hops that lead to a principal from which the goal can be reached."""
        search = self._search
        return frozenset(one for number in search.behind for one in search.graph.trust.into[number] if one in search.country.targets)

    @cached_property
    def _starts(self) -> frozenset[int]:
        return frozenset(start.number for start in self._search.starts if start.number is not None)

    @cached_property
    def _led_to(self) -> dict[int, tuple[int, ...]]:
        """The sources that are no numbered principals, by the roles that they may assume or are a session of."""
        found: defaultdict[int, list[int]] = defaultdict(list)
        for position, start in enumerate(self._search.starts):
            own = self._search.own_role(start.actor)
            for role in start.roles:
                found[role].append(position)
            if own is not None:
                found[own].append(-1 - position)
        return {role: tuple(positions) for role, positions in found.items()}

    @cached_property
    def _tainted(self) -> frozenset[int]:
        """Whoever may be on a chain with a condition on something that a session keeps: what they may pass on tells them apart."""
        search, trust = self._search, self._search.graph.trust
        sticky = {one for one in self._useful if _is_sticky(trust.sets[one].allow)}
        begun = {member for one in sticky for member in search.country.members[one] if member in search.behind}
        begun |= {number for number, group in search.finals.items() if _is_sticky(search.reach.groups[group].allow)}
        for start in search.starts:
            begun.update(role for role in start.roles if start.number is None and _is_sticky(search.graph.role_hop(start.actor, role)[0]))
        found = set(begun)
        for sets_of, side in ((trust.into, search.country.members), (trust.out, search.country.targets)):
            seen: set[int] = set()
            frontier = list(begun)
            while frontier:
                sets = {one for number in frontier for one in sets_of[number] if one in self._useful} - seen
                seen |= sets
                frontier = [number for one in sets for number in side[one] if number not in found]
                found.update(frontier)
        return frozenset(found)


def _is_sticky(allow: Formula) -> bool:
    return any(variable.name.startswith(STICKY) for atom in atoms_of(allow) for variable in (atom.variable, *atom.others))
