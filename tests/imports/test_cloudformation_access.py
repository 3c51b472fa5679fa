"""`xgraph import cloudformation`: guardrails, access points, shares and policies of every service that a template can make."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.imports.importing import ACCOUNT, OTHER, imported, policy, put, statement, verdicts
from tests.imports.importing import xgraph as command
from tests.imports.test_terraform_access import ADA, BUCKET, EVE, MANAGEMENT, QUEUE, REGION, arn, before, is_complete
from xgraph.graph.model.coverage import Outcome
from xgraph.ingest.imports import _cloudformation_access as access
from xgraph.ingest.imports.cloudformation import _ADDED, _RESOURCES
from xgraph.ingest.services import SERVICES
from xgraph.ingest.snapshot.read import read_snapshot

__all__ = ["before"]  # a fixture

AT = ("--account", ACCOUNT, "--region", REGION, "--stack-name", "app")
IN_MANAGEMENT = ("--account", MANAGEMENT, "--region", REGION)

GUARDRAIL = f"""
Parameters:
  Where: {{Type: String, Default: "{ACCOUNT}"}}
  Suffix: {{Type: String}}
Resources:
  Guard:
    Type: AWS::Organizations::Policy
    Properties:
      Name: guard
      Type: SERVICE_CONTROL_POLICY
      TargetIds: [!Ref Where]
      Content:
        Version: 2012-10-17
        Statement: {{Effect: Deny, Action: "sqs:*", Resource: RESOURCE}}
"""


def template(path: Path, kind: str, properties: dict[str, Any], **more: Any) -> Path:
    return put(path, {"Resources": {"X": {"Type": kind, "Properties": properties, **more}}})


def test_a_guardrail_closes_a_path_and_goes_again(before: Path, tmp_path: Path) -> None:
    file = put(tmp_path / "guard.yaml", GUARDRAIL.replace("RESOURCE", '"*"'))
    nothing = put(tmp_path / "nothing.yaml", "Resources: {}")
    imported(tmp_path / "a", "cloudformation", file, "--onto", before, *IN_MANAGEMENT)
    imported(tmp_path / "b", "cloudformation", nothing, "--instead-of", file, "--onto", tmp_path / "a", *IN_MANAGEMENT)

    assert verdicts(tmp_path / "a", ADA, QUEUE, "sqs:SendMessage") == []
    assert verdicts(tmp_path / "b", ADA, QUEUE, "sqs:SendMessage") == ["ALLOWED"]


@pytest.mark.parametrize(
    ("resource", "where"), [("!ImportValue queue", ACCOUNT), ("!Sub 'arn:aws:sqs:*:*:${Suffix}'", ACCOUNT), ('"*"', "")]
)
def test_a_guardrail_of_which_a_part_is_not_known(before: Path, tmp_path: Path, resource: str, where: str) -> None:
    text = GUARDRAIL.replace("RESOURCE", resource)
    file = put(tmp_path / "guard.yaml", text if where else text.replace("!Ref Where", "!ImportValue where"))

    imported(tmp_path / "a", "cloudformation", file, "--onto", before, *IN_MANAGEMENT)

    assert verdicts(tmp_path / "a", ADA, QUEUE, "sqs:SendMessage") == ["CONDITIONAL"]


def test_an_access_point_of_a_bucket_of_the_template(before: Path, tmp_path: Path) -> None:
    text = f"""
Resources:
  Data:
    Type: AWS::S3::Bucket
    Properties: {{BucketName: data-of-app}}
  Delegates:
    Type: AWS::S3::BucketPolicy
    Properties:
      Bucket: !Ref Data
      PolicyDocument:
        Statement:
          - Effect: Allow
            Principal: "*"
            Action: "s3:*"
            Resource: [!Sub "arn:aws:s3:::${{Data}}", !Sub "arn:aws:s3:::${{Data}}/*"]
            Condition: {{StringEquals: {{"s3:DataAccessPointAccount": !Ref AWS::AccountId}}}}
  Point:
    Type: AWS::S3::AccessPoint
    Properties:
      Name: p
      Bucket: !Ref Data
      Policy:
        Statement:
          - {{Effect: Allow, Principal: {{AWS: "{EVE}"}}, Action: s3:GetObject,
             Resource: !Sub "arn:aws:s3:${{AWS::Region}}:${{AWS::AccountId}}:accesspoint/p/object/*"}}
