"""The hops that hold chains together: those that all go through, and the fewest that separate. The question behind `xgraph chokepoints`."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass

from xgraph.graph.access.asked import Asked
from xgraph.graph.access.assemble import describe_node
from xgraph.graph.access.chain import Hop
from xgraph.graph.access.cut import Link, Network
from xgraph.graph.access.families import Family, family_of
from xgraph.graph.access.graph import AccessGraph
from xgraph.graph.access.holders import holders
from xgraph.graph.access.hops import make_hop, ways_of
from xgraph.graph.access.origins import origins
from xgraph.graph.access.reach import possible_allow
from xgraph.graph.access.targets import targets
from xgraph.graph.access.world import ASSUME_ROLE, Actor, Goal
from xgraph.graph.model.document import PolicyType
from xgraph.graph.policy.caller import CallerKind
from xgraph.graph.policy.decision import Condition, Evidence, Verdict

from ._doubts import assumptions_of, gaps_of, unread_trusts
from ._query import CLAIM, Answer, Kind, Param, Place, Query, claimed, column, table_of
from ._settle import note_gaps, settle, settle_sources

CUT, ALL = "smallest cut", "every chain goes through"


@dataclass(frozen=True, slots=True)
class Choke:
    """One piece that hops are made of: the trust of one role in a set of principals, or the access of a set to one goal."""

    kind: str = column("`smallest cut` or `every chain goes through`", place=Place.HEADING)
    source: str = column("who makes the hop; of several one representative", name="from", is_node=True, folds="family")
    family: Family | None = column("`{id, size, pattern}` of those who make it on chains that were asked about", place=Place.HIDDEN)
    action: str = column("what is done")
    target: str = column("on what", name="to", is_node=True)
    chains: int = column("how many of the chains asked about go through it; an upper bound, as walks that visit a node twice are counted")
    others: int = column("how many other principals make this hop and would lose it too")
    mechanism: str = column("how, for the representative", place=Place.HIDDEN)
    verdict: Verdict = column("for the representative")
    condition: Condition | None = column("what must hold, null when ALLOWED", place=Place.DETAIL, heading="if")
    evidence: tuple[Evidence, ...] = column("the statements behind it, for the representative", place=Place.DETAIL, heading="allowed by")


def chokepoints(
    graph: AccessGraph,
    source: str,
    target: str,
    *,
    action: str | None = None,
    max_hops: int = 8,
    claim: tuple[str, ...] = (),
) -> Answer:
    """Hops that every chain goes through, and the fewest whose loss separates the sources from the goals. Raises UnknownName."""
    goals, notes = targets(graph, target, action)
    actors, more = origins(graph, source, claim)
    parameters = {"from": source, "to": target, "action": action, "max_hops": max_hops, **claimed(claim), "at": graph.world.at}
    answer = table_of(QUERY, "chokepoints", graph.world.estate, parameters)
    answer.assumptions, answer.notes = assumptions_of(graph, goals[0].goal), (*more, *notes)
    answer.rows = _rows(graph, answer, actors, goals, max_hops)
    return answer


def _rows(graph: AccessGraph, answer: Answer, actors: tuple[Actor, ...], goals: tuple[Asked, ...], max_hops: int) -> Iterator[Choke]:
    made = _Links(graph, actors, goals)
    for goal, unread in made.unread.items():
        settle(answer, gaps_of(graph, goals[goal].goal, unread))
    settle(answer, unread_trusts(graph, range(len(graph.principals))))
    settle_sources(answer, actors)
    network = Network(made.starts, made.links, made.ends, max_hops)
    network = Network(made.starts, made.by_statement(network.links), made.ends, max_hops)
    if not network.links:
        answer.notes = (*answer.notes, f"no chain of at most {max_hops} hops: there is nothing to separate")
        return
    carried = network.walks()
    others = {link.name: made.size[link.name] - len(made.members(link)) for link in network.links}
    cut = network.smallest_cut(others)
    for kind, links in ((ALL, network.dominators()), (CUT, cut)):
        for link in sorted(links, key=lambda one: (-carried[one.name], str(one.name))):
            yield _choke(graph, answer, made, link, kind, carried[link.name], others[link.name])
    answer.notes = (*answer.notes, f"{len(cut):,} of {len(network.links):,} hops that chains are made of separate them; {_HOW}")


_GUARDS = (PolicyType.TRUST, PolicyType.RESOURCE, PolicyType.ACL, PolicyType.GRANT)
_HOW = "of equally few those that the fewest others make, nearest to the sources"


class _Links:
    """Everything that hops are made of: role hops, first hops of sources that are no numbered principals, and the access at the end.

    A principal is its number, as a source `("start", number)`: a source that can be become is also a place to pass through. A goal is
    `("goal", place)`, a role to become its number.
    """

    def __init__(self, graph: AccessGraph, actors: Sequence[Actor], goals: Sequence[Asked]) -> None:
        self.graph = graph
        self.goals = goals
        self.actors: dict[Hashable, Actor] = {}
        self.starts: list[Hashable] = []
        self.ends: list[Hashable] = []
        self.unread: dict[int, bool] = {}
        self.size: dict[Hashable, int] = {}
        self.links: list[Link] = []
        for actor in actors:
            is_plain = actor.principal is not None and actor.caller.session is None
            number = graph.number(actor.node) if is_plain else None
            self.starts.append(actor.node if number is None else ("start", number))
            if number is None:
                self.actors[actor.node] = actor
        self._hops: dict[Hashable, Hop] = {}
        self._began = {start[1] for start in self.starts if isinstance(start, tuple)}
        self._role_hops()
        for place, one in enumerate(goals):
            self._access(place, one.goal)

    def _add(self, name: Hashable, members: Sequence[int], head: Hashable) -> None:
        if members:
            tails = (*members, *(("start", member) for member in members if member in self._began))
            self.links.append(Link(name, tails, head))
            self.size[name] = len(members)

    def _add_outside(self, node: Hashable, head: Hashable) -> None:
        name = "outside", node, head
        self.links.append(Link(name, (node,), head))
        self.size[name] = 1

    def _role_hops(self) -> None:
        for number, one in enumerate(self.graph.trust.sets):
            for target in one.targets:
                self._add(("trust", number, target), [m for m in one.members if m != target], target)
        for node, actor in self.actors.items():
            if actor.may_assume:
                own = self.graph.number(actor.principal.arn) if actor.principal else None
                to_become = {self.graph.number(one.goal.node) for one in self.goals if one.goal.action == ASSUME_ROLE}
                for role in self.graph.roles_from(actor):
                    if role != own or role in to_become:
                        self._add_outside(node, role)

    def _access(self, place: int, goal: Goal) -> None:
        """The access at the end. A role to become is a goal itself: its trust is one piece, whether a chain ends or goes on there."""
        held = holders(self.graph, goal)
        self.unread[place] = held.unread
        number = self.graph.number(goal.node) if goal.action == ASSUME_ROLE else None
        self.ends.append(("goal", place) if number is None else number)
        if number is not None:
            return
        for which, group in enumerate(held.groups):
            shared = []
            for members in self.graph.index_of(goal.action).split(group.members, goal, self.graph.world).values():
                if ways_of(self.graph.world, self.graph.actor(members[0]), goal)[0] == "identity-policy":
                    for member in members:  # each by its own policies, so each is a piece of its own
                        self._add(("own", place, member), [member], self.ends[-1])
                else:
                    shared += members
            self._add(("access", place, which), sorted(shared), self.ends[-1])
        for node, actor in self.actors.items():
            is_public = held.anonymous is not False and actor.caller.kind is not CallerKind.SERVICE
            if is_public or possible_allow(self.graph.world, actor, goal)[0] is not False:
                self._add_outside(node, self.ends[-1])

    def by_statement(self, links: Sequence[Link]) -> list[Link]:
        """The links, those that the same statements of one trust or resource policy make in one: what names a set counts once."""
        found: dict[Hashable, list[Link]] = {}
        for done, link in enumerate(links):
            if self.graph.progress and done % 64 == 0:
                self.graph.progress("hops", done, len(links))
            hop = self.hop(link)
            guards = tuple((e.policy, e.statement) for e in hop.evidence if e.policy_type in _GUARDS and e.effect == "Allow")
            name: Hashable = ("piece", link.head, guards) if guards and self.members(link) else link.name
            if name not in found or hop.verdict is Verdict.ALLOWED:
                self._hops[name] = hop if name not in self._hops or self._hops[name].verdict is not Verdict.ALLOWED else self._hops[name]
            found.setdefault(name, []).append(link)
        for name, some in found.items():
            self.size[name] = sum(self.size[link.name] for link in some)
        return [Link(name, tuple(dict.fromkeys(t for link in some for t in link.tails)), some[0].head) for name, some in found.items()]

    def members(self, link: Link) -> list[int]:
        """The numbers of the principals that make the hop on chains that were asked about."""
        return sorted({tail if isinstance(tail, int) else tail[1] for tail in link.tails if isinstance(tail, (int, tuple))})

    def hop(self, link: Link) -> Hop:
        """The hop of the link's first tail, or of one that is ALLOWED."""
        if link.name in self._hops:
            return self._hops[link.name]
        members = self.members(link)
        actor = self.graph.actor(members[0]) if members else self.actors[link.tails[0]]
        head = link.head
        goal = self.goals[head[1]].goal if isinstance(head, tuple) else self._role(int(str(head)))
        return make_hop(self.graph.world, actor, goal)

    def _role(self, number: int) -> Goal:
        return self.graph.world.goal(self.graph.principals[number].arn, ASSUME_ROLE)


