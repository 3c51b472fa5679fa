"""What an answer gives a notebook: MIME types, frames, graphs and explanations; and that it can be looked at twice."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

import xgraph
from tests.picture.made import BUCKET, answer, hop, role, story
from xgraph.graph.access.chain import Chain
from xgraph.graph.policy.decision import Verdict
from xgraph.queries._replay import Replay
from xgraph.queries.picture.notebook import MOST_ROWS, PICTURE, bundle

ACME = Path(__file__).parents[2] / "examples" / "acme" / "snapshot"
BACKUPS = "arn:aws:s3:::acme-backups/2026-11-01.tar"


@pytest.fixture(scope="module")
def graph() -> xgraph.api.Graph:
    return xgraph.load(ACME).graph()


def test_an_answer_shows_a_summary_a_table_and_a_picture() -> None:
    data = bundle(story().again())
    assert set(data) == {"text/plain", "text/html", "image/svg+xml"}
    table, frame, end = data["text/html"].split(PICTURE)
    assert "<b>paths</b>: 3 chains; complete" in table
    assert table.count("<tr>") == 4
    assert frame.startswith('<iframe sandbox="allow-scripts"')
    assert end == ""
    assert data["text/plain"].startswith("# paths")


def test_an_answer_can_be_looked_at_as_often_as_one_likes(graph: xgraph.api.Graph) -> None:
    found = graph.paths("any", BACKUPS, "s3:GetObject", show_blocked=True)
    first = bundle(found)
    assert bundle(found) == first
    assert len(list(found.items)) == len(list(found.items)) == 12


def _noted(read: list[int]) -> Iterator[int]:
    for number in range(5):
        read.append(number)
        yield number


def test_an_interrupted_reader_leaves_the_rest_to_the_next() -> None:
    read: list[int] = []
    again = Replay(_noted(read))
    assert next(iter(again)) == 0
    assert read == [0]
    assert list(again) == [0, 1, 2, 3, 4]
    assert list(again) == [0, 1, 2, 3, 4]
    assert read == [0, 1, 2, 3, 4]


def test_a_table_has_its_rows_and_a_picture_of_the_hops_behind_them(graph: xgraph.api.Graph) -> None:
    found = graph.who_can("s3:GetObject", BACKUPS)
    data = bundle(found)
    assert "backup-operator" in data["text/html"].split(PICTURE)[0]
    assert "backup-operator" in data["image/svg+xml"]
    listed = graph.find("backup")
    assert set(bundle(listed)) == {"text/plain", "text/html"}


def test_a_long_answer_says_that_it_shows_its_beginning() -> None:
    made = answer([Chain(Verdict.ALLOWED, None, (hop(role(f"r{number}"), BUCKET, "s3:GetObject"),)) for number in range(MOST_ROWS + 5)])
    shown = bundle(made.again())["text/html"].split(PICTURE)[0]
    assert shown.count("<tr>") == MOST_ROWS + 1
    assert f"the first {MOST_ROWS}" in shown


def test_hostile_names_are_text_in_the_table() -> None:
    made = answer(
        [Chain(Verdict.ALLOWED, None, (hop("arn:aws:iam::100000000001:role/<img src=x onerror=alert(1)>", BUCKET, "s3:GetObject"),))]
    )
    shown = bundle(made.again())["text/html"]
    assert "<img" not in shown
    assert "<script" not in shown


def test_frames_have_a_row_a_hop_or_a_row_a_row(graph: xgraph.api.Graph) -> None:
    frame = story().to_pandas()
    assert list(frame.chain) == [1, 1, 2, 2, 3, 3]
    assert list(frame[frame.chain == 2].verdict) == ["CONDITIONAL", "ALLOWED"]
    grants = graph.who_can("s3:GetObject", BACKUPS).to_pandas()
    assert {"verdict", "from", "to"} <= set(grants.columns)
    assert len(grants) == len(list(graph.who_can("s3:GetObject", BACKUPS).rows))


def test_a_graph_has_the_hops_of_the_answer() -> None:
    found = story().to_networkx()
    admin = role("admin", "100000000009")
    assert set(found.predecessors(admin)) == {role("dev"), role("ops", "100000000002"), role("guest", "100000000003")}
    assert found.edges[role("guest", "100000000003"), admin, "sts:AssumeRole"]["is_blocked"]
    assert found.nodes[admin]["account"] == "100000000009"


def test_one_chain_is_told_hop_by_hop() -> None:
    told = repr(story().explain(2))
    assert "Blocked by: SCP KeepOut denies sts:AssumeRole" in told
    assert told.index("guests/guest") < told.index("reports")
    with pytest.raises(IndexError, match="the answer has 3 chains, counted from 0; there is no 7"):
        story().again().explain(7)


def test_a_decision_shows_the_verdict_and_its_statements(graph: xgraph.api.Graph) -> None:
    denied = graph.simulate("ci/jenkins", "s3:GetObject", BACKUPS)._repr_mimebundle_()
    assert set(denied) == {"text/plain", "text/html"}
    assert "verdict  IMPLICITLY_DENIED" in denied["text/plain"]
    assert "blocked by" in denied["text/html"]
    allowed = graph.simulate("data/backup-operator", "s3:GetObject", BACKUPS)._repr_mimebundle_()
    assert "<td style='text-align:left;vertical-align:top;overflow-wrap:anywhere'>ALLOWED</td>" in allowed["text/html"]
    assert "Allow  " in allowed["text/plain"]


def test_a_decision_shows_hostile_text_as_text(graph: xgraph.api.Graph) -> None:
    shown = graph.simulate("ci/jenkins", "s3:GetObject", "arn:aws:s3:::b/<script>alert(1)</script>")._repr_mimebundle_()
    assert "<script>" not in shown["text/html"]
