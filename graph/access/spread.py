"""What some principals can become and touch: from the sources forward, every role and every collected resource, each with the best way.

The best way is ALLOWED before CONDITIONAL, then shortest. Resources are asked about for the principals that can be reached alone, so the
cost follows what lies within reach and not the size of the organization.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from xgraph.graph.model.resource import Resource
from xgraph.graph.policy.authorize import verdict_of
from xgraph.graph.policy.caller import CallerKind
from xgraph.graph.policy.combine import Combined
from xgraph.graph.policy.decision import Verdict
from xgraph.graph.policy.formula import Formula, disj

from .actions import ActionClass, class_of
from .asked import Asked
from .candidates import ActionIndex
from .census import take_census
from .fronts import Front, Fronts
from .graph import AccessGraph
from .paths import Route, Start
from .points import POINTS
from .reach import Reach, is_unread, possible_allow, reach
from .roster import Roster
from .ways import WaysFrom
from .world import ASSUME_ROLE, Actor, Goal

BECOME = class_of(("sts:AssumeRole",))
_Rank = tuple[bool, int, int]  # not ALLOWED, hops, number: the least is the best


@dataclass(frozen=True, slots=True)
class Touch:
    """One goal that can be reached, and the best way to it. `through`: the number of the set of role hops that it ends with."""

    asked: Asked
    verdict: Verdict
    route: Route
    through: int | None = None


class Spread:
    """From `actors`, over at most `max_hops` hops. `unread` are the goals asked about so far that something unread could open.

    `fronts`: shared by several of these, so that what keeps all of them out is looked at once.
    """

    def __init__(self, graph: AccessGraph, actors: tuple[Actor, ...], max_hops: int, fronts: Fronts | None = None) -> None:
        self.graph = graph
        self._fronts = fronts or Fronts(graph.world, graph.index)
        self.actors = actors
        self.max_hops = max_hops
        self.unread: list[Goal] = []
        self.starts: dict[int, Actor] = {}
        self._special: list[Actor] = []
        for actor in actors:
            number = graph.number(actor.node) if actor.principal is not None and actor.caller.session is None else None
            if number is None:
                self._special.append(actor)
            else:
                self.starts[number] = actor
        self._opened: dict[int, Actor] = {}  # role → the actor without a number that becomes it by one hop
        # A session and its role are one identity: coming back to the role would be going in a circle.
        own = self._special[0].principal if len(actors) == 1 and self._special else None
        self.ways = WaysFrom(graph, self.starts, self._first_roles(), max_hops, graph.number(own.arn) if own else None)
        rosters = ((numbers, Roster(graph.world, [graph.principals[n] for n in numbers])) for numbers in self._by_hops())
        self._tiers = tuple((numbers, roster, take_census(graph.world, roster)) for numbers, roster in rosters)
        self._accounts = frozenset(account for _, roster, _ in self._tiers for account in roster.by_account)
        self._indexes: dict[tuple[int, str], ActionIndex] = {}

    def _by_hops(self) -> list[list[int]]:
        """Who may still touch something, by the hops of ways that are ALLOWED; those without such a way last."""
        tiers: dict[int, list[int]] = {}
        for number in sorted(n for n, step in self.ways.possible.items() if step.hops < self.max_hops):
            sure = self.ways.allowed.get(number)
            tiers.setdefault(sure.hops if sure is not None and sure.hops < self.max_hops else self.max_hops, []).append(number)
        return [tiers[hops] for hops in sorted(tiers)] or [[]]

    def _first_roles(self) -> dict[int, Verdict]:
        """What sessions and strangers become by one hop, with the best verdict."""
        found: dict[int, Verdict] = {}
        for actor in self._special:
            if not actor.may_assume:
                continue
            own = self.graph.number(actor.principal.arn) if actor.principal is not None else None
            for role in self.graph.roles_from(actor):
                allow, _ = self.graph.role_hop(actor, role)
                verdict = _verdict(allow)
                if role != own and (role not in found or (verdict is Verdict.ALLOWED and found[role] is not verdict)):
                    found[role], self._opened[role] = verdict, actor
        return found

    @property
    def members(self) -> list[int]:
        """The numbers of all collected principals that the sources are or become."""
        return sorted(self.ways.possible)

    # ----------------------------------------------------------------------------------------------------------- become

    def become(self) -> Iterator[Touch]:
        """Every role that can be become, the sources themselves left out, in the order of their numbers."""
        for number in sorted(self.ways.possible):
            step = (self.ways.allowed if number in self.ways.allowed else self.ways.possible)[number]
            if step.hops:
                goal = self.graph.world.goal(self.graph.principals[number].arn, ASSUME_ROLE)
                route = self._route(number, allowed=number in self.ways.allowed)
                yield Touch(Asked(goal, BECOME), self.ways.verdict(number), Route(route.start, route.roles[:-1]), step.through)

    # ------------------------------------------------------------------------------------------------------------ touch

    def touched(self, resource: Resource, classes: Callable[[str], tuple[ActionClass, ...]]) -> Iterator[Touch]:
        """What can be done to a resource, class by class. `classes`: those of an ARN that are asked about."""
        if self._may_touch(resource) and not self._is_kept_out(resource, classes):
            for node in self._nodes(resource):
                yield from self.touched_at(node, classes)

    def _nodes(self, resource: Resource) -> Iterator[str]:
        """A resource, what it holds, and the further names of a bucket that are no collected resources themselves."""
        yield resource.arn
        if resource.type in POINTS:
            yield f"{resource.arn}/object/*"
        if resource.type == "bucket":
            yield f"{resource.arn}/*"
            points = self.graph.world.points
            if points.foreign(resource.arn):
                collected = self.graph.world.estate.resources
                names = (*points.names(resource.arn), *points.names(f"{resource.arn}/*"))
                yield from (name for name in names if name.partition("/object/")[0] not in collected)

    def touched_at(self, node: str, classes: Callable[[str], tuple[ActionClass, ...]]) -> Iterator[Touch]:
        """The same for one node, collected or not."""
        for one in classes(node):
            front = self._fronts.at(node, one.representative)
            is_kept_out = front.keeps_out(self._accounts, self._special)
            if is_kept_out and not front.unread:
                continue
            goal = self.graph.world.goal(node, one.representative)
            if is_kept_out:
                self.unread.append(goal)
                continue
            found = self._best(Asked(goal, one), front)
            if found is not None:
                yield found

    def _is_kept_out(self, resource: Resource, classes: Callable[[str], tuple[ActionClass, ...]]) -> bool:
        """Whether the resource speaks of nobody who could be a source or what it becomes, whatever is asked."""
        every = (one for node in self._nodes(resource) for one in classes(node))
        front = self._fronts.around(resource, every)
        return front is not None and front.keeps_out(self._accounts, self._special)

    def _may_touch(self, resource: Resource) -> bool:
        """Whether anything but the identity policies of strangers to its account could open the resource."""
        if resource.account in self._accounts or any(a.caller.account == resource.account for a in self._special):
            return True
        has_acls = resource.service == "s3" and resource.settings.get("ObjectOwnership") != "BucketOwnerEnforced"
        return resource.policy is not None or has_acls or (resource.service != "s3" and bool(resource.settings))

    def _best(self, asked: Asked, front: Front) -> Touch | None:
        goal = asked.goal
        ranked: list[tuple[_Rank, bool]] = []
        for tier, (numbers, _, _) in enumerate(self._tiers):
            held = self._reach(goal, tier, front)
            if held.unread:
                self.unread.append(goal)
            ranked += self._ranked(held, numbers)
            if any(is_sure for _, is_sure in ranked):
                break  # whoever comes later is more hops away
        best = min(ranked, default=None)
        direct = self._direct(goal, held)
        if direct is not None and (best is None or (direct[0] is not Verdict.ALLOWED, 1) <= best[0][:2]):
            return Touch(asked, direct[0], Route(Start(direct[1], None), ()))
        if best is None:
            return None
        (_, _, number), is_sure = best
        return Touch(asked, Verdict.ALLOWED if is_sure else Verdict.CONDITIONAL, self._route(number, allowed=is_sure))

    def _ranked(self, held: Reach, numbers: list[int]) -> Iterator[tuple[_Rank, bool]]:
        for group in held.groups:
            for member in group.members:
                number = numbers[member]
                sure = self.ways.allowed.get(number)
                is_sure = group.verdict is Verdict.ALLOWED and sure is not None and sure.hops < self.max_hops
                steps = self.ways.allowed if is_sure else self.ways.possible
                yield (not is_sure, steps[number].hops + 1, number), is_sure

    def _reach(self, goal: Goal, tier: int, front: Front) -> Reach:
        """Who of a tier may do what the goal says; numbers are places in it."""
        anonymous = front.anonymous
        if not self._tiers[tier][0]:
            return Reach((), is_unread(goal), anonymous)
        index = self._indexes.get((tier, goal.action))
        if index is None:
            _, roster, census = self._tiers[tier]
            index = self._indexes[tier, goal.action] = ActionIndex(self.graph.world, roster, goal.action, census)
        return reach(self.graph.world, index, goal, anonymous=anonymous)

    def _direct(self, goal: Goal, held: Reach) -> tuple[Verdict, Actor] | None:
        """The best that a source without a number can do by itself; with credentials it can drop them (R4.16)."""
        found = None
        for actor in self._special:
            allow, _ = possible_allow(self.graph.world, actor, goal)
            if held.anonymous is not False and actor.caller.kind is not CallerKind.SERVICE:
                allow = disj(allow, held.anonymous)
            if allow is not False:
                verdict = _verdict(allow)
                found = (verdict, actor) if found is None or (verdict is Verdict.ALLOWED and found[0] is not verdict) else found
        return found

    def _route(self, number: int, *, allowed: bool) -> Route:
        """The best way to a principal that acts: the source, and the roles up to it."""
        numbers = self.ways.chain_to(number, allowed=allowed)
        if numbers[0] in self.starts and (self.ways.allowed if allowed else self.ways.possible)[numbers[0]].hops == 0:
            return Route(Start(self.starts[numbers[0]], numbers[0]), numbers[1:])
        return Route(Start(self._opened[numbers[0]], None), numbers)


def _verdict(allow: Formula) -> Verdict:
    return verdict_of(Combined(allow, False, allow))