def _choke(graph: AccessGraph, answer: Answer, made: _Links, link: Link, kind: str, chains: int, others: int) -> Choke:
    hop = made.hop(link)
    for node in (hop.source, hop.target):
        answer.nodes.setdefault(node, describe_node(graph, node))
    note_gaps(answer, hop.condition, made.goals[0].goal)
    members = [graph.principals[number] for number in made.members(link)]
    family = family_of(members) if len(members) > 1 else None
    return Choke(
        kind, hop.source, family, hop.action, hop.target, chains, others, hop.mechanism, hop.verdict, hop.condition, hop.evidence
    )  # fmt: skip


QUERY = Query(
    chokepoints,
    (
        Param("source", "Where chains start: what `--from` of `xgraph paths` takes.", Kind.WHO, option="--from", is_required=True),
        Param("target", "Where they end: what `--to` of `xgraph paths` takes.", Kind.WHAT, option="--to", is_required=True),
        Param("action", "What is done at the end: an action, a pattern, an access level, or `any`.", Kind.ACTION),
        Param("max_hops", "Longest chain to look at.", Kind.COUNT, default=8),
        CLAIM,
    ),
    Choke,
    help="""Where a set of chains is held together: the hops that every chain goes through, and the fewest hops whose loss separates all
    sources from all targets.

    A hop is counted in the piece in which it can be taken away: the trust of one role in a set of principals, or the access of a set to one
    resource, counts once, however many principals it names. For each piece: how many of the chains it carries, and how many others use it
    and would lose it too.""",
    counted="piece",
)
