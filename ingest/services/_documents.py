"""Policy documents as text, whichever of the ways of writing them down AWS and its tools have chosen."""

from __future__ import annotations

from urllib.parse import unquote

import msgspec


class Documents:
    """The texts of policy documents; equal documents are one and the same `str`, so that they are parsed once."""

    __slots__ = ("_by_raw", "_texts")

    def __init__(self) -> None:
        self._by_raw: dict[bytes, str | None] = {}
        self._texts: dict[str, str] = {}

    def text_of(self, raw: msgspec.Raw) -> str | None:
        """The text of a document that was answered as an object or as text; None for null, which is no document that was read."""
        key = bytes(raw)
        if key not in self._by_raw:
            self._by_raw[key] = self._convert(key)
        return self._by_raw[key]

    def keep(self, text: str) -> str:
        """A document that was answered as text, URL-encoded or not. Text that is no JSON stays as it is, for others to report."""
        text = decoded(text)
        return self._texts.setdefault(text, text)

    def _convert(self, raw: bytes) -> str | None:
        if not raw or raw == b"null":
            return None
        if raw.startswith(b'"'):
            return self.keep(msgspec.json.decode(raw, type=str))
        text = msgspec.json.format(raw, indent=-1).decode()
        return self._texts.setdefault(text, text)


def decoded(text: str) -> str:
    """`text` with URL encoding taken off, where it has one: a document begins with a brace, an encoded one does not."""
    if "%" in text and not text.lstrip().startswith("{"):
        plain = unquote(text)
        if plain.lstrip().startswith("{"):
            return plain
    return text
