"""The generator of organizations gives the same bytes as ever; its snapshots are those of the importer; what it plants is found."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest

import xgraph
from xgraph.ingest.imports.gaad import import_gaad
from xgraph.ingest.snapshot.layout import COLLECTED_FILE

ROOT = Path(__file__).parents[2]
SMALL = {"accounts": 3, "roles": 20, "users": 6, "chains": 24}


def digest(folder: Path) -> str:
    """One hash over the names and contents of all files that don't depend on a clock."""
    found = hashlib.sha256()
    for path in sorted(each for each in folder.rglob("*") if each.is_file() and each.name != COLLECTED_FILE):
        found.update(f"{path.relative_to(folder)}\0{hashlib.sha256(path.read_bytes()).hexdigest()}\n".encode())
    return found.hexdigest()


# -- the same bytes as ever

DENSE = {"scp_density": 0.9, "rcp_density": 0.9, "trust_density": 0.6, "ou_depth": 5}
LIMITED = {"boundary_share": 0.8, "deny_share": 0.7, "vendor_share": 1.0}


@pytest.mark.parametrize(
    ("settings", "emit", "pretty", "expected"),
    [
        (SMALL, "collect,iamspy", False, "1bf2d9e99c482311ffdb02fc27b1dee219b22bec8d5027f4a994b8c6c7cb05fc"),
        (
            {"accounts": 4, "roles": 16, "users": 5, "chains": 30, "seed": 7},
            "iamspy",
            True,
            "5dfbbac39a7723f0579bb0bca136e7bc563a5b90b9bab80fe70e9c9dcffca5f9",
        ),
        (
            {"accounts": 10, "roles": 18, "users": 4, "chains": 24, "seed": 3, **DENSE},
            "collect",
            False,
            "a5b94f5464e7822cc54760070273fb783851e734b677603b6af86a5333018b44",
        ),
        (
            {"accounts": 2, "roles": 14, "users": 2, "chains": 24, "seed": 5, **LIMITED},
            "",
            False,
            "d2f6f23873cabbb769bfacc0d271195fb98508e6581c6ac7f4bcb165bfa794c5",
        ),
    ],
    ids=["collect and iamspy", "indented", "many guardrails", "raw files alone"],
)
def test_the_other_formats_keep_their_bytes(
    orggen: Any, tmp_path: Path, settings: dict[str, Any], emit: str, pretty: bool, expected: str
) -> None:
    orggen.write(str(tmp_path), orggen.Config(**settings), tuple(filter(None, emit.split(","))), pretty)

    assert digest(tmp_path) == expected


def test_same_parameters_give_the_same_snapshot(orggen: Any, tmp_path: Path) -> None:
    for name in ("one", "two"):
        orggen.write(str(tmp_path / name), orggen.Config(**SMALL), ("snapshot",))
    again = tmp_path / "two"
    orggen.write(str(again), orggen.Config(**SMALL), ("snapshot",))

    assert digest(tmp_path / "one") == digest(again)


def test_another_seed_gives_another_snapshot(orggen: Any, tmp_path: Path) -> None:
    for seed in (1, 2):
        orggen.write(str(tmp_path / str(seed)), orggen.Config(**SMALL, seed=seed), ("snapshot",))

    assert digest(tmp_path / "1") != digest(tmp_path / "2")


# -- the snapshot


def test_it_runs_from_any_folder_without_any_package(tmp_path: Path) -> None:
    """`-S` hides all that is installed, `-I` the folder and the environment; the hash seed must not matter."""
    for number in (1, 2):
        command = [sys.executable, "-S", str(ROOT / "benchmarks" / "orggen.py"), "--out", f"org{number}", "--emit", "snapshot"]
        options = [part for key, value in SMALL.items() for part in (f"--{key}", str(value))]
        environment = {"PATH": os.environ["PATH"], "PYTHONHASHSEED": str(number)}
        subprocess.run([*command, *options], cwd=tmp_path, env=environment, check=True, capture_output=True)

    assert digest(tmp_path / "org1") == digest(tmp_path / "org2")
    assert (tmp_path / "org1" / "truth.json").is_file()
    assert (tmp_path / "org1" / "snapshot" / "snapshot.json").is_file()