"""
    imported(tmp_path / "a", "cloudformation", put(tmp_path / "p.yaml", text), "--onto", before, *AT)

    assert verdicts(tmp_path / "a", EVE, f"{arn('s3', 'accesspoint/p')}/object/a", "s3:GetObject") == ["ALLOWED"]
    assert verdicts(tmp_path / "a", EVE, BUCKET, "s3:GetObject") == []


# Type, properties that name the resource, the property with its policy, the ARN.
POLICIES = [
    ("AWS::CloudTrail::ResourcePolicy", {"ResourceArn": arn("cloudtrail", "channel/c")}, "ResourcePolicy", arn("cloudtrail", "channel/c")),
    ("AWS::CodeArtifact::Domain", {"DomainName": "d"}, "PermissionsPolicyDocument", arn("codeartifact", "domain/d")),
    ("AWS::CodeArtifact::Repository", {"DomainName": "d", "RepositoryName": "r"}, "PermissionsPolicyDocument", arn("codeartifact", "repository/d/r")),
    ("AWS::EventSchemas::RegistryPolicy", {"RegistryName": "r"}, "Policy", arn("schemas", "registry/r")),
    ("AWS::Lex::ResourcePolicy", {"ResourceArn": arn("lex", "bot-alias/B/A")}, "Policy", arn("lex", "bot-alias/B/A")),
    ("AWS::Logs::Destination", {"DestinationName": "d"}, "DestinationPolicy", arn("logs", "destination:d")),
    ("AWS::Logs::ResourcePolicy", {"PolicyName": "p"}, "PolicyDocument", arn("logs", "log-group:*")),
    ("AWS::MSK::ClusterPolicy", {"ClusterArn": arn("kafka", "cluster/c/1")}, "Policy", arn("kafka", "cluster/c/1")),
    ("AWS::MediaStore::Container", {"ContainerName": "c"}, "Policy", arn("mediastore", "container/c")),
    ("AWS::OpenSearchService::Domain", {"DomainName": "d"}, "AccessPolicies", arn("es", "domain/d")),
    ("AWS::S3Express::BucketPolicy", {"Bucket": "b--x-s3"}, "PolicyDocument", arn("s3express", "bucket/b--x-s3")),
    ("AWS::S3Tables::TableBucketPolicy", {"TableBucketARN": arn("s3tables", "bucket/b")}, "ResourcePolicy", arn("s3tables", "bucket/b")),
    ("AWS::SageMaker::ModelPackageGroup", {"ModelPackageGroupName": "g"}, "ModelPackageGroupPolicy", arn("sagemaker", "model-package-group/g")),
    ("AWS::VpcLattice::AuthPolicy", {"ResourceIdentifier": arn("vpc-lattice", "service/svc-1")}, "Policy", arn("vpc-lattice", "service/svc-1")),
    ("AWS::XRay::ResourcePolicy", {"PolicyName": "p"}, "PolicyDocument", arn("xray", "*")),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "named", "key", "resource"), POLICIES, ids=[each[0] for each in POLICIES])
def test_policies_of_resources(before: Path, tmp_path: Path, kind: str, named: dict[str, Any], key: str, resource: str) -> None:
    """A policy that is known is the resource's, whether it is text or an object; one of which a part is not known is not read."""
    document = policy(statement("*", Principal={"AWS": OTHER}))
    unread = {**document, "Id": {"Fn::ImportValue": "x"}}
    for number, written in enumerate((document, json.dumps(document))):
        file = template(tmp_path / "t.json", kind, {**named, key: written})
        told = imported(tmp_path / str(number), "cloudformation", file, "--onto", before, *AT).resources[resource]
        assert told.policy is not None
        assert json.loads(told.policy.document or "") == document
    file = template(tmp_path / "t.json", kind, {**named, key: unread})
    unknown = imported(tmp_path / "unknown", "cloudformation", file, "--onto", before, *AT).resources
    held = unknown[resource].policy if resource in unknown else None
    assert resource not in unknown or held is not None
    assert held is None or held.document is None or "{" not in held.document
    assert not is_complete(tmp_path / "unknown", EVE, resource, "s3:GetObject") or any(
        row.outcome is Outcome.NOT_TRIED for row in read_snapshot(tmp_path / "unknown").coverage
    )


