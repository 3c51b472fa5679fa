"""Amazon EC2: what holds roles (instances, launch templates), what is shared (snapshots, images, endpoint services), VPC endpoints.

https://docs.aws.amazon.com/AWSEC2/latest/APIReference/
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from xgraph.graph.model.holder import Holder, HolderKind
from xgraph.graph.model.resource import Resource
from xgraph.ingest.services._answers import UNREAD, Answers
from xgraph.ingest.services._found import Found
from xgraph.ingest.services._holders import instances
from xgraph.ingest.services._kind import Answer, Kind, at_path, read_tags
from xgraph.ingest.services._service import Asked, Call, Scope, Service

_HERE = "arn:{partition}:ec2:{region}:{account}:"
_SNAPSHOT = Kind("ec2", "snapshot", "describe_snapshots", "Snapshots", "arn:{partition}:ec2:{region}::snapshot/{SnapshotId}")
_IMAGE = Kind("ec2", "image", "describe_images", "Images", "arn:{partition}:ec2:{region}::image/{ImageId}")
_TEMPLATE = Kind(
    "ec2", "launch-template", "describe_launch_template_versions", "LaunchTemplateVersions", _HERE + "launch-template/{LaunchTemplateId}"
)
_ENDPOINT = Kind("ec2", "vpc-endpoint", "describe_vpc_endpoints", "VpcEndpoints", _HERE + "vpc-endpoint/{VpcEndpointId}")
_ENDPOINT_SERVICE = Kind(
    "ec2", "vpc-endpoint-service", "describe_vpc_endpoint_service_configurations", "ServiceConfigurations",
    _HERE + "vpc-endpoint-service/{ServiceId}",
)  # fmt: skip
_OWN = {"OwnerIds": ["self"]}


def normalize(answers: Answers) -> Found:
    """What is shared from one account and region, its VPC endpoints, and the compute that holds roles there."""
    return Found(
        resources=(*_snapshots(answers), *_images(answers), *_endpoint_services(answers), *_endpoints(answers)),
        profiled=(*instances(answers), *_templates(answers)),
    )


def _snapshots(answers: Answers) -> Iterator[Resource]:
    for arn, fields in _SNAPSHOT.entries(answers):
        answer = answers.one("describe_snapshot_attribute", Answer, SnapshotId=str(fields.get("SnapshotId")))
        permissions = None if answer is UNREAD else (answer or {}).get("CreateVolumePermissions") or []
        key = str(fields.get("KmsKeyId") or "") if fields.get("Encrypted") else ""
        yield _shared(answers, arn, "snapshot", fields, _with(permissions), key)


def _images(answers: Answers) -> Iterator[Resource]:
    for arn, fields in _IMAGE.entries(answers):
        answer = answers.one("describe_image_attribute", Answer, ImageId=str(fields.get("ImageId")))
        permissions = None if answer is UNREAD else (answer or {}).get("LaunchPermissions") or []
        yield _shared(answers, arn, "image", fields, _with(permissions), "")


def _endpoint_services(answers: Answers) -> Iterator[Resource]:
    for arn, fields in _ENDPOINT_SERVICE.entries(answers):
        answer = answers.one("describe_vpc_endpoint_service_permissions", Answer, ServiceId=str(fields.get("ServiceId")))
        allowed = None if answer is UNREAD else [str(one.get("Principal")) for one in (answer or {}).get("AllowedPrincipals") or []]
        with_whom = None if allowed is None else sorted({"all" if one == "*" else _account(one) for one in allowed})
        yield _shared(answers, arn, "vpc-endpoint-service", fields, with_whom, "")


def _account(principal: str) -> str:
    parts = principal.split(":")
    return parts[4] if len(parts) > 5 else principal


def _shared(answers: Answers, arn: str, kind: str, fields: Mapping[str, Any], with_whom: list[str] | None, key: str) -> Resource:
    return Resource(
        arn=arn,
        account=answers.account,
        service="ec2",
        type=kind,
        region=answers.place.region,
        tags=read_tags(fields.get("Tags") or []),
        settings={"SharedWith": with_whom, "EncryptionKey": key},
    )


def _with(permissions: list[Mapping[str, Any]] | None) -> list[str] | None:
    """Whom a snapshot or image is shared with: accounts, `all`, organizations and organizational units."""
    if permissions is None:
        return None
    names = ("UserId", "Group", "OrganizationArn", "OrganizationalUnitArn")
    return sorted(str(one[name]) for one in permissions for name in names if one.get(name))


def _endpoints(answers: Answers) -> Iterator[Resource]:
    """VPC endpoints. Their policy speaks of the requests that pass them, so it is no policy on the endpoint itself."""
    for arn, fields in _ENDPOINT.entries(answers):
        settings = {
            "EndpointPolicy": answers.documents.keep(str(fields.get("PolicyDocument") or "")),
            "EndpointType": fields.get("VpcEndpointType"),
            "ServiceName": fields.get("ServiceName"),
            "VpcId": fields.get("VpcId"),
        }
        yield Resource(
            arn, answers.account, "ec2", "vpc-endpoint", answers.place.region, None, read_tags(fields.get("Tags") or []), settings
        )


def _templates(answers: Answers) -> Iterator[tuple[Holder, str]]:
    """Launch templates whose default or latest version names an instance profile: what they launch holds its role."""
    for arn, fields in _TEMPLATE.entries(answers):
        profile = at_path(fields, "LaunchTemplateData.IamInstanceProfile") or {}
        named = profile.get("Arn") or (
            profile.get("Name") and f"arn:{fields['partition']}:iam::{answers.account}:instance-profile/{profile['Name']}"
        )
        if named:
            name = f"{fields.get('LaunchTemplateName')}:{fields.get('VersionNumber')}"
            holder = Holder(
                f"{arn}:{fields.get('VersionNumber')}", answers.account, HolderKind.LAUNCH_TEMPLATE, name, None, answers.place.region
            )
            yield holder, str(named)


def _self(_: Asked) -> tuple[Mapping[str, Any], ...]:
    return (_OWN,)


EC2 = Service(
    name="ec2",
    description="Instances and launch templates with their role; shared snapshots, images and endpoint services; VPC endpoints",
    scope=Scope.REGIONAL,
    calls=(
        Call("describe_instances", ("ec2:DescribeInstances",)),
        Call(
            "describe_launch_template_versions",
            ("ec2:DescribeLaunchTemplateVersions",),
            lambda _: ({"Versions": ["$Default", "$Latest"]},),
            drops=frozenset({"UserData"}),
        ),
        Call("describe_snapshots", ("ec2:DescribeSnapshots",), _self, drops=frozenset({"Progress", "State"})),
        Call(
            "describe_snapshot_attribute",
            ("ec2:DescribeSnapshotAttribute",),
            _SNAPSHOT.each(SnapshotId="{SnapshotId}", Attribute="createVolumePermission"),
        ),
        Call("describe_images", ("ec2:DescribeImages",), lambda _: ({"Owners": ["self"]},), drops=frozenset({"LastLaunchedTime"})),
        Call(
            "describe_image_attribute",
            ("ec2:DescribeImageAttribute",),
            _IMAGE.each(ImageId="{ImageId}", Attribute="launchPermission"),
            drops=frozenset({"LastLaunchedTime"}),
        ),
        Call("describe_vpc_endpoints", ("ec2:DescribeVpcEndpoints",)),
        Call("describe_vpc_endpoint_service_configurations", ("ec2:DescribeVpcEndpointServiceConfigurations",)),
        Call(
            "describe_vpc_endpoint_service_permissions",
            ("ec2:DescribeVpcEndpointServicePermissions",),
            _ENDPOINT_SERVICE.each(ServiceId="{ServiceId}"),
        ),
    ),
    normalize=normalize,
    unevaluated={
        "describe_vpc_endpoints": (
            "The policy of a VPC endpoint only takes away, from requests that pass it: every answer lists the assumption that none is passed, a hop whose"
            " condition demands an endpoint names it, and `xgraph simulate` with `aws:SourceVpce` counts it."
        ),
    },
)
