"""`xgraph import terraform`: guardrails, grants, shares and policies of every service that a plan can change."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.imports.importing import ACCOUNT, OTHER, imported, policy, put, statement, verdicts
from tests.imports.importing import xgraph as command
from tests.imports.test_terraform import change, plan
from xgraph.graph.model.coverage import Outcome
from xgraph.ingest.imports import _terraform_access as access
from xgraph.ingest.imports._terraform_types import TYPES
from xgraph.ingest.services import SERVICES
from xgraph.ingest.snapshot.read import read_snapshot

REGION = "eu-west-1"
MANAGEMENT, ORGANIZATION = "100000000001", "o-aaaaaaaaaa"
ADA, EVE = f"arn:aws:iam::{ACCOUNT}:user/ada", f"arn:aws:iam::{OTHER}:user/eve"
BUCKET = "arn:aws:s3:::reports"
KEY = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/11111111-1111-4111-8111-111111111111"
QUEUE = f"arn:aws:sqs:{REGION}:{ACCOUNT}:orders"
SCP = "SERVICE_CONTROL_POLICY"


def details(user: str) -> dict[str, Any]:
    may = [{"PolicyName": "p", "PolicyDocument": policy(statement("*"))}]
    return {"UserDetailList": [{"Arn": user, "UserName": user.rpartition("/")[2], "UserPolicyList": may}], "RoleDetailList": [],
            "GroupDetailList": [], "Policies": []}  # fmt: skip


def organization() -> dict[str, Any]:
    arn = f"arn:aws:organizations::{MANAGEMENT}"
    policies, attached = [], []
    for kind, name in ((SCP, "FullAWSAccess"), ("RESOURCE_CONTROL_POLICY", "RCPFullAWSAccess")):
        grant = {"Principal": "*"} if kind != SCP else {}
        content = policy(statement("*", **grant))
        policies.append({"Id": f"p-{name}", "Arn": f"{arn}:policy/{name}", "Name": name, "Type": kind, "Content": content})
        attached.append(f"p-{name}")
    types = [{"Type": each["Type"], "Status": "ENABLED"} for each in policies]
    accounts = [
        {"Id": each, "Name": each, "Arn": f"{arn}:account/{ORGANIZATION}/{each}", "Parent": "r-aaaa"}
        for each in (MANAGEMENT, ACCOUNT, OTHER)
    ]
    return {
        "Organization": {"Id": ORGANIZATION, "Arn": f"{arn}:organization/{ORGANIZATION}", "MasterAccountId": MANAGEMENT, "FeatureSet": "ALL"},
        "Roots": [{"Id": "r-aaaa", "Name": "Root", "PolicyTypes": types}], "OrganizationalUnits": [], "Accounts": accounts,
        "Policies": policies, "Attachments": [{"TargetId": each, "PolicyIds": attached} for each in ("r-aaaa", MANAGEMENT, ACCOUNT, OTHER)],
    }  # fmt: skip


@pytest.fixture
def before(tmp_path: Path) -> Path:
    """Ada and Eve, in two accounts of an organization, may do everything that others let them; a bucket, a queue and a key are Ada's."""
    block = dict.fromkeys(("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets"), True)
    bucket = {
        "Name": "reports", "Region": REGION, "Policy": None, "OwnershipControls": "BucketOwnerEnforced", "PublicAccessBlock": block,
        "Tags": {}, "Acl": {"Owner": {"ID": "c0"}, "Grants": []}, "Encryption": "SSE-S3",
    }  # fmt: skip
    owner = policy(statement("kms:*", Principal={"AWS": ACCOUNT}))
    key = {"Arn": KEY, "KeyManager": "CUSTOMER", "Policy": owner, "Grants": [], "Tags": {}}
    mine = {
        "AccountId": ACCOUNT, "Buckets": [bucket], "Queues": [{"Arn": QUEUE, "Policy": None, "Tags": {}}], "Tables": [], "Keys": [key],
        "AccountPublicAccessBlock": block,
    }  # fmt: skip
    none = [
        {"AccountId": each, "Buckets": [], "Queues": [], "Tables": [], "AccountPublicAccessBlock": block} for each in (OTHER, MANAGEMENT)
    ]
    boss = put(tmp_path / MANAGEMENT / "gaad.json", details(f"arn:aws:iam::{MANAGEMENT}:user/boss"))
    out = tmp_path / "before"
    imported(
        out, "gaad", put(tmp_path / ACCOUNT / "gaad.json", details(ADA)), put(tmp_path / OTHER / "gaad.json", details(EVE)), boss,
        "--organization", put(tmp_path / "org.json", organization()),
        "--resources", put(tmp_path / "mine.json", mine), "--resources", put(tmp_path / "none.json", none[0]), "--resources", put(tmp_path / "nothing.json", none[1]),
    )  # fmt: skip
    return out


