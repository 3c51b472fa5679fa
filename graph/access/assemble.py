"""From routes (numbers) to chains as contract section 5 shows them: hops decided with evidence, one verdict, one condition."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise, product

from xgraph.graph.model.arn import account_of, is_account_id, parse_arn, short_name
from xgraph.graph.model.coverage import Gap
from xgraph.graph.model.estate import Estate
from xgraph.graph.policy.authorize import Control, blockers_in_call
from xgraph.graph.policy.decision import Blocker, Clause, Condition, Verdict
from xgraph.graph.policy.describe import MOST_CLAUSES, sentence
from xgraph.graph.policy.formula import Formula
from xgraph.graph.policy.services import is_access_point

from .actions import ActionClass
from .chain import BlockedChain, Chain, Hop, Node, Witness
from .graph import AccessGraph
from .hops import allow_of, make_hop
from .names import Directory
from .paths import Route, Search
from .reach import possible_allow
from .sticky import Leg, join
from .twins import STICKY, Twins
from .world import ASSUME_ROLE, Actor, Goal


class Assembly:
    """Makes the chains to one goal; each hop is decided once. `nodes` collects what the answer mentions.

    `actions`: those that the goal's action stands for, where it stands for several.
    """

    def __init__(self, graph: AccessGraph, goal: Goal, actions: ActionClass | None = None) -> None:
        self.graph = graph
        self.goal = goal
        self.actions = actions
        self.nodes: dict[str, Node] = {}
        self._hops: dict[tuple[str, str, str], Hop] = {}
        self._role_goals: dict[int, Goal] = {}
        self._found: dict[tuple[str, str, str], Leg] = {}
        self._allowed: dict[tuple[str, str, str], Formula] = {}

    def beside(self, goal: Goal, actions: ActionClass | None) -> Assembly:
        """The same for another goal; both share nodes and hops."""
        other = Assembly(self.graph, goal, actions)
        other.nodes, other._hops, other._role_goals = self.nodes, self._hops, self._role_goals
        other._found, other._allowed = self._found, self._allowed
        return other

    def consistent(self, route: Route, twins: Twins | None = None) -> Chain | None:
        """A route whose hops are all possible; None when they contradict one another. `twins`: the families that it stands for."""
        chain = self.chain(route, twins)
        if not any(map(_may_stick, chain.hops)):
            return chain
        joint = join(self._legs(route))
        if joint is None:
            return None
        return replace(chain, verdict=joint.verdict, condition=joint.condition, witnesses=joint.witnesses)

    def _legs(self, route: Route) -> tuple[Leg, ...]:
        return tuple(self._leg(*self._ends(route, position)) for position in range(len(route.roles) + 1))

    def _leg(self, actor: Actor, goal: Goal) -> Leg:
        place = (actor.node, goal.node, goal.action)
        leg = self._found.get(place)
        if leg is None:
            world = self.graph.world
            role = world.estate.principals.get(goal.node) if goal.action.startswith(ASSUME_ROLE) else None
            allow, sources = allow_of(world, actor, goal)
            is_tagged = actor.principal is not None and world.opens_tags(actor.principal)
            tags = dict(role.tags) if role is not None else None
            leg = self._found[place] = Leg(actor, allow, sources, lambda action: self._may(actor, goal, action), tags, is_tagged)
        return leg

    def _may(self, actor: Actor, goal: Goal, action: str) -> Formula:
        """When a request to assume a role may also do this to it, such as pass session tags."""
        place = (actor.node, goal.node, action)
        if place not in self._allowed:
            self._allowed[place] = possible_allow(self.graph.world, actor, self.graph.world.goal(goal.node, action))[0]
        return self._allowed[place]

    def chain(self, route: Route, twins: Twins | None = None) -> Chain:
        """A route whose hops are all possible, each on its own."""
        hops = self._all_hops(route)
        verdict = Verdict.ALLOWED if all(hop.verdict is Verdict.ALLOWED for hop in hops) else Verdict.CONDITIONAL
        condition = join_conditions(hops) if verdict is Verdict.CONDITIONAL else None
        witnesses = tuple(() if hop.condition is None else hop.condition.witness for hop in hops)
        return Chain(verdict, condition, self._with_families(route, hops, twins), route.stands_for, witnesses)

    def _with_families(self, route: Route, hops: tuple[Hop, ...], twins: Twins | None) -> tuple[Hop, ...]:
        if twins is None:
            return hops
        first = None if route.start.number is None else twins.of(route.start.number)
        families = (first, *(twins.of(role) for role in route.roles), None)
        ends = zip(hops, pairwise(families), strict=True)
        return tuple(
            replace(hop, source_family=source, target_family=target) if source or target else hop for hop, (source, target) in ends
        )

    def blocked(self, route: Route) -> BlockedChain:
        """A route with hops that a few controls withhold."""
        hops = self._all_hops(route)
        at = route.blocked_at or 0
        blockers = tuple(
            (position, one) for position, control in route.withheld for one in self._blockers(*self._ends(route, position), control)
        )
        return BlockedChain(hops[at].verdict, at, hops, tuple(one for _, one in blockers), tuple(position for position, _ in blockers))

    def _blockers(self, actor: Actor, goal: Goal, control: Control) -> tuple[Blocker, ...]:
        return blockers_in_call(control, *self.graph.world.ask(actor, goal))

    def _all_hops(self, route: Route) -> tuple[Hop, ...]:
        withheld = dict(route.withheld)
        return tuple(self._hop(route, position, withheld.get(position)) for position in range(len(route.roles) + 1))

    def _ends(self, route: Route, position: int) -> tuple[Actor, Goal]:
        actor = route.start.actor if position == 0 else self.graph.actor(route.roles[position - 1])
        goal = self.goal if position == len(route.roles) else self._role_goal(route.roles[position])
        return actor, goal

    def _role_goal(self, role: int) -> Goal:
        found = self._role_goals.get(role)
        if found is None:
            found = self._role_goals[role] = self.graph.world.goal(self.graph.index.principals[role].arn, ASSUME_ROLE)
        return found

    def _hop(self, route: Route, position: int, control: Control | None) -> Hop:
        actor, goal = self._ends(route, position)
        place = (actor.node, goal.node, goal.action)
        hop = self._hops.get(place)
        if hop is None:
            is_role = actor.principal is not None and actor.principal.trust is not None
            hop = make_hop(self.graph.world, actor, goal, chained=is_role, lifted=control)
            hop = self._hops[place] = replace(hop, actions=self.actions) if goal is self.goal and self.actions else hop
            for node in (hop.source, hop.target):
                self.nodes.setdefault(node, describe_node(self.graph, node))
        return hop

    def gap(self, name: str) -> Gap:
        """The record of a gap that conditions name."""
        return gap_of(name, self.goal)

    def not_listed(self, search: Search) -> dict[str, int]:
        """Places where a chain could go on through a principal that was not collected."""
        strangers = set()
        for number in search.everywhere:
            trust = self.graph.index.principals[number].trust
            if trust is not None:
                strangers |= self._outside(self._role_goal(number))
        return {"through accounts that were not collected": len(strangers)} if strangers else {}

    def _outside(self, goal: Goal) -> set[str]:
        policy = goal.policy.compiled if goal.policy else None
        elements = [s.principal for s in policy.about(ASSUME_ROLE) if s.allows and s.principal] if policy else []
        accounts = {text.rpartition(":")[2] for element in elements for text in element.accounts}
        accounts |= {parsed.account for element in elements for arn in element.arns if (parsed := parse_arn(arn))}
        known = self.graph.world.estate.accounts
        return {a for a in accounts if is_account_id(a) and not (a in known and known[a].is_collected)}


def _may_stick(hop: Hop) -> bool:
    """Whether a condition of the hop may speak of something that a session keeps."""
    condition = hop.condition
    if condition is None:
        return False
    return not condition.exact or any(clause.key.lower().startswith(STICKY) for term in condition.any_of for clause in term)


def join_conditions(hops: tuple[Hop, ...]) -> Condition:
    """The conditions of all hops together: each hop is a request of its own, so its keys are its own (R3.42)."""
    held = [(number, hop.condition) for number, hop in enumerate(hops) if hop.condition is not None]
    parts = [[_at_hop(term, number) for term in condition.any_of] or [()] for number, condition in held]
    total = 1
    for part in parts:
        total *= len(part)
    any_of = tuple(sum(terms, ()) for _, terms in zip(range(MOST_CLAUSES), product(*parts), strict=False))
    exact = total <= MOST_CLAUSES and all(condition.exact for _, condition in held)
    return Condition(
        text=sentence(any_of, exact=exact),
        any_of=any_of,
        benign=all(condition.benign for _, condition in held),
        gaps=tuple(sorted({gap for _, condition in held for gap in condition.gaps})),
        open_points=tuple(sorted({point for _, condition in held for point in condition.open_points})),
        exact=exact,
        witness=_join_witnesses([condition.witness for _, condition in held]),
    )


def _at_hop(term: tuple[Clause, ...], number: int) -> tuple[Clause, ...]:
    return tuple(replace(clause, hop=number) for clause in term)


def _join_witnesses(witnesses: list[Witness | None]) -> Witness | None:
    """One context for all hops where they agree; each hop keeps its own."""
    merged: dict[str, str | tuple[str, ...]] = {}
    if all(witness is None for witness in witnesses):
        return None
    for witness in witnesses:
        for key, value in witness or ():
            if merged.setdefault(key, value) != value:
                return None
    return tuple(sorted(merged.items(), key=lambda pair: pair[0]))


def gap_of(name: str, goal: Goal) -> Gap:
    """The record of a gap that the condition of a question about `goal` names."""
    opens = name.startswith(
        ("policy-not-read", "unreadable-statement", "resource-policy-not", "acl-not-collected", "identity-policies-not")
    )
    service = "organizations" if name.startswith(("scp", "rcp")) else "kms" if name.startswith("kms") else goal.target.service
    account = "" if service == "organizations" else goal.target.owner or ""
    return Gap(name, account, "", service, "", "not-tried", could_open=opens, could_close=True)


def describe_node(graph: Directory, node: str) -> Node:
    """The record of a node in an answer."""
    estate = graph.world.estate
    kind, account, name = _kind_of(graph, node)
    known = estate.accounts.get(account) if account else None
    is_collected = bool(known and known.is_collected) and (
        node in estate.resources or graph.number(node) is not None or kind in ("object", "session") or _is_known(estate, kind, node)
    )
    label = (known.name or known.alias or None) if known else None
    return Node(node, kind, account, label, name, is_collected)


def _is_known(estate: Estate, kind: str, node: str) -> bool:
    rest = node.partition(":")[2]
    if kind in ("oidc", "saml"):
        return rest.partition("#")[0] in estate.providers
    return kind in ("idc-user", "idc-group") or (kind == "compute" and rest in estate.holders)


def _kind_of(graph: Directory, node: str) -> tuple[str, str | None, str]:
    for prefix in ("account", "service", "canonical"):
        if node.startswith(f"{prefix}:"):
            rest = node.partition(":")[2]
            return prefix, rest if prefix == "account" else None, rest
    if node.startswith(_FEDERATED):
        return _federated_kind(graph, node)
    arn = parse_arn(node)
    if arn is None:
        return node, None, node
    if arn.service == "iam":
        return ("root" if arn.resource == "root" else arn.resource.partition("/")[0]), arn.account, short_name(node)
    if arn.service == "sts":
        return "session", arn.account, arn.resource.partition("/")[2]
    if is_access_point(node):
        return ("object" if "/object/" in node else "accesspoint"), arn.account, arn.resource
    if arn.service == "s3":
        bucket, slash, _ = node.partition("/")
        resource = graph.world.estate.resources.get(bucket)
        return ("object" if slash else "bucket"), resource.account if resource else None, arn.resource
    resource = graph.world.estate.resources.get(node)
    return resource.type if resource else arn.service, arn.account if is_account_id(arn.account) else None, short_name(node)


_FEDERATED = ("oidc:", "saml:", "idc-user:", "idc-group:", "compute:")


def _federated_kind(graph: Directory, node: str) -> tuple[str, str | None, str]:
    """Kind, account and name of a source that is no IAM identity."""
    kind, _, rest = node.partition(":")
    estate = graph.world.estate
    if kind in ("oidc", "saml"):
        arn, sign, subject = rest.partition("#")
        return kind, account_of(arn), arn.partition("-provider/")[2] + sign + subject
    if kind == "compute":
        holder = estate.holders.get(rest)
        return kind, holder.account if holder else account_of(rest), holder.name if holder else short_name(rest)
    for center in estate.identity_centers.values():
        shown = (center.users if kind == "idc-user" else center.groups).get(rest)
        if shown:
            return kind, center.account, shown
    return kind, None, rest
