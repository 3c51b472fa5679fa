"""What a collector holds does not grow with the organization: answers are written as they come."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def figures(accounts: int) -> dict[str, float]:
    """One collection in a process of its own, of accounts with 400 roles each."""
    asked = [f"--accounts={accounts}", "--roles=400", "--queues=2", "--latency=0", "--workers=4", "--json"]
    done = subprocess.run(
        [sys.executable, ROOT / "benchmarks" / "collecting.py", *asked], capture_output=True, text=True, check=True, cwd=ROOT
    )
    found: dict[str, float] = json.loads(done.stdout)
    return found


def test_peak_memory_does_not_grow_with_the_accounts() -> None:
    """Twenty-four accounts more are 9,600 roles more: some 17 MiB, if what was written were held."""
    few, many = figures(12), figures(36)

    assert many["written_mib"] > 2.5 * few["written_mib"]
    assert many["peak_mib"] - few["peak_mib"] < 8
