"""One condition entry against what is known of the request (R3.1 to R3.14, R3.34)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from sys import intern
from typing import Any, Protocol

from .conditions import Operator, OperatorUse
from .decision import ControlClass
from .formula import Atom, Formula, Literal, Variable, World, conj, disj, either, free, neg, present
from .glob import Pattern, Tokens
from .keystate import KeyState
from .variables import Template, template


class Keys(Protocol):
    """Where condition keys are looked up. `state` takes the key in lower case."""

    def state(self, key: str, /) -> KeyState:
        """What is known of the key."""
        ...


@dataclass(frozen=True, slots=True)
class Entry:
    """One `operator: {key: values}` of a Condition block. `key` is lower case, `spelling` as written."""

    use: OperatorUse
    key: str
    spelling: str
    templates: tuple[Template, ...]
    # The compiled values of an entry without policy variables and set operator, but of Null; else None.
    compiled: tuple[Any, ...] | None = field(default=None, compare=False, repr=False)

    @property
    def keys(self) -> frozenset[str]:
        """Every condition key that the entry looks at."""
        named = {variable.key for text in self.templates for variable in text.variables}
        return frozenset(named | {self.key})


def make_entry(use: OperatorUse, key: str, values: tuple[str, ...], *, variables: bool) -> Entry:
    """Compile the values of one entry; `variables`: whether the document's version has policy variables (R2.25)."""
    operator = use.operator
    texts = tuple(template(value, wildcards=operator.wildcards, variables=variables and operator.variables) for value in values)
    compiled = None
    if not use.quantifier and operator.family != "null" and not any(text.variables for text in texts):
        compiled = tuple(one for text in texts if (one := _compile(operator, text.fixed or ())) is not None)
    return Entry(use, intern(key.lower()), intern(key), texts, compiled)


def open_point(name: str) -> Literal:
    """The unknown that stands for an unsettled reading (section 10 of the rules)."""
    return free(name, ControlClass.GAP)


def evaluate(entry: Entry, keys: Keys) -> Formula:
    """When the entry holds."""
    state = keys.state(entry.key)
    if entry.compiled is not None and state.is_plain:
        return plainly(entry.use, entry.compiled, state)
    if entry.compiled is not None:
        return _in_state(entry, state, keys)
    named = [variable.key for text in entry.templates for variable in text.variables]
    return in_each_reading(named, keys, lambda read: _in_state(entry, read.state(entry.key), read))


def plainly(use: OperatorUse, compiled: tuple[Any, ...], state: KeyState) -> bool:
    """Whether an entry holds where nothing is unknown: one known value or none, and no variables."""
    operator, values = use.operator, state.values or ()
    test = operator.test
    for value in values:
        for one in compiled:
            if test(value, one):
                return not operator.is_negated
    return operator.is_negated or (use.if_exists and not any(values))


def in_each_reading(named: Iterable[str], keys: Keys, find: Callable[[Keys], Formula]) -> Formula:
    """What `find` says where a named key, which a policy variable puts in, has two readings: one for each."""
    for key in named:
        state = keys.state(key)
        if state.readings is not None:
            name, first, second = state.readings
            return either(
                open_point(name),
                in_each_reading(named, _Read(keys, key, first), find),
                in_each_reading(named, _Read(keys, key, second), find),
            )
    return find(keys)


@dataclass(frozen=True, slots=True)
class _Read:
    """The keys of a request, one of them in one of its readings."""

    keys: Keys
    key: str
    reading: KeyState

    def state(self, key: str, /) -> KeyState:
        return self.reading if key == self.key else self.keys.state(key)


def _in_state(entry: Entry, state: KeyState, keys: Keys) -> Formula:
    if state.readings is not None:
        name, first, second = state.readings
        return either(open_point(name), _in_state(entry, first, keys), _in_state(entry, second, keys))
    there = _present(state)
    if entry.use.operator.family == "null":
        return _null(entry, there)
    values = _Values(entry, keys)
    hit, miss = values.against(state)
    return _quantified(entry.use, state, there, hit, miss)


