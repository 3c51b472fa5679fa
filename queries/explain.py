"""Why somebody can or can't do something, hop by hop: the question behind `xgraph explain`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice

from xgraph.graph.access.asked import is_single
from xgraph.graph.access.assemble import describe_node
from xgraph.graph.access.chain import BlockedChain, Chain, Hop
from xgraph.graph.access.graph import AccessGraph
from xgraph.graph.access.holders import holders
from xgraph.graph.access.hops import make_hop
from xgraph.graph.access.names import UnknownName, target
from xgraph.graph.access.origins import origins
from xgraph.graph.access.targets import targets
from xgraph.graph.access.ways import WaysTo
from xgraph.graph.access.world import ASSUME_ROLE, Actor, Goal
from xgraph.graph.model import reference
from xgraph.graph.policy.authorize import authorize
from xgraph.graph.policy.decision import Blocker, Condition, Verdict
from xgraph.graph.policy.explain import Explanation, Holds, StatementCheck
from xgraph.graph.policy.explain import explain as explain_request

from ._missing import Missing, missing
from ._query import CLAIM, MAX_HOPS, Answer, Kind, Param, Place, Query, claimed, column, table_of
from ._quotes import Library
from ._settle import note_gaps, settle
from .path_between import path_between

_CHAINS_LOOKED_AT = 200  # the first ALLOWED one among so many is the best, else the first


@dataclass(frozen=True, slots=True)
class Quote:
    """A statement that decides or nearly does. `text` is its JSON as written, None where there is none; `role` is `decides`, or `almost` when
    one of its parts alone keeps it from applying."""

    policy: str
    policy_type: str
    statement: int | None
    sid: str | None
    effect: str
    level: str | None
    role: str
    applies: str
    reason: str | None
    text: str | None

    @property
    def sentence(self) -> str:
        """The statement by its place."""
        return f"{self.role}: {self.policy}{'' if self.statement is None else f' #{self.statement}'}"


@dataclass(frozen=True, slots=True)
class Step:
    """One hop of a way, or of one that is not there."""

    way: str = column("which way: the best one, the request itself, or a near miss", place=Place.HEADING)
    number: int = column("the hop, from 0", name="hop")
    verdict: Verdict = column("of this hop")
    source: str = column("who asks", name="from", is_node=True)
    action: str = column("for what")
    target: str = column("on what", name="to", is_node=True)
    mechanism: str | None = column("how, null when it is not possible")
    condition: Condition | None = column("what must hold, null unless CONDITIONAL", place=Place.DETAIL, heading="if")
    quotes: tuple[Quote, ...] = column(
        "statements that decide or nearly do: `{policy, policy_type, statement, sid, effect, level, role, applies, reason, text}`",
        name="statements", place=Place.HIDDEN,
    )  # fmt: skip
    blocked_by: tuple[Blocker, ...] = column("what withholds it", place=Place.DETAIL, heading="blocked by")
    missing: tuple[Missing, ...] = column(
        "for each, what is there and what would have to be added: `{control, policy, attached_to, text, there, change, add}`",
        place=Place.HIDDEN,
    )  # fmt: skip
    explanation: Explanation = column("every statement considered, as `simulate --explain` gives it", place=Place.HIDDEN)


def explain(
    graph: AccessGraph,
    source: str,
    target: str,
    *,
    action: str | None = None,
    max_hops: int = 8,
    near: int = 3,
    claim: tuple[str, ...] = (),
) -> Answer:
    """The best way hop by hop; without one the request itself and the `near` nearest misses. Raises UnknownName."""
    goals, notes = _goals(graph, target, action)
    actors, more = origins(graph, source, claim)
    shown = None if action is None and len(goals) > 1 else reference.spelled(goals[0].action)
    parameters = {"from": source, "to": target, "action": shown, "max_hops": max_hops, "near": near, **claimed(claim), "at": graph.world.at}
    what = goals[0].node if len(goals) == 1 else target

    def ask(blocked_by: int) -> Answer:
        return path_between(
            graph, source, what, shown, max_hops=max_hops, claim=claim, show_blocked=blocked_by > 0, blocked_by=max(1, blocked_by)
        )

    found = ask(0)
    chains = list(islice(found.items, _CHAINS_LOOKED_AT))
    answer = table_of(QUERY, "explain", graph.world.estate, parameters)
    answer.assumptions, answer.notes = found.assumptions, tuple(dict.fromkeys((*more, *notes, *found.notes)))
    settle(answer, found.coverage_gaps)
    best = next((chain for chain in chains if chain.verdict is Verdict.ALLOWED), chains[0] if chains else None)
    run = _Run(graph, answer, Library(graph), actors, goals[0] if len(goals) == 1 else None)
    if isinstance(best, Chain):
        answer.rows = run.possible(best)
    else:
        answer.rows = run.impossible(source, ask, near)
    return answer


def _goals(graph: AccessGraph, text: str, action: str | None) -> tuple[tuple[Goal, ...], tuple[str, ...]]:
    """What is explained: one action on one thing, or on one of several things. Raises UnknownName."""
    if action is not None and not is_single(action):
        raise UnknownName(action, "stands for many actions, and one is explained")
    found, notes = targets(graph, text, action)
    goals = tuple(one.goal for one in found if not one.is_alias)
    if action is None and goals[0].action != ASSUME_ROLE:
        target(graph, text, None)  # which says that one thing needs an action
    return goals, notes


@dataclass(slots=True)
class _Run:
    """One explanation on its way."""

    graph: AccessGraph
    answer: Answer
    library: Library
    actors: tuple[Actor, ...]
    goal: Goal | None  # where it is one

    @property
    def request(self) -> tuple[Actor, Goal] | None:
        """What is asked about as one request; None where there are several, or the source has no credentials to make it."""
        if len(self.actors) != 1 or self.goal is None or (self.actors[0].doors is not None and self.goal.action != ASSUME_ROLE):
            return None
        return self.actors[0], self.goal

    def possible(self, chain: Chain) -> Iterator[Step]:
        """The best way; where it takes more than one hop, why the request itself does not do."""
        for number, hop in enumerate(chain.hops):
            yield self._step(f"the best way: {chain.verdict}, {_hops(chain.hops)}", number, *self._ends(hop), hop)
        if len(chain.hops) > 1 and self.request is not None:
            yield self._step("the request itself, without assuming a role", 0, *self.request)

    def impossible(self, source: str, ask: Callable[[int], Answer], near: int) -> Iterator[Step]:
        """The request itself, and the nearest misses; `ask` lists those that so many controls withhold."""
        if self.request is not None:
            yield self._step("no way; the request itself", 0, *self.request)
        for role in self._doors_tried(near):
            yield self._step("no way; what it would have to become first", 0, self.actors[0], role)
        misses = _misses(ask, near)
        for place, chain in enumerate(misses, 1):
            if self.request is not None and len(chain.hops) == 1 and chain.hops[0].target == self.request[1].node:
                continue  # that is the request itself
            controls = ", ".join(dict.fromkeys(blocker.control for blocker in chain.blocked_by))
            title = f"near miss {place}: {_hops(chain.hops)}, withheld by {controls}"
            for number, hop in enumerate(chain.hops):
                yield self._step(title, number, *self._ends(hop), hop)
        if not misses and len(self.actors) > 1:
            said = f"`{source}` stands for {len(self.actors):,} principals, none of which comes near: ask about one"
            self.answer.notes = (*self.answer.notes, said)
        elif not misses and self.request is None and not any(self._doors_tried(1)):
            self.answer.notes = (*self.answer.notes, f"nothing that speaks of `{source}` leads there")

    def _doors_tried(self, near: int) -> Iterator[Goal]:
        """The roles that speak of a source without credentials of its own and from which there would be a way; the nearest of them."""
        graph = self.graph
        if len(self.actors) != 1 or self.actors[0].doors is None or self.goal is None or self.request is not None:
            return
        ways = WaysTo(graph, holders(graph, self.goal), self.answer.parameters["max_hops"])
        roles = [role for role in graph.candidates_from(self.actors[0]) if role in ways.possible]
        for role in sorted(roles, key=lambda role: ways.possible[role].hops)[:near]:
            yield graph.world.goal(graph.principals[role].arn, ASSUME_ROLE)

    def _ends(self, hop: Hop) -> tuple[Actor, Goal]:
        """Who asks in a hop, and for what."""
        known = {actor.node: actor for actor in self.actors}
        number = self.graph.number(hop.source)
        actor = known.get(hop.source) or (self.graph.actor(number) if number is not None else origins(self.graph, hop.source)[0][0])
        is_asked = self.goal is not None and hop.target == self.goal.node
        return actor, self.goal if is_asked and self.goal else self.graph.world.goal(hop.target, hop.action)

    def _step(self, way: str, number: int, actor: Actor, goal: Goal, hop: Hop | None = None) -> Step:
        request, policies = self.graph.world.ask(actor, goal)
        hop = hop or make_hop(self.graph.world, actor, goal)
        explanation = explain_request(request, policies)
        decision = authorize(request, policies)
        withheld = () if hop.verdict.is_possible else decision.blocked_by
        for node in (actor.node, goal.node):
            self.answer.nodes.setdefault(node, describe_node(self.graph, node))
        note_gaps(self.answer, hop.condition, goal)
        return Step(
            way,
            number,
            hop.verdict,
            actor.node,
            hop.action,
            goal.node,
            hop.mechanism if hop.verdict.is_possible else None,
            hop.condition,
            tuple(self._quotes(explanation, actor, goal)),
            withheld,
            missing(actor, goal, request, policies) if withheld else (),
            explanation,
        )

    def _quotes(self, explanation: Explanation, actor: Actor, goal: Goal) -> Iterator[Quote]:
        for check in explanation.statements:
            role = _role(check)
            if role is not None:
                one = check.source
                text = self.library.statement(one.policy, one.statement, actor, goal)
                yield Quote(
                    one.policy, str(one.policy_type), one.statement, one.sid, one.effect, check.level, role, str(check.applies),
                    check.reason if role == "almost" else check.when, text,
                )  # fmt: skip


def _misses(ask: Callable[[int], Answer], near: int) -> list[BlockedChain]:
    for controls in (1, 2):
        misses = [item for item in islice(ask(controls).items, near) if isinstance(item, BlockedChain)]
        if misses:
            return misses
    return []


def _role(check: StatementCheck) -> str | None:
    """Whether a statement decides, or nearly does."""
    if check.counts and check.applies is not Holds.NO:
        return "decides"
    parts = (check.action, check.principal, check.resource)
    failing = [part for part in parts if part is not None and part.holds is Holds.NO]
    broken = len(failing) + sum(each.holds is Holds.NO for each in check.conditions)
    is_about = check.action is None or check.action.holds is not Holds.NO
    return "almost" if is_about and broken == 1 and check.source.effect == "Allow" else None


def _hops(hops: tuple[Hop, ...]) -> str:
    return f"{len(hops)} hop{'' if len(hops) == 1 else 's'}"


QUERY = Query(
    explain,
    (
        Param("source", "Who: what `--from` of `xgraph paths` takes.", Kind.WHO, option="--from", is_required=True),
        Param("target", "On what: what `--to` of `xgraph paths` takes.", Kind.WHAT, option="--to", is_required=True),
        Param("action", "One action, such as s3:GetObject; for a role sts:AssumeRole when left out.", Kind.ACTION),
        MAX_HOPS,
        Param("near", "How many near misses to explain when there is no way.", Kind.COUNT, default=3),
        CLAIM,
    ),
    Step,
    help="""Why, or why not: the best way hop by hop with the statements that make it, or what stands in the way and what is missing.

    Without a way the request itself is explained, then the chains that come nearest. Statements are quoted as they are written.""",
    counted="step",
)
