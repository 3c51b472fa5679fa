"""Globs, actions and resources: whether a pattern of a policy fits a word of the request (semantics.md 2a, 2b, 2c)."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from typing import Any

Json = Any


class Wild(Enum):
    """A wildcard. Everything else in a pattern is one literal character."""

    ANY = "any run of characters"
    ONE = "exactly one character"
    ANY_IN_PART = "any run of characters without a colon"
    ONE_IN_PART = "exactly one character, not a colon"


Token = str | Wild
Pattern = list[Token]


def glob(pattern: Sequence[Token], text: str) -> bool:
    """True if the whole text fits: walk the pattern and keep every place of the text that can be reached so far."""
    reached = {0}
    for token in pattern:
        following: set[int] = set()
        for place in reached:
            if token is Wild.ANY:
                following.update(range(place, len(text) + 1))
            elif token is Wild.ANY_IN_PART:
                end = place
                following.add(end)
                while end < len(text) and text[end] != ":":
                    end += 1
                    following.add(end)
            elif place < len(text):
                fits = token is Wild.ONE or (token is Wild.ONE_IN_PART and text[place] != ":") or token == text[place]
                if fits:
                    following.add(place + 1)
        reached = following
    return len(text) in reached


def wildcards(text: str) -> Pattern:
    """`*` and `?` as wildcards, every other character literal."""
    return [Wild.ANY if character == "*" else Wild.ONE if character == "?" else character for character in text]


# --------------------------------------------------------------------------------------------------------- policy variables


def with_variables(text: str, keys: dict[str, tuple[str, ...]], *, multivalued: frozenset[str]) -> Pattern | None:
    """The pattern with `${key}` put in literally (R2.27, R2.28); None if a variable has no value and no default (R2.29)."""
    pattern: Pattern = []
    place = 0
    while place < len(text):
        end = text.find("}", place)
        if not text.startswith("${", place) or end < 0:
            pattern += wildcards(text[place])
            place += 1
            continue
        inside = text[place + 2 : end]
        place = end + 1
        if inside in {"*", "?", "$"}:
            pattern.append(inside)
            continue
        value = variable_value(inside, keys, multivalued=multivalued)
        if value is None:
            return None
        pattern += list(value)
    return pattern


def variable_value(inside: str, keys: dict[str, tuple[str, ...]], *, multivalued: frozenset[str]) -> str | None:
    """What stands between `${` and `}`: a key, or a key, comma, space and a default in single quotes."""
    key, comma, rest = inside.partition(",")
    default = rest[2:-1] if comma and len(rest) >= 3 and rest.startswith(" '") and rest.endswith("'") else None
    values = keys.get(key.strip().lower(), ())
    if len(values) == 1 and key.strip().lower() not in multivalued:  # only single-valued keys (R2.27)
        return values[0]
    return default


# ------------------------------------------------------------------------------------------------------------------ actions


def action_fits(pattern: str, action: str) -> bool:
    """R2.1 to R2.3: case-insensitive, no trimming; without a colon only runs of `*` match."""
    if ":" not in pattern:
        return pattern != "" and set(pattern) == {"*"}
    return glob(wildcards(pattern.lower()), action.lower())


# ---------------------------------------------------------------------------------------------------------------- resources

# Actions that take no resource (R2.19). A fact of the Service Authorization Reference; only those that the tests use.
ACTIONS_WITHOUT_RESOURCE = frozenset(
    "s3:listallmybuckets kms:listkeys kms:listaliases sqs:listqueues dynamodb:listtables sts:getcalleridentity ec2:describeinstances".split()
)


def takes_no_resource(action: str) -> bool:
    return action.lower() in ACTIONS_WITHOUT_RESOURCE


def resource_pattern(parts: Sequence[str], last: Pattern | None) -> Pattern:
    """The expression of R2.14. `parts` are the first five parts, `last` is part 6 (None in a pattern of fewer parts)."""
    pattern: Pattern = []
    for number, part in enumerate(parts):
        if number:
            pattern.append(":")
        for place, character in enumerate(part):
            if character == "*":
                pattern.append(Wild.ANY if place == len(part) - 1 else Wild.ANY_IN_PART)
            elif character == "?":
                pattern.append(Wild.ONE_IN_PART)
            else:
                pattern.append(character)
    if last is not None:
        pattern.append(":")
        pattern += last
    return pattern


def resource_fits(
    text: str, resource: str, keys: dict[str, tuple[str, ...]], *, variables: bool, padded: bool, multivalued: frozenset[str]
) -> bool:
    """One element of Resource or NotResource against a concrete ARN (R2.10 to R2.15)."""
    if text == "*":
        return True
    parts = text.split(":", 5)
    if len(parts) == 6:
        last = with_variables(parts[5], keys, multivalued=multivalued) if variables else wildcards(parts[5])
        if last is None:  # R2.29: a variable without a value: the pattern matches nothing
            return False
        return glob(resource_pattern(parts[:5], last), resource)
    if any(part.endswith("*") for part in parts) and glob(resource_pattern(parts, None), resource):  # R2.15
        return True
    if padded:  # U-04
        parts += ["*"] * (6 - len(parts))
        return glob(resource_pattern(parts[:5], wildcards(parts[5])), resource)
    return False


def fits_no_resource(text: str, service: str, *, u37: bool) -> bool:
    """One element of Resource or NotResource against the `*` of an action that takes no resource (R2.19)."""
    if text == "*":
        return True
    parts = text.split(":", 5)
    return u37 and len(parts) == 6 and parts[2] == service and parts[5] == "*"


def literal_resource(text: str) -> str:
    """A request's resource with `${*}` and `${?}` as the characters they stand for (R1.21)."""
    return text.replace("${*}", "*").replace("${?}", "?")


def is_resource_set(text: str) -> bool:
    """True if the request asks about a set of resources (R1.21)."""
    return any(character in text.replace("${*}", "").replace("${?}", "") for character in "*?")
