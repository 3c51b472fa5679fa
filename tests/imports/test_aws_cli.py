"""`xgraph import aws-cli`: the answers of a snapshot, printed by the AWS CLI, make the same snapshot."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from tests.imports.importing import ACCOUNT, OTHER, imported, policy, put, refused, statement, trust, verdicts
from tests.imports.importing import xgraph as command
from xgraph.graph.model.coverage import Outcome
from xgraph.ingest.snapshot.layout import ORGANIZATIONS
from xgraph.ingest.snapshot.read import read_snapshot

APP = f"arn:aws:iam::{ACCOUNT}:role/app"
DETAILS = {
    "UserDetailList": [],
    "GroupDetailList": [],
    "Policies": [],
    "RoleDetailList": [
        {
            "Arn": APP,
            "RoleName": "app",
            "AssumeRolePolicyDocument": trust({"AWS": OTHER}),
            "RolePolicyList": [{"PolicyName": "p", "PolicyDocument": policy(statement("s3:GetObject"))}],
        }
    ],
}
ORGANIZATION = {
    "Organization": {"Id": "o-a1b2c3d4e5", "MasterAccountId": ACCOUNT, "FeatureSet": "ALL"},
    "Roots": [{"Id": "r-a1b2", "Name": "Root", "PolicyTypes": [{"Type": "SERVICE_CONTROL_POLICY", "Status": "ENABLED"}]}],
    "OrganizationalUnits": [{"Id": "ou-a1b2-11111111", "Name": "Prod", "Parent": "r-a1b2"}],
    "Accounts": [
        {"Id": ACCOUNT, "Name": "prod", "Arn": f"arn:aws:organizations::{ACCOUNT}:account/o-a1b2c3d4e5/{ACCOUNT}", "Parent": "r-a1b2"}
    ],
    "Policies": [{"Id": "p-1", "Arn": "arn:aws:organizations::aws:policy/x/p-1", "Type": "SERVICE_CONTROL_POLICY", "Content": policy()}],
    "Attachments": [{"TargetId": "r-a1b2", "PolicyIds": ["p-1"]}],
}
RESOURCES = {
    "AccountId": ACCOUNT,
    "AccountPublicAccessBlock": {"BlockPublicAcls": True},
    "Buckets": [
        {"Name": "reports", "Region": "eu-west-1", "Policy": policy(statement("s3:*", Principal={"AWS": OTHER})), "Tags": {"a": "b"}},
        {"Name": "logs", "Region": "eu-west-1", "Policy": None},
    ],
    "Queues": [{"Arn": f"arn:aws:sqs:eu-west-1:{ACCOUNT}:orders", "Policy": None, "Tags": {"a": "b"}}],
    "Tables": [{"Arn": f"arn:aws:dynamodb:eu-west-1:{ACCOUNT}:table/t", "Policy": policy(), "Tags": {"a": "b"}}],
}


def printed(snapshot: Path, folder: Path) -> Path:
    """The answers of a snapshot in files as the AWS CLI would print them."""
    clients = {"s3": "s3api"}
    for place, content in read_snapshot(snapshot).files.items():
        where = folder / ACCOUNT if place.service == ORGANIZATIONS else folder / place.account / place.region
        for each in json.loads(content)["calls"]:
            client, _, operation = each["call"].rpartition(".")
            values = [quote(value, safe="") for value in each["parameters"].values() if isinstance(value, str)]
            name = f"{client or clients.get(place.service, place.service)}.{operation.replace('_', '-')}"
            put(where / f"{name}{'.' if values else ''}{','.join(values)}.json", each["answer"])
    return folder


def test_the_answers_of_a_snapshot_make_it_again(tmp_path: Path) -> None:
    files = [put(tmp_path / f"{name}.json", value) for name, value in (("g", DETAILS), ("o", ORGANIZATION), ("r", RESOURCES))]
    imported(tmp_path / "a", "gaad", files[0], "--organization", files[1], "--resources", files[2])

    imported(tmp_path / "b", "aws-cli", printed(tmp_path / "a", tmp_path / "answers"))

    one, other = read_snapshot(tmp_path / "a"), read_snapshot(tmp_path / "b")
    assert one.files == other.files
    known = {row for row in one.coverage if row.outcome is Outcome.OK}
    assert known == {row for row in other.coverage if row.outcome is Outcome.OK}


def test_files_that_failed_say_why(tmp_path: Path) -> None:
    folder = tmp_path / "answers" / ACCOUNT
    put(folder / "anything.json", DETAILS)
    put(folder / "s3api.list-buckets.json", {"Buckets": [{"Name": "a"}, {"Name": "b"}, {"Name": "c"}], "Owner": {"ID": "c0"}})
    message = "\nAn error occurred ({}) when calling the GetBucketPolicy operation: it is so\n"
    put(folder / "s3api.get-bucket-policy.a.json", message.format("NoSuchBucketPolicy"))
    put(folder / "s3api.get-bucket-policy.b.json", message.format("AccessDenied"))
    put(folder / "s3api.get-bucket-policy.c.json", "")

    estate = imported(tmp_path / "snap", "aws-cli", tmp_path / "answers", "--no-organization")

    outcomes = {row.parameters: row.outcome.value for row in read_snapshot(tmp_path / "snap").coverage if row.call == "get_bucket_policy"}
    assert outcomes == {'{"Bucket":"a"}': "empty", '{"Bucket":"b"}': "denied", '{"Bucket":"c"}': "failed"}
    assert estate.resources["arn:aws:s3:::a"].policy is None
    held = estate.resources["arn:aws:s3:::b"].policy
    assert held is not None
    assert held.document is None
    assert verdicts(tmp_path / "snap", APP, "arn:aws:s3:::b", "s3:GetObject") == ["CONDITIONAL"]


def test_what_is_not_used_is_said(tmp_path: Path) -> None:
    put(tmp_path / "f" / "iam.get-account-authorization-details.json", DETAILS)
    put(tmp_path / "f" / "notes.json", {"a": 1})
    put(tmp_path / "f" / "s3api.get-bucket-policy.reports.json", {"Policy": "{}"})

    done = command("import", "aws-cli", tmp_path / "f", "--account", ACCOUNT, "--out", tmp_path / "snap", "--strict")

    assert done.exit_code == 3
    assert "notes.json` is not used: neither its name nor its content tells a call" in done.stderr
    assert "s3api.get-bucket-policy.reports.json` is of something that no listing among the files tells of" in done.stderr


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("iam.get-account-authorization-details.json", DETAILS, "nothing tells the account"),
        (f"{ACCOUNT}/sqs.list-queues.json", {"QueueUrls": []}, "nothing tells the region"),
        (f"{ACCOUNT}/s3api.list-buckets.json", "{", "is not JSON"),
        (f"{ACCOUNT}/s3api.list-buckets.json", [], "expected an object at the top, as the AWS CLI prints without --query"),
        (f"{ACCOUNT}/s3api.list-buckets.json", {"Buckets": [], "NextToken": "x"}, "is one page of several"),
        (f"{ACCOUNT}/s3api.list-buckets.json", "[" * 100_000, "is nested too deeply"),
        (f"{ACCOUNT}/notes.json", {}, "holds no file of a call that is used"),
    ],
)
def test_a_file_that_is_wrong_is_named(tmp_path: Path, name: str, content: Any, sentence: str) -> None:
    put(tmp_path / "f" / name, content)

    assert sentence in refused(tmp_path / "snap", "aws-cli", tmp_path / "f")


@pytest.mark.parametrize("answer", [{"Buckets": 3}, {"Buckets": [3]}, {"Buckets": [{"Nam": "x"}]}, {"Buckets": {"Name": "x"}}])
def test_an_answer_of_another_shape_is_refused(tmp_path: Path, answer: Any) -> None:
    put(tmp_path / "f" / ACCOUNT / "s3api.list-buckets.json", answer)

    assert f"accounts/{ACCOUNT}/s3.global.json`: " in refused(tmp_path / "snap", "aws-cli", tmp_path / "f")
