"""The interactive picture in a real browser: what hovering, clicking, searching and filtering do, and what hostile names don't."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from tests.picture.conftest import Page
from tests.picture.made import BUCKET, answer, crowd, hop, role, story
from xgraph.graph.access.chain import Chain
from xgraph.graph.policy.decision import Verdict
from xgraph.queries.picture.page import html_of
from xgraph.queries.picture.scene import scene_of

Open = Callable[[str], Page]


def _point(page: Page, x: float, y: float) -> ActionChains:
    body = page.driver.find_element(By.TAG_NAME, "html")
    box = page.js("return [innerWidth, innerHeight]")
    return ActionChains(page.driver, duration=0).move_to_element_with_offset(body, int(x - box[0] / 2), int(y - box[1] / 2))


def _text(page: Page, selector: str) -> str:
    return str(page.js("return document.querySelector(arguments[0])?.innerText ?? ''", selector))


def _tells(page: Page, words: str) -> bool:
    return words in _text(page, ".vis-tooltip")


def _arrow(page: Page, state: str) -> Any:
    return page.js("return xgraphPicture.arrows().find((arrow) => arrow.state === arguments[0])", state)


def _card(page: Page, title: str) -> str:
    return str(page.js("return [...xgraphPicture.cards.values()].find((card) => card.title === arguments[0]).id", title))


def test_the_page_says_what_was_asked_and_what_was_found(opened: Open) -> None:
    page = opened(html_of(scene_of(story())))
    assert _text(page, "h1") == "dev/dev → account-009/reports for s3:GetObject"
    assert "2 chains, 1 blocked; complete" in _text(page, "#count")
    assert [each.text.split("\n")[0] for each in page.driver.find_elements(By.CSS_SELECTOR, "#routes button")] == [
        "ALLOWED", "CONDITIONAL", "blocked by scp",
    ]  # fmt: skip
    assert page.is_clean()


def test_hovering_a_hop_shows_its_verdict_its_condition_and_its_statements(opened: Open) -> None:
    page = opened(html_of(scene_of(story())))
    for state, words in (("conditional", "Only if: the caller uses MFA"), ("blocked", "SCP KeepOut denies sts:AssumeRole")):
        spot = page.js("return xgraphPicture.middle(arguments[0])", _arrow(page, state)["id"])
        _point(page, spot["x"], spot["y"]).perform()
        page.wait(partial(_tells, page, words))
        assert "TrustTheSource" in _text(page, ".vis-tooltip")
    assert page.is_clean()


def test_clicking_pins_a_hop_and_a_node(opened: Open) -> None:
    page = opened(html_of(scene_of(story())))
    spot = page.js("return xgraphPicture.middle(arguments[0])", _arrow(page, "blocked")["id"])
    _point(page, spot["x"], spot["y"]).click().perform()
    page.wait(lambda: "SCP KeepOut denies sts:AssumeRole" in _text(page, "#detail"))
    spot = page.js("return xgraphPicture.at(arguments[0])", _card(page, "admin"))
    _point(page, spot["x"], spot["y"]).click().perform()
    page.wait(lambda: role("admin", "100000000009") in _text(page, "#detail"))
    assert "HOPS IN (3)" in _text(page, "#detail").upper()
    assert page.is_clean()


def test_everything_is_reached_by_keyboard(opened: Open) -> None:
    page = opened(html_of(scene_of(story())))
    button = page.driver.find_elements(By.CSS_SELECTOR, "#routes button")[2]
    button.send_keys(Keys.ENTER)
    assert button.get_attribute("aria-pressed") == "true"
    hops = page.driver.find_elements(By.CSS_SELECTOR, "#detail .hops button")
    assert len(hops) == 2
    hops[0].send_keys(Keys.ENTER)
    assert "SCP KeepOut denies sts:AssumeRole" in _text(page, "#detail")
    page.driver.find_element(By.TAG_NAME, "body").send_keys("/")
    assert page.js("return document.activeElement.id") == "search"
    assert page.is_clean()


def test_search_finds_a_node_by_name_arn_or_account(opened: Open) -> None:
    page = opened(html_of(scene_of(story())))
    search = page.driver.find_element(By.ID, "search")
    for text in ("guest", "100000000003:role", "guests"):
        search.clear()
        search.send_keys(text, Keys.ENTER)
        assert role("guest", "100000000003") in _text(page, "#detail")
    search.clear()
    search.send_keys("nowhere", Keys.ENTER)
    assert "nothing here is called nowhere" in _text(page, "#count")
    assert page.is_clean()


@pytest.mark.parametrize(
    ("kind", "value", "left"),
    [("verdict", "blocked", 4), ("verdict", "allowed", 3), ("mechanism", "resource-policy", 4), ("account", "100000000001", 4)],
)
def test_filters_take_nodes_and_hops_away_and_bring_them_back(opened: Open, kind: str, value: str, left: int) -> None:
    page = opened(html_of(scene_of(story())))
    assert len(page.js("return xgraphPicture.shown()")) == 5
    toggle = "document.querySelector(`input[data-filter='${arguments[0]}'][value='${arguments[1]}']`).click()"
    page.js(toggle, kind, value)
    assert len(page.js("return xgraphPicture.shown()")) == left
    page.js(toggle, kind, value)
    assert len(page.js("return xgraphPicture.shown()")) == 5
    assert page.is_clean()


def test_many_nodes_are_grouped_and_open_on_demand(opened: Open) -> None:
    page = opened(html_of(scene_of(crowd(5_000))))
    assert len(page.js("return xgraphPicture.shown()")) <= 300
    search = page.driver.find_element(By.ID, "search")
    search.send_keys("team-04321", Keys.ENTER)
    page.wait(lambda: "team-04321" in _text(page, "#detail"))
    assert page.js("return xgraphPicture.shown().includes(arguments[0])", _card(page, "team-04321"))
    page.driver.find_element(By.ID, "close").click()
    assert len(page.js("return xgraphPicture.shown()")) <= 300
    assert page.is_clean()


def test_a_click_opens_a_group(opened: Open) -> None:
    page = opened(html_of(scene_of(crowd(400), most=100)))
    before = page.js("return xgraphPicture.shown()")
    group = next(each for each in before if each.startswith("g"))
    page.js("xgraphPicture.network.focus(arguments[0], { scale: 1 })", group)
    spot = page.js("return xgraphPicture.at(arguments[0])", group)
    _point(page, spot["x"], spot["y"]).click().perform()
    assert len(page.js("return xgraphPicture.shown()")) > len(before)
    assert page.is_clean()


HOSTILE = (
    "<script>document.title='owned'</script>",
    "</script><script>document.title='owned'</script>",
    "<img src=x onerror=\"document.title='owned'\">",
    "javascript:document.title='owned'",
    "a\u202egnp.exe\u2066",
    "$policy ${script} ]]> --> <!--",
    "x" * 2_000,
    "\u2028\u2029\\u003c",
)


@pytest.mark.parametrize("name", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_names_change_nothing(opened: Open, name: str) -> None:
    source = f"arn:aws:iam::100000000001:role/{name}"
    made = answer(
        [Chain(Verdict.CONDITIONAL, None, (hop(source, BUCKET, f"s3:{name}", Verdict.CONDITIONAL, f"if {name}"),))], {"100000000001": name}
    )
    page = opened(html_of(scene_of(made)))
    page.driver.find_element(By.CSS_SELECTOR, "#routes button").click()
    page.driver.find_element(By.CSS_SELECTOR, "#detail .hops button").click()
    spot = page.js("return xgraphPicture.middle(xgraphPicture.arrows()[0].id)")
    _point(page, spot["x"], spot["y"]).perform()
    page.wait(lambda: "Verdict" in _text(page, ".vis-tooltip"))
    page.driver.find_element(By.ID, "search").send_keys("role", Keys.ENTER)
    assert page.driver.title != "owned"
    assert len(page.js("return [...document.scripts]")) == 3
    assert page.js("return document.images.length") == 0
    assert page.js("return document.documentElement.scrollWidth <= innerWidth")
    assert not {"\u202e", "\u2066"} & set(_text(page, "body"))
    assert page.is_clean()
