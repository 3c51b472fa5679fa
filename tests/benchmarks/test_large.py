"""At the size of a real organization every planted chain has its verdict, and no planted blocked chain is reported as possible."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import xgraph
from tests.properties.blocks import blocks
from xgraph.graph.access.compiled import CompiledEstate, to_tables
from xgraph.queries.path_between import path_between

ORGGEN = Path(__file__).parents[2] / "benchmarks" / "orggen.py"


def wrong(planted: Any, folder: Path, **sizes: int) -> list[str]:
    """What xgraph gets wrong about the planted chains of one organization, on the graph and on its compiled tables."""
    options = [part for name, value in {"chains": 48, **sizes}.items() for part in (f"--{name}", str(value))]
    subprocess.run([sys.executable, ORGGEN, "--out", folder, "--emit", "snapshot", *options], check=True, stdout=subprocess.DEVNULL)
    truth = json.loads((folder / "truth.json").read_text(encoding="utf-8"))
    graph = xgraph.load(folder / "snapshot").graph()
    found = [str(each) for chain in truth for each in planted.check(chain, planted.ask(graph, chain))]
    compiled = CompiledEstate(dict(to_tables(graph.access)).__getitem__).graph()
    for chain in truth:
        target = chain["target"]
        answer = path_between(compiled, chain["source"], target["resource"], target["action"], show_blocked=True)
        found += [f"compiled: {each}" for each in planted.check(chain, list(answer.items))]
    return found


@pytest.fixture(autouse=True)
def _no_cache(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XGRAPH_CACHE", "off")


def test_planted_chains_on_compiled_tables(planted: Any, tmp_path: Path) -> None:
    assert wrong(planted, tmp_path, seed=11, accounts=4, roles=20, users=6) == []


@pytest.mark.long
@pytest.mark.parametrize("seed", blocks(10, 3))
def test_planted_chains_of_a_large_organization(planted: Any, tmp_path: Path, seed: int) -> None:
    assert wrong(planted, tmp_path, seed=100 + seed, accounts=200, roles=240, users=60) == []
