"""Why a file does not have the shape it should have, in words for people."""

from __future__ import annotations

import re

_WORDS = {
    "array": "a list",
    "bool": "true or false",
    "float": "a number",
    "int": "a number",
    "null": "null",
    "object": "an object",
    "str": "text",
}
_EXPECTED = re.compile(r"Expected `(.+?)`, got `(.+?)`(?: - at `\$\.?(.*)`)?")
_MISSING = re.compile(r"Object missing required field `(.+?)`(?: - at `\$\.?(.*)`)?")
_BYTE = re.compile(r".*\(byte (\d+)\)")


def explain(error: Exception, at: str = "") -> str:
    """What is wrong and where; `at` is the path of what was decoded, inside the file that holds it."""
    text = str(error)
    if isinstance(error, RecursionError):
        return "nested too deeply" + _where(at)
    if found := _EXPECTED.fullmatch(text):
        expected, got, inner = found.groups()
        return f"expected {_alternatives(expected)}, found {_alternatives(got)}" + _where(at, inner)
    if found := _MISSING.fullmatch(text):
        return f"`{found[1]}` is missing" + _where(at, found[2])
    if found := _BYTE.fullmatch(text):
        return f"is not JSON (byte {found[1]})" + _where(at)
    return "is not JSON: it ends too early" if "truncated" in text else text[:1].lower() + text[1:]


def _alternatives(types: str) -> str:
    return " or ".join(_WORDS.get(each.strip(), each.strip()) for each in types.split("|"))


def _where(at: str, inner: str | None = None) -> str:
    place = ".".join(part for part in (at, inner) if part)
    return f" at `{place}`" if place else ""
