"""AWS Lambda: functions, versions and aliases, each with its own policy; function URLs; layers.

https://docs.aws.amazon.com/lambda/latest/api/
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import msgspec

from xgraph.graph.model.document import Policy
from xgraph.graph.model.resource import Resource
from xgraph.ingest.services._answers import UNREAD, Answers
from xgraph.ingest.services._found import Found
from xgraph.ingest.services._holders import functions
from xgraph.ingest.services._kind import read_tags, resource_policy
from xgraph.ingest.services._service import Asked, Call, Parameters, Scope, Service

_LATEST = "$LATEST"
_NONE = frozenset({"ResourceNotFoundException"})


class _Function(msgspec.Struct, rename="pascal"):
    function_arn: str
    function_name: str


class _Functions(msgspec.Struct, rename="pascal"):
    functions: list[_Function] = []


class _Alias(msgspec.Struct, rename="pascal"):
    name: str


class _Aliases(msgspec.Struct, rename="pascal"):
    aliases: list[_Alias] = []


class _Version(msgspec.Struct, rename="pascal"):
    version: str = ""


class _Versions(msgspec.Struct, rename="pascal"):
    versions: list[_Version] = []


class _PolicyAnswer(msgspec.Struct, rename="pascal"):
    policy: str | None = None


class _Url(msgspec.Struct, rename="pascal"):
    function_arn: str
    auth_type: str = ""
    creation_time: str = ""


class _Urls(msgspec.Struct, rename="pascal"):
    function_url_configs: list[_Url] = []


class _LayerVersion(msgspec.Struct, rename="pascal"):
    layer_version_arn: str
    version: int


class _LayerVersions(msgspec.Struct, rename="pascal"):
    layer_versions: list[_LayerVersion] = []


class _Tags(msgspec.Struct, rename="pascal"):
    tags: dict[str, str] = {}


def _each_function(asked: Asked) -> Iterable[Parameters]:
    return ({"FunctionName": function["FunctionName"]} for function in asked.all("list_functions", "Functions"))


def _each_arn(asked: Asked) -> Iterable[Parameters]:
    return ({"Resource": function["FunctionArn"]} for function in asked.all("list_functions", "Functions"))


def _each_qualifier(asked: Asked) -> Iterable[Parameters]:
    """Each function, and each of its versions and aliases: a policy is of one of them alone."""
    yield from _each_function(asked)
    for parameters, answer in asked.answers.get("list_versions_by_function", ()):
        found = (version["Version"] for version in answer.get("Versions", ()) if version["Version"] != _LATEST)
        yield from ({"FunctionName": parameters["FunctionName"], "Qualifier": version} for version in found)
    for parameters, answer in asked.answers.get("list_aliases", ()):
        yield from ({"FunctionName": parameters["FunctionName"], "Qualifier": alias["Name"]} for alias in answer.get("Aliases", ()))


def _each_layer(asked: Asked) -> Iterable[Parameters]:
    return ({"LayerName": layer["LayerName"]} for layer in asked.all("list_layers", "Layers"))


def _each_layer_version(asked: Asked) -> Iterable[Parameters]:
    for parameters, answer in asked.answers.get("list_layer_versions", ()):
        for version in answer.get("LayerVersions", ()):
            yield {"LayerName": parameters["LayerName"], "VersionNumber": version["Version"]}


def normalize(answers: Answers) -> Found:
    """The functions of one account and region with their qualifiers, the layers, and the roles that the functions hold."""
    return Found(resources=(*_functions(answers), *_layers(answers)), holders=functions(answers))


def _functions(answers: Answers) -> Iterator[Resource]:
    for _, answer in answers.all("list_functions", _Functions):
        for function in answer.functions:
            name = function.function_name
            urls = answers.one("list_function_url_configs", _Urls, FunctionName=name)
            tags = answers.one("list_tags", _Tags, Resource=function.function_arn)
            for kind, qualifier in _qualifiers(answers, name):
                arn = f"{function.function_arn}:{qualifier}" if qualifier else function.function_arn
                yield Resource(
                    arn=arn,
                    account=answers.account,
                    service="lambda",
                    type=kind,
                    region=answers.place.region,
                    policy=_policy(answers, arn, name, qualifier),
                    tags=None if tags is UNREAD else read_tags(tags.tags if tags else {}),
                    settings={} if kind == "function version" else _url(urls if urls is UNREAD or urls else _Urls(), arn),
                )


def _qualifiers(answers: Answers, name: str) -> Iterator[tuple[str, str | None]]:
    yield "function", None
    versions = answers.one("list_versions_by_function", _Versions, FunctionName=name)
    for version in versions.versions if versions is not UNREAD and versions else ():
        if version.version != _LATEST:
            yield "function version", version.version
    aliases = answers.one("list_aliases", _Aliases, FunctionName=name)
    for alias in aliases.aliases if aliases is not UNREAD and aliases else ():
        yield "function alias", alias.name


def _policy(answers: Answers, arn: str, name: str, qualifier: str | None) -> Policy | None:
    answer = answers.one("get_policy", _PolicyAnswer, FunctionName=name, Qualifier=qualifier)
    return resource_policy(answers.documents, arn, answer if answer is UNREAD or answer is None else answer.policy)


def _url(urls: object, arn: str) -> Mapping[str, object]:
    """The function URL of a function or alias; without one there is nothing to call."""
    if not isinstance(urls, _Urls):
        return {"FunctionUrl": None}
    found = next((url for url in urls.function_url_configs if url.function_arn == arn), None)
    return {"FunctionUrl": {"AuthType": found.auth_type, "CreationTime": found.creation_time}} if found else {}


def _layers(answers: Answers) -> Iterator[Resource]:
    for asked, answer in answers.all("list_layer_versions", _LayerVersions):
        for version in answer.layer_versions:
            found = answers.one(
                "get_layer_version_policy",
                _PolicyAnswer,
                LayerName=asked["LayerName"],
                VersionNumber=version.version,
            )
            arn = version.layer_version_arn
            yield Resource(
                arn=arn,
                account=answers.account,
                service="lambda",
                type="layerVersion",
                region=answers.place.region,
                policy=resource_policy(answers.documents, arn, found if found is UNREAD or found is None else found.policy),
            )


LAMBDA = Service(
    name="lambda",
    description="Functions with the policies of each version and alias, their URLs and roles; layers with their policies",
    scope=Scope.REGIONAL,
    calls=(
        Call("list_functions", ("lambda:ListFunctions",), drops=frozenset({"Environment"})),
        Call(
            "list_versions_by_function", ("lambda:ListVersionsByFunction",), _each_function, drops=frozenset({"Environment"}), empty=_NONE
        ),
        Call("list_aliases", ("lambda:ListAliases",), _each_function, empty=_NONE),
        Call("get_policy", ("lambda:GetPolicy",), _each_qualifier, empty=_NONE),
        Call("list_function_url_configs", ("lambda:ListFunctionUrlConfigs",), _each_function, empty=_NONE),
        Call("list_tags", ("lambda:ListTags",), _each_arn, empty=_NONE),
        Call("list_layers", ("lambda:ListLayers",)),
        Call("list_layer_versions", ("lambda:ListLayerVersions",), _each_layer),
        Call("get_layer_version_policy", ("lambda:GetLayerVersionPolicy",), _each_layer_version, empty=_NONE),
    ),
    normalize=normalize,
)
