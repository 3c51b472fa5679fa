"""What the outside world can reach, in one report: the question behind `xgraph exposure`."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from xgraph.graph.access.certificates import certificate_holders
from xgraph.graph.access.federation import subjects
from xgraph.graph.access.fronts import Fronts
from xgraph.graph.access.graph import AccessGraph
from xgraph.graph.access.names import sources
from xgraph.graph.access.spread import Spread
from xgraph.graph.access.world import Actor
from xgraph.graph.policy.caller import CallerKind
from xgraph.graph.policy.decision import Verdict

from ._doubts import ASSUMPTIONS
from ._query import ACTIONS, FAMILIES, MAX_HOPS, WITHIN, Answer, Param, Query, table_of
from ._touched import Touched, touched
from ._within import Within, read_within
from .what_can import SCOPE, Wanted

KINDS = ("world", "account", "own", "federated", "service")
_REPEATED = "open to anonymous callers, and so to everybody"
_ORDER = {kind: place for place, kind in enumerate(KINDS)}


def exposure(
    graph: AccessGraph,
    *,
    to: tuple[str, ...] = (),
    within: str | None = None,
    action: str = "any",
    max_hops: int = 8,
    families: bool = False,
) -> Answer:
    """What everybody outside can become and touch, source by source: the world, other accounts, federation, services.

    Raises UnknownName.
    """
    return _report(graph, to, within, action, max_hops, folds=families, most=None)


def overview(graph: AccessGraph, most: int) -> Answer:
    """The same with families, of each source the first `most` rows only: what else it can touch is not asked."""
    return _report(graph, (), None, "any", MAX_HOPS.default, folds=True, most=most)


def _report(
    graph: AccessGraph, to: tuple[str, ...], within: str | None, action: str, max_hops: int, *, folds: bool, most: int | None
) -> Answer:
    place = read_within(graph, within)
    wanted = Wanted(graph, action)
    parameters = {"to": list(to), "in": within, "action": action, "max_hops": max_hops, "families": folds, "at": graph.world.at}
    answer = table_of(QUERY, "exposure", graph.world.estate, parameters)
    answer.assumptions = (
        *ASSUMPTIONS,
        *SCOPE,
        "users of IAM Identity Center are no strangers: ask about them as idc-user:ID or idc-group:ID",
        "what a service becomes is what its customers gave it: roles that services assume are not followed further",
    )
    answer.rows = _rows(graph, answer, _sorted(graph, to), place, wanted, max_hops, folds=folds, most=most)
    return answer


def _sorted(graph: AccessGraph, to: tuple[str, ...]) -> list[Actor]:
    own = frozenset(account.id for account in graph.world.estate.accounts.values() if account.is_own)
    outside = [actor for actor in _outside(graph) if not to or kind_of(actor, own) in to]
    return sorted(outside, key=lambda actor: (_ORDER[kind_of(actor, own)], actor.node != "anonymous"))


def _outside(graph: AccessGraph) -> list[Actor]:
    """Everybody who is not collected: strangers that something names, everybody, and the subjects that federated trusts let in."""
    return [*(actor for actor in sources(graph, "any")[0] if actor.principal is None), *subjects(graph), *certificate_holders(graph)]


def kind_of(actor: Actor, own: frozenset[str]) -> str:
    """Which part of the outside world it is; `own`: accounts that are ours although they are in no collected organization."""
    if actor.doors is not None:
        return "federated"
    match actor.caller.kind:
        case CallerKind.ANONYMOUS:
            return "world"
        case CallerKind.SERVICE:
            return "service"
        case _:
            if actor.node == "any-aws-principal":
                return "world"
            return "own" if actor.caller.account in own else "account"


def _rows(
    graph: AccessGraph,
    answer: Answer,
    outside: list[Actor],
    place: Within,
    wanted: Wanted,
    max_hops: int,
    *,
    folds: bool,
    most: int | None,
) -> Iterator[Touched]:
    fronts = Fronts(graph.world, graph.index)
    public: dict[tuple[str, Verdict], set[str]] = {}
    for done, actor in enumerate(outside):
        if graph.progress:
            graph.progress("sources", done, len(outside))
        hops = 1 if actor.caller.kind is CallerKind.SERVICE else max_hops
        found = touched(graph, answer, actor.node, Spread(graph, (actor,), hops, fronts), place, wanted, folds=folds)
        yield from islice(_fresh(answer, actor, found, public), most)


def _fresh(answer: Answer, actor: Actor, found: Iterator[Touched], public: dict[tuple[str, Verdict], set[str]]) -> Iterator[Touched]:
    """Rows of one source, without those that `public` holds: what is open to anonymous callers, noted here when these are the source."""
    for row in found:
        if actor.node == "anonymous":
            public.setdefault((row.target, row.verdict), set()).update(row.actions)
        elif row.length == 1 and public.get((row.target, row.verdict), set()).issuperset(row.actions):
            answer.not_listed = {_REPEATED: answer.not_listed.get(_REPEATED, 0) + 1}
            continue
        yield row


QUERY = Query(
    exposure,
    (
        Param(
            "to",
            "Only to this part of the outside world; again for further ones.",
            option="--to",
            is_repeated=True,
            default=(),
            choices=KINDS,
        ),
        WITHIN,
        ACTIONS,
        MAX_HOPS,
        FAMILIES,
    ),
    Touched,
    help="""What everybody outside the collected accounts can become and touch: the anonymous internet and any AWS principal, each other
    account and principal that a policy or ACL names, each federated subject, each AWS service.

    One section for each of them; what is open to anonymous callers is not repeated for the others, who can drop their credentials. Services are listed with what they may do directly and the roles that they may assume.""",
    counted="row",
)
