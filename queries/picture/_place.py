"""Where each card of a scene stands, in pixels: columns from left to right, the cards of an account in one region."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby
from math import ceil
from typing import Final

from ._glyphs import HEIGHT, WIDTH
from .scene import Card

ROW: Final = HEIGHT + 20
HEADER: Final = 30
BETWEEN: Final = 26
HOP: Final = 150
BESIDE: Final = 30
PADDING: Final = 12
SHORTEST: Final = 14


@dataclass(frozen=True, slots=True)
class Spot:
    """The middle of a card."""

    card: Card
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Region:
    """The field behind neighbouring cards of one account."""

    account: str
    x: float
    y: float
    width: float
    height: float


def place(cards: Iterable[Card]) -> tuple[list[Spot], list[Region]]:
    """Spots and regions. A tall column is broken into several side by side, so that the whole stays readable on a screen."""
    layers: dict[int, list[Card]] = defaultdict(list)
    for card in sorted(cards, key=lambda card: (card.column, card.order)):
        layers[card.column].append(card)
    tallest = max(SHORTEST, ceil((sum(map(len, layers.values())) * 3) ** 0.5))
    spots: list[Spot] = []
    regions: list[Region] = []
    x = 0.0
    for number in sorted(layers):
        layer = layers[number]
        parts = ceil(len(layer) / tallest)
        rows = ceil(len(layer) / parts)
        for part in range(parts):
            _stack(layer[part * rows : (part + 1) * rows], x, spots, regions)
            x += WIDTH + BESIDE
        x += HOP - BESIDE
    return spots, regions


def _stack(cards: list[Card], x: float, spots: list[Spot], regions: list[Region]) -> None:
    """One pile of cards, its middle at y = 0."""
    runs = [(account, list(run)) for account, run in groupby(cards, key=lambda card: card.account)]
    height = sum(len(run) * ROW + (HEADER if account else 0) for account, run in runs) + BETWEEN * (len(runs) - 1)
    y = -height / 2
    for account, run in runs:
        top = y
        y += HEADER if account else 0
        for card in run:
            spots.append(Spot(card, x, y + ROW / 2))
            y += ROW
        if account:
            regions.append(Region(account, x - WIDTH / 2 - PADDING, top, WIDTH + 2 * PADDING, y - top))
        y += BETWEEN
