"""`xgraph import config`: snapshots and query results of AWS Config, and what Config does not tell."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from tests.imports.importing import ACCOUNT, OTHER, imported, policy, put, refused, statement, trust, verdicts
from tests.imports.importing import xgraph as command
from xgraph.ingest.snapshot.read import read_snapshot

ADA = f"arn:aws:iam::{ACCOUNT}:user/ada"
APP = f"arn:aws:iam::{ACCOUNT}:role/app"
QUEUE = f"arn:aws:sqs:eu-west-1:{ACCOUNT}:orders"
KEY = f"arn:aws:kms:eu-west-1:{ACCOUNT}:key/k1"
BUCKET = "arn:aws:s3:::reports"


def item(kind: str, arn: str, configuration: Any, region: str = "eu-west-1", **more: Any) -> dict[str, Any]:
    """An item as a snapshot on S3 has it."""
    name = arn.rpartition("/")[2].rpartition(":")[2]
    return {
        "awsAccountId": ACCOUNT, "awsRegion": region, "ARN": arn, "resourceType": kind, "resourceId": name, "resourceName": name,
        "configurationItemStatus": "OK", "configurationItemCaptureTime": "2026-01-02T00:00:00.000Z", "configuration": configuration,
        "supplementaryConfiguration": {}, "tags": {}, **more,
    }  # fmt: skip


def identities() -> list[dict[str, Any]]:
    may, reads = policy(statement("sts:AssumeRole")), policy(statement(["s3:GetObject", "sqs:SendMessage"]))
    user = {
        "path": "/", "userName": "ada", "userId": "AIDA1", "arn": ADA, "userPolicyList": None, "groupList": [], "permissionsBoundary": None,
        "attachedManagedPolicies": [{"policyName": "may", "policyArn": f"arn:aws:iam::{ACCOUNT}:policy/may"}],
    }  # fmt: skip
    role = {
        "path": "/", "roleName": "app", "roleId": "AROA1", "arn": APP, "assumeRolePolicyDocument": quote(json.dumps(trust({"AWS": ADA}))),
        "instanceProfileList": [], "rolePolicyList": [{"policyName": "read", "policyDocument": quote(json.dumps(reads))}],
        "attachedManagedPolicies": [], "permissionsBoundary": None,
    }  # fmt: skip
    version = {"versionId": "v1", "isDefaultVersion": True, "document": quote(json.dumps(may))}
    managed = {"policyName": "may", "policyId": "ANPA1", "arn": f"arn:aws:iam::{ACCOUNT}:policy/may", "policyVersionList": [version]}
    return [
        item("AWS::IAM::User", ADA, user, "global"),
        item("AWS::IAM::Role", APP, role, "global"),
        item("AWS::IAM::Policy", f"arn:aws:iam::{ACCOUNT}:policy/may", managed, "global"),
    ]


def resources() -> list[dict[str, Any]]:
    acl = {"grantSet": None, "owner": {"displayName": None, "id": "c0"}, "grantList": [{"grantee": "AllUsers", "permission": "Read"}]}
    bucket = {
        "AccessControlList": json.dumps(json.dumps(acl)),
        "BucketPolicy": {"policyText": json.dumps(policy(statement("s3:*", f"{BUCKET}/*", Principal={"AWS": OTHER})))},
        "PublicAccessBlockConfiguration": json.dumps({"blockPublicAcls": True, "ignorePublicAcls": True, "blockPublicPolicy": False}),
    }
    queue = {"QueueArn": QUEUE, "Policy": json.dumps(policy(statement("sqs:*", Principal={"AWS": OTHER})))}
    key = {"keyId": "k1", "arn": KEY, "keyManager": "CUSTOMER", "keyState": "Enabled"}
    return [
        item("AWS::S3::Bucket", BUCKET, {"name": "reports"}, supplementaryConfiguration=bucket, tags={"team": "data"}),
        item("AWS::SQS::Queue", QUEUE, queue),
        item("AWS::KMS::Key", KEY, key, supplementaryConfiguration={"Policy": json.dumps(json.dumps(policy(statement("kms:*"))))}),
        item("AWS::Lambda::Function", f"arn:aws:lambda:eu-west-1:{ACCOUNT}:function:f", {"functionName": "f", "role": APP}),
        item("AWS::EC2::Subnet", f"arn:aws:ec2:eu-west-1:{ACCOUNT}:subnet/s", {}),
    ]


def test_a_snapshot_from_s3(tmp_path: Path) -> None:
    file = tmp_path / "c" / f"{ACCOUNT}_Config_eu-west-1_ConfigSnapshot.json.gz"
    file.parent.mkdir()
    file.write_bytes(gzip.compress(json.dumps({"fileVersion": "1.0", "configurationItems": [*identities(), *resources()]}).encode()))

    estate = imported(tmp_path / "snap", "config", file.parent, "--no-organization")

    assert verdicts(tmp_path / "snap", ADA, QUEUE, "sqs:SendMessage") == ["ALLOWED"]
    bucket, key = estate.resources[BUCKET], estate.resources[KEY]
    assert bucket.policy is not None
    assert json.loads(bucket.policy.document or "")["Statement"][0]["Principal"] == {"AWS": OTHER}
    assert bucket.tags == (("team", "data"),)
    assert bucket.settings["PublicAccessBlock"]["bucket"]["IgnorePublicAcls"] is True
    assert bucket.settings["PublicAccessBlock"]["bucket"]["RestrictPublicBuckets"] is False
    assert bucket.settings["BucketAcl"]["Grants"][0]["Grantee"]["URI"].endswith("/global/AllUsers")
    assert key.policy is not None
    assert json.loads(key.policy.document or "") == policy(statement("kms:*"))
    assert key.settings["KeyState"] == "Enabled"


def test_results_of_a_query_say_the_same(tmp_path: Path) -> None:
    def selected(each: dict[str, Any]) -> str:
        kept = {key: value for key, value in each.items() if key not in {"ARN", "awsAccountId", "configurationItemCaptureTime"}}
        return json.dumps(
            {**kept, "arn": each["ARN"], "accountId": ACCOUNT, "tags": [{"key": k, "value": v} for k, v in each["tags"].items()]}
        )

    whole = [*identities(), *resources()]
    one = put(tmp_path / "snapshot.json", {"configurationItems": whole})
    other = put(tmp_path / "results.json", {"Results": [selected(each) for each in whole], "QueryInfo": {}})

    imported(tmp_path / "a", "config", one, "--no-organization")
    imported(tmp_path / "b", "config", other, "--no-organization")

    assert read_snapshot(tmp_path / "a").files == read_snapshot(tmp_path / "b").files


def test_identities_are_those_of_get_account_authorization_details(tmp_path: Path) -> None:
    role = {
        "Arn": APP, "RoleName": "app", "RoleId": "AROA1", "Path": "/", "AssumeRolePolicyDocument": trust({"AWS": ADA}),
        "RolePolicyList": [{"PolicyName": "read", "PolicyDocument": policy(statement(["s3:GetObject", "sqs:SendMessage"]))}],
    }  # fmt: skip
    gaad = {"UserDetailList": [], "GroupDetailList": [], "RoleDetailList": [role], "Policies": []}

    told = imported(tmp_path / "a", "gaad", put(tmp_path / "gaad.json", gaad), "--no-organization").principals[APP]
    found = imported(tmp_path / "b", "config", put(tmp_path / "c.json", {"configurationItems": identities()})).principals[APP]

    assert [json.loads(each.document or "") for each in found.policies] == [json.loads(each.document or "") for each in told.policies]
    assert json.loads((found.trust and found.trust.document) or "") == json.loads((told.trust and told.trust.document) or "")
    assert (found.name, found.path, found.unique_id, found.boundary) == (told.name, told.path, told.unique_id, told.boundary)


def test_what_config_does_not_tell_is_unknown(tmp_path: Path) -> None:
    file = put(tmp_path / "c.json", {"configurationItems": [*identities(), *resources()]})

    done = command("import", "config", file, "--out", tmp_path / "snap", "--strict")
    estate = imported(tmp_path / "other", "config", file)

    assert done.exit_code == 3
    assert "1 items of type `AWS::EC2::Subnet` not used" in done.stderr
    assert "no item of type `AWS::IAM::Group`: whether it has any is not known" in done.stderr
    held = estate.resources[f"arn:aws:lambda:eu-west-1:{ACCOUNT}:function:f"].policy
    assert held is not None
    assert held.document is None
    assert estate.resources[BUCKET].settings["ObjectOwnership"] is None
    unknown = {(row.service, row.call) for row in read_snapshot(tmp_path / "snap").coverage if not row.outcome.is_known}
    assert {("iam", "list_groups"), ("organizations", "describe_organization"), ("ecr", "describe_repositories")} <= unknown


def test_a_query_that_left_out_policies_leaves_them_unknown(tmp_path: Path) -> None:
    row = {"accountId": ACCOUNT, "resourceType": "AWS::IAM::Role", "arn": APP, "configuration": {"roleName": "app"}}

    role = imported(tmp_path / "a", "config", put(tmp_path / "r.json", {"Results": [json.dumps(row)]})).principals[APP]

    assert [each.document for each in role.policies] == [None]
    assert (role.boundary and role.boundary.document, role.trust and role.trust.document) == (None, None)
    assert role.boundary is not None


def test_the_youngest_item_counts_and_deleted_ones_are_gone(tmp_path: Path) -> None:
    user, role, managed = identities()
    older = {
        **role,
        "configurationItemCaptureTime": "2025-01-01T00:00:00.000Z",
        "configuration": {**role["configuration"], "path": "/old/"},
    }
    gone = {**user, "configurationItemStatus": "ResourceDeleted", "configurationItemCaptureTime": "2026-02-01T00:00:00.000Z"}
    files = [put(tmp_path / f"{n}.json", {"configurationItems": items}) for n, items in enumerate(([role, managed, user], [older, gone]))]

    estate = imported(tmp_path / "a", "config", *files)

    assert [(each.arn, each.path) for each in estate.principals.values()] == [(APP, "/")]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("{", "c.json` is not JSON"),
        ({"a": 1}, "is not of AWS Config: it has none of configurationItems"),
        ({"configurationItems": [1]}, "c.json`: item 0 is not an object"),
        ({"Results": ["{"]}, "c.json`: item 0 is not an object"),
        ({"configurationItems": [{"resourceType": "AWS::IAM::Role"}]}, "c.json`: item 0 does not tell its account"),
        ({"configurationItems": [{"awsAccountId": ACCOUNT}]}, "c.json`: item 0 has no `resourceType`"),
        ('{"configurationItems": ' + "[" * 100_000, "is nested too deeply"),
    ],
)
def test_a_file_that_is_wrong_is_named(tmp_path: Path, content: Any, sentence: str) -> None:
    assert sentence in refused(tmp_path / "snap", "config", put(tmp_path / "c.json", content))


def test_a_broken_archive_is_named(tmp_path: Path) -> None:
    (tmp_path / "c.json.gz").write_bytes(gzip.compress(b"{}" * 100)[:20])

    assert "c.json.gz` is not a whole gzip file: " in refused(tmp_path / "snap", "config", tmp_path / "c.json.gz")
