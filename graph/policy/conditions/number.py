"""Numeric operators: integers and decimals, anything else never matches.

Source: IAM User Guide, "Condition operators", numeric condition operators (R3.3).
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from fractions import Fraction

from xgraph.graph.policy.glob import Tokens

from ._operator import Operator

_LONGEST = 60  # characters; AWS's numbers are far shorter, and longer ones only cost time


def read_number(text: str) -> Fraction | None:
    """The number, or None when it is no integer or decimal."""
    body = text[1:] if text[:1] in ("+", "-") else text
    whole, dot, part = body.partition(".")
    digits = whole + part
    if not digits or len(text) > _LONGEST or not (digits.isascii() and digits.isdigit()) or (dot and not part):
        return None
    return Fraction(text)


def _compile(tokens: Tokens) -> Fraction | None:
    return read_number("".join(tokens))


def _comparing(compare: Callable[[Fraction, Fraction], bool]) -> Callable[[str, Fraction], bool]:
    def test(value: str, limit: Fraction) -> bool:
        number = read_number(value)
        return number is not None and compare(number, limit)

    return test


NUMBER = (
    Operator("NumericEquals", "NumericEquals", "number", _compile, _comparing(operator.eq)),
    Operator("NumericNotEquals", "NumericEquals", "number", _compile, _comparing(operator.eq), is_negated=True),
    Operator("NumericLessThan", "NumericLessThan", "number", _compile, _comparing(operator.lt)),
    Operator("NumericLessThanEquals", "NumericLessThanEquals", "number", _compile, _comparing(operator.le)),
    Operator("NumericGreaterThan", "NumericGreaterThan", "number", _compile, _comparing(operator.gt)),
    Operator("NumericGreaterThanEquals", "NumericGreaterThanEquals", "number", _compile, _comparing(operator.ge)),
)
