"""Measures one organization in a process of its own and prints what it found as one line of JSON.

    python benchmarks/measure.py FOLDER

FOLDER holds `snapshot` and `truth.json`, as `orggen.py --emit snapshot` writes them. Seconds are processor time of this
process, which other work on the machine hardly changes; memory is its peak. Planted chains with another answer than planted stand in `wrong`.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
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
    """Load, build, the first query, all queries again warm, then the planted truth and a process of its own on the compiled cache."""
    os.environ["XGRAPH_CACHE"] = "off"  # writing it is no part of the build
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
        "hops": sum(len(one.numbers) * len(one.targets) for one in access.trust.sets),
        "start": start,
        "load": loading,
        "build": building,
        "whole": loading + building,
        "first_paths": first,
        "warm_paths": statistics.median(warm),
        "warm_paths_worst": max(warm),
        "blocked_paths": statistics.median(blocked),
        "blocked_paths_worst": max(blocked),
        "memory_idle": idle,
        "memory_loaded": loaded,
        "memory_built": built,
        "memory": peak(),
        **who_can(access, truth),
        **fresh(folder, access, truth),
        "chains": len(truth),
        "wrong": wrong,
    }


def who_can(access: Any, truth: list[dict]) -> dict[str, Any]:
    """Seconds, warm, to find everybody who may read a closed bucket and one that is open to the organization."""
    from xgraph.graph.access.holders import holders

    closed = access.world.goal(truth[0]["target"]["resource"], "s3:GetObject")
    wide = next(arn for arn, one in access.world.estate.resources.items() if one.service == "s3" and one.policy and is_wide(one.policy))
    opened = access.world.goal(f"{wide}/*", "s3:GetObject")
    out: dict[str, Any] = {}
    for name, goal in (("closed", closed), ("wide", opened)):
        holders(access, goal)
        found = [timed(lambda goal=goal: holders(access, goal)) for _ in range(5)]
        out |= {f"who_{name}": statistics.median(seconds for seconds, _ in found), f"holders_{name}": len(found[0][1])}
    return out


def is_wide(policy: Any) -> bool:
    """Whether a bucket's policy lets the whole organization in."""
    statements = json.loads(policy.document)["Statement"]
    return any(
        one["Effect"] == "Allow"
        and one["Principal"] in ("*", {"AWS": "*"})
        and "aws:PrincipalOrgID" in json.dumps(one.get("Condition", {}))
        for one in statements
    )


def fresh(folder: Path, access: Any, truth: list[dict]) -> dict[str, Any]:
    """Processor seconds of `xgraph paths` as a process of its own on the compiled cache, and what the cache costs."""
    from xgraph.cache import Cache

    os.environ["XGRAPH_CACHE"] = "on"
    writing, path = timed(lambda: Cache(folder / "snapshot").keep(access))
    if path is None:
        return {"fresh": None, "cache": 0, "writing": writing}
    planted_one = next(chain for chain in truth if chain["verdict"] == "allowed")
    command = ["-m", "xgraph", "paths", "--snapshot", str(folder / "snapshot"), "--from", planted_one["source"], "--format", "json"]
    command += ["--to", planted_one["target"]["resource"], "--action", planted_one["target"]["action"]]
    taken = []
    with tempfile.TemporaryDirectory(prefix="xgraph-bench-") as compiled:
        # As in an installation, Python finds its modules compiled: by the first run, whatever the environment says.
        environment = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
        environment["PYTHONPYCACHEPREFIX"] = compiled
        for _ in range(4):
            before = resource.getrusage(resource.RUSAGE_CHILDREN)
            done = subprocess.run([sys.executable, *command], stdout=subprocess.PIPE, check=True, env=environment)
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            taken.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
            if len(json.loads(done.stdout)["paths"]) != 1:
                raise RuntimeError("a process of its own gives another answer")
    return {"fresh": min(taken[1:]), "cache": path.stat().st_size, "writing": writing}


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