def _present(state: KeyState) -> Formula:
    if state.variable is not None:
        return present(state.variable)
    return any(state.values or ())  # an empty value counts as absent


def _null(entry: Entry, there: Formula) -> Formula:
    wanted = {entry.use.operator.compile(_tokens(text)) for text in entry.templates}
    return disj(*(neg(there) if absent else there for absent in wanted if absent is not None))


def _tokens(text: Template) -> Tokens:
    return text.fill({}) or ()


def _quantified(use: OperatorUse, state: KeyState, there: Formula, hit: Formula, miss: Formula) -> Formula:
    """Put together "some request value satisfies" (`hit`) and "some request value satisfies none" (`miss`)."""
    negated = use.operator.is_negated
    if use.quantifier == "all":
        holds = neg(hit) if negated else neg(miss)
        # U-13: AWS's own example table contradicts the definition for a missing key under StringNotLike; IfExists settles it (R3.6).
        is_open = use.operator.name == "StringNotLike" and not use.if_exists
        return conj(holds, disj(there, open_point("U-13"))) if is_open else holds
    if use.quantifier == "any":
        holds = miss if negated else hit
        # U-12: a missing key under ForAnyValue:…IfExists.
        return disj(holds, conj(neg(there), open_point("U-12"))) if use.if_exists else holds
    if _is_multivalued(state):
        hit = conj(hit, open_point("U-14"))
    if negated:
        return neg(hit)
    return disj(neg(there), hit) if use.if_exists else hit


def _is_multivalued(state: KeyState) -> bool:
    return state.variable.is_multivalued if state.variable is not None else state.is_multivalued


class _Values:
    """The policy values of an entry, with the variables that are known already put in."""

    __slots__ = ("compiled", "entry", "operator", "open", "texts")

    def __init__(self, entry: Entry, keys: Keys) -> None:
        self.entry = entry
        self.operator = entry.use.operator
        self.compiled: list[Any] = []
        self.texts: list[str] = []
        self.open: list[tuple[Template, dict[str, str | None], tuple[Variable, ...]]] = []
        if entry.compiled is not None and len(entry.compiled) == len(entry.templates):
            self.compiled += entry.compiled
            self.texts += (text.text for text in entry.templates)
            return
        for text in entry.templates:
            self._add(text, keys)

    def _add(self, text: Template, keys: Keys) -> None:
        known, unknown = resolve(text, keys)
        if unknown:
            self.open.append((text, known, unknown))
            return
        tokens = text.fill(known)
        compiled = _compile(self.operator, tokens) if tokens is not None else None
        if compiled is not None:
            self.compiled.append(compiled)
            self.texts.append(shown(text, known))

    def against(self, state: KeyState) -> tuple[Formula, Formula]:
        if state.variable is not None:
            return self._unknown(state.variable)
        hits = [self._one(value) for value in state.values or ()]
        return disj(*hits), disj(*map(neg, hits))

    def _one(self, value: str) -> Formula:
        """Whether one known request value satisfies some policy value."""
        test = self.operator.test
        if any(test(value, compiled) for compiled in self.compiled):
            return True
        return disj(*(filled_by(text, known, unknown, self._try(value)) for text, known, unknown in self.open), False)

    def _try(self, value: str) -> FixedTest:
        operator = self.operator

        def test(tokens: Tokens) -> bool:
            compiled = _compile(operator, tokens)
            return compiled is not None and operator.test(value, compiled)

        return FixedTest(operator.positive, value, test)

    def _unknown(self, variable: Variable) -> tuple[Formula, Formula]:
        if not self.compiled and not self.open:
            return False, present(variable)
        operator, compiled, opened = self.operator, tuple(self.compiled), tuple(self.open)

        def test(value: str, world: World) -> bool:
            if any(operator.test(value, one) for one in compiled):
                return True
            for text, known, unknown in opened:
                tokens = text.fill(known | {v.name: _single(world.get(v)) for v in unknown})
                built = _compile(operator, tokens) if tokens is not None else None
                if built is not None and operator.test(value, built):
                    return True
            return False

        shown_values = tuple(sorted({*self.texts, *(shown(text, known) for text, known, _ in opened)}))
        others = tuple(dict.fromkeys(v for _, _, unknown in opened for v in unknown if v != variable))
        family = "joint" if opened else operator.family
        hints: tuple[object, ...] = compiled or tuple(text.text for text, _, _ in opened)
        sense = (*compiled, *(sense_of(text, known) for text, known, _ in opened)) if opened else ()
        hit = Literal(Atom(variable, operator.positive, shown_values, test, family, hints, others=others, sense=sense), positive=True)
        if not variable.is_multivalued:
            return hit, conj(present(variable), neg(hit))
        miss = Atom(variable, operator.positive, shown_values, test, family, hints, some_fails=True, others=others, sense=sense)
        return hit, Literal(miss, positive=True)


