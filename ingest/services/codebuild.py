"""AWS CodeBuild: projects with their policy, tags and role.

https://docs.aws.amazon.com/codebuild/latest/APIReference/
"""

from __future__ import annotations

from collections.abc import Iterable

from xgraph.graph.model.holder import HolderKind
from xgraph.ingest.services._answers import Answers
from xgraph.ingest.services._found import Found
from xgraph.ingest.services._kind import Kind
from xgraph.ingest.services._roles import Bound
from xgraph.ingest.services._service import Asked, Call, Parameters, Scope, Service

_PROJECT = Kind(
    "codebuild",
    "project",
    "batch_get_projects",
    "projects",
    "{arn}",
    policy="get_resource_policy",
    of={"resourceArn": "{arn}"},
    document="policy",
    tagged="tags",
)
_ROLE = Bound(HolderKind.BUILD_PROJECT, "batch_get_projects", "projects", "{arn}", "name", "serviceRole")
_AT_ONCE = 100


def _projects(asked: Asked) -> Iterable[Parameters]:
    names = sorted(asked.all("list_projects", "projects"))
    return ({"names": names[start : start + _AT_ONCE]} for start in range(0, len(names), _AT_ONCE))


def normalize(answers: Answers) -> Found:
    """The projects of one account and region, and the roles that they hold."""
    return Found(resources=_PROJECT.found(answers), holders=tuple(_ROLE.found(answers)))


CODEBUILD = Service(
    name="codebuild",
    description="Projects with their policy, tags and role",
    scope=Scope.REGIONAL,
    calls=(
        Call("list_projects", ("codebuild:ListProjects",)),
        Call(
            "batch_get_projects",
            ("codebuild:BatchGetProjects",),
            _projects,
            drops=frozenset({"environmentVariables", "badge", "buildspec"}),
        ),
        Call("get_resource_policy", ("codebuild:GetResourcePolicy",), _PROJECT.each_policy, empty=frozenset({"ResourceNotFoundException"})),
    ),
    normalize=normalize,
)
