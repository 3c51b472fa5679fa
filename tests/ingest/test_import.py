"""`xgraph import gaad`: from files that the AWS CLI has written to the snapshot that the collector would have made."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from click.testing import CliRunner, Result

from xgraph.cli import main
from xgraph.graph.model.coverage import Outcome
from xgraph.graph.model.estate import Estate
from xgraph.ingest.estate import build_estate
from xgraph.ingest.snapshot.read import read_snapshot

ACCOUNT = "100000000002"
OTHER = "100000000003"
ALLOW = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}]}
TRUST = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": OTHER}}]}


def role(name: str = "a", account: str = ACCOUNT, **more: Any) -> dict[str, Any]:
    return {"Arn": f"arn:aws:iam::{account}:role/{name}", "RoleName": name, "AssumeRolePolicyDocument": TRUST, **more}


def gaad(*roles: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"UserDetailList": [], "GroupDetailList": [], "RoleDetailList": list(roles), "Policies": [], **more}


def put(path: Path, value: Any) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(value if isinstance(value, str) else json.dumps(value))
    return path


def run(*arguments: Path | str) -> Result:
    return CliRunner().invoke(main, ["import", "gaad", *map(str, arguments)])


def imported(tmp_path: Path, *arguments: Path | str) -> Estate:
    done = run(*arguments, "--out", tmp_path / "snap")
    assert (done.exit_code, done.stdout) == (0, ""), done.stderr
    return build_estate(read_snapshot(tmp_path / "snap"))


def rejected(tmp_path: Path, *arguments: Path | str) -> str:
    """The one sentence on standard error, of an import that wrote nothing."""
    done = run(*arguments, "--out", tmp_path / "snap")
    assert (done.exit_code, done.stdout) == (2, ""), done.stderr
    assert not (tmp_path / "snap").exists()
    assert len(done.stderr.splitlines()) == 1
    return done.stderr


@pytest.mark.parametrize("written", [ALLOW, quote(json.dumps(ALLOW)), json.dumps(ALLOW), json.dumps(ALLOW, indent=4)])
def test_documents_may_be_objects_or_text_with_or_without_url_encoding(tmp_path: Path, written: Any) -> None:
    file = put(tmp_path / "gaad.json", gaad(role(RolePolicyList=[{"PolicyName": "p", "PolicyDocument": written}])))

    (policy,) = imported(tmp_path, file).principals[f"arn:aws:iam::{ACCOUNT}:role/a"].policies

    assert policy.name == f"arn:aws:iam::{ACCOUNT}:role/a#inline/p"
    assert json.loads(policy.document or "") == ALLOW


def test_text_that_is_no_json_stays_as_it_is(tmp_path: Path) -> None:
    file = put(tmp_path / "gaad.json", gaad(role(RolePolicyList=[{"PolicyName": "p", "PolicyDocument": "100%25 broken {"}])))

    (policy,) = imported(tmp_path, file).principals[f"arn:aws:iam::{ACCOUNT}:role/a"].policies

    assert policy.document == "100%25 broken {"


def test_a_key_that_stands_twice_reaches_the_engine_twice(tmp_path: Path) -> None:
    document = '{"Statement": {"Effect": "Deny", "Effect": "Allow", "Action": "*", "Resource": "*"}}'
    text = json.dumps(gaad(role(RolePolicyList=[{"PolicyName": "p", "PolicyDocument": "@"}]))).replace('"@"', document)

    (policy,) = imported(tmp_path, put(tmp_path / "gaad.json", text)).principals[f"arn:aws:iam::{ACCOUNT}:role/a"].policies

    assert json.loads(policy.document or "", object_pairs_hook=list) == json.loads(document, object_pairs_hook=list)


def test_policies_boundaries_groups_and_what_is_missing(tmp_path: Path) -> None:
    known, unknown = f"arn:aws:iam::{ACCOUNT}:policy/known", "arn:aws:iam::aws:policy/Unknown"
    versions = [{"VersionId": "v1", "Document": {"Statement": []}}, {"VersionId": "v2", "IsDefaultVersion": True, "Document": ALLOW}]
    user: dict[str, Any] = {
        "Arn": f"arn:aws:iam::{ACCOUNT}:user/ada",
        "UserName": "ada",
        "GroupList": ["staff", "ghosts"],
        "AttachedManagedPolicies": [{"PolicyArn": known, "PolicyName": "known"}, {"PolicyArn": unknown, "PolicyName": "Unknown"}],
        "PermissionsBoundary": {"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": unknown},
        "Tags": [{"Key": "team", "Value": "ml"}],
    }
    staff: dict[str, Any] = {"Arn": f"arn:aws:iam::{ACCOUNT}:group/staff", "GroupName": "staff", "GroupPolicyList": []}
    policies = [{"Arn": known, "DefaultVersionId": "v2", "PolicyVersionList": versions}]

    estate = imported(tmp_path, put(tmp_path / "g.json", gaad(UserDetailList=[user], GroupDetailList=[staff], Policies=policies)))

    ada = estate.principals[user["Arn"]]
    assert [(policy.name, policy.document and json.loads(policy.document)) for policy in ada.policies] == [(known, ALLOW), (unknown, None)]
    assert ada.boundary is not None
    assert (ada.boundary.name, ada.boundary.document) == (unknown, None)
    assert ada.tags == (("team", "ml"),)
    assert ada.groups == (staff["Arn"], f"arn:aws:iam::{ACCOUNT}:group/ghosts")
    assert estate.groups[staff["Arn"]].policies == ()
    assert [policy.document for policy in estate.groups[ada.groups[1]].policies] == [None]


def test_equal_documents_are_one_text(tmp_path: Path) -> None:
    first, second = (
        role(name, RolePolicyList=[{"PolicyName": "p", "PolicyDocument": ALLOW if name == "a" else json.dumps(ALLOW, sort_keys=True)}])
        for name in ("a", "c")
    )
    third = role("b", RolePolicyList=[{"PolicyName": "q", "PolicyDocument": ALLOW}])

    estate = imported(tmp_path, put(tmp_path / "gaad.json", gaad(first, second, third)))

    one, three = (estate.principals[f"arn:aws:iam::{ACCOUNT}:role/{name}"] for name in ("a", "b"))
    assert one.policies[0].document is three.policies[0].document
    assert one.trust is not None
    assert three.trust is not None
    assert one.trust.document is three.trust.document


def test_pages_of_one_account_are_put_together(tmp_path: Path) -> None:
    pages = [
        put(tmp_path / "1.json", gaad(role("a"), role("b"), IsTruncated=True, Marker="x")),
        put(tmp_path / "2.json", gaad(role("b"), role("c"), IsTruncated=False)),
    ]

    assert {p.name for p in imported(tmp_path, *pages).principals.values()} == {"a", "b", "c"}


def test_a_page_without_the_last_one_is_refused(tmp_path: Path) -> None:
    sentence = rejected(tmp_path, put(tmp_path / "gaad.json", gaad(role(), IsTruncated=True)))

    assert f"gaad.json` is not the last page of account `{ACCOUNT}`" in sentence


def test_an_account_without_identities_is_named_by_its_folder(tmp_path: Path) -> None:
    put(tmp_path / "accounts" / ACCOUNT / "gaad.json", gaad())
    put(tmp_path / "accounts" / OTHER / "gaad.json", gaad(role(account=OTHER)))

    estate = imported(tmp_path, tmp_path / "accounts")

    assert {account.id for account in estate.accounts.values() if account.is_collected} == {ACCOUNT, OTHER}


ORGANIZATION = {
    "Organization": {"Id": "o-example1", "MasterAccountId": "100000000001", "FeatureSet": "ALL"},
    "Roots": [{"Id": "r-1", "Name": "Root", "PolicyTypes": [{"Type": "SERVICE_CONTROL_POLICY", "Status": "ENABLED"}]}],
    "OrganizationalUnits": [{"Id": "ou-1-prod", "Name": "Prod", "Parent": "r-1"}],
    "Accounts": [
        {"Id": "100000000001", "Name": "management", "Parent": "r-1", "Status": "ACTIVE"},
        {"Id": ACCOUNT, "Name": "prod", "Parent": "ou-1-prod", "Status": "ACTIVE"},
    ],
    "Policies": [
        {"Id": "p-1", "Arn": "arn:aws:organizations::aws:policy/p-1", "Type": "SERVICE_CONTROL_POLICY", "Name": "Full", "Content": ALLOW},
        {"Id": "p-2", "Arn": "arn:aws:organizations::x:policy/p-2", "Type": "TAG_POLICY", "Name": "Tags", "Content": {}},
    ],
    "Attachments": [{"TargetId": "r-1", "PolicyIds": ["p-1", "p-2"]}],
}


def without(value: dict[str, Any], *keys: str) -> dict[str, Any]:
    return {key: item for key, item in value.items() if key not in keys}


def test_the_organization_is_a_tree_with_guardrails(tmp_path: Path) -> None:
    org = put(tmp_path / "org.json", ORGANIZATION)

    estate = imported(tmp_path, put(tmp_path / "gaad.json", gaad(role())), "--organization", org)

    organization = estate.organizations["o-example1"]
    assert estate.organization_path(ACCOUNT) == ("r-1", "ou-1-prod", ACCOUNT)
    assert (organization.scps_enabled, organization.rcps_enabled) == (True, False)
    assert [policy.name for policy in organization.scps["r-1"]] == ["arn:aws:organizations::aws:policy/p-1"]
    assert organization.scps[ACCOUNT] == ()
    assert [account.is_collected for account in estate.accounts.values()] == [False, True]


def test_an_organization_without_word_about_policies_leaves_them_unknown(tmp_path: Path) -> None:
    org = put(tmp_path / "org.json", without(ORGANIZATION, "Policies", "Attachments"))

    estate = imported(tmp_path, put(tmp_path / "gaad.json", gaad(role())), "--organization", org)

    levels = estate.levels(ACCOUNT, "scp")
    assert levels is not None
    assert {level.policies for level in levels} == {None}


def test_policies_without_attachments_are_attached_nobody_knows_where(tmp_path: Path) -> None:
    org = put(tmp_path / "org.json", without(ORGANIZATION, "Attachments"))

    estate = imported(tmp_path, put(tmp_path / "gaad.json", gaad(role())), "--organization", org)

    assert estate.organizations["o-example1"].scps == {}


def test_without_a_word_about_organizations_guardrails_are_unknown(tmp_path: Path) -> None:
    estate = imported(tmp_path, put(tmp_path / "gaad.json", gaad(role())))

    assert estate.levels(ACCOUNT, "scp") is None
    assert [row.outcome for row in estate.outcomes if row.service == "organizations"] == [Outcome.NOT_TRIED]


def test_no_organization_means_no_guardrails(tmp_path: Path) -> None:
    estate = imported(tmp_path, put(tmp_path / "gaad.json", gaad(role())), "--no-organization")

    assert estate.levels(ACCOUNT, "scp") == ()
    assert [row for row in estate.outcomes if row.service == "organizations"] == []


BUCKET = {
    "Name": "b", "Region": "eu-west-1", "Policy": ALLOW, "Acl": {"Owner": {"ID": "c0ffee"}, "Grants": []}, "OwnershipControls": "ObjectWriter",
    "PublicAccessBlock": None, "Encryption": None, "Tags": {}, "BucketPolicyStatus": {"IsPublic": False},
}  # fmt: skip


def resources(**more: Any) -> dict[str, Any]:
    return {"AccountId": ACCOUNT, "Buckets": [], "Queues": [], "Tables": [], **more}


def with_resources(tmp_path: Path, **more: Any) -> Estate:
    file = put(tmp_path / "resources.json", resources(**more))
    return imported(tmp_path, put(tmp_path / "gaad.json", gaad(role())), "--resources", file)


def test_a_bucket_with_everything(tmp_path: Path) -> None:
    bucket = with_resources(tmp_path, Buckets=[BUCKET], CanonicalId="decaf").resources["arn:aws:s3:::b"]

    assert bucket.policy is not None
    assert json.loads(bucket.policy.document or "") == ALLOW
    assert (bucket.account, bucket.region, bucket.tags) == (ACCOUNT, "eu-west-1", ())
    assert bucket.settings == {
        "BucketAcl": {"Owner": {"ID": "c0ffee"}, "Grants": []},
        "EncryptionKey": "SSE-S3",
        "ObjectOwnership": "ObjectWriter",
        "PolicyStatus": {"IsPublic": False},
        "PublicAccessBlock": {
            "account": None,
            "bucket": {"BlockPublicAcls": False, "BlockPublicPolicy": False, "IgnorePublicAcls": False, "RestrictPublicBuckets": False},
        },
        "Region": "eu-west-1",
    }


def test_a_bucket_of_which_only_the_name_is_known(tmp_path: Path) -> None:
    estate = with_resources(tmp_path, Buckets=[{"Name": "b"}])

    bucket = estate.resources["arn:aws:s3:::b"]
    assert bucket.policy is not None
    assert bucket.policy.document is None
    assert bucket.tags is None
    assert bucket.settings == {
        "BucketAcl": None, "EncryptionKey": "SSE-S3", "ObjectOwnership": None, "PublicAccessBlock": {"account": None, "bucket": None},
    }  # fmt: skip
    assert {row.call for row in estate.outcomes if row.service == "s3"} >= {"get_bucket_policy", "get_bucket_acl", "get_bucket_tagging"}


@pytest.mark.parametrize(
    ("given", "key"),
    [
        ("SSE-S3", "SSE-S3"),
        ("aws/s3", "aws/s3"),
        (f"arn:aws:kms:eu-west-1:{OTHER}:key/k", f"arn:aws:kms:eu-west-1:{OTHER}:key/k"),
        ({"Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]}, "SSE-S3"),
        ({"Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms"}}]}, "aws/s3"),
        (
            {"Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms:dsse", "KMSMasterKeyID": "k"}}]},
            f"arn:aws:kms:eu-west-1:{ACCOUNT}:key/k",
        ),
    ],
)
def test_default_encryption_in_all_its_spellings(tmp_path: Path, given: Any, key: str) -> None:
    bucket = with_resources(tmp_path, Buckets=[{**BUCKET, "Encryption": given}]).resources["arn:aws:s3:::b"]

    assert bucket.settings["EncryptionKey"] == key


def test_objects_have_a_place(tmp_path: Path) -> None:
    acl = {"Owner": {"ID": "c0ffee"}, "Grants": []}
    objects = [{"Key": "full", "Owner": OTHER, "Acl": acl, "Tags": {"a": "b"}, "KMSKeyId": None}, {"Key": "bare"}]

    full, bare = with_resources(tmp_path, Buckets=[{**BUCKET, "Objects": objects}]).resources["arn:aws:s3:::b"].objects

    assert (full.owner, full.acl, full.tags, full.key_id) == (OTHER, acl, (("a", "b"),), "")
    assert (bare.owner, bare.acl, bare.tags, bare.key_id) == (None, None, None, None)


def test_canonical_ids_stand_for_the_accounts_that_own_the_buckets(tmp_path: Path) -> None:
    estate = with_resources(tmp_path, Buckets=[BUCKET], CanonicalId="decaf")

    assert estate.canonical_ids == {"decaf": ACCOUNT, "c0ffee": ACCOUNT}
    assert estate.accounts[ACCOUNT].canonical_id in {"decaf", "c0ffee"}


def text_of(estate: Estate, arn: str) -> str | None:
    policy = estate.resources[arn].policy
    assert policy is not None
    return policy.document


def test_queues_and_tables(tmp_path: Path) -> None:
    queue, table = f"arn:aws:sqs:eu-west-1:{ACCOUNT}:q", f"arn:aws:dynamodb:eu-west-1:{ACCOUNT}:table/t"

    estate = with_resources(
        tmp_path,
        Queues=[{"Arn": queue, "Policy": ALLOW, "Tags": [{"Key": "a", "Value": "b"}]}, {"Arn": queue + "2"}],
        Tables=[{"Arn": table, "Policy": None, "Tags": {}, "SSEDescription": None}],
    )

    assert estate.resources[queue].tags == (("a", "b"),)
    assert json.loads(text_of(estate, queue) or "") == ALLOW
    assert text_of(estate, queue + "2") is None
    assert (estate.resources[table].policy, estate.resources[table].settings) == (None, {"EncryptionKey": ""})


def test_what_is_not_used_yet_is_counted(tmp_path: Path) -> None:
    file = put(tmp_path / "resources.json", resources(Lakes=[{}, {}]))

    done = run(put(tmp_path / "gaad.json", gaad(role())), "--resources", file, "--out", tmp_path / "snap")

    assert "2 Lakes" in done.stderr


def test_keys_topics_functions_secrets_and_repositories_come_with_what_the_file_says(tmp_path: Path) -> None:
    policy = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*", "Principal": "*"}]}
    key, topic, function, secret, repository = (
        f"arn:aws:{service}:eu-west-1:{ACCOUNT}:{name}"
        for service, name in (
            ("kms", "key/k"),
            ("sns", "t"),
            ("lambda", "function:f"),
            ("secretsmanager", "secret:s-AbCdEf"),
            ("ecr", "repository/r"),
        )
    )
    grants = [{"GrantId": "g", "GranteePrincipal": f"arn:aws:iam::{ACCOUNT}:role/app", "Operations": ["Decrypt"]}]
    file = put(
        tmp_path / "resources.json",
        resources(
            Keys=[
                {"Arn": key, "Policy": policy, "Grants": grants, "KeyManager": "CUSTOMER", "Tags": {"team": "a"}, "Aliases": ["alias/k"]}
            ],
            Topics=[{"Arn": topic, "Policy": None, "Tags": {}}],
            Functions=[{"Arn": function, "Policy": policy, "Role": f"arn:aws:iam::{ACCOUNT}:role/app"}],
            Secrets=[{"Arn": secret, "KmsKeyId": key}],
            Repositories=[{"Arn": repository, "Policy": policy}],
        ),
    )

    estate = imported(tmp_path, put(tmp_path / "gaad.json", gaad(role())), "--resources", file)

    found = estate.resources
    policies = {arn: one.policy and (json.loads(one.policy.document) if one.policy.document else "unread") for arn, one in found.items()}
    assert policies == {key: policy, topic: None, function: policy, secret: "unread", repository: policy}
    assert found[key].settings == {
        "Aliases": [key.replace("key/k", "alias/k")],
        "Grants": grants,
        "KeyManager": "CUSTOMER",
        "KeyState": None,
    }
    assert (found[key].tags, found[topic].tags, found[repository].tags) == ((("team", "a"),), (), None)
    assert found[secret].settings == {"EncryptionKey": key}
    assert estate.holders[function].role == f"arn:aws:iam::{ACCOUNT}:role/app"


def test_resources_that_nobody_handed_in_were_not_tried(tmp_path: Path) -> None:
    estate = imported(tmp_path, put(tmp_path / "gaad.json", gaad(role())))

    rows = {(row.service, row.call, row.outcome) for row in estate.outcomes if row.service in {"s3", "sqs", "dynamodb"}}
    assert rows == {(s, c, Outcome.NOT_TRIED) for s, c in (("s3", "list_buckets"), ("sqs", "list_queues"), ("dynamodb", "list_tables"))}


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        ("", "gaad.json` is empty"),
        ("not json", "gaad.json` is not JSON: expecting value at line 1, column 1"),
        ('{"RoleDetailList": [', "gaad.json` is not JSON"),
        ([], "gaad.json`: expected an object at the top, found a list"),
        (gaad({"Arn": 5}), "gaad.json`: expected text, found a number at `RoleDetailList[0].Arn`"),
        (gaad({"RoleName": "x"}), "gaad.json`: `Arn` is missing at `RoleDetailList[0]`"),
        (gaad(), "gaad.json` names no account"),
        (gaad(role(), role(account=OTHER)), f"`arn:aws:iam::{OTHER}:role/a` is not an identity of the account `{ACCOUNT}`"),
        (gaad(role(), role(Path="/other/")), f"the role `arn:aws:iam::{ACCOUNT}:role/a` was something else before"),
    ],
)
def test_a_file_that_is_something_else_is_refused_in_one_sentence(tmp_path: Path, value: Any, sentence: str) -> None:
    assert sentence in rejected(tmp_path, put(tmp_path / "gaad.json", value))


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"Organization": {"Id": "nonsense", "MasterAccountId": ACCOUNT}}, "`nonsense` is not the id of an organization"),
        ({"Accounts": [{"Id": "1", "Parent": "r-1"}]}, "`1` is not an account id of 12 digits"),
        ({"OrganizationalUnits": []}, f"the parent `ou-1-prod` of `{ACCOUNT}` is neither a root nor an OU"),
        ({"Attachments": [{"TargetId": "r-1", "PolicyIds": ["p-9"]}]}, "`p-9`, attached to `r-1`, is not among the policies"),
        ({"Roots": "r-1"}, "expected a list or null, found text at `Roots`"),
    ],
)
def test_an_organization_that_contradicts_itself_is_refused(tmp_path: Path, change: dict[str, Any], sentence: str) -> None:
    org = put(tmp_path / "org.json", {**ORGANIZATION, **change})

    assert sentence in rejected(tmp_path, put(tmp_path / "gaad.json", gaad(role())), "--organization", org)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"AccountId": "12"}, "the account is not known"),
        ({"Buckets": [{}]}, "`Name` is missing at `Buckets[0]`"),
        ({"Queues": [{"Arn": "nonsense"}]}, "`nonsense` is not an ARN of sqs"),
        ({"Queues": [{"Arn": f"arn:aws:sqs:../..:{ACCOUNT}:q"}]}, "is not an ARN of sqs"),
        ({"Tables": [{"Arn": f"arn:aws:dynamodb:eu-west-1:{OTHER}:table/t"}]}, f"does not belong to the account `{ACCOUNT}`"),
    ],
)
def test_resources_that_make_no_sense_are_refused(tmp_path: Path, change: dict[str, Any], sentence: str) -> None:
    file = put(tmp_path / "resources.json", resources(**change))

    assert sentence in rejected(tmp_path, put(tmp_path / "gaad.json", gaad(role())), "--resources", file)


def test_powershell_writes_utf_16(tmp_path: Path) -> None:
    (tmp_path / "gaad.json").write_bytes(json.dumps(gaad(role())).encode("utf-16"))

    assert imported(tmp_path, tmp_path / "gaad.json").accounts[ACCOUNT].is_collected


def test_usage_is_checked(tmp_path: Path) -> None:
    file = put(tmp_path / "gaad.json", gaad(role()))

    assert "exclude each other" in rejected(tmp_path, file, "--no-organization", "--organization", put(tmp_path / "org.json", ORGANIZATION))
    assert "does not exist" in rejected(tmp_path, tmp_path / "missing.json")
    (tmp_path / "hollow").mkdir()
    assert "holds no file named `gaad*.json`" in rejected(tmp_path, tmp_path / "hollow")


def test_ten_thousand_principals_load_in_a_second(tmp_path: Path) -> None:
    document = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": ["s3:Get*"] * 20, "Resource": "*"}]}
    roles = [role(f"r{n}", RolePolicyList=[{"PolicyName": "p", "PolicyDocument": document}]) for n in range(10_000)]
    run(put(tmp_path / "gaad.json", gaad(*roles)), "--out", tmp_path / "snap")

    started = time.perf_counter()
    estate = build_estate(read_snapshot(tmp_path / "snap"))

    assert len(estate.principals) == 10_000
    assert time.perf_counter() - started < 3  # measured: 0.3 s; other suites may be running
