"""What a picture shows of an answer: each node once, each hop once, however many chains go through it."""

from __future__ import annotations

from dataclasses import dataclass, field

from xgraph.graph.access.chain import BlockedChain, Hop
from xgraph.queries._query import Answer
from xgraph.queries.render._names import Names
from xgraph.queries.render._text import count, plural

_CUTS = {"limit": "cut at the limit", "interrupted": "interrupted"}


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
    possible = blocked = 0
    for number, item in enumerate(answer.items, 1):
        is_near_miss = isinstance(item, BlockedChain)
        blocked, possible = blocked + is_near_miss, possible + (not is_near_miss)
        for index, hop in enumerate(item.hops):
            nodes.update(dict.fromkeys((hop.source, hop.target)))
            is_blocked = isinstance(item, BlockedChain) and index == item.blocked_at
            edges.setdefault((hop, is_blocked), Edge(hop, is_blocked)).chains.append(number)
    caption = f"{count(possible, 'chain')}, {blocked:,} blocked; {completeness(answer)}"
    return Drawing(Names(answer), tuple(nodes), tuple(edges.values()), caption)


def completeness(answer: Answer) -> str:
    """Whether the answer is whole, in a few words."""
    if answer.complete:
        return "complete"
    reasons = [_CUTS.get(answer.truncated_by, f"cut by {answer.truncated_by}")] if answer.truncated_by else []
    opening = sum(gap.could_open for gap in dict.fromkeys(answer.coverage_gaps))
    if opening:
        reasons.append(f"{count(opening, 'gap')} could hide {plural(answer.counted)}")
    return f"incomplete{': ' if reasons else ''}{', '.join(reasons)}"
