"""What a picture shows of an answer: each node once, each hop once, however many chains go through it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from xgraph.graph.access.chain import BlockedChain, Hop
from xgraph.graph.access.families import Family
from xgraph.queries._query import Answer
from xgraph.queries.render._names import Names
from xgraph.queries.render._text import count, plural

_CUTS = {"limit": "cut at the limit", "interrupted": "interrupted", "timeout": "out of time"}

MOST_SAVED = 10


@dataclass(slots=True)
class Edge:
    """One hop; `chains` are the numbers, from 1, of the chains that it is part of; `is_blocked` when it is what blocks one."""

    hop: Hop
    is_blocked: bool
    chains: list[int] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Drawing:
    """All nodes in order of appearance, all distinct hops, and a sentence about what the picture shows."""

    names: Names
    nodes: tuple[str, ...]
    edges: tuple[Edge, ...]
    caption: str


def draw(answer: Answer) -> Drawing:
    """Read the answer to its end and fold its chains."""
    nodes: dict[str, None] = {}
    edges: dict[tuple[Hop, bool], Edge] = {}
    families: dict[str, Family] = {}
    possible = blocked = 0
    for number, item in enumerate(answer.items, 1):
        is_near_miss = isinstance(item, BlockedChain)
        blocked, possible = blocked + is_near_miss, possible + (not is_near_miss)
        for index, hop in enumerate(item.hops):
            nodes.update(dict.fromkeys((hop.source, hop.target)))
            families |= {node: family for node, family in ((hop.source, hop.source_family), (hop.target, hop.target_family)) if family}
            is_blocked = isinstance(item, BlockedChain) and item.holds_at(index)
            edges.setdefault((hop, is_blocked), Edge(hop, is_blocked)).chains.append(number)
    caption = f"{count(possible, 'chain')}, {blocked:,} blocked; {completeness(answer)}"
    return Drawing(Names(answer, families), tuple(nodes), tuple(edges.values()), caption)


def completeness(answer: Answer) -> str:
    """Whether the answer is whole, in a few words."""
    if answer.complete:
        return "complete"
    reasons = [_CUTS.get(answer.truncated_by, f"cut by {answer.truncated_by}")] if answer.truncated_by else []
    opening = sum(gap.could_open for gap in dict.fromkeys(answer.coverage_gaps))
    if opening:
        reasons.append(f"{count(opening, 'gap')} could hide {plural(answer.counted)}")
    return f"incomplete{': ' if reasons else ''}{', '.join(reasons)}"


def tally(answer: Answer) -> Iterator[str]:
    """How many chains there are beyond those that are listed, and what saved us, a sentence each."""
    counted = answer.count
    if counted is not None and answer.truncated_by is not None:
        most = "an unknown number" if counted.at_most is None else f"{counted.at_most:,}"
        yield f"at least {count(counted.at_least, 'chain')}, at most {most}"
    if answer.subgraph is not None:
        yield f"{count(len(answer.subgraph.nodes), 'node')} may lie on chains: an upper bound, listed in JSON"
    if answer.dropped_contradictory:
        yield f"{count(answer.dropped_contradictory, 'chain')} dropped: hops that contradict one another"
    is_plain = sum(saved.chains for saved in answer.saved) < 2  # a single one says so itself
    for saved in () if is_plain else answer.saved[:MOST_SAVED]:
        yield f"saved from {count(saved.chains, 'chain')} by {saved.blocker.control}: {saved.blocker.text}"
