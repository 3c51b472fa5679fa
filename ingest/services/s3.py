"""Amazon S3: buckets with policy, ACL, ownership, encryption, tags and Block Public Access; objects where they are known.

https://docs.aws.amazon.com/AmazonS3/latest/API/
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from xgraph.graph.model.arn import partition_of_region
from xgraph.graph.model.document import Policy
from xgraph.graph.model.resource import Resource, StoredObject
from xgraph.ingest.services._answers import UNREAD, Answers, Unread
from xgraph.ingest.services._found import Found
from xgraph.ingest.services._kind import resource_policy
from xgraph.ingest.services._service import Asked, Call, Parameters, Scope, Service
from xgraph.ingest.services.iam import Tag

ACCOUNT_BLOCK = "s3control.get_public_access_block"

_MULTI_REGION = "s3control.list_multi_region_access_points"
_OF_MULTI_REGION = "us-west-2"  # where AWS answers all calls about them
_ANONYMOUS = "65a011a29cdf8ec533ec3d1ccaae921c"  # owns what nobody in particular uploaded (R6.10)


class _Owner(msgspec.Struct):
    id: str = msgspec.field(name="ID", default="")


class _Bucket(msgspec.Struct, rename="pascal"):
    name: str


class _Buckets(msgspec.Struct, rename="pascal"):
    buckets: list[_Bucket] = []
    owner: _Owner | None = None


class _Location(msgspec.Struct, rename="pascal"):
    location_constraint: str | None = None


class _PolicyAnswer(msgspec.Struct, rename="pascal"):
    policy: str


class _Status(msgspec.Struct, rename="pascal"):
    policy_status: dict[str, Any]


class Acl(msgspec.Struct, rename="pascal"):
    """An access control list; `ID` and `URI` keep AWS's spelling inside."""

    owner: dict[str, Any] = {}
    grants: list[dict[str, Any]] = []

    def as_answered(self) -> Mapping[str, Any]:
        return {"Owner": self.owner, "Grants": self.grants}


class _OwnershipRule(msgspec.Struct, rename="pascal"):
    object_ownership: str


class _OwnershipRules(msgspec.Struct, rename="pascal"):
    rules: list[_OwnershipRule]


class _Ownership(msgspec.Struct, rename="pascal"):
    ownership_controls: _OwnershipRules


class _Default(msgspec.Struct):
    algorithm: str = msgspec.field(name="SSEAlgorithm")
    key: str = msgspec.field(name="KMSMasterKeyID", default="")


class _EncryptionRule(msgspec.Struct, rename="pascal"):
    apply_server_side_encryption_by_default: _Default | None = None


class _EncryptionRules(msgspec.Struct, rename="pascal"):
    rules: list[_EncryptionRule] = []


class _Encryption(msgspec.Struct, rename="pascal"):
    server_side_encryption_configuration: _EncryptionRules


class _Tagging(msgspec.Struct, rename="pascal"):
    tag_set: list[Tag]


class _Block(msgspec.Struct, rename="pascal"):
    public_access_block_configuration: dict[str, bool]


class _AbacStatus(msgspec.Struct, rename="pascal"):
    status: str = "Disabled"


class _Abac(msgspec.Struct, rename="pascal"):
    abac_status: _AbacStatus


class _Regional(msgspec.Struct, rename="pascal"):
    bucket: str = ""
    bucket_account_id: str = ""


class _MultiRegion(msgspec.Struct, rename="pascal"):
    name: str
    alias: str = ""
    public_access_block: dict[str, bool] = {}
    regions: list[_Regional] = []


class _MultiRegions(msgspec.Struct, rename="pascal"):
    access_points: list[_MultiRegion] = []


class _Established(msgspec.Struct, rename="pascal"):
    policy: str | None = None


class _Policies(msgspec.Struct, rename="pascal"):
    established: _Established | None = None


class _MultiRegionPolicy(msgspec.Struct, rename="pascal"):
    policy: _Policies | None = None


class _Object(msgspec.Struct, rename="pascal"):
    key: str
    owner: str | None = None
    acl: Acl | None = None
    tags: list[Tag] | None = None
    kms_key: str | None | msgspec.UnsetType = msgspec.field(name="KMSKeyId", default=msgspec.UNSET)


class _Objects(msgspec.Struct, rename="pascal"):
    objects: list[_Object]


_NO_BLOCK = {"BlockPublicAcls": False, "BlockPublicPolicy": False, "IgnorePublicAcls": False, "RestrictPublicBuckets": False}


def _each_bucket(asked: Asked) -> Iterable[Parameters]:
    return ({"Bucket": bucket["Name"]} for bucket in asked.all("list_buckets", "Buckets"))


def _account(asked: Asked) -> Iterable[Parameters]:
    return ({"AccountId": asked.account},)


