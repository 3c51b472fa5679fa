"""One who-can, by deciding about every principal with iam-simulate and by asking xgraph: prints what it found as one line of JSON.

    python benchmarks/who_can.py FOLDER [--sample 1000]

FOLDER is an organization of orggen.py with its snapshot; the bucket is one that lets the whole organization in. iam-simulate has no
who-can: somebody who has it alone decides once for each principal. It is timed on a sample of them, and its time scaled to all.
"""

from __future__ import annotations

import argparse
import json
import os
from pathlib import Path
from typing import Any

from decisions import theirs_of
from measure import is_wide, timed
from questions import World

Json = Any


def main() -> None:
    parser = argparse.ArgumentParser(description="times one who-can")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--sample", type=int, default=1000, help="principals that iam-simulate decides about")
    options = parser.parse_args()
    print(json.dumps(measure(options.folder, options.sample)))


def measure(folder: Path, sample: int) -> Json:
    """Seconds of both for all principals, and whether they agree about those of the sample."""
    os.environ["XGRAPH_CACHE"] = "off"
    import xgraph
    from xgraph.graph.access.holders import holders

    graph = xgraph.load(folder / "snapshot").graph().access
    wide = next(arn for arn, one in graph.world.estate.resources.items() if one.service == "s3" and one.policy and is_wide(one.policy))
    goal = graph.world.goal(f"{wide}/reports/1", "s3:GetObject")
    first, found = timed(lambda: holders(graph, goal))
    again = min(timed(lambda: holders(graph, goal))[0] for _ in range(5))
    possible = {graph.principals[number].arn for group in found.groups for number in group.members}

    world = World(graph.world.estate, folder)
    asked = world.principals[:: max(1, len(world.principals) // sample)]
    theirs = theirs_of((world.request(arn, "s3:GetObject", goal.node, {}) for arn in asked), 2)
    out = {"principals": len(world.principals), "sample": len(asked), "first": first, "again": again, "holders": len(possible)}
    if theirs is None:
        return out
    lost = [arn for arn, verdict in zip(asked, theirs["verdicts"], strict=True) if verdict == "ALLOWED" and arn not in possible]
    scale = len(world.principals) / len(asked)
    return out | {
        "theirs": theirs["seconds"][0] * scale,
        "theirs_again": min(theirs["seconds"]) * scale,
        "lost": lost,
        "version": theirs["version"],
    }


if __name__ == "__main__":
    main()
