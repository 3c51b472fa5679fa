"""Statements ready to be matched, shared wherever the same text stands."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from xgraph.graph.model.problem import Problem

from .condition import Entry
from .glob import Pattern, action_pattern
from .variables import Template

NOTHING: frozenset[str] = frozenset()


class TextSet(NamedTuple):
    """Patterns asked about as a whole: plain texts and beginnings in one step each, one by one only what is left."""

    literals: frozenset[str]
    prefixes: tuple[str, ...]
    others: tuple[Pattern, ...]

    def matches(self, value: str) -> bool:
        """Whether any of the patterns fits the whole value."""
        literals, prefixes, others = self
        if value in literals or value.startswith(prefixes):
            return True
        for pattern in others:  # noqa: SIM110 - the innermost loop of every decision; a generator would double it
            if pattern.matches(value):
                return True
        return False


def text_set(texts: Iterable[str], pattern_of: Callable[[str], Pattern | None]) -> TextSet:
    """The set of texts in which `*` and `?` are wildcards; `pattern_of` reads those that need more than a look at their end."""
    literals, prefixes, others = set(), [], []
    for text in texts:
        star = text.find("*")
        if "?" in text or -1 < star < len(text) - 1:
            pattern = pattern_of(text)
            others += [pattern] if pattern is not None else []
        elif star < 0:
            literals.add(text)
        else:
            prefixes.append(text[:-1])
    return TextSet(frozenset(literals) or NOTHING, tuple(prefixes), tuple(others))


class ActionList:
    """Action or NotAction. Asked once for each action, remembered after."""

    __slots__ = ("_answers", "_set", "negated", "texts")

    def __init__(self, texts: tuple[str, ...], *, negated: bool) -> None:
        self.texts = texts
        self.negated = negated
        self._set: TextSet | None = None
        self._answers: dict[str, bool] = {}

    def matches(self, action: str) -> bool:
        """Whether the element covers `action` (lower case); R2.1 to R2.4."""
        found = self._answers.get(action)
        if found is None:
            if self._set is None:
                # R2.3: without a colon only `*` alone is a pattern of actions.
                told = (text.casefold() for text in self.texts if ":" in text or (text and not text.strip("*")))
                self._set = text_set(told, action_pattern)
            found = self._set.matches(action.casefold()) is not self.negated
            self._answers[action] = found
        return found


@dataclass(frozen=True, slots=True)
class ResourceList:
    """Resource or NotResource. `has_star`: one of the texts is `*`, which covers whatever is asked for."""

    texts: tuple[str, ...]
    templates: tuple[Template, ...]
    negated: bool
    has_star: bool = field(init=False, compare=False, repr=False)
    # The patterns as a set, False where an ARN alone does not decide, None until first asked for.
    _set: TextSet | Literal[False] | None = field(default=None, init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "has_star", any(text and not text.strip("*") for text in self.texts))

    def covers(self, arn: str) -> bool | None:
        """Whether the element covers a single ARN; None where policy variables or short ARNs have a say."""
        found = self._set
        if found is None:
            found = _arn_set(self.templates)
            object.__setattr__(self, "_set", found)
        if found is False:
            return None
        literals, prefixes, _ = found
        if arn in literals or arn.startswith(prefixes):
            return not self.negated
        return found.matches(arn) is not self.negated if found[2] else self.negated

    @property
    def keys(self) -> frozenset[str]:
        """Condition keys used as variables."""
        return frozenset(variable.key for text in self.templates for variable in text.variables)


@dataclass(frozen=True, slots=True)
class PrincipalElement:
    """Principal or NotPrincipal, sorted by form (R2.31). `everyone`: `"*"`; `aws_star`: `{"AWS": "*"}`."""

    negated: bool = False
    everyone: bool = False
    aws_star: bool = False
    accounts: frozenset[str] = NOTHING
    arns: frozenset[str] = NOTHING
    unique_ids: frozenset[str] = NOTHING
    services: frozenset[str] = NOTHING
    federated: frozenset[str] = NOTHING
    canonical: frozenset[str] = NOTHING
    # Whether some of the ARNs are of role sessions.
    has_sessions: bool = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "has_sessions", any(":assumed-role/" in text for text in self.arns))


@dataclass(frozen=True, slots=True, eq=False)
class Statement:
    """One statement. `unreadable`: its effect is known, the rest is not, so it may or may not apply.

    `principal` None: the element is missing. `resources` None: missing. `never`: an element that can never match.
    """

    index: int
    sid: str | None
    allows: bool
    actions: ActionList
    resources: ResourceList | None
    principal: PrincipalElement | None
    conditions: tuple[Entry, ...]
    unreadable: bool = False
    keys: frozenset[str] = NOTHING
    # Whether it applies to every resource in every request, wherever no principal is named.
    is_open: bool = field(init=False, repr=False)

    def __post_init__(self) -> None:
        on_all = self.resources is not None and self.resources.has_star and not self.resources.negated
        object.__setattr__(self, "is_open", on_all and not self.conditions and not self.unreadable)

    @property
    def effect(self) -> str:
        """`Allow` or `Deny`."""
        return "Allow" if self.allows else "Deny"


def _arn_set(templates: tuple[Template, ...]) -> TextSet | Literal[False]:
    """The patterns of a Resource element, when an ARN alone decides whether they match: no policy variables, no short ARNs."""
    by_text = {text.text: text for text in templates}
    if any("${" in text or text.count(":") < 5 for text in by_text):
        if not all(_is_of_arn(text) for text in templates):
            return False
        return TextSet(NOTHING, (), tuple(p for text in templates if (p := text.resource_pattern()) is not None))
    return text_set(by_text, lambda text: by_text[text].resource_pattern())


def _is_of_arn(text: Template) -> bool:
    return not text.variables and text.resource_pattern() is not None


class Plan(NamedTuple):
    """What a document says about one action where it names no principal: `allows` and `denies` whatever the request, and the statements
    that have to be asked besides."""

    allows: bool
    denies: bool
    rest: tuple[Statement, ...]


def statements_about(documents: Iterable[Compiled | None], action: str) -> list[Statement] | None:
    """What several documents say about `action` (lower case); None where a part of them was not read or not understood."""
    found: list[Statement] = []
    for document in documents:
        if document is None or document.unreadable:
            return None
        found += document.about(action)
    return None if any(each.unreadable for each in found) else found


def plan_of(documents: Iterable[Compiled | None], action: str) -> Plan | None:
    """One plan for several documents; None where a part of them was not read or not understood."""
    found = statements_about(documents, action)
    if found is None:
        return None
    allows = any(each.is_open and each.allows for each in found)
    denies = any(each.is_open and not each.allows for each in found)
    # Where all is allowed, one more Allow changes nothing.
    rest = tuple(each for each in found if not each.is_open and not (allows if each.allows else denies))
    return Plan(allows, denies, rest)


class Plans(dict[str, "Plan | None"]):
    """The plans of some documents by action (lower case), each made when it is first asked for."""

    __slots__ = ("_documents",)

    def __init__(self, documents: tuple[Compiled | None, ...]) -> None:
        self._documents = documents

    def __missing__(self, action: str) -> Plan | None:
        found = self[action] = plan_of(self._documents, action)
        return found


@dataclass(frozen=True, slots=True, eq=False)
class Compiled:
    """A compiled document. `unreadable`: the whole document could not be understood, so it may allow or deny anything.

    `plans`: by action (lower case), of a policy that names no principal.
    """

    statements: tuple[Statement, ...]
    problems: tuple[Problem, ...] = ()
    unreadable: bool = False
    _by_action: dict[str, tuple[Statement, ...]] | None = None  # made with the first question
    may_deny: bool = field(init=False)
    plans: Plans = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "may_deny", self.unreadable or any(not each.allows for each in self.statements))
        object.__setattr__(self, "plans", Plans((self,)))

    def about(self, action: str) -> tuple[Statement, ...]:
        """The statements whose action element covers `action` (lower case)."""
        known = self._by_action
        if known is None:
            known = {}
            object.__setattr__(self, "_by_action", known)
        found = known.get(action)
        if found is None:
            found = known[action] = tuple(s for s in self.statements if s.unreadable or s.actions.matches(action))
        return found