def test_an_unknown_format_is_refused(tmp_path: Path) -> None:
    script = ROOT / "benchmarks" / "orggen.py"

    done = subprocess.run(
        [sys.executable, str(script), "--out", str(tmp_path / "org"), "--emit", "snapshots"], capture_output=True, text=True, check=False
    )

    assert done.returncode == 2
    assert "unknown format `snapshots`: --emit takes collect, iamspy, snapshot" in done.stderr
    assert not (tmp_path / "org").exists()


def imported(organization: Path, out: Path, resources: Path | None = None) -> Path:
    accounts = organization / "accounts"
    import_gaad((accounts,), out, organization=organization / "org.json", resources=(resources or accounts,))
    return out


def test_the_estate_is_that_of_the_imported_raw_files(orggen: Any, tmp_path: Path) -> None:
    orggen.write(str(tmp_path), orggen.Config(**SMALL), ("snapshot",))

    emitted = xgraph.load(tmp_path / "snapshot").estate
    expected = xgraph.load(imported(tmp_path, tmp_path / "imported")).estate

    for field in fields(expected):
        if field.name != "snapshot_id":
            assert getattr(emitted, field.name) == getattr(expected, field.name), field.name
    assert replace(emitted, snapshot_id="") == replace(expected, snapshot_id="")
    assert {each.settings["EncryptionKey"] for each in emitted.resources.values() if each.service == "s3"} == {"SSE-S3"}


def test_the_bytes_are_those_of_the_importer_once_it_is_told_the_encryption(orggen: Any, tmp_path: Path) -> None:
    orggen.write(str(tmp_path), orggen.Config(**SMALL, rcp_density=1.0), ("snapshot",))
    shutil.copytree(tmp_path / "accounts", tmp_path / "told")
    for path in (tmp_path / "told").rglob("resources.json"):
        given = json.loads(path.read_text(encoding="utf-8"))
        for bucket in given["Buckets"]:
            bucket["Encryption"] = "SSE-S3"
        path.write_text(json.dumps(given), encoding="utf-8")

    expected = imported(tmp_path, tmp_path / "imported", tmp_path / "told")

    assert digest(tmp_path / "snapshot") == digest(expected)


def test_nothing_to_list_is_told_as_the_importer_tells_it(orggen: Any, tmp_path: Path) -> None:
    settings = {"accounts": 2, "roles": 14, "users": 2, "queues": 0, "tables": 0, "keys": 0}
    orggen.write(str(tmp_path), orggen.Config(**settings), ("snapshot",))

    emitted = (tmp_path / "snapshot" / "coverage.jsonl").read_text(encoding="utf-8")
    expected = (imported(tmp_path, tmp_path / "imported") / "coverage.jsonl").read_text(encoding="utf-8")

    assert without_encryption(emitted) == without_encryption(expected)


def without_encryption(coverage: str) -> list[str]:
    return [line for line in coverage.splitlines() if '"get_bucket_encryption"' not in line]


# -- what is planted is found


def wrong_answers(orggen: Any, planted: Any, folder: Path, **settings: Any) -> list[str]:
    orggen.write(str(folder), orggen.Config(**settings), ("snapshot",))
    graph = xgraph.load(folder / "snapshot").graph()
    truth = json.loads((folder / "truth.json").read_text(encoding="utf-8"))
    assert len(truth) == settings["chains"]
    return [str(wrong) for chain in truth for wrong in planted.check(chain, planted.ask(graph, chain))]


@pytest.mark.parametrize("seed", range(1, 13))
def test_planted_verdicts_in_small_organizations(orggen: Any, planted: Any, tmp_path: Path, seed: int) -> None:
    """Accounts, depth and densities differ with the seed; every mechanism is planted twice."""
    densities = {"trust_density": seed % 4 / 4, "rcp_density": seed % 3 / 2, "condition_density": seed % 5 / 4}

    wrong = wrong_answers(
        orggen, planted, tmp_path, accounts=3 + seed % 4, roles=16 + seed, users=4, chains=48, ou_depth=1 + seed % 5, seed=seed, **densities
    )

    assert wrong == []


def test_nobody_else_may_take_a_planted_step(orggen: Any, planted: Any, tmp_path: Path) -> None:
    orggen.write(str(tmp_path), orggen.Config(**SMALL, trust_density=0.5), ("snapshot",))
    workspace = xgraph.load(tmp_path / "snapshot")
    graph = workspace.graph()

    truth = json.loads((tmp_path / "truth.json").read_text(encoding="utf-8"))

    assert [str(each) for chain in truth for each in planted.intruders(graph, chain, workspace.estate.accounts)] == []


