"""`xgraph import cloudformation`: what a template opens and closes, and what depends on what CloudFormation makes up."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.imports.importing import ACCOUNT, OTHER, imported, policy, put, refused, statement, verdicts
from tests.imports.importing import xgraph as command
from xgraph.graph.model.document import Policy

ADA = f"arn:aws:iam::{ACCOUNT}:user/ada"
QUEUE = f"arn:aws:sqs:eu-west-1:{ACCOUNT}:orders-prod"
AT = ("--account", ACCOUNT, "--region", "eu-west-1")

TEMPLATE = """
AWSTemplateFormatVersion: 2010-09-09
Parameters:
  Stage: {Type: String, Default: test}
  Trusted: {Type: CommaDelimitedList, Default: ""}
Conditions:
  IsProd: !Equals [!Ref Stage, prod]
  IsTest: !Not [!Condition IsProd]
Resources:
  Queue:
    Type: AWS::SQS::Queue
    Properties:
      QueueName: !Sub orders-${Stage}
  Sender:
    Type: AWS::IAM::Role
    Properties:
      RoleName: !Join ['-', [sender, !Ref Stage]]
      AssumeRolePolicyDocument:
        Version: 2012-10-17
        Statement:
          Effect: Allow
          Action: sts:AssumeRole
          Principal:
            AWS: !If [IsProd, !Sub 'arn:${AWS::Partition}:iam::${AWS::AccountId}:user/ada', !Ref Trusted]
      Policies:
        - PolicyName: send
          PolicyDocument:
            Version: 2012-10-17
            Statement:
              - {Effect: Allow, Action: sqs:SendMessage, Resource: !GetAtt Queue.Arn}
  OnlyInTest:
    Type: AWS::IAM::User
    Condition: IsTest
    Properties: {UserName: tester}
"""


@pytest.fixture
def before(tmp_path: Path) -> Path:
    """Ada, who may assume roles; queues were not looked at."""
    may = [{"PolicyName": "p", "PolicyDocument": policy(statement("sts:AssumeRole"))}]
    user = {"Arn": ADA, "UserName": "ada", "UserPolicyList": may}
    gaad = {"UserDetailList": [user], "RoleDetailList": [], "GroupDetailList": [], "Policies": []}
    imported(tmp_path / "before", "gaad", put(tmp_path / "gaad.json", gaad), "--no-organization")
    return tmp_path / "before"


def text(policy: Policy | None) -> Any:
    assert policy is not None
    return policy.document and json.loads(policy.document)


def test_functions_parameters_and_conditions(before: Path, tmp_path: Path) -> None:
    file, after = put(tmp_path / "app.yaml", TEMPLATE), tmp_path / "after"

    estate = imported(after, "cloudformation", file, "--onto", before, *AT, "--parameters", "Stage=prod")

    role = estate.principals[f"arn:aws:iam::{ACCOUNT}:role/sender-prod"]
    assert text(role.trust)["Statement"]["Principal"] == {"AWS": ADA}
    assert text(role.trust)["Version"] == "2012-10-17"
    assert text(role.policies[0])["Statement"] == [{"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": QUEUE}]
    assert f"arn:aws:iam::{ACCOUNT}:user/tester" not in estate.principals
    assert verdicts(after, ADA, QUEUE, "sqs:SendMessage") == ["ALLOWED"]


def test_json_says_the_same(before: Path, tmp_path: Path) -> None:
    queue = {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": {"Fn::Sub": "orders-${AWS::Region}"}}}
    deny = policy(statement("sqs:*", effect="Deny", Principal="*"))
    held = {"Type": "AWS::SQS::QueuePolicy", "Properties": {"Queues": [{"Ref": "Q"}], "PolicyDocument": deny}}
    file = put(tmp_path / "t.json", {"Resources": {"P": held, "Q": queue}})

    estate = imported(tmp_path / "after", "cloudformation", file, "--onto", before, *AT)

    assert text(estate.resources[f"arn:aws:sqs:eu-west-1:{ACCOUNT}:orders-eu-west-1"].policy) == deny


def test_a_template_closes_what_another_opened(before: Path, tmp_path: Path) -> None:
    old, new = put(tmp_path / "old.yaml", TEMPLATE), put(tmp_path / "new.yaml", TEMPLATE.replace("sqs:SendMessage", "sqs:DeleteMessage"))
    less = put(
        tmp_path / "less.yaml", TEMPLATE.split("  OnlyInTest", maxsplit=1)[0].replace("  Sender:", "  Other:").replace("sender", "other")
    )
    given = ("--parameters", "Stage=prod")
    imported(tmp_path / "open", "cloudformation", old, "--onto", before, *AT, *given)

    imported(tmp_path / "closed", "cloudformation", new, "--onto", tmp_path / "open", *AT, *given)
    gone = imported(tmp_path / "gone", "cloudformation", less, "--instead-of", old, "--onto", tmp_path / "open", *AT, *given)

    assert verdicts(tmp_path / "open", ADA, QUEUE, "sqs:SendMessage") == ["ALLOWED"]
    assert verdicts(tmp_path / "closed", ADA, QUEUE, "sqs:SendMessage") == []
    assert [each for each in gone.principals if "role" in each] == [f"arn:aws:iam::{ACCOUNT}:role/other-prod"]


NAMELESS = """
Resources:
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument: {Statement: [{Effect: Allow, Action: sts:AssumeRole, Principal: {AWS: !Ref Unknown}}]}
      ManagedPolicyArns: [!ImportValue shared, arn:aws:iam::aws:policy/ReadOnlyAccess]
  Bucket: {Type: AWS::S3::Bucket}
  Policy:
    Type: AWS::IAM::Policy
    Properties:
      PolicyName: p
      Roles: [!Ref Role]
      PolicyDocument: {Statement: [{Effect: Allow, Action: s3:*, Resource: !Sub '${Bucket.Arn}/*'}]}
  Held:
    Type: AWS::S3::BucketPolicy
    Properties:
      Bucket: !Ref Bucket
      PolicyDocument: {Statement: [{Effect: Allow, Action: s3:*, Principal: '*', Resource: '*'}]}
