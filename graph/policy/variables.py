"""Policy variables: `${key}`, `${key, 'default'}` and the escapes `${*}`, `${?}`, `${$}`.

Source: IAM User Guide, "IAM policy elements: Variables and tags" (R2.25 to R2.30).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache

from .glob import ANY, STAR, Pattern, Tokens, resource_pattern, tokens_of

VERSION_WITH_VARIABLES = "2012-10-17"
_ESCAPES = frozenset("*?$")


@dataclass(frozen=True, slots=True)
class Variable:
    """A reference to a condition key inside policy text. `default` is None when none is given."""

    key: str
    default: str | None


@dataclass(frozen=True, slots=True)
class Template:
    """Policy text with its variables found. `parts` holds token tuples and Variables in order; `text` is as written.

    A text without `${` has no parts: its characters are its tokens, `*` and `?` among them where there are `wildcards`. `variables` are
    those of `parts`, in order.
    """

    text: str
    parts: tuple[Tokens | Variable, ...]
    wildcards: bool = True
    variables: tuple[Variable, ...] = field(init=False, compare=False, repr=False)
    _pattern: tuple[Pattern | None] | None = field(default=None, init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        found = tuple(part for part in self.parts if isinstance(part, Variable))
        object.__setattr__(self, "variables", found)

    @property
    def fixed(self) -> Tokens | None:
        """The tokens of a text without variables. Not kept: most texts are only ever compared as they are."""
        return None if self.variables else self.fill({})

    def resource_pattern(self) -> Pattern | None:
        """The pattern of a Resource text without variables, made when it is first asked for; None when it can never match."""
        if self._pattern is None:
            object.__setattr__(self, "_pattern", (resource_pattern(self.fixed or ()),))
        return self._pattern[0] if self._pattern else None

    def fill(self, values: dict[str, str | None]) -> Tokens | None:
        """The tokens with each variable's value put in literally; None when one has neither value nor default (R2.29)."""
        if not self.parts:
            return tokens_of(self.text) if self.wildcards else tuple(self.text)
        out: list[str] = []
        for part in self.parts:
            if not isinstance(part, Variable):
                out += part
                continue
            value = values.get(part.key)
            if value is None:
                value = part.default
            if value is None:
                return None
            out += value  # R2.28: a substituted value is literal, character by character
        return tuple(out)


@lru_cache(maxsize=131072)
def template(text: str, *, wildcards: bool, variables: bool) -> Template:
    """Policy text taken apart. Without `wildcards`, `*` and `?` are literal; without `variables`, `${…}` is literal text."""
    if not variables or "${" not in text:
        return Template(text, (), wildcards)
    return Template(text, tuple(_parts(text, wildcards=wildcards)), wildcards)


def resource_template(text: str, *, variables: bool) -> Template:
    """A Resource element: variables count only in the part after the fifth colon (R2.26)."""
    colons = [position for position, char in enumerate(text) if char == ":"][:5]
    if not variables or "${" not in text or len(colons) < 5:
        return template(text, wildcards=True, variables=False)
    cut = colons[4] + 1
    head, tail = text[:cut], template(text[cut:], wildcards=True, variables=True)
    return Template(text, (tokens_of(head), *(tail.parts or (tokens_of(text[cut:]),))))


def _parts(text: str, *, wildcards: bool) -> list[Tokens | Variable]:
    parts: list[Tokens | Variable] = []
    literal: list[str] = []
    position = 0
    while position < len(text):
        end = text.find("}", position) if text.startswith("${", position) else -1
        if end > 0:
            inner = text[position + 2 : end]
            if inner in _ESCAPES:
                literal.append(inner)
            else:
                parts.append(tuple(literal))
                literal = []
                parts.append(_variable(inner))
            position = end + 1
            continue
        char = text[position]
        literal.append(STAR if wildcards and char == "*" else ANY if wildcards and char == "?" else char)
        position += 1
    parts.append(tuple(literal))
    return [part for part in parts if part != ()] or [()]


def _variable(inner: str) -> Variable:
    key, comma, rest = inner.partition(",")
    quoted = rest.strip()
    if comma and len(quoted) >= 2 and quoted[0] == quoted[-1] == "'":
        return Variable(key.strip().lower(), quoted[1:-1])
    return Variable(inner.strip().lower(), None)
