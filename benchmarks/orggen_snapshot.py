"""The snapshot emitter of orggen: the calls that `xgraph import gaad` makes of the raw files, with SSE-S3 on the buckets.

Standard library only, like orggen itself: of xgraph it uses what needs nothing else, the writer of snapshots. The importer, which
needs msgspec, is the other way to the same bytes; tests/benchmarks compares the two.
"""

from __future__ import annotations

import json
import sys
from collections import defaultdict
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # a clone that nobody has installed is enough

from xgraph.graph.model.arn import parse_arn
from xgraph.graph.model.coverage import Outcome
from xgraph.ingest.imports._groups import NOT_GIVEN, group_batches
from xgraph.ingest.snapshot.batch import Batch
from xgraph.ingest.snapshot.encoding import compact
from xgraph.ingest.snapshot.layout import EVERY_REGION, ORGANIZATIONS
from xgraph.ingest.snapshot.store import SnapshotWriter

ENCRYPTION = {"ServerSideEncryptionConfiguration": {"Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]}}
QUEUE_ATTRIBUTES = ["KmsMasterKeyId", "Policy", "QueueArn", "SqsManagedSseEnabled"]


class _Writer(SnapshotWriter):
    """Puts what was planted where it belongs: calls of a batch give way to planted ones, the other planted batches come last."""

    def __init__(self, folder: str, planted: dict[tuple[str, str, str], Batch]) -> None:
        super().__init__(folder, force=True)
        self._planted = dict(planted)

    def put(self, batch: Batch) -> None:
        more = self._planted.pop((batch.account, batch.service, batch.region), None)
        super().put(batch if more is None else _merged(batch, more))

    def put_planted(self) -> None:
        for key in sorted(self._planted):
            self.put(self._planted[key])


def _merged(batch: Batch, more: Batch) -> Batch:
    told = {(row.call, row.parameters) for row in more.rows}
    answers = [each for each in batch.answers if (each.call, compact(each.parameters)) not in told]
    rows = [row for row in batch.rows if (row.call, row.parameters) not in told]
    return replace(batch, answers=[*answers, *more.answers], rows=[*rows, *more.rows])


def write_snapshot(
    folder: str, organization: dict, accounts: dict[str, tuple[dict, dict]], planted: dict[tuple[str, str, str], Batch] | None = None
) -> str:
    """Writes the snapshot, over one that lies there already, and gives its id.

    `organization` is the content of org.json; `accounts` has for each account the contents of gaad.json and resources.json;
    `planted` are further answers, by account, service and region.
    """
    with _Writer(folder, planted or {}) as writer:
        writer.put(_organization(organization))
        for account, (details, resources) in sorted(accounts.items()):
            writer.put(_iam(account, details))
            writer.put(_s3(account, resources["Buckets"]))
            _regional(writer, account, "sqs", "list_queues", resources["Queues"], _queues)
            _regional(writer, account, "dynamodb", "list_tables", resources["Tables"], _tables)
            for batch in group_batches(account, resources):
                writer.put(batch)
        writer.put_planted()
        return writer.finish()


def _text(document: dict) -> str:
    """A policy document as text, in the order it was written."""
    return json.dumps(document, separators=(",", ":"))


def _without(record: dict, *keys: str) -> dict:
    return {key: value for key, value in record.items() if key not in keys}


def _organization(given: dict) -> Batch:
    head = given["Organization"]
    batch = Batch(head["Id"], ORGANIZATIONS, asked=head["MasterAccountId"])
    batch.ok("describe_organization", {}, {"Organization": head})
    batch.ok("list_roots", {}, {"Roots": given["Roots"]})
    children = {"OrganizationalUnits": "list_organizational_units_for_parent", "Accounts": "list_accounts_for_parent"}
    for parent in (*given["Roots"], *given["OrganizationalUnits"]):
        for group, call in children.items():
            found = [_without(child, "Parent", "Kind") for child in given[group] if child["Parent"] == parent["Id"]]
            batch.ok(call, {"ParentId": parent["Id"]}, {group: found})
    for kind in ("RESOURCE_CONTROL_POLICY", "SERVICE_CONTROL_POLICY"):
        policies = [policy for policy in given["Policies"] if policy["Type"] == kind]
        batch.ok("list_policies", {"Filter": kind}, {"Policies": [_without(policy, "Content") for policy in policies]})
        for policy in policies:
            at = {"PolicyId": policy["Id"]}
            targets = dict.fromkeys(each["TargetId"] for each in given["Attachments"] if policy["Id"] in each["PolicyIds"])
            batch.ok("list_targets_for_policy", at, {"Targets": [{"TargetId": target} for target in targets]})
            described = {"PolicySummary": _without(policy, "Content"), "Content": _text(policy["Content"])}
            batch.ok("describe_policy", at, {"Policy": described})
    return batch


def _iam(account: str, details: dict) -> Batch:
    batch = Batch(account, "iam")
    batch.ok("get_account_authorization_details", {}, details)
    for call in ("list_account_aliases", "list_open_id_connect_providers", "list_saml_providers"):
        batch.ended(Outcome.NOT_TRIED, call, {}, NOT_GIVEN)
    return batch


def _s3(account: str, buckets: list[dict]) -> Batch:
    batch = Batch(account, "s3")
    batch.ended(Outcome.NOT_TRIED, "s3control.get_public_access_block", {"AccountId": account}, NOT_GIVEN)
    batch.ok("list_buckets", {}, {"Buckets": [{"Name": bucket["Name"]} for bucket in buckets]})
    for bucket in buckets:
        at = {"Bucket": bucket["Name"]}
        batch.ok("get_bucket_location", at, {"LocationConstraint": bucket["Region"]})
        _ok_or_empty(batch, "get_bucket_policy", at, "Policy", bucket["Policy"] and _text(bucket["Policy"]))
        batch.ok("get_bucket_acl", at, bucket["Acl"])
        batch.ok("get_bucket_ownership_controls", at, {"OwnershipControls": {"Rules": [{"ObjectOwnership": bucket["OwnershipControls"]}]}})
        batch.ok("get_public_access_block", at, {"PublicAccessBlockConfiguration": bucket["PublicAccessBlock"]})
        batch.ok("get_bucket_encryption", at, ENCRYPTION)
        _ok_or_empty(batch, "get_bucket_tagging", at, "TagSet", _tag_list(bucket["Tags"]))
    return batch


def _tag_list(tags: dict[str, str]) -> list[dict]:
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def _ok_or_empty(batch: Batch, call: str, parameters: dict, key: str, value) -> None:
    if value:
        batch.ok(call, parameters, {key: value})
    else:
        batch.ended(Outcome.EMPTY, call, parameters)


def _regional(writer: SnapshotWriter, account: str, service: str, listing: str, items: list[dict], fill) -> None:
    regions: defaultdict[str, list[dict]] = defaultdict(list)
    for item in items:
        regions[parse_arn(item["Arn"]).region].append(item)
    for region, found in sorted(regions.items()):
        batch = Batch(account, service, region)
        fill(batch, found)
        writer.put(batch)
    if not regions:
        batch = Batch(account, service, EVERY_REGION)
        batch.ended(Outcome.EMPTY, listing, {})
        writer.put(batch)


def _queues(batch: Batch, items: list[dict]) -> None:
    urls = [f"https://sqs.{batch.region}.amazonaws.com/{batch.account}/{item['Arn'].rsplit(':', 1)[1]}" for item in items]
    batch.ok("list_queues", {}, {"QueueUrls": urls})
    for url, item in zip(urls, items, strict=True):
        policy = {"Policy": _text(item["Policy"])} if item["Policy"] else {}
        at = {"QueueUrl": url, "AttributeNames": QUEUE_ATTRIBUTES}
        batch.ok("get_queue_attributes", at, {"Attributes": {"QueueArn": item["Arn"], **policy}})
        _ok_or_empty(batch, "list_queue_tags", {"QueueUrl": url}, "Tags", item["Tags"])


def _tables(batch: Batch, items: list[dict]) -> None:
    names = [item["Arn"].split(":table/", 1)[1] for item in items]
    batch.ok("list_tables", {}, {"TableNames": names})
    for name, item in zip(names, items, strict=True):
        at = {"ResourceArn": item["Arn"]}
        batch.ok("describe_table", {"TableName": name}, {"Table": {"TableArn": item["Arn"], "TableName": name}})
        _ok_or_empty(batch, "get_resource_policy", at, "Policy", item["Policy"] and _text(item["Policy"]))
        _ok_or_empty(batch, "list_tags_of_resource", at, "Tags", _tag_list(item["Tags"]))
