"""Date operators: ISO 8601 dates or epoch seconds, compared in UTC.

Source: IAM User Guide, "Condition operators", date condition operators (R3.3).
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from datetime import UTC, datetime
from fractions import Fraction

from xgraph.graph.policy.glob import Tokens

from ._operator import Operator
from .number import read_number


def read_date(text: str) -> Fraction | None:
    """Seconds since 1970-01-01T00:00:00Z, or None when it is neither an ISO date nor epoch seconds."""
    number = read_number(text)
    if number is not None and not (len(text) == 4 and text.isdigit()):
        return number
    padded = {4: f"{text}-01-01", 7: f"{text}-01"}.get(len(text), text)
    try:
        moment = datetime.fromisoformat(padded)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    try:
        since = moment - datetime(1970, 1, 1, tzinfo=UTC)
    except OverflowError:
        return None
    return Fraction(since.days * 86400 + since.seconds) + Fraction(since.microseconds, 1_000_000)


def write_date(seconds: Fraction) -> str:
    """The moment as AWS writes it; epoch seconds where the calendar ends."""
    try:
        return datetime.fromtimestamp(int(seconds), tz=UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    except (OverflowError, ValueError, OSError):
        return str(int(seconds))


def _compile(tokens: Tokens) -> Fraction | None:
    return read_date("".join(tokens))


def _comparing(compare: Callable[[Fraction, Fraction], bool]) -> Callable[[str, Fraction], bool]:
    def test(value: str, limit: Fraction) -> bool:
        moment = read_date(value)
        return moment is not None and compare(moment, limit)

    return test


DATE = (
    Operator("DateEquals", "DateEquals", "date", _compile, _comparing(operator.eq)),
    Operator("DateNotEquals", "DateEquals", "date", _compile, _comparing(operator.eq), is_negated=True),
    Operator("DateLessThan", "DateLessThan", "date", _compile, _comparing(operator.lt)),
    Operator("DateLessThanEquals", "DateLessThanEquals", "date", _compile, _comparing(operator.le)),
    Operator("DateGreaterThan", "DateGreaterThan", "date", _compile, _comparing(operator.gt)),
    Operator("DateGreaterThanEquals", "DateGreaterThanEquals", "date", _compile, _comparing(operator.ge)),
)
