"""Which column a node stands in, and in which order: sources on the left, each hop one column to the right."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence

_SWEEPS = 4


def columns(edges: Sequence[tuple[str, str]], ends: Iterable[str]) -> dict[str, int]:
    """Column of each node, from 0: the longest way to it over edges that close no circle. `ends` that lead nowhere come last,
    and where nothing leads to a node it stands right before what it leads to, so that its edges are short.
    """
    after: dict[str, list[str]] = defaultdict(list)
    for source, target in dict.fromkeys(edges):
        after[source].append(target)
        after[target]
    order, kept = _forward(after)
    column = dict.fromkeys(after, 0)
    for node in order:
        for target in kept[node]:
            column[target] = max(column[target], column[node] + 1)
    last = max(column.values(), default=0)
    column.update((node, last) for node in ends if node in column and not after[node] and last)
    entered = {target for targets in kept.values() for target in targets}
    column.update((node, min(column[target] for target in kept[node]) - 1) for node in order if node not in entered and kept[node])
    return column


def _forward(after: Mapping[str, list[str]]) -> tuple[list[str], dict[str, list[str]]]:
    """The nodes so that edges point forward, and the edges that do; those that would close a circle are left out."""
    kept: dict[str, list[str]] = {node: [] for node in after}
    state: dict[str, int] = {}
    finished: list[str] = []
    for root in after:
        if root in state:
            continue
        state[root] = 1
        stack = [(root, iter(after[root]))]
        while stack:
            node, rest = stack[-1]
            target = next(rest, None)
            if target is None:
                state[node] = 2
                finished.append(node)
                stack.pop()
            elif state.get(target) != 1:
                kept[node].append(target)
                if target not in state:
                    state[target] = 1
                    stack.append((target, iter(after[target])))
    return finished[::-1], kept


def arrange(column: Mapping[str, int], edges: Sequence[tuple[str, str]], region: Callable[[str], Hashable]) -> list[list[str]]:
    """The nodes of each column from top to bottom: neighbours near each other, those of one region together."""
    layers: list[list[str]] = [[] for _ in range(max(column.values(), default=-1) + 1)]
    for node, number in column.items():
        layers[number].append(node)
    near: dict[str, list[str]] = defaultdict(list)
    for source, target in dict.fromkeys(edges):
        near[source].append(target)
        near[target].append(source)
    for sweep in range(_SWEEPS):
        height = {node: (place + 0.5) / len(layer) for layer in layers for place, node in enumerate(layer)}
        for number in range(len(layers)) if sweep % 2 == 0 else range(len(layers) - 1, -1, -1):
            layers[number] = _ordered(layers[number], near, height, region)
            height.update((node, (place + 0.5) / len(layers[number])) for place, node in enumerate(layers[number]))
    return layers


def _ordered(layer: list[str], near: Mapping[str, list[str]], height: Mapping[str, float], region: Callable[[str], Hashable]) -> list[str]:
    wish = {node: _mean([height[other] for other in near[node]]) if near.get(node) else height[node] for node in layer}
    together: dict[Hashable, list[str]] = defaultdict(list)
    for node in layer:
        together[region(node)].append(node)
    blocks = sorted(together.values(), key=lambda block: _mean([wish[node] for node in block]))
    return [node for block in blocks for node in sorted(block, key=wish.__getitem__)]


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)
