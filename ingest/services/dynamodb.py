"""Amazon DynamoDB: tables with their policy, key and tags.

https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from xgraph.graph.model.arn import partition_of_region
from xgraph.graph.model.document import Policy
from xgraph.graph.model.resource import Resource
from xgraph.ingest.services._answers import UNREAD, Answers, Unread
from xgraph.ingest.services._found import Found
from xgraph.ingest.services._service import Asked, Call, Parameters, Scope, Service
from xgraph.ingest.services.iam import Tag

# What AWS counts anew every few hours.
_COUNTED = frozenset(
    {
        "IndexSizeBytes", "ItemCount", "LastDecreaseDateTime", "LastIncreaseDateTime", "NumberOfDecreasesToday", "ReplicaStatusPercentProgress",
        "RestoreInProgress", "TableSizeBytes",
    }
)  # fmt: skip


class _Tables(msgspec.Struct, rename="pascal"):
    table_names: list[str] = []


class _Encryption(msgspec.Struct):
    key: str = msgspec.field(name="KMSMasterKeyArn", default="")


class _Table(msgspec.Struct):
    arn: str = msgspec.field(name="TableArn", default="")
    encryption: _Encryption | None = msgspec.field(name="SSEDescription", default=None)


class _Described(msgspec.Struct, rename="pascal"):
    table: _Table


class _PolicyAnswer(msgspec.Struct, rename="pascal"):
    policy: str


class _Tags(msgspec.Struct, rename="pascal"):
    tags: list[Tag] = []


def table_arn(region: str, account: str, name: str) -> str:
    return f"arn:{partition_of_region(region)}:dynamodb:{region}:{account}:table/{name}"


def _each_table(asked: Asked) -> Iterable[Parameters]:
    return ({"TableName": name} for name in asked.all("list_tables", "TableNames"))


def _each_arn(asked: Asked) -> Iterable[Parameters]:
    return ({"ResourceArn": table_arn(asked.region, asked.account, name)} for name in asked.all("list_tables", "TableNames"))


def normalize(answers: Answers) -> Found:
    """The tables of one account and region."""
    names = [name for _, listed in answers.all("list_tables", _Tables) for name in listed.table_names]
    return Found(resources=tuple(_table(answers, name) for name in names))


def _table(answers: Answers, name: str) -> Resource:
    arn = table_arn(answers.place.region, answers.account, name)
    described = answers.one("describe_table", _Described, TableName=name)
    return Resource(
        arn=arn,
        account=answers.account,
        service="dynamodb",
        type="table",
        region=answers.place.region,
        policy=_policy(answers, arn, answers.one("get_resource_policy", _PolicyAnswer, ResourceArn=arn)),
        tags=_tags(answers.one("list_tags_of_resource", _Tags, ResourceArn=arn)),
        # Whether AWS or the customer manages a key does not follow from its ARN.
        settings={"EncryptionKey": (key := _key(described)), **({"KeyManager": None} if key else {})},
    )


def _key(described: _Described | None | Unread) -> str | None:
    """The key that encrypts the table, "" for the one that DynamoDB owns."""
    if described is None or described is UNREAD:
        return None
    return described.table.encryption.key if described.table.encryption else ""


def _policy(answers: Answers, arn: str, answer: _PolicyAnswer | None | Unread) -> Policy | None:
    if answer is None:
        return None
    return Policy(f"{arn}#resource-policy", None if answer is UNREAD else answers.documents.keep(answer.policy))


def _tags(answer: _Tags | None | Unread) -> tuple[tuple[str, str], ...] | None:
    if answer is UNREAD:
        return None
    return tuple((tag.key, tag.value) for tag in answer.tags) if answer else ()


DYNAMODB = Service(
    name="dynamodb",
    description="Tables with their policy, key and tags",
    scope=Scope.REGIONAL,
    calls=(
        Call("list_tables", ("dynamodb:ListTables",)),
        Call("describe_table", ("dynamodb:DescribeTable",), _each_table, drops=_COUNTED),
        Call("get_resource_policy", ("dynamodb:GetResourcePolicy",), _each_arn, empty=frozenset({"PolicyNotFoundException"})),
        Call("list_tags_of_resource", ("dynamodb:ListTagsOfResource",), _each_arn),
    ),
    normalize=normalize,
)
