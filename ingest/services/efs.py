"""Amazon EFS: file systems with their policy and tags.

https://docs.aws.amazon.com/efs/latest/ug/api-reference.html
"""

from __future__ import annotations

from xgraph.ingest.services._kind import Kind, normalize_kinds
from xgraph.ingest.services._service import Call, Scope, Service

_FILE_SYSTEM = Kind(
    "elasticfilesystem",
    "file-system",
    "describe_file_systems",
    "FileSystems",
    "{FileSystemArn}",
    policy="describe_file_system_policy",
    of={"FileSystemId": "{FileSystemId}"},
)

EFS = Service(
    name="efs",
    description="File systems with their policy and tags",
    scope=Scope.REGIONAL,
    calls=(
        Call("describe_file_systems", ("elasticfilesystem:DescribeFileSystems",), drops=frozenset({"SizeInBytes", "NumberOfMountTargets"})),
        Call(
            "describe_file_system_policy",
            ("elasticfilesystem:DescribeFileSystemPolicy",),
            _FILE_SYSTEM.each_policy,
            empty=frozenset({"PolicyNotFound"}),
        ),
    ),
    normalize=normalize_kinds(_FILE_SYSTEM),
)