def after(before: Path, tmp_path: Path, *changes: dict[str, Any], account: str = ACCOUNT, **more: Any) -> Path:
    file = plan(tmp_path, *changes, **more)
    done = command("import", "terraform", file, "--onto", before, "--out", tmp_path / "after", "--account", account, "--region", REGION)
    assert done.exit_code == 0, done.stderr
    return tmp_path / "after"


def is_complete(snapshot: Path, source: str, target: str, action: str) -> Any:
    """Whether nothing that is not known could open further ways, as the command tells it."""
    done = command("paths", "--snapshot", snapshot, "--from", source, "--to", target, "--action", action, "--format", "json")
    assert done.exit_code == 0, done.stderr
    return json.loads(done.stdout)["complete"]


def guardrail(*statements: dict[str, Any]) -> dict[str, Any]:
    return change(
        "aws_organizations_policy.g", {"name": "g", "type": SCP, "content": json.dumps(policy(*statements))}, unknown=["id", "arn"]
    )


ATTACHED = change("aws_organizations_policy_attachment.g", {"target_id": ACCOUNT}, unknown=["policy_id", "id"])
REFERENCES = {"aws_organizations_policy_attachment.g": {"policy_id": ["aws_organizations_policy.g.id", "aws_organizations_policy.g"]}}
DENY = statement("sqs:*", effect="Deny")


def test_a_guardrail_that_the_plan_attaches_closes_a_path(before: Path, tmp_path: Path) -> None:
    snapshot = after(before, tmp_path, guardrail(DENY), ATTACHED, account=MANAGEMENT, references=REFERENCES)

    assert verdicts(before, ADA, QUEUE, "sqs:SendMessage") == ["ALLOWED"]
    assert verdicts(snapshot, ADA, QUEUE, "sqs:SendMessage") == []
    assert verdicts(snapshot, ADA, BUCKET, "s3:GetObject") == ["ALLOWED"]


def test_a_guardrail_that_is_known_after_apply_leaves_it_open(before: Path, tmp_path: Path) -> None:
    unread = change("aws_organizations_policy.g", {"name": "g", "type": SCP}, unknown=["content", "id"])
    somewhere = change("aws_organizations_policy_attachment.g", {}, unknown=["policy_id", "target_id", "id"])

    snapshot = after(before, tmp_path, unread, ATTACHED, account=MANAGEMENT, references=REFERENCES)
    assert verdicts(snapshot, ADA, QUEUE, "sqs:SendMessage") == ["CONDITIONAL"]
    (tmp_path / "b").mkdir()
    snapshot = after(before, tmp_path / "b", guardrail(DENY), somewhere, account=MANAGEMENT, references=REFERENCES)
    assert verdicts(snapshot, ADA, QUEUE, "sqs:SendMessage") == ["CONDITIONAL"]


def test_a_guardrail_that_the_plan_takes_off_opens_it(before: Path, tmp_path: Path) -> None:
    closed = after(before, tmp_path, guardrail(DENY), ATTACHED, account=MANAGEMENT, references=REFERENCES)
    (tmp_path / "b").mkdir()
    held = {"id": f"{ACCOUNT}:p-aws-organizations-policy-g", "policy_id": "p-aws-organizations-policy-g", "target_id": ACCOUNT}
    gone = change("aws_organizations_policy_attachment.g", None, held)

    snapshot = after(closed, tmp_path / "b", gone, account=MANAGEMENT)

    assert verdicts(closed, ADA, QUEUE, "sqs:SendMessage") == []
    assert verdicts(snapshot, ADA, QUEUE, "sqs:SendMessage") == ["ALLOWED"]


def test_what_is_not_of_the_organization_stays_as_it_was(before: Path, tmp_path: Path) -> None:
    snapshot = read_snapshot(after(before, tmp_path, guardrail(DENY), ATTACHED, account=MANAGEMENT, references=REFERENCES))

    told = read_snapshot(before)
    assert {place for place in told.files if told.files[place] != snapshot.files[place]} == {
        place for place in told.files if place.service == "organizations"
    }
    rows = [row for row in snapshot.coverage if row.service == "organizations"]
    assert len(rows) == len({(row.call, row.parameters) for row in rows})


