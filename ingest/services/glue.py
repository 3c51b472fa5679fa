"""AWS Glue: the Data Catalog with the policies that speak for it, and the roles of jobs, crawlers and development endpoints.

One policy speaks for the whole catalog of an account and Region; AWS RAM adds others for what it shares.

https://docs.aws.amazon.com/glue/latest/webapi/
"""

from __future__ import annotations

from xgraph.graph.model.arn import partition_of_region
from xgraph.graph.model.holder import HolderKind
from xgraph.graph.model.resource import Resource
from xgraph.ingest.services._answers import UNREAD, Answers
from xgraph.ingest.services._found import Found
from xgraph.ingest.services._kind import Answer, pooled_policy
from xgraph.ingest.services._roles import Bound
from xgraph.ingest.services._service import Call, Scope, Service

_JOB = Bound(HolderKind.GLUE_JOB, "get_jobs", "Jobs", "arn:{partition}:glue:{region}:{account}:job/{Name}", "Name", "Role")
_CRAWLER = Bound(
    HolderKind.GLUE_CRAWLER, "get_crawlers", "Crawlers", "arn:{partition}:glue:{region}:{account}:crawler/{Name}", "Name", "Role"
)


def normalize(answers: Answers) -> Found:
    """The catalog of one account and region, and what holds roles."""
    region = answers.place.region
    arn = f"arn:{partition_of_region(region)}:glue:{region}:{answers.account}:catalog"
    own = answers.one("get_resource_policy", Answer)
    shared = answers.one("get_resource_policies", Answer)
    several = [own if own is UNREAD else (own or {}).get("PolicyInJson")]
    if shared is UNREAD:
        several.append(UNREAD)
    else:
        listed = (shared or {}).get("GetResourcePoliciesResponseList") or ()
        several += [one.get("PolicyInJson") for one in listed if one.get("PolicyInJson") not in several]
    catalog = Resource(arn, answers.account, "glue", "catalog", region, pooled_policy(answers.documents, arn, several))
    return Found(resources=(catalog,), holders=(*_JOB.found(answers), *_CRAWLER.found(answers)))


GLUE = Service(
    name="glue",
    description="The catalog with its policies, roles of jobs and crawlers",
    scope=Scope.REGIONAL,
    calls=(
        Call("get_resource_policy", ("glue:GetResourcePolicy",), empty=frozenset({"EntityNotFoundException"})),
        Call("get_resource_policies", ("glue:GetResourcePolicies",)),
        Call("get_jobs", ("glue:GetJobs",), drops=frozenset({"DefaultArguments", "NonOverridableArguments", "LastModifiedOn"})),
        Call("get_crawlers", ("glue:GetCrawlers",), drops=frozenset({"LastCrawl", "CrawlElapsedTime", "State", "LastUpdated"})),
    ),
    normalize=normalize,
)
