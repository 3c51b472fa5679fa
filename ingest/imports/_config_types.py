"""Configuration items of AWS Config as what their services would answer: the same words, spelled with small first letters.

https://github.com/awslabs/aws-config-resource-schema
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from xgraph.graph.model.arn import partition_of_region
from xgraph.ingest.imports._identities import UNREAD_INLINE
from xgraph.ingest.services._answers import UNREAD
from xgraph.ingest.services._documents import decoded

Item = Mapping[str, Any]
_INLINE = {"user": "UserPolicyList", "group": "GroupPolicyList", "role": "RolePolicyList"}
_BLOCK = ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets")
_PERMISSIONS = {"FullControl": "FULL_CONTROL", "Read": "READ", "Write": "WRITE", "ReadAcp": "READ_ACP", "WriteAcp": "WRITE_ACP"}
_GROUPS = {name: f"http://acs.amazonaws.com/groups/{kind}/{name}" for name, kind in (
    ("AllUsers", "global"), ("AuthenticatedUsers", "global"), ("LogDelivery", "s3"),
)}  # fmt: skip

# Type: the service and resource part of the ARN by the item's name, and where the policy is; "" where Config does not tell it.
# `none`: an item without the policy says that there is none.
_TYPES: Mapping[str, tuple[str, str, str, bool]] = {
    "AWS::SQS::Queue": ("sqs", "{name}", "Policy", True),
    "AWS::SNS::Topic": ("sns", "{name}", "Policy", True),
    "AWS::KMS::Key": ("kms", "key/{name}", "Policy", False),
    "AWS::Lambda::Function": ("lambda", "function:{name}", "Policy", False),
    "AWS::SecretsManager::Secret": ("secretsmanager", "secret:{name}", "ResourcePolicy", False),
    "AWS::ECR::Repository": ("ecr", "repository/{name}", "RepositoryPolicyText", False),
    "AWS::DynamoDB::Table": ("dynamodb", "table/{name}", "ResourcePolicy", False),
    "AWS::Events::EventBus": ("events", "event-bus/{name}", "Policy", False),
    "AWS::EFS::FileSystem": ("elasticfilesystem", "file-system/{name}", "FileSystemPolicy", False),
    "AWS::Kinesis::Stream": ("kinesis", "stream/{name}", "ResourcePolicy", False),
    "AWS::Backup::BackupVault": ("backup", "backup-vault:{name}", "AccessPolicy", False),
}


def json_inside(value: Any) -> Any:
    """A value that is JSON inside text, once or twice."""
    for _ in range(3):
        if not (isinstance(value, str) and value[:1] in {"{", "[", '"'}):
            break
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            break
    return value


def identity_of(kind: str, item: Item) -> dict[str, Any]:
    """The entry of a user, group, role or policy; what a query left out is there as a policy that was not read."""
    entry = _pascal(_settings(item))
    entry["Arn"] = item["ARN"] or entry.get("Arn", "")
    boundary = entry.get("PermissionsBoundary")
    if isinstance(boundary, str):
        entry["PermissionsBoundary"] = {"PermissionsBoundaryArn": boundary}
    is_whole = any(f"{kind}Id" in _settings(item) for kind in ("user", "group", "role", "policy"))
    if not is_whole and kind in _INLINE:
        if _INLINE[kind] not in entry or "AttachedManagedPolicies" not in entry:
            entry.setdefault(_INLINE[kind], [])
            entry[_INLINE[kind]] = [*(entry[_INLINE[kind]] or ()), {"PolicyName": UNREAD_INLINE}]
        if kind != "group" and "PermissionsBoundary" not in entry:
            entry["PermissionsBoundary"] = {"PermissionsBoundaryArn": f"{entry['Arn']}#boundary"}
    return {key: value for key, value in entry.items() if value is not None}


def bucket_of(item: Item) -> tuple[str, dict[str, Any]]:
    """A bucket's name, and what the item gives of it."""
    name = str(item.get("resourceName") or item.get("resourceId") or _settings(item).get("name") or "")
    more = {key: json_inside(value) for key, value in _more(item).items()}
    given: dict[str, Any] = {"Region": item.get("awsRegion") or None}
    if "BucketPolicy" in more:
        policy = more["BucketPolicy"]
        given["Policy"] = (policy.get("policyText") if isinstance(policy, Mapping) else policy) or None
    if "AccessControlList" in more:
        given["Acl"] = _acl(more["AccessControlList"])
    if more:
        block, encryption = more.get("PublicAccessBlockConfiguration"), more.get("ServerSideEncryptionConfiguration")
        given["PublicAccessBlock"] = _block(block)
        given["Encryption"] = _encryption(encryption) if encryption else None
    rules = more.get("OwnershipControls")
    if isinstance(rules, Mapping) and rules.get("rules"):
        given["OwnershipControls"] = rules["rules"][0].get("objectOwnership")
    tags = _tags(item)
    return name, given if tags is UNREAD else {**given, "Tags": tags}


