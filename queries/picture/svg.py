"""A scene as one SVG file: for READMEs, tickets and notebooks. Light and dark as the reader's screen is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape, quoteattr

from xgraph.queries.render._text import visible

from ._colours import DARK, LIGHT, NOBODY, colours_of
from ._glyphs import GLYPHS, HEIGHT, OUTLINES, WIDTH, outline_of
from ._place import PADDING, Region, Spot, place
from .scene import Card, Line, Scene

_MARGIN = 28
_TOP = 96
_BOTTOM = 54
_MOST_LABELS = 80
_LABEL_WIDTH = 120
_STATES = (("allowed", "allowed"), ("conditional", "conditional"), ("blocked", "blocked, ✕ names the control"))
_FONT = "system-ui, 'Segoe UI', 'DejaVu Sans', Roboto, sans-serif"


@dataclass(frozen=True, slots=True)
class _Arrow:
    """What is drawn between two cards; several hops between the same two are one arrow."""

    source: str
    target: str
    state: str
    label: str


def svg_of(scene: Scene, theme: str = "auto") -> str:
    """The SVG text. `theme`: `light`, `dark`, or `auto` for both with a media query."""
    spots, regions = place(card for card in scene.cards if not card.inside)
    colours = colours_of(list(scene.accounts))
    left = min((spot.x for spot in spots), default=0) - WIDTH / 2 - PADDING - _MARGIN
    right = max((spot.x for spot in spots), default=0) + WIDTH / 2 + PADDING + _MARGIN
    top = min([spot.y - HEIGHT for spot in spots] + [region.y for region in regions], default=0) - _TOP
    low = max([spot.y + HEIGHT for spot in spots] + [region.y + region.height for region in regions], default=0) + _BOTTOM
    width, height = max(right - left, 720), low - top
    spoken = quoteattr(visible(f"{scene.title}: {scene.caption}"))
    box = f'viewBox="{left:g} {top:g} {width:g} {height:g}" width="{width:g}" height="{height:g}"'
    body = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {box} role="img" aria-label={spoken} font-family={quoteattr(_FONT)}>',
        f"<style>{_style(theme)}</style>",
        _markers(),
        f'<rect class="ground" x="{left:g}" y="{top:g}" width="{width:g}" height="{height:g}"/>',
        f'<text class="head" x="{left + _MARGIN:g}" y="{top + 36:g}">{_text(_cut(scene.title, int(width / 11)))}</text>',
        f'<text class="soft" x="{left + _MARGIN:g}" y="{top + 60:g}">{_text(scene.caption)}</text>',
        *(_region(region, scene.accounts, colours) for region in regions),
        *_arrows(scene, spots),
        *(_card(spot, colours) for spot in spots),
        *_legend(left + _MARGIN, low - 22),
        "</svg>",
    ]
    return "\n".join(body) + "\n"


def _style(theme: str) -> str:
    def rules(colours: Mapping[str, str]) -> str:
        return (
            f".ground{{fill:{colours['ground']}}}.card{{fill:{colours['card']}}}.ink{{fill:{colours['ink']}}}"
            f".soft{{fill:{colours['soft']};font-size:13px}}.head{{fill:{colours['ink']};font-size:21px;font-weight:700}}"
            f".halo{{stroke:{colours['ground']}}}"
            + "".join(
                f".{state}{{stroke:{colours[state]}}}.t-{state}{{fill:{colours[state]}}}" for state in ("allowed", "conditional", "blocked")
            )
        )

    fixed = (
        ".name{font-size:15px;font-weight:600}.kind{font-size:11.5px}.label{font-size:12px;font-weight:600;text-anchor:middle;"
        "paint-order:stroke;stroke-width:5px;stroke-linejoin:round}.line{fill:none;stroke-width:2.4px}"
        ".conditional.line{stroke-dasharray:9 5}.blocked.line{stroke-dasharray:3 5}.sign{fill:none;stroke-width:1.7px;"
        "stroke-linecap:round;stroke-linejoin:round}"
    )
    if theme == "auto":
        return f"{fixed}{rules(LIGHT)}@media(prefers-color-scheme:dark){{{rules(DARK)}}}"
    return fixed + rules(DARK if theme == "dark" else LIGHT)


def _markers() -> str:
    heads = "".join(
        f'<marker id="head-{state}" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="11" markerHeight="11" '
        f'markerUnits="userSpaceOnUse" orient="auto"><path class="t-{state}" d="M0 0L10 5L0 10Z"/></marker>'
        for state in ("allowed", "conditional", "blocked")
    )
    return f"<defs>{heads}</defs>"


def _region(region: Region, accounts: Mapping[str, str], colours: Mapping[str, str]) -> str:
    colour = colours[region.account]
    return (
        f'<rect x="{region.x:g}" y="{region.y:g}" width="{region.width:g}" height="{region.height:g}" rx="14" fill="{colour}" '
        f'fill-opacity=".1" stroke="{colour}" stroke-opacity=".45"/>'
        f'<text x="{region.x + 14:g}" y="{region.y + 20:g}" font-size="12.5" font-weight="700" fill="{colour}">'
        f"{_text(_cut(accounts[region.account], 30))}</text>"
    )


def _card(spot: Spot, colours: Mapping[str, str]) -> str:
    card = spot.card
    colour = colours.get(card.account, NOBODY)
    outline = OUTLINES[outline_of(card.glyph)]
    heavy = 3.4 if card.end else 1.7
    parts = [
        f'<g transform="translate({spot.x:g} {spot.y:g})"><title>{_text(card.full or card.title)}</title>',
        f'<path class="card" d="{outline}" transform="translate(5 -5)" stroke="{colour}" stroke-width="1.2"/>' if card.is_group else "",
        f'<path class="card" d="{outline}" stroke="{colour}" stroke-width="{heavy:g}"/>',
        f'<path class="sign" d="{GLYPHS[card.glyph]}" transform="translate({-WIDTH / 2 + 12:g} -12)" stroke="{colour}"/>',
        f'<text class="name ink" x="{-WIDTH / 2 + 46:g}" y="-2">{_text(_cut(card.title, 18))}</text>',
        f'<text class="kind soft" x="{-WIDTH / 2 + 46:g}" y="16">{_text(_cut(card.subtitle, 26))}</text>',
        _flag(card),
        "</g>",
    ]
    return "".join(parts)


def _flag(card: Card) -> str:
    if not card.end:
        return ""
    word = "START" if card.end == "start" else "TARGET"
    width = 46 if card.end == "start" else 54
    return (
        f'<rect class="t-{"allowed" if card.end == "start" else "conditional"}" x="{WIDTH / 2 - width - 8:g}" y="{-HEIGHT / 2 - 9:g}" '
        f'width="{width}" height="17" rx="8.5"/><text x="{WIDTH / 2 - width / 2 - 8:g}" y="{-HEIGHT / 2 + 3.5:g}" font-size="10.5" '
        f'font-weight="700" fill="#fff" text-anchor="middle">{word}</text>'
    )


def _arrows(scene: Scene, spots: Sequence[Spot]) -> Iterator[str]:
    """Curves first, words over them, so that no curve runs through a word."""
    at = {spot.card.id: spot for spot in spots}
    shown = {card.id: card.inside[0] if card.inside else card.id for card in scene.cards}
    arrows = [arrow for arrow in _folded(scene.lines, shown) if arrow.source != arrow.target]
    yield from (_curve(arrow, at[arrow.source], at[arrow.target]) for arrow in arrows)
    if len(arrows) <= _MOST_LABELS:
        taken: list[tuple[float, float]] = []
        yield from (_label(arrow, at[arrow.source], at[arrow.target], taken) for arrow in arrows)


def _folded(lines: Sequence[Line], shown: Mapping[str, str]) -> list[_Arrow]:
    together: dict[tuple[str, str, str], list[str]] = {}
    for line in lines:
        together.setdefault((shown[line.source], shown[line.target], line.state), []).append(line.label)
    return [_Arrow(*ends, _words(list(dict.fromkeys(labels)), len(labels))) for ends, labels in together.items()]


def _words(labels: list[str], number: int) -> str:
    if len(labels) > 1:
        return f"{labels[0]} +{len(labels) - 1}"
    return f"{labels[0]} ×{number}" if number > 1 else labels[0]


def _curve(arrow: _Arrow, start: Spot, end: Spot) -> str:
    path, _, _ = _bent(start, end, arrow.state)
    return f'<path class="line {arrow.state}" d="{path}" marker-end="url(#head-{arrow.state})"/>'


def _label(arrow: _Arrow, start: Spot, end: Spot, taken: list[tuple[float, float]]) -> str:
    """The words on a curve, moved up or down where another's stand already."""
    _, x, y = _bent(start, end, arrow.state)
    y += 16 if arrow.state == "blocked" else -7
    step = 15 if arrow.state == "blocked" else -15
    while any(abs(x - other) < _LABEL_WIDTH and abs(y - high) < abs(step) for other, high in taken):
        y += step
    taken.append((x, y))
    return f'<text class="label halo t-{arrow.state}" x="{x:g}" y="{y:g}">{_text(_cut(arrow.label, 24))}</text>'


