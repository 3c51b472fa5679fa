"""The rules of services: each says in words where it departs, and has its cases."""

from __future__ import annotations

from pathlib import Path

import pytest

from xgraph.graph.policy.services import SERVICES, SUPPORT, Rules

CASES = Path(__file__).parent / "cases" / "services"


@pytest.mark.parametrize("rules", SERVICES, ids=lambda rules: rules.service)
def test_every_rule_has_words_and_cases(rules: Rules) -> None:
    assert rules.description
    assert not rules.description.endswith(".")
    assert (CASES / f"{rules.service}.json").is_file()


def test_every_service_stands_in_the_table_of_what_is_supported_once() -> None:
    named = [row.service for row in SUPPORT]

    assert len(named) == len(set(named))
    assert {rules.service for rules in SERVICES} <= set(named)
    assert named[-1] == "*"
