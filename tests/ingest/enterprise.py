"""An organization of fourteen accounts on the moto server, in two regions: enough of them for what happens between accounts."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from tests.ingest.conftest import REGION, Builder, Proxy, document, trust

MANAGEMENT = "200000000001"
KEY = "made-up-two"
REGIONS = (REGION, "us-east-1")
SERVICES = ("iam", "s3", "sqs", "dynamodb")
MEMBERS = 13


@dataclass(frozen=True)
class Enterprise:
    """Ids that moto made up; `members` without the management account, in the order in which they were made."""

    organization: str
    root: str
    units: tuple[str, ...]
    members: tuple[str, ...]

    @property
    def accounts(self) -> tuple[str, ...]:
        return tuple(sorted((MANAGEMENT, *self.members)))


def build(proxy: Proxy) -> Enterprise:
    """Makes the organization through boto3, as an administrator would: every third account in the root and in each of two units."""
    proxy.accounts[KEY] = MANAGEMENT
    builder = Builder(proxy.url, KEY)
    organizations = builder.client("organizations")
    organization = organizations.create_organization(FeatureSet="ALL")["Organization"]["Id"]
    root = organizations.list_roots()["Roots"][0]["Id"]
    organizations.enable_policy_type(RootId=root, PolicyType="SERVICE_CONTROL_POLICY")
    units: list[str] = []
    for name in ("Workloads", "Prod"):
        made = organizations.create_organizational_unit(ParentId=units[-1] if units else root, Name=name)
        units.append(made["OrganizationalUnit"]["Id"])
    members = tuple(_member(organizations, number, (root, *units)[number % 3], root) for number in range(MEMBERS))
    stays = document("Deny", "organizations:LeaveOrganization")
    builder.policy(organizations, "SERVICE_CONTROL_POLICY", "NoLeaving", stays, units[0])
    for account in (MANAGEMENT, *members):
        _fill(builder, account, members[0])
    return Enterprise(organization, root, tuple(units), members)


def _member(organizations: Any, number: int, parent: str, root: str) -> str:
    made = organizations.create_account(Email=f"team-{number}@example.com", AccountName=f"team-{number}")
    account = str(made["CreateAccountStatus"]["AccountId"])
    if parent != root:
        organizations.move_account(AccountId=account, SourceParentId=root, DestinationParentId=parent)
    return account


def _fill(builder: Builder, account: str, hub: str) -> None:
    """Three roles and a user, a bucket, a table, and a queue in each region."""
    iam = builder.client("iam", account)
    for number in range(3):
        iam.create_role(RoleName=f"app-{number}", AssumeRolePolicyDocument=json.dumps(trust({"AWS": f"arn:aws:iam::{hub}:root"})))
    iam.put_role_policy(RoleName="app-0", PolicyName="own", PolicyDocument=json.dumps(document("Allow", "s3:GetObject")))
    iam.create_user(UserName="ada")
    s3 = builder.client("s3", account)
    s3.create_bucket(Bucket=f"acme-{account}", CreateBucketConfiguration={"LocationConstraint": REGION})
    read = {**document("Allow", "s3:GetObject", f"arn:aws:s3:::acme-{account}/*")["Statement"][0], "Principal": {"AWS": hub}}
    s3.put_bucket_policy(Bucket=f"acme-{account}", Policy=json.dumps({"Version": "2012-10-17", "Statement": [read]}))
    builder.client("dynamodb", account).create_table(
        TableName="orders",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    for region in REGIONS:
        builder.client("sqs", account, region).create_queue(QueueName="orders")
