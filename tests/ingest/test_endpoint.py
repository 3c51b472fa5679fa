"""The endpoint of the tests against boto3 itself: what is put in comes out, in every protocol."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from botocore.session import get_session

from tests.ingest.endpoint import Ask, AwsError, Endpoint, serve
from xgraph.ingest.services import SERVICES
from xgraph.ingest.services._service import Call, Service

CONFIG = Config(retries={"total_max_attempts": 1}, s3={"addressing_style": "path"})
SESSION = boto3.Session("made-up", "made-up", region_name="eu-central-1")
DECLARED = [(service, call) for service in SERVICES for call in service.calls]


def sample(shape: Any, depth: int = 0) -> Any:
    """A value of a shape: one of everything, nothing twice inside itself."""
    if depth > 6 and shape.type_name in {"structure", "list", "map"}:
        return [] if shape.type_name == "list" else {}
    match shape.type_name:
        case "structure":
            members = {
                key: sample(member, depth + 1) for key, member in shape.members.items() if not getattr(member, "is_document_type", 0)
            }
            return dict([next(iter(members.items()))]) if getattr(shape, "is_tagged_union", False) else members
        case "list":
            return [sample(shape.member, depth + 1)]
        case "map":
            return {str(sample(shape.key, depth + 1)): sample(shape.value, depth + 1)}
        case "string":
            return shape.enum[0] if shape.enum else "text" * 6
        case "timestamp":
            return 1767225600
        case "boolean":
            return True
        case "blob":
            return b"bytes"
        case _:
            return 1


def parameters(shape: Any) -> dict[str, Any]:
    """What a call must be given."""
    return {key: sample(shape.members[key]) for key in shape.required_members} if shape else {}


def client(service: str, url: str) -> Any:
    made = SESSION.client(service, endpoint_url=url, config=CONFIG)
    made.meta.events.register(
        "before-sign.s3-control", lambda request, **_: setattr(request, "url", request.url.replace(f"//{'text' * 6}.", "//"))
    )
    return made


class Caller:
    """Makes declared calls to an endpoint that answers with `answer`."""

    def __init__(self, endpoint: Endpoint) -> None:
        self.endpoint = endpoint
        self._clients: dict[str, Any] = {}

    def operation(self, service: str, call: Call) -> Any:
        made = self._client(service)
        return made.meta.service_model.operation_model(made.meta.method_to_api_mapping[call.operation])

    def make(self, service: str, call: Call, given: Mapping[str, Any], answer: Callable[[Ask], Mapping[str, Any]]) -> Mapping[str, Any]:
        self.endpoint.answer = answer
        return getattr(self._client(service), call.operation)(**given)  # type: ignore[no-any-return]

    def _client(self, service: str) -> Any:
        if service not in self._clients:
            self._clients[service] = client(service, self.endpoint.url)
        return self._clients[service]


@pytest.fixture(scope="module")
def caller() -> Iterator[Caller]:
    with serve(lambda _: {}) as endpoint:
        yield Caller(endpoint)


def plain(answer: Mapping[str, Any]) -> dict[str, type]:
    """The fields of an answer that are there whatever their kind of wrapping, with the kind of value."""
    return {key: type(value) for key, value in answer.items() if isinstance(value, str | list | dict | bool) and key != "ResponseMetadata"}


@pytest.mark.parametrize(("service", "call"), DECLARED, ids=[f"{service.name}.{call.name}" for service, call in DECLARED])
def test_every_declared_call_is_understood_and_answered(service: Service, call: Call, caller: Caller) -> None:
    name = service.client_of(call)
    operation = caller.operation(name, call)
    given = parameters(operation.input_shape)
    wanted = sample(operation.output_shape)

    answered = caller.make(name, call, given, lambda _: wanted)

    asked = caller.endpoint.seen[-1]
    assert (asked.service, asked.operation, asked.region) == (name, call.operation, "eu-central-1")
    assert given.items() <= dict(asked.parameters).items()
    found = {key: value for key, value in answered.items() if key != "ExpiresString"}  # botocore adds it to any answer with Expires
    assert plain(found) == plain(wanted)


@pytest.mark.parametrize("service", sorted({service.client_of(call) for service, call in DECLARED}))
def test_errors_keep_their_code_and_message(service: str, caller: Caller) -> None:
    def refuse(_: Ask) -> Mapping[str, Any]:
        raise AwsError("SomethingException", "not <this> time", 400)

    call = next(call for each, call in DECLARED if each.client_of(call) == service)
    with pytest.raises(ClientError) as error:
        caller.make(service, call, parameters(caller.operation(service, call).input_shape), refuse)

    assert error.value.response["Error"]["Code"] == "SomethingException"
    assert error.value.response["Error"]["Message"] == "not <this> time"


def test_a_role_s_key_names_its_account() -> None:
    with serve(lambda _: {}) as endpoint:
        sts = client("sts", endpoint.url)
        made = sts.assume_role(RoleArn="arn:aws:iam::100000000007:role/Audit", RoleSessionName="xgraph")["Credentials"]
        session = boto3.Session(made["AccessKeyId"], made["SecretAccessKey"], made["SessionToken"])
        there = session.client("sts", region_name="us-east-1", endpoint_url=endpoint.url, config=CONFIG)

        assert sts.get_caller_identity()["Account"] == "100000000001"
        assert there.get_caller_identity()["Account"] == "100000000007"


def test_protocols_of_all_kinds_are_among_the_declared_ones() -> None:
    session = get_session()
    spoken = {session.get_service_model(service.client_of(call)).resolved_protocol for service, call in DECLARED}

    assert {"json", "query", "rest-xml"} <= spoken
