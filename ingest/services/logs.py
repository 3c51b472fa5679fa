"""Amazon CloudWatch Logs: destinations with their policy, and the account's policies for log groups.

https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/
"""

from __future__ import annotations

from xgraph.graph.model.arn import partition_of_region
from xgraph.graph.model.resource import Resource
from xgraph.ingest.services._answers import UNREAD, Answers
from xgraph.ingest.services._found import Found
from xgraph.ingest.services._kind import Answer, Kind, pooled_policy
from xgraph.ingest.services._service import Call, Scope, Service

_DESTINATION = Kind("logs", "destination", "describe_destinations", "destinations", "{arn}", document="accessPolicy")


def normalize(answers: Answers) -> Found:
    """Destinations, and all log groups of one account and region as one resource: the account's policies speak for all of them."""
    region = answers.place.region
    arn = f"arn:{partition_of_region(region)}:logs:{region}:{answers.account}:log-group:*"
    answer = answers.one("describe_resource_policies", Answer)
    several = [UNREAD] if answer is UNREAD else [one.get("policyDocument") for one in (answer or {}).get("resourcePolicies") or ()]
    policy = pooled_policy(answers.documents, arn, several)
    groups = (Resource(arn, answers.account, "logs", "log-group", region, policy),) if policy else ()
    return Found(resources=(*_DESTINATION.found(answers), *groups))


LOGS = Service(
    name="logs",
    description="Destinations with their policy, the account's policies for log groups",
    scope=Scope.REGIONAL,
    calls=(
        Call("describe_destinations", ("logs:DescribeDestinations",)),
        Call("describe_resource_policies", ("logs:DescribeResourcePolicies",)),
    ),
    normalize=normalize,
)