def test_a_grant_on_a_key(before: Path, tmp_path: Path) -> None:
    given = {"name": "g", "key_id": KEY, "grantee_principal": EVE, "operations": ["Decrypt"], "constraints": []}
    grant = change("aws_kms_grant.g", given, unknown=["grant_id", "grant_token", "id"])
    some = change("aws_kms_grant.g", {**given, "grantee_principal": None}, unknown=["grantee_principal", "grant_id"])

    snapshot = after(before, tmp_path, grant)
    (tmp_path / "b").mkdir()
    unknown = after(before, tmp_path / "b", some)

    assert verdicts(before, EVE, KEY, "kms:Decrypt") == []
    assert verdicts(snapshot, EVE, KEY, "kms:Decrypt") == ["ALLOWED"]
    assert verdicts(unknown, EVE, KEY, "kms:Decrypt") != ["ALLOWED"]
    assert ("list_grants", Outcome.NOT_TRIED) in {(row.call, row.outcome) for row in read_snapshot(unknown).coverage}


def test_an_access_point_with_its_policy(before: Path, tmp_path: Path) -> None:
    point = f"arn:aws:s3:{REGION}:{ACCOUNT}:accesspoint/p"
    lets = policy(statement("s3:GetObject", f"{point}/object/*", Principal={"AWS": EVE}))
    block = [dict.fromkeys(("block_public_acls", "block_public_policy", "ignore_public_acls", "restrict_public_buckets"), True)]
    given = {
        "name": "p",
        "bucket": "reports",
        "policy": json.dumps(lets),
        "public_access_block_configuration": block,
        "vpc_configuration": [],
    }
    delegated = policy(statement("s3:*", f"{BUCKET}/*", Principal="*", Condition={"StringEquals": {"s3:DataAccessPointAccount": ACCOUNT}}))
    changes = (
        change("aws_s3_access_point.p", given, unknown=["arn", "id", "alias"]),
        change("aws_s3_bucket_policy.b", {"bucket": "reports", "policy": json.dumps(delegated)}),
    )

    snapshot = after(before, tmp_path, *changes)

    assert verdicts(snapshot, EVE, f"{point}/object/a", "s3:GetObject") == ["ALLOWED"]
    (tmp_path / "b").mkdir()
    unknown = after(
        before, tmp_path / "b", change("aws_s3_access_point.p", {**given, "policy": None}, unknown=["policy", "arn"]), changes[1]
    )
    assert verdicts(unknown, EVE, f"{point}/object/a", "s3:GetObject") != ["ALLOWED"]


def arn(service: str, resource: str) -> str:
    return f"arn:aws:{service}:{REGION}:{ACCOUNT}:{resource}"


# Type, attributes that name the resource, the attribute with its policy, the ARN.
POLICIES = [
    ("aws_acmpca_policy", {"resource_arn": arn("acm-pca", "certificate-authority/1")}, "policy", arn("acm-pca", "certificate-authority/1")),
    ("aws_api_gateway_rest_api_policy", {"rest_api_id": "abc"}, "policy", arn("execute-api", "abc")),
    ("aws_bedrock_resource_policy", {"resource_arn": arn("bedrock", "guardrail/g")}, "policy", arn("bedrock", "guardrail/g")),
    ("aws_cloudwatch_log_destination_policy", {"destination_name": "d"}, "access_policy", arn("logs", "destination:d")),
    ("aws_codeartifact_domain_permissions_policy", {"domain": "d"}, "policy_document", arn("codeartifact", "domain/d")),
    (
        "aws_codeartifact_repository_permissions_policy",
        {"domain": "d", "repository": "r"},
        "policy_document",
        arn("codeartifact", "repository/d/r"),
    ),
    ("aws_dynamodb_resource_policy", {"resource_arn": arn("dynamodb", "table/t")}, "policy", arn("dynamodb", "table/t")),
    ("aws_dynamodb_resource_policy", {"resource_arn": arn("dynamodb", "table/t/stream/s")}, "policy", arn("dynamodb", "table/t/stream/s")),
    (
        "aws_kinesis_resource_policy",
        {"resource_arn": arn("kinesis", "stream/s/consumer/c:1")},
        "policy",
        arn("kinesis", "stream/s/consumer/c:1"),
    ),
    ("aws_media_store_container_policy", {"container_name": "c"}, "policy", arn("mediastore", "container/c")),
    ("aws_msk_cluster_policy", {"cluster_arn": arn("kafka", "cluster/c/1")}, "policy", arn("kafka", "cluster/c/1")),
    ("aws_opensearch_domain", {"domain_name": "d"}, "access_policies", arn("es", "domain/d")),
    ("aws_opensearch_domain_policy", {"domain_name": "d"}, "access_policies", arn("es", "domain/d")),
    ("aws_redshift_resource_policy", {"resource_arn": arn("redshift", "namespace:n")}, "policy", arn("redshift", "namespace:n")),
    (
        "aws_redshiftserverless_resource_policy",
        {"resource_arn": arn("redshift-serverless", "namespace/n")},
        "policy",
        arn("redshift-serverless", "namespace/n"),
    ),
    ("aws_s3tables_table_bucket_policy", {"table_bucket_arn": arn("s3tables", "bucket/b")}, "resource_policy", arn("s3tables", "bucket/b")),
    (
        "aws_sagemaker_model_package_group_policy",
        {"model_package_group_name": "g"},
        "resource_policy",
        arn("sagemaker", "model-package-group/g"),
    ),
    ("aws_schemas_registry_policy", {"registry_name": "r"}, "policy", arn("schemas", "registry/r")),
    (
        "aws_sesv2_email_identity_policy",
        {"email_identity": "example.com", "policy_name": "p"},
        "policy",
        arn("ses", "identity/example.com"),
    ),
    (
        "aws_ses_identity_policy",
        {"identity": arn("ses", "identity/example.com"), "name": "p"},
        "policy",
        arn("ses", "identity/example.com"),
    ),
    ("aws_glacier_vault", {"name": "v", "arn": arn("glacier", "vaults/v")}, "access_policy", arn("glacier", "vaults/v")),
    (
        "aws_vpclattice_auth_policy",
        {"resource_identifier": arn("vpc-lattice", "service/svc-1")},
        "policy",
        arn("vpc-lattice", "service/svc-1"),
    ),
]


