"""Times single decisions about one organization, beside iam-simulate on the same requests, and prints one line of JSON.

    python benchmarks/decisions.py FOLDER [--passes 9 | --memory]

FOLDER is what `orggen.py --emit snapshot` has written. Policies are parsed before the clock runs, on both sides; what has been read by
then, Python's collector is told to leave alone. A decision is the verdict and the formula of what it still depends on; the statements
behind it are looked up on request. Seconds are processor time of one process. `--memory` measures parsed policies instead.
iam-simulate is an external program, installed into the user's cache by tests/differential/installed.py; without it its columns are left out.
"""

from __future__ import annotations

import argparse
import gc
import json
import subprocess
import sys
import tempfile
import time
import tracemalloc
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from questions import questions

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
Json = Any


def main() -> None:
    parser = argparse.ArgumentParser(description="times single decisions")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--passes", type=int, default=9, help="times that all requests are decided; the first and the fastest count")
    parser.add_argument("--memory", action="store_true", help="only what the parsed policies of the organization take")
    options = parser.parse_args()
    print(json.dumps(memory(options.folder) if options.memory else measure(options.folder, options.passes)))


def measure(folder: Path, passes: int) -> Json:
    """Both sides' seconds for each pass, and whether they agree."""
    asked = list(questions(folder))
    requests = [request for request, _ in asked]
    seconds, verdicts = _passes(_prepared(requests), passes)
    opened = [{**request, "context": _tags(request), "context_complete": False} for request in requests]
    found = {
        "requests": len(requests),
        "planted": sum(bool(planted) for _, planted in asked),
        "planted_right": sum(_is_right(planted, verdict) for (_, planted), verdict in zip(asked, verdicts, strict=True) if planted),
        "verdicts": Counter(verdicts),
        "seconds": seconds,
        "seconds_open": _passes(_prepared(opened), passes)[0],
    }
    theirs = theirs_of(requests, passes)
    if theirs is not None:
        agreed = sum(a == b for a, b in zip(verdicts, theirs["verdicts"], strict=True))
        found |= {"theirs": theirs["seconds"], "agreed": agreed, "version": theirs["version"]}
    return found


def _tags(request: Json) -> Json:
    """What an open context still says: the caller, as an inventory knows it."""
    return {key: value for key, value in request["context"].items() if key.startswith("aws:Principal")}


def _is_right(planted: str, verdict: str) -> bool:
    """What a conditional step requires stands in its request's context."""
    return verdict.endswith("DENIED") if planted == "blocked" else verdict == "ALLOWED"


# -------------------------------------------------------------------------------------------------------------- timing


def _prepared(requests: Iterable[Json]) -> Callable[[], list[str]]:
    """A function that decides all requests anew: nothing is kept from one call to the next but what a process keeps of policies."""
    from xgraph.graph.policy.authorize import verdict_of, weigh
    from xgraph.graph.policy.factors import Request
    from xgraph.graph.policy.keys import Context
    from xgraph.graph.policy.request import read_request

    read = [read_request(request)[:2] for request in requests]

    def decide_all() -> list[str]:
        out = []
        for asked, policies in read:
            fresh = Request(asked.caller, asked.action, asked.target, Context(asked.context.facts), asked.settings)
            out.append(verdict_of(weigh(fresh, policies)))
        return out

    return decide_all


def _passes(decide_all: Callable[[], list[str]], count: int) -> tuple[list[float], list[str]]:
    seconds, verdicts = [], []
    gc.collect()
    gc.freeze()  # the text of all requests is the benchmark's: the collector need not go through it with every parsed policy
    for _ in range(count):
        began = time.process_time()
        verdicts = decide_all()
        seconds.append(time.process_time() - began)
    gc.unfreeze()
    return seconds, verdicts


def theirs_of(requests: Iterable[Json], passes: int) -> Json | None:
    """What iam-simulate says and how long it takes; None where it can't be installed."""
    place = subprocess.run([sys.executable, str(ROOT / "tests/differential/installed.py")], stdout=subprocess.PIPE, text=True, check=False)
    if place.returncode != 0:
        return None
    sys.path.insert(0, str(ROOT))
    from tests.differential.simulator import VERDICTS, simulation_of

    folder = place.stdout.strip()
    with tempfile.TemporaryDirectory(prefix="xgraph-bench-") as scratch:
        file = Path(scratch) / "simulations.jsonl"
        file.write_text("".join(json.dumps(simulation_of(request)) + "\n" for request in requests), encoding="utf-8")
        command = ["node", str(HERE / "decisions.mjs"), folder, str(file), str(passes)]
        found = json.loads(subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout)
    pinned = json.loads((ROOT / "tests/differential/package.json").read_text(encoding="utf-8"))["dependencies"]
    return {**found, "verdicts": [VERDICTS.get(each, each) for each in found["verdicts"]], "version": pinned["@cloud-copilot/iam-simulate"]}


# -------------------------------------------------------------------------------------------------------------- memory


def memory(folder: Path) -> Json:
    """Bytes that the policies of the whole organization take when they are parsed; equal documents are stored once."""
    import xgraph
    from xgraph.graph.policy.parse import parse

    documents = sorted(set(_documents(xgraph.load(folder / "snapshot").estate)))
    tracemalloc.start()
    kept = [parse(text) for text in documents]
    taken = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    statements = sum(len(each.compiled.statements) for each in kept)
    return {"documents": len(kept), "statements": statements, "bytes": taken, "text": sum(map(len, documents))}


def _documents(estate: Any) -> Iterator[str]:
    """The text of every policy: of identities, roles, organizations and resources."""
    owners = (*estate.principals.values(), *estate.groups.values())
    found = [policy for owner in owners for policy in owner.policies]
    for one in estate.principals.values():
        found += [one.boundary, one.trust]
    for organization in estate.organizations.values():
        found += [policy for attached in (organization.scps, organization.rcps) for level in attached.values() for policy in level]
    found += [resource.policy for resource in estate.resources.values()]
    yield from (policy.document for policy in found if policy is not None and policy.document is not None)


if __name__ == "__main__":
    main()
