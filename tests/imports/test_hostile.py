"""Input of every other shape is refused in one sentence or taken, and never ends in an error of ours."""

from __future__ import annotations

import copy
import inspect
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tests.imports.importing import ACCOUNT, imported, policy, put, statement, trust
from xgraph.ingest.estate import build_estate
from xgraph.ingest.imports import _cloudformation_access, _terraform_access, _terraform_types, cloudformation
from xgraph.ingest.imports.aws_cli import import_aws_cli
from xgraph.ingest.imports.cloudformation import import_cloudformation
from xgraph.ingest.imports.config import import_config
from xgraph.ingest.imports.iam_collect import import_iam_collect
from xgraph.ingest.imports.terraform import TYPES as TERRAFORM
from xgraph.ingest.imports.terraform import Place, import_terraform
from xgraph.ingest.snapshot.layout import SnapshotError
from xgraph.ingest.snapshot.read import read_snapshot

ROLE = f"arn:aws:iam::{ACCOUNT}:role/app"
ODD: tuple[Any, ...] = (3, {"x": [3]})

BLOCK = {"blockPublicAcls": True}
CONFIG = {
    "configurationItems": [
        {
            "awsAccountId": ACCOUNT, "awsRegion": "eu-west-1", "ARN": "arn:aws:s3:::b", "resourceType": "AWS::S3::Bucket", "resourceName": "b",
            "configuration": {"name": "b"}, "tags": {"a": "b"}, "supplementaryConfiguration": {
                "BucketPolicy": {"policyText": "{}"}, "PublicAccessBlockConfiguration": BLOCK, "OwnershipControls": {"rules": [{}]},
                "AccessControlList": {"owner": {"id": "c"}, "grantList": [{"grantee": "AllUsers", "permission": "Read"}]},
            },
        },
        {
            "awsAccountId": ACCOUNT, "awsRegion": "global", "ARN": ROLE, "resourceType": "AWS::IAM::Role", "configuration": {
                "roleName": "app", "rolePolicyList": [{"policyName": "p", "policyDocument": "{}"}], "permissionsBoundary": None,
                "attachedManagedPolicies": [{"policyArn": "arn:aws:iam::aws:policy/X"}], "assumeRolePolicyDocument": "{}",
            },
        },
    ]
}  # fmt: skip
PLAN = {
    "format_version": "1.2",
    "configuration": {"root_module": {"resources": [
        {"address": "aws_iam_role_policy.p", "type": "aws_iam_role_policy", "expressions": {"role": {"references": ["aws_iam_role.app"]}}}
    ]}},
    "resource_changes": [
        {"address": "aws_iam_role.app", "type": "aws_iam_role", "change": {"actions": ["create"], "after": {
            "name": "app", "assume_role_policy": "{}", "tags_all": {"a": "b"}, "inline_policy": [{"name": "p", "policy": "{}"}]}}},
        {"address": "aws_iam_role_policy.p", "type": "aws_iam_role_policy", "change": {
            "actions": ["create"], "after": {"name": "p", "policy": "{}"}, "after_unknown": {"role": True}}},
        {"address": "aws_s3_bucket_ownership_controls.b", "type": "aws_s3_bucket_ownership_controls", "change": {
            "actions": ["create"], "after": {"bucket": "b", "rule": [{"object_ownership": "ObjectWriter"}]}}},
        {"address": "aws_sqs_queue.q", "type": "aws_sqs_queue", "change": {"actions": ["create"], "after": {"name": "q", "policy": "{}"}}},
    ],
}  # fmt: skip
TEMPLATE = {
    "Transform": [{"Name": "Ours"}],
    "Parameters": {"P": {"Type": "String", "Default": "x"}},
    "Conditions": {"C": {"Fn::Equals": [{"Ref": "P"}, "x"]}},
    "Resources": {
        "R": {"Type": "AWS::IAM::Role", "Condition": "C", "Properties": {
            "RoleName": {"Fn::Join": ["-", ["a", {"Ref": "P"}]]}, "AssumeRolePolicyDocument": trust({"AWS": {"Fn::Sub": "${AWS::AccountId}"}}),
            "Policies": [{"PolicyName": "p", "PolicyDocument": policy(statement("s3:*"))}], "Tags": [{"Key": "a", "Value": "b"}]}},
        "B": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "b", "OwnershipControls": {"Rules": [{"ObjectOwnership": "x"}]}}},
        "Q": {"Type": "AWS::SQS::QueuePolicy", "Properties": {"Queues": [{"Fn::GetAtt": ["X", "Arn"]}], "PolicyDocument": policy()}},
    },
}  # fmt: skip
DETAILS = {"RoleDetailList": [{"Arn": ROLE, "RoleName": "app", "RolePolicyList": [{"PolicyName": "p", "PolicyDocument": policy()}]}]}


def others(value: Any) -> Iterator[Any]:
    """`value` with each of its parts in turn replaced by something odd, or left out."""
    for path in paths(value):
        for odd in (*ODD, Ellipsis):
            changed = copy.deepcopy(value)
            at = changed
            for name in path[:-1]:
                at = at[name]
            if odd is Ellipsis:
                del at[path[-1]]
            else:
                at[path[-1]] = odd
            yield changed


