"""`make demo`, its output compared with what was reviewed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
GOLDEN = ROOT / "tests" / "golden" / "demo.txt"


def test_the_demo_prints_what_was_reviewed(request: pytest.FixtureRequest, tmp_path: Path) -> None:
    """Every chain on the screen: hops, mechanisms, verdicts, conditions, the statements that allow and that block."""
    command = tmp_path / "xgraph"
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m xgraph "$@"\n', encoding="utf-8")
    command.chmod(0o755)

    done = subprocess.run(["sh", "examples/demo.sh"], cwd=ROOT, env=_environment(command), capture_output=True, text=True, check=True)

    printed = done.stdout.replace(str(command), "xgraph")
    if request.config.getoption("--refresh-golden"):
        GOLDEN.write_text(printed, encoding="utf-8")
    assert done.stderr == ""
    assert printed == GOLDEN.read_text(encoding="utf-8")


def _environment(command: Path) -> dict[str, str]:
    kept = {key: value for key, value in os.environ.items() if key not in {"XGRAPH_SNAPSHOT", "FORCE_COLOR", "COLUMNS"}}
    return {**kept, "XGRAPH": str(command), "PYTHONUTF8": "1", "COLUMNS": "100"}