@pytest.mark.parametrize(
    ("kind", "named", "key", "resource"), POLICIES, ids=[f"{each[0]} {each[3].rpartition(':')[2]}" for each in POLICIES]
)
def test_policies_of_resources(before: Path, tmp_path: Path, kind: str, named: dict[str, str], key: str, resource: str) -> None:
    """A policy that is known is the resource's, one that is not is unread, one that goes is none."""
    document = policy(statement("*", Principal={"AWS": OTHER}))
    file = plan(tmp_path, change(f"{kind}.x", {**named, key: json.dumps(document)}))
    options = ("--onto", before, "--account", ACCOUNT, "--region", REGION)
    told = imported(tmp_path / "told", "terraform", file, *options).resources[resource]
    unknown = imported(tmp_path / "unknown", "terraform", plan(tmp_path, change(f"{kind}.x", named, unknown=[key])), *options).resources

    assert told.policy is not None
    assert json.loads(told.policy.document or "") == document
    assert told.account == ACCOUNT
    if resource in unknown:  # else nothing at all is known of it, which is unknown as well
        held = unknown[resource].policy
        assert held is not None
        assert held.document is None or "{" not in held.document
    assert any(row.outcome is Outcome.NOT_TRIED for row in read_snapshot(tmp_path / "unknown").coverage)


def test_the_registry_of_ecr_and_the_policies_of_logs(before: Path, tmp_path: Path) -> None:
    repository = arn("ecr", "repository/app")
    document = policy(statement("*", Principal={"AWS": OTHER}))
    changes = (
        change("aws_ecr_repository.app", {"name": "app"}, unknown=["arn"]),
        change("aws_ecr_registry_policy.r", {"policy": json.dumps(document)}),
        change("aws_cloudwatch_log_resource_policy.p", {"policy_name": "p", "policy_document": json.dumps(document)}),
    )

    estate = imported(tmp_path / "a", "terraform", plan(tmp_path, *changes), "--onto", before, "--account", ACCOUNT, "--region", REGION)

    assert json.loads(estate.resources[repository].settings["RegistryPolicy"]) == document
    held = estate.resources[arn("logs", "log-group:*")].policy
    assert held is not None
    assert json.loads(held.document or "") == document


def test_the_policy_of_a_catalog(before: Path, tmp_path: Path) -> None:
    """What shares add is not known of a catalog of which nothing was."""
    document = policy(statement("glue:*", Principal={"AWS": OTHER}))
    made = change("aws_glue_resource_policy.p", {"policy": json.dumps(document)})

    imported(tmp_path / "a", "terraform", plan(tmp_path, made), "--onto", before, "--account", ACCOUNT, "--region", REGION)

    content = json.loads((tmp_path / "a" / "accounts" / ACCOUNT / f"glue.{REGION}.json").read_text())
    (answer,) = [each["answer"] for each in content["calls"] if each["call"] == "get_resource_policy"]
    assert json.loads(answer["PolicyInJson"]) == document
    assert is_complete(tmp_path / "a", EVE, arn("glue", "database/d"), "glue:GetDatabase") is False


