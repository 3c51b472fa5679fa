"""An AWS endpoint that answers whatever service from plain values, written as botocore's own models say.

    def answer(ask: Ask) -> Mapping[str, Any]:
        if (ask.service, ask.operation) == ("lambda", "list_functions"):
            return {"Functions": [{"FunctionName": "f"}]}
        if ask.operation == "get_policy":
            raise AwsError("ResourceNotFoundException", "no policy", 404)
        return {}

    with serve(answer) as endpoint:
        Access(endpoint_url=endpoint.url) ...

Every protocol that boto3 speaks with the services is understood (JSON, query, EC2, REST with JSON and XML): requests are parsed and
answers serialized by moto's implementation of them, which shares no code with what botocore does at the other end. STS is answered by
itself: every role of every account can be assumed, and later requests name that account.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import re
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit
from xml.sax.saxutils import escape

from botocore import xform_name
from moto.core.parse import PROTOCOL_PARSERS
from moto.core.serialize import get_serializer_class
from moto.core.utils import get_service_model
from werkzeug.datastructures import Headers, MultiDict

from xgraph.ingest.services import SERVICES

MANAGEMENT = "100000000001"


class AwsError(Exception):
    """What AWS says instead of an answer."""

    def __init__(self, code: str, message: str = "from the endpoint", status: int = 400) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status


@dataclass(frozen=True)
class Raw:
    """Bytes sent as they are; `length` is what the header claims, when it lies."""

    body: bytes
    status: int = 200
    length: int | None = None


@dataclass(frozen=True)
class Ask:
    """One request: of which boto3 client and operation, in which account and region, with which parameters and access key."""

    service: str
    operation: str
    account: str
    region: str
    parameters: Mapping[str, Any]
    key: str = ""


Answer = Mapping[str, Any] | Raw


@dataclass
class Endpoint:
    """`answer` gives the fields of the answer or raises AwsError; `seen` are all requests so far."""

    answer: Callable[[Ask], Answer]
    port: int = 0
    seen: list[Ask] = field(default_factory=list)
    accounts: dict[str, str] = field(default_factory=dict)
    numbers: Iterator[int] = field(default_factory=itertools.count)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def identity(self, ask: Ask) -> Answer:
        """STS, unless `answer` has a word to say first."""
        answered = self.answer(ask)
        if answered or ask.service != "sts":
            return answered
        if ask.operation == "get_caller_identity":
            return {"Account": ask.account, "Arn": f"arn:aws:iam::{ask.account}:user/collector", "UserId": "AIDACOLLECTOR"}
        key = f"ASIA{next(self.numbers):016d}"
        self.accounts[key] = ask.parameters["RoleArn"].split(":")[4]
        made = {"AccessKeyId": key, "SecretAccessKey": "made-up", "SessionToken": "made-up", "Expiration": "2099-01-01T00:00:00Z"}
        return {"Credentials": made, "AssumedRoleUser": {"Arn": ask.parameters["RoleArn"], "AssumedRoleId": "AROA:xgraph"}}


@contextmanager
def serve(answer: Callable[[Ask], Answer]) -> Iterator[Endpoint]:
    """The endpoint, running in a thread of this process."""
    endpoint = Endpoint(answer)
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(endpoint))
    server.daemon_threads = True
    endpoint.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield endpoint
    finally:
        server.shutdown()
        server.server_close()


def _handler(endpoint: Endpoint) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1
        disable_nagle_algorithm = True

        def _serve(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            sent = _Sent(self.command, self.path, {key.lower(): value for key, value in self.headers.items()}, body)
            ask, operation = sent.understand(endpoint)
            endpoint.seen.append(ask)
            try:
                status, headers, content = _serialized(operation, endpoint.identity(ask))
            except AwsError as error:
                status, headers, content = _error(operation, error)
            length = headers.pop("length", str(len(content)))
            told = headers.pop("Content-Length", None)
            length = told if told is not None and self.command == "HEAD" else length  # the size of what GET would give
            self.send_response(status)
            for key, value in {**headers, "x-amzn-requestid": f"request-{len(endpoint.seen)}"}.items():
                self.send_header(key, value)
            self.send_header("Content-Length", length)
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(content)
            if length != str(len(content)):
                self.close_connection = True

        do_GET = do_POST = do_PUT = do_HEAD = do_DELETE = _serve  # noqa: N815 -- the names that http.server wants

        def log_message(self, *_: object) -> None: ...

        def handle(self) -> None:
            with contextlib.suppress(ConnectionError):  # the other end was killed
                super().handle()

    return Handler


@dataclass(frozen=True)
class _Sent:
    """A request as it came."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes

    def understand(self, endpoint: Endpoint) -> tuple[Ask, Any]:
        credential = re.search(r"Credential=([^/]+)/[^/]+/([^/]+)/([^/]+)/", self.headers.get("authorization", ""))
        key, region, signing = credential.groups() if credential else ("", "", "")
        service, operation, captured = self._operation(signing)
        split = urlsplit(self.target)
        form = self.body.decode() if "form-urlencoded" in self.headers.get("content-type", "") else ""
        request = {
            "method": self.method,
            "url_path": split.path,
            "headers": Headers(list(self.headers.items())),
            "values": MultiDict(parse_qsl(form or split.query, keep_blank_values=True)),
            "body": self.body,
            "url_params": captured,
        }
        parameters = PROTOCOL_PARSERS[_protocol(service)](operation).parse(request)
        return Ask(service, xform_name(operation.name), endpoint.accounts.get(key, MANAGEMENT), region, parameters, key), operation

    def _operation(self, signing: str) -> tuple[str, Any, dict[str, str]]:
        services = _services(signing)
        for service in services:
            model = _model(service)
            name = None
            if target := self.headers.get("x-amz-target"):
                prefix, _, asked = target.rpartition(".")
                name = asked if prefix == model.metadata.get("targetPrefix") else None
            elif _protocol(service) in {"query", "ec2"}:
                name = dict(parse_qsl(self.body.decode())).get("Action")
            if name in model.operation_names:
                return service, model.operation_model(name), {}
        split = urlsplit(self.target)
        if signing == "s3express" and split.path == "/":  # in AWS another host tells it from ListBuckets
            return "s3", _model("s3").operation_model("ListDirectoryBuckets"), {}
        given = dict(parse_qsl(split.query, keep_blank_values=True))
        for route in _routes(services):
            if route.method == self.method and route.literals.items() <= given.items() and (found := route.path.fullmatch(split.path)):
                captured = {key.replace("__", "-"): unquote(value) for key, value in found.groupdict().items()}
                return route.service, _model(route.service).operation_model(route.operation), captured
        raise AssertionError(f"no operation of `{signing}` for {self.method} {self.target} {self.headers.get('x-amz-target')}")


