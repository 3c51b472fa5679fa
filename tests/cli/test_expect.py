"""`--expect` as a pure function."""

from __future__ import annotations

import pytest

from xgraph.cli._expect import complaint, status_of


@pytest.mark.parametrize(
    ("expected", "possible", "complete", "status"),
    [
        (None, 0, True, 0),
        (None, 5, False, 0),
        ("none", 0, True, 0),
        ("none", 0, False, 3),
        ("none", 1, True, 1),
        ("none", 1, False, 1),
        ("some", 1, True, 0),
        ("some", 1, False, 0),
        ("some", 0, True, 1),
        ("some", 0, False, 3),
    ],
)
def test_status(expected: str | None, possible: int, complete: bool, status: int) -> None:
    assert status_of(expected, possible, complete=complete) == status
    assert (complaint(expected, possible, status) is None) == (status == 0)


def test_complaints_are_sentences() -> None:
    assert complaint("none", 1, 1) == "expected none, found 1 possible chain"
    assert complaint("none", 1200, 1) == "expected none, found 1,200 possible chains"
    assert complaint("some", 0, 1) == "expected some, found no chain"
    assert complaint("none", 0, 3) == "expected none, and the answer is too incomplete to tell"
