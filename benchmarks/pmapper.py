"""One account's graph by PMapper and by xgraph, beside each other: a comparison for people, not part of any suite.

    python benchmarks/pmapper.py ORGANIZATION [--account ID]

ORGANIZATION is a folder of orggen.py. PMapper (`principalmapper` on PyPI) goes into an environment that is thrown away. It is fed from the
account's gaad.json by a client that only pages through it, with its names of `collections` that Python has moved put back. Both read
the account's identities and find who may become whom inside it; xgraph also decides every condition; PMapper
also looks for ways to change a user's or role's credentials and policies, which is most of its time. Each has done another account
before, so that what is loaded and made once for a process is not timed.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
import venv
from pathlib import Path

THEIRS = """
import collections, collections.abc, json, logging, sys, time
for name in ("Mapping", "MutableMapping"):
    setattr(collections, name, getattr(collections.abc, name))
logging.disable(logging.CRITICAL)
from principalmapper.graphing import gathering, iam_edges, sts_edges

class Client:
    def __init__(self, page):
        self.page = page
    def get_paginator(self, _name):
        return self
    def paginate(self, **_):
        return [{"VirtualMFADevices": [], **self.page}]
    def list_access_keys(self, **_):
        return {"AccessKeyMetadata": []}
    def list_mfa_devices(self, **_):
        return {"MFADevices": []}
    def get_login_profile(self, **_):
        return {"LoginProfile": {}}

for name in sys.argv[1:]:
    page = json.load(open(name))
    began = time.process_time()
    found = gathering.get_nodes_groups_and_policies(Client(page))
    gathering.update_admin_status(found["nodes"], None)
    edges = [*iam_edges.generate_edges_locally(found["nodes"], None), *sts_edges.generate_edges_locally(found["nodes"], None)]
print(json.dumps({"seconds": time.process_time() - began, "nodes": len(found["nodes"]), "edges": len(edges)}))
"""


def main() -> None:
    parser = argparse.ArgumentParser(description="one account's graph by PMapper and by xgraph")
    parser.add_argument("organization", type=Path)
    parser.add_argument("--account", help="12 digits; the first one of the organization when left out")
    parser.add_argument("--json", action="store_true", help="one line of JSON")
    options = parser.parse_args()
    names = sorted(path.name for path in (options.organization / "accounts").iterdir())
    account = options.account or names[0]
    accounts = [next(name for name in names if name != account), account]
    details = [options.organization / "accounts" / name / "gaad.json" for name in accounts]
    with tempfile.TemporaryDirectory(prefix="xgraph-pmapper-") as folder:
        theirs = pmapper(Path(folder), details)
        ours = xgraph_graph(Path(folder), details)
    if options.json:
        print(json.dumps({"account": account, "theirs": theirs, "ours": ours}))
        return
    print(f"| {account} | identities | role hops | seconds |\n|---|--:|--:|--:|")
    print(f"| PMapper | {theirs['nodes']} | {theirs['edges']} edges | {theirs['seconds']:.2f} |")
    print(f"| xgraph | {ours['nodes']} | {ours['edges']} hops | {ours['seconds']:.3f} |")
    print(f"\nxgraph is {theirs['seconds'] / ours['seconds']:.0f} times faster")


def pmapper(folder: Path, details: list[Path]) -> dict:
    """Seconds of processor time that PMapper needs for the last of the accounts."""
    venv.create(folder / "venv", with_pip=True)
    python = folder / "venv" / "bin" / "python"
    subprocess.run([python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "principalmapper", "setuptools"], check=True)
    done = subprocess.run([python, "-W", "ignore", "-c", THEIRS, *details], stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(done.stdout.splitlines()[-1])


def xgraph_graph(folder: Path, details: list[Path]) -> dict:
    """Seconds of processor time that xgraph needs to read a snapshot of the last account alone and to find its role hops."""
    os.environ["XGRAPH_CACHE"] = "off"
    from xgraph import load

    for number, one in enumerate(details):
        place = folder / f"snapshot-{number}"
        command = [sys.executable, "-m", "xgraph", "import", "gaad", str(one), "--no-organization", "--out", str(place)]
        subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
        began = time.process_time()
        workspace = load(place)
        sets = workspace.graph().access.trust.sets
        seconds = time.process_time() - began
    hops = sum(len(one.numbers) * len(one.targets) for one in sets)
    return {"seconds": seconds, "nodes": len(workspace.estate.principals), "edges": hops}


if __name__ == "__main__":
    main()
