"""What the tests of importers share: files, runs, and what came of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result

from xgraph.cli import main
from xgraph.graph.model.estate import Estate
from xgraph.ingest.estate import build_estate
from xgraph.ingest.snapshot.read import read_snapshot

ACCOUNT = "100000000002"
OTHER = "100000000003"


def statement(action: str | list[str], resource: str = "*", effect: str = "Allow", **more: Any) -> dict[str, Any]:
    return {"Effect": effect, "Action": action, "Resource": resource, **more}


def policy(*statements: dict[str, Any]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def trust(principal: Any, **more: Any) -> dict[str, Any]:
    return policy({"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": principal, **more})


def put(path: Path, value: Any) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(value if isinstance(value, str) else json.dumps(value))
    return path


def xgraph(*arguments: Path | str) -> Result:
    return CliRunner().invoke(main, [*map(str, arguments)])


def imported(out: Path, *arguments: Path | str) -> Estate:
    """The estate of a snapshot that `xgraph import …` has written to `out`."""
    done = xgraph("import", *arguments, "--out", out)
    assert (done.exit_code, done.stdout) == (0, ""), done.stderr
    return build_estate(read_snapshot(out))


def refused(out: Path, *arguments: Path | str) -> str:
    """The one sentence of an import that wrote nothing."""
    done = xgraph("import", *arguments, "--out", out)
    assert (done.exit_code, done.stdout) == (2, ""), done.stderr
    assert not out.exists()
    assert len(done.stderr.splitlines()) == 1
    return done.stderr


def verdicts(snapshot: Path, source: str, target: str, action: str) -> list[str]:
    """The verdicts of the chains from one to the other, as the command tells them."""
    done = xgraph("paths", "--snapshot", snapshot, "--from", source, "--to", target, "--action", action, "--format", "json")
    assert done.exit_code == 0, done.stderr
    return [path["verdict"] for path in json.loads(done.stdout)["paths"]]
