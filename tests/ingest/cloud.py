"""A made-up organization behind tests/ingest/endpoint.py: thirteen accounts, two regions, answers in pages, and faults on demand."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.ingest.endpoint import MANAGEMENT, Answer, Ask, AwsError

REGIONS = ("eu-central-1", "us-east-1")
ACCOUNTS = tuple(str(100000000001 + number) for number in range(13))
SUSPENDED = "100000000099"
SERVICES = ("iam", "sqs")
MORE = (*SERVICES, "dynamodb", "s3")
ORGANIZATION = "o-exampleorg"
UNITS = {"r-root": ("ou-root-one", "ou-root-two"), "ou-root-one": ("ou-root-deep",), "ou-root-two": (), "ou-root-deep": ()}

Fault = Callable[[Ask], Answer | None]


def document(action: str, **more: Any) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": action, "Resource": "*", **more}]})


def paged(items: list[Any], key: str, token: str | None, name: str = "NextToken", size: int = 2) -> dict[str, Any]:
    """Pages that repeat the last entry of the one before, with an empty one in the middle."""
    pages = [items[max(start - 1, 0) : start + size] for start in range(0, len(items), size)] or [[]]
    pages.insert(1, [])
    number = int((token or "page-0").removeprefix("page-"))
    return {key: pages[number], **({name: f"page-{number + 1}"} if number + 1 < len(pages) else {})}


@dataclass
class Cloud:
    """Answers for `serve`; each of `faults` may raise, or answer in its place."""

    roles: int = 3
    queues: int = 2
    faults: list[Fault] = field(default_factory=list)

    def __call__(self, ask: Ask) -> Answer:
        for fault in self.faults:
            if (answer := fault(ask)) is not None:
                return answer
        found = getattr(self, f"_{ask.service}_{ask.operation}", None)
        return found(ask) if found else {}

    # -- the organization

    def _organizations_describe_organization(self, _: Ask) -> Answer:
        return {"Organization": {"Id": ORGANIZATION, "MasterAccountId": MANAGEMENT, "FeatureSet": "ALL"}}

    def _organizations_list_roots(self, _: Ask) -> Answer:
        kinds = [{"Type": "SERVICE_CONTROL_POLICY", "Status": "ENABLED"}]
        return {"Roots": [{"Id": "r-root", "Name": "Root", "Arn": "arn:aws:organizations::1:root/r", "PolicyTypes": kinds}]}

    def _organizations_list_organizational_units_for_parent(self, ask: Ask) -> Answer:
        return {"OrganizationalUnits": [{"Id": unit, "Name": unit, "Arn": unit} for unit in UNITS[ask.parameters["ParentId"]]]}

    def _organizations_list_accounts_for_parent(self, ask: Ask) -> Answer:
        homes = {MANAGEMENT: "r-root", SUSPENDED: "r-root", **{each: list(UNITS)[n % 4] for n, each in enumerate(ACCOUNTS) if n}}
        here = [each for each, home in homes.items() if home == ask.parameters["ParentId"]]
        accounts = [
            {"Id": each, "Name": f"account {each[-2:]}", "Arn": each, "Status": "SUSPENDED" if each == SUSPENDED else "ACTIVE"}
            for each in here
        ]
        return paged(accounts, "Accounts", ask.parameters.get("NextToken"))

    def _organizations_list_policies(self, ask: Ask) -> Answer:
        if ask.parameters["Filter"] != "SERVICE_CONTROL_POLICY":
            raise AwsError("PolicyTypeNotEnabledException")
        return {"Policies": [{"Id": "p-full", "Arn": "arn:aws:organizations::aws:policy/p-full", "Type": ask.parameters["Filter"]}]}

    def _organizations_list_targets_for_policy(self, _: Ask) -> Answer:
        return {"Targets": [{"TargetId": "r-root", "Arn": "r", "Name": "Root", "Type": "ROOT"}]}

    def _organizations_describe_policy(self, _: Ask) -> Answer:
        summary = {"Id": "p-full", "Arn": "arn:aws:organizations::aws:policy/p-full", "Type": "SERVICE_CONTROL_POLICY"}
        return {"Policy": {"Content": document("*"), "PolicySummary": summary}}

    def _ec2_describe_regions(self, _: Ask) -> Answer:
        return {"Regions": [{"RegionName": name, "OptInStatus": "opt-in-not-required"} for name in REGIONS]}

    # -- an account

    def _iam_get_account_authorization_details(self, ask: Ask) -> Answer:
        roles = [
            {
                "Arn": f"arn:aws:iam::{ask.account}:role/app-{number}",
                "RoleName": f"app-{number}",
                "RoleId": f"AROA{number}",
                "Path": "/",
                "AssumeRolePolicyDocument": document("sts:AssumeRole", Principal={"AWS": ask.account}),
                "RolePolicyList": [{"PolicyName": "own", "PolicyDocument": document("s3:GetObject")}],
                "Tags": [{"Key": "number", "Value": str(number)}],
            }
            for number in range(self.roles)
        ]
        page = paged(roles, "RoleDetailList", ask.parameters.get("Marker"), "Marker")
        return {**page, "IsTruncated": "Marker" in page}

    def _s3_list_buckets(self, ask: Ask) -> Answer:
        return {
            "Buckets": [{"Name": f"acme-{ask.account}-{n}"} for n in range(int(ask.account[-1]) % 2 + 1)],
            "Owner": {"ID": ask.account * 5 + "0123"},
        }

    def _s3_list_objects_v2(self, ask: Ask) -> Answer:
        keys = [f"{ask.parameters['Prefix']}{number}" for number in range(5)]
        page = paged(
            [{"Key": key, "Size": 1} for key in keys], "Contents", ask.parameters.get("ContinuationToken"), "NextContinuationToken"
        )
        return {**page, "IsTruncated": "NextContinuationToken" in page}

    def _s3_get_object_acl(self, ask: Ask) -> Answer:
        owner = {"ID": ask.account * 5 + "0123"}
        return {"Owner": owner, "Grants": [{"Grantee": {**owner, "Type": "CanonicalUser"}, "Permission": "FULL_CONTROL"}]}

    def _s3_get_object_tagging(self, ask: Ask) -> Answer:
        return {"TagSet": [{"Key": "name", "Value": ask.parameters["Key"]}]}

    def _s3_get_bucket_location(self, _: Ask) -> Answer:
        return {"LocationConstraint": "eu-central-1"}

    def _s3_get_bucket_policy(self, ask: Ask) -> Answer:
        if ask.parameters["Bucket"].endswith("0"):
            raise AwsError("NoSuchBucketPolicy", "none", 404)
        return {"Policy": document("s3:GetObject", Principal={"AWS": MANAGEMENT})}

    def _s3_get_bucket_policy_status(self, ask: Ask) -> Answer:
        if ask.parameters["Bucket"].endswith("0"):
            raise AwsError("NoSuchBucketPolicy", "none", 404)
        return {"PolicyStatus": {"IsPublic": False}}

    def _s3_get_bucket_tagging(self, _: Ask) -> Answer:
        raise AwsError("NoSuchTagSet", "none", 404)

    def _s3_get_public_access_block(self, _: Ask) -> Answer:
        raise AwsError("NoSuchPublicAccessBlockConfiguration", "none", 404)

    _s3control_get_public_access_block = _s3_get_public_access_block

    def _s3_get_bucket_ownership_controls(self, _: Ask) -> Answer:
        raise AwsError("OwnershipControlsNotFoundError", "none", 404)

    def _s3_get_bucket_encryption(self, _: Ask) -> Answer:
        raise AwsError("ServerSideEncryptionConfigurationNotFoundError", "none", 404)

    def _sqs_list_queues(self, ask: Ask) -> Answer:
        urls = [f"https://sqs.{ask.region}.amazonaws.com/{ask.account}/queue-{number}" for number in range(self.queues)]
        return paged(urls, "QueueUrls", ask.parameters.get("NextToken"))

    def _sqs_get_queue_attributes(self, ask: Ask) -> Answer:
        name = ask.parameters["QueueUrl"].rsplit("/", 1)[1]
        return {"Attributes": {"QueueArn": f"arn:aws:sqs:{ask.region}:{ask.account}:{name}", "Policy": document("sqs:*", Principal="*")}}

    def _dynamodb_list_tables(self, ask: Ask) -> Answer:
        return paged(["one", "two"], "TableNames", ask.parameters.get("ExclusiveStartTableName"), "LastEvaluatedTableName")

    def _dynamodb_describe_table(self, ask: Ask) -> Answer:
        return {"Table": {"TableArn": f"arn:aws:dynamodb:{ask.region}:{ask.account}:table/{ask.parameters['TableName']}"}}

    def _dynamodb_get_resource_policy(self, _: Ask) -> Answer:
        raise AwsError("PolicyNotFoundException", "none")


# -- faults


def denied(operation: str, account: str = "", message: str = "no") -> Fault:
    """AccessDenied to one operation, everywhere or in one account."""

    def fault(ask: Ask) -> None:
        if ask.operation == operation and account in ("", ask.account):
            raise AwsError("AccessDenied", message, 403)

    return fault


def shut(account: str) -> Fault:
    """An account whose roles nobody may assume."""

    def fault(ask: Ask) -> None:
        if ask.operation == "assume_role" and f"::{account}:" in ask.parameters["RoleArn"]:
            raise AwsError("AccessDenied", "not authorized to perform sts:AssumeRole", 403)

    return fault


def sometimes(share: float, code: str, status: int = 400, seed: int = 1) -> Fault:
    """An error to this share of the calls; the rest of them, and every third repetition at the latest, is answered."""
    dice, failed = random.Random(seed), dict[str, int]()

    def fault(ask: Ask) -> None:
        name = f"{ask.account} {ask.region} {ask.service} {ask.operation} {sorted(ask.parameters.items())}"
        if dice.random() < share and failed.get(name, 0) < 2 and ask.service != "sts":
            failed[name] = failed.get(name, 0) + 1
            raise AwsError(code, "not now", status)

    return fault


def calls(seen: list[Ask]) -> Iterator[tuple[str, str, str, str, str]]:
    """What was asked, without the calls that only lead somewhere."""
    for ask in seen:
        if ask.service != "sts":
            yield ask.account, ask.region, ask.service, ask.operation, json.dumps(dict(ask.parameters), sort_keys=True, default=str)


Facts = Mapping[str, Any]
