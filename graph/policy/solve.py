"""Is a formula possible, is it always true, and in which request does it hold (R3.30, R3.31, R3.36).

Each unknown gets a finite list of example values, one for every combination of its atoms that any value realizes; the formula
is then decided by trying them, simplifying as it goes. Where the list may be incomplete (operators of several types on one key,
variables inside values, budgets), the formula is tried again with those claims freed, which can still prove a "no", and then by z3
where it is installed (smt.py). Else "no" is not proven: the formula counts as possible and not as certain, without a witness.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_address
from itertools import chain, combinations, pairwise

from . import smt
from .automaton import examples
from .conditions.date import write_date
from .formula import PRESENT, And, Atom, Formula, Literal, Value, Variable, assign, atoms_of, conj, disj, free, neg
from .glob import Pattern

STEP_BUDGET = 20_000
_SET_LIMIT = 6  # distinct element kinds of a multivalued key; their subsets are tried


@dataclass(frozen=True, slots=True)
class Solution:
    """Whether some world makes the formula true. `world` is one such world; `proven` False when "no" could not be shown."""

    world: Mapping[Variable, Value] | None
    proven: bool

    @property
    def is_possible(self) -> bool:
        """True unless impossibility is proven."""
        return self.world is not None or not self.proven


_NEVER = Solution(None, proven=True)
_ALWAYS = Solution({}, proven=True)


def is_possible(formula: Formula) -> bool:
    """Whether the formula holds in some world, or that could not be excluded."""
    return solve(formula).is_possible


def is_certain(formula: Formula) -> bool:
    """Whether the formula is proven to hold in every world."""
    return not solve(neg(formula)).is_possible


def solve(formula: Formula) -> Solution:
    """A world in which the formula holds, with as few keys present as the search finds first."""
    if isinstance(formula, bool):
        return _ALWAYS if formula else _NEVER
    return _solve(formula)


@lru_cache(maxsize=65536)
def _solve(formula: Formula) -> Solution:
    search = _Search(formula)
    world = search.run(formula, search.variables, {})
    if world is not None or search.exhaustive:
        return Solution(world, proven=search.exhaustive)
    if not _relaxed(formula, search.by_variable).is_possible:
        return _NEVER
    found = smt.ask(formula, search.by_variable, lambda variable: _candidates(variable, tuple(search.by_variable[variable])))
    if found.is_impossible:
        return _NEVER
    return Solution(found.world if found.world and _holds(formula, found.world) else None, proven=False)


def _relaxed(formula: Formula, by_variable: Mapping[Variable, list[Atom]]) -> Solution:
    """The formula with the claims freed whose values can't be listed: what is impossible even then is impossible (R3.36)."""
    loose: set[Atom] = set()
    for variable, atoms in by_variable.items():
        joint = [atom for atom in atoms if atom.others or atom.family == "joint"]
        families = {atom.family for atom in atoms if not atom.others} - {"present", "joint"}
        is_mixed = len(families) > 1 or bool(families - {"text"} and (variable.within or variable.without))
        loose.update((atom for atom in atoms if atom.operator != PRESENT) if is_mixed else joint)
    if not loose:
        return Solution(None, proven=False)
    return solve(_freed(formula, {atom: free(f"loose-{i}", atom.variable.control) for i, atom in enumerate(sorted(loose, key=repr))}))


def _freed(formula: Formula, loose: Mapping[Atom, Formula]) -> Formula:
    if isinstance(formula, bool):
        return formula
    if isinstance(formula, Literal):
        instead = loose.get(formula.atom)
        return formula if instead is None else instead if formula.positive else neg(instead)
    parts = [_freed(item, loose) for item in formula.items]
    return conj(*parts) if isinstance(formula, And) else disj(*parts)


