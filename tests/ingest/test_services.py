"""Each service's declarations against botocore's models and the service authorization reference, and its cases: raw answers in,
resources out."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from functools import lru_cache
from pathlib import Path
from typing import Any

import botocore.session
import pytest
from botocore.model import ServiceModel, Shape
from botocore.validate import ParamValidator

from xgraph.graph.model import reference
from xgraph.graph.model.coverage import CallOutcome, Outcome
from xgraph.graph.model.resource import Resource
from xgraph.ingest.services import SERVICES
from xgraph.ingest.services._answers import Answers
from xgraph.ingest.services._documents import Documents
from xgraph.ingest.services._service import Asked, Call, Scope, Service
from xgraph.ingest.snapshot.layout import Place

CASES = Path(__file__).parent / "services"
ACCOUNT, REGION = "100000000001", "eu-central-1"

CALLS = [pytest.param(service, call, id=f"{service.name}.{call.operation}") for service in SERVICES for call in service.calls]


@lru_cache(maxsize=64)
def model(client: str) -> ServiceModel:
    return botocore.session.get_session().get_service_model(client)


@lru_cache(maxsize=64)
def operations(client: str) -> dict[str, str]:
    """Operation names by boto3's name of them."""
    return {botocore.xform_name(name): name for name in model(client).operation_names}


def cases() -> list[Any]:
    found = []
    for path in sorted(CASES.glob("*.json")):
        content = json.loads(path.read_text(encoding="utf-8"))
        found += [pytest.param(path.stem, case, id=f"{path.stem}: {case['name']}") for case in content["cases"]]
    return found


def service_named(name: str) -> Service:
    return next(service for service in SERVICES if service.name == name)


def place_of(service: Service, case: dict[str, Any]) -> Place:
    """Where the case's answers stand; an organization's stand under its id."""
    if service.scope is Scope.ORGANIZATION:
        return Place(case.get("organization", "o-1"), service.name)
    return Place(ACCOUNT, service.name, "global" if service.scope is Scope.GLOBAL else REGION)


def shown(resource: Resource) -> dict[str, Any]:
    """A resource as cases write it down: what is empty is left out."""
    policy = resource.policy
    return {
        "account": resource.account,
        "service": resource.service,
        "type": resource.type,
        "region": resource.region,
        "policy": "none" if policy is None else "unread" if policy.document is None else json.loads(policy.document),
        "tags": None if resource.tags is None else dict(resource.tags),
        "settings": dict(resource.settings),
        "objects": [as_json(one) for one in resource.objects],
    }


@pytest.mark.parametrize(("service", "call"), CALLS)
def test_calls_are_what_aws_calls_them(service: Service, call: Call) -> None:
    names = operations(service.client_of(call))

    assert call.operation in names
    assert not (model(service.client_of(call)).operation_model(names[call.operation]).documentation or "").startswith("Deprecated")


@pytest.mark.parametrize(("service", "call"), CALLS)
def test_calls_need_permissions_that_exist_and_read(service: Service, call: Call) -> None:
    assert call.actions
    for action in call.actions:
        assert reference.is_known_action(action), action
        assert reference.spelled(action) == action
        assert set(reference.levels_of(action)) <= {"read", "list"} or action == "apigateway:GET", action


@pytest.mark.parametrize(("name", "case"), cases())
def test_case(name: str, case: dict[str, Any]) -> None:
    """What the answers tell is what the case expects: all resources, and nothing else."""
    service = service_named(name)
    place = place_of(service, case)
    rows = [
        CallOutcome(ACCOUNT, place.region, name, row["call"], json.dumps(row.get("parameters", {})), Outcome(row["outcome"]))
        for row in case.get("coverage", ())
    ]
    content = {"calls": [{"parameters": {}, **answer} for answer in case["answers"]]}
    found = service.normalize(Answers(place, json.dumps(content).encode(), rows, Documents()))

    resources = {resource.arn: shown(resource) for resource in found.resources}
    assert resources.keys() == case["expect"].get("resources", {}).keys()
    for arn, wanted in case["expect"].get("resources", {}).items():
        assert {key: resources[arn][key] for key in wanted} == wanted
    for field, expected in case["expect"].items():
        if field != "resources":
            assert covers(as_json(getattr(found, field)), expected), as_json(getattr(found, field))


@pytest.mark.parametrize(("name", "case"), cases())
def test_cases_hold_answers_that_aws_could_give(name: str, case: dict[str, Any]) -> None:
    """Calls, parameters and fields of the answers are those of AWS's own model, so that a case can't prove a misspelling right."""
    service = service_named(name)
    declared = {call.name: call for call in service.calls}
    for answer in (*case["answers"], *case.get("coverage", ())):
        call = declared[answer["call"]]
        client = service.client_of(call)
        operation = model(client).operation_model(operations(client)[call.operation])
        assert operation.input_shape is not None or not answer.get("parameters")
        if operation.input_shape is not None:
            report = ParamValidator().validate(answer.get("parameters", {}), operation.input_shape)
            assert not report.has_errors(), report.generate_report()
        if "answer" in answer:
            assert list(strange(answer["answer"], operation.output_shape, "")) == []


