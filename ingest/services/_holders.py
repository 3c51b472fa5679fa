"""What holds a role, read off the answers of the compute services; each service's `normalize` puts it into `Found.holders`.

Sources: EC2 API DescribeInstances; Lambda API ListFunctions; ECS API DescribeTaskDefinition; EKS API DescribeCluster,
ListPodIdentityAssociations, DescribePodIdentityAssociation.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from xgraph.graph.model.arn import partition_of_region
from xgraph.graph.model.holder import Cluster, Holder, HolderKind
from xgraph.ingest.services._answers import UNREAD, Answers

DISABLE_TAGS = "disableSessionTags"


class _Profile(msgspec.Struct, rename="pascal"):
    arn: str = ""


class _Tag(msgspec.Struct, rename="pascal"):
    key: str = ""
    value: str = ""


class _State(msgspec.Struct, rename="pascal"):
    name: str = ""


class _Instance(msgspec.Struct, rename="pascal"):
    instance_id: str
    iam_instance_profile: _Profile | None = None
    state: _State | None = None
    tags: list[_Tag] = []


class _Reservation(msgspec.Struct, rename="pascal"):
    instances: list[_Instance] = []


class _Reservations(msgspec.Struct, rename="pascal"):
    reservations: list[_Reservation] = []


def instances(answers: Answers) -> tuple[tuple[Holder, str], ...]:
    """EC2 instances (`describe_instances`) and the ARN of their instance profile, whose role the IAM answers tell."""
    region = answers.place.region
    prefix = f"arn:{partition_of_region(region)}:ec2:{region}:{answers.account}:instance/"
    found = []
    for _, answer in answers.all("describe_instances", _Reservations):
        for one in (each for reservation in answer.reservations for each in reservation.instances):
            is_gone = one.state is not None and one.state.name == "terminated"
            if one.iam_instance_profile is not None and not is_gone:
                name = next((tag.value for tag in one.tags if tag.key == "Name" and tag.value), one.instance_id)
                arn = prefix + one.instance_id
                found.append((Holder(arn, answers.account, HolderKind.INSTANCE, name, None, region), one.iam_instance_profile.arn))
    return tuple(found)


class _Function(msgspec.Struct, rename="pascal"):
    function_arn: str
    function_name: str = ""
    role: str = ""


class _Functions(msgspec.Struct, rename="pascal"):
    functions: list[_Function] = []


def functions(answers: Answers) -> tuple[Holder, ...]:
    """Lambda functions (`list_functions`) with their execution role."""
    listed = (one for _, answer in answers.all("list_functions", _Functions) for one in answer.functions)
    region = answers.place.region
    return tuple(
        Holder(one.function_arn, answers.account, HolderKind.FUNCTION, one.function_name, one.role or None, region) for one in listed
    )


class _TaskDefinition(msgspec.Struct, rename="camel"):
    task_definition_arn: str
    task_role_arn: str = ""


class _Task(msgspec.Struct, rename="camel"):
    task_definition: _TaskDefinition


def task_definitions(answers: Answers) -> tuple[Holder, ...]:
    """ECS task definitions (`describe_task_definition`) with the role of their tasks; those without one hold none."""
    found = (answer.task_definition for _, answer in answers.all("describe_task_definition", _Task))
    region = answers.place.region
    return tuple(
        Holder(
            one.task_definition_arn,
            answers.account,
            HolderKind.TASK_DEFINITION,
            one.task_definition_arn.rpartition("/")[2],
            one.task_role_arn,
            region,
        )
        for one in found
        if one.task_role_arn
    )


class _Oidc(msgspec.Struct):
    issuer: str = ""


class _Identity(msgspec.Struct):
    oidc: _Oidc | None = None


class _Cluster(msgspec.Struct):
    arn: str
    identity: _Identity | None = None


class _Described(msgspec.Struct):
    cluster: _Cluster


class _Names(msgspec.Struct):
    clusters: list[str] = []


class _Listed(msgspec.Struct, rename="camel"):
    association_id: str
    cluster_name: str
    namespace: str
    service_account: str


class _Associations(msgspec.Struct):
    associations: list[_Listed] = []


class _Association(msgspec.Struct, rename="camel"):
    role_arn: str
    disable_session_tags: bool = False
    target_role_arn: str = ""


class _DescribedAssociation(msgspec.Struct):
    association: _Association


def clusters(answers: Answers) -> tuple[Cluster, ...]:
    """EKS clusters (`list_clusters`, `describe_cluster`)."""
    region = answers.place.region
    prefix = f"arn:{partition_of_region(region)}:eks:{region}:{answers.account}:cluster/"
    found = {
        prefix + name: Cluster(prefix + name, answers.account, None) for _, a in answers.all("list_clusters", _Names) for name in a.clusters
    }
    for _, answer in answers.all("describe_cluster", _Described):
        oidc = answer.cluster.identity.oidc if answer.cluster.identity else None
        found[answer.cluster.arn] = Cluster(answer.cluster.arn, answers.account, oidc.issuer.removeprefix("https://") if oidc else "")
    return tuple(found.values())


def service_accounts(answers: Answers) -> tuple[Holder, ...]:
    """Kubernetes service accounts with an EKS Pod Identity association (`list_…` and `describe_pod_identity_association`)."""
    listed = (one for _, answer in answers.all("list_pod_identity_associations", _Associations) for one in answer.associations)
    return tuple(_holders(answers, listed))


def _holders(answers: Answers, listed: Iterator[_Listed]) -> Iterator[Holder]:
    region = answers.place.region
    prefix = f"arn:{partition_of_region(region)}:eks:{region}:{answers.account}:cluster/"
    for one in listed:
        answer = answers.one(
            "describe_pod_identity_association",
            _DescribedAssociation,
            clusterName=one.cluster_name,
            associationId=one.association_id,
        )
        read = answer.association if answer is not UNREAD and answer is not None else None
        settings = {"PodIdentityAssociation": {DISABLE_TAGS: read.disable_session_tags} if read else None}
        arn = f"{prefix}{one.cluster_name}/{one.namespace}/{one.service_account}"
        name = f"{one.cluster_name}/{one.namespace}/{one.service_account}"
        yield Holder(arn, answers.account, HolderKind.SERVICE_ACCOUNT, name, read.role_arn if read else None, region, settings)
