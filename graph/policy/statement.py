"""Statements ready to be matched, shared wherever the same text stands."""

from __future__ import annotations

from dataclasses import dataclass, field

from xgraph.graph.model.problem import Problem

from .condition import Entry
from .glob import Pattern, action_pattern
from .variables import Template


class ActionList:
    """Action or NotAction. Asked once for each action, remembered after."""

    __slots__ = ("_answers", "_patterns", "negated", "texts")

    def __init__(self, texts: tuple[str, ...], *, negated: bool) -> None:
        self.texts = texts
        self.negated = negated
        self._patterns: tuple[Pattern, ...] | None = None
        self._answers: dict[str, bool] = {}

    def matches(self, action: str) -> bool:
        """Whether the element covers `action` (lower case); R2.1 to R2.4."""
        found = self._answers.get(action)
        if found is None:
            if self._patterns is None:
                self._patterns = tuple(p for p in map(action_pattern, self.texts) if p is not None)
            found = any(pattern.matches(action) for pattern in self._patterns) is not self.negated
            self._answers[action] = found
        return found


@dataclass(frozen=True, slots=True)
class ResourceList:
    """Resource or NotResource. `has_star`: one of the texts is `*`, which covers whatever is asked for."""

    texts: tuple[str, ...]
    templates: tuple[Template, ...]
    negated: bool
    has_star: bool = field(init=False, compare=False, repr=False)
    _plain: tuple[Pattern, ...] | bool = field(default=True, init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "has_star", any(text and not text.strip("*") for text in self.texts))

    @property
    def plain(self) -> tuple[Pattern, ...] | None:
        """The patterns, when an ARN alone decides whether they match: no policy variables, no short ARNs. Made when first asked for."""
        if self._plain is True:
            found = [None if text.variables else text.resource_pattern() for text in self.templates]
            plain = tuple(one for one in found if one is not None)
            object.__setattr__(self, "_plain", plain if len(plain) == len(found) else False)
        return self._plain if isinstance(self._plain, tuple) else None

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
    accounts: frozenset[str] = frozenset()
    arns: frozenset[str] = frozenset()
    unique_ids: frozenset[str] = frozenset()
    services: frozenset[str] = frozenset()
    federated: frozenset[str] = frozenset()
    canonical: frozenset[str] = frozenset()


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
    keys: frozenset[str] = field(default_factory=frozenset)
    # Whether it applies to every resource in every request, wherever no principal is named.
    is_open: bool = field(init=False, repr=False)

    def __post_init__(self) -> None:
        on_all = self.resources is not None and self.resources.has_star and not self.resources.negated
        object.__setattr__(self, "is_open", on_all and not self.conditions and not self.unreadable)

    @property
    def effect(self) -> str:
        """`Allow` or `Deny`."""
        return "Allow" if self.allows else "Deny"


class _Settled(dict[str, "tuple[bool, bool] | None"]):
    """By action: what a document allows and denies where nothing in the request matters; None where something does."""

    __slots__ = ("document",)

    def __init__(self, document: Compiled) -> None:
        self.document = document

    def __missing__(self, action: str) -> tuple[bool, bool] | None:
        about = self.document.about(action)
        is_settled = not self.document.unreadable and all(each.is_open for each in about)
        found = (any(each.allows for each in about), any(not each.allows for each in about)) if is_settled else None
        self[action] = found
        return found


@dataclass(frozen=True, slots=True, eq=False)
class Compiled:
    """A compiled document. `unreadable`: the whole document could not be understood, so it may allow or deny anything.

    `settled`: by action (lower case), `(allows, denies)` of a policy that names no principal, where only statements on everything
    without conditions are about the action; else None.
    """

    statements: tuple[Statement, ...]
    problems: tuple[Problem, ...] = ()
    unreadable: bool = False
    _by_action: dict[str, tuple[Statement, ...]] = field(default_factory=dict)
    may_deny: bool = field(init=False)
    settled: dict[str, tuple[bool, bool] | None] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "may_deny", self.unreadable or any(not each.allows for each in self.statements))
        object.__setattr__(self, "settled", _Settled(self))

    def about(self, action: str) -> tuple[Statement, ...]:
        """The statements whose action element covers `action` (lower case)."""
        try:
            return self._by_action[action]
        except KeyError:
            found = tuple(s for s in self.statements if s.unreadable or s.actions.matches(action))
            self._by_action[action] = found
        return found
