"""Whether one principal may do one thing: the question behind `xgraph simulate`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from xgraph.graph.access.assemble import describe_node, gap_of
from xgraph.graph.access.hops import unsigned
from xgraph.graph.access.names import Directory, UnknownName, sources, target
from xgraph.graph.access.roster import Roster
from xgraph.graph.access.world import Actor, Goal, Stated, World
from xgraph.graph.model import reference
from xgraph.graph.model.document import PolicyType
from xgraph.graph.model.estate import Estate
from xgraph.graph.model.problem import Problem
from xgraph.graph.policy.authorize import authorize
from xgraph.graph.policy.decision import Condition, Decision, Verdict
from xgraph.graph.policy.describe import condition_of, spell_key
from xgraph.graph.policy.explain import Explanation, explain
from xgraph.graph.policy.factors import Policies, Request, all_attached
from xgraph.graph.policy.formula import Formula
from xgraph.graph.policy.keys import key_state
from xgraph.graph.policy.parse import problems_in
from xgraph.graph.policy.request import read_context
from xgraph.graph.policy.solve import is_certain

from ._doubts import ASSUMPTIONS
from ._query import Answer, Over, Query


@dataclass(frozen=True, slots=True)
class Simulation:
    """The decision on one pair; `answer` is the head that all answers share, without chains. `explanation` only on request."""

    decision: Decision
    answer: Answer
    explanation: Explanation | None = None

    @property
    def verdict(self) -> Verdict:
        """The verdict of the decision."""
        return self.decision.verdict

    @property
    def condition(self) -> Condition | None:
        """What must hold; None unless CONDITIONAL."""
        return self.decision.condition

    def _repr_mimebundle_(self, **_wanted: Any) -> dict[str, str]:
        from .picture.decision import bundle  # noqa: PLC0415  notebooks only

        return bundle(self)


def simulate(
    estate: Estate,
    principal: str,
    action: str | None,
    resource: str,
    *,
    context: Mapping[str, Any] | None = None,
    context_complete: bool = False,
    at: str | None = None,
    explained: bool = False,
) -> Simulation:
    """The decision on one request, from what was collected. What was not, and could matter, makes it CONDITIONAL.

    `context` states condition keys of the request; with `context_complete` it has no others but those that follow from who asks
    for what. Names are those of `paths`, but `principal` has to stand for one. Raises UnknownName, BadRequest.
    """
    directory = Roster(World(estate, at))
    node, asked, notes = target(directory, resource, action)
    actor, more = _one_source(directory, principal)
    goal = directory.world.goal(node, asked)
    stated = Stated(read_context(context or {}), context_complete)
    request, policies = directory.world.ask(actor, goal, stated)
    decision = replace(authorize(request, policies), problems=_problems(estate, actor, goal, policies))
    gaps = decision.condition.gaps if decision.condition else ()
    answer = Answer(
        query="simulate",
        parameters={
            "from": principal,
            "to": resource,
            "action": reference.spelled(asked),
            "context": dict(context or {}),
            "context_complete": context_complete,
            "at": at,
        },
        snapshot_id=estate.snapshot_id,
        snapshot_name=estate.name,
        reference_data=reference.reference_data(),
        items=iter(()),
        complete=not gaps,
        coverage_gaps=tuple(sorted(gap_of(name, goal) for name in gaps)),
        assumptions=ASSUMPTIONS,
        notes=(*more, *notes, *_warnings(asked), *_contradictions(request), *_without_credentials(directory.world, actor, goal, stated)),
        nodes={name: describe_node(directory, name) for name in dict.fromkeys((actor.node, goal.node))},
    )
    return Simulation(decision, answer, explain(request, policies) if explained else None)


def _one_source(directory: Directory, text: str) -> tuple[Actor, tuple[str, ...]]:
    if text.strip() == "any":
        raise UnknownName("any", "stands for many principals, and one is decided")
    actors, notes = sources(directory, text)
    if len(actors) == 1:
        return actors[0], notes
    examples = [actor.node for actor in actors[:3]]
    raise UnknownName(text, f"stands for {len(actors):,} principals, and one is decided", examples)


def _warnings(action: str) -> tuple[str, ...]:
    return () if reference.is_known_action(action) else (f"the reference data does not know `{action}`: asked literally",)


def _contradictions(request: Request) -> Iterable[str]:
    """Stated keys that the snapshot tells otherwise; what is stated holds."""
    facts = request.context.facts
    collected = replace(facts, given={}, given_only=False)
    for key, values in facts.given.items():
        found = key_state(key, collected).values
        if values is not None and found is not None and set(found) != set(values):
            said, is_ = (", ".join(f"`{text}`" for text in texts) or "empty" for texts in (values, found))
            yield f"{spell_key(key)} is stated to be {said}; by what was collected it is {is_}"


def _without_credentials(world: World, actor: Actor, goal: Goal, stated: Stated) -> Iterable[str]:
    """R4.16: the decision is about the signed request; an unsigned one may do better."""
    allow: Formula = unsigned(world, actor, goal, stated)[0]
    if allow is False:
        return
    text = "" if is_certain(allow) else f" {condition_of(allow).text}"
    yield f"the same request without credentials is allowed to anyone{text}; the verdict is about the one with credentials"


def _problems(estate: Estate, actor: Actor, goal: Goal, policies: Policies) -> tuple[Problem, ...]:
    """The problems of every policy that takes part."""
    texts: dict[str, tuple[str, str]] = {}
    principal = actor.principal
    if principal is not None:
        groups = [estate.groups[arn] for arn in principal.groups if arn in estate.groups]
        owned = [(policy, PolicyType.IDENTITY) for policy in principal.policies]
        owned += [(policy, PolicyType.GROUP) for group in groups for policy in group.policies]
        owned += [(principal.boundary, PolicyType.BOUNDARY)] if principal.boundary else []
        texts |= {policy.name: (policy.document, kind) for policy, kind in owned if policy.document is not None}
    role = estate.principals.get(goal.node)
    guard = goal.resource.policy if goal.resource else role.trust if role else None
    if guard is not None and guard.document is not None and goal.policy is not None:
        texts[guard.name] = guard.document, goal.policy.policy_type
    attached = {one.name: one.policy_type for one in (*all_attached(policies.scps), *all_attached(policies.rcps))}
    for organization in estate.organizations.values():
        for held in (*organization.scps.values(), *organization.rcps.values()):
            texts |= {p.name: (p.document, attached[p.name]) for p in held if p.document is not None and p.name in attached}
    found = {problem for name, (text, kind) in texts.items() for problem in problems_in(text, name, kind)}
    return tuple(sorted(found, key=lambda one: (one.code, one.policy, one.policy_type, one.statement or 0, one.text)))


QUERY = Query(simulate, help="Whether one principal may do one thing.", over=Over.ESTATE)
