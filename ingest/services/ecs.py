"""Amazon ECS: task definitions with the role of their tasks.

https://docs.aws.amazon.com/AmazonECS/latest/APIReference/
"""

from __future__ import annotations

from collections.abc import Iterable

from xgraph.ingest.services._answers import Answers
from xgraph.ingest.services._found import Found
from xgraph.ingest.services._holders import task_definitions
from xgraph.ingest.services._service import Asked, Call, Parameters, Scope, Service


def _each_definition(asked: Asked) -> Iterable[Parameters]:
    return ({"taskDefinition": arn} for arn in asked.all("list_task_definitions", "taskDefinitionArns"))


def normalize(answers: Answers) -> Found:
    """The active task definitions of one account and region that hold a role."""
    return Found(holders=task_definitions(answers))


ECS = Service(
    name="ecs",
    description="Task definitions with the role of their tasks",
    scope=Scope.REGIONAL,
    calls=(
        Call("list_task_definitions", ("ecs:ListTaskDefinitions",)),
        Call(
            "describe_task_definition",
            ("ecs:DescribeTaskDefinition",),
            _each_definition,
            drops=frozenset({"environment", "secrets", "command", "entryPoint"}),
        ),
    ),
    normalize=normalize,
)
