"""Every service that is read has its emitter, its cases and its row of the documentation, and what its emitter plants is found."""

from __future__ import annotations

import importlib
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import xgraph
from tests.ingest.test_services import model, operations, strange
from xgraph.graph.model.reference import prefix_of
from xgraph.ingest.imports._book import Book
from xgraph.ingest.services import SERVICES
from xgraph.ingest.snapshot.read import read_snapshot

ROOT = Path(__file__).parents[2]
SIZES = {"accounts": 5, "roles": 18, "users": 4, "groups": 2, "chains": 0}
NAMES = [service.name for service in SERVICES]

# Services that are asked about by something else than actions with their own prefix: what the requests of their cases hold.
_ASKED_BY = {
    "cloudformation": "cloudformation.amazonaws.com",
    "ecs": "ecs-tasks.amazonaws.com",
    "eks": "pods.eks.amazonaws.com",
    "kafka": "kafka-cluster:",
    "ram": '"RamShare"',
    "rolesanywhere": "rolesanywhere.amazonaws.com",
    "s3-objects": '"ObjectAcl"',
    "s3control": ":accesspoint/",
    "sso-admin": "saml-provider/AWSSSO_",
}

# Their truth rests on principals, buckets and trust policies, which stand elsewhere.
WITHOUT_ANSWERS = ("iam", "rolesanywhere", "s3", "s3-objects")


@pytest.fixture(scope="module")
def emitted(orggen: Any, services: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder: Path = tmp_path_factory.mktemp("emitted")
    orggen.write(str(folder), orggen.Config(**SIZES, rcp_density=1.0, scp_density=1.0), ("snapshot",), services=tuple(services.EMITTERS))
    return folder


@pytest.fixture(scope="module")
def truth(emitted: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads((emitted / "truth.json").read_text(encoding="utf-8"))
    return found


@pytest.fixture(scope="module")
def graph(emitted: Path) -> Any:
    return xgraph.load(emitted / "snapshot").graph()


def test_every_service_has_an_emitter(services: Any) -> None:
    assert sorted(services.EMITTERS) == sorted(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_what_is_planted_is_found(truth: list[dict[str, Any]], planted: Any, graph: Any, name: str) -> None:
    """Each service has somebody who gets there and somebody who doesn't, and every verdict is the planted one."""
    mine = [chain for chain in truth if chain["service"] == name]

    assert {"allowed", "blocked"} <= {chain["verdict"] for chain in mine}
    assert [str(wrong) for chain in mine for wrong in planted.check(chain, planted.ask(graph, chain))] == []


def test_without_the_answers_of_the_services_nobody_gets_there(
    orggen: Any, services: Any, planted: Any, truth: list[dict[str, Any]], tmp_path: Path
) -> None:
    """The planted verdicts rest on what the emitters write: with the principals alone no planted access is certain any more."""
    org, data, _ = orggen.generate(orggen.Config(**SIZES, rcp_density=1.0, scp_density=1.0))
    services.plant(org, data, tuple(services.EMITTERS), orggen.Chains(org, data).pool)
    accounts = {one.id: (one.gaad(), {"AccountId": one.id, **one.resources}) for one in data.values()}
    orggen_snapshot = importlib.import_module("orggen_snapshot")
    orggen_snapshot.write_snapshot(str(tmp_path / "snapshot"), org.to_json(), accounts)
    graph = xgraph.load(tmp_path / "snapshot").graph()

    certain = set()
    for chain in (one for one in truth if one["verdict"] == "allowed" and one["service"] not in WITHOUT_ANSWERS):
        try:
            found = planted.check(chain, planted.ask(graph, chain))
        except ValueError:  # the source is compute or a person of whom nothing is known
            continue
        certain |= set() if found else {chain["id"]}
    assert certain == set()


@pytest.mark.parametrize("name", NAMES)
def test_answers_are_such_as_aws_gives(emitted: Path, name: str) -> None:
    """Every planted answer is to a call that the service declares, with the fields of AWS's own model."""
    service = next(one for one in SERVICES if one.name == name)
    declared = {call.name: call for call in service.calls}
    pattern = "organization/*.json" if name == "organizations" else f"accounts/*/{name}.*.json"
    files = sorted((emitted / "snapshot").glob(pattern))
    assert files
    for file in files:
        for answer in json.loads(file.read_text(encoding="utf-8"))["calls"]:
            call = declared[answer["call"]]
            client = service.client_of(call)
            output = model(client).operation_model(operations(client)[call.operation]).output_shape
            assert list(strange(answer["answer"], output, "")) == [], (file.name, answer["call"])


@pytest.mark.parametrize("name", NAMES)
def test_planted_calls_are_whole(emitted: Path, name: str) -> None:
    """Where a service was planted, every call that its answers lead to has ended: nothing is left unsaid by the emitter."""
    snapshot = read_snapshot(emitted / "snapshot")
    book = Book(snapshot)
    for place in snapshot.files:
        if place.service == name and place.region == "us-east-1":
            sheet = book.at(place.account, place.service, place.region)
            before = sorted(sheet.rows())
            sheet.complete("not emitted")
            assert sorted(sheet.rows()) == before


@pytest.mark.parametrize("name", NAMES)
def test_every_service_has_cases_and_a_row(name: str) -> None:
    wanted = _ASKED_BY.get(name, f'"{prefix_of(name)}:')
    cases = "".join(path.read_text(encoding="utf-8") for path in sorted((ROOT / "tests" / "cases").rglob("*.json")))

    assert wanted in cases
    for page in ("collecting.md", "semantics.md"):
        assert f"| `{name}` |" in (ROOT / "docs" / page).read_text(encoding="utf-8")


def test_the_flag_plants_what_it_names(tmp_path: Path) -> None:
    """What a service plants does not depend on which others are planted."""
    script, sizes = (
        ROOT / "benchmarks" / "orggen.py",
        ["--accounts", "4", "--roles", "16", "--users", "3", "--chains", "2", "--emit", "snapshot"],
    )

    done = subprocess.run(
        [sys.executable, script, "--out", tmp_path, *sizes, "--services", "sqs,ssm"], capture_output=True, text=True, check=False
    )
    refused = subprocess.run(
        [sys.executable, script, "--out", tmp_path / "no", *sizes, "--services", "sqs,x"], capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stderr
    truth = json.loads((tmp_path / "truth.json").read_text(encoding="utf-8"))
    assert {chain.get("service", "") for chain in truth} == {"", "sqs", "ssm"}
    assert json.loads((tmp_path / "manifest.json").read_text(encoding="utf-8"))["services"] == ["sqs", "ssm"]
    assert refused.returncode == 2
    assert "unknown service `x`: --services takes all, or a list of acm-pca, " in refused.stderr
