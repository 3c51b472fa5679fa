"""Amazon RDS: snapshots of instances and clusters with the accounts that they are shared with.

https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from xgraph.graph.model.resource import Resource
from xgraph.ingest.services._answers import UNREAD, Answers
from xgraph.ingest.services._found import Found
from xgraph.ingest.services._kind import Answer, Kind, at_path, read_tags
from xgraph.ingest.services._service import Asked, Call, Scope, Service

_SNAPSHOT = Kind("rds", "snapshot", "describe_db_snapshots", "DBSnapshots", "{DBSnapshotArn}")
_CLUSTER = Kind("rds", "cluster-snapshot", "describe_db_cluster_snapshots", "DBClusterSnapshots", "{DBClusterSnapshotArn}")


def normalize(answers: Answers) -> Found:
    """The manual snapshots of one account and region; automated ones can't be shared."""
    clusters = _shared(answers, _CLUSTER, "DBClusterSnapshot", "StorageEncrypted")
    return Found(resources=(*_shared(answers, _SNAPSHOT, "DBSnapshot", "Encrypted"), *clusters))


def _shared(answers: Answers, kind: Kind, word: str, encrypted: str) -> Iterator[Resource]:
    call = f"describe_db{'_cluster' if 'Cluster' in word else ''}_snapshot_attributes"
    for arn, fields in kind.entries(answers):
        answer = answers.one(call, Answer, **{f"{word}Identifier": str(fields.get(f"{word}Identifier"))})
        listed = None if answer is UNREAD else at_path(answer or {}, f"{word}AttributesResult.{word}Attributes") or []
        key = str(fields.get("KmsKeyId") or "") if fields.get(encrypted) else ""
        settings = {"SharedWith": _with(listed), "EncryptionKey": key}
        tags = read_tags(fields.get("TagList") or [])
        yield Resource(arn, answers.account, "rds", kind.type, answers.place.region, tags=tags, settings=settings)


def _with(attributes: list[Mapping[str, Any]] | None) -> list[str] | None:
    if attributes is None:
        return None
    return sorted(str(value) for one in attributes if one.get("AttributeName") == "restore" for value in one.get("AttributeValues") or [])


def _manual(_: Asked) -> tuple[Mapping[str, Any], ...]:
    return ({"SnapshotType": "manual"},)


RDS = Service(
    name="rds",
    description="Manual snapshots with the accounts that they are shared with",
    scope=Scope.REGIONAL,
    calls=(
        Call("describe_db_snapshots", ("rds:DescribeDBSnapshots",), _manual, drops=frozenset({"MasterUsername", "PercentProgress"})),
        Call(
            "describe_db_cluster_snapshots",
            ("rds:DescribeDBClusterSnapshots",),
            _manual,
            drops=frozenset({"MasterUsername", "PercentProgress"}),
        ),
        Call(
            "describe_db_snapshot_attributes",
            ("rds:DescribeDBSnapshotAttributes",),
            _SNAPSHOT.each(DBSnapshotIdentifier="{DBSnapshotIdentifier}"),
            empty=frozenset({"DBSnapshotNotFound"}),
        ),
        Call(
            "describe_db_cluster_snapshot_attributes",
            ("rds:DescribeDBClusterSnapshotAttributes",),
            _CLUSTER.each(DBClusterSnapshotIdentifier="{DBClusterSnapshotIdentifier}"),
            empty=frozenset({"DBClusterSnapshotNotFoundFault"}),
        ),
    ),
    normalize=normalize,
)