"""


def test_what_depends_on_made_up_names_is_not_read(before: Path, tmp_path: Path) -> None:
    file = put(tmp_path / "t.yaml", NAMELESS)

    done = command("import", "cloudformation", file, "--onto", before, *AT, "--stack-name", "app", "--out", tmp_path / "a", "--strict")
    estate = imported(tmp_path / "b", "cloudformation", file, "--onto", before, *AT, "--stack-name", "app")

    assert done.exit_code == 3
    assert (
        f"`Role`: its name is not known before it is deployed; it stands as `arn:aws:iam::{ACCOUNT}:role/app-Role-UNKNOWN`" in done.stderr
    )
    role = estate.principals[f"arn:aws:iam::{ACCOUNT}:role/app-Role-UNKNOWN"]
    assert text(role.trust) is None
    assert {each.name.rpartition("#")[2]: each.document for each in role.policies} == {
        "inline/*": None,
        "arn:aws:iam::aws:policy/ReadOnlyAccess": None,
        "inline/p": None,
    }
    assert text(estate.resources["arn:aws:s3:::app-bucket-unknown"].policy)["Statement"][0]["Principal"] == "*"


def test_parameters_from_a_file(before: Path, tmp_path: Path) -> None:
    given = put(
        tmp_path / "p.json", [{"ParameterKey": "Stage", "ParameterValue": "prod"}, {"ParameterKey": "Trusted", "ParameterValue": OTHER}]
    )

    estate = imported(tmp_path / "a", "cloudformation", put(tmp_path / "t.yaml", TEMPLATE), "--onto", before, *AT, "--parameters", given)

    assert f"arn:aws:iam::{ACCOUNT}:role/sender-prod" in estate.principals


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("", "is not a template of CloudFormation: it has no `Resources`"),
        ("Resources: [", "is not a template: "),
        ("Resources: {A: {Type: AWS::IAM::Role, Type: x}}", "the key `Type` stands twice at line 1, column 39"),
        ("A: &a {x: 1}\nB: *a\nResources: {}", "aliases are not part of CloudFormation at line 2, column 4"),
        ("Resources: {A: !!python/object/apply:os.system [ls]}", "could not determine a constructor"),
        ("Resources: {A: {}}", "the resource `A` has no `Type`"),
        ("Resources: {A: {Type: AWS::IAM::Role, Properties: []}}", "the `Properties` of the resource `A` are no object"),
        ("{" + '"Resources": ' + "[" * 100_000, "is nested too deeply"),
        ("Resources: " + "[" * 5_000, "is nested too deeply"),
    ],
)
def test_a_template_that_is_wrong_is_refused(before: Path, tmp_path: Path, content: str, sentence: str) -> None:
    assert sentence in refused(tmp_path / "after", "cloudformation", put(tmp_path / "t.yaml", content), "--onto", before, *AT)


def test_a_parameter_that_is_not_there_is_refused(before: Path, tmp_path: Path) -> None:
    file = put(tmp_path / "t.yaml", TEMPLATE)

    assert "has no parameter `Stag`" in refused(tmp_path / "a", "cloudformation", file, "--onto", before, *AT, "--parameters", "Stag=x")


def test_policies_that_a_template_no_longer_lists_are_gone(before: Path, tmp_path: Path) -> None:
    old = put(tmp_path / "old.yaml", TEMPLATE)
    new = put(tmp_path / "new.yaml", TEMPLATE.partition("      Policies:")[0])
    given = ("--parameters", "Stage=prod")
    imported(tmp_path / "open", "cloudformation", old, "--onto", before, *AT, *given)

    gone = imported(tmp_path / "closed", "cloudformation", new, "--instead-of", old, "--onto", tmp_path / "open", *AT, *given)

    assert gone.principals[f"arn:aws:iam::{ACCOUNT}:role/sender-prod"].policies == ()
    assert verdicts(tmp_path / "closed", ADA, QUEUE, "sqs:SendMessage") == []


PERMITTED = """
Resources:
  Function: {Type: AWS::Lambda::Function, Properties: {FunctionName: f}}
  Known: {Type: AWS::Lambda::Permission, Properties: {FunctionName: !GetAtt Function.Arn, Action: lambda:InvokeFunction, Principal: %s}}
  Bus: {Type: AWS::Events::EventBus, Properties: {Name: b}}
  OnBus: {Type: AWS::Events::EventBusPolicy, Properties: {EventBusName: !Ref Bus, StatementId: s, Principal: '*', Action: events:PutEvents}}