def _holds(formula: Formula, world: Mapping[Variable, Value]) -> bool:
    """Whether the formula is true in a world that has a value for each of its keys, and the world is one that may be."""
    possible = all(v.free or isinstance(value, (bool, tuple)) or value is None or fits(v, value) for v, value in world.items())
    return possible and _is_consistent(world) and assign(formula, {atom: atom.holds(world) for atom in atoms_of(formula)}) is True


class _Search:
    def __init__(self, formula: Formula) -> None:
        atoms = sorted(atoms_of(formula), key=repr)
        self.by_variable: dict[Variable, list[Atom]] = {}
        for atom in atoms:
            for variable in (atom.variable, *atom.others):
                self.by_variable.setdefault(variable, []).append(atom)
        # Keys that other atoms name in their values come first, so that joint atoms are decided with their last variable.
        self.variables = tuple(sorted(self.by_variable, key=lambda v: (not v.free, len(self.by_variable[v]), v.scope, v.name)))
        self.exhaustive = True
        self.steps = 0
        self._candidates: dict[Variable, tuple[Value, ...]] = {}

    def run(self, formula: Formula, rest: tuple[Variable, ...], world: dict[Variable, Value]) -> dict[Variable, Value] | None:
        if formula is False:
            return None
        if formula is True:
            # What is left is free to choose; keep it consistent with the coupled keys.
            return dict(world) if _is_consistent(world) else None
        self.steps += 1
        if self.steps > STEP_BUDGET:
            self.exhaustive = False
            return None
        variable, rest = rest[0], rest[1:]
        tried: set[tuple[object, ...]] = set()
        for value in self.candidates(variable, world):
            world[variable] = value
            if _is_consistent(world):
                truth = self._truth(variable, world)
                signature = (tuple(truth.items()), value is None)
                if signature not in tried or self._is_joint(variable):
                    tried.add(signature)
                    found = self.run(assign(formula, truth), rest, world)
                    if found is not None:
                        return found
            del world[variable]
        return None

    def _is_joint(self, variable: Variable) -> bool:
        return any(atom.others for atom in self.by_variable[variable])

    def _truth(self, variable: Variable, world: Mapping[Variable, Value]) -> dict[Atom, bool]:
        """The atoms that the newly fixed variable decides."""
        return {a: a.holds(world) for a in self.by_variable[variable] if all(v in world for v in (a.variable, *a.others))}

    def candidates(self, variable: Variable, world: Mapping[Variable, Value]) -> Iterable[Value]:
        atoms = self.by_variable[variable]
        if any(atom.others for atom in atoms):
            self.exhaustive = False
            return _joint_candidates(variable, atoms, world)
        found = self._candidates.get(variable)
        if found is None:
            values, exhaustive = _candidates(variable, tuple(atoms))
            self.exhaustive = self.exhaustive and exhaustive
            found = self._candidates[variable] = values
        return found


@lru_cache(maxsize=16384)
def _candidates(variable: Variable, atoms: tuple[Atom, ...]) -> tuple[tuple[Value, ...], bool]:
    """Example values of one key, and whether they stand for all values."""
    if variable.free:
        return (True, False), True
    if variable.is_boolean:
        singles: list[str] = [value for value in ("true", "false") if fits(variable, value)]
        exhaustive = True
    else:
        singles, exhaustive = _singles(variable, atoms)
    absent: tuple[Value, ...] = (None,) if variable.may_be_absent else ()
    if not variable.is_multivalued:
        return (*absent, *singles), exhaustive
    kinds = _one_of_each_kind(singles, atoms)
    exhaustive = exhaustive and len(kinds) <= _SET_LIMIT
    kinds = kinds[:_SET_LIMIT]
    sets: Iterator[tuple[str, ...]] = chain.from_iterable(combinations(kinds, size) for size in range(1, len(kinds) + 1))
    return (*absent, *sets), exhaustive


def _one_of_each_kind(values: Iterable[str], atoms: tuple[Atom, ...]) -> list[str]:
    kinds: dict[tuple[bool, ...], str] = {}
    for value in values:
        kinds.setdefault(tuple(atom.test(value, {}) for atom in atoms), value)
    return list(kinds.values())


