"""Null: whether a key is in the request at all (R3.3, R3.14)."""

from __future__ import annotations

from xgraph.graph.policy.glob import Tokens

from ._operator import Operator


def _compile(tokens: Tokens) -> bool | None:
    return {"true": True, "false": False}.get("".join(tokens).lower())


def _test(value: str, absent: bool) -> bool:
    return (value == "") is absent


NULL = (Operator("Null", "Null", "null", _compile, _test),)
