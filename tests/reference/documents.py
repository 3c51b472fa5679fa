"""Policies as written in a request, taken apart into statements. Nothing is decided here."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

Json = Any
Found = TypeVar("Found")


def once(find: Callable[..., Found]) -> Callable[..., Found]:
    """`find` asked once of each request (and what else it is given): a request does not change while it is looked at."""
    known: dict[tuple[int, ...], tuple[Json, Found]] = {}

    def remembered(request: Json, *more: str) -> Found:
        place = (id(request), *map(hash, more))
        if place not in known:
            if len(known) > 500:
                known.clear()
            known[place] = (request, find(request, *more))  # kept with the request, so that no other takes its id
        return known[place][1]

    return remembered


ABSENT: Json = object()  # a field that is not there, as opposed to `null`, which is unknown


@dataclass(frozen=True)
class Statement:
    """One statement. An element that is not there is None."""

    effect: str
    principal: Json
    not_principal: Json
    actions: list[str] | None
    not_actions: list[str] | None
    resources: list[str] | None
    not_resources: list[str] | None
    condition: dict[str, dict[str, Json]]
    variables: bool  # R2.25: only Version 2012-10-17 knows policy variables


@dataclass(frozen=True)
class Policy:
    """One policy of a request; `statements` is None for a policy that is unknown (R1.20). `path` names it among the readings."""

    path: str
    statements: list[Statement] | None


def listed(value: Json) -> list[Json]:
    """A scalar equals a list of one."""
    return list(value) if isinstance(value, list) else [value]


def policy(value: Json, path: str) -> Policy:
    """A document, its JSON text, or `{"name": ..., "document": ...}`."""
    if isinstance(value, str):
        value = json.loads(value)
    if isinstance(value, dict) and "document" in value:
        return policy(value["document"], path)
    if value is None:
        return Policy(path, None)
    variables = value.get("Version") == "2012-10-17"
    return Policy(path, [statement(each, variables=variables) for each in listed(value.get("Statement", []))])


def statement(value: Json, *, variables: bool) -> Statement:
    def words(name: str) -> list[str] | None:
        return [str(each) for each in listed(value[name])] if name in value else None

    return Statement(
        effect=value["Effect"],
        principal=value.get("Principal"),
        not_principal=value.get("NotPrincipal"),
        actions=words("Action"),
        not_actions=words("NotAction"),
        resources=words("Resource"),
        not_resources=words("NotResource"),
        condition=value.get("Condition", {}),
        variables=variables,
    )


@once
def policies(request: Json, field: str) -> list[Policy]:
    """The policies of a list field; an unknown list is one unknown policy."""
    value = request.get(field, [])
    if value is None:
        return [Policy(field, None)]
    return [policy(each, f"{field}[{number}]") for number, each in enumerate(value)]


@once
def levels(request: Json, field: str) -> list[list[Policy]]:
    """The policies of each level, root first; an unknown list is one level with one unknown policy."""
    value = request.get(field, [])
    if value is None:
        return [[Policy(field, None)]]
    found: list[list[Policy]] = []
    for number, level in enumerate(value):
        path = f"{field}[{number}]"
        if level is None or level.get("policies", []) is None:
            found.append([Policy(path, None)])
        else:
            found.append([policy(each, f"{path}.policies[{place}]") for place, each in enumerate(level.get("policies", []))])
    return found


@once
def resource_policy(request: Json) -> list[Policy]:
    """The resource policy as a list of none or one."""
    value = request.get("resource_policy", ABSENT)
    return [] if value is ABSENT else [policy(value, "resource_policy")]


@once
def every_policy(request: Json) -> list[Policy]:
    """All policies of a request, whatever they are attached to."""
    found: list[Policy] = []
    for field in ("identity_policies", "permissions_boundaries", "session_policies", "vpc_endpoint_policies"):
        found += policies(request, field)
    for field in ("service_control_policies", "resource_control_policies"):
        for level in levels(request, field):
            found += level
    return found + resource_policy(request)
