"""Formulas with other variables in them: renamed, fixed to a value, or absent."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeAlias

from .formula import PRESENT, And, Atom, Formula, Literal, Value, Variable, World, conj, disj

Change: TypeAlias = "Callable[[Variable], Variable | str | None]"


def substitute(formula: Formula, change: Change) -> Formula:
    """The formula after `change`: what a variable becomes, another one, a value (text), or absent (None).

    A claim about two keys of which one became a value keeps speaking of the other one.
    """
    if isinstance(formula, bool):
        return formula
    if isinstance(formula, Literal):
        found = _atom(formula.atom, change)
        if isinstance(found, Atom):
            return Literal(found, formula.positive)
        return found is formula.positive
    parts = [substitute(item, change) for item in formula.items]
    return conj(*parts) if isinstance(formula, And) else disj(*parts)


def _atom(atom: Atom, change: Change) -> Atom | bool:
    new = change(atom.variable)
    others = {other: change(other) for other in atom.others}
    if new is None:
        return False
    if isinstance(new, str) and not any(isinstance(other, Variable) for other in others.values()):
        return atom.operator == PRESENT or atom.test(new, {**_view(others, {}), atom.variable: new}) is not atom.some_fails
    if new == atom.variable and all(other == to for other, to in others.items()):
        return atom
    if isinstance(new, str):
        # Its other keys are still open: it goes on as a claim about one of them.
        carrier = next(to for to in others.values() if isinstance(to, Variable))
        holds = _fixed(atom, new, others)
        rest = tuple(dict.fromkeys(to for to in others.values() if isinstance(to, Variable) and to != carrier))
        return Atom(
            carrier, atom.operator, (*atom.values, new), lambda value, world: holds({**world, carrier: value}), "joint", (), others=rest
        )
    open_ones = tuple(dict.fromkeys(to for to in others.values() if isinstance(to, Variable) and to != new))
    test = _renamed(atom, new, others) if others else atom.test
    return Atom(new, atom.operator, atom.values, test, atom.family, atom.hints, some_fails=atom.some_fails, others=open_ones)


def _view(others: Mapping[Variable, Variable | str | None], world: World) -> dict[Variable, Value]:
    return {old: world.get(to) if isinstance(to, Variable) else to for old, to in others.items()}


def _renamed(atom: Atom, new: Variable, others: Mapping[Variable, Variable | str | None]) -> Callable[[str, World], bool]:
    old, test = atom.variable, atom.test
    return lambda value, world: test(value, {**_view(others, {**world, new: value}), old: value})


def _fixed(atom: Atom, value: str, others: Mapping[Variable, Variable | str | None]) -> Callable[[World], bool]:
    old, test, some_fails = atom.variable, atom.test, atom.some_fails
    return lambda world: test(value, {**_view(others, world), old: value}) is not some_fails