def test_a_function_url(before: Path, tmp_path: Path) -> None:
    function = arn("lambda", "function:f")
    changes = (
        change("aws_lambda_function.f", {"function_name": "f", "arn": function, "role": f"arn:aws:iam::{ACCOUNT}:role/r"}),
        change("aws_lambda_function_url.f", {"function_name": "f", "authorization_type": "NONE", "qualifier": None}),
    )

    estate = imported(tmp_path / "a", "terraform", plan(tmp_path, *changes), "--onto", before, "--account", ACCOUNT, "--region", REGION)

    assert estate.resources[function].settings["FunctionUrl"]["AuthType"] == "NONE"


def test_a_provider_of_tokens(before: Path, tmp_path: Path) -> None:
    made = change("aws_iam_openid_connect_provider.p", {"url": "https://tokens.example.com"}, unknown=["arn"])

    estate = imported(tmp_path / "a", "terraform", plan(tmp_path, made), "--onto", before, "--account", ACCOUNT)

    assert f"arn:aws:iam::{ACCOUNT}:oidc-provider/tokens.example.com" in estate.providers


def test_a_share_leaves_open_what_it_lets_do(before: Path, tmp_path: Path) -> None:
    shared = arn("imagebuilder", "component/c/1.0.0/1")
    made = change("aws_ram_resource_association.a", {"resource_arn": shared}, unknown=["resource_share_arn"])

    snapshot = after(before, tmp_path, made)

    done = command(
        "paths", "--snapshot", snapshot, "--from", EVE, "--to", shared, "--action", "imagebuilder:GetComponent", "--format", "json"
    )
    answer = json.loads(done.stdout)
    assert answer["complete"] is False
    assert "ram" in {gap["service"] for gap in answer["coverage_gaps"]}


@pytest.mark.parametrize("kind", sorted(access.BEYOND))
def test_types_beyond_are_gaps(before: Path, tmp_path: Path, kind: str) -> None:
    """What can change access and is not worked out is said, and a gap of its service."""
    file = plan(tmp_path, change(f"{kind}.x", {"name": "x"}))

    done = command(
        "import", "terraform", file, "--onto", before, "--out", tmp_path / "a", "--account", ACCOUNT, "--region", REGION, "--strict"
    )

    assert done.exit_code == 3
    assert f"`{kind}.x`: what a resource of type `{kind}` changes is not known before it is deployed" in done.stderr
    rows = [row for row in read_snapshot(tmp_path / "a").coverage if f"{kind}.x" in row.parameters]
    assert [(row.service, row.outcome) for row in rows] == [(access.BEYOND[kind], Outcome.NOT_TRIED)]


def test_the_other_provider_leaves_everything_open(before: Path, tmp_path: Path) -> None:
    snapshot = after(before, tmp_path, change("awscc_iam_role.x", {"role_name": "x"}))

    assert is_complete(before, EVE, QUEUE, "sqs:SendMessage") is True
    assert is_complete(snapshot, EVE, QUEUE, "sqs:SendMessage") is False


# Services whose types of Terraform are named otherwise.
_WORDS = {
    "acm-pca": "acmpca", "dynamodbstreams": "dynamodb", "events": "cloudwatch_event", "kafka": "msk", "logs": "cloudwatch_log",
    "mediastore": "media_store", "rds": "db_snapshot", "s3-objects": "s3_object", "s3express": "s3_bucket", "sso-admin": "ssoadmin",
    "vpc-lattice": "vpclattice", "lexv2-models": "lexv2models", "sesv2": "sesv2", "redshift-serverless": "redshiftserverless",
    "ec2": "ami_launch", "s3control": "s3_access_point", "apigateway": "api_gateway",
}  # fmt: skip


@pytest.mark.parametrize("service", [service.name for service in SERVICES])
def test_every_service_has_types(service: str) -> None:
    assert any(kind.startswith(f"aws_{_WORDS.get(service, service)}") for kind in (*TYPES, *access.TYPES))


def test_a_person_gets_a_permission_set(before: Path, tmp_path: Path) -> None:
    """Without an Identity Center in the snapshot it is a gap."""
    given = {"instance_arn": "arn:aws:sso:::instance/i", "permission_set_arn": "arn:aws:sso:::permissionSet/i/p", "principal_id": "u",
             "principal_type": "USER", "target_id": ACCOUNT}  # fmt: skip

    done = command(
        "import", "terraform", plan(tmp_path, change("aws_ssoadmin_account_assignment.a", given)), "--onto", before, "--out", tmp_path / "a",
        "--account", ACCOUNT, "--region", REGION,
    )  # fmt: skip

    assert "`aws_ssoadmin_account_assignment.a`: whom it assigns what is not known" in done.stderr
