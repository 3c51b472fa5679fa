"""Past the budgets of the search: the same question asked of z3, where the extra `smt` is installed.

A key whose example values are complete is encoded by what its atoms say of each; a text key by what its patterns say, as regular
expressions; the atoms of any other key are free. Free atoms and keys that come and go on their own only add worlds, so "no world" is
a proof; a world that z3 finds counts only once the formula holds in it here.

Source: z3, "Strings and regular expressions".
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from .formula import PRESENT, And, Atom, Formula, Literal, Value, Variable
from .glob import ANY, ANY_IN_PART, STAR, STAR_IN_PART, Pattern

# What z3 may spend: steps of its own, so that the answer does not depend on the machine; the clock only stops a hang.
_STEPS, _MILLISECONDS = 30_000_000, 60_000

Candidates = Callable[[Variable], "tuple[tuple[Value, ...], bool]"]


@dataclass(frozen=True, slots=True)
class Answer:
    """`is_impossible`: no world makes the formula true. `world`: one that may, to be checked."""

    is_impossible: bool = False
    world: Mapping[Variable, Value] | None = None


UNDECIDED = Answer()


def ask(formula: Formula, by_variable: Mapping[Variable, list[Atom]], candidates: Candidates) -> Answer:
    """What z3 says of the formula; undecided where it is not installed or runs out of steps."""
    try:
        z3 = importlib.import_module("z3")
    except ImportError:
        return UNDECIDED
    encoding = _Encoding(z3, candidates)
    for variable, atoms in by_variable.items():
        encoding.add(variable, atoms)
    solver = z3.Solver()
    solver.set("rlimit", _STEPS)
    solver.set("timeout", _MILLISECONDS)
    solver.add(encoding.formula(formula), *encoding.facts)
    found = solver.check(*encoding.in_plain_letters())  # an example that can be read, if there is one
    if found != z3.sat:
        found = solver.check()
    if found == z3.unsat:
        return Answer(is_impossible=True)
    return Answer(world=encoding.world(solver.model(), by_variable)) if found == z3.sat else UNDECIDED


class _Encoding:
    """Each atom is a boolean of z3; `facts` say which combinations a key's value can make true."""

    def __init__(self, z3: Any, candidates: Candidates) -> None:
        self.z3 = z3
        self.facts: list[Any] = []
        self._candidates = candidates
        self._booleans: dict[Atom, Any] = {}
        self._texts: dict[Variable, tuple[Any, Any]] = {}
        self._listed: dict[Variable, tuple[Value, ...]] = {}

    def add(self, variable: Variable, atoms: list[Atom]) -> None:
        values, is_whole = ((), False) if any(atom.others for atom in atoms) else self._candidates(variable)
        if is_whole:
            self._listed[variable] = values
            self.facts.append(self.z3.Or([self._says(atoms, variable, value) for value in values]))
        elif not variable.is_multivalued and _are_patterns(variable, atoms):
            self._add_text(variable, atoms)

    def _says(self, atoms: Iterable[Atom], variable: Variable, value: Value) -> Any:
        return self.z3.And([self.boolean(atom) == atom.holds({variable: value}) for atom in atoms])

    def _add_text(self, variable: Variable, atoms: Iterable[Atom]) -> None:
        z3, number = self.z3, len(self._texts)
        text, is_there = z3.String(f"text-{number}"), z3.Bool(f"there-{number}")
        self._texts[variable] = (text, is_there)
        self.facts.append(z3.Length(text) > 0)
        if not variable.may_be_absent:
            self.facts.append(is_there)
        if variable.within:
            self.facts.append(z3.Or([self._fits(text, pattern) for pattern in variable.within]))
        self.facts += [z3.Not(self._fits(text, pattern)) for pattern in variable.without]
        for atom in atoms:
            holds = z3.Or([self._fits(text, hint) for hint in atom.hints if isinstance(hint, Pattern)])
            says = True if atom.operator == PRESENT else z3.Not(holds) if atom.some_fails else holds
            self.facts.append(self.boolean(atom) == z3.And(is_there, says))

    def _fits(self, text: Any, pattern: Pattern) -> Any:
        z3 = self.z3
        parts = [self._token(token, folded=pattern.folded) for token in pattern.tokens]
        return z3.InRe(text, parts[0] if len(parts) == 1 else z3.Concat(parts) if parts else z3.Re(""))

    def _token(self, token: str, *, folded: bool) -> Any:
        z3 = self.z3
        char = z3.AllChar(z3.ReSort(z3.StringSort()))
        in_part = z3.Intersect(char, z3.Complement(z3.Re(":")))
        known = {STAR: z3.Star(char), ANY: char, STAR_IN_PART: z3.Star(in_part), ANY_IN_PART: in_part}
        if token in known:
            return known[token]
        return z3.Union(z3.Re(token), z3.Re(token.upper())) if folded and token != token.upper() else z3.Re(token)

    def in_plain_letters(self) -> list[Any]:
        """That all texts are made of letters, digits and the like."""
        plain = self.z3.Star(self.z3.Range("-", "z"))
        return [self.z3.InRe(text, plain) for text, _ in self._texts.values()]

    def boolean(self, atom: Atom) -> Any:
        if atom not in self._booleans:
            self._booleans[atom] = self.z3.Bool(f"atom-{len(self._booleans)}")
        return self._booleans[atom]

    def formula(self, formula: Formula) -> Any:
        if isinstance(formula, bool):
            return self.z3.BoolVal(formula)
        if isinstance(formula, Literal):
            found = self.boolean(formula.atom)
            return found if formula.positive else self.z3.Not(found)
        parts = [self.formula(item) for item in sorted(formula.items, key=repr)]
        return self.z3.And(parts) if isinstance(formula, And) else self.z3.Or(parts)

    def world(self, model: Any, by_variable: Mapping[Variable, list[Atom]]) -> Mapping[Variable, Value] | None:
        """The values that the model gives; None where some key's atoms were free."""
        world: dict[Variable, Value] = {}
        for variable, atoms in by_variable.items():
            if variable in self._texts:
                text, is_there = self._texts[variable]
                value = _decoded(model.eval(text, model_completion=True).as_string())
                world[variable] = value if self.z3.is_true(model.eval(is_there, model_completion=True)) else None
            elif variable in self._listed:
                truth = [self.z3.is_true(model.eval(self.boolean(atom), model_completion=True)) for atom in atoms]
                fitting = (v for v in self._listed[variable] if [atom.holds({variable: v}) for atom in atoms] == truth)
                world[variable] = next(fitting)
            else:
                return None
        return world


def _are_patterns(variable: Variable, atoms: Iterable[Atom]) -> bool:
    """Whether plain patterns say all about the key; letters beyond ASCII have cases that regular expressions don't know."""
    patterns = [*variable.within, *variable.without]
    for atom in atoms:
        if atom.operator != PRESENT and atom.family != "text":
            return False
        patterns += [hint for hint in atom.hints if isinstance(hint, Pattern)]
    return all(not pattern.folded or all(token.isascii() for token in pattern.tokens) for pattern in patterns)


def _decoded(text: str) -> str:
    r"""What z3 writes as `\u{3b1}`, as characters."""
    head, *parts = text.split("\\u{")
    return head + "".join(chr(int(code, 16)) + rest for code, _, rest in (part.partition("}") for part in parts))
