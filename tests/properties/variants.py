"""Requests like a given one: a caller, an action, a resource, a statement, a key or a setting less or other than it has.

A generated request is dear and a variant of it is cheap; and most of what tells two answers apart is one such step away.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from copy import deepcopy
from random import Random
from typing import Any

from tests.strategies import BUCKET_ACTIONS, FORGETTABLE, KEYS, OBJECT_ACTIONS, QUEUE_ACTIONS, TABLE_ACTIONS

Json = Any
Step = Callable[[Json, Random], None]

FAMILIES = (OBJECT_ACTIONS, BUCKET_ACTIONS, QUEUE_ACTIONS, TABLE_ACTIONS, ("sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"))
NAMES = ("user/u", "user/u", "user/team/a", "role/r", "role/path/r", "root")
SESSIONS = ("assumed-role/r/s1", "assumed-role/r/s2")
LEVELS = ("service_control_policies", "resource_control_policies")
OPTIONAL = (*FORGETTABLE, "resource_control_policies", "context", "organization", "resource_organization", "resource_account")


def variants(request: Json, dice: Random, count: int) -> Iterator[Json]:
    """At most `count` requests, each some steps away, no two alike."""
    seen = {json.dumps(request, sort_keys=True)}
    for _ in range(2 * count):
        found = deepcopy(request)
        for step in dice.choices(STEPS, k=dice.choice((1, 2, 2, 3, 4))):
            step(found, dice)
        _settle(found, dice)
        text = json.dumps(found, sort_keys=True)
        if text not in seen:
            seen.add(text)
            yield found
        if len(seen) > count:
            return


def _statements(request: Json) -> list[list[Json]]:
    """The statement lists of all policies; documents that are texts are made objects."""
    found: list[list[Json]] = []
    for holder, place in _places(request):
        policy = holder[place]
        if policy is None:
            continue
        document = policy["document"] if isinstance(policy, dict) and "document" in policy else policy
        if document is None:
            continue
        document = json.loads(document) if isinstance(document, str) else document
        if not isinstance(document["Statement"], list):
            document["Statement"] = [document["Statement"]]
        holder[place] = {"name": policy["name"], "document": document} if isinstance(policy, dict) and "name" in policy else document
        found.append(document["Statement"])
    return [each for each in found if each]


def _places(request: Json) -> Iterator[tuple[Any, Any]]:
    """(holder, key or index) of every policy."""
    if "resource_policy" in request:
        yield request, "resource_policy"
    for field in FORGETTABLE:
        if field != "resource_policy" and field not in LEVELS:
            for number in range(len(request.get(field) or ())):
                yield request[field], number
    for field in LEVELS:
        for level in request.get(field) or ():
            for number in range(len((level or {}).get("policies") or ())):
                yield level["policies"], number


# ------------------------------------------------------------------------------------------------------------------ steps


def other_caller(request: Json, dice: Random) -> None:
    """Another principal of the caller's account."""
    parts = request["principal"].split(":")
    if len(parts) == 6 and "federated" not in parts[5]:
        is_session = dice.random() < 0.4
        service, name = ("sts", dice.choice(SESSIONS)) if is_session else ("iam", dice.choice(NAMES))
        request["principal"] = f"arn:aws:{service}::{parts[4]}:{name}"
        given = {key.lower(): key for key in request.get("context") or {}}
        if "aws:principalarn" in given:
            del request["context"][given["aws:principalarn"]]


def other_action(request: Json, dice: Random) -> None:
    for family in FAMILIES:
        if request["action"] in family:
            request["action"] = dice.choice(family)
            return


def other_resource(request: Json, dice: Random) -> None:
    bucket, slash, key = request["resource"].partition("/")
    if slash and bucket.startswith("arn:aws:s3") and "*" not in key and "?" not in key:
        request["resource"] = f"{bucket}/{dice.choice(KEYS)}"


def other_effect(request: Json, dice: Random) -> None:
    lists = _statements(request)
    if lists:
        one = dice.choice(dice.choice(lists))
        one["Effect"] = "Deny" if one["Effect"] == "Allow" else "Allow"


