"""The report against asking every pair, and its page in a real browser."""

from __future__ import annotations

import io
import json
from collections import Counter, defaultdict
from collections.abc import Callable
from pathlib import Path

import networkx as nx
import pytest
from click.testing import CliRunner
from selenium.webdriver.common.by import By

import xgraph
from tests.picture.conftest import Page
from tests.properties.organizations import estate_of, organization
from tests.render.conftest import HOSTILE
from xgraph.cli import main
from xgraph.graph.access.export import to_networkx
from xgraph.graph.access.graph import AccessGraph, open_graph
from xgraph.graph.access.reach import possible_allow
from xgraph.graph.access.world import ASSUME_ROLE
from xgraph.graph.policy.solve import is_possible
from xgraph.queries.exposure import exposure, overview
from xgraph.queries.report import SECTIONS, Report, Section, report_of
from xgraph.queries.report._report import Row, Table, Teller
from xgraph.queries.report.chokes import chokes
from xgraph.queries.report.guardrails import guardrails, without_guardrails
from xgraph.queries.report.page import write_html
from xgraph.queries.report.text import write_markdown
from xgraph.queries.report.trust_matrix import trust_matrix

ACME = Path(__file__).parents[2] / "examples" / "acme" / "snapshot"


@pytest.fixture(scope="module")
def acme() -> Report:
    return report_of(xgraph.load(ACME).graph().access)


def _section(report: Report, name: str) -> Section:
    return next(section for section in report.sections if section.id == name)


def _html(report: Report) -> str:
    stream = io.StringIO()
    write_html(report, stream)
    return stream.getvalue()


@pytest.mark.parametrize("seed", range(8))
def test_the_trust_matrix_counts_the_role_hops_between_accounts(seed: int) -> None:
    graph = open_graph(estate_of(organization(seed)))
    account = {each.arn: each.account for each in graph.principals}
    expected: Counter[tuple[str, str, str]] = Counter()
    for source, target, data in to_networkx(graph, expand=True).edges(data=True):
        if data["kind"] == "CAN_ASSUME" and account[source] != account[target]:
            expected[account[source], account[target], data["verdict"]] += 1
    teller = Teller(graph)
    found: Counter[tuple[str, str, str]] = Counter()
    ids = {teller.account(each): each for each in account.values()}
    for row in trust_matrix(teller).tables[-1].rows:
        source, target, _, allowed, conditional = row.cells
        pair = ids[str(source)], ids[str(target)]
        found.update({(*pair, "ALLOWED"): int(allowed), (*pair, "CONDITIONAL"): int(conditional)})
    assert +found == expected


def _pairs(graph: AccessGraph) -> set[tuple[int, int]]:
    roles = {each.arn: number for number, each in enumerate(graph.principals) if each.trust is not None}
    return {
        (number, role)
        for arn, role in roles.items()
        for number in range(len(graph.principals))
        if number != role and is_possible(possible_allow(graph.world, graph.actor(number), graph.world.goal(arn, ASSUME_ROLE))[0])
    }


@pytest.mark.parametrize("seed", range(8))
def test_choke_points_count_who_comes_before_and_what_comes_after(seed: int) -> None:
    graph = open_graph(estate_of(organization(seed)))
    network = nx.DiGraph(_pairs(graph))
    teller = Teller(graph)
    expected = {
        teller.principal(role): (len(nx.ancestors(network, role)), len(nx.descendants(network, role)))
        for role in network
        if network.in_degree(role) and network.out_degree(role)
    }
    (table,) = chokes(teller).tables
    assert {row.cells[0]: (row.cells[1], row.cells[2]) for row in table.rows} == expected


@pytest.mark.parametrize("seed", range(8))
def test_guardrails_withhold_what_is_possible_without_them_and_not_with_them(seed: int) -> None:
    graph = open_graph(estate_of(organization(seed)))
    withheld = _pairs(open_graph(without_guardrails(graph.world.estate))) - _pairs(graph)
    (table,) = guardrails(Teller(graph)).tables
    assert (table.total > 0) == bool(withheld)
    assert all(int(row.cells[2]) <= len(withheld) for row in table.rows)
    assert sum(int(row.cells[2]) for row in table.rows) >= len(withheld)


def test_the_sample_organization(acme: Report) -> None:
    (trusts,) = _section(acme, "third-parties").tables
    assert [row.cells[:4] for row in trusts.rows] == [("500000000001", "prod/heliograph-monitoring", "ExternalId required", "CONDITIONAL")]
    (saved,) = _section(acme, "guardrails").tables
    assert saved.rows[0].cells[0] == "SCP p-devstaysout #0 (NoRolesOfProdAndData), attached to ou-acme-workloadsdev"
    farthest = _section(acme, "chains").tables[0].rows[0]
    assert farthest.cells[:2] == (4, "data/backup-operator")
    assert len(farthest.details) == 4
    assert any("Allow by data/backup-operator trust policy" in line for _, lines in farthest.details for line in lines)