def _each_multi_region(asked: Asked) -> Iterable[Parameters]:
    return ({"AccountId": asked.account, "Name": point["Name"]} for point in asked.all(_MULTI_REGION, "AccessPoints"))


def normalize(answers: Answers) -> Found:
    """The account's buckets, and whom its canonical user id stands for."""
    account_block = _block(answers.one(ACCOUNT_BLOCK, _Block, AccountId=answers.account))
    owners: dict[str, str] = {}
    buckets = []
    for _, listed in answers.all("list_buckets", _Buckets):
        if listed.owner and listed.owner.id:
            owners[listed.owner.id] = answers.account
        for bucket in listed.buckets:
            buckets.append(_bucket(answers, bucket.name, account_block))
            acl = answers.one("get_bucket_acl", Acl, Bucket=bucket.name)
            if acl is not None and acl is not UNREAD and acl.owner.get("ID"):
                owners[acl.owner["ID"]] = answers.account
    owners.pop(_ANONYMOUS, None)
    return Found(resources=(*buckets, *_multi_region(answers, account_block)), canonical_ids=owners)


def _multi_region(answers: Answers, account_block: Mapping[str, bool] | None) -> Iterable[Resource]:
    """Multi-Region access points. Where one routes to several buckets, which of them answers is not known."""
    for _, answer in answers.all(_MULTI_REGION, _MultiRegions):
        for point in answer.access_points:
            arn = f"arn:aws:s3::{answers.account}:accesspoint/{point.alias}"
            found = answers.one("s3control.get_multi_region_access_point_policy", _MultiRegionPolicy, Name=point.name)
            held = None if found is UNREAD or found is None or found.policy is None else found.policy.established
            buckets = {(one.bucket, one.bucket_account_id or answers.account) for one in point.regions}
            settings: dict[str, Any] = {
                "PublicAccessBlock": {"access_point": _NO_BLOCK | point.public_access_block, "account": account_block}
            }
            settings["AccessPoint"] = _routes(buckets)
            policy = resource_policy(answers.documents, arn, UNREAD if found is UNREAD else held.policy if held else None)
            yield Resource(arn, answers.account, "s3", "multiregionaccesspoint", "", policy, (), settings)


def _routes(buckets: set[tuple[str, str]]) -> dict[str, Any]:
    """The bucket that a multi-Region access point leads to, or the names of those among which it chooses."""
    if len(buckets) == 1:
        return {"Bucket": dict(zip(("name", "account"), next(iter(buckets)), strict=True))}
    return {"Bucket": {}, "Buckets": sorted(name for name, _ in buckets)}


def _bucket(answers: Answers, name: str, account_block: Mapping[str, bool] | None) -> Resource:
    region = _region(answers.one("get_bucket_location", _Location, Bucket=name))
    arn = f"arn:{partition_of_region(region)}:s3:::{name}"
    acl = answers.one("get_bucket_acl", Acl, Bucket=name)
    settings: dict[str, Any] = {
        "BucketAcl": acl.as_answered() if acl is not UNREAD and acl is not None else None,
        **_abac(answers.one("get_bucket_abac", _Abac, Bucket=name)),
        "PublicAccessBlock": {
            "bucket": _block(answers.one("get_public_access_block", _Block, Bucket=name)),
            "account": account_block,
        },
        "EncryptionKey": _key(answers.one("get_bucket_encryption", _Encryption, Bucket=name), region, answers.account),
        **_ownership(answers.one("get_bucket_ownership_controls", _Ownership, Bucket=name)),
        **_policy_status(answers.one("get_bucket_policy_status", _Status, Bucket=name)),
    }
    if region:
        settings["Region"] = region
    return Resource(
        arn=arn,
        account=answers.account,
        service="s3",
        type="bucket",
        region=region,
        policy=_policy(answers, arn, answers.one("get_bucket_policy", _PolicyAnswer, Bucket=name)),
        tags=_tags(answers.one("get_bucket_tagging", _Tagging, Bucket=name)),
        settings=settings,
        objects=_objects(answers.one("list_objects", _Objects, Bucket=name)),
    )


def _region(location: _Location | None | Unread) -> str:
    """The region; null and `EU` are older than region names."""
    if location is UNREAD:
        return ""
    constraint = location.location_constraint if location else None
    return {"": "us-east-1", "EU": "eu-west-1"}.get(constraint or "", constraint or "")


def _policy(answers: Answers, arn: str, answer: _PolicyAnswer | None | Unread) -> Policy | None:
    if answer is None:
        return None
    return Policy(f"{arn}#resource-policy", None if answer is UNREAD else answers.documents.keep(answer.policy))


