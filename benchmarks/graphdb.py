"""Measures Neo4j with one organization: rates of Bolt and of the import tool, memory, and times of queries.

    python benchmarks/graphdb.py [FOLDER] [--size 200x300] [--no-access] [--import-tool] [--heap 2g] [--out benchmarks/GRAPHDB.md]

FOLDER holds `snapshot` and `truth.json`, as `orggen.py --emit snapshot` writes them. The server is the tests' own (tests/graphdb). Prints
tables: seconds of processor time of this process for the records, seconds on the clock for what the server does.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

import xgraph  # noqa: E402
from tests.graphdb.neo4j_server import PASSWORD, Neo4jServer  # noqa: E402  the tests are no package
from xgraph.queries.graphdb.ask import ask  # noqa: E402
from xgraph.queries.graphdb.describe import Content, content_of  # noqa: E402
from xgraph.queries.graphdb.files import write_csv  # noqa: E402
from xgraph.queries.graphdb.neo4j_load import load  # noqa: E402
from xgraph.queries.graphdb.server import Server  # noqa: E402

LIMIT = 1000


def main() -> None:
    parser = argparse.ArgumentParser(description="measures Neo4j with one organization")
    parser.add_argument("folder", type=Path, nargs="?", help="an organization that is there; without it one is generated")
    parser.add_argument("--size", default="200x300", help="accounts x principals of the generated one")
    parser.add_argument("--no-access", action="store_true", help="role hops and structure only")
    parser.add_argument("--import-tool", action="store_true", help="import the same as CSV, too")
    parser.add_argument("--heap", default="2g")
    parser.add_argument("--out", type=Path, help="write the tables here too")
    options = parser.parse_args()
    found = measured(options)
    text = shown(found, options)
    print(text)
    if options.out:
        options.out.write_text(text, encoding="utf-8")


def measured(options: argparse.Namespace) -> dict[str, Any]:
    """The organization that is there, or one that is generated for the occasion."""
    if options.folder is not None:
        return measure(options, options.folder)
    with tempfile.TemporaryDirectory(prefix="xgraph-bench-org-") as folder:
        accounts, principals = map(int, options.size.split("x"))
        users = principals // 5
        given = {"accounts": accounts, "roles": principals - users, "users": users, "chains": 48, "seed": 1}
        words = [part for key, value in given.items() for part in (f"--{key}", str(value))]
        orggen = str(ROOT / "benchmarks" / "orggen.py")
        subprocess.run([sys.executable, orggen, "--out", folder, "--emit", "snapshot", *words], check=True, stdout=subprocess.DEVNULL)
        return measure(options, Path(folder))


def shown(found: dict[str, Any], options: argparse.Namespace) -> str:
    """The tables."""
    rows = [
        ("organization", options.size if options.folder is None else "given"),
        ("access edges", "only those of planted chains" if options.no_access else "all"),
        ("nodes", f"{found['nodes']:,}"),
        ("relationships", f"{found['edges']:,}"),
        ("records made", f"{found['records_cpu']} s of processor time"),
        ("loaded over Bolt", f"{found['bolt_seconds']} s, {found['bolt_rows_a_second']:,} rows a second"),
        ("memory of the server after the queries", f"{found['server_memory'] / 1e6:,.0f} MB"),
    ]
    if "csv_imported" in found:
        rows.append(("CSV written", f"{found['csv_written']} s"))
        rows.append(
            ("imported by neo4j-admin, its start included", f"{found['csv_imported']} s, {found['csv_rows_a_second']:,} rows a second")
        )
    table = ["| what | measured |", "|---|---|", *(f"| {name} | {value} |" for name, value in rows)]
    asked = ["| query | second time |", "|---|---:|", *(f"| {name} | {seconds:.3f} s |" for name, seconds in found["warm_queries"].items())]
    head = "# Neo4j\n\nWritten by `make bench`. What the server does is measured on the clock, on whatever else the machine does."
    return "\n\n".join((head, "\n".join(table), "\n".join(asked))) + "\n"


def measure(options: argparse.Namespace, source: Path) -> dict[str, Any]:
    """Everything about one organization."""
    began = time.process_time()
    graph = xgraph.load(source / "snapshot").graph().access
    truth = json.loads((source / "truth.json").read_text("utf-8"))
    targets = sorted({(one["target"]["resource"], one["target"]["action"]) for one in truth})
    content = content_of(graph, targets, blocked=False, guarded=not options.no_access)
    found: dict[str, Any] = {
        "records_cpu": round(time.process_time() - began, 1),
        "nodes": len(content.records.nodes),
        "edges": len(content.records.edges),
    }
    with tempfile.TemporaryDirectory(prefix="xgraph-bench-neo4j-") as folder:
        place = Path(folder)
        found |= by_bolt(content, truth, place, options.heap)
        if options.import_tool:
            found |= by_files(content, place, options.heap)
    return found


def by_bolt(content: Content, truth: list[dict[str, Any]], place: Path, heap: str) -> dict[str, Any]:
    """Load over Bolt, then ask the ten most important queries, each twice: the second time is the warm one."""
    own = Neo4jServer(place / "bolt", settings={"server.memory.pagecache.size": "512m"}, heap=heap).start()
    try:
        server = Server(own.uri, "neo4j", PASSWORD)
        began = time.monotonic()
        load(server, content.records, content.load, content.shown)
        seconds = time.monotonic() - began
        rows = len(content.records.nodes) + len(content.records.edges)
        found = {"bolt_seconds": round(seconds, 1), "bolt_rows_a_second": round(rows / seconds)}
        found["warm_queries"] = {name: warm(server, name.partition(" ")[0], given) for name, given in questions(truth).items()}
        found["server_memory"] = memory(own)
        return found
    finally:
        own.stop()


def questions(truth: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """The ten, asked about the planted chains."""
    chain = max((one for one in truth if one["verdict"] == "allowed"), key=lambda one: len(one["roles"]))
    source, target, resource = chain["source"], chain["roles"][-1], chain["target"]["resource"]
    account = target.split(":")[4]
    return {
        "paths to a role": {"from": source, "to": target, "max_hops": 6, "limit": LIMIT},
        "paths to a resource": {"from": source, "to": resource, "action": chain["target"]["action"], "max_hops": 6, "limit": LIMIT},
        "shortest": {"from": source, "to": target, "limit": LIMIT},
        "blast-radius": {"from": source, "limit": LIMIT},
        "reached-by": {"to": target, "limit": LIMIT},
        "who-can-assume": {"to": target, "limit": LIMIT},
        "external-exposure": {"limit": LIMIT},
        "third-party-trusts": {"limit": LIMIT},
        "cross-account": {"account": account, "limit": LIMIT},
        "roles-nobody-can-assume": {"limit": LIMIT},
    }


def warm(server: Server, name: str, given: dict[str, Any]) -> float:
    ask(server, name, given)
    began = time.monotonic()
    ask(server, name, given)
    return round(time.monotonic() - began, 3)


def memory(server: Neo4jServer) -> int:
    """The resident memory of the server, in bytes (Linux only)."""
    assert server.process is not None
    status = Path(f"/proc/{server.process.pid}/status").read_text("utf-8")
    return int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmRSS"))) * 1024


def by_files(content: Content, place: Path, heap: str) -> dict[str, Any]:
    """Write CSV and import it with Neo4j's own tool."""
    own = Neo4jServer(place / "files", heap=heap)
    began = time.monotonic()
    write_csv(content.records, content.load, content.shown, place / "csv")
    written = time.monotonic() - began
    (own.folder / "conf").mkdir(parents=True)
    (own.folder / "conf" / "neo4j.conf").touch()
    admin = place / "neo4j-admin"
    admin.write_text("#!/bin/sh\nexec " + " ".join(f"'{part}'" for part in own.options()) + ' org.neo4j.cli.AdminTool "$@"\n')
    admin.chmod(0o755)
    environment = {**os.environ, "NEO4J_ADMIN": str(admin), "NEO4J_HOME": str(own.folder), "NEO4J_CONF": str(own.folder / "conf")}
    began = time.monotonic()
    subprocess.run(["sh", str(place / "csv" / "import.sh")], env=environment, check=True, stdout=subprocess.DEVNULL)
    seconds = time.monotonic() - began
    rows = len(content.records.nodes) + len(content.records.edges)
    return {"csv_written": round(written, 1), "csv_imported": round(seconds, 1), "csv_rows_a_second": round(rows / seconds)}


if __name__ == "__main__":
    main()