def test_what_was_not_read_is_said(acme: Report) -> None:
    unanswered = _section(acme, "analyzed").tables[1]
    assert ("iam: list_saml_providers", "not-tried", 7, 1, 7) in [row.cells for row in unanswered.rows]
    assert dict(acme.summary)["gaps"] > 0


def test_every_section_has_a_module() -> None:
    names = {section.id for section in report_of(xgraph.load(ACME).graph().access).sections}
    assert len(names) == len(SECTIONS)


@pytest.mark.parametrize("name", ["html", "markdown", "json"])
def test_every_format_is_written_to_a_file_whole(name: str, tmp_path: Path) -> None:
    out = tmp_path / "report"
    shown = CliRunner().invoke(main, ["report", str(ACME), "--format", name, "--out", str(out)])
    printed = CliRunner().invoke(main, ["report", str(ACME), "--format", name])
    assert (shown.exit_code, shown.stdout) == (0, "")
    assert out.read_text(encoding="utf-8") == printed.stdout
    if name == "json":
        assert json.loads(printed.stdout)["sections"][0]["id"] == "analyzed"


def test_no_snapshot_is_one_sentence(tmp_path: Path) -> None:
    shown = CliRunner().invoke(main, ["report", str(tmp_path / "none")])
    assert shown.exit_code == 2
    assert shown.stderr.count("\n") == 1


def _hostile(name: str) -> Report:
    row = Row((name, 3), ((name, (name,)),), "allowed")
    tables = (Table(name, (name, "n"), (row,), 1), Table(name, (name, "n"), (row,), 1, is_matrix=True))
    return Report(name, name, ((name, 1),), (Section("trust", name, name, tables, (name,)),))


@pytest.mark.parametrize("name", [*HOSTILE, "<img src=x onerror=document.title='owned'>", "x" * 2_000], ids=range(len(HOSTILE) + 2))
def test_hostile_names_are_text(name: str, opened: Callable[[str], Page]) -> None:
    page = opened(_html(_hostile(name)))
    assert page.js("return document.scripts.length") == 1
    assert page.js("return document.images.length") == 0
    assert page.driver.title != "owned"
    assert page.js("return document.documentElement.scrollWidth <= innerWidth")
    assert page.is_clean()
    stream = io.StringIO()
    write_markdown(_hostile(name), stream)
    assert "<img" not in stream.getvalue()


def test_tables_sort_and_filter_and_rows_open(acme: Report, opened: Callable[[str], Page]) -> None:
    page = opened(_html(acme))
    section = page.driver.find_element(By.ID, "chains")
    head = section.find_elements(By.CSS_SELECTOR, "th button")[0]
    column = "return [...document.querySelector('#chains table').tBodies[0].rows].map((row) => Number(row.cells[0].dataset.value))"
    head.click()
    assert page.js(column) == sorted(page.js(column), reverse=True)
    head.click()
    assert page.js(column) == sorted(page.js(column))
    search = page.driver.find_element(By.ID, "filter")
    search.send_keys("heliograph")
    left = page.js("return [...document.querySelectorAll('#third-parties tbody tr:not([hidden])')].length")
    gone = page.js("return [...document.querySelectorAll('#chains tbody tr:not([hidden])')].length")
    assert (left, gone) == (1, 0)
    page.js("document.querySelector('#third-parties details summary').click()")
    assert "sts:ExternalId" in page.driver.find_element(By.CSS_SELECTOR, "#third-parties details").text
    assert page.is_clean()


def test_on_paper_everything_is_open(acme: Report, opened: Callable[[str], Page]) -> None:
    page = opened(_html(acme))
    pdf = page.driver.execute_cdp_cmd("Page.printToPDF", {})
    assert len(pdf["data"]) > 10_000
    assert page.is_clean()


def test_figures_of_accounts_add_up(acme: Report) -> None:
    figures = dict(acme.summary)
    roles: dict[str, int] = defaultdict(int)
    for row in _section(acme, "analyzed").tables[0].rows:
        roles["users"] += int(row.cells[3])
        roles["roles"] += int(row.cells[4])
    assert (roles["users"], roles["roles"]) == (figures["users"], figures["roles"])


def test_of_each_stranger_the_first_rows_are_told() -> None:
    graph = xgraph.load(ACME).graph().access
    whole = [(row.source, row.target, row.verdict) for row in exposure(graph, families=True).rows]
    firsts = {source: next(row for row in whole if row[0] == source) for source, _, _ in whole}
    assert len(firsts) < len(whole)
    assert [(row.source, row.target, row.verdict) for row in overview(graph, 1).rows] == list(firsts.values())
