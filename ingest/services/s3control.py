"""Amazon S3 access points and Object Lambda access points, with their policy, network and Block Public Access.

https://docs.aws.amazon.com/AmazonS3/latest/API/API_Operations_AWS_S3_Control.html
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from xgraph.graph.model.resource import Resource
from xgraph.ingest.services._answers import UNREAD, Answers
from xgraph.ingest.services._found import Found
from xgraph.ingest.services._kind import Answer, Kind, at_path, resource_policy
from xgraph.ingest.services._service import Asked, Call, Parameters, Scope, Service

_NO_POLICY = frozenset({"NoSuchAccessPointPolicy"})
_POINT = Kind("s3", "accesspoint", "list_access_points", "AccessPointList", "{AccessPointArn}")
_LAMBDA = Kind(
    "s3-object-lambda", "objectlambdaaccesspoint", "list_access_points_for_object_lambda", "ObjectLambdaAccessPointList",
    "{ObjectLambdaAccessPointArn}",
)  # fmt: skip


def normalize(answers: Answers) -> Found:
    """The access points of one account and region."""
    return Found(resources=(*_points(answers), *_object_lambdas(answers)))


def _points(answers: Answers) -> Iterator[Resource]:
    for arn, fields in _POINT.entries(answers):
        name = str(fields.get("Name"))
        described = answers.one("get_access_point", Answer, Name=name)
        block = None if described is UNREAD else (described or {}).get("PublicAccessBlockConfiguration") or {}
        bucket = {"name": fields.get("Bucket"), "account": fields.get("BucketAccountId") or answers.account}
        point: dict[str, Any] = {"Bucket": bucket}
        if fields.get("NetworkOrigin") == "VPC" or fields.get("VpcConfiguration"):
            point["VpcConfiguration"] = fields.get("VpcConfiguration")
        settings = {"AccessPoint": point, "PublicAccessBlock": {"access_point": block}}
        policy = _policy(answers, arn, "get_access_point_policy", name)
        yield Resource(arn, answers.account, "s3", "accesspoint", answers.place.region, policy, (), settings)


def _object_lambdas(answers: Answers) -> Iterator[Resource]:
    for arn, fields in _LAMBDA.entries(answers):
        name = str(fields.get("Name"))
        described = answers.one("get_access_point_configuration_for_object_lambda", Answer, Name=name)
        behind = None if described is UNREAD else at_path(described or {}, "Configuration.SupportingAccessPoint")
        policy = _policy(answers, arn, "get_access_point_policy_for_object_lambda", name)
        settings: Mapping[str, Any] = {"SupportingAccessPoint": behind, "Transformations": _transformations(described)}
        yield Resource(arn, answers.account, "s3-object-lambda", "objectlambdaaccesspoint", answers.place.region, policy, (), settings)


def _transformations(described: Any) -> Mapping[str, str] | None:
    """The functions by the calls that they answer; None when that was not read."""
    if described is UNREAD:
        return None
    found = {}
    for one in at_path(described or {}, "Configuration.TransformationConfigurations") or ():
        function = at_path(one, "ContentTransformation.AwsLambda.FunctionArn")
        found.update(dict.fromkeys(map(str, one.get("Actions") or ()), str(function)) if function else {})
    return found


def _policy(answers: Answers, arn: str, call: str, name: str) -> Any:
    answer = answers.one(call, Answer, Name=name)
    return resource_policy(answers.documents, arn, answer if answer is UNREAD or answer is None else answer.get("Policy"))


def _account(asked: Asked) -> Iterable[Parameters]:
    return ({"AccountId": asked.account},)


_EACH = {"AccountId": "{account}", "Name": "{Name}"}

S3CONTROL = Service(
    name="s3control",
    description="Access points and Object Lambda access points with policy, network and Block Public Access",
    scope=Scope.REGIONAL,
    calls=(
        Call("list_access_points", ("s3:ListAccessPoints",), _account),
        Call("get_access_point", ("s3:GetAccessPoint",), _POINT.each(**_EACH)),
        Call("get_access_point_policy", ("s3:GetAccessPointPolicy",), _POINT.each(**_EACH), empty=_NO_POLICY),
        Call("list_access_points_for_object_lambda", ("s3:ListAccessPointsForObjectLambda",), _account),
        Call(
            "get_access_point_configuration_for_object_lambda",
            ("s3:GetAccessPointConfigurationForObjectLambda",),
            _LAMBDA.each(**_EACH),
        ),
        Call(
            "get_access_point_policy_for_object_lambda",
            ("s3:GetAccessPointPolicyForObjectLambda",),
            _LAMBDA.each(**_EACH),
            empty=_NO_POLICY,
        ),
    ),
    normalize=normalize,
)
