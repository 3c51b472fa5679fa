"""`xgraph import iam-collect`: the same organization, and the same verdicts, as from AWS's own answers."""

from __future__ import annotations

import importlib
import json
from pathlib import Path
from typing import Any

import pytest

import xgraph
from tests.imports.importing import ACCOUNT, OTHER, imported, policy, put, refused, statement, trust, verdicts
from tests.imports.importing import xgraph as command
from xgraph.graph.model.coverage import Outcome
from xgraph.graph.model.organization import Organization
from xgraph.ingest.estate import build_estate
from xgraph.ingest.snapshot.read import read_snapshot

BENCHMARKS = str(Path(__file__).parents[2] / "benchmarks")
ROLE = f"arn:aws:iam::{ACCOUNT}:role/app"


@pytest.fixture
def benchmarks(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.syspath_prepend(BENCHMARKS)
    return [importlib.import_module(name) for name in ("orggen", "planted")]


def without_order(organization: Organization) -> Any:
    return [
        {target: {policy.name: json.loads(policy.document or "") for policy in held} for target, held in policies.items()}
        for policies in (organization.scps, organization.rcps)
    ], organization.units


def test_an_organization_is_the_one_that_aws_would_have_told_of(benchmarks: Any, tmp_path: Path) -> None:
    """Everything that both tell of is equal, and what was planted is found: 3 accounts with 60 roles."""
    orggen, planted = benchmarks
    orggen.write(str(tmp_path), orggen.Config(accounts=3, roles=60, users=10, chains=40), ("collect", "snapshot"))
    told = build_estate(read_snapshot(tmp_path / "snapshot"))

    found = imported(tmp_path / "snap", "iam-collect", tmp_path / "collect", "--nothing-denied", "--owner-enforced")

    assert found.principals == told.principals
    assert found.groups == told.groups
    assert [without_order(each) for each in found.organizations.values()] == [without_order(each) for each in told.organizations.values()]
    for arn, resource in told.resources.items():
        assert (found.resources[arn].policy, found.resources[arn].tags) == (resource.policy, resource.tags)
    graph = xgraph.load(tmp_path / "snap").graph()
    truth = json.loads((tmp_path / "truth.json").read_text())
    assert [str(wrong) for each in truth for wrong in planted.check(each, planted.ask(graph, each))] == []


def store(tmp_path: Path) -> Path:
    account = tmp_path / "store" / "aws" / "aws" / "accounts" / ACCOUNT
    put(account / "iam" / "role" / "app" / "metadata.json", {"arn": ROLE, "name": "app", "id": "AROA1", "path": "/"})
    put(account / "iam" / "role" / "app" / "trust-policy.json", trust({"AWS": OTHER}))
    inline = [{"PolicyName": "p", "PolicyDocument": policy(statement(["s3:GetObject", "sqs:SendMessage"]))}]
    put(account / "iam" / "role" / "app" / "inline-policies.json", inline)
    put(account / "s3" / "reports" / "metadata.json", {"arn": "arn:aws:s3:::reports", "name": "reports", "region": "eu-west-1"})
    queue = f"arn:aws:sqs:eu-west-1:{ACCOUNT}:orders"
    put(account / "sqs" / "eu-west-1" / "orders" / "metadata.json", {"arn": queue})
    put(account / "ssm" / "eu-west-1" / "document" / "d" / "metadata.json", {"arn": f"arn:aws:ssm:eu-west-1:{ACCOUNT}:document/d"})
    return tmp_path / "store"


def test_what_is_missing_is_unknown_unless_nothing_was_denied(tmp_path: Path) -> None:
    queue = f"arn:aws:sqs:eu-west-1:{ACCOUNT}:orders"
    unknown = imported(tmp_path / "a", "iam-collect", store(tmp_path), "--no-organization")
    stated = imported(tmp_path / "b", "iam-collect", store(tmp_path), "--no-organization", "--nothing-denied")

    read, none = unknown.resources[queue].policy, stated.resources[queue].policy
    assert read is not None
    assert read.document is None
    assert none is None
    assert verdicts(tmp_path / "a", ROLE, queue, "sqs:SendMessage") == ["CONDITIONAL"]
    assert verdicts(tmp_path / "b", ROLE, queue, "sqs:SendMessage") == ["ALLOWED"]


def test_a_bucket_is_there_whole_but_for_its_acl(tmp_path: Path) -> None:
    bucket = imported(tmp_path / "a", "iam-collect", store(tmp_path)).resources["arn:aws:s3:::reports"]

    assert (bucket.policy, bucket.tags, bucket.region) == (None, (), "eu-west-1")
    assert (bucket.settings["EncryptionKey"], bucket.settings["ObjectOwnership"], bucket.settings["BucketAcl"]) == ("SSE-S3", None, None)


def test_what_was_not_used_is_said(tmp_path: Path) -> None:
    done = command("import", "iam-collect", store(tmp_path), "--out", tmp_path / "a", "--strict")

    assert done.exit_code == 3
    assert "1 of ssm not used" in done.stderr
    rows = read_snapshot(tmp_path / "a").coverage
    assert ("kms", "*", Outcome.NOT_TRIED) in {(row.service, row.region, row.outcome) for row in rows}


@pytest.mark.parametrize(
    ("file", "content", "sentence"),
    [
        ("iam/role/app/metadata.json", "{", "app/metadata.json` is not JSON"),
        ("iam/role/app/metadata.json", {"arn": f"arn:aws:iam::{OTHER}:role/app"}, f"is not an ARN of iam of the account `{ACCOUNT}`"),
        ("iam/role/app/metadata.json", [], "metadata.json`: expected an object at the top"),
        ("iam/role/app/inline-policies.json", {"a": 1}, "inline-policies.json`: expected a list of objects at the top"),
        ("iam/role/app/trust-policy.json", "[" * 100_000, "trust-policy.json` is nested too deeply"),
        ("s3/reports/metadata.json", {"name": "x"}, "`None` is not an ARN of s3"),
    ],
)
def test_a_file_that_is_wrong_is_named(tmp_path: Path, file: str, content: Any, sentence: str) -> None:
    put(store(tmp_path) / "aws" / "aws" / "accounts" / ACCOUNT / file, content)

    assert sentence in refused(tmp_path / "snap", "iam-collect", tmp_path / "store")


def test_a_folder_that_is_no_store_is_refused(tmp_path: Path) -> None:
    put(tmp_path / "some" / "file.json", {})

    assert "is not a file store of iam-collect" in refused(tmp_path / "snap", "iam-collect", tmp_path / "some")
