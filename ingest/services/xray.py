"""AWS X-Ray: the account's resource policies, by which services may send traces.

https://docs.aws.amazon.com/xray/latest/api/
"""

from __future__ import annotations

from xgraph.graph.model.arn import partition_of_region
from xgraph.graph.model.resource import Resource
from xgraph.ingest.services._answers import UNREAD, Answers
from xgraph.ingest.services._found import Found
from xgraph.ingest.services._kind import Answer, pooled_policy
from xgraph.ingest.services._service import Call, Scope, Service


def normalize(answers: Answers) -> Found:
    """What one account receives in one region, as one resource."""
    region = answers.place.region
    arn = f"arn:{partition_of_region(region)}:xray:{region}:{answers.account}:*"
    answer = answers.one("list_resource_policies", Answer)
    several = [UNREAD] if answer is UNREAD else [one.get("PolicyDocument") for one in (answer or {}).get("ResourcePolicies") or ()]
    policy = pooled_policy(answers.documents, arn, several)
    return Found(resources=(Resource(arn, answers.account, "xray", "traces", region, policy),) if policy else ())


XRAY = Service(
    name="xray",
    description="The account's resource policies",
    scope=Scope.REGIONAL,
    calls=(Call("list_resource_policies", ("xray:ListResourcePolicies",)),),
    normalize=normalize,
)
