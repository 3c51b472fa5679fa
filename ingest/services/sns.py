"""Amazon SNS: topics with their policy, key and tags.

https://docs.aws.amazon.com/sns/latest/api/
"""

from __future__ import annotations

import msgspec

from xgraph.graph.model.resource import Resource
from xgraph.ingest.services._answers import UNREAD, Answers
from xgraph.ingest.services._found import Found
from xgraph.ingest.services._key import key_named
from xgraph.ingest.services._kind import Kind, read_tags, resource_policy
from xgraph.ingest.services._service import Call, Scope, Service

_TOPICS = Kind("sns", "topic", "list_topics", "Topics", "{TopicArn}")


class _Topic(msgspec.Struct, rename="pascal"):
    topic_arn: str


class _Topics(msgspec.Struct, rename="pascal"):
    topics: list[_Topic] = []


class _Attributes(msgspec.Struct, rename="pascal"):
    attributes: dict[str, str] = {}


class _Tags(msgspec.Struct, rename="pascal"):
    tags: list[dict[str, str]] = []


def normalize(answers: Answers) -> Found:
    """The topics of one account and region."""
    arns = [topic.topic_arn for _, answer in answers.all("list_topics", _Topics) for topic in answer.topics]
    return Found(resources=tuple(_topic(answers, arn) for arn in arns))


def _topic(answers: Answers, arn: str) -> Resource:
    answer = answers.one("get_topic_attributes", _Attributes, TopicArn=arn)
    attributes = None if answer is UNREAD else answer.attributes if answer else {}
    tags = answers.one("list_tags_for_resource", _Tags, ResourceArn=arn)
    region, account = answers.place.region, answers.account
    key = None if attributes is None else key_named(attributes.get("KmsMasterKeyId", ""), "sns", region, account)
    return Resource(
        arn=arn,
        account=account,
        service="sns",
        type="topic",
        region=region,
        policy=resource_policy(answers.documents, arn, UNREAD if attributes is None else attributes.get("Policy")),
        tags=None if tags is UNREAD else read_tags(tags.tags if tags else ()),
        settings={"EncryptionKey": key},
    )


SNS = Service(
    name="sns",
    description="Topics with their policy, key and tags",
    scope=Scope.REGIONAL,
    calls=(
        Call("list_topics", ("sns:ListTopics",)),
        Call(
            "get_topic_attributes",
            ("sns:GetTopicAttributes",),
            _TOPICS.each(TopicArn="{arn}"),
            drops=frozenset({"SubscriptionsConfirmed", "SubscriptionsDeleted", "SubscriptionsPending"}),
        ),
        Call("list_tags_for_resource", ("sns:ListTagsForResource",), _TOPICS.each(ResourceArn="{arn}")),
    ),
    normalize=normalize,
)