def less_a_statement(request: Json, dice: Random) -> None:
    lists = _statements(request)
    if lists:
        chosen = dice.choice(lists)
        chosen.pop(dice.randrange(len(chosen)))


def less_a_condition(request: Json, dice: Random) -> None:
    with_conditions = [one for each in _statements(request) for one in each if one.get("Condition")]
    if with_conditions:
        del dice.choice(with_conditions)["Condition"]


def other_operator(request: Json, dice: Random) -> None:
    """The negated form, or the one with IfExists, of some operator."""
    blocks = [one["Condition"] for each in _statements(request) for one in each if one.get("Condition")]
    if not blocks:
        return
    block = dice.choice(blocks)
    name = dice.choice(sorted(block))
    if name == "Null":
        return
    for word in ("String", "Arn", "Numeric", "Date"):
        if word in name and name.partition(word)[2].startswith(("Equals", "Like", "Not")):
            head, _, tail = name.partition(word)
            other = head + word + (tail.removeprefix("Not") if tail.startswith("Not") else f"Not{tail}")
            if other.removesuffix("IfExists").endswith(("Equals", "Like", "IgnoreCase")) and "Than" not in other:
                block.setdefault(other, {}).update(block.pop(name))
            return
    block.setdefault(name.removesuffix("IfExists") if name.endswith("IfExists") else f"{name}IfExists", {}).update(block.pop(name))


def less_a_field(request: Json, dice: Random) -> None:
    present = [field for field in OPTIONAL if field in request]
    if present:
        del request[dice.choice(present)]


def unknown_field(request: Json, dice: Random) -> None:
    present = [field for field in FORGETTABLE if field in request]
    if present:
        request[dice.choice(present)] = None


def other_context(request: Json, dice: Random) -> None:
    """A key less, or the context complete or not."""
    context = request.get("context")
    if context and dice.random() < 0.5:
        del context[dice.choice(sorted(context))]
    else:
        request["context_complete"] = not request.get("context_complete", False)


def other_setting(request: Json, dice: Random) -> None:
    settings = request.get("resource_settings")
    if not settings:
        return
    present = sorted(set(settings) - {"CanonicalIds", "PolicyStatus"})
    kind = dice.choice(("drop", "ownership", "block"))
    if kind == "drop" and present:
        del settings[dice.choice(present)]
    elif kind == "ownership":
        settings["ObjectOwnership"] = dice.choice(("BucketOwnerEnforced", "BucketOwnerPreferred", "ObjectWriter"))
    elif settings.get("PublicAccessBlock"):
        flags = settings["PublicAccessBlock"][dice.choice(sorted(settings["PublicAccessBlock"]))]
        flag = dice.choice(sorted(flags))
        flags[flag] = not flags[flag]


STEPS: tuple[Step, ...] = (
    other_caller,
    other_action,
    other_resource,
    other_effect,
    other_effect,
    less_a_statement,
    less_a_statement,
    less_a_condition,
    other_operator,
    other_operator,
    less_a_field,
    unknown_field,
    other_context,
    other_context,
    other_setting,
)


def _settle(request: Json, dice: Random) -> None:
    """Put right what a step may have left at odds, as the strategies do."""
    if request.get("vpc_endpoint_policies"):
        context = request.get("context") or {}
        for key in [key for key in context if key.lower() == "aws:sourceip"]:
            del context[key]
    if "organization" not in request:
        request.pop("service_control_policies", None)
    if "resource_organization" not in request:
        request.pop("resource_control_policies", None)
    settings = request.get("resource_settings") or {}
    blocks = settings.get("PublicAccessBlock") or {}
    is_restricted = any(block and block.get("RestrictPublicBuckets") for block in blocks.values())
    if is_restricted and "PolicyStatus" not in settings and "Condition" in json.dumps(request.get("resource_policy")):
        settings["PolicyStatus"] = {"IsPublic": dice.random() < 0.5}
