"""Secrets stay out: every field of every collected service that may hold one is given a canary, which must not reach the disk."""

from __future__ import annotations

import re
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from botocore.session import get_session

from tests.ingest.cloud import Cloud
from tests.ingest.endpoint import Answer, Ask, serve
from xgraph.graph.model.coverage import Outcome
from xgraph.ingest.collect.plan import Plan
from xgraph.ingest.collect.retry import Patience
from xgraph.ingest.collect.runner import collect
from xgraph.ingest.collect.session import Access
from xgraph.ingest.services import SERVICES
from xgraph.ingest.snapshot.read import read_snapshot

ACCOUNT = "100000000001"
CANARY = "canary-in-the-coal-mine"
NAME = "some-name-of-a-thing"
KEY_ID = "AKIA" + "CANARY" * 2 + "CANA"  # a tag's value that looks like a credential

# What AWS marks as sensitive and xgraph needs, or what tells nobody anything: names of people and things, keys by their ARN, errors.
KEPT = frozenset(
    {
        "Email", "GuardrailDescription", "GuardrailName", "SSEKMSKeyId", "SensitiveString", "UserName", "AccountName", "GroupDisplayName",
        "SensitiveStringType", "ExternalIdIssuer", "ExternalIdIdentifier", "DbUser", "RepositoryCredentials",
    }
)  # fmt: skip
SECRET = re.compile(
    r"(^metadata|userdata|password|secretstring|secretbinary|clientsecret|privatekey|parametervalue|outputvalue|secretaccesskey|sessiontoken|authtoken)$",
    re.IGNORECASE,
)
VARIABLES = re.compile(
    r"(environment|environmentvariables|variables|defaultarguments|connectionproperties|stagevariables|^metadata)$", re.IGNORECASE
)
NAMES = re.compile(r"arn|resourceid", re.IGNORECASE)


def filled(shape: Any, name: str = "", depth: int = 0, *, is_secret: bool = False) -> Any:
    """A value of a shape, with the canary wherever a secret could be."""
    is_secret = is_secret or bool(SECRET.search(name))
    if shape.metadata.get("sensitive") and shape.name not in KEPT:
        is_secret = True
    if depth > 7 and shape.type_name in {"structure", "list", "map"}:
        return [] if shape.type_name == "list" else {}
    match shape.type_name:
        case "structure":
            variable = is_secret or (bool(VARIABLES.search(name)) and "value" in {key.lower() for key in shape.members})
            return _structure(shape, depth, variable)
        case "list":
            return [filled(shape.member, name, depth + 1, is_secret=is_secret)]
        case "map":
            is_variable = is_secret or bool(VARIABLES.search(name))
            return {"one": filled(shape.value, "tag" if name.lower() == "tags" else "", depth + 1, is_secret=is_variable)}
        case "string":
            return _text(shape, name, is_secret)
        case "timestamp":
            return 1767225600
        case "boolean":
            return False
        case "blob":
            return CANARY.encode() if is_secret else b"bytes"
        case _:
            return 1


def _structure(shape: Any, depth: int, is_secret: bool) -> dict[str, Any]:
    members = {key: member for key, member in shape.members.items() if not getattr(member, "is_document_type", False)}
    if getattr(shape, "is_tagged_union", False):
        members = dict([next(iter(members.items()))])
    is_tag = {key.lower() for key in members} in ({"key", "value"}, {"tagkey", "tagvalue"})
    return {
        key: KEY_ID
        if is_tag and key.lower().endswith("value") and member.type_name == "string"
        else filled(member, key, depth + 1, is_secret=is_secret and (not is_tag or key.lower().endswith("value")))
        for key, member in members.items()
        if not re.search("token|marker|position|LastEvaluated", key, re.IGNORECASE) or SECRET.search(key)
    }


def _text(shape: Any, name: str, is_secret: bool) -> str:
    if is_secret:
        return CANARY
    if name == "tag":
        return KEY_ID
    if shape.enum:
        return str(shape.enum[0])
    if NAMES.search(name):
        return f"arn:aws:service:eu-central-1:{ACCOUNT}:thing/name"
    return ACCOUNT if name.lower() in {"accountid", "owneraccount", "owneraccountid"} else NAME


class Planted:
    """An account in which every service has one of everything."""

    def __init__(self) -> None:
        self.planted: set[tuple[str, str]] = set()
        self.asked: set[tuple[str, str]] = set()
        self._organization = Cloud()

    def __call__(self, ask: Ask) -> Answer:
        if ask.service in {"sts", "organizations"}:
            return self._organization(ask)
        self.asked.add((ask.service, ask.operation))
        model = get_session().get_service_model(ask.service)
        name = next(each for each in model.operation_names if _snake(each) == ask.operation)
        shape = model.operation_model(name).output_shape
        answer: Mapping[str, Any] = filled(shape) if shape else {}
        if CANARY in str(answer) or KEY_ID in str(answer):
            self.planted.add((ask.service, ask.operation))
        return answer


def _snake(name: str) -> str:
    from botocore import xform_name  # noqa: PLC0415 -- botocore's own spelling

    return str(xform_name(name))


@pytest.fixture(scope="module")
def planted(_environment: None, tmp_path_factory: pytest.TempPathFactory) -> tuple[Planted, Path]:
    folder = tmp_path_factory.mktemp("canaries") / "snap"
    cloud = Planted()
    patience = Patience(attempts=2, pause=lambda _: 0.0, sleep=lambda _: None)
    with serve(cloud) as endpoint:
        plan = Plan(objects=((NAME, "logs/"),), sample=2)
        collect(Access(endpoint_url=endpoint.url, patience=patience, read_timeout=20), folder, plan, workers=4)
    return cloud, folder


def test_no_canary_reaches_the_disk(planted: tuple[Planted, Path]) -> None:
    cloud, folder = planted
    for sign in (CANARY, KEY_ID):
        assert [str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file() and sign.encode() in path.read_bytes()] == []
    assert {"lambda", "ec2", "ecs", "codebuild", "cloudformation", "glue"} <= {service for service, _ in cloud.planted}
    assert {("s3", "head_object"), ("s3", "get_object_tagging")} <= cloud.planted


def test_only_the_owner_may_read_what_was_collected(planted: tuple[Planted, Path]) -> None:
    _, folder = planted
    modes = {(path.is_dir(), stat.S_IMODE(path.stat().st_mode)) for path in (folder, *folder.rglob("*"))}

    assert modes == {(True, 0o700), (False, 0o600)}


def test_every_service_was_asked(planted: tuple[Planted, Path]) -> None:
    cloud, folder = planted
    answered = {row.service for row in read_snapshot(folder).coverage if row.outcome is Outcome.OK}

    assert {service.name for service in SERVICES} - answered == set()
    assert len(cloud.asked) > 80


def test_the_canary_would_be_seen(planted: tuple[Planted, Path]) -> None:
    _, folder = planted

    assert any(NAME.encode() in path.read_bytes() for path in folder.rglob("ecs.*.json"))
    assert any(b"sha256:" in path.read_bytes() for path in folder.rglob("*.json"))
