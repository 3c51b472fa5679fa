"""Amazon EKS: clusters with their OIDC issuer, Pod Identity associations, and who may enter a cluster.

https://docs.aws.amazon.com/eks/latest/APIReference/
"""

from __future__ import annotations

from collections.abc import Iterable

from xgraph.ingest.services._answers import Answers
from xgraph.ingest.services._found import Found
from xgraph.ingest.services._holders import clusters, service_accounts
from xgraph.ingest.services._service import Asked, Call, Parameters, Scope, Service

_WITHOUT_ENTRIES = frozenset({"InvalidRequestException"})  # clusters that keep to their own config map


def _each_cluster(asked: Asked) -> Iterable[Parameters]:
    return ({"name": name} for name in asked.all("list_clusters", "clusters"))


def _within_each(asked: Asked) -> Iterable[Parameters]:
    return ({"clusterName": name} for name in asked.all("list_clusters", "clusters"))


def _each_association(asked: Asked) -> Iterable[Parameters]:
    associations = asked.all("list_pod_identity_associations", "associations")
    return ({"clusterName": one["clusterName"], "associationId": one["associationId"]} for one in associations)


def _each_entry(asked: Asked) -> Iterable[Parameters]:
    for parameters, answer in asked.answers.get("list_access_entries", ()):
        for arn in answer.get("accessEntries", ()):
            yield {"clusterName": parameters["clusterName"], "principalArn": arn}


def normalize(answers: Answers) -> Found:
    """The clusters of one account and region, and the service accounts that hold roles there."""
    return Found(clusters=clusters(answers), holders=service_accounts(answers))


EKS = Service(
    name="eks",
    description="Clusters with their issuer, Pod Identity associations and access entries",
    scope=Scope.REGIONAL,
    calls=(
        Call("list_clusters", ("eks:ListClusters",)),
        Call("describe_cluster", ("eks:DescribeCluster",), _each_cluster, drops=frozenset({"certificateAuthority", "health"})),
        Call("list_pod_identity_associations", ("eks:ListPodIdentityAssociations",), _within_each),
        Call("describe_pod_identity_association", ("eks:DescribePodIdentityAssociation",), _each_association),
        Call("list_access_entries", ("eks:ListAccessEntries",), _within_each, empty=_WITHOUT_ENTRIES),
        Call("list_associated_access_policies", ("eks:ListAssociatedAccessPolicies",), _each_entry),
    ),
    normalize=normalize,
    unevaluated={
        "list_access_entries": (
            "Who may enter a cluster can run pods there and so come by their roles: like every other way to make compute act for oneself,"
            " this is no hop, and answers are silent about it. The pods' roles can be asked about, from the service account on."
        ),
        "list_associated_access_policies": "As for `list_access_entries`.",
    },
)
