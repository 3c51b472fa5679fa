"""One hop as people read it: mechanism, verdict, condition, evidence. Decided anew from the same factors when asked for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from xgraph.graph.model import reference
from xgraph.graph.policy.authorize import (
    AS_IS,
    Control,
    denials,
    evidence_for,
    evidence_of,
    resource_end,
    verdict_of,
    weigh,
    weigh_alone,
    without_unread_grants,
)
from xgraph.graph.policy.caller import CallerKind
from xgraph.graph.policy.combine import Combined, Relation
from xgraph.graph.policy.decision import Evidence, Verdict
from xgraph.graph.policy.describe import condition_of
from xgraph.graph.policy.factors import Factors, Policies, Request, Use
from xgraph.graph.policy.formula import Atom, Formula, atoms_of, conj, disj, neg
from xgraph.graph.policy.services import Options, is_access_point, rules_of
from xgraph.graph.policy.solve import is_possible

from .chain import MECHANISMS, Hop
from .doors import ASSIGNMENT, WITH_SAML, WITH_WEB_IDENTITY
from .world import ASSUME_ROLE, NOTHING_STATED, Actor, Goal, Stated, World

ROLE_CHAINING = "role chaining: from here on a session lasts at most one hour"


def make_hop(world: World, actor: Actor, goal: Goal, *, chained: bool = False, lifted: Control | None = None) -> Hop:
    """The hop from the actor to the goal, possible or not.

    `chained`: the actor is itself an assumed role. `lifted`: the control that alone withholds a hop which is not possible.
    """
    request, policies = world.ask(actor, goal)
    uses: list[Use] = []
    combined = weigh(request, policies, record=uses.append)
    by_public, public_uses = unsigned(world, actor, goal)
    allow = disj(combined.allow, by_public)
    judged = without_unread_grants(allow) if lifted else allow
    verdict = verdict_of(Combined(judged, combined.deny, judged))
    if not verdict.is_possible:
        ways = mechanisms(request, policies, combined, False, lifted)
        return Hop(actor.node, goal.node, reference.spelled(request.action), ways[0], tuple(ways[1:]), verdict, None, denials(uses))
    ways = mechanisms(request, policies, combined, by_public)
    evidence = evidence_for(request, policies, combined) if is_possible(combined.allow) else ()
    sources = {atom: evidence_of(use) for use in reversed((*uses, *public_uses)) for atom in atoms_of(use.when)}
    condition = condition_of(allow, sources) if verdict is Verdict.CONDITIONAL else None
    return Hop(
        actor.node,
        goal.node,
        reference.spelled(request.action),
        ways[0],
        tuple(ways[1:]),
        verdict,
        condition,
        evidence or _public_proof(world, goal),
        (*((ROLE_CHAINING,) if chained and goal.action == ASSUME_ROLE else ()), *world.endpoints.unasked(condition)),
    )


def allow_of(world: World, actor: Actor, goal: Goal) -> tuple[Formula, dict[Atom, Evidence]]:
    """When a hop is allowed, and the statement that each of its conditions comes from."""
    request, policies = world.ask(actor, goal)
    uses: list[Use] = []
    combined = weigh(request, policies, record=uses.append)
    by_public, public_uses = unsigned(world, actor, goal)
    sources = {atom: evidence_of(use) for use in reversed((*uses, *public_uses)) for atom in atoms_of(use.when)}
    return disj(combined.allow, by_public), sources


def ways_of(world: World, actor: Actor, goal: Goal) -> list[str]:
    """The mechanisms of a possible hop, the naming one first."""
    request, policies = world.ask(actor, goal)
    return mechanisms(request, policies, weigh(request, policies), unsigned(world, actor, goal)[0])


def unsigned(world: World, actor: Actor, goal: Goal, stated: Stated = NOTHING_STATED) -> tuple[Formula, list[Use]]:
    """R4.16: what the actor could do by dropping its credentials."""
    if goal.action == ASSUME_ROLE or actor.caller.kind in (CallerKind.ANONYMOUS, CallerKind.SERVICE):
        return False, []
    uses: list[Use] = []
    request, policies = world.ask(world.anonymous(), goal, stated)
    allow = weigh(request, policies, record=uses.append).allow
    return (allow, uses) if is_possible(without_unread_grants(allow)) else (False, [])


def _public_proof(world: World, goal: Goal) -> tuple[Evidence, ...]:
    request, policies = world.ask(world.anonymous(), goal)
    return evidence_for(request, policies, weigh(request, policies))


# ----------------------------------------------------------------------------------------------------------- mechanism


def mechanisms(request: Request, policies: Policies, combined: Combined, by_public: Formula, lifted: Control | None = None) -> list[str]:
    """The mechanisms that suffice alone, in the order of contract section 4; never empty for a possible hop.

    `lifted`: as if this control did not withhold access (for hops that are not possible).
    """
    if request.action.startswith(ASSUME_ROLE):
        return [_way_in(request)]
    options = lifted.options if lifted else AS_IS
    relations = {case.relation for case in resource_end(request, policies, options).cases}
    # Where the resource side has to take part at home as well, it is what lets the caller in.
    at_home = not relations <= {Relation.CROSS_ACCOUNT, Relation.MANDATORY}
    tests = dict(carriers(request, policies))
    if at_home and request.caller.kind is CallerKind.ROOT:
        tests = {}
    if at_home:
        tests["identity-policy"] = Options(with_policy=False, with_acl=False, with_rules=False)
    found = set()
    for name, options in tests.items():
        # At home the resource side has to suffice without the identity side; across accounts it never does.
        alone = at_home and name != "identity-policy" and request.caller.is_iam
        if _suffices(request, policies, combined, options, lifted, alone=alone):
            found.add(name)
    if is_possible(by_public):
        found.add("public")
    if not found:
        found.add("identity-policy" if at_home else next(iter(tests), "resource-policy"))
    return [name for name in MECHANISMS if name in found]


def _way_in(request: Request) -> str:
    """The mechanism by which a role is assumed."""
    if ASSIGNMENT in request.settings:
        return "identity-center"
    if "PodIdentityAssociation" in request.settings:
        return "pod-identity"
    if request.caller.arn == "rolesanywhere.amazonaws.com":
        return "roles-anywhere"
    return {WITH_WEB_IDENTITY: "web-identity", WITH_SAML: "saml"}.get(request.action, "assume-role")


def carriers(request: Request, policies: Policies) -> Iterator[tuple[str, Options]]:
    """What on the resource side can grant at all, and the question that leaves the rest out."""
    way = rules_of(request.action.partition(":")[0]).way
    if policies.resource is not None or not policies.resource_known:
        yield "access-point" if is_access_point(request.target.arn) else "resource-policy", Options(with_acl=False, with_rules=False)
    if any(request.settings.get(kind) for kind in ("BucketAcl", "ObjectAcl")):
        yield "acl", Options(with_policy=False)
    if "RamShare" in request.settings:
        yield "ram-share", Options(with_policy=False, with_acl=False)
    if way:
        yield way, Options(with_policy=False)


def _suffices(
    request: Request,
    policies: Policies,
    combined: Combined,
    options: Options,
    lifted: Control | None,
    *,
    alone: bool,
) -> bool:
    def tweak(factors: Factors) -> Factors:
        changed = lifted.lift(factors) if lifted and lifted.lift else factors
        return changed._replace(id_allow=False) if alone else changed

    if lifted is not None:
        options = replace(
            options,
            ignore_public_access_block=lifted.options.ignore_public_access_block,
            force_acls=lifted.options.force_acls,
            owner_enforced=lifted.options.owner_enforced,
        )
    part = weigh_alone(request, policies, options=options, tweak=tweak).allow
    whole = part if lifted is not None else conj(part, neg(combined.deny))
    return is_possible(without_unread_grants(whole))