def test_a_function_with_a_url(before: Path, tmp_path: Path) -> None:
    resources = {
        "F": {"Type": "AWS::Lambda::Function", "Properties": {"FunctionName": "f", "Role": f"arn:aws:iam::{ACCOUNT}:role/r"}},
        "U": {"Type": "AWS::Lambda::Url", "Properties": {"TargetFunctionArn": {"Fn::GetAtt": ["F", "Arn"]}, "AuthType": "NONE"}},
    }

    estate = imported(tmp_path / "a", "cloudformation", put(tmp_path / "t.json", {"Resources": resources}), "--onto", before, *AT)

    assert estate.resources[arn("lambda", "function:f")].settings["FunctionUrl"]["AuthType"] == "NONE"


def test_a_share_leaves_open_what_it_lets_do(before: Path, tmp_path: Path) -> None:
    shared = arn("imagebuilder", "component/c/1.0.0/1")
    file = template(tmp_path / "t.json", "AWS::RAM::ResourceShare", {"Name": "s", "ResourceArns": [shared], "Principals": [OTHER]})

    imported(tmp_path / "a", "cloudformation", file, "--onto", before, *AT)

    assert is_complete(tmp_path / "a", EVE, shared, "imagebuilder:GetComponent") is False


@pytest.mark.parametrize("kind", sorted(access.BEYOND))
def test_types_beyond_are_gaps(before: Path, tmp_path: Path, kind: str) -> None:
    """What can change access and is not worked out is said, and a gap of its service."""
    file = template(tmp_path / "t.json", kind, {})

    done = command("import", "cloudformation", file, "--onto", before, "--out", tmp_path / "a", *AT, "--strict")

    assert done.exit_code == 3
    assert f"`X`: what a resource of type `{kind}` changes is not known before it is deployed" in done.stderr
    rows = [row for row in read_snapshot(tmp_path / "a").coverage if row.call == "list_resources_of_change"]
    assert [(row.service, row.outcome) for row in rows] == [(access.BEYOND[kind], Outcome.NOT_TRIED)]


MAKERS = {
    "X": {"Type": "AWS::Serverless::Function", "Properties": {}},
    "Y": {"Type": "Custom::Anything"},
    "Z": {"Type": "My::Own::Thing::MODULE"},
    "Fn::ForEach::Topics": ["T", ["a", "b"], {"Topic${T}": {"Type": "AWS::SNS::Topic"}}],
    "Fn::Transform": {"Name": "AWS::Include", "Parameters": {"Location": "s3://b/k"}},
}


@pytest.mark.parametrize("logical", MAKERS)
def test_what_makes_other_resources_leaves_everything_open(before: Path, tmp_path: Path, logical: str) -> None:
    """Serverless functions, custom resources, modules, loops and inclusions: nobody knows what comes of them."""
    file = put(tmp_path / "t.json", {"Resources": {logical: MAKERS[logical]}})

    done = command("import", "cloudformation", file, "--onto", before, "--out", tmp_path / "a", *AT)

    assert done.exit_code == 0, done.stderr
    assert f"`{logical}`: what a resource of type `" in done.stderr
    assert is_complete(before, EVE, QUEUE, "sqs:SendMessage") is True
    assert is_complete(tmp_path / "a", EVE, QUEUE, "sqs:SendMessage") is False


@pytest.mark.parametrize(
    ("transform", "complete"),
    [("AWS::Serverless-2016-10-31", True), (["AWS::LanguageExtensions", "Ours"], False), ({"Name": "AWS::Include"}, False)],
)
def test_a_macro_leaves_everything_open(before: Path, tmp_path: Path, transform: Any, complete: bool) -> None:
    file = put(tmp_path / "t.json", {"Transform": transform, "Resources": {}})

    imported(tmp_path / "a", "cloudformation", file, "--onto", before, *AT)

    assert is_complete(tmp_path / "a", EVE, QUEUE, "sqs:SendMessage") is complete


# Services whose types of CloudFormation are named otherwise.
_WORDS = {
    "acm-pca": "ACMPCA", "dynamodbstreams": "DynamoDB", "kafka": "MSK", "lexv2-models": "Lex", "opensearch": "OpenSearchService",
    "redshift-serverless": "RedshiftServerless", "cloudformation": "CloudFormation", "s3-objects": "S3", "s3control": "S3", "schemas": "EventSchemas", "sesv2": "SES",
    "sso-admin": "SSO", "vpc-lattice": "VpcLattice",
}  # fmt: skip


@pytest.mark.parametrize("service", [service.name for service in SERVICES])
def test_every_service_has_types(service: str) -> None:
    word = _WORDS.get(service, service).lower()
    assert any(kind.split("::")[1].lower() == word for kind in (*_RESOURCES, *_ADDED, "AWS::S3::Bucket"))
