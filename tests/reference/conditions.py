"""Condition blocks over a complete world, two-valued (semantics.md 3a)."""

from __future__ import annotations

import base64
import binascii
import ipaddress
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal

from .documents import Json, listed
from .matching import Pattern, Wild, glob, wildcards, with_variables
from .readings import Readings, ask

World = dict[str, tuple[str, ...]]  # condition key in lower case -> its values; a key that is not there is absent

# Keys of type ArrayOf… (R3.12); in lower case.
MULTIVALUED = frozenset(
    "aws:principalorgpaths aws:resourceorgpaths aws:sourceorgpaths aws:vpceorgpaths aws:tagkeys aws:calledvia "
    "aws:principalservicenameslist sts:transitivetagkeys dynamodb:attributes dynamodb:leadingkeys s3:requestobjecttagkeys".split()
)


# ---------------------------------------------------------------------------------------- one value against one policy value


def literal(pattern: Pattern) -> str:
    """The policy value as plain text: the operators without wildcards take `*` and `?` literally."""
    return "".join("*" if token is Wild.ANY else "?" if isinstance(token, Wild) else token for token in pattern)


def string_equals(value: str, pattern: Pattern) -> bool:
    return value == literal(pattern)


def string_equals_ignore_case(value: str, pattern: Pattern) -> bool:
    return value.casefold() == literal(pattern).casefold()


def string_like(value: str, pattern: Pattern) -> bool:
    return glob(pattern, value)


def arn_like(value: str, pattern: Pattern) -> bool:
    """Both split into six parts, and part by part a glob (R3.3)."""
    value_parts = value.split(":", 5)
    parts: list[Pattern] = [[]]
    for token in pattern:
        if token == ":" and len(parts) < 6:
            parts.append([])
        else:
            parts[-1].append(token)
    if len(value_parts) != 6 or len(parts) != 6:
        return False
    return all(glob(part, value_part) for part, value_part in zip(parts, value_parts, strict=True))


def bool_equals(value: str, pattern: Pattern) -> bool:
    """R3.3; case-insensitive by U-10."""
    return value.lower() in {"true", "false"} and value.lower() == literal(pattern).lower()


def number(text: str) -> Decimal | None:
    """An integer or a decimal, else None."""
    digits = text[1:] if text[:1] in {"+", "-"} else text
    whole, _, fraction = digits.partition(".")
    plain = (whole + fraction).isascii() and (whole + fraction).isdigit()
    return Decimal(text) if plain and not digits.endswith(".") else None


def moment(text: str) -> datetime | None:
    """A date of the W3C note (year, month, day, minute, second, fraction) or seconds since 1970, in UTC; else None."""
    if text.isascii() and text.isdigit() and len(text) != 4:
        try:
            return datetime.fromtimestamp(int(text), UTC)
        except (OverflowError, OSError, ValueError):
            return None
    if len(text) == 4:
        text += "-01-01"
    elif len(text) == 7:
        text += "-01"
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found


def compare_numbers(test: Callable[[Decimal, Decimal], bool]) -> Callable[[str, str], bool]:
    def compare(value: str, text: str) -> bool:
        left, right = number(value), number(text)
        return left is not None and right is not None and test(left, right)

    return compare


def compare_dates(test: Callable[[datetime, datetime], bool]) -> Callable[[str, str], bool]:
    def compare(value: str, text: str) -> bool:
        left, right = moment(value), moment(text)
        return left is not None and right is not None and test(left, right)

    return compare


def binary_equals(value: str, text: str) -> bool:
    try:
        return base64.b64decode(value, validate=True) == base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return False


def ip_address(value: str, text: str) -> bool:
    """R3.3; a bare address is a /32 or, by U-11, a /128; the two families never match each other."""
    try:
        address, network = ipaddress.ip_address(value), ipaddress.ip_network(text, strict=False)
    except ValueError:
        return False
    return address.version == network.version and address in network


