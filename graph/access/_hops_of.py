"""Hops between nodes of a graph database: possible ones, and near misses."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from xgraph.graph.model.arn import is_account_id
from xgraph.graph.policy.authorize import Control, blockers_of, weigh
from xgraph.graph.policy.caller import CallerKind
from xgraph.graph.policy.decision import Blocker, Verdict
from xgraph.graph.policy.describe import condition_of
from xgraph.graph.policy.factors import Use
from xgraph.graph.policy.formula import Formula
from xgraph.graph.policy.joint import parts_of

from .accesses import Accesses
from .actions import ActionClass
from .everything import Records, home_of
from .graph import AccessGraph
from .hops import make_hop
from .names import strangers
from .near import NearMisses
from .reach import openings, possible_allow
from .trust import Progress
from .world import ASSUME_ROLE, Actor, Goal

# What one caller's own policies withhold is named after the caller, so it is not shared between callers.
_OWN = frozenset(("identity", "group", "boundary", "session"))
_EVERY_ROLE = 50_000  # pairs of a session and a role; past it only roles whose trust may mean the session are looked at


class Hops:
    """Adds the hops of one graph to its records."""

    def __init__(self, graph: AccessGraph, out: Records, *, blocked: bool = True) -> None:
        self.blocked = blocked
        self.graph = graph
        self.out = out
        self._everybody = frozenset(range(len(graph.index.principals)))
        self.near = NearMisses(graph, self._everybody)
        self.outsiders = tuple(_outsiders(graph))
        self.accesses = Accesses(graph)
        self._conditions: dict[Formula, str] = {}
        for actor in self.outsiders:
            out.described(graph, actor.node, **({"role": actor.principal.arn} if actor.principal is not None else {}))
            if actor.principal is not None:
                out.edge("SESSION_OF", actor.node, actor.principal.arn)
            elif (home := home_of(actor.node)) and actor.node != f"account:{home}" and f"account:{home}" in out.nodes:
                out.edge("IN_ACCOUNT", actor.node, f"account:{home}")

    # ------------------------------------------------------------------------------------------------------ role hops

    def add_roles(self, progress: Progress | None) -> None:
        """Every role hop, and the near misses of each role."""
        principals, trust = self.graph.index.principals, self.graph.trust
        for one in trust.sets:
            shown = self._shown("assume-role", (), one.verdict, one.allow)
            for target in one.targets:
                if one.members != (target,):
                    self.out.edge("CAN_ASSUME", self.out.callers(self.graph, one.members), principals[target].arn, shown)
        roles = [number for number, principal in enumerate(principals) if principal.trust is not None]
        for done, number in enumerate(roles if self.blocked else ()):
            if progress and done % 256 == 0:
                progress("near misses", done, len(roles))
            goal = self.graph.world.goal(principals[number].arn, ASSUME_ROLE)
            self._add_missed("BLOCKED_ASSUME", goal, self.near.into_role(number), {})
        for actor in self.outsiders:
            self._add_roles_of(actor, roles)

    def _add_roles_of(self, actor: Actor, roles: Sequence[int]) -> None:
        if actor.caller.kind is CallerKind.ANONYMOUS:
            return
        own = self.graph.number(actor.principal.arn) if actor.principal is not None else None
        able = set(self.graph.roles_from(actor))
        for number in sorted(able - {own}):
            self._add_outside("CAN_ASSUME", actor, self._role_goal(number), {})
        if not self.blocked:
            return
        is_small = len(roles) <= _EVERY_ROLE / max(1, len(self.outsiders))
        asked = roles if actor.principal is not None and is_small else self.graph._mentions.of(actor.caller)  # noqa: SLF001  a neighbour
        for number in asked:
            if number not in able and number != own:
                self._add_missed_outside("BLOCKED_ASSUME", actor, self._role_goal(number), {})

    def _role_goal(self, number: int) -> Goal:
        return self.graph.world.goal(self.graph.index.principals[number].arn, ASSUME_ROLE)

    # --------------------------------------------------------------------------------------------------------- access

    def add_access(self, node: str, one: ActionClass) -> None:
        """Who may do the actions of one class to a node, and who narrowly may not."""
        goal = self.graph.world.goal(node, one.representative)
        self.out.described(self.graph, node)
        shown = {"action": one.representative, "actions": list(one.actions), "levels": list(one.levels)}
        accesses, anonymous = self.accesses.into(goal)
        for one_decision in accesses:
            numbers = one_decision.numbers
            attributes = {**self._shown(one_decision.ways[0], one_decision.ways[1:], one_decision.verdict, one_decision.allow), **shown}
            self.out.edge("CAN_ACCESS", self.out.callers(self.graph, numbers.tolist()), node, attributes)
        if self.blocked:
            self._add_missed_access(goal, frozenset(number for access in accesses for number in access.numbers.tolist()), shown)
        for actor in self._asked(goal):
            is_public = anonymous is not False and actor.caller.kind is not CallerKind.SERVICE
            if is_public or possible_allow(self.graph.world, actor, goal)[0] is not False:
                self._add_outside("CAN_ACCESS", actor, goal, shown)
            elif self.blocked:
                self._add_missed_outside("BLOCKED_ACCESS", actor, goal, shown)

    def _add_missed_access(self, goal: Goal, able: frozenset[int], shown: Mapping[str, Any]) -> None:
        self.near = NearMisses(self.graph, self._everybody)  # what it remembers, it remembers of one action
        self._add_missed("BLOCKED_ACCESS", goal, self.near.into(goal, able), shown)

    def _alike(self, goal: Goal, members: Iterable[int]) -> Iterator[Sequence[int]]:
        index, world = self.graph.index_of(goal.action), self.graph.world
        for alike in index.split(set(members), goal, world).values():
            if len(parts_of(*world.ask(self.graph.actor(alike[0]), goal))) > 1:
                yield from ((number,) for number in alike)
            else:
                yield alike

    def _asked(self, goal: Goal) -> Iterator[Actor]:
        """The outsiders that the resource side may mean."""
        opened = openings(self.graph.index_of(goal.action), goal)
        for actor in self.outsiders:
            is_named = opened.accounts is None or actor.caller.account in opened.accounts
            if is_named or actor.principal is not None or not is_account_id(actor.caller.account or ""):
                yield actor

    # --------------------------------------------------------------------------------------------------- single edges

    def _shown(self, mechanism: str, also: Sequence[str], verdict: Verdict, allow: Formula) -> dict[str, Any]:
        condition = None
        if verdict is Verdict.CONDITIONAL:
            condition = self._conditions.get(allow)
            if condition is None:
                condition = self._conditions[allow] = condition_of(allow).text
        return {"mechanism": mechanism, "also": list(also), "verdict": verdict.value, "condition": condition}

    def _add_outside(self, kind: str, actor: Actor, goal: Goal, more: Mapping[str, Any]) -> None:
        hop = make_hop(self.graph.world, actor, goal)
        shown = {
            "mechanism": hop.mechanism,
            "also": list(hop.also),
            "verdict": hop.verdict.value,
            "condition": hop.condition.text if hop.condition else None,
        }
        self.out.edge(kind, self.out.acting(actor.node), goal.node, {**shown, **more})

    def _add_missed_outside(self, kind: str, actor: Actor, goal: Goal, more: Mapping[str, Any]) -> None:
        control = self.near.control(actor, goal)
        if control is not None:
            self._blocked(kind, self.out.acting(actor.node), goal, (actor, control, self._blockers(actor, goal, control)), more)

    def _add_missed(self, kind: str, goal: Goal, missed: Mapping[int, Control], more: Mapping[str, Any]) -> None:
        found: dict[tuple[str, tuple[Blocker, ...]], list[int]] = defaultdict(list)
        controls = {}
        for alike in self._alike(goal, missed) if missed else ():
            for members in self._under_one_roof(alike):
                control = missed[members[0]]
                controls[control.name] = control
                blockers = self._blockers(self.graph.actor(members[0]), goal, control)
                if not any(blocker.policy_type.value in _OWN for blocker in blockers):
                    found[control.name, blockers] += members
                    continue
                for number in members:
                    found[control.name, self._blockers(self.graph.actor(number), goal, control)].append(number)
        for (name, blockers), members in sorted(found.items(), key=lambda item: min(item[1])):
            for those in self._by_verdict(goal, controls[name], members):
                first = self.graph.actor(those[0])
                self._blocked(kind, self.out.callers(self.graph, sorted(those)), goal, (first, controls[name], blockers), more)

    def _under_one_roof(self, members: Iterable[int]) -> Iterable[list[int]]:
        """By account: SCPs are named by where they are attached."""
        found: dict[str, list[int]] = defaultdict(list)
        for number in members:
            found[self.graph.index.principals[number].account].append(number)
        return found.values()

    def _by_verdict(self, goal: Goal, control: Control, members: Sequence[int]) -> Iterable[list[int]]:
        """Members whose missing hop looks the same."""
        found: dict[tuple[Verdict, str], list[int]] = defaultdict(list)
        for alike in self._alike(goal, members):
            hop = make_hop(self.graph.world, self.graph.actor(alike[0]), goal, lifted=control)
            found[hop.verdict, hop.mechanism] += alike
        return found.values()

    def _blocked(
        self, kind: str, caller: str, goal: Goal, near: tuple[Actor, Control, tuple[Blocker, ...]], more: Mapping[str, Any]
    ) -> None:
        actor, control, blockers = near
        hop = make_hop(self.graph.world, actor, goal, lifted=control)
        shown = {
            "mechanism": hop.mechanism,
            "verdict": hop.verdict.value,
            "control": control.name,
            "blocked_by": [blocker.text for blocker in blockers],
            "blockers": [json.dumps(asdict(blocker), sort_keys=True) for blocker in blockers],
        }
        self.out.edge(kind, caller, goal.node, {**shown, **more})
        for blocker in blockers:
            place = f"{blocker.policy}#statement/{blocker.statement}"
            place = place if place in self.out.nodes else blocker.policy
            if place in self.out.nodes:
                self.out.edge("BLOCKED_BY", caller, place, {"target": goal.node, "control": control.name})

    def _blockers(self, actor: Actor, goal: Goal, control: Control) -> tuple[Blocker, ...]:
        request, policies = self.graph.world.ask(actor, goal)
        uses: list[Use] = []
        weigh(request, policies, record=uses.append)
        return blockers_of(control, request, policies, uses)


def _outsiders(graph: AccessGraph) -> Iterator[Actor]:
    """Callers that are no collected principals: strangers and services that policies name, sessions of collected roles, anybody."""
    world = graph.world
    for node in sorted(strangers(graph)):
        actor = world.outsider(node)
        if actor is not None:
            yield actor
    for role, session in sorted(_sessions(graph)):
        yield world.actor(graph.index.principals[role], session)
    yield world.anonymous()
    wide = world.outsider("any-aws-principal")
    if wide is not None:
        yield wide


def _sessions(graph: AccessGraph) -> set[tuple[int, str]]:
    """(role, name) of the sessions of collected roles that trust and resource policies name."""
    found = set()
    for goal in graph.guarded_goals():
        for statement in goal.policy.compiled.statements if goal.policy and goal.policy.compiled else ():
            for arn in statement.principal.arns if statement.principal else ():
                parts = arn.split(":", 5)
                names = parts[5].split("/") if len(parts) == 6 else []
                if len(names) == 3 and names[0] == "assumed-role" and names[2]:
                    number = graph.index.by_session_name.get((parts[4], names[1]))
                    if number is not None:
                        found.add((number, names[2]))
    return found
