"""The condition operators of IAM, one file a family.

Source: IAM User Guide, "IAM JSON policy elements: Condition operators".
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from ._operator import Operator
from .binary import BINARY
from .boolean import BOOLEAN
from .date import DATE
from .ip import IP
from .null import NULL
from .number import NUMBER
from .text import TEXT

OPERATORS: tuple[Operator, ...] = TEXT + NUMBER + DATE + BOOLEAN + BINARY + IP + NULL

_BY_NAME = {operator.name.lower(): operator for operator in OPERATORS}
_SETS = {"forallvalues": "all", "foranyvalue": "any"}


@dataclass(frozen=True, slots=True)
class OperatorUse:
    """An operator as a policy writes it: `ForAnyValue:StringLikeIfExists`. `quantifier` is "all", "any" or ""."""

    operator: Operator
    quantifier: str
    if_exists: bool


@lru_cache(maxsize=1024)
def read_operator(text: str) -> OperatorUse | None:
    """The operator that `text` names, without regard to case (R3.2); None when there is none such (U-09)."""
    head, colon, name = text.rpartition(":")
    quantifier = _SETS.get(head.lower(), "") if colon else ""
    if colon and not quantifier:
        return None
    base = name.lower()
    if_exists = base.endswith("ifexists")
    found = _BY_NAME.get(base.removesuffix("ifexists") if if_exists else base)
    if found is None or (found.family == "null" and (if_exists or quantifier)):
        return None
    return OperatorUse(found, quantifier, if_exists)


__all__ = ["OPERATORS", "Operator", "OperatorUse", "read_operator"]
