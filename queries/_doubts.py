"""What an answer does not know, assumes, and should say about policies that can't do what they seem to say."""

from __future__ import annotations

from collections.abc import Iterable

from xgraph.graph.access.candidates import opened_by_rules
from xgraph.graph.access.graph import AccessGraph
from xgraph.graph.access.paths import Search
from xgraph.graph.access.spread import Spread
from xgraph.graph.access.world import ASSUME_ROLE, Actor, Goal
from xgraph.graph.model.coverage import CallOutcome, Gap, Outcome
from xgraph.graph.model.document import Policy
from xgraph.graph.model.estate import Estate
from xgraph.graph.model.problem import Problem
from xgraph.graph.model.reference import prefix_of
from xgraph.graph.policy.parse import problems_in
from xgraph.graph.policy.services import NOT_READ
from xgraph.graph.policy.services.s3 import OBJECT_ACL_ACTIONS

from ._within import Within

MOST_NOTES = 40
ASSUMPTIONS = (
    "callers pass no session policies",
    "VPC endpoint policies are not modelled (vpce-not-modelled)",
)


def assumptions_of(graph: AccessGraph, goal: Goal) -> tuple[str, ...]:
    """What the answer takes for granted."""
    _ = graph, goal
    return ASSUMPTIONS


def doubts(graph: AccessGraph, actors: Iterable[Actor], goal: Goal, search: Search) -> tuple[tuple[Gap, ...], bool]:
    """The gaps that could change the answer, each once, and whether the answer is complete in spite of them."""
    _ = actors
    found = gaps_of(graph, goal, search.reach.unread) | unread_trusts(graph, search.everywhere if graph.trust.unread else ())
    return tuple(sorted(found)), not any(gap.could_open for gap in found)


def gaps_around(graph: AccessGraph, spread: Spread, place: Within, service: str | None) -> set[Gap]:
    """What is unknown around some principals and a part of the estate: calls that did not answer, the principals' own policies, trust
    policies anywhere. `service`: the one that is asked about, None for all."""
    estate = graph.world.estate
    gaps = {_gap(outcome) for outcome in estate.outcomes if _may_matter(outcome, place, service)}
    gaps |= {_unread_identity(graph, number) for number in set(graph.index_of(ASSUME_ROLE).unread).intersection(spread.members)}
    if spread.max_hops > 1 or service in (None, "sts"):
        gaps |= unread_trusts(graph, range(len(graph.principals)))
    return gaps


def _may_matter(outcome: CallOutcome, place: Within, service: str | None) -> bool:
    if outcome.outcome.is_known or outcome.call in _NOT_ACCESS:
        return False
    if outcome.service in ("iam", "organizations"):
        return True
    is_asked = service in (None, prefix_of(outcome.service))
    return is_asked and (place.accounts is None or outcome.account in place.accounts)


def _uncollected(estate: Estate) -> set[Gap]:
    """Member accounts whose identities were not collected."""
    call = "get_account_authorization_details"
    return {
        Gap("identities-not-collected", a.id, "", "iam", call, "not-tried", could_open=True, could_close=False)
        for a in estate.accounts.values()
        if a.organization is not None and not a.is_collected
    }


def unread_goal(goal: Goal) -> set[Gap]:
    """The policy of a goal that was not read or understood."""
    is_policy = goal.policy is not None and (goal.policy.compiled is None or goal.policy.compiled.unreadable)
    unread = "grants-not-read" if NOT_READ in opened_by_rules(goal) and not is_policy else "policy-not-read"
    name = unread if goal.known else "resource-policy-not-collected"
    outcome = "failed" if goal.known else "not-tried"
    return {Gap(name, goal.target.owner or "", "", goal.target.service, "", outcome, could_open=True, could_close=True)}


def gaps_of(graph: AccessGraph, goal: Goal, unread: bool) -> set[Gap]:
    """What is unknown about one goal and about identities anywhere. `unread`: some grant could only lie in what was not read."""
    estate = graph.world.estate
    gaps = {_gap(outcome) for outcome in estate.outcomes if _call_matters(outcome, goal)}
    gaps |= _uncollected(estate)
    if unread or not goal.known:
        gaps |= unread_goal(goal)
    return gaps | _unread_identities(graph, goal) | _unread_acls(goal)


_CLOSING = frozenset(
    ("get_bucket_encryption", "get_public_access_block", "get_bucket_policy_status", "get_bucket_tagging", "get_bucket_location")
)
# What only the sources themselves depend on that they tell of, or nothing that is evaluated.
_NOT_ACCESS = frozenset(
    (
        *("list_account_aliases", "list_open_id_connect_providers", "get_open_id_connect_provider", "list_saml_providers"),
        *("list_instance_profiles", "list_delegated_administrators", "list_delegated_services_for_account"),
    )
)


