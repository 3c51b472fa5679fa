"""Groups of a resources file as the answers that KMS, SNS, Lambda, Secrets Manager and ECR would have given.

Standard library only: the generator of organizations writes the same calls with it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from xgraph.graph.model.arn import parse_arn
from xgraph.graph.model.coverage import Outcome
from xgraph.ingest.snapshot.batch import Batch
from xgraph.ingest.snapshot.layout import EVERY_REGION

NOT_GIVEN = "not in the imported files"
Item = Mapping[str, Any]


def group_batches(account: str, raw: Mapping[str, Any]) -> Iterator[Batch]:
    """The batches of every group that was handed in; an empty list says that there is none."""
    for group, (service, listing, fill) in GROUPS.items():
        if raw.get(group) is None:
            continue
        regions: dict[str, list[Item]] = {}
        for item in raw[group]:
            arn = parse_arn(str(item.get("Arn", "")))
            if arn is not None and arn.service == service and arn.account == account:
                regions.setdefault(arn.region, []).append(item)
        if not raw[group]:
            batch = Batch(account, service, EVERY_REGION)
            batch.ended(Outcome.EMPTY, listing, {})
            yield batch
        for region, items in sorted(regions.items()):
            batch = Batch(account, service, region)
            fill(batch, items)
            yield batch


def _text(document: object) -> str:
    return document if isinstance(document, str) else json.dumps(document, separators=(",", ":"))


def _one(
    batch: Batch, call: str, parameters: Mapping[str, Any], item: Item, given: str, answer: Callable[[Any], Mapping[str, Any]]
) -> None:
    """What an item says, as the answer to `call`: missing was not tried, null says that there is none."""
    if given not in item:
        batch.ended(Outcome.NOT_TRIED, call, parameters, NOT_GIVEN)
    elif item[given] is None:
        batch.ended(Outcome.EMPTY, call, parameters)
    else:
        batch.ok(call, parameters, answer(item[given]))


def _pairs(tags: object, key: str = "Key", value: str = "Value") -> list[dict[str, str]]:
    """Tags as a list, from an object or a list."""
    if isinstance(tags, Mapping):
        return [{key: str(name), value: str(text)} for name, text in tags.items()]
    return [{key: one["Key"], value: one.get("Value", "")} for one in tags] if isinstance(tags, list) else []


def _keys(batch: Batch, items: list[Item]) -> None:
    ids = [str(item.get("KeyId") or item["Arn"].rpartition("/")[2]) for item in items]
    batch.ok("list_keys", {}, {"Keys": [{"KeyId": key, "KeyArn": item["Arn"]} for key, item in zip(ids, items, strict=True)]})
    aliases = [(key, alias) for key, item in zip(ids, items, strict=True) for alias in item.get("Aliases") or ()]
    home = {key: item["Arn"].rpartition(":")[0] for key, item in zip(ids, items, strict=True)}
    listed = [{"AliasName": alias, "AliasArn": f"{home[key]}:{alias}", "TargetKeyId": key} for key, alias in aliases]
    batch.ok("list_aliases", {}, {"Aliases": listed})
    for key, item in zip(ids, items, strict=True):
        at = {"KeyId": key}
        _one(batch, "describe_key", at, item, "KeyManager", lambda manager: {"KeyMetadata": {"KeyManager": manager}})
        _one(batch, "get_key_policy", {**at, "PolicyName": "default"}, item, "Policy", lambda policy: {"Policy": _text(policy)})
        _one(batch, "list_grants", at, item, "Grants", lambda grants: {"Grants": grants})
        _one(batch, "list_resource_tags", at, item, "Tags", lambda tags: {"Tags": _pairs(tags, "TagKey", "TagValue")})


def _topics(batch: Batch, items: list[Item]) -> None:
    batch.ok("list_topics", {}, {"Topics": [{"TopicArn": item["Arn"]} for item in items]})
    for item in items:
        at = {"TopicArn": item["Arn"]}
        if "Policy" in item:
            policy = {} if item["Policy"] is None else {"Policy": _text(item["Policy"])}
            key = {"KmsMasterKeyId": item["KmsMasterKeyId"]} if item.get("KmsMasterKeyId") else {}
            batch.ok("get_topic_attributes", at, {"Attributes": {**policy, **key}})
        else:
            batch.ended(Outcome.NOT_TRIED, "get_topic_attributes", at, NOT_GIVEN)
        _one(batch, "list_tags_for_resource", {"ResourceArn": item["Arn"]}, item, "Tags", lambda tags: {"Tags": _pairs(tags)})


def _functions(batch: Batch, items: list[Item]) -> None:
    names = [item["Arn"].partition(":function:")[2] for item in items]
    listed = [
        {"FunctionName": name, "FunctionArn": item["Arn"], **({"Role": item["Role"]} if item.get("Role") else {})}
        for name, item in zip(names, items, strict=True)
    ]
    batch.ok("list_functions", {}, {"Functions": listed})
    for name, item in zip(names, items, strict=True):
        at = {"FunctionName": name}
        for call in ("list_versions_by_function", "list_aliases", "list_function_url_configs"):
            batch.ended(Outcome.NOT_TRIED, call, at, NOT_GIVEN)
        _one(batch, "get_policy", at, item, "Policy", lambda policy: {"Policy": _text(policy)})
        _one(
            batch, "list_tags", {"Resource": item["Arn"]}, item, "Tags", lambda tags: {"Tags": {t["Key"]: t["Value"] for t in _pairs(tags)}}
        )


def _secrets(batch: Batch, items: list[Item]) -> None:
    listed = [
        {
            "ARN": item["Arn"],
            "Name": item["Arn"].partition(":secret:")[2].rpartition("-")[0],
            **({"KmsKeyId": item["KmsKeyId"]} if item.get("KmsKeyId") else {}),
            "Tags": _pairs(item.get("Tags")),
        }
        for item in items
    ]
    batch.ok("list_secrets", {}, {"SecretList": listed})
    for item in items:
        at = {"SecretId": item["Arn"]}
        _one(batch, "get_resource_policy", at, item, "Policy", lambda policy: {"ResourcePolicy": _text(policy)})


def _repositories(batch: Batch, items: list[Item]) -> None:
    names = [item["Arn"].partition(":repository/")[2] for item in items]
    listed = [{"repositoryArn": item["Arn"], "repositoryName": name} for name, item in zip(names, items, strict=True)]
    batch.ok("describe_repositories", {}, {"repositories": listed})
    batch.ended(Outcome.NOT_TRIED, "get_registry_policy", {}, NOT_GIVEN)
    for name, item in zip(names, items, strict=True):
        _one(batch, "get_repository_policy", {"repositoryName": name}, item, "Policy", lambda policy: {"policyText": _text(policy)})
        _one(batch, "list_tags_for_resource", {"resourceArn": item["Arn"]}, item, "Tags", lambda tags: {"tags": _pairs(tags)})


Fill = Callable[[Batch, list[Item]], None]

# By the group's name: service, its listing call, and how a region's items are written down.
GROUPS: Mapping[str, tuple[str, str, Fill]] = {
    "Keys": ("kms", "list_keys", _keys),
    "Topics": ("sns", "list_topics", _topics),
    "Functions": ("lambda", "list_functions", _functions),
    "Secrets": ("secretsmanager", "list_secrets", _secrets),
    "Repositories": ("ecr", "describe_repositories", _repositories),
}
