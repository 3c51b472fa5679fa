"""Bool: `true` and `false`, without regard to case (U-10)."""

from __future__ import annotations

from xgraph.graph.policy.glob import WILDCARDS, Tokens

from ._operator import Operator


def _compile(tokens: Tokens) -> str | None:
    text = "".join(token for token in tokens if token not in WILDCARDS).lower()
    return text if text in ("true", "false") else None


def _test(value: str, wanted: str) -> bool:
    return value.lower() == wanted


BOOLEAN = (Operator("Bool", "Bool", "bool", _compile, _test, variables=True),)