def _bent(start: Spot, end: Spot, state: str) -> tuple[str, float, float]:
    """The curve from one card to another, and where its label stands. A blocked hop beside a possible one runs a little lower."""
    drop = 9 if state == "blocked" else 0
    y1, y2 = start.y + drop, end.y + drop
    if end.x > start.x:
        x1, x2 = start.x + WIDTH / 2, end.x - WIDTH / 2
        reach = max(40.0, (x2 - x1) / 2)
        near = x2 - 75 if x2 - x1 > 260 else (x1 + x2) / 2
        share = 0.5 if near == (x1 + x2) / 2 else 0.86
        return f"M{x1:g} {y1:g}C{x1 + reach:g} {y1:g} {x2 - reach:g} {y2:g} {x2:g} {y2:g}", near, y1 + (y2 - y1) * share
    x1, x2 = start.x + WIDTH / 2, end.x + WIDTH / 2
    out = max(x1, x2) + 70
    return f"M{x1:g} {y1:g}C{out:g} {y1:g} {out:g} {y2:g} {x2:g} {y2:g}", out - 14, (y1 + y2) / 2


def _legend(x: float, y: float) -> Iterator[str]:
    for state, words in _STATES:
        yield f'<path class="line {state}" d="M{x:g} {y - 4:g}h34" marker-end="url(#head-{state})"/>'
        yield f'<text class="soft" x="{x + 44:g}" y="{y:g}">{words}</text>'
        x += 70 + 7.4 * len(words)


def _text(text: str) -> str:
    return escape(visible(text))


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most // 2]}…{text[-(most - most // 2 - 1) :]}"