@dataclass(frozen=True)
class _Route:
    """How an operation of a REST service is called; `literals` is the fixed part of the query."""

    service: str
    operation: str
    method: str
    path: re.Pattern[str]
    literals: dict[str, str]
    fixed: int


@cache
def _model(service: str) -> Any:
    return get_service_model(service)


@cache
def _services(signing: str) -> tuple[str, ...]:
    """The clients that sign with this name, of those that xgraph uses."""
    used = {"sts", "ec2", *(service.client_of(call) for service in SERVICES for call in service.calls)}
    return tuple(sorted(name for name in used if signing in _signing_names(name)))


def _signing_names(service: str) -> set[str]:
    metadata = _model(service).metadata
    names = {metadata.get("signingName") or metadata["endpointPrefix"]}
    return names | {"s3express"} if service == "s3" else names


@cache
def _protocol(service: str) -> str:
    return str(_model(service).resolved_protocol)


@cache
def _routes(services: tuple[str, ...]) -> list[_Route]:
    """The ways to the operations of REST services, the most exact first."""
    routes = []
    for service in services:
        if not _protocol(service).startswith("rest"):
            continue
        for name in _model(service).operation_names:
            http = _model(service).operation_model(name).http
            path, _, query = http["requestUri"].partition("?")
            fixed = len(re.sub(r"\{[^}]*\}", "", path))
            routes.append(_Route(service, name, http["method"], _pattern(path), dict(parse_qsl(query, keep_blank_values=True)), fixed))
    return sorted(routes, key=lambda each: (-len(each.literals), -each.fixed, "+" in each.path.pattern))


def _pattern(path: str) -> re.Pattern[str]:
    """A URI with `{Name}` and `{Name+}` as a pattern with groups; names with hyphens get underscores."""
    parts = re.split(r"\{([\w-]+)(\+?)\}", path)
    text = re.escape(parts[0])
    for name, greedy, literal in zip(parts[1::3], parts[2::3], parts[3::3], strict=True):
        text += f"(?P<{name.replace('-', '__')}>{'.+' if greedy else '[^/]+'})" + re.escape(literal)
    return re.compile(text.rstrip("/") + "/?")


def _serializer(operation: Any) -> Any:
    service = operation.service_model.service_name
    return get_serializer_class(service, _protocol(service))(operation)


def _serialized(operation: Any, answer: Answer) -> tuple[int, dict[str, str], bytes]:
    if isinstance(answer, Raw):
        return answer.status, {} if answer.length is None else {"length": str(answer.length)}, answer.body
    made = _serializer(operation).serialize(answer)
    body = made["body"]
    return made["status_code"], dict(made["headers"]), body if isinstance(body, bytes) else body.encode()


def _error(operation: Any, error: AwsError) -> tuple[int, dict[str, str], bytes]:
    """By hand: many codes that AWS gives are in no model."""
    kind = _protocol(operation.service_model.service_name)
    if kind.endswith("json"):
        return error.status, {"x-amzn-errortype": error.code}, json.dumps({"__type": error.code, "message": error.message}).encode()
    inner = f"<Error><Code>{escape(error.code)}</Code><Message>{escape(error.message)}</Message></Error>"
    if kind == "ec2":
        return error.status, {}, f"<Response><Errors>{inner}</Errors><RequestID>1</RequestID></Response>".encode()
    whole = inner if operation.service_model.service_name == "s3" else f"<ErrorResponse>{inner}<RequestId>1</RequestId></ErrorResponse>"
    return error.status, {}, whole.encode()