def _singles(variable: Variable, atoms: tuple[Atom, ...]) -> tuple[list[str], bool]:
    families = {atom.family for atom in atoms} - {"present"}
    values: list[str] = []
    exhaustive = len(families) <= 1
    for family in sorted(families) or ["text"]:
        hints = [hint for atom in atoms if atom.family == family for hint in atom.hints]
        if family == "text":
            found, complete = _text_values(variable, tuple(h for h in hints if isinstance(h, Pattern)))
            exhaustive = exhaustive and complete
        elif family == "joint":
            found, complete = _substrings(hints)
            exhaustive = exhaustive and complete and not (variable.within or variable.without)
        else:
            found = _OTHER_FAMILIES[family](hints)
        values += found
    if families - {"text"} and (variable.within or variable.without):
        exhaustive = False
    fitting = [v for v in dict.fromkeys(values) if v and fits(variable, v)]
    return fitting, exhaustive


def fits(variable: Variable, value: str) -> bool:
    """Whether the value is one that the key may have."""
    inside = not variable.within or any(pattern.matches(value) for pattern in variable.within)
    return inside and not any(pattern.matches(value) for pattern in variable.without)


def _text_values(variable: Variable, patterns: tuple[Pattern, ...]) -> tuple[list[str], bool]:
    bounds = (*variable.within, *variable.without)
    if not bounds and all(pattern.literal is not None and not pattern.folded for pattern in patterns):
        literals = [pattern.literal or "" for pattern in patterns]
        return [*literals, _fresh(literals)], True
    # What matches nothing that the key may be tells no two of its values apart.
    meeting = (pattern for pattern in patterns if not variable.within or any(_may_meet(pattern, bound) for bound in variable.within))
    # All values of interest begin alike: whatever begins otherwise is none that the key may have.
    head = variable.within[0].prefix if len(variable.within) == 1 and not variable.within[0].folded else ""
    found = examples(tuple(dict.fromkeys((*meeting, *bounds))), head=head)
    return [text for _, text in found.values], found.exhaustive


def _may_meet(one: Pattern, other: Pattern) -> bool:
    """Whether some text might match both, as far as their literal beginnings tell."""
    if one.folded or other.folded:
        return True
    return one.prefix.startswith(other.prefix) or other.prefix.startswith(one.prefix)


def _fresh(literals: list[str]) -> str:
    text = "other"
    while text in literals:
        text += "x"
    return text


