"""What every condition operator is made of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from xgraph.graph.policy.glob import Tokens


@dataclass(frozen=True, slots=True)
class Operator:
    """One base operator. `positive` names its test without negation; when `is_negated` the values combine as NOR (R3.1).

    `compile` turns the tokens of a policy value into what `test(request value, compiled)` wants, None when the value can
    never match. `wildcards`, `variables`: whether `*`/`?` and `${…}` mean anything in its values.
    """

    name: str
    positive: str
    family: str
    compile: Callable[[Tokens], Any]
    test: Callable[[str, Any], bool]
    wildcards: bool = False
    variables: bool = False
    is_negated: bool = False