def _policy_status(answer: _Status | None | Unread) -> Mapping[str, Any]:
    return {} if answer is None or answer is UNREAD else {"PolicyStatus": answer.policy_status}


def _ownership(answer: _Ownership | None | Unread) -> Mapping[str, Any]:
    """No controls behave as ObjectWriter (R6.2) and are left out."""
    if answer is None:
        return {}
    if answer is UNREAD:
        return {"ObjectOwnership": None}
    rules = answer.ownership_controls.rules
    return {"ObjectOwnership": rules[0].object_ownership} if rules else {}


def _abac(answer: _Abac | None | Unread) -> Mapping[str, Any]:
    """Whether the bucket's tags count for access; left out where nobody asked, as they did not before there was such a setting."""
    return {} if answer is None or answer is UNREAD else {"BucketAbac": answer.abac_status.status}


def _block(answer: _Block | None | Unread) -> Mapping[str, bool] | None:
    if answer is UNREAD:
        return None
    return _NO_BLOCK | answer.public_access_block_configuration if answer else _NO_BLOCK


def _key(answer: _Encryption | None | Unread, region: str, account: str) -> str | None:
    """The default key: `SSE-S3`, `aws/s3` or an ARN. Every bucket without a rule has SSE-S3 since January 2023."""
    if answer is UNREAD:
        return None
    rules = answer.server_side_encryption_configuration.rules if answer else []
    default = rules[0].apply_server_side_encryption_by_default if rules else None
    if default is None or not default.algorithm.startswith("aws:kms"):
        return "SSE-S3"
    if not default.key or default.key.endswith("alias/aws/s3"):
        return "aws/s3"
    if default.key.startswith("arn:"):
        return default.key
    name = default.key if default.key.startswith("alias/") else f"key/{default.key}"
    return f"arn:{partition_of_region(region)}:kms:{region}:{account}:{name}"


def _tags(answer: _Tagging | None | Unread) -> tuple[tuple[str, str], ...] | None:
    if answer is UNREAD:
        return None
    return tuple((tag.key, tag.value) for tag in answer.tag_set) if answer else ()


def _objects(answer: _Objects | None | Unread) -> tuple[StoredObject, ...]:
    if answer is None or answer is UNREAD:
        return ()
    return tuple(_object(each) for each in answer.objects)


def _object(each: _Object) -> StoredObject:
    return StoredObject(
        key=each.key,
        owner=each.owner,
        acl=each.acl.as_answered() if each.acl else None,
        tags=None if each.tags is None else tuple((tag.key, tag.value) for tag in each.tags),
        key_id=None if each.kms_key is msgspec.UNSET else each.kms_key or "",
    )


def _of_bucket(operation: str, action: str, *empty: str) -> Call:
    return Call(operation, (action,), _each_bucket, empty=frozenset(empty))


S3 = Service(
    name="s3",
    description="Buckets with policy, ACL, ownership, default encryption, tags and Block Public Access",
    scope=Scope.GLOBAL,
    calls=(
        Call("list_buckets", ("s3:ListAllMyBuckets",)),
        _of_bucket("get_bucket_location", "s3:GetBucketLocation"),
        _of_bucket("get_bucket_policy", "s3:GetBucketPolicy", "NoSuchBucketPolicy"),
        _of_bucket("get_bucket_policy_status", "s3:GetBucketPolicyStatus", "NoSuchBucketPolicy"),
        _of_bucket("get_bucket_acl", "s3:GetBucketAcl"),
        _of_bucket("get_bucket_ownership_controls", "s3:GetBucketOwnershipControls", "OwnershipControlsNotFoundError"),
        _of_bucket("get_bucket_encryption", "s3:GetEncryptionConfiguration", "ServerSideEncryptionConfigurationNotFoundError"),
        _of_bucket("get_bucket_abac", "s3:GetBucketAbac"),
        _of_bucket("get_bucket_tagging", "s3:GetBucketTagging", "NoSuchTagSet"),
        _of_bucket("get_public_access_block", "s3:GetBucketPublicAccessBlock", "NoSuchPublicAccessBlockConfiguration"),
        Call(
            "get_public_access_block",
            ("s3:GetAccountPublicAccessBlock",),
            _account,
            empty=frozenset({"NoSuchPublicAccessBlockConfiguration"}),
            client="s3control",
        ),
        Call("list_multi_region_access_points", ("s3:ListMultiRegionAccessPoints",), _account, client="s3control", region=_OF_MULTI_REGION),
        Call(
            "get_multi_region_access_point_policy",
            ("s3:GetMultiRegionAccessPointPolicy",),
            _each_multi_region,
            empty=frozenset({"NoSuchMultiRegionAccessPointPolicy"}),
            client="s3control",
            region=_OF_MULTI_REGION,
        ),
    ),
    normalize=normalize,
)