def _substrings(hints: list[object]) -> tuple[list[str], bool]:
    """R3.36: a variable inside a pattern against a fixed text can only be a part of that text."""
    texts = [hint for hint in hints if isinstance(hint, str)]
    total = sum(len(text) * (len(text) + 1) // 2 for text in texts)
    if total > STEP_BUDGET:
        return [_fresh(texts)], False
    parts = {text[i:j] for text in texts for i in range(len(text)) for j in range(i + 1, len(text) + 1)}
    ordered = sorted(parts, key=lambda part: (-len(part), part))
    return [*ordered, "\N{REPLACEMENT CHARACTER}"], True


def _points(values: Iterable[Fraction]) -> list[Fraction]:
    """The limits, what lies between them, and what lies outside."""
    limits = sorted(set(values))
    between = [(low + high) / 2 for low, high in pairwise(limits)]
    return sorted({*limits, *between, limits[0] - 1, limits[-1] + 1}) if limits else [Fraction(0)]


def _numbers(hints: list[object]) -> list[str]:
    points = _points(hint for hint in hints if isinstance(hint, Fraction))
    return [*(str(p.numerator) if p.denominator == 1 else str(float(p)) for p in points), "other"]


def _dates(hints: list[object]) -> list[str]:
    points = _points(hint for hint in hints if isinstance(hint, Fraction))
    return [write_date(point) for point in points]


def _addresses(hints: list[object]) -> list[str]:
    out: list[str] = []
    for hint in hints:
        if isinstance(hint, (IPv4Network, IPv6Network)):
            first, last = int(hint.network_address), int(hint.broadcast_address)
            limit = (1 << hint.max_prefixlen) - 1
            # A host inside, the edges, and the addresses just outside.
            inside = min(first + 7, last)
            numbers = (inside, first, last, first - 1, last + 1)
            make = type(hint.network_address)
            out += [str(make(n)) for n in dict.fromkeys(numbers) if 0 <= n <= limit]
    return [*dict.fromkeys(out), str(ip_address("192.0.2.1")), str(ip_address("2001:db8::1"))]


def _booleans(_hints: list[object]) -> list[str]:
    return ["true", "false", "other"]


def _binaries(hints: list[object]) -> list[str]:
    texts = [base64.b64encode(hint).decode() for hint in hints if isinstance(hint, bytes)]
    return [*texts, base64.b64encode(b"other").decode()]


_OTHER_FAMILIES = {"number": _numbers, "date": _dates, "ip": _addresses, "bool": _booleans, "binary": _binaries}


def _joint_candidates(variable: Variable, atoms: list[Atom], world: Mapping[Variable, Value]) -> list[Value]:
    """Values to try for a key that is compared with another unknown key. Never complete, so "no" stays unproven."""
    texts: list[str] = []
    for atom in atoms:
        for other in (atom.variable, *atom.others):
            value = world.get(other)
            if isinstance(value, str):
                texts.append(value)
                texts += [_put_in(text, other.name, value) for text in atom.values]
        texts += [text.replace("*", "").replace("?", "x") for text in atom.values if "${" not in text]
    singles = [text for text in dict.fromkeys([*texts, "value", "other"]) if text and fits(variable, text)]
    values: list[Value] = [(text,) if variable.is_multivalued else text for text in singles]
    return [*values, None] if variable.may_be_absent else values


def _put_in(text: str, key: str, value: str) -> str:
    start = text.lower().find(f"${{{key}")
    end = text.find("}", start)
    if start < 0 or end < 0:
        return text
    return (text[:start] + value + text[end + 1 :]).replace("*", "").replace("?", "x")


# R3.21: which keys come and go together in one request.
_TOGETHER = ("aws:sourcevpce", "aws:sourcevpc", "aws:vpcsourceip")


def _is_consistent(world: Mapping[Variable, Value]) -> bool:
    there: dict[tuple[str, str], bool] = {}
    value_of: dict[tuple[str, str], Value] = {}
    for variable, value in world.items():
        if variable.name in _COUPLED:
            there[variable.scope, variable.name] = value is not None
            value_of[variable.scope, variable.name] = value
    return not there or all(_fits_together(scope, there, value_of) for scope in {scope for scope, _ in there})


_COUPLED = frozenset(
    (
        *_TOGETHER,
        "aws:sourceip",
        "aws:principalorgid",
        "aws:principalorgpaths",
        "aws:multifactorauthage",
        "aws:multifactorauthpresent",
        "aws:tokenissuetime",
    ),
)


def _fits_together(scope: str, there: Mapping[tuple[str, str], bool], value_of: Mapping[tuple[str, str], Value]) -> bool:
    def is_there(key: str) -> bool | None:
        return there.get((scope, key))

    through = {is_there(key) for key in _TOGETHER} - {None}
    if is_there("aws:sourceip") is not None:
        through.add(not is_there("aws:sourceip"))
    if len(through) > 1:
        return False
    if {is_there("aws:principalorgid"), is_there("aws:principalorgpaths")} == {True, False}:
        return False
    if is_there("aws:multifactorauthage") and value_of.get((scope, "aws:multifactorauthpresent"), "true") != "true":
        return False
    return not (is_there("aws:tokenissuetime") is False and is_there("aws:multifactorauthpresent"))
