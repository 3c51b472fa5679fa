"""A resources file (`resources.json`) as the answers that S3, SQS and DynamoDB would have given."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import msgspec

from xgraph.graph.model.arn import account_of, is_account_id, parse_arn
from xgraph.graph.model.coverage import Outcome
from xgraph.ingest.imports._groups import GROUPS, NOT_GIVEN, group_batches
from xgraph.ingest.imports._source import Source, document_text
from xgraph.ingest.services.s3 import ACCOUNT_BLOCK, Acl
from xgraph.ingest.services.sqs import ATTRIBUTES
from xgraph.ingest.snapshot.batch import Batch
from xgraph.ingest.snapshot.layout import EVERY_REGION, SnapshotError, place_of, printable

_USED = frozenset({*GROUPS, "AccountId", "AccountPublicAccessBlock", "Buckets", "CanonicalId", "Queues", "Tables"})


class _Encryption(msgspec.Struct, rename="pascal"):
    rules: list[dict[str, Any]]


class _Status(msgspec.Struct, rename="pascal"):
    is_public: bool


class _TagItem(msgspec.Struct, rename="pascal"):
    key: str
    value: str = ""


_Tags = dict[str, str] | list[_TagItem] | None


class _Object(msgspec.Struct, rename="pascal"):
    key: str
    owner: str | None = None
    acl: Acl | None = None
    tags: _Tags = None
    kms_key: str | None = msgspec.field(name="KMSKeyId", default=None)


class _Bucket(msgspec.Struct, rename="pascal"):
    name: str
    region: str | None = None
    acl: Acl | None = None
    ownership_controls: str | None = None
    public_access_block: dict[str, bool] | None = None
    encryption: str | _Encryption | None = None
    bucket_policy_status: _Status | None = None
    tags: _Tags = None
    objects: list[_Object] | None = None


class _Item(msgspec.Struct, rename="pascal"):
    arn: str
    tags: _Tags = None


class _File(msgspec.Struct, rename="pascal"):
    account_id: str = ""
    canonical_id: str | None = None
    account_public_access_block: dict[str, bool] | None = None
    buckets: list[_Bucket] | None = None
    queues: list[_Item] | None = None
    tables: list[_Item] | None = None


def resource_calls(source: Source) -> tuple[str, list[Batch], tuple[str, ...]]:
    """The account, its calls, and what could not be used, in sentences."""
    raw, file = source.parse(_File)
    account = _account(source, file)
    batches = [
        _s3(account, raw),
        *_regional(account, "sqs", "list_queues", _by_region(source, account, "sqs", raw.get("Queues")), _queues),
        *_regional(account, "dynamodb", "list_tables", _by_region(source, account, "dynamodb", raw.get("Tables")), _tables),
        *group_batches(account, raw),
    ]
    return account, batches, _unused(source, raw)


def not_given(account: str) -> list[Batch]:
    """The batches of an account whose resources nobody handed in: all that is known is that nothing is."""
    batches = [Batch(account, "s3"), Batch(account, "sqs", EVERY_REGION), Batch(account, "dynamodb", EVERY_REGION)]
    for batch, call in zip(batches, ("list_buckets", "list_queues", "list_tables"), strict=True):
        batch.ended(Outcome.NOT_TRIED, call, {}, NOT_GIVEN)
    return batches


def _account(source: Source, file: _File) -> str:
    arns = (item.arn for item in (*(file.queues or ()), *(file.tables or ())))
    account = file.account_id or next((found for arn in arns if (found := account_of(arn))), None) or source.account_in_name() or ""
    if not is_account_id(account):
        raise SnapshotError(f"`{source.path}`: the account is not known: `AccountId` is missing or not 12 digits")
    return account


def _s3(account: str, raw: Mapping[str, Any]) -> Batch:
    batch = Batch(account, "s3")
    _one(batch, ACCOUNT_BLOCK, {"AccountId": account}, raw, "AccountPublicAccessBlock", "PublicAccessBlockConfiguration")
    if raw.get("Buckets") is None:
        batch.ended(Outcome.NOT_TRIED, "list_buckets", {}, NOT_GIVEN)
        return batch
    owner = {"Owner": {"ID": raw["CanonicalId"]}} if raw.get("CanonicalId") else {}
    batch.ok("list_buckets", {}, {"Buckets": [{"Name": bucket["Name"]} for bucket in raw["Buckets"]], **owner})
    for bucket in raw["Buckets"]:
        _bucket(batch, bucket)
    return batch


def _bucket(batch: Batch, raw: Mapping[str, Any]) -> None:
    at = {"Bucket": raw["Name"]}
    if raw.get("Region"):
        batch.ok("get_bucket_location", at, {"LocationConstraint": None if raw["Region"] == "us-east-1" else raw["Region"]})
    else:
        batch.ended(Outcome.NOT_TRIED, "get_bucket_location", at, NOT_GIVEN)
    _one(batch, "get_bucket_policy", at, raw, "Policy", "Policy", document_text)
    _one(batch, "get_bucket_acl", at, raw, "Acl", "", may_be_none=False)
    _one(batch, "get_bucket_ownership_controls", at, raw, "OwnershipControls", "OwnershipControls", _ownership)
    _one(batch, "get_public_access_block", at, raw, "PublicAccessBlock", "PublicAccessBlockConfiguration")
    _with_default(batch, "get_bucket_encryption", at, raw, "Encryption", "ServerSideEncryptionConfiguration", _encryption)
    _one(batch, "get_bucket_tagging", at, raw, "Tags", "TagSet", _tag_set)
    if raw.get("BucketPolicyStatus") is not None:  # AWS's own verdict, which is worked out where it is missing
        batch.ok("get_bucket_policy_status", at, {"PolicyStatus": raw["BucketPolicyStatus"]})
    if raw.get("Objects") is not None:
        batch.ok("list_objects", at, {"Objects": [_object(each) for each in raw["Objects"]]})


def _one(
    batch: Batch,
    call: str,
    parameters: Mapping[str, Any],
    raw: Mapping[str, Any],
    given: str,
    answered: str,
    convert: Callable[[Any], Any] = lambda value: value,
    *,
    may_be_none: bool = True,
) -> None:
    """One setting as the answer to `call`: a key that is missing was not tried, null and `{}` say that there is none."""
    value = raw.get(given)
    if given not in raw or (value is None and not may_be_none):
        batch.ended(Outcome.NOT_TRIED, call, parameters, NOT_GIVEN)
    elif value is None or (value in ({}, []) and given != "Policy"):
        batch.ended(Outcome.EMPTY, call, parameters)
    else:
        converted = convert(value)
        batch.ok(call, parameters, {answered: converted} if answered else converted)


UNKNOWN_KEY = "unknown"


def _with_default(
    batch: Batch,
    call: str,
    parameters: Mapping[str, Any],
    raw: Mapping[str, Any],
    given: str,
    answered: str,
    convert: Callable[[Any], Any],
) -> None:
    """Encryption: every bucket and table is encrypted with AWS's own default unless someone chose a key, so that leaving it out
    says "the default" and not knowing has a word of its own."""
    if raw.get(given) == UNKNOWN_KEY:
        batch.ended(Outcome.NOT_TRIED, call, parameters, NOT_GIVEN)
    else:
        _one(batch, call, parameters, {given: raw.get(given)}, given, answered, convert)


def _ownership(value: str) -> Mapping[str, Any]:
    return {"Rules": [{"ObjectOwnership": value}]}


def _encryption(value: str | Mapping[str, Any]) -> Mapping[str, Any]:
    """Rules as they are; `SSE-S3`, `aws/s3` or a key, in short."""
    if not isinstance(value, str):
        return value
    if value in {"SSE-S3", "AES256"}:
        default = {"SSEAlgorithm": "AES256"}
    else:
        default = {"SSEAlgorithm": "aws:kms", **({} if value in {"aws/s3", "aws:kms"} else {"KMSMasterKeyID": value})}
    return {"Rules": [{"ApplyServerSideEncryptionByDefault": default}]}


def _tag_set(tags: Mapping[str, str] | list[Mapping[str, str]]) -> list[Mapping[str, str]]:
    return [{"Key": key, "Value": value} for key, value in tags.items()] if isinstance(tags, Mapping) else tags


def _tag_map(tags: Mapping[str, str] | list[Mapping[str, str]]) -> Mapping[str, str]:
    return tags if isinstance(tags, Mapping) else {tag["Key"]: tag.get("Value", "") for tag in tags}


def _object(raw: Mapping[str, Any]) -> Mapping[str, Any]:
    kept = {key: raw[key] for key in ("Key", "Owner", "Acl", "KMSKeyId") if key in raw}
    return kept if raw.get("Tags") is None else {**kept, "Tags": _tag_set(raw["Tags"])}


def _by_region(source: Source, account: str, service: str, items: list[Mapping[str, Any]] | None) -> dict[str, list[Any]] | None:
    if items is None:
        return None
    regions: defaultdict[str, list[Any]] = defaultdict(list)
    for item in items:
        arn = parse_arn(item["Arn"])
        if arn is None or arn.service != service or place_of(f"accounts/{account}/{service}.{arn.region}.json") is None:
            raise SnapshotError(f"`{source.path}`: `{item['Arn']}` is not an ARN of {service}")
        if arn.account != account:
            raise SnapshotError(f"`{source.path}`: `{item['Arn']}` does not belong to the account `{account}`")
        regions[arn.region].append(item)
    return regions


def _regional(
    account: str, service: str, listing: str, regions: Mapping[str, list[Any]] | None, fill: Callable[[Batch, list[Any]], None]
) -> Iterable[Batch]:
    if not regions:
        batch = Batch(account, service, EVERY_REGION)
        batch.ended(*((Outcome.NOT_TRIED, listing, {}, NOT_GIVEN) if regions is None else (Outcome.EMPTY, listing, {}, "")))
        yield batch
        return
    for region, items in sorted(regions.items()):
        batch = Batch(account, service, region)
        fill(batch, items)
        yield batch


def _queues(batch: Batch, items: list[Any]) -> None:
    urls = [f"https://sqs.{batch.region}.amazonaws.com/{batch.account}/{item['Arn'].rsplit(':', 1)[1]}" for item in items]
    batch.ok("list_queues", {}, {"QueueUrls": urls})
    for url, item in zip(urls, items, strict=True):
        at = {"QueueUrl": url, "AttributeNames": ATTRIBUTES}
        if "Policy" in item:
            policy = {} if item["Policy"] is None else {"Policy": document_text(item["Policy"])}
            key = {"KmsMasterKeyId": item["KmsMasterKeyId"]} if item.get("KmsMasterKeyId") else {}
            batch.ok("get_queue_attributes", at, {"Attributes": {"QueueArn": item["Arn"], **policy, **key}})
        else:
            batch.ended(Outcome.NOT_TRIED, "get_queue_attributes", at, NOT_GIVEN)
        _one(batch, "list_queue_tags", {"QueueUrl": url}, item, "Tags", "Tags", _tag_map)


def _tables(batch: Batch, items: list[Any]) -> None:
    names = [item["Arn"].split(":table/", 1)[-1] for item in items]
    batch.ok("list_tables", {}, {"TableNames": names})
    for name, item in zip(names, items, strict=True):
        at = {"ResourceArn": item["Arn"]}
        if item.get("SSEDescription") != UNKNOWN_KEY:
            sse = {"SSEDescription": item["SSEDescription"]} if item.get("SSEDescription") else {}
            batch.ok("describe_table", {"TableName": name}, {"Table": {"TableArn": item["Arn"], "TableName": name, **sse}})
        else:
            batch.ended(Outcome.NOT_TRIED, "describe_table", {"TableName": name}, NOT_GIVEN)
        _one(batch, "get_resource_policy", at, item, "Policy", "Policy", document_text)
        _one(batch, "list_tags_of_resource", at, item, "Tags", "Tags", _tag_set)


def _unused(source: Source, raw: Mapping[str, Any]) -> tuple[str, ...]:
    counts = [f"{len(raw[group])} {group}" for group in sorted(raw.keys() - _USED) if isinstance(raw[group], list) and raw[group]]
    return (printable(f"`{source.path}`: not used yet: {', '.join(counts)}"),) if counts else ()