@lru_cache(maxsize=131072)
def _compile(operator: Operator, tokens: Tokens) -> Any:
    return operator.compile(tokens)


def _single(value: object) -> str | None:
    return value if isinstance(value, str) else None


def resolve(text: Template, keys: Keys) -> tuple[dict[str, str | None], tuple[Variable, ...]]:
    """The values of the variables in a template that are known (None: absent), and the ones that are not."""
    known: dict[str, str | None] = {}
    unknown: list[Variable] = []
    for variable in text.variables:
        state = keys.state(variable.key)
        if state.variable is not None:
            unknown.append(state.variable)
        else:
            values = state.values or ()
            # R2.27: only single-valued keys can be variables.
            known[variable.key] = values[0] if len(values) == 1 and not state.is_multivalued else None
    return known, tuple(dict.fromkeys(unknown))


def shown(text: Template, known: Mapping[str, str | None]) -> str:
    """The policy value with known variables put in, for people."""
    out = text.text
    for variable in text.variables:
        value = known.get(variable.key) or (variable.default if variable.key in known else None)
        start = out.lower().find(f"${{{variable.key}")
        end = out.find("}", start)
        if value is not None and 0 <= start < end:
            out = out[:start] + value + out[end + 1 :]
    return out


def sense_of(text: Template, known: Mapping[str, str | None]) -> tuple[object, ...]:
    """What a template means once the known variables are put in."""
    return text, tuple(sorted(known.items(), key=lambda pair: pair[0]))


@dataclass(frozen=True, slots=True)
class FixedTest:
    """A fixed text that a template with open variables must fit. `operator` names the test for people."""

    operator: str
    value: str
    test: Callable[[Tokens], bool]


def filled_by(text: Template, known: dict[str, str | None], unknown: tuple[Variable, ...], fixed: FixedTest) -> Formula:
    """When a template whose variables are unknown fits a fixed text: a claim about the unknown keys."""
    first, others = unknown[0], unknown[1:]

    def test(value: str, world: World) -> bool:
        values = known | {v.name: _single(world.get(v)) for v in others} | {first.name: value}
        tokens = text.fill(values)
        return tokens is not None and fixed.test(tokens)

    if not others and len(text.parts) == 1 and fixed.operator in ("StringEquals", "StringLike", "ArnLike"):
        # The whole policy value is the variable, and a substituted value is literal (R2.28): plain equality.
        claim = Atom(first, "StringEquals", (fixed.value,), lambda value, _world: value == fixed.value, "text", (Pattern(fixed.value),))
    else:
        words = (f"{fixed.value} fits {shown(text, known)}",)
        claim = Atom(first, fixed.operator, words, test, "joint", (fixed.value,), others=others, sense=sense_of(text, known))
    there = conj(present(first), Literal(claim, positive=True))
    tokens = text.fill(known) if not others else None
    by_default = tokens is not None and fixed.test(tokens)
    return disj(there, neg(present(first))) if by_default else there
