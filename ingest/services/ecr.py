"""Amazon ECR: repositories with their policy and tags, and the policy of the registry.

https://docs.aws.amazon.com/AmazonECR/latest/APIReference/
"""

from __future__ import annotations

from dataclasses import replace

from xgraph.ingest.services._answers import UNREAD, Answers
from xgraph.ingest.services._found import Found
from xgraph.ingest.services._kind import Answer, Kind
from xgraph.ingest.services._service import Call, Scope, Service

_REPOSITORY = Kind(
    "ecr",
    "repository",
    "describe_repositories",
    "repositories",
    "{repositoryArn}",
    policy="get_repository_policy",
    of={"repositoryName": "{repositoryName}"},
    document="policyText",
    tags="list_tags_for_resource",
    tags_of={"resourceArn": "{arn}"},
    tagged="tags",
)


def normalize(answers: Answers) -> Found:
    """The repositories of one account and region; the registry's policy speaks for each of them."""
    registry = answers.one("get_registry_policy", Answer)
    text = None if registry is UNREAD else str((registry or {}).get("policyText") or "")
    settings = {} if text == "" else {"RegistryPolicy": text}
    return Found(resources=tuple(replace(one, settings=settings) for one in _REPOSITORY.found(answers)))


ECR = Service(
    name="ecr",
    description="Repositories with their policy and tags, the policy of the registry",
    scope=Scope.REGIONAL,
    calls=(
        Call("describe_repositories", ("ecr:DescribeRepositories",)),
        Call(
            "get_repository_policy",
            ("ecr:GetRepositoryPolicy",),
            _REPOSITORY.each_policy,
            empty=frozenset({"RepositoryPolicyNotFoundException"}),
        ),
        Call("list_tags_for_resource", ("ecr:ListTagsForResource",), _REPOSITORY.each_tags),
        Call("get_registry_policy", ("ecr:GetRegistryPolicy",), empty=frozenset({"RegistryPolicyNotFoundException"})),
    ),
    normalize=normalize,
)
