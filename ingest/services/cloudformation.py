"""AWS CloudFormation: stacks that act with a role.

https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/
"""

from __future__ import annotations

from xgraph.graph.model.holder import HolderKind
from xgraph.ingest.services._answers import Answers
from xgraph.ingest.services._found import Found
from xgraph.ingest.services._kind import Answer
from xgraph.ingest.services._roles import Bound
from xgraph.ingest.services._service import Call, Scope, Service


def _is_there(stack: Answer) -> bool:
    return stack.get("StackStatus") != "DELETE_COMPLETE"


_STACK = Bound(HolderKind.STACK, "describe_stacks", "Stacks", "{StackId}", "StackName", "RoleARN", such=_is_there)


def normalize(answers: Answers) -> Found:
    """The stacks of one account and region that hold a role: whoever updates one acts with it."""
    return Found(holders=tuple(_STACK.found(answers)))


CLOUDFORMATION = Service(
    name="cloudformation",
    description="Stacks that act with a role",
    scope=Scope.REGIONAL,
    calls=(Call("describe_stacks", ("cloudformation:DescribeStacks",), drops=frozenset({"Outputs", "Parameters", "LastUpdatedTime"})),),
    normalize=normalize,
)