def _call_matters(outcome: CallOutcome, goal: Goal) -> bool:
    """Whether a call that did not answer could change this question: identities anywhere, the target's own service at home."""
    if outcome.outcome in (Outcome.OK, Outcome.EMPTY, Outcome.ABSENT) or outcome.call in _NOT_ACCESS:
        return False
    if outcome.call == "describe_resource_policy" and outcome.service == "organizations":
        return goal.target.service == "organizations"
    if outcome.service in ("iam", "organizations"):
        return True
    owner = goal.target.owner
    if not _is_about(outcome.service, goal.target.service) or (owner is not None and outcome.account != owner):
        return False
    arn = goal.resource.arn if goal.resource else ""
    name = arn.rsplit(":", 1)[-1].rsplit("/", 1)[-1]
    return not outcome.parameters.strip("{}") or not name or name in outcome.parameters or outcome.call.startswith("list")


# What RAM can share with other accounts at all, by the prefix of actions; of the rest a share is no way in.
_SHAREABLE = frozenset(
    """acm-pca aoss appmesh backup bedrock codebuild datazone dsql ec2 fsx glue imagebuilder license-manager network-firewall outposts
    rds refactor-spaces resource-explorer-2 resource-groups route53 route53resolver s3-outposts sagemaker servicecatalog ssm
    ssm-contacts ssm-incidents verified-permissions vpc-lattice""".split(),
)


def _is_about(service: str, target: str) -> bool:
    """Whether what a service's calls tell bears on a target with this prefix."""
    return prefix_of(service) == target or (service == "ram" and target in _SHAREABLE)


def _gap(outcome: CallOutcome) -> Gap:
    if outcome.service == "organizations":
        return Gap("scp-not-collected", outcome.account, outcome.region, outcome.service, outcome.call, outcome.outcome, could_open=False)
    opens = outcome.call not in _CLOSING
    what = f"{outcome.service}:{outcome.call}"
    return Gap(
        what, outcome.account, outcome.region, outcome.service, outcome.call, outcome.outcome.value, could_open=opens, could_close=True
    )


def _unread_identities(graph: AccessGraph, goal: Goal) -> set[Gap]:
    """Identities with a policy that was not read or understood and could hold a grant for this question."""
    return {_unread_identity(graph, number) for number in {*graph.index_of(ASSUME_ROLE).unread, *graph.index_of(goal.action).unread}}


def unread_trusts(graph: AccessGraph, roles: Iterable[int]) -> set[Gap]:
    """The trust policies among those of the roles that were not read or understood and could let further principals in."""
    found = [graph.index.principals[role] for role in sorted(graph.trust.unread.intersection(roles))]
    return {Gap(f"trust-policy-not-read:{p.arn}", p.account, "", "iam", "", "failed", could_open=True, could_close=True) for p in found}


def _unread_acls(goal: Goal) -> set[Gap]:
    """Objects of a bucket with ACLs enabled whose own ACLs nobody read: a grant could lie there."""
    if "ObjectAcl" not in goal.settings or goal.settings["ObjectAcl"] is not None or goal.action not in OBJECT_ACL_ACTIONS:
        return set()
    return {Gap("acl-not-collected", goal.target.owner or "", "", "s3", "get_object_acl", "not-tried", could_open=True, could_close=False)}


def _unread_identity(graph: AccessGraph, number: int) -> Gap:
    principal = graph.index.principals[number]
    return Gap(f"identity-policy-not-read:{principal.arn}", principal.account, "", "iam", "", "failed", could_open=True, could_close=True)


# --------------------------------------------------------------------------------------------------------------- notes


def problems_near(graph: AccessGraph, actors: Iterable[Actor], goal: Goal) -> tuple[str, ...]:
    """Problems in the policies of the sources, of the target, and of the roles in their accounts, as sentences."""
    found: dict[Problem, None] = {}
    accounts = {goal.target.owner}
    for actor in actors:
        if actor.principal is not None:
            accounts.add(actor.caller.account)
            for problem in _of_principal(graph, actor.principal.arn):
                found[problem] = None
    resource = goal.resource
    if resource is not None and resource.policy is not None:
        found.update(dict.fromkeys(_of_policy(resource.policy, "resource")))
    for number in sorted(number for account in accounts if account for number in graph.index.by_account.get(account, ())):
        principal = graph.index.principals[number]
        if principal.trust is not None:
            found.update(dict.fromkeys(_of_principal(graph, principal.arn)))
    notes = [f"{p.code}: {_place(p)}: {p.text}" for p in sorted(found, key=lambda p: (p.policy, p.statement or 0, p.code, p.text))]
    rest = len(notes) - MOST_NOTES
    return tuple(notes[:MOST_NOTES]) + ((f"{rest} more problems in policies are not shown",) if rest > 0 else ())


def _place(problem: Problem) -> str:
    return problem.policy if problem.statement is None else f"{problem.policy} statement {problem.statement}"


def _of_principal(graph: AccessGraph, arn: str) -> Iterable[Problem]:
    principal = graph.world.estate.principals.get(arn)
    if principal is None:
        return
    for policy in principal.policies:
        yield from _of_policy(policy, "identity")
    for group in principal.groups:
        for policy in graph.world.estate.groups[group].policies if group in graph.world.estate.groups else ():
            yield from _of_policy(policy, "group")
    if principal.boundary is not None:
        yield from _of_policy(principal.boundary, "boundary")
    if principal.trust is not None:
        yield from _of_policy(principal.trust, "trust")


def _of_policy(policy: Policy, kind: str) -> Iterable[Problem]:
    if policy.document is not None:
        yield from problems_in(policy.document, policy.name, kind)
