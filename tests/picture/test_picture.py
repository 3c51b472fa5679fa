"""Where things stand in a picture, how crowds fold, and that a still picture is well-formed whatever names hold."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.picture.made import BUCKET, answer, crowd, hop, role, story
from tests.render.conftest import HOSTILE
from xgraph.graph.access.chain import Chain
from xgraph.graph.policy.decision import Verdict
from xgraph.queries.picture._fold import fold, pattern
from xgraph.queries.picture._glyphs import HEIGHT, WIDTH
from xgraph.queries.picture._layers import arrange, columns
from xgraph.queries.picture._place import place
from xgraph.queries.picture.page import embedded
from xgraph.queries.picture.png import png_of
from xgraph.queries.picture.scene import scene_of
from xgraph.queries.picture.svg import svg_of

NAMES = st.text("abcdefgh", min_size=1, max_size=1)
EDGES = st.lists(st.tuples(NAMES, NAMES).filter(lambda edge: edge[0] != edge[1]), max_size=20)


@given(EDGES)
@settings(max_examples=200, deadline=None)
def test_every_node_gets_one_place_and_without_circles_every_hop_goes_right(edges: list[tuple[str, str]]) -> None:
    column = columns(edges, ())
    nodes = {end for edge in edges for end in edge}
    assert set(column) == nodes
    assert all(number >= 0 for number in column.values())
    layers = arrange(column, edges, lambda node: node in "abcd")
    assert sorted(node for layer in layers for node in layer) == sorted(nodes)
    forward = [edge for edge in edges if edge[0] < edge[1]]
    column = columns(forward, ())
    assert all(column[source] < column[target] for source, target in forward)


@given(st.integers(1, 60), st.integers(1, 7))
@settings(max_examples=50, deadline=None)
def test_cards_never_overlap(nodes: int, accounts: int) -> None:
    chains = [
        Chain(Verdict.ALLOWED, None, (hop(role(f"r{number}", f"10000000000{number % accounts}"), BUCKET, "s3:GetObject"),))
        for number in range(nodes)
    ]
    spots, regions = place(scene_of(answer(chains)).cards)
    assert len(spots) == nodes + 1
    boxes = [(spot.x, spot.y) for spot in spots]
    assert all(
        abs(x - other_x) >= WIDTH or abs(y - other_y) >= HEIGHT for index, (x, y) in enumerate(boxes) for other_x, other_y in boxes[:index]
    )
    for spot in spots:
        holders = [region for region in regions if _holds(region, spot)]
        assert [region.account for region in holders] == ([spot.card.account] if spot.card.account else [])


def _holds(region: object, spot: object) -> bool:
    inside_x = region.x <= spot.x <= region.x + region.width  # type: ignore[attr-defined]
    return bool(inside_x and region.y <= spot.y <= region.y + region.height)  # type: ignore[attr-defined]


def test_neighbours_of_one_account_stand_together() -> None:
    column = {"a": 0, "b": 0, "c": 0, "t": 1}
    layers = arrange(column, [("a", "t"), ("b", "t"), ("c", "t")], lambda node: node in "ac")
    assert layers[0] in (["a", "c", "b"], ["b", "a", "c"])


def test_few_nodes_are_drawn_one_by_one_and_many_in_groups_that_hold_each_once() -> None:
    assert fold({"a": 1, "b": 1}, {"a": 1, "b": 1}, most=2) == []
    inner = {f"n{number}": number // 4 for number in range(400)}
    groups = fold(inner, dict.fromkeys(inner, "all"), most=50)
    held = [member for group in groups for member in group.members]
    assert len(held) == len(set(held))
    assert len({*inner, *(group.id for group in groups)} - set(held)) == 1


def test_a_scene_of_a_crowd_says_how_many_it_stands_for() -> None:
    scene = scene_of(crowd(1_000))
    top = [card for card in scene.cards if not card.inside]
    assert len(top) <= 300
    assert sum(card.size for card in top) == 1_000
    assert any(card.title == "994 roles" and "in 100 accounts" in card.subtitle for card in top)


def test_a_common_beginning_is_shown_only_when_it_says_something() -> None:
    assert pattern(["AWSReservedSSO_A", "AWSReservedSSO_B"]) == "AWSReservedSSO_*"
    assert pattern(["abc", "abd"]) == ""


@pytest.mark.parametrize("name", [*HOSTILE, "<script>", "]]>", "x" * 3_000], ids=range(len(HOSTILE) + 3))
def test_a_still_picture_is_well_formed_and_carries_no_script(name: str) -> None:
    made = answer(
        [Chain(Verdict.CONDITIONAL, None, (hop(f"arn:aws:iam::100000000001:role/{name}", BUCKET, f"s3:{name}", Verdict.CONDITIONAL),))]
    )
    tree = ET.fromstring(svg_of(scene_of(made)))
    tags = {element.tag.rpartition("}")[2] for element in tree.iter()}
    assert tags <= {"svg", "style", "defs", "marker", "path", "rect", "text", "g", "title"}
    assert not [key for element in tree.iter() for key in element.attrib if key.startswith("on") or "href" in key]


def test_a_still_picture_tells_the_story_in_words() -> None:
    text = svg_of(scene_of(story()))
    words = " ".join("".join(element.itertext()) for element in ET.fromstring(text).iter("{http://www.w3.org/2000/svg}text"))
    for expected in ("START", "TARGET", "assume-role", "s3:GetObject", "✕ scp", "allowed", "conditional", "2 chains, 1 blocked; complete"):
        assert expected in words
    assert text == svg_of(scene_of(story()))


def test_a_png_has_words_in_it() -> None:
    picture = png_of(scene_of(story()))
    assert picture.startswith(b"\x89PNG\r\n")
    assert len(picture) > 20_000


def test_an_answer_without_chains_is_a_picture_that_says_so() -> None:
    text = svg_of(scene_of(answer([])))
    assert "0 chains, 0 blocked; complete" in text


@given(st.text())
@settings(max_examples=200, deadline=None)
def test_embedded_text_ends_no_element(text: str) -> None:
    assert not set("<>&") & set(embedded([text]))
