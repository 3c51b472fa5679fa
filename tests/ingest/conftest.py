"""An organization of three accounts on a moto server, and a proxy in front of it that pages, throttles and denies."""

from __future__ import annotations

import contextlib
import http.client
import json
import logging
import os
import re
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs
from xml.etree import ElementTree as ET

import pytest
from click.testing import CliRunner, Result

from xgraph.cli import main

MANAGEMENT = "100000000001"
REGION = "eu-central-1"
_PAGE = 2

# The whole of a faulty answer: status and body, and the length that it claims to have when that is another one.
Reply = tuple[int, bytes] | tuple[int, bytes, int]

# Calls in the JSON protocol whose answers come in pages when `Proxy.repeats`.
PAGED = {"ListAccountsForParent": "Accounts", "ListPolicies": "Policies", "ListQueues": "QueueUrls"}

# What the organization has on moto, by signing name or operation; every other service answers that there is nothing.
SERVED = frozenset({"dynamodb", "iam", "kms", "lambda", "organizations", "s3", "secretsmanager", "sns", "sqs", "sts", "DescribeRegions"})
ELSEWHERE = ("GET /v20180820/accesspoint", "GET /v20180820/mrap", "GET /?x-id=ListDirectoryBuckets", "DescribeResourcePolicy")


