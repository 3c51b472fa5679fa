"""INVARIANT (same in, same out): an answer does not depend on the order in which Python walks its sets."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).parents[2]
QUESTIONS = (
    "who-can any arn:aws:s3:::acme-invoices --through-chains",
    "who-can read 100000000007 --families",
    "what-can 500000000001 --through-chains",
    "blast-radius 100000000005",
    "exposure",
    "chokepoints --from any --to 100000000007",
    "explain --from 100000000005 --to arn:aws:s3:::acme-invoices/k --action s3:GetObject",
    "find o",
    "paths --from 100000000001 --to arn:aws:s3:::acme-invoices/* --action any --max-hops 3 --show-blocked --blocked-by 2",
    "paths --from any --to 100000000007 --action read --max-hops 4 --families --limit 40",
    "who-can any arn:aws:s3:::acme-invoices",
)
PROGRAM = """
import shlex, sys
from click.testing import CliRunner
from xgraph.cli import main
for line in sys.stdin.read().splitlines():
    for form in ("json", "table"):
        done = CliRunner().invoke(main, [*shlex.split(line), "--format", form])
        assert done.exit_code == 0, done.output
        print(f"\\0{line} {form}\\n{done.output}")
"""


def test_answers_are_the_same_bytes_whatever_the_hash_seed_and_whatever_was_asked_before() -> None:
    first, second = _answers("0", QUESTIONS), _answers("20", QUESTIONS[::-1])

    assert first == {question: second[question] for question in first}


def _answers(seed: str, questions: Sequence[str]) -> dict[str, str]:
    known = {"PYTHONHASHSEED": seed, "XGRAPH_SNAPSHOT": str(ROOT / "examples" / "acme" / "snapshot")}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], input="\n".join(questions), env={**os.environ, **known}, capture_output=True, text=True, check=True
    )
    found = {}
    for part in done.stdout.split("\0")[1:]:
        question, _, answer = part.partition("\n")
        found[question] = answer
    return found
