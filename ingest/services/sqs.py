"""Amazon SQS: queues with their policy and tags.

https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/
"""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import urlsplit

import msgspec

from xgraph.graph.model.arn import partition_of_region
from xgraph.graph.model.document import Policy
from xgraph.graph.model.resource import Resource
from xgraph.ingest.services._answers import UNREAD, Answers, Unread
from xgraph.ingest.services._found import Found
from xgraph.ingest.services._key import key_named
from xgraph.ingest.services._service import Asked, Call, Parameters, Scope, Service

ATTRIBUTES = ["KmsMasterKeyId", "Policy", "QueueArn", "SqsManagedSseEnabled"]


class _Queues(msgspec.Struct, rename="pascal"):
    queue_urls: list[str] = []


class _Attributes(msgspec.Struct, rename="pascal"):
    attributes: dict[str, str] = {}


class _Tags(msgspec.Struct, rename="pascal"):
    tags: dict[str, str] = {}


def _attributes_of_each(asked: Asked) -> Iterable[Parameters]:
    return ({"QueueUrl": url, "AttributeNames": ATTRIBUTES} for url in asked.all("list_queues", "QueueUrls"))


def _each_queue(asked: Asked) -> Iterable[Parameters]:
    return ({"QueueUrl": url} for url in asked.all("list_queues", "QueueUrls"))


def normalize(answers: Answers) -> Found:
    """The queues of one account and region."""
    urls = [url for _, listed in answers.all("list_queues", _Queues) for url in listed.queue_urls]
    return Found(resources=tuple(_queue(answers, url) for url in urls))


def _queue(answers: Answers, url: str) -> Resource:
    answer = answers.one("get_queue_attributes", _Attributes, QueueUrl=url)
    attributes = answer.attributes if answer is not None and answer is not UNREAD else {}
    region = answers.place.region
    name = urlsplit(url).path.rsplit("/", 1)[-1]
    arn = attributes.get("QueueArn") or f"arn:{partition_of_region(region)}:sqs:{region}:{answers.account}:{name}"
    key = key_named(attributes.get("KmsMasterKeyId", ""), "sqs", region, answers.account)
    settings = {"EncryptionKey": None if answer is UNREAD else key}
    return Resource(
        arn=arn,
        account=answers.account,
        service="sqs",
        type="queue",
        region=region,
        policy=_policy(answers, arn, answer),
        tags=_tags(answers.one("list_queue_tags", _Tags, QueueUrl=url)),
        settings=settings,
    )


def _policy(answers: Answers, arn: str, answer: _Attributes | None | Unread) -> Policy | None:
    """A queue that was answered without the attribute `Policy` has none."""
    if answer is UNREAD:
        return Policy(f"{arn}#resource-policy", None)
    text = answer.attributes.get("Policy") if answer else None
    return Policy(f"{arn}#resource-policy", answers.documents.keep(text)) if text else None


def _tags(answer: _Tags | None | Unread) -> tuple[tuple[str, str], ...] | None:
    if answer is UNREAD:
        return None
    return tuple(sorted(answer.tags.items())) if answer else ()


SQS = Service(
    name="sqs",
    description="Queues with their policy, key and tags",
    scope=Scope.REGIONAL,
    calls=(
        Call("list_queues", ("sqs:ListQueues",), page_size=1000),
        Call("get_queue_attributes", ("sqs:GetQueueAttributes",), _attributes_of_each),
        Call("list_queue_tags", ("sqs:ListQueueTags",), _each_queue),
    ),
    normalize=normalize,
)
