"""Measures one organization in a process of its own and prints what it found as one line of JSON.

    python benchmarks/measure.py FOLDER

FOLDER holds `snapshot` and `truth.json`, as `orggen.py --emit snapshot` writes them. Seconds are processor time of this
process, which other work on the machine hardly changes; memory is its peak. Planted chains with another answer than planted stand in `wrong`.
"""

from __future__ import annotations

import argparse
import json
import resource
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import planted


def main() -> None:
    parser = argparse.ArgumentParser(description="measures one organization")
    parser.add_argument("folder", type=Path)
    print(json.dumps(measure(parser.parse_args().folder)))


def measure(folder: Path) -> dict[str, Any]:
    """Load, build, the first query, all queries again warm, then the planted truth."""
    truth = json.loads((folder / "truth.json").read_text(encoding="utf-8"))
    start, load = timed(_load_function)
    idle = peak()
    loading, workspace = timed(lambda: load(folder / "snapshot"))
    loaded = peak()
    graph = workspace.graph()
    access = graph.access
    building, _ = timed(lambda: access.trust)
    built = peak()
    first, _ = timed(lambda: planted.ask(graph, truth[0], show_blocked=False))
    warm = [timed(lambda chain=chain: planted.ask(graph, chain, show_blocked=False))[0] for chain in truth]
    answers = [timed(lambda chain=chain: planted.ask(graph, chain)) for chain in truth]
    wrong = [str(each) for chain, (_, items) in zip(truth, answers, strict=True) for each in planted.check(chain, items)]
    blocked = [seconds for seconds, _ in answers]
    return {
        "principals": len(workspace.estate.principals),
        "resources": len(workspace.estate.resources),
        "hop_sets": len(access.trust.sets),
        "hops": sum(len(one.members) * len(one.targets) for one in access.trust.sets),
        "start": start,
        "load": loading,
        "build": building,
        "first_paths": first,
        "warm_paths": statistics.median(warm),
        "warm_paths_worst": max(warm),
        "blocked_paths": statistics.median(blocked),
        "blocked_paths_worst": max(blocked),
        "memory_idle": idle,
        "memory_loaded": loaded,
        "memory_built": built,
        "memory": peak(),
        "chains": len(truth),
        "wrong": wrong,
    }


def _load_function() -> Callable[[Path], Any]:
    import xgraph

    return xgraph.load


def timed(ask: Callable[[], Any]) -> tuple[float, Any]:
    """Seconds that the call took, and its value."""
    began = time.process_time()
    value = ask()
    return time.process_time() - began, value


def peak() -> int:
    """The most memory that this process has held so far, in bytes (macOS counts in bytes, Linux in kibibytes)."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


if __name__ == "__main__":
    main()