@pytest.mark.long
@pytest.mark.parametrize("seed", range(1, 6))
def test_planted_verdicts_in_ten_accounts(orggen: Any, planted: Any, tmp_path: Path, seed: int) -> None:
    assert wrong_answers(orggen, planted, tmp_path, accounts=10, roles=80, users=20, chains=48, seed=seed) == []


@pytest.mark.long
def test_planted_verdicts_in_fifty_accounts(orggen: Any, planted: Any, tmp_path: Path) -> None:
    assert wrong_answers(orggen, planted, tmp_path, accounts=50, roles=160, users=40, chains=48, seed=1) == []


@pytest.mark.long
@pytest.mark.parametrize("seed", range(1, 4))
def test_nobody_else_may_take_a_planted_step_in_ten_accounts(orggen: Any, planted: Any, tmp_path: Path, seed: int) -> None:
    orggen.write(str(tmp_path), orggen.Config(accounts=10, roles=80, users=20, chains=24, seed=seed), ("snapshot",))
    workspace = xgraph.load(tmp_path / "snapshot")
    graph = workspace.graph()

    truth = json.loads((tmp_path / "truth.json").read_text(encoding="utf-8"))

    assert [str(each) for chain in truth for each in planted.intruders(graph, chain, workspace.estate.accounts)] == []


# -- a wrong answer would be seen


@pytest.fixture(scope="module")
def asked(orggen: Any, planted: Any, tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[dict[str, Any], list[Any]]]:
    """Mechanism → what was planted, and the answer, which is right."""
    folder = tmp_path_factory.mktemp("asked")
    orggen.write(str(folder), orggen.Config(**SMALL), ("snapshot",))
    graph = xgraph.load(folder / "snapshot").graph()
    truth = json.loads((folder / "truth.json").read_text(encoding="utf-8"))
    return {chain["mechanism"]: (chain, planted.ask(graph, chain)) for chain in truth}


def test_a_blocked_chain_planted_as_allowed_would_be_seen(planted: Any, asked: dict[str, Any]) -> None:
    chain, answer = asked["scp_assume"]

    found = planted.check({**chain, "verdict": "allowed"}, answer)

    assert [each.what for each in found] == ["listed 0 times as possible"]


def test_an_allowed_chain_planted_as_blocked_would_be_seen(planted: Any, asked: dict[str, Any]) -> None:
    chain, answer = asked["none"]

    found = planted.check({**chain, "verdict": "blocked", "mechanism": "scp_assume", "blocked_at_step": 0}, answer)

    assert [each.what for each in found] == ["listed as possible", "listed 0 times among the near misses"]


def test_a_lost_condition_would_be_seen(planted: Any, asked: dict[str, Any]) -> None:
    chain, answer = asked["external_id"]
    step = next(number for number, each in enumerate(chain["steps"]) if each["verdict"] == "conditional")
    steps = [each if number != step else {**each, "requires": {"aws:SourceIp": "192.0.2.7"}} for number, each in enumerate(chain["steps"])]

    found = planted.check({**chain, "steps": steps}, answer)

    assert found[0].what == f"hop {step}: the condition names ['sts:externalid'] and not ['aws:sourceip']"


@pytest.mark.parametrize(
    ("mechanism", "other"), [("boundary", "scp_assume"), ("scp_data", "rcp_data"), ("missing_trust", "missing_identity")]
)
def test_another_control_would_be_seen(planted: Any, asked: dict[str, Any], mechanism: str, other: str) -> None:
    chain, answer = asked[mechanism]
    control = planted.CONTROLS[mechanism]

    found = planted.check({**chain, "mechanism": other}, answer)

    assert found[0].what == f"blocked by {control} instead of {planted.CONTROLS[other]}"


@pytest.mark.parametrize("mechanism", ["boundary", "scp_assume", "missing_identity", "missing_trust", "explicit_deny"])
def test_another_place_would_be_seen(planted: Any, asked: dict[str, Any], mechanism: str) -> None:
    chain, answer = asked[mechanism]
    at = chain["blocked_at_step"]

    found = planted.check({**chain, "blocked_at_step": at - 1 if at else 1}, answer)

    assert found[0].what.startswith(f"blocked at {at} instead of ")


def test_every_blocking_mechanism_has_its_control(orggen: Any, planted: Any) -> None:
    blocked = {name for name, (verdict, _) in orggen.MECHANISMS.items() if verdict == "blocked"}

    assert set(planted.CONTROLS) == blocked
