"""Values as the bytes of a snapshot: the same value always gives the same bytes.

Sorted keys, one value a line, ASCII only (names with control or bidi characters stay visible), times as ISO-8601, bytes as base64.
"""

from __future__ import annotations

import base64
import hashlib
import json
import math
from collections.abc import Callable, Mapping
from datetime import date
from json.encoder import encode_basestring_ascii
from operator import itemgetter
from typing import Any

_DEEPEST = 256  # levels; AWS needs a dozen, and every reader of JSON gives up somewhere


def encode(value: Any, deepest: int = _DEEPEST) -> bytes:
    """`value` as indented JSON with a line feed at the end.

    Raises RecursionError when it has more levels than `deepest`, before a reader would.
    """
    out: list[str] = []
    _write(value, "\n", out.append, deepest)
    out.append("\n")
    return "".join(out).encode("ascii")


def compact(value: Any) -> str:
    """`value` as JSON on one line; the canonical form of a call's parameters."""
    return json.dumps(plain(value), sort_keys=True, separators=(",", ":"))


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def plain(value: Any) -> Any:
    """`value` in types that JSON has."""
    if isinstance(value, str):
        return _text(value)
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {_text(str(key)): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, bytes | bytearray):
        return base64.b64encode(value).decode("ascii")
    raise TypeError(f"a snapshot can't hold {type(value).__name__}")


def _write(value: Any, line: str, put: Callable[[str], None], deepest: int) -> None:
    """Puts `value`; `line` is a line feed and the indentation it stands at. By hand: json's own indentation takes three times as long."""
    if len(line) > deepest:
        raise RecursionError
    if isinstance(value, str):
        put(encode_basestring_ascii(_text(value)))
    elif isinstance(value, Mapping):
        opening = "{"
        for key, item in sorted(((str(key), item) for key, item in value.items()), key=itemgetter(0)):
            put(f"{opening}{line} {encode_basestring_ascii(_text(key))}: ")
            _write(item, line + " ", put, deepest)
            opening = ","
        put(f"{line}}}" if value else "{}")
    elif isinstance(value, list | tuple):
        opening = "["
        for item in value:
            put(f"{opening}{line} ")
            _write(item, line + " ", put, deepest)
            opening = ","
        put(f"{line}]" if value else "[]")
    else:
        put(json.dumps(plain(value)))


def _text(text: str) -> str:
    """`text` with lone surrogates replaced: JSON can spell them, UTF-8 and most readers can't."""
    if text.isascii():
        return text
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