@dataclass
class Request:
    """One request on its way to moto: what is asked, of which service, and with which key in which account as far as the proxy has seen."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    account: str
    service: str
    region: str = ""
    key: str = ""

    @property
    def operation(self) -> str:
        """The operation in the query and JSON protocols; method and path in those of REST."""
        if target := self.headers.get("x-amz-target"):
            return target.rsplit(".", 1)[1]
        if self.service == "s3":
            return f"{self.method} {self.path}"
        return parse_qs(self.body.decode("utf-8", "replace")).get("Action", [f"{self.method} {self.path}"])[0]


@dataclass
class Proxy:
    """`faults` look at each request and may answer in moto's place.

    `accounts`: whose a key is. `delegated`: members that may ask about the organization, with its management account. `repeats`: each
    page begins with the last entry of the one before, and the second page is empty.
    """

    port: int = 0
    target: tuple[str, int] = ("", 0)
    elsewhere: tuple[str, int] = ("", 0)
    faults: list[Callable[[Request], Reply | None]] = field(default_factory=list)
    seen: list[tuple[str, str, str]] = field(default_factory=list)
    accounts: dict[str, str] = field(default_factory=dict)
    delegated: dict[str, str] = field(default_factory=dict)
    repeats: bool = False

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def reset(self) -> None:
        self.faults.clear()
        self.seen.clear()
        self.delegated.clear()
        self.repeats = False

    def deny(self, operation: str, account: str | None = None) -> None:
        """AccessDenied to the operations that the pattern matches, in all accounts or in one."""

        def fault(request: Request) -> tuple[int, bytes] | None:
            if account not in {None, request.account} or not re.fullmatch(operation, request.operation):
                return None
            return error(request, 403, "AccessDenied", f"User is not authorized to perform {operation}")

        self.faults.append(fault)

    def fail(self, operation: str, code: str, times: int, status: int = 400) -> None:
        """Another error, so many times."""
        left = [times]

        def fault(request: Request) -> tuple[int, bytes] | None:
            if not left[0] or not re.fullmatch(operation, request.operation):
                return None
            left[0] -= 1
            return error(request, status, code, "from the proxy")

        self.faults.append(fault)


def error(request: Request, status: int, code: str, message: str) -> tuple[int, bytes]:
    """An error in the protocol of the request."""
    if "x-amz-target" in request.headers:
        return status, json.dumps({"__type": code, "message": message}).encode()
    if request.service == "s3":
        return status, f"<Error><Code>{code}</Code><Message>{message}</Message></Error>".encode()
    text = f"<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error></ErrorResponse>"
    return status, text.encode()


def window(entries: int, number: int, *, repeats: bool) -> tuple[range, bool]:
    """Which entries stand on a page, and whether there is a page after it."""
    pages = [range(start, min(start + _PAGE, entries)) for start in range(0, entries, _PAGE)] or [range(0)]
    if repeats:
        pages = [range(max(page.start - 1, 0), page.stop) for page in pages]
        pages.insert(1, range(0))
    return pages[number], number + 1 < len(pages)


def json_page_of(answer: bytes, key: str, number: int) -> bytes:
    """A page of a list in an answer of the JSON protocol."""
    whole = json.loads(answer)
    on_page, more = window(len(whole.get(key, ())), number, repeats=True)
    page = {**whole, key: [whole[key][each] for each in on_page]}
    return json.dumps({**page, "NextToken": f"{number + 1}"} if more else page).encode()


def page_of(answer: bytes, number: int, *, repeats: bool = False) -> bytes:
    """A page of get_account_authorization_details; moto knows only one page."""
    root = ET.fromstring(answer)
    space = re.match(r"\{.*\}", root.tag)
    prefix = space[0] if space else ""
    result = root.find(f"{prefix}GetAccountAuthorizationDetailsResult")
    assert result is not None
    lists = [
        found
        for name in ("UserDetailList", "GroupDetailList", "RoleDetailList", "Policies")
        if (found := result.find(prefix + name)) is not None
    ]
    entries = [(each, member) for each in lists for member in list(each)]
    on_page, more = window(len(entries), number, repeats=repeats)
    for place, (each, member) in enumerate(entries):
        if place not in on_page:
            each.remove(member)
    for name in ("IsTruncated", "Marker"):
        for old in result.findall(prefix + name):
            result.remove(old)
    ET.SubElement(result, prefix + "IsTruncated").text = "true" if more else "false"
    if more:
        ET.SubElement(result, prefix + "Marker").text = str(number + 1)
    return ET.tostring(root)


def _first_page(request: Request) -> tuple[bytes, int]:
    """What to ask moto, which has everything on one page, and the number of the page that is wanted."""
    if request.operation not in PAGED:
        return request.body, 0
    asked = json.loads(request.body)
    number = int(asked.pop("NextToken", "0"))
    return json.dumps(asked).encode(), number


def _handler(proxy: Proxy) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _serve(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            headers = {key.lower(): value for key, value in self.headers.items()}
            credential = re.search(r"Credential=([^/]+)/[^/]+/([^/]+)/([^/]+)/", headers.get("authorization", ""))
            key, region, service = credential.groups() if credential else ("", "", "")
            request = Request(self.command, self.path, headers, body, proxy.accounts.get(key, MANAGEMENT), service, region, key)
            proxy.seen.append((request.account, request.service, request.operation))
            for fault in proxy.faults:
                if answer := fault(request):
                    status, content, *claimed = answer
                    self._send(status, content, {}, *claimed)
                    return
            self._forward(request)

        def _forward(self, request: Request) -> None:
            is_there = request.service in SERVED or request.operation in SERVED
            is_there = is_there and not request.operation.startswith(ELSEWHERE) and not request.path.endswith("?abac")
            connection = http.client.HTTPConnection(*(proxy.target if is_there else proxy.elsewhere), timeout=60)
            asked, number = _first_page(request) if proxy.repeats else (request.body, 0)
            as_whom = proxy.delegated.get(request.account, request.account) if request.service == "organizations" else request.account
            # moto's own default for the caller's account would be another one
            headers = {**self.headers, "x-moto-account-id": as_whom, "Content-Length": str(len(asked))}
            connection.request(request.method, request.path, asked, headers)
            response = connection.getresponse()
            content = response.read()
            form = parse_qs(request.body.decode("utf-8", "replace"))
            if request.operation == "GetAccountAuthorizationDetails":
                content = page_of(content, int(form.get("Marker", ["0"])[0]), repeats=proxy.repeats)
            elif proxy.repeats and request.operation in PAGED:
                content = json_page_of(content, PAGED[request.operation], number)
            if request.operation == "AssumeRole" and (made := re.search(rb"<AccessKeyId>(\w+)<", content)):
                proxy.accounts[made[1].decode()] = form["RoleArn"][0].split(":")[4]
            kept = {k: v for k, v in response.getheaders() if k.lower() not in {"content-length", "transfer-encoding", "connection"}}
            self._send(response.status, content, kept)

        def _send(self, status: int, content: bytes, headers: dict[str, str], claimed: int | None = None) -> None:
            self.send_response(status)
            for key, value in headers.items():
                self.send_header(key, value)
            self.send_header("Content-Length", str(len(content) if claimed is None else claimed))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(content)
            self.close_connection = self.close_connection or claimed is not None

        do_GET = do_POST = do_PUT = do_HEAD = do_DELETE = _serve  # noqa: N815 -- the names that http.server wants

        def log_message(self, *_: object) -> None: ...

        def handle(self) -> None:
            with contextlib.suppress(ConnectionError):  # the other end does not wait any longer
                super().handle()

    return Handler


@pytest.fixture(scope="session")
def _server() -> Iterator[Proxy]:
    from moto.server import ThreadedMotoServer  # noqa: PLC0415 -- takes seconds; not for tests that need no AWS

    from tests.ingest.endpoint import serve  # noqa: PLC0415 -- moto takes seconds to load

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    moto = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    moto.start()
    with serve(lambda _: {}) as elsewhere:
        proxy = Proxy(target=moto.get_host_and_port(), elsewhere=("127.0.0.1", elsewhere.port))
        server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(proxy))
        proxy.port = server.server_address[1]
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield proxy
        server.shutdown()
    moto.stop()


@pytest.fixture(scope="module")
def _environment() -> Iterator[None]:
    """An environment in which boto3 finds made-up credentials and nothing else."""
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("AWS_")]:
            patch.delenv(name)
        patch.setenv("AWS_CONFIG_FILE", os.devnull)
        patch.setenv("AWS_SHARED_CREDENTIALS_FILE", os.devnull)
        patch.setenv("AWS_ACCESS_KEY_ID", "made-up")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "made-up")
        patch.setenv("AWS_DEFAULT_REGION", REGION)
        patch.setenv("AWS_EC2_METADATA_DISABLED", "true")
        yield


@pytest.fixture
def proxy(_server: Proxy, _environment: None) -> Proxy:
    """The proxy, without faults so far."""
    _server.reset()
    return _server


@dataclass(frozen=True)
class World:
    """The organization on the server: ids that moto made up."""

    organization: str
    root: str
    workloads: str
    prod: str
    dev: str
    data: str
    scp: str
    rcp: str


@pytest.fixture(scope="session")
def world(_server: Proxy) -> World:
    """Three accounts: management, `dev` below Workloads, `data` below Workloads/Prod."""
    _server.reset()
    return Builder(_server.url).build()


@dataclass(frozen=True)
class Whole:
    """The organization, collected once without faults."""

    folder: Path
    result: Result
    seen: tuple[tuple[str, str, str], ...]


@pytest.fixture(scope="module")
def whole(_server: Proxy, _environment: None, world: World, tmp_path_factory: pytest.TempPathFactory) -> Whole:
    """For the tests that only look at what a collection finds."""
    _server.reset()
    folder = tmp_path_factory.mktemp("whole") / "snap"
    arguments = ["collect", "--out", str(folder), "--endpoint-url", _server.url, "--organization", "--role-name", "Audit", "--strict"]
    result = CliRunner().invoke(main, arguments)
    return Whole(folder, result, tuple(_server.seen))


class Builder:
    """Fills the server through boto3, as an administrator would who has this access key."""

    def __init__(self, url: str, key: str = "made-up") -> None:
        self.url = url
        self.key = key
        self.session: Any = None
        self.keys: dict[str, tuple[str, ...]] = {}

    def client(self, service: str, account: str | None = None, region: str = REGION) -> Any:
        import boto3  # noqa: PLC0415 -- not for the tests that need no AWS
        from botocore.config import Config  # noqa: PLC0415 -- the same

        self.session = self.session or boto3.Session(self.key, "made-up")  # one for all: each reads the services' models anew
        if account and account not in self.keys:
            sts = self.session.client("sts", REGION, endpoint_url=self.url)
            made = sts.assume_role(RoleArn=f"arn:aws:iam::{account}:role/Admin", RoleSessionName="setup")["Credentials"]
            self.keys[account] = (made["AccessKeyId"], made["SecretAccessKey"], made["SessionToken"])
        names = ("aws_access_key_id", "aws_secret_access_key", "aws_session_token")
        keys = dict(zip(names, self.keys[account], strict=True)) if account else {}
        config = Config(s3={"addressing_style": "path"})
        client = self.session.client(service, region, endpoint_url=self.url, config=config, **keys)
        if account:
            client.meta.events.register("before-sign.s3-control", self._without_account)
        return client

    def _without_account(self, request: Any, **_: Any) -> None:
        request.url = re.sub(r"//\d{12}\.", "//", request.url)

    def build(self) -> World:
        organizations = self.client("organizations")
        organization = organizations.create_organization(FeatureSet="ALL")["Organization"]["Id"]
        root = organizations.list_roots()["Roots"][0]["Id"]
        for kind in ("SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY"):
            organizations.enable_policy_type(RootId=root, PolicyType=kind)
        workloads = organizations.create_organizational_unit(ParentId=root, Name="Workloads")["OrganizationalUnit"]["Id"]
        prod = organizations.create_organizational_unit(ParentId=workloads, Name="Prod")["OrganizationalUnit"]["Id"]
        dev, data = (
            organizations.create_account(Email=f"{name}@example.com", AccountName=name)["CreateAccountStatus"]["AccountId"]
            for name in ("dev", "data")
        )
        organizations.move_account(AccountId=dev, SourceParentId=root, DestinationParentId=workloads)
        organizations.move_account(AccountId=data, SourceParentId=root, DestinationParentId=prod)
        scp = self.policy(
            organizations, "SERVICE_CONTROL_POLICY", "NoLeaving", document("Deny", "organizations:LeaveOrganization"), workloads
        )
        perimeter = {**document("Deny", "s3:*"), "Statement": [{**document("Deny", "s3:*")["Statement"][0], "Principal": "*"}]}
        rcp = self.policy(organizations, "RESOURCE_CONTROL_POLICY", "Perimeter", perimeter, data)
        self._dev(dev, data)
        self._data(dev, data)
        return World(organization, root, workloads, prod, dev, data, scp, rcp)

    @staticmethod
    def policy(organizations: Any, kind: str, name: str, content: object, target: str) -> str:
        made = organizations.create_policy(Type=kind, Name=name, Description="", Content=json.dumps(content))["Policy"]["PolicySummary"]
        organizations.attach_policy(PolicyId=made["Id"], TargetId=target)
        return str(made["Arn"])

    def _dev(self, dev: str, data: str) -> None:
        iam = self.client("iam", dev)
        boundary = iam.create_policy(PolicyName="boundary", PolicyDocument=json.dumps(document("Allow", "s3:*")))["Policy"]["Arn"]
        reader = iam.create_policy(
            PolicyName="assume-reader", PolicyDocument=json.dumps(document("Allow", "sts:AssumeRole", f"arn:aws:iam::{data}:role/Reader"))
        )["Policy"]["Arn"]
        iam.create_group(GroupName="engineers")
        iam.attach_group_policy(GroupName="engineers", PolicyArn=reader)
        iam.create_user(UserName="ada", Tags=[{"Key": "team", "Value": "ml"}, {"Key": "leak", "Value": "AKIA" + "Z" * 16}])
        iam.add_user_to_group(GroupName="engineers", UserName="ada")
        iam.put_user_policy(UserName="ada", PolicyName="own", PolicyDocument=json.dumps(document("Allow", "s3:ListAllMyBuckets")))
        for number in range(5):
            iam.create_role(RoleName=f"app-{number}", AssumeRolePolicyDocument=json.dumps(trust({"Service": "ec2.amazonaws.com"})))
        iam.create_role(
            RoleName="limited", Path="/teams/", AssumeRolePolicyDocument=json.dumps(trust({"AWS": dev})), PermissionsBoundary=boundary
        )
        iam.create_saml_provider(Name="corp", SAMLMetadataDocument="<EntityDescriptor/>" + " " * 1000)
        iam.create_account_alias(AccountAlias="acme-dev")

    def _data(self, dev: str, data: str) -> None:
        iam = self.client("iam", data)
        iam.create_role(RoleName="Reader", AssumeRolePolicyDocument=json.dumps(trust({"AWS": f"arn:aws:iam::{dev}:root"})))
        iam.put_role_policy(RoleName="Reader", PolicyName="read", PolicyDocument=json.dumps(document("Allow", "s3:GetObject")))
        s3 = self.client("s3", data)
        for bucket in ("acme-open", "acme-plain"):
            s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": REGION})
        grant = {**document("Allow", "s3:GetObject", "arn:aws:s3:::acme-open/*")["Statement"][0], "Principal": {"AWS": dev}}
        s3.put_bucket_policy(Bucket="acme-open", Policy=json.dumps({"Version": "2012-10-17", "Statement": [grant]}))
        s3.put_bucket_ownership_controls(Bucket="acme-open", OwnershipControls={"Rules": [{"ObjectOwnership": "ObjectWriter"}]})
        owner = s3.list_buckets()["Owner"]["ID"]
        everyone = {"Grantee": {"Type": "Group", "URI": "http://acs.amazonaws.com/groups/global/AllUsers"}, "Permission": "READ"}
        s3.put_bucket_acl(Bucket="acme-open", AccessControlPolicy={"Owner": {"ID": owner}, "Grants": [everyone]})
        s3.put_bucket_tagging(Bucket="acme-open", Tagging={"TagSet": [{"Key": "team", "Value": "data"}]})
        block = dict.fromkeys(("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), True)
        s3.put_public_access_block(Bucket="acme-plain", PublicAccessBlockConfiguration=block)
        self.client("s3control", data).put_public_access_block(
            AccountId=data, PublicAccessBlockConfiguration={**block, "BlockPublicAcls": False}
        )
        queue = self.client("sqs", data).create_queue(QueueName="orders")["QueueUrl"]
        send = {**document("Allow", "sqs:SendMessage", f"arn:aws:sqs:{REGION}:{data}:orders")["Statement"][0], "Principal": {"AWS": dev}}
        policy = json.dumps({"Version": "2012-10-17", "Statement": [send]})
        self.client("sqs", data).set_queue_attributes(QueueUrl=queue, Attributes={"Policy": policy})
        dynamodb = self.client("dynamodb", data)
        for table in ("orders", "plain"):
            made = dynamodb.create_table(
                TableName=table,
                KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
                AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
                BillingMode="PAY_PER_REQUEST",
            )["TableDescription"]["TableArn"]
            if table == "orders":
                read = {**document("Allow", "dynamodb:GetItem", made)["Statement"][0], "Principal": {"AWS": dev}}
                dynamodb.put_resource_policy(ResourceArn=made, Policy=json.dumps({"Version": "2012-10-17", "Statement": [read]}))


def document(effect: str, action: str, resource: str = "*") -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": [{"Effect": effect, "Action": action, "Resource": resource}]}


def trust(principal: dict[str, str]) -> dict[str, Any]:
    statement = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": principal}
    return {"Version": "2012-10-17", "Statement": [statement]}
