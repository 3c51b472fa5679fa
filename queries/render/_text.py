"""Names made harmless: whatever was typed into a tag or a Sid must not steer a terminal or a reader's eye."""

from __future__ import annotations

import unicodedata

# Controls, formats (bidi, zero width), lone surrogates, private and unassigned code points, line and paragraph separators.
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_LONGEST = 1200


def visible(text: str) -> str:
    r"""`text` on one line, with what cannot be seen written out as `\x1b` or `\u202e`."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(_escaped(char) if unicodedata.category(char) in _UNSEEN else char for char in text)


def short(text: str) -> str:
    """`visible` for people: longer than any name AWS accepts, it is cut."""
    return visible(text if len(text) <= _LONGEST else text[:_LONGEST] + "...")


def _escaped(char: str) -> str:
    return char.encode("unicode_escape", "surrogatepass").decode("ascii")


def count(number: int, noun: str) -> str:
    """A number with its noun: `1 hop`, `2 hops`."""
    return f"{number:,} {noun if number == 1 else plural(noun)}"


def plural(noun: str) -> str:
    """More than one: `hops`, `classes`, `entries`."""
    if noun.endswith("y"):
        return f"{noun[:-1]}ies"
    return f"{noun}es" if noun.endswith("s") else f"{noun}s"
