"""What a picture shows: cards for nodes, lines for hops, and all that is told about them, as plain text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import islice

from xgraph.graph.access.chain import BlockedChain, Chain, Hop
from xgraph.graph.model.arn import account_of, parse_arn
from xgraph.graph.policy.decision import Condition, Verdict
from xgraph.queries._query import Answer
from xgraph.queries.render._drawing import completeness
from xgraph.queries.render._names import Names, verdict_words
from xgraph.queries.render._text import count, short

from ._fold import Group, fold, pattern
from ._glyphs import glyph_of
from ._layers import arrange, columns

MOST_ROUTES = 500
_TITLE = 26


@dataclass(frozen=True, slots=True)
class Card:
    """A node, or a group of them. `id` is opaque; `inside`: the groups that hold it, outermost first; `size`: nodes that it stands for."""

    id: str
    title: str
    subtitle: str
    full: str
    account: str
    glyph: str
    end: str
    column: int
    order: int
    inside: tuple[str, ...] = ()
    size: int = 1
    is_group: bool = False


@dataclass(slots=True)
class Line:
    """A hop between two nodes. `state`: allowed, conditional or blocked; `told`: headings with what stands below them."""

    id: str
    source: str
    target: str
    label: str
    mechanism: str
    state: str
    title: str
    told: list[tuple[str, list[str]]]
    routes: list[int] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Route:
    """A chain by the lines that it is made of, for the list beside the picture."""

    state: str
    verdict: str
    text: str
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Scene:
    """A whole picture. `accounts`: display name of each account id, in the order of their colours."""

    title: str
    caption: str
    cards: tuple[Card, ...]
    lines: tuple[Line, ...]
    routes: tuple[Route, ...]
    accounts: dict[str, str]
    notes: tuple[str, ...]


def drawn(answer: Answer) -> Iterator[Chain | BlockedChain]:
    """The chains of an answer; of a table those that its rows tell of."""
    yield from answer.items
    for row in answer.rows:
        hops = getattr(row, "chain", None)
        if isinstance(hops, tuple) and hops and isinstance(hops[0], Hop):
            yield Chain(row.verdict, row.condition, hops)


def scene_of(answer: Answer, title: str | None = None, *, most: int | None = None, chains: int | None = None) -> Scene:
    """The picture of an answer's chains. `most`: nodes drawn one by one before they are grouped; `chains`: chains drawn at most,
    without it the answer is read to its end.
    """
    items = list(islice(drawn(answer), chains))
    names = Names(answer)
    lines, routes = _lines(items, names)
    cards = _cards(answer, names, items, lines, most)
    blocked = sum(isinstance(item, BlockedChain) for item in items)
    caption = f"{count(len(items) - blocked, 'chain')}, {blocked:,} blocked; {completeness(answer)}"
    notes = [names.sentence(text) for text in (*answer.notes, *answer.assumptions)]
    notes += [f"not known: {short(gap.what)}" for gap in dict.fromkeys(answer.coverage_gaps)]
    if len(routes) > MOST_ROUTES:
        notes.append(f"the list shows {MOST_ROUTES:,} of {len(routes):,} chains; the picture has all")
    if chains is not None and len(items) == chains:
        notes.append(f"the picture shows the first {chains:,} chains")
    accounts = _accounts(cards, names)
    return Scene(title or _question(answer, names), caption, cards, tuple(lines), tuple(routes[:MOST_ROUTES]), accounts, tuple(notes))


def _question(answer: Answer, names: Names) -> str:
    """The question in one line, as a heading."""
    asked = answer.parameters
    if "from" not in asked or "to" not in asked:
        return short(answer.query)
    action = f" for {short(str(asked['action']))}" if asked.get("action") else ""
    return f"{names.node(str(asked['from']))} → {names.node(str(asked['to']))}{action}"


def _lines(items: Iterable[Chain | BlockedChain], names: Names) -> tuple[list[Line], list[Route]]:
    """Each distinct hop once, and each chain as a row of them."""
    lines: dict[tuple[Hop, bool], Line] = {}
    routes = []
    for number, item in enumerate(items):
        ids = []
        for index, hop in enumerate(item.hops):
            is_blocked = isinstance(item, BlockedChain) and index in (item.blocked_hops or (item.blocked_at,))
            line = lines.get((hop, is_blocked))
            if line is None:
                line = lines[hop, is_blocked] = _line(
                    f"e{len(lines)}", hop, item if isinstance(item, BlockedChain) and is_blocked else None, names
                )
            line.routes.append(number)
            ids.append(line.id)
        routes.append(_route(item, tuple(ids), names))
    return list(lines.values()), routes


def _route(item: Chain | BlockedChain, ids: tuple[str, ...], names: Names) -> Route:
    text = " → ".join([names.node(item.hops[0].source), *(names.node(hop.target) for hop in item.hops)])
    if isinstance(item, BlockedChain):
        return Route("blocked", f"blocked by {', '.join(dict.fromkeys(str(each.control) for each in item.blocked_by))}", text, ids)
    return Route(_state(item.verdict), verdict_words(item.verdict, item.condition), text, ids)


def _state(verdict: Verdict) -> str:
    match verdict:
        case Verdict.ALLOWED:
            return "allowed"
        case Verdict.CONDITIONAL:
            return "conditional"
        case Verdict.IMPLICITLY_DENIED | Verdict.EXPLICITLY_DENIED:
            return "blocked"


def _line(number: str, hop: Hop, miss: BlockedChain | None, names: Names) -> Line:
    action = hop.mechanism if hop.action.lower().startswith("sts:assumerole") else hop.action
    state = "blocked" if miss else _state(hop.verdict)
    label = f"✕ {', '.join(dict.fromkeys(str(each.control) for each in miss.blocked_by))}" if miss else short(action)
    title = f"{names.node(hop.source)} → {names.node(hop.target)}"
    return Line(number, hop.source, hop.target, label, hop.mechanism, state, title, list(told(hop, miss, names)))


def told(hop: Hop, miss: BlockedChain | None, names: Names) -> Iterator[tuple[str, list[str]]]:
    """All there is to tell about a hop: headings with what stands below them. `miss`: the chain that this hop blocks."""
    yield "Verdict", [verdict_words(hop.verdict, hop.condition)]
    if miss:
        yield "Blocked by", [names.sentence(each.text) for each in miss.blocked_by]
    yield "Action", [short(hop.action)]
    yield "Mechanism", [f"{hop.mechanism}, also {', '.join(hop.also)}" if hop.also else hop.mechanism]
    if hop.condition is not None:
        yield "Only if", [names.condition(hop.condition)]
        witness = _witness(hop.condition)
        if witness:
            yield "For example with", witness
    if hop.evidence:
        yield (
            "Statements",
            [f"{each.effect} by {names.statement(each)}, attached to {names.place(each.attached_to)}" for each in hop.evidence],
        )
    if hop.assumptions:
        yield "Assumed", [names.sentence(each) for each in hop.assumptions]
    yield "From", [short(hop.source)]
    yield "To", [short(hop.target)]


def _witness(condition: Condition) -> list[str]:
    if not condition.witness:
        return []
    return [short(f"{key} = {value if isinstance(value, str) else ', '.join(map(str, value or ()))}") for key, value in condition.witness]


def _cards(answer: Answer, names: Names, items: list[Chain | BlockedChain], lines: list[Line], most: int | None) -> tuple[Card, ...]:
    """A card for each node and group. The lines learn the opaque ids of their ends."""
    edges = list(dict.fromkeys((line.source, line.target) for line in lines))
    starts = {item.hops[0].source for item in items}
    ends = {item.hops[-1].target for item in items}
    column = columns(edges, ends)
    ids = {name: f"n{number}" for number, name in enumerate(column)}
    for line in lines:
        line.source, line.target = ids[line.source], ids[line.target]
    accounts = {name: (node.account if (node := answer.nodes.get(name)) else account_of(name)) or "" for name in column}
    cards: dict[str, Card] = {}
    for number, layer in enumerate(arrange(column, edges, accounts.__getitem__)):
        for order, name in enumerate(layer):
            end = "start" if name in starts else "end" if name in ends else ""
            cards[ids[name]] = _card(answer, names, ids[name], name, accounts[name], end, number, order)
    groups = fold(
        {card.id: (card.column, card.account, card.glyph, card.end) for card in cards.values()},
        {card.id: (card.column, card.glyph, card.end) for card in cards.values()},
        **({} if most is None else {"most": most}),
    )
    return _with_groups(cards, groups)


def _card(answer: Answer, names: Names, number: str, name: str, account: str, end: str, column: int, order: int) -> Card:
    node = answer.nodes.get(name)
    arn = parse_arn(name)
    own = short(node.name if node and node.name else name)
    kind = "account" if node and node.kind.endswith("account") else node.kind if node else ""
    title = names.node(name) if kind == "account" else own
    is_identity = arn is None or arn.service in ("iam", "sts")
    glyph = glyph_of(kind, None if is_identity or arn is None else arn.service)
    return Card(number, _clipped(title), names.kind(name), short(name), account, glyph, end, column, order)


def _with_groups(cards: dict[str, Card], groups: list[Group]) -> tuple[Card, ...]:
    """The cards with the groups that hold them, and a card for each group, placed where its first member stands."""
    holder = {member: group.id for group in groups for member in group.members}
    made: dict[str, Card] = dict(cards)
    for group in groups:
        made[group.id] = _group_card(group, [made[member] for member in group.members])
    return tuple(_placed(card, holder) for card in made.values())


def _group_card(group: Group, members: list[Card]) -> Card:
    size = sum(card.size for card in members)
    first = min(members, key=lambda card: card.order)
    accounts = {card.account for card in members}
    common = pattern([card.title if not card.is_group else card.full for card in members])
    noun = {"everyone": "caller", "account": "account"}.get(first.glyph, first.glyph)
    where = f"in {len(accounts):,} accounts" if len(accounts) > 1 else ""
    return Card(
        group.id, count(size, noun), " · ".join(filter(None, [where, common])) or "click to open", common,
        first.account if len(accounts) == 1 else "", first.glyph, first.end, first.column, first.order, size=size, is_group=True,
    )  # fmt: skip


def _placed(card: Card, holder: dict[str, str]) -> Card:
    inside: list[str] = []
    at = holder.get(card.id)
    while at is not None:
        inside.insert(0, at)
        at = holder.get(at)
    return replace(card, inside=tuple(inside))


def _clipped(text: str) -> str:
    """`text` for a card: its middle left out, since names differ at both ends."""
    if len(text) <= _TITLE:
        return text
    return f"{text[: _TITLE // 2]}…{text[-(_TITLE // 2 - 1) :]}"


def _accounts(cards: Iterable[Card], names: Names) -> dict[str, str]:
    """The accounts of the picture from left to right, by name."""
    spoken = names.accounts()
    ordered = sorted((card for card in cards if card.account), key=lambda card: (card.column, card.order))
    return {card.account: spoken.get(card.account, card.account) for card in ordered}
