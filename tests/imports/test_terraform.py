"""`xgraph import terraform`: what a plan opens and closes, and what nobody knows before it is applied."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.imports.importing import ACCOUNT, OTHER, imported, policy, put, refused, statement, trust, verdicts
from tests.imports.importing import xgraph as command
from xgraph.ingest.snapshot.read import read_snapshot

ADA = f"arn:aws:iam::{ACCOUNT}:user/ada"
APP = f"arn:aws:iam::{ACCOUNT}:role/app"
BUCKET = "arn:aws:s3:::reports"


@pytest.fixture
def before(tmp_path: Path) -> Path:
    """Ada may assume roles, the role `app` may read objects, and trusts nobody; the bucket `reports` has no policy."""
    may = [{"PolicyName": "p", "PolicyDocument": policy(statement("sts:AssumeRole"))}]
    reads = [{"PolicyName": "read", "PolicyDocument": policy(statement("s3:GetObject", f"{BUCKET}/*"))}]
    gaad = {
        "UserDetailList": [{"Arn": ADA, "UserName": "ada", "UserPolicyList": may}],
        "RoleDetailList": [
            {
                "Arn": APP,
                "RoleName": "app",
                "AssumeRolePolicyDocument": trust({"Service": "ec2.amazonaws.com"}),
                "RolePolicyList": reads,
            }
        ],
        "GroupDetailList": [],
        "Policies": [],
    }
    block = dict.fromkeys(("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets"), True)
    bucket = {
        "Name": "reports", "Region": "eu-west-1", "Policy": None, "OwnershipControls": "BucketOwnerEnforced", "PublicAccessBlock": block,
        "Tags": {}, "Acl": {"Owner": {"ID": "c0"}, "Grants": []},
    }  # fmt: skip
    resources = {"AccountId": ACCOUNT, "Buckets": [bucket], "Queues": [], "Tables": [], "AccountPublicAccessBlock": block}
    out = tmp_path / "before"
    imported(
        out, "gaad", put(tmp_path / "gaad.json", gaad), "--no-organization", "--resources", put(tmp_path / "resources.json", resources)
    )
    return out


def change(address: str, after: dict[str, Any] | None, before: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    """A change of a plan: `before` or `after` alone are a deletion and a creation; `unknown` names what is known after apply."""
    actions = ["create"] if before is None else ["delete"] if after is None else ["update"]
    unknown = dict.fromkeys(more.pop("unknown", ()), True)
    kind = address.split(".")[-2]
    return {
        "address": address, "mode": "managed", "type": kind, "name": address.rsplit(".", maxsplit=1)[-1],
        "provider_name": "registry.terraform.io/hashicorp/aws",
        "change": {"actions": actions, "before": before, "after": after, "after_unknown": unknown}, **more,
    }  # fmt: skip


def plan(tmp_path: Path, *changes: dict[str, Any], references: dict[str, dict[str, list[str]]] | None = None, **more: Any) -> Path:
    """A plan; `references` says of attributes of resources what they refer to."""
    resources = [
        {
            "address": each["address"], "mode": "managed", "type": each["type"], "name": each["name"], "provider_config_key": "aws",
            "expressions": {key: {"references": names} for key, names in (references or {}).get(each["address"], {}).items()},
        }
        for each in changes
    ]  # fmt: skip
    content = {
        "format_version": "1.2", "terraform_version": "1.9.0", "resource_changes": list(changes),
        "configuration": {"provider_config": {"aws": {"name": "aws"}}, "root_module": {"resources": resources}}, **more,
    }  # fmt: skip
    return put(tmp_path / "plan.json", content)


def role(document: Any, name: str = "app") -> dict[str, Any]:
    arn = f"arn:aws:iam::{ACCOUNT}:role/{name}"
    return {"name": name, "arn": arn, "path": "/", "assume_role_policy": json.dumps(document), "permissions_boundary": None, "tags_all": {}}


def test_a_trust_that_the_plan_widens_opens_a_path(before: Path, tmp_path: Path) -> None:
    wider = change("aws_iam_role.app", role(trust({"AWS": ADA})), role(trust({"Service": "ec2.amazonaws.com"})))

    estate = imported(tmp_path / "after", "terraform", plan(tmp_path, wider), "--onto", before)

    assert verdicts(before, ADA, BUCKET, "s3:GetObject") == []
    assert verdicts(tmp_path / "after", ADA, BUCKET, "s3:GetObject") == ["ALLOWED"]
    assert [each.name for each in estate.principals[APP].policies] == [f"{APP}#inline/read"]


def test_a_policy_that_the_plan_removes_closes_it(before: Path, tmp_path: Path) -> None:
    wider = change("aws_iam_role.app", role(trust({"AWS": ADA})), role(trust({"Service": "ec2.amazonaws.com"})))
    imported(tmp_path / "open", "terraform", plan(tmp_path, wider), "--onto", before)
    gone = change("aws_iam_role_policy.read", None, {"name": "read", "role": "app", "policy": "{}"})

    imported(tmp_path / "closed", "terraform", plan(tmp_path, gone), "--onto", tmp_path / "open")

    assert verdicts(tmp_path / "closed", ADA, BUCKET, "s3:GetObject") == []


def test_what_the_plan_denies_closes_it_too(before: Path, tmp_path: Path) -> None:
    deny = policy(statement("s3:*", f"{BUCKET}/*", "Deny", Principal="*"))
    added = change("aws_s3_bucket_policy.reports", {"bucket": "reports", "policy": json.dumps(deny)})

    imported(tmp_path / "after", "terraform", plan(tmp_path, added), "--onto", before)

    assert verdicts(before, APP, BUCKET, "s3:GetObject") == ["ALLOWED"]
    assert verdicts(tmp_path / "after", APP, BUCKET, "s3:GetObject") == []


def test_a_policy_that_is_known_after_apply_is_not_read(before: Path, tmp_path: Path) -> None:
    unknown = change("aws_s3_bucket_policy.reports", {"bucket": "reports"}, unknown=["policy", "id"])

    estate = imported(tmp_path / "after", "terraform", plan(tmp_path, unknown), "--onto", before)

    held = estate.resources[BUCKET].policy
    assert held is not None
    assert held.document is None
    assert verdicts(tmp_path / "after", APP, BUCKET, "s3:GetObject") == ["CONDITIONAL"]


def test_new_things_that_refer_to_each_other(before: Path, tmp_path: Path) -> None:
    """Names and ARNs of new resources are unknown in a plan; references lead to what gives them."""
    new = {"name": "batch", "path": "/", "assume_role_policy": json.dumps(trust({"AWS": ADA})), "tags_all": {}}
    managed = {"name": "sender", "path": "/", "policy": json.dumps(policy(statement("sqs:SendMessage")))}
    queue = {"name": "orders", "region": "eu-west-1", "tags_all": {}}
    held = policy(statement("sqs:*", Principal={"AWS": OTHER}))
    changes = (
        change("aws_iam_role.batch", new, unknown=["arn", "id", "inline_policy", "managed_policy_arns"]),
        change("aws_iam_policy.sender", managed, unknown=["arn", "id"]),
        change("aws_iam_role_policy_attachment.one", {}, unknown=["role", "policy_arn", "id"]),
        change("aws_iam_role_policy.two", {"name": "two", "policy": json.dumps(policy(statement("s3:GetObject")))}, unknown=["role"]),
        change("aws_sqs_queue.orders", queue, unknown=["arn", "id", "policy", "url"]),
        change("aws_sqs_queue_policy.orders", {"policy": json.dumps(held)}, unknown=["queue_url"]),
    )
    references = {
        "aws_iam_role_policy_attachment.one": {
            "role": ["aws_iam_role.batch.name", "aws_iam_role.batch"],
            "policy_arn": ["aws_iam_policy.sender.arn", "aws_iam_policy.sender"],
        },
        "aws_iam_role_policy.two": {"role": ["aws_iam_role.batch.id", "aws_iam_role.batch"]},
        "aws_sqs_queue_policy.orders": {"queue_url": ["aws_sqs_queue.orders.id", "aws_sqs_queue.orders"]},
    }
    after = tmp_path / "after"

    estate = imported(after, "terraform", plan(tmp_path, *changes, references=references), "--onto", before)

    queue_arn = f"arn:aws:sqs:eu-west-1:{ACCOUNT}:orders"
    policy_held = estate.resources[queue_arn].policy
    assert policy_held is not None
    assert json.loads(policy_held.document or "") == held
    assert verdicts(after, ADA, queue_arn, "sqs:SendMessage") == ["ALLOWED"]
    assert verdicts(after, ADA, BUCKET, "s3:GetObject") == ["ALLOWED"]
    assert verdicts(after, f"arn:aws:iam::{OTHER}:role/x", queue_arn, "sqs:SendMessage") == ["CONDITIONAL"]


def test_a_policy_for_nobody_knows_whom_leaves_a_gap(before: Path, tmp_path: Path) -> None:
    stray = change("module.a.aws_iam_role_policy.x", {"name": "x", "policy": "{}"}, unknown=["role"], module_address="module.a")

    done = command("import", "terraform", plan(tmp_path, stray), "--onto", before, "--out", tmp_path / "after", "--strict")

    assert done.exit_code == 3
    assert "`module.a.aws_iam_role_policy.x`: which role it is about is not known before it is deployed" in done.stderr
    gaps = [row for row in read_snapshot(tmp_path / "after").coverage if "module.a" in row.parameters]
    assert [(row.account, row.service, row.outcome.value) for row in gaps] == [(ACCOUNT, "iam", "not-tried")]


def test_what_is_not_changed_stays_as_it_was(before: Path, tmp_path: Path) -> None:
    nothing = plan(tmp_path, change("aws_vpc.main", {"cidr_block": "10.0.0.0/8"}))

    done = command("import", "terraform", nothing, "--onto", before, "--out", tmp_path / "after")

    assert done.exit_code == 0
    assert "1 of type `aws_vpc` not used" in done.stderr
    one, two = read_snapshot(before), read_snapshot(tmp_path / "after")
    assert (one.files, one.coverage) == (two.files, two.coverage)


def test_removed_things_are_gone(before: Path, tmp_path: Path) -> None:
    changes = (
        change("aws_iam_role.app", None, role(trust({"Service": "ec2.amazonaws.com"}))),
        change("aws_s3_bucket.reports", None, {"bucket": "reports", "arn": BUCKET}),
        change("aws_iam_user.bob", None, {"name": "bob", "arn": f"arn:aws:iam::{ACCOUNT}:user/bob"}),
    )

    done = command("import", "terraform", plan(tmp_path, *changes), "--onto", before, "--out", tmp_path / "after")

    assert "there is no user `bob`" in done.stderr
    after = read_snapshot(tmp_path / "after")
    assert b"role/app" not in b"".join(after.files.values())
    assert not any("reports" in row.parameters for row in after.coverage)


def test_lambda_permissions_add_and_take_statements(before: Path, tmp_path: Path) -> None:
    function = f"arn:aws:lambda:eu-west-1:{ACCOUNT}:function:f"
    given = {"statement_id": "s", "action": "lambda:InvokeFunction", "function_name": function, "principal": OTHER}
    changes = (
        change("aws_lambda_function.f", {"function_name": "f", "arn": function, "role": APP, "tags_all": {}}),
        change("aws_lambda_permission.p", given),
    )

    estate = imported(tmp_path / "after", "terraform", plan(tmp_path, *changes), "--onto", before)
    without = imported(
        tmp_path / "less", "terraform", plan(tmp_path, change("aws_lambda_permission.p", None, given)), "--onto", tmp_path / "after",
        "--account", ACCOUNT,
    )  # fmt: skip

    held = estate.resources[function].policy
    assert held is not None
    (made,) = json.loads(held.document or "")["Statement"]
    assert made == {
        "Sid": "s", "Effect": "Allow", "Principal": {"AWS": OTHER}, "Action": "lambda:InvokeFunction", "Resource": function,
    }  # fmt: skip
    assert without.resources[function].policy is None


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("", "plan.json` is empty"),
        ("{", "plan.json` is not JSON"),
        ("[]", "expected an object at the top, found a list"),
        ({}, "`format_version` is missing"),
        ({"format_version": "9.0"}, "has the format version `9.0`, this xgraph reads 1"),
        ({"format_version": "1.2", "resource_changes": [{"address": "a"}]}, "at `resource_changes[0]`"),
        ('{"format_version": "1.2", "x": ' + "[" * 100_000, "is nested too deeply"),
    ],
)
def test_a_plan_that_is_wrong_is_refused(before: Path, tmp_path: Path, content: Any, sentence: str) -> None:
    assert sentence in refused(tmp_path / "after", "terraform", put(tmp_path / "plan.json", content), "--onto", before)


def test_an_account_that_nothing_tells_is_asked_for(before: Path, tmp_path: Path) -> None:
    both = {"aws": {"name": "aws"}, "aws.audit": {"name": "aws", "alias": "audit"}}
    resources = [
        {"address": f"aws_iam_group.{name}", "type": "aws_iam_group", "provider_config_key": key}
        for name, key in (("a", "aws"), ("b", "aws.audit"))
    ]
    changes = [change("aws_iam_group.a", {"name": "a"}), change("aws_iam_group.b", {"name": "b"})]
    file = plan(tmp_path, *changes, configuration={"provider_config": both, "root_module": {"resources": resources}})

    assert "say --account ID, or --provider aws=ID" in refused(tmp_path / "a", "terraform", file, "--onto", before)
    estate = imported(
        tmp_path / "b", "terraform", file, "--onto", before, "--provider", f"aws={ACCOUNT}", "--provider", f"aws.audit={OTHER}"
    )
    assert {group.arn for group in estate.groups.values()} == {f"arn:aws:iam::{ACCOUNT}:group/a", f"arn:aws:iam::{OTHER}:group/b"}


def test_the_snapshot_it_begins_with_is_not_overwritten(before: Path, tmp_path: Path) -> None:
    done = command("import", "terraform", plan(tmp_path), "--onto", before, "--out", before, "--force")

    assert done.exit_code == 2
    assert "is the snapshot that is changed" in done.stderr


def test_members_and_owners_of_before_are_let_go(before: Path, tmp_path: Path) -> None:
    """An update says who belongs to it now; who did before no longer does."""
    group = change("aws_iam_group.g", {"name": "g", "arn": f"arn:aws:iam::{ACCOUNT}:group/g"})
    joins = change("aws_iam_group_membership.m", {"group": "g", "users": ["ada"]})
    leaves = change("aws_iam_group_membership.m", {"group": "g", "users": []}, {"group": "g", "users": ["ada"]})
    held = [{"name": "x", "policy": json.dumps(policy(statement("s3:*")))}]
    added = change("aws_iam_role.app", {**role(trust({"AWS": ADA})), "inline_policy": held}, {**role({}), "inline_policy": []})
    taken = change("aws_iam_role.app", {**role(trust({"AWS": ADA})), "inline_policy": []}, {**role({}), "inline_policy": held})

    one = imported(tmp_path / "a", "terraform", plan(tmp_path, group, joins, added), "--onto", before)
    two = imported(tmp_path / "b", "terraform", plan(tmp_path, leaves, taken), "--onto", tmp_path / "a", "--account", ACCOUNT)

    assert (one.principals[ADA].groups, two.principals[ADA].groups) == ((f"arn:aws:iam::{ACCOUNT}:group/g",), ())
    assert [len(each.principals[APP].policies) for each in (one, two)] == [2, 1]


def test_one_bucket_changes_and_nothing_else(before: Path, tmp_path: Path) -> None:
    """Not even a call that this xgraph would make and the snapshot knows nothing of."""
    added = change("aws_s3_bucket_policy.reports", {"bucket": "reports", "policy": json.dumps(policy())})

    imported(tmp_path / "after", "terraform", plan(tmp_path, added), "--onto", before)

    one, two = read_snapshot(before), read_snapshot(tmp_path / "after")
    assert [place.service for place in one.files if one.files[place] != two.files[place]] == ["s3"]
    changed = {row.call for row in {*one.coverage} ^ {*two.coverage}}
    assert changed == {"get_bucket_policy", "get_bucket_policy_status"}


def test_the_account_is_that_of_the_credentials(before: Path, tmp_path: Path) -> None:
    """A plan that has looked up who makes it tells its account; several of them tell nothing."""

    def state(*accounts: str) -> dict[str, Any]:
        looked_up = [{"type": "aws_caller_identity", "mode": "data", "values": {"account_id": each}} for each in accounts]
        return {"values": {"root_module": {"resources": looked_up[:1], "child_modules": [{"resources": looked_up[1:]}]}}}

    made = change("aws_iam_group.a", {"name": "a"})
    more = put(tmp_path / "g" / OTHER / "gaad.json", {"GroupDetailList": [{"Arn": f"arn:aws:iam::{OTHER}:group/g", "GroupName": "g"}]})
    imported(tmp_path / "two", "gaad", tmp_path / "gaad.json", more, "--no-organization")

    estate = imported(tmp_path / "a", "terraform", plan(tmp_path, made, prior_state=state(OTHER)), "--onto", tmp_path / "two")

    assert f"arn:aws:iam::{OTHER}:group/a" in estate.groups
    assert "say --account ID" in refused(
        tmp_path / "b", "terraform", plan(tmp_path, made, prior_state=state(OTHER, ACCOUNT)), "--onto", tmp_path / "two"
    )


def test_what_was_changed_is_said(before: Path, tmp_path: Path) -> None:
    file = plan(tmp_path, change("aws_iam_group.a", {"name": "a"}), change("aws_iam_group.b", {"name": "b"}), change("aws_vpc.x", {}))

    done = command("import", "terraform", file, "--onto", before, "--out", tmp_path / "a", "--account", ACCOUNT)

    assert done.stderr.splitlines()[-1] == "changed in it: 2 aws_iam_group"


UNKNOWN_PARTS = [
    ("managed_policy_arns", True, {"references": ["aws_iam_policy.p.arn", "aws_iam_policy.p"]}),
    ("inline_policy", [{"policy": True}], [{"name": {"constant_value": "p"}, "policy": {"references": ["data.x.json"]}}]),
    ("tags", {"team": True}, {"references": ["random_pet.team"]}),
]


@pytest.mark.parametrize(("key", "unknown", "expression"), UNKNOWN_PARTS, ids=[each[0] for each in UNKNOWN_PARTS])
def test_what_a_role_gets_after_apply_is_not_nothing(before: Path, tmp_path: Path, key: str, unknown: Any, expression: Any) -> None:
    """A part that somebody has written and that is not known yet could allow and deny; one that nobody has written is none."""
    told = change("aws_iam_role.new", {"name": "new", "path": "/", "assume_role_policy": json.dumps(trust({"AWS": ADA}))})
    told["change"]["after_unknown"] = {"arn": True, key: unknown}
    reads = change("aws_iam_role_policy.r", {"role": "new", "name": "r", "policy": json.dumps(policy(statement("s3:GetObject")))})
    left = json.loads(json.dumps(told))
    left["change"]["after_unknown"] = {"arn": True, "managed_policy_arns": True, "inline_policy": True}
    file = plan(tmp_path, told, reads)
    content = json.loads(file.read_text())
    content["configuration"]["root_module"]["resources"][0]["expressions"][key] = expression

    imported(tmp_path / "unknown", "terraform", put(tmp_path / "unknown.json", content), "--onto", before)
    imported(tmp_path / "left", "terraform", plan(tmp_path, left, reads), "--onto", before)

    assert verdicts(tmp_path / "unknown", ADA, BUCKET, "s3:GetObject") == ["CONDITIONAL"]
    assert verdicts(tmp_path / "left", ADA, BUCKET, "s3:GetObject") == ["ALLOWED"]


def test_the_policy_of_a_new_queue_that_is_known_after_apply_is_not_read(before: Path, tmp_path: Path) -> None:
    arn = f"arn:aws:sqs:eu-west-1:{ACCOUNT}:q"
    made = change("aws_sqs_queue.q", {"name": "q", "region": "eu-west-1"}, unknown=["arn", "policy", "url"])
    references = {"aws_sqs_queue.q": {"policy": ["data.aws_iam_policy_document.q.json", "data.aws_iam_policy_document.q"]}}

    unknown = imported(tmp_path / "a", "terraform", plan(tmp_path, made, references=references), "--onto", before)
    left = imported(tmp_path / "b", "terraform", plan(tmp_path, made), "--onto", before)

    held = unknown.resources[arn].policy
    assert held is not None
    assert held.document is None
    assert left.resources[arn].policy is None