def paths(value: Any, above: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    for name, each in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield (*above, name)
        yield from paths(each, (*above, name))


@pytest.fixture
def before(tmp_path: Path) -> Path:
    imported(tmp_path / "before", "gaad", put(tmp_path / "g" / ACCOUNT / "gaad.json", DETAILS), "--no-organization")
    return tmp_path / "before"


Run = Callable[[Path, Path, Path], object]
IMPORTS: dict[str, tuple[Any, Run]] = {
    "config": (CONFIG, lambda file, _, out: import_config((file,), out, force=True)),
    "terraform": (PLAN, lambda file, onto, out: import_terraform(file, onto, out, force=True)),
    "cloudformation": (
        TEMPLATE,
        lambda file, onto, out: import_cloudformation(file, onto, out, account=ACCOUNT, region="eu-west-1", force=True),
    ),
    "aws-cli": (DETAILS, lambda file, _, out: import_aws_cli(file.parent, out, account=ACCOUNT, force=True)),
}


@pytest.mark.parametrize("kind", IMPORTS)
def test_parts_of_any_other_shape(kind: str, before: Path, tmp_path: Path) -> None:
    """Taken, and then read without an error, or refused in a sentence; the one or the other happens."""
    content, run = IMPORTS[kind]
    file, out, said, taken = tmp_path / "in" / "file.json", tmp_path / "out", [], 0
    for changed in others(content):
        put(file, changed)
        try:
            run(file, before, out)
        except SnapshotError as error:
            said.append(str(error))
        else:
            build_estate(read_snapshot(out))
            taken += 1

    assert taken
    assert {len(sentence.splitlines()) for sentence in said} == {1}


def test_a_store_with_parts_of_any_other_shape(tmp_path: Path) -> None:
    account = tmp_path / "store" / "accounts" / ACCOUNT
    files = {
        account / "iam" / "role" / "app" / "metadata.json": {"arn": ROLE, "name": "app", "path": "/"},
        account / "iam" / "role" / "app" / "inline-policies.json": [{"PolicyName": "p", "PolicyDocument": policy()}],
        account / "iam" / "role" / "app" / "tags.json": {"a": "b"},
        account / "s3" / "b" / "metadata.json": {"arn": "arn:aws:s3:::b", "name": "b", "region": "eu-west-1"},
        account / "s3" / "b" / "encryption.json": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms"}}],
    }
    said = []
    for file, content in files.items():
        put(file, content)
    for file, content in files.items():
        for changed in (*others(content), *ODD):
            put(file, json.dumps(changed))
            try:
                import_iam_collect(tmp_path / "store", tmp_path / "out", force=True)
            except SnapshotError as error:
                said.append(str(error))
            else:
                build_estate(read_snapshot(tmp_path / "out"))
        put(file, content)

    assert {len(sentence.splitlines()) for sentence in said} == {1}


def attributes_in(module: ModuleType) -> set[str]:
    """Every text in a module's source that could be the name of an attribute or property."""
    return set(re.findall(r'"([A-Za-z][A-Za-z0-9_]*)"', inspect.getsource(module)))


@pytest.mark.parametrize("odd", [None, 3, "", "x:y/z", [3], {"x": [3]}], ids=str)
@pytest.mark.parametrize("kind", ["terraform", "cloudformation"])
def test_types_with_values_of_any_other_shape(kind: str, odd: Any, before: Path, tmp_path: Path) -> None:
    """Every type of resource that is used, all of its attributes being odd, and again when it is removed."""
    file, out, said, taken = tmp_path / "in" / "file.json", tmp_path / "out", [""], 0
    modules = (_terraform_types, _terraform_access) if kind == "terraform" else (cloudformation, _cloudformation_access)
    values = dict.fromkeys(sorted(set().union(*map(attributes_in, modules))), odd)
    types = TERRAFORM if kind == "terraform" else {**cloudformation._ADDED, **dict.fromkeys(cloudformation._NAMES)}
    for type_ in types:
        if kind == "terraform":
            changes = [
                {"address": f"{type_}.{actions[0]}", "type": type_, "change": {"actions": actions, "before": values, "after": values}}
                for actions in (["create"], ["update"], ["delete"])
            ]
            content: Any = {"format_version": "1.2", "resource_changes": changes}
        else:
            content = {"Resources": {"X": {"Type": type_, "Properties": values}}}
        put(file, content)
        try:
            if kind == "terraform":
                import_terraform(file, before, out, place=Place(ACCOUNT, "eu-west-1"), force=True)
            else:
                import_cloudformation(file, before, out, account=ACCOUNT, region="eu-west-1", instead_of=file, force=True)
        except SnapshotError as error:
            said.append(str(error))
        else:
            build_estate(read_snapshot(out))
            taken += 1

    assert taken
    assert {len(sentence.splitlines()) for sentence in said} <= {0, 1}
