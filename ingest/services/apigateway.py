"""Amazon API Gateway: REST APIs with their policy, their kind of endpoint, and how each method authenticates.

https://docs.aws.amazon.com/apigateway/latest/api/
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from xgraph.graph.model.arn import partition_of_region
from xgraph.graph.model.resource import Resource
from xgraph.ingest.services._answers import UNREAD, Answers
from xgraph.ingest.services._found import Found
from xgraph.ingest.services._kind import Kind, read_tags, resource_policy
from xgraph.ingest.services._service import Call, Scope, Service

_API = Kind("execute-api", "execute-api-general", "get_rest_apis", "items", "arn:{partition}:execute-api:{region}:{account}:{id}")


class _Endpoint(msgspec.Struct):
    types: list[str] = []


class _Rest(msgspec.Struct, rename="camel"):
    id: str
    policy: str | None = None
    endpoint_configuration: _Endpoint | None = None
    tags: dict[str, str] = {}


class _Apis(msgspec.Struct):
    items: list[_Rest] = []


class _Method(msgspec.Struct, rename="camel"):
    authorization_type: str = ""


class _Part(msgspec.Struct, rename="camel"):
    path: str = "/"
    resource_methods: dict[str, _Method] = {}


class _Parts(msgspec.Struct):
    items: list[_Part] = []


def normalize(answers: Answers) -> Found:
    """The REST APIs of one account and region, under the ARN by which they are called."""
    return Found(resources=tuple(_api(answers, api) for _, answer in answers.all("get_rest_apis", _Apis) for api in answer.items))


def _api(answers: Answers, api: _Rest) -> Resource:
    region = answers.place.region
    arn = f"arn:{partition_of_region(region)}:execute-api:{region}:{answers.account}:{api.id}"
    kinds = api.endpoint_configuration.types if api.endpoint_configuration else []
    return Resource(
        arn=arn,
        account=answers.account,
        service="execute-api",
        type="execute-api-general",
        region=region,
        policy=resource_policy(answers.documents, arn, _plain(api.policy or "")),
        tags=read_tags(api.tags),
        settings={"EndpointType": kinds[0] if kinds else None, "Methods": _methods(answers, api.id)},
    )


def _plain(policy: str) -> str:
    """API Gateway answers with the text of a policy whose quotation marks are escaped once more."""
    if not policy.startswith('{\\"'):
        return policy
    try:
        return msgspec.json.decode(f'"{policy}"'.encode(), type=str)
    except msgspec.DecodeError:
        return policy


def _methods(answers: Answers, api: str) -> Mapping[str, Any] | None:
    """How each method authenticates, as `METHOD/path`; None when the methods were not read."""
    found = answers.one("get_resources", _Parts, restApiId=api)
    if found is UNREAD:
        return None
    parts = found.items if found else []
    return {f"{verb}{part.path}": method.authorization_type for part in parts for verb, method in sorted(part.resource_methods.items())}


APIGATEWAY = Service(
    name="apigateway",
    description="REST APIs with their policy, kind of endpoint and the authorization of their methods",
    scope=Scope.REGIONAL,
    calls=(
        Call("get_rest_apis", ("apigateway:GET",)),
        Call(
            "get_resources",
            ("apigateway:GET",),
            lambda asked: ({**one, "embed": ["methods"]} for one in _API.each(restApiId="{id}")(asked)),
            drops=frozenset({"methodIntegration", "methodResponses", "requestParameters"}),
        ),
    ),
    normalize=normalize,
)
