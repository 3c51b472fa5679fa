"""BinaryEquals: base64 texts that decode to the same bytes."""

from __future__ import annotations

import base64
import binascii

from xgraph.graph.policy.glob import Tokens

from ._operator import Operator


def read_binary(text: str) -> bytes | None:
    """The decoded bytes, or None when it is no base64."""
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None


def _compile(tokens: Tokens) -> bytes | None:
    return read_binary("".join(tokens))


def _test(value: str, wanted: bytes) -> bool:
    return read_binary(value) == wanted


BINARY = (Operator("BinaryEquals", "BinaryEquals", "binary", _compile, _test),)
