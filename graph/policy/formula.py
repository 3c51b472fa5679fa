"""Boolean formulas over what is not known, kept whole so that correlation is not lost (R3.33).

A formula is True, False, a Literal, an And or an Or, in negation normal form. Atoms carry the variable that they speak of,
with all that is known of its values, so a formula can be decided without its request.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias

from .decision import ControlClass
from .glob import Pattern

Value: TypeAlias = "str | tuple[str, ...] | bool | None"
World: TypeAlias = "Mapping[Variable, Value]"


@dataclass(frozen=True, slots=True)
class Variable:
    """One unknown. `name` is a condition key (lower case) or, for `free`, the id of what is not known.

    `scope` keeps the keys of different requests apart. Values fit one of `within` (when given) and none of `without`. A `free` variable
    is a plain boolean: an open point, a gap, a foreign account.
    """

    name: str
    control: ControlClass
    scope: str = ""
    may_be_absent: bool = True
    is_multivalued: bool = False
    is_boolean: bool = False
    free: bool = False
    within: tuple[Pattern, ...] = ()
    without: tuple[Pattern, ...] = ()
    spelling: str = ""


class Atom:
    """A claim about one variable (or two, when a value names another key). False whenever the key is absent.

    `operator`, `values` are the policy's words. `test` decides it for one value. With `every` the claim is "some value fails the
    test" (the complement inside ForAllValues). `family` groups operators whose values can be enumerated together; `hints` are the
    compiled patterns or boundary values of the family. `others` are variables inside the values; then `test` gets the world. `sense` is
    what else `test` depends on: two atoms with the same words may mean different things where a policy variable was put in.
    """

    __slots__ = ("_hash", "family", "hints", "operator", "others", "sense", "some_fails", "test", "values", "variable")

    def __init__(
        self,
        variable: Variable,
        operator: str,
        values: tuple[str, ...],
        test: Callable[[str, World], bool],
        family: str,
        hints: tuple[object, ...] = (),
        *,
        some_fails: bool = False,
        others: tuple[Variable, ...] = (),
        sense: tuple[object, ...] = (),
    ) -> None:
        self.variable = variable
        self.operator = operator
        self.values = values
        self.test = test
        self.family = family
        self.hints = hints
        self.some_fails = some_fails
        self.others = others
        self.sense = (frozenset(hints), *sense)
        self._hash = hash((variable, operator, values, some_fails, others, self.sense))

    def __hash__(self) -> int:
        return self._hash

    def __eq__(self, other: object) -> bool:
        return self is other or (
            isinstance(other, Atom)
            and self._hash == other._hash
            and (self.variable, self.operator, self.values, self.some_fails, self.others, self.sense)
            == (other.variable, other.operator, other.values, other.some_fails, other.others, other.sense)
        )

    def __repr__(self) -> str:
        return f"{self.variable.name} {'not-all ' if self.some_fails else ''}{self.operator} {list(self.values)}"

    def holds(self, world: World) -> bool:
        """Whether the claim is true in a world that fixes its variables."""
        value = world[self.variable]
        if isinstance(value, bool):
            return value
        if value is None:
            return False
        if self.operator == PRESENT:
            return True
        many = value if isinstance(value, tuple) else (value,)
        return any(self.test(one, world) is not self.some_fails for one in many)


PRESENT = "present"


def present(variable: Variable) -> Formula:
    """The formula "the key is in the request"."""
    if not variable.may_be_absent:
        return True
    return Literal(Atom(variable, PRESENT, (), lambda _value, _world: True, PRESENT), positive=True)


@lru_cache(maxsize=16384)
def free(name: str, control: ControlClass, scope: str = "", spelling: str = "") -> Literal:
    """A plain unknown: an open point (`U-08`), a gap, whether a foreign account delegates."""
    variable = Variable(name, control, scope, may_be_absent=False, free=True, spelling=spelling)
    return Literal(Atom(variable, "free", (), lambda _value, _world: True, "free"), positive=True)


@dataclass(frozen=True, slots=True)
class Literal:
    """An atom or its negation."""

    atom: Atom
    positive: bool


class _Many:
    __slots__ = ("_hash", "items")

    def __init__(self, items: frozenset[Formula]) -> None:
        self.items = items
        self._hash = hash((type(self).__name__, items))

    def __hash__(self) -> int:
        return self._hash

    def __eq__(self, other: object) -> bool:
        return self is other or (isinstance(other, _Many) and type(self) is type(other) and self.items == other.items)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(sorted(map(repr, self.items)))})"


class And(_Many):
    """All of the items."""

    __slots__ = ()


class Or(_Many):
    """At least one of the items."""

    __slots__ = ()


Formula: TypeAlias = bool | Literal | And | Or


def conj(*formulas: Formula) -> Formula:
    """All of them, simplified where it costs nothing."""
    if len(formulas) == 2:  # nearly always, and mostly plain truth values
        left, right = formulas
        if left is True or right is False:
            return right
        if right is True or left is False:
            return left
    rest = []
    for formula in formulas:
        if formula is False:
            return False
        if formula is not True:
            rest.append(formula)
    if not rest:
        return True
    return rest[0] if len(rest) == 1 else _join(rest, And, absorbing=False)


def disj(*formulas: Formula) -> Formula:
    """At least one of them, simplified where it costs nothing."""
    if len(formulas) == 2:
        left, right = formulas
        if left is False or right is True:
            return right
        if right is False or left is True:
            return left
    rest = []
    for formula in formulas:
        if formula is True:
            return True
        if formula is not False:
            rest.append(formula)
    if not rest:
        return False
    return rest[0] if len(rest) == 1 else _join(rest, Or, absorbing=True)


def _join(formulas: Iterable[Formula], kind: type[And | Or], *, absorbing: bool) -> Formula:
    """What is no plain truth value, in one set."""
    items: set[Formula] = set()
    for formula in formulas:
        if isinstance(formula, kind):
            items |= formula.items
        else:
            items.add(formula)
    for item in items:
        if isinstance(item, Literal) and item.positive and Literal(item.atom, positive=False) in items:
            return absorbing
    return next(iter(items)) if len(items) == 1 else kind(frozenset(items))


def neg(formula: Formula) -> Formula:
    """The complement, pushed down to the literals."""
    if isinstance(formula, bool):
        return not formula
    if isinstance(formula, Literal):
        return Literal(formula.atom, not formula.positive)
    if isinstance(formula, And):
        return Or(frozenset(neg(item) for item in formula.items))
    return And(frozenset(neg(item) for item in formula.items))


def either(choice: Formula, then: Formula, otherwise: Formula) -> Formula:
    """`then` if `choice`, else `otherwise`."""
    if then == otherwise:
        return then
    return disj(conj(choice, then), conj(neg(choice), otherwise))


def atoms_of(formula: Formula) -> frozenset[Atom]:
    """Every atom in the formula."""
    if isinstance(formula, bool):
        return frozenset()
    if isinstance(formula, Literal):
        return frozenset((formula.atom,))
    return frozenset().union(*(atoms_of(item) for item in formula.items))


def assign(formula: Formula, truth: Mapping[Atom, bool]) -> Formula:
    """The formula with some atoms fixed."""
    if isinstance(formula, bool):
        return formula
    if isinstance(formula, Literal):
        value = truth.get(formula.atom)
        return formula if value is None else value is formula.positive
    parts = [assign(item, truth) for item in formula.items]
    return conj(*parts) if isinstance(formula, And) else disj(*parts)