# Operators whose values may hold policy variables (R2.26): name -> (test, negated).
WITH_VARIABLES: dict[str, tuple[Callable[[str, Pattern], bool], bool]] = {
    "stringequals": (string_equals, False),
    "stringnotequals": (string_equals, True),
    "stringequalsignorecase": (string_equals_ignore_case, False),
    "stringnotequalsignorecase": (string_equals_ignore_case, True),
    "stringlike": (string_like, False),
    "stringnotlike": (string_like, True),
    "arnequals": (arn_like, False),
    "arnnotequals": (arn_like, True),
    "arnlike": (arn_like, False),
    "arnnotlike": (arn_like, True),
    "bool": (bool_equals, False),
}
PLAIN: dict[str, tuple[Callable[[str, str], bool], bool]] = {
    "numericequals": (compare_numbers(lambda v, p: v == p), False),
    "numericnotequals": (compare_numbers(lambda v, p: v == p), True),
    "numericlessthan": (compare_numbers(lambda v, p: v < p), False),
    "numericlessthanequals": (compare_numbers(lambda v, p: v <= p), False),
    "numericgreaterthan": (compare_numbers(lambda v, p: v > p), False),
    "numericgreaterthanequals": (compare_numbers(lambda v, p: v >= p), False),
    "dateequals": (compare_dates(lambda v, p: v == p), False),
    "datenotequals": (compare_dates(lambda v, p: v == p), True),
    "datelessthan": (compare_dates(lambda v, p: v < p), False),
    "datelessthanequals": (compare_dates(lambda v, p: v <= p), False),
    "dategreaterthan": (compare_dates(lambda v, p: v > p), False),
    "dategreaterthanequals": (compare_dates(lambda v, p: v >= p), False),
    "binaryequals": (binary_equals, False),
    "ipaddress": (ip_address, False),
    "notipaddress": (ip_address, True),
}


# ------------------------------------------------------------------------------------------------------------ one operator


def taken_apart(operator: str) -> tuple[str, str, bool]:
    """(set operator or "", base operator, IfExists?), all in lower case (R3.2)."""
    base = operator.lower()
    quantifier = ""
    for prefix in ("forallvalues:", "foranyvalue:"):
        if base.startswith(prefix):
            quantifier, base = prefix[:-1], base[len(prefix) :]
    if_exists = base.endswith("ifexists")
    return quantifier, base.removesuffix("ifexists"), if_exists


def text_of(value: Json) -> str:
    """JSON `true` and `10` are compared as their text (R3.13)."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def entry_holds(operator: str, key: str, policy_values: list[str], world: World, readings: Readings, *, variables: bool) -> bool | None:
    """One operator on one key: true, false, or None for an operator that AWS does not know."""
    quantifier, base, if_exists = taken_apart(operator)
    values = world.get(key.lower(), ())
    if base == "null":
        return None if if_exists or quantifier else null_holds(policy_values, values)
    if base in WITH_VARIABLES:
        negated = WITH_VARIABLES[base][1]
    elif base in PLAIN:
        negated = PLAIN[base][1]
    else:
        return None

    def positive(value: str) -> bool:
        """True if the value satisfies the positive test for any of the policy's values."""
        return any(value_fits(base, value, text, world, variables=variables) for text in policy_values)

    missing = not values
    if quantifier == "forallvalues":
        if missing:
            if base == "stringnotlike" and not if_exists:
                return ask(readings, "U-13")
            return True  # R3.7; R3.9: IfExists adds nothing
        return all(positive(value) != negated for value in values)
    if quantifier == "foranyvalue":
        if missing:
            return ask(readings, "U-12") if if_exists else False  # R3.8, R3.9
        return any(positive(value) != negated for value in values)
    if missing:
        return if_exists or negated  # R3.5, R3.6
    if key.lower() in MULTIVALUED or len(values) > 1:  # R3.12: no set operator
        matched = any(positive(value) for value in values) if ask(readings, "U-14") else False
        return matched != negated
    return positive(values[0]) != negated


def value_fits(base: str, value: str, text: str, world: World, *, variables: bool) -> bool:
    if base in PLAIN:
        return PLAIN[base][0](value, text)
    pattern = with_variables(text, world, multivalued=MULTIVALUED) if variables else wildcards(text)
    if pattern is None:  # R2.29: positive operators do not match, hence negated ones do
        return False
    return WITH_VARIABLES[base][0](value, pattern)


def null_holds(policy_values: list[str], values: tuple[str, ...]) -> bool:
    """`true`: absent or empty; `false`: present and not empty; both listed: always true (R3.3, R3.14)."""
    empty = all(value == "" for value in values)
    wanted = {text.lower() for text in policy_values}
    return ("true" in wanted and empty) or ("false" in wanted and not empty)


def condition_holds(condition: dict[str, dict[str, Json]], world: World, readings: Readings, *, variables: bool) -> bool:
    """AND over operators and keys (R3.1). An unknown operator: the statement never matches (R3.2)."""
    for operator, block in condition.items():
        for key, policy_values in block.items():
            texts = [text_of(value) for value in listed(policy_values)]
            if entry_holds(operator, key, texts, world, readings, variables=variables) is not True:
                return False
    return True