"""


@pytest.mark.parametrize(("principal", "expected"), [(f"'{OTHER}'", {"AWS": OTHER}), ("s3.amazonaws.com", {"Service": "s3.amazonaws.com"})])
def test_permissions_of_functions_are_statements(before: Path, tmp_path: Path, principal: str, expected: Any) -> None:
    file = put(tmp_path / "t.yaml", PERMITTED % principal)

    estate = imported(tmp_path / "after", "cloudformation", file, "--onto", before, *AT)

    function = f"arn:aws:lambda:eu-west-1:{ACCOUNT}:function:f"
    (made,) = text(estate.resources[function].policy)["Statement"]
    assert (made["Principal"], made["Action"], made["Resource"]) == (expected, "lambda:InvokeFunction", function)
    bus = estate.resources[f"arn:aws:events:eu-west-1:{ACCOUNT}:event-bus/b"].policy
    assert bus is not None
    assert bus.document == "not known before it is deployed"


def test_a_permission_with_an_unknown_part_is_not_read(before: Path, tmp_path: Path) -> None:
    file = put(tmp_path / "t.yaml", PERMITTED % "!ImportValue x")

    estate = imported(tmp_path / "after", "cloudformation", file, "--onto", before, *AT)

    assert text(estate.resources[f"arn:aws:lambda:eu-west-1:{ACCOUNT}:function:f"].policy) is None


def test_a_role_whose_tags_are_not_known(before: Path, tmp_path: Path) -> None:
    lets = policy(statement("sqs:SendMessage", QUEUE))
    document = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": ADA}}]}
    role = {"RoleName": "r", "AssumeRolePolicyDocument": document, "Policies": [{"PolicyName": "p", "PolicyDocument": lets}]}
    tags = [{"Key": "team", "Value": {"Fn::ImportValue": "team"}}]
    queue = {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "orders-prod"}}
    for number, properties in enumerate((role, {**role, "Tags": tags})):
        file = put(tmp_path / "t.json", {"Resources": {"Q": queue, "R": {"Type": "AWS::IAM::Role", "Properties": properties}}})
        imported(tmp_path / str(number), "cloudformation", file, "--onto", before, *AT)

    assert verdicts(tmp_path / "0", ADA, QUEUE, "sqs:SendMessage") == ["ALLOWED"]
    assert verdicts(tmp_path / "1", ADA, QUEUE, "sqs:SendMessage") == ["CONDITIONAL"]
