"""Amazon SageMaker: what holds roles (notebooks, domains, user profiles' defaults), and policies of model package groups.

https://docs.aws.amazon.com/sagemaker/latest/APIReference/
"""

from __future__ import annotations

from xgraph.graph.model.holder import HolderKind
from xgraph.ingest.services._answers import Answers
from xgraph.ingest.services._found import Found
from xgraph.ingest.services._kind import Kind
from xgraph.ingest.services._roles import Bound
from xgraph.ingest.services._service import Call, Scope, Service

_GROUP = Kind(
    "sagemaker",
    "model-package-group",
    "list_model_package_groups",
    "ModelPackageGroupSummaryList",
    "{ModelPackageGroupArn}",
    policy="get_model_package_group_policy",
    of={"ModelPackageGroupName": "{ModelPackageGroupName}"},
    document="ResourcePolicy",
)
_NOTEBOOKS = Kind("sagemaker", "notebook-instance", "list_notebook_instances", "NotebookInstances", "{NotebookInstanceArn}")
_DOMAINS = Kind("sagemaker", "domain", "list_domains", "Domains", "{DomainArn}")
_NOTEBOOK = Bound(HolderKind.NOTEBOOK, "describe_notebook_instance", "", "{NotebookInstanceArn}", "NotebookInstanceName", "RoleArn")
_DOMAIN = Bound(HolderKind.STUDIO_DOMAIN, "describe_domain", "", "{DomainArn}", "DomainName", "DefaultUserSettings.ExecutionRole")


def normalize(answers: Answers) -> Found:
    """Model package groups of one account and region, and what holds roles there."""
    return Found(resources=_GROUP.found(answers), holders=(*_NOTEBOOK.found(answers), *_DOMAIN.found(answers)))


SAGEMAKER = Service(
    name="sagemaker",
    description="Roles of notebooks and Studio domains, policies of model package groups",
    scope=Scope.REGIONAL,
    calls=(
        Call("list_notebook_instances", ("sagemaker:ListNotebookInstances",)),
        Call(
            "describe_notebook_instance",
            ("sagemaker:DescribeNotebookInstance",),
            _NOTEBOOKS.each(NotebookInstanceName="{NotebookInstanceName}"),
        ),
        Call("list_domains", ("sagemaker:ListDomains",)),
        Call("describe_domain", ("sagemaker:DescribeDomain",), _DOMAINS.each(DomainId="{DomainId}")),
        Call("list_model_package_groups", ("sagemaker:ListModelPackageGroups",)),
        Call(
            "get_model_package_group_policy",
            ("sagemaker:GetModelPackageGroupPolicy",),
            _GROUP.each_policy,
            empty=frozenset({"ValidationException: Cannot find resource policy", "ValidationException: does not have"}),
        ),
    ),
    normalize=normalize,
)
