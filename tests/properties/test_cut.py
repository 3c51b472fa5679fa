"""Cuts, dominators and walks against trying everything, on small networks."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from itertools import combinations
from random import Random

import pytest

from xgraph.graph.access.cut import Link, Network


def drawn(rng: Random) -> tuple[list[int], list[Link], list[int]]:
    nodes = list(range(rng.randint(3, 7)))
    links = [
        Link(f"l{number}", tuple(rng.sample(nodes, rng.randint(1, 3))), rng.choice(nodes))
        for number in range(rng.randint(1, 8))
    ]  # fmt: skip
    goals = rng.sample(nodes, rng.randint(1, 2))
    sources = [node for node in rng.sample(nodes, 2) if node not in goals]
    return sources, links, goals


def hops_to(sources: Sequence[Hashable], links: list[Link], goals: Sequence[Hashable]) -> int | None:
    """The fewest links from a source to a goal."""
    seen: set[Hashable] = set(sources)
    for hops in range(len(links) + 2):
        if seen & set(goals):
            return hops
        seen |= {link.head for link in links if seen & set(link.tails)}
    return None


def walk_names(sources: list[int], links: list[Link], goals: list[int], most: int) -> list[tuple[str, ...]]:
    """Every walk of at most `most` links from a source to a goal, by the links' names; one for each tail that it may take."""
    found = []

    def deepen(node: Hashable, names: tuple[str, ...]) -> None:
        if node in goals and names:
            found.append(names)
        if len(names) < most:
            for link in links:
                if node in link.tails:
                    deepen(link.head, (*names, str(link.name)))

    for source in sources:
        deepen(source, ())
    return found


@pytest.mark.parametrize("seed", range(150))
def test_cuts_and_dominators(seed: int) -> None:
    rng = Random(seed)
    sources, links, goals = drawn(rng)
    most = rng.randint(1, 5)
    weights = {link.name: rng.randint(0, 4) for link in links}
    network = Network(sources, links, goals, most)
    names = [link.name for link in network.links]

    def separates(cut: tuple[object, ...]) -> bool:
        return hops_to(sources, [link for link in network.links if link.name not in cut], goals) is None

    cut = tuple(link.name for link in network.smallest_cut(weights))
    expected = min(
        ((len(some), sum(weights[name] for name in some)) for size in range(len(names) + 1) for some in combinations(names, size) if separates(some)),
    )  # fmt: skip
    dominators = {name for name in names if separates((name,))} if not separates(()) else set()

    assert separates(cut)
    assert (len(cut), sum(weights[name] for name in cut)) == expected
    assert {link.name for link in network.dominators()} == dominators


@pytest.mark.parametrize("seed", range(150))
def test_what_lies_on_walks_is_kept_and_counted(seed: int) -> None:
    rng = Random(seed)
    sources, links, goals = drawn(rng)
    most = rng.randint(1, 5)
    network = Network(sources, links, goals, most)
    # A walk that goes on behind a goal is no longer than one that ends there, so it tells nothing new.
    walks = walk_names(sources, links, goals, most)
    shortest = hops_to(sources, links, goals)

    assert {link.name for link in network.links} >= {name for walk in walks for name in walk}
    assert bool(network.links) == (shortest is not None and shortest <= most)
    counted = network.walks()
    for link in network.links:
        assert counted[link.name] == sum(walk.count(str(link.name)) for walk in walks)
