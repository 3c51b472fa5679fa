"""Objects of Amazon S3 that the user wants to have looked at, with owner, ACL, tags and key; nobody's content.

https://docs.aws.amazon.com/AmazonS3/latest/API/
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from xgraph.graph.model.arn import partition_of_region
from xgraph.graph.model.resource import Resource, StoredObject
from xgraph.ingest.services._answers import UNREAD, Answers
from xgraph.ingest.services._found import Found
from xgraph.ingest.services._kind import Answer, at_path, read_tags
from xgraph.ingest.services._service import Asked, Call, Parameters, Scope, Service

_OF_CONTENT = frozenset(
    {
        *("AcceptRanges", "CacheControl", "ChecksumType", "ContentDisposition", "ContentEncoding", "ContentLanguage", "ContentLength"),
        *("ContentType", "ETag", "Expiration", "Expires", "ExpiresString", "LastModified", "Metadata", "PartsCount", "Restore"),
        *("RestoreStatus", "Size", "SSECustomerKeyMD5", "WebsiteRedirectLocation"),
    }
)


def _each_prefix(asked: Asked) -> Iterable[Parameters]:
    """The wanted prefixes of the account's own buckets."""
    own = {bucket["Name"] for bucket in asked.all("list_buckets", "Buckets")}
    return ({"Bucket": name, "Prefix": prefix, "FetchOwner": True} for name, prefix in asked.objects if name in own)


def _each_object(asked: Asked) -> Iterable[Parameters]:
    for parameters, answer in asked.answers.get("list_objects_v2", ()):
        yield from ({"Bucket": parameters["Bucket"], "Key": one["Key"]} for one in answer.get("Contents") or ())


def _most(asked: Asked) -> int:
    return asked.sample


def normalize(answers: Answers) -> Found:
    """The objects, under the buckets that the service `s3` describes."""
    regions = {
        str(bucket.get("Name")): str(bucket.get("BucketRegion") or "")
        for _, answer in answers.all("list_buckets", Answer)
        for bucket in answer.get("Buckets") or ()
    }
    objects: dict[str, dict[str, StoredObject]] = {}
    for asked, answer in answers.all("list_objects_v2", Answer):
        bucket = str(asked.get("Bucket"))
        objects.setdefault(bucket, {}).update((one.key, one) for one in _objects(answers, bucket, answer.get("Contents") or ()))
    resources = (_bucket(answers, name, regions.get(name, ""), found.values()) for name, found in objects.items())
    return Found(resources=tuple(resources))


def _bucket(answers: Answers, name: str, region: str, objects: Iterable[StoredObject]) -> Resource:
    arn = f"arn:{partition_of_region(region)}:s3:::{name}"
    return Resource(arn, answers.account, "s3", "bucket", region, objects=tuple(objects))


def _objects(answers: Answers, bucket: str, listed: Iterable[Mapping[str, Any]]) -> Iterator[StoredObject]:
    for one in listed:
        at = {"Bucket": bucket, "Key": str(one.get("Key"))}
        acl, tags, head = (answers.one(call, Answer, **at) for call in ("get_object_acl", "get_object_tagging", "head_object"))
        read = acl if acl is not UNREAD and acl is not None else None
        yield StoredObject(
            key=at["Key"],
            owner=at_path(one, "Owner.ID") or at_path(read or {}, "Owner.ID"),
            acl={"Owner": read.get("Owner") or {}, "Grants": read.get("Grants") or []} if read is not None else None,
            tags=None if tags is UNREAD else read_tags((tags or {}).get("TagSet") or []),
            key_id=None if head is UNREAD or head is None else _key(head),
        )


def _key(head: Answer) -> str:
    """The KMS key that an object is under; S3's own keys are none."""
    return str(head.get("SSEKMSKeyId") or "") if str(head.get("ServerSideEncryption") or "").startswith("aws:kms") else ""


S3_OBJECTS = Service(
    name="s3-objects",
    description="Wanted objects with owner, ACL, tags and key, with `--objects` alone",
    scope=Scope.GLOBAL,
    calls=(
        Call("list_buckets", ("s3:ListAllMyBuckets",)),
        Call("list_objects_v2", ("s3:ListBucket",), _each_prefix, most=_most, drops=_OF_CONTENT),
        Call("get_object_acl", ("s3:GetObjectAcl",), _each_object, drops=frozenset({"DisplayName"})),
        Call("get_object_tagging", ("s3:GetObjectTagging",), _each_object),
        Call("head_object", ("s3:GetObject",), _each_object, drops=_OF_CONTENT),
    ),
    normalize=normalize,
    client="s3",
    is_for_objects=True,
)