def strange(value: Any, shape: Shape | None, where: str) -> list[str]:
    """The fields of an answer that AWS's model does not have."""
    if shape is None:
        return [where]
    if shape.type_name == "structure" and isinstance(value, dict):
        if getattr(shape, "is_document_type", False):
            return []
        members = shape.members
        return [
            one
            for name, item in value.items()
            for one in (strange(item, members[name], f"{where}.{name}") if name in members else [f"{where}.{name}"])
        ]
    if shape.type_name == "list" and isinstance(value, list):
        return [one for item in value for one in strange(item, shape.member, f"{where}[]")]
    if shape.type_name == "map" and isinstance(value, dict):
        return [one for item in value.values() for one in strange(item, shape.value, f"{where}{{}}")]
    return []


@pytest.mark.parametrize(("name", "case"), cases())
def test_what_is_asked_follows_from_the_answers(name: str, case: dict[str, Any]) -> None:
    """Every call of a case is one that the declarations make after the answers before it, in AWS's parameters."""
    service = service_named(name)
    place = place_of(service, case)
    answers: dict[str, list[Any]] = {}
    for answer in case["answers"]:
        answers.setdefault(answer["call"], []).append((answer.get("parameters", {}), answer["answer"]))
    asked = Asked(place.account, place.region, answers, tuple(map(tuple, case.get("objects", ()))), case.get("sample", 0))
    made = [(call.name, dict(parameters)) for call in service.calls for parameters in call.parameters(asked)]
    for answer in (*case["answers"], *case.get("coverage", ())):
        assert (answer["call"], answer.get("parameters", {})) in made
    for call in service.calls:
        operation = model(service.client_of(call)).operation_model(operations(service.client_of(call))[call.operation])
        for parameters in call.parameters(asked):
            if operation.input_shape is None:
                assert not parameters
            else:
                report = ParamValidator().validate(dict(parameters), operation.input_shape)
                assert not report.has_errors(), report.generate_report()


# Names of fields that say when something was last used, and how much there is of it now.
MOVING = re.compile("(LastUsed|LastAccessed|LastAuthenticated|LastCrawl|LastLaunched|ItemCount|SizeBytes$|SizeInBytes$|Progress$|Today$)")
# Sizes that stay: of what never changes.
STILL = {("ssm", "list_documents"), ("signer", "list_profile_permissions"), ("ec2", "describe_snapshots"), ("rds", "describe_db_snapshots")}


@pytest.mark.parametrize(("service", "call"), CALLS)
def test_what_changes_by_itself_is_not_kept(service: Service, call: Call) -> None:
    """Two snapshots of the same access are the same bytes, however often somebody has used a role in between."""
    operation = model(service.client_of(call)).operation_model(operations(service.client_of(call))[call.operation])

    moving = [name for name in names_in(operation.output_shape, call.drops) if MOVING.search(name)]
    assert not moving or (service.name, call.operation) in STILL


def names_in(shape: Shape | None, drops: AbstractSet[str], above: tuple[str, ...] = ()) -> Iterator[str]:
    """The names of all fields of an answer that are kept."""
    if shape is None or shape.name in above:
        return
    if shape.type_name == "structure":
        for name, member in shape.members.items():
            if name not in drops:
                yield name
                yield from names_in(member, drops, (*above, shape.name))
    elif shape.type_name == "list":
        yield from names_in(shape.member, drops, (*above, shape.name))
    elif shape.type_name == "map":
        yield from names_in(shape.value, drops, (*above, shape.name))


@pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.name)
def test_every_service_has_cases(service: Service) -> None:
    assert (CASES / f"{service.name}.json").is_file()


class Told(dict[str, Any]):
    """Answers by call that remember who was asked for."""

    def __init__(self, answers: dict[str, Any], asked: set[str]) -> None:
        super().__init__(answers)
        self.asked = asked

    def get(self, key: str, default: Any = None) -> Any:
        self.asked.add(key)
        return super().get(key, default)


@pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.name)
def test_every_call_counts_or_is_said_not_to(service: Service) -> None:
    """The answers of each call decide something, or lead to other calls, or the documentation says that they don't."""
    used, leading = set[str](), set[str]()
    for case in json.loads((CASES / f"{service.name}.json").read_text(encoding="utf-8"))["cases"]:
        place = place_of(service, case)
        answers = Answers(place, json.dumps({"calls": [{"parameters": {}, **one} for one in case["answers"]]}).encode(), (), Documents())
        answers._calls = Told(answers._calls, used)
        service.normalize(answers)
        given: dict[str, Any] = {}
        for one in case["answers"]:
            given.setdefault(one["call"], []).append((one.get("parameters", {}), one["answer"]))
        asked = Asked(place.account, place.region, Told(given, leading), tuple(map(tuple, case.get("objects", ()))), case.get("sample", 0))
        for call in service.calls:
            tuple(call.parameters(asked))

    names = {call.name for call in service.calls}
    assert names - used - leading <= set(service.unevaluated)
    assert set(service.unevaluated) <= names


def covers(found: Any, wanted: Any) -> bool:
    """Whether `found` is what is wanted; fields of records that a case leaves out are not compared."""
    if isinstance(wanted, dict) and isinstance(found, dict):
        return all(key in found and covers(found[key], value) for key, value in wanted.items())
    if isinstance(wanted, list) and isinstance(found, list):
        return len(wanted) == len(found) and all(map(covers, found, wanted))
    return bool(found == wanted)


def as_json(value: Any) -> Any:
    """Model values as plain JSON."""
    return json.loads(json.dumps(value, default=_plain))


def _plain(value: Any) -> Any:
    return sorted(value) if isinstance(value, frozenset) else {name: getattr(value, name) for name in value.__slots__}
