"""Compute that holds a role: whoever runs code there acts as the role."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class HolderKind(StrEnum):
    """What kinds of compute hold roles, and who hands the role over to them."""

    INSTANCE = "instance"
    FUNCTION = "function"
    TASK_DEFINITION = "task-definition"
    SERVICE_ACCOUNT = "service-account"
    BUILD_PROJECT = "build-project"
    GLUE_JOB = "glue-job"
    GLUE_CRAWLER = "glue-crawler"
    LAUNCH_TEMPLATE = "launch-template"
    NOTEBOOK = "notebook"
    STACK = "stack"
    STUDIO_DOMAIN = "studio-domain"

    @property
    def service(self) -> str:
        """The service principal that a role's trust policy has to admit."""
        return _SERVICES[self]


_SERVICES = {
    HolderKind.INSTANCE: "ec2.amazonaws.com",
    HolderKind.FUNCTION: "lambda.amazonaws.com",
    HolderKind.TASK_DEFINITION: "ecs-tasks.amazonaws.com",
    HolderKind.SERVICE_ACCOUNT: "pods.eks.amazonaws.com",
    HolderKind.BUILD_PROJECT: "codebuild.amazonaws.com",
    HolderKind.GLUE_JOB: "glue.amazonaws.com",
    HolderKind.GLUE_CRAWLER: "glue.amazonaws.com",
    HolderKind.LAUNCH_TEMPLATE: "ec2.amazonaws.com",
    HolderKind.NOTEBOOK: "sagemaker.amazonaws.com",
    HolderKind.STACK: "cloudformation.amazonaws.com",
    HolderKind.STUDIO_DOMAIN: "sagemaker.amazonaws.com",
}


@dataclass(frozen=True, slots=True)
class Holder:
    """One instance, function, task definition or Kubernetes service account, and the ARN of the role that it holds.

    `arn` of a service account is `CLUSTER-ARN/NAMESPACE/NAME`. `role` None: it holds one that was not read. `settings` holds what
    its service reads when the role is handed over (the EKS Pod Identity association, None: not collected).
    """

    arn: str
    account: str
    kind: HolderKind
    name: str
    role: str | None
    region: str = ""
    settings: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Cluster:
    """An EKS cluster. `issuer`: the URL of its OIDC issuer without `https://`, "" for none, None when not read."""

    arn: str
    account: str
    issuer: str | None