def account_block(item: Item) -> Any:
    """An account's Block Public Access."""
    return _block(_settings(item))


def resource_of(item: Item) -> tuple[str, dict[str, Any]] | None:
    """A resource's ARN, and what the item gives of it; None for a type that is not used."""
    found = _TYPES.get(item["resourceType"])
    if found is None:
        return None
    service, pattern, key, tells_none = found
    region, settings = str(item.get("awsRegion") or ""), _settings(item)
    name = str(item.get("resourceName") or item.get("resourceId") or "")
    arn = str(item["ARN"] or f"arn:{partition_of_region(region)}:{service}:{region}:{item['account']}:{pattern.format(name=name)}")
    held = {**settings, **_more(item)}
    policy = next((held[each] for each in (key, key[:1].lower() + key[1:]) if each in held), None if tells_none and settings else UNREAD)
    policy = policy.get("PolicyDocument", policy) if isinstance(policy, Mapping) else policy
    given: dict[str, Any] = {"Policy": policy if policy is UNREAD else _document(policy), "Tags": _tags(item)}
    if service == "lambda" and (settings.get("role") or settings.get("Role")):
        given["entry"] = {"Role": settings.get("role") or settings.get("Role")}
    if service == "kms" and settings.get("keyManager"):
        given["KeyMetadata"] = {"KeyManager": settings["keyManager"], "KeyState": settings.get("keyState")}
    return arn, given


def _settings(item: Item) -> Mapping[str, Any]:
    found = item.get("configuration")
    return found if isinstance(found, Mapping) else {}


def _more(item: Item) -> Mapping[str, Any]:
    found = item.get("supplementaryConfiguration")
    return found if isinstance(found, Mapping) else {}


def _document(value: Any) -> Any:
    """A policy document: an object, text, or text inside text, encoded or not; None for none."""
    if isinstance(value, str):
        inner = json_inside(value) if value[:1] == '"' else value
        return decoded(inner) if isinstance(inner, str) and inner else inner or None
    return value or None


def _pascal(value: Any) -> Any:
    """Keys with large first letters; documents are text and stay."""
    if isinstance(value, Mapping):
        return {key[:1].upper() + key[1:]: _pascal(each) for key, each in value.items() if each is not None}
    if isinstance(value, list):
        return [_pascal(each) for each in value]
    return value


def _block(value: Any) -> Any:
    if not isinstance(value, Mapping):
        return None
    found = _pascal(value)
    return {name: str(found.get(name, False)).lower() == "true" for name in _BLOCK}


def _encryption(value: Any) -> Any:
    try:
        default = value["rules"][0]["applyServerSideEncryptionByDefault"]
        named = default.get("kmsMasterKeyID")
        rule = {"SSEAlgorithm": default["sseAlgorithm"], **({"KMSMasterKeyID": named} if named else {})}
    except (KeyError, IndexError, TypeError, AttributeError):
        return UNREAD
    return {"Rules": [{"ApplyServerSideEncryptionByDefault": rule}]}


def _acl(value: Any) -> Any:
    try:
        grants = [{"Grantee": _grantee(each["grantee"]), "Permission": _PERMISSIONS[each["permission"]]} for each in value["grantList"]]
        return {"Owner": {"ID": value["owner"]["id"]}, "Grants": grants}
    except (KeyError, TypeError):
        return UNREAD


def _grantee(grantee: Any) -> dict[str, str]:
    if isinstance(grantee, str):
        return {"Type": "Group", "URI": _GROUPS[grantee]}
    return {"Type": "CanonicalUser", "ID": grantee["id"]}


def _tags(item: Item) -> Any:
    """Tags in either of Config's shapes: an object, or a list of keys and values."""
    tags = item.get("tags")
    if isinstance(tags, Mapping):
        return {str(key): str(value) for key, value in tags.items()}
    if isinstance(tags, list):
        return {str(tag["key"]): str(tag.get("value", "")) for tag in tags if isinstance(tag, Mapping) and "key" in tag}
    return UNREAD
