"""What saved us: role hops that only SCPs and RCPs stand in the way of."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from xgraph.graph.access.assemble import Assembly
from xgraph.graph.access.chain import BlockedChain
from xgraph.graph.access.graph import AccessGraph, open_graph
from xgraph.graph.access.near import NearMisses
from xgraph.graph.access.paths import Route, Start
from xgraph.graph.access.world import ASSUME_ROLE
from xgraph.graph.model.estate import Estate
from xgraph.graph.policy.decision import Blocker

from ._report import Row, Section, Teller, table

_GUARDRAILS = frozenset(("scp", "rcp"))
_MOST_QUESTIONS = 2_000
_EXAMPLES = 2
_TOGETHER = "several guardrails together"


@dataclass(frozen=True, slots=True)
class _Withheld:
    """Hops from some principals of one account to some roles, all withheld alike."""

    members: tuple[int, ...]
    targets: tuple[int, ...]

    @property
    def hops(self) -> int:
        """How many pairs, a role with itself not counted."""
        return len(self.members) * len(self.targets) - len(set(self.members) & set(self.targets))


@dataclass(slots=True)
class _Saved:
    """What one statement withholds alone."""

    hops: int = 0
    roles: set[int] = field(default_factory=set)
    accounts: set[str] = field(default_factory=set)
    examples: list[BlockedChain] = field(default_factory=list)


def guardrails(teller: Teller) -> Section:
    """Role hops that would be possible if the organization had no guardrails, by the statement that withholds them."""
    graph = teller.graph
    free = open_graph(without_guardrails(graph.world.estate), graph.world.at)
    found = sorted(_withheld(graph, free), key=lambda each: -each.hops)
    looked = found[:_MOST_QUESTIONS]
    rest = sum(each.hops for each in found[_MOST_QUESTIONS:])
    notes = (f"{rest:,} further hops are withheld; which statement does it was not asked for each",) if rest else ()
    lead = (
        "Role hops that identity policies and trust policies allow and that SCPs or RCPs withhold: without them, these are possible. "
        "`xgraph paths --show-blocked` shows the same for access to a resource."
    )
    columns = ("guardrail statement", "control", "hops withheld", "roles protected", "accounts of the callers")
    rows = table("Statements that withhold role hops", columns, _statements(teller, looked), empty="no role hop is withheld by a guardrail")
    return Section("guardrails", "What SCPs and RCPs block", lead, (rows,), notes)


def without_guardrails(estate: Estate) -> Estate:
    """The same estate in organizations whose SCPs and RCPs are switched off."""
    off = {name: replace(each, scps_enabled=False, rcps_enabled=False) for name, each in estate.organizations.items()}
    return replace(estate, organizations=off)


def _withheld(graph: AccessGraph, free: AccessGraph) -> Iterator[_Withheld]:
    """Hops of `free` that `graph` has not, by account of the caller and of the role. What is asked of sets is asked once."""
    principals = graph.principals
    for one in free.trust.sets:
        alike: dict[tuple[str, tuple[int, ...]], list[int]] = defaultdict(list)
        for target in one.targets:
            alike[principals[target].account, graph.trust.into[target]].append(target)
        for (_, into), targets in alike.items():
            able = set[int]().union(*(graph.trust.sets[number].members for number in into))
            by_account: dict[str, list[int]] = defaultdict(list)
            for member in one.members:
                if member not in able:
                    by_account[principals[member].account].append(member)
            yield from (_Withheld(tuple(members), tuple(targets)) for members in by_account.values())


def _statements(teller: Teller, found: list[_Withheld]) -> Iterator[Row]:
    near = NearMisses(teller.graph, frozenset())
    saved: dict[tuple[str, str], _Saved] = defaultdict(_Saved)
    for done, each in enumerate(found):
        if teller.graph.progress and done % 100 == 0:
            teller.graph.progress("guardrails", done, len(found))
        if each.hops:
            _note(teller, near, saved, each)
    for (name, kind), one in sorted(saved.items(), key=lambda item: (-item[1].hops, item[0])):
        details = tuple(part for chain in one.examples for part in teller.details(chain))
        yield Row((name, kind, one.hops, len(one.roles), len(one.accounts)), details, "blocked")


def _note(teller: Teller, near: NearMisses, saved: dict[tuple[str, str], _Saved], each: _Withheld) -> None:
    graph = teller.graph
    member, role = next((member, role) for member in each.members for role in each.targets if member != role)
    goal = graph.world.goal(graph.principals[role].arn, ASSUME_ROLE)
    control = near.control(graph.actor(member), goal)
    places = [(_TOGETHER, "scp, rcp")]
    chain = None
    if control is not None and control.names <= _GUARDRAILS:
        assembly = Assembly(graph, goal)
        chain = assembly.blocked(Route(Start(graph.actor(member), member), (), ((0, control),)))
        teller.answer.nodes.update(assembly.nodes)
        places = [(name, control.name) for name in dict.fromkeys(_named(teller, blocker) for blocker in chain.blocked_by)]
    for place in places:
        one = saved[place]
        one.hops += each.hops
        one.roles.update(each.targets)
        one.accounts.add(graph.principals[member].account)
        if chain and len(one.examples) < _EXAMPLES:
            one.examples.append(chain)


def _named(teller: Teller, blocker: Blocker) -> str:
    missing = "" if blocker.statement is not None else ": no statement allows it"
    return f"{teller.names.statement(blocker)}{missing}, attached to {teller.names.place(blocker.level or blocker.attached_to)}"
