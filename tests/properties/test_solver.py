"""Patterns and formulas against plain recursion and plain enumeration on small alphabets."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from fractions import Fraction
from functools import cache
from ipaddress import IPv4Address, IPv4Network
from itertools import chain, combinations, product
from random import Random

import pytest

from tests.properties.blocks import blocks
from xgraph.graph.policy.automaton import STATE_BUDGET, examples
from xgraph.graph.policy.condition import evaluate, make_entry
from xgraph.graph.policy.conditions import read_operator
from xgraph.graph.policy.formula import Formula, Value, conj, disj, neg
from xgraph.graph.policy.glob import ANY, ANY_IN_PART, STAR, STAR_IN_PART, Pattern, arn_tokens, resource_tokens, tokens_of
from xgraph.graph.policy.keys import unknown
from xgraph.graph.policy.keystate import KeyState
from xgraph.graph.policy.solve import is_certain, solve

# ----------------------------------------------------------------------------------------------------------- patterns


def strings(alphabet: str, longest: int) -> list[str]:
    return ["".join(each) for length in range(longest + 1) for each in product(alphabet, repeat=length)]


def fits(tokens: Sequence[str], value: str) -> bool:
    """A plain recursive matcher, straight from the meaning of the tokens."""
    if not tokens:
        return not value
    first, rest = tokens[0], tokens[1:]
    if first in {STAR, STAR_IN_PART}:
        may_eat = bool(value) and (first == STAR or value[0] != ":")
        return fits(rest, value) or (may_eat and fits(tokens, value[1:]))
    if not value:
        return False
    if first in {ANY, ANY_IN_PART}:
        return (first == ANY or value[0] != ":") and fits(rest, value[1:])
    return value[0] == first and fits(rest, value[1:])


def runs_through(pattern: Pattern, value: str) -> bool:
    """The same question asked of the positions as bits, which the product automaton uses."""
    states = pattern.start()
    for char in value:
        states = pattern.step(states, char)
    return pattern.accepts(states)


@pytest.mark.parametrize("length", range(5))
def test_patterns_match_as_plain_recursion_does(length: int) -> None:
    values = strings("ab:", 4)
    for tokens in product(("a", ":", STAR, ANY, STAR_IN_PART, ANY_IN_PART), repeat=length):
        pattern = Pattern(tokens)
        for value in values:
            expected = fits(tokens, value)
            assert pattern.matches(value) is expected, (tokens, value)
            assert runs_through(pattern, value) is expected, (tokens, value)
            assert not expected or value.startswith(pattern.prefix)


def resource_fits(text: str, value: str) -> bool:
    """R2.14, R2.15 as they are written: in the first five parts a `*` at the end of a part swallows colons, others do not."""
    if text and not text.strip("*"):
        return True
    parts = text.split(":", 5)
    if len(parts) < 6 and not any(part.endswith("*") for part in parts):
        return False
    tokens: list[str] = []
    for number, part in enumerate(parts):
        tokens += [":"] * (number > 0)
        for place, char in enumerate(part):
            is_last = place == len(part) - 1
            star = STAR if number == 5 or is_last else STAR_IN_PART
            tokens.append(star if char == "*" else (ANY if number == 5 else ANY_IN_PART) if char == "?" else char)
    return fits(tokens, value)


def arn_fits(text: str, value: str) -> bool:
    """R3.3: part by part, a `*` never crosses a boundary except in the sixth part."""
    patterns, values = text.split(":", 5), value.split(":", 5)
    if len(patterns) < 6 or len(values) < 6:
        return False
    return all(fits(tokens_of(pattern), part) for pattern, part in zip(patterns, values, strict=True))


@pytest.mark.parametrize("seed", range(4))
def test_resource_and_arn_patterns_are_bound_to_parts(seed: int) -> None:
    dice = Random(seed)
    parts = ("", "a", "b", "ab", "a:b", "a/b")
    shapes = ("", "a", "*", "a*", "*b", "a*b", "?", "a?", "*?")
    for _ in range(4000):
        value = ":".join(dice.choice(parts) for _ in range(dice.randint(4, 6)))
        text = ":".join(dice.choice(shapes) for _ in range(dice.randint(1, 7)))
        bound, in_arn = resource_tokens(tokens_of(text)), arn_tokens(tokens_of(text))
        assert (bound is not None and Pattern(bound).matches(value)) is resource_fits(text, value), (text, value)
        assert (in_arn is not None and value.count(":") >= 5 and Pattern(in_arn).matches(value)) is arn_fits(text, value), (text, value)


def calls_of(function: Callable[[], object]) -> int:
    """How many calls, of Python functions and of built-in ones, the function makes."""
    count = 0

    def look(_frame: object, event: str, _argument: object) -> None:
        nonlocal count
        count += event in {"call", "c_call"}

    before = sys.getprofile()
    sys.setprofile(look)
    try:
        function()
    finally:
        sys.setprofile(before)
    return count


HOSTILE = ("a*" * 12 + "b", "a?*" * 12 + "b", "*a" * 12 + "?b", "?*" * 20 + "b", "*" * 30 + "b", "a*" * 200 + "?c", "*a*b" * 40 + "?")


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("value", ["a" * 400, "ab" * 200, "a" * 400 + "c"])
def test_hostile_patterns_take_few_steps(text: str, value: str) -> None:
    pattern = Pattern(tokens_of(text))
    assert pattern.matches(value) is linear_fits(text, value)
    assert calls_of(lambda: pattern.matches(value)) <= 4 * (len(text) + len(value))
    assert calls_of(lambda: runs_through(pattern, value)) <= 4 * (len(text) + len(value))


def linear_fits(text: str, value: str) -> bool:
    """Matching with a table, a row for each character of the pattern."""
    row = [True] + [False] * len(value)
    for token in text:
        if token == "*":
            reached, following = False, []
            for here in row:
                reached = reached or here
                following.append(reached)
            row = following
        else:
            row = [False] + [here and token in {"?", char} for here, char in zip(row, value, strict=False)]
    return row[-1]


def test_hostile_lists_of_patterns_stay_in_their_budget() -> None:
    patterns = tuple(Pattern(tokens_of(f"*{a}*{b}?*{c}")) for a, b, c in product("abc", repeat=3))
    found = examples(patterns, 500)
    assert not found.exhaustive
    assert calls_of(lambda: examples(patterns, 501)) <= 60 * 501 * 4 * len(patterns)
    assert STATE_BUDGET < 100_000


@pytest.mark.parametrize("seed", range(40))
def test_examples_stand_for_every_combination_of_patterns(seed: int) -> None:
    dice = Random(seed)
    for _ in range(10):
        texts = ["".join(dice.choice("aab**?") for _ in range(dice.randint(1, 4))) for _ in range(dice.randint(1, 4))]
        patterns = tuple(Pattern(tokens_of(text)) for text in dict.fromkeys(texts))
        found = dict(examples(patterns).values)
        for signature, value in found.items():
            assert signature == signature_of(patterns, value)
        realized = {signature_of(patterns, value) for value in strings("abx", 6) if value}
        assert realized <= set(found), texts


def signature_of(patterns: Sequence[Pattern], value: str) -> int:
    return sum(1 << i for i, pattern in enumerate(patterns) if fits(pattern.tokens, value))


# ----------------------------------------------------------------------------------------------------------- formulas

Entry = tuple[str, str, tuple[str, ...]]  # operator, key, values
World = Mapping[str, "tuple[str, ...] | None"]

TEXT_KEYS = ("aws:useragent", "s3:prefix")
MANY = "aws:tagkeys"
NUMBER, ADDRESS, FLAG = "s3:max-keys", "aws:sourceip", "aws:viaawsservice"
KEYS = (*TEXT_KEYS, MANY, NUMBER, ADDRESS, FLAG)
PATTERNS = ("a", "b", "ab", "a*", "*b", "*a*", "?", "??", "a?b", "*", "b*a", "A*")
NUMBERS = ("1", "3", "10")
NETWORKS = ("10.0.0.0/30", "10.0.0.2", "10.0.0.0/29")
TEXTS = [text for text in strings("abA", 5) if text]
ADDRESSES = [str(IPv4Address("10.0.0.0") + i) for i in range(10)]
AMOUNTS = [str(each) for each in (-1, 0, 1, 2, 3, 4, 9, 10, 11, "2.5")]


class Unknown:
    """Keys of which nothing is known."""

    @staticmethod
    def state(key: str) -> KeyState:
        return unknown(key)


def entry_of(dice: Random) -> Entry:
    key = dice.choice((*KEYS, *TEXT_KEYS, *TEXT_KEYS))
    if dice.random() < 0.15:
        return "Null", key, (dice.choice(("true", "false")),)
    if key == NUMBER:
        return f"Numeric{dice.choice(('Equals', 'NotEquals', 'LessThan', 'GreaterThanEquals'))}", key, (dice.choice(NUMBERS),)
    if key == ADDRESS:
        return dice.choice(("IpAddress", "NotIpAddress")), key, (dice.choice(NETWORKS),)
    if key == FLAG:
        return "Bool", key, (dice.choice(("true", "false")),)
    values = tuple(dice.sample(PATTERNS, dice.randint(1, 2)))
    operator = dice.choice(("StringLike", "StringLike", "StringNotLike", "StringEquals", "StringEqualsIgnoreCase"))
    quantifier = dice.choice(("ForAnyValue:", "ForAllValues:")) if key == MANY else ""
    if quantifier == "ForAllValues:" and operator == "StringNotLike":
        operator = "StringNotEquals"  # U-13 leaves the other one open
    return quantifier + operator, key, values


Tree = tuple[str, "Entry | list[Tree]"]


def tree_of(dice: Random, depth: int) -> Tree:
    if depth == 0 or dice.random() < 0.2:
        return dice.choice(("is", "is", "is not")), entry_of(dice)
    return dice.choice(("all", "any")), [tree_of(dice, depth - 1) for _ in range(dice.randint(2, 3))]


def formula_of(tree: Tree) -> Formula:
    """The tree as the engine builds formulas from statements."""
    word, inside = tree
    if isinstance(inside, list):
        return (conj if word == "all" else disj)(*map(formula_of, inside))
    use = read_operator(inside[0])
    assert use is not None
    found = evaluate(make_entry(use, inside[1], inside[2], variables=False), Unknown())
    return found if word == "is" else neg(found)


def entries_of(tree: Tree) -> Iterator[Entry]:
    if isinstance(tree[1], list):
        for each in tree[1]:
            yield from entries_of(each)
    else:
        yield tree[1]


def holds(tree: Tree, truth: Mapping[Entry, bool]) -> bool:
    word, inside = tree
    if isinstance(inside, list):
        return (all if word == "all" else any)(holds(each, truth) for each in inside)
    return truth[inside] is (word == "is")


@cache
def entry_holds(entry: Entry, values: tuple[str, ...] | None) -> bool:
    """R3.3 to R3.8 for one entry and one value of its key (None: the key is absent)."""
    operator, _, wanted = entry
    if operator == "Null":
        return (values is None) is (wanted[0] == "true")
    quantifier, _, base = operator.rpartition(":")
    negated, positive = "Not" in base, base.replace("Not", "")
    matches = [any(one_fits(positive, value, each) for each in wanted) is not negated for value in values or ()]
    if quantifier == "ForAllValues":
        return all(matches)
    if quantifier == "ForAnyValue":
        return any(matches)
    return negated if values is None else matches[0]


def one_fits(operator: str, value: str, wanted: str) -> bool:
    match operator:
        case "StringLike":
            return fits(tokens_of(wanted), value)
        case "StringEquals" | "Bool":
            return value == wanted
        case "StringEqualsIgnoreCase":
            return value.casefold() == wanted.casefold()
        case "IpAddress":
            return "." in value and IPv4Address(value) in IPv4Network(wanted)
    try:
        left, right = Fraction(value), Fraction(wanted)
    except ValueError:
        return False
    return {"NumericEquals": left == right, "NumericLessThan": left < right, "NumericGreaterThanEquals": left >= right}[operator]


def values_of(key: str) -> list[str]:
    return {NUMBER: AMOUNTS, ADDRESS: ADDRESSES, FLAG: ["true", "false"]}.get(key, TEXTS)


def truths_of(key: str, entries: Sequence[Entry]) -> set[tuple[bool, ...]]:
    """What the entries of one key can say together, over all its values, all small sets of them, and its absence."""

    def says(values: tuple[str, ...] | None) -> tuple[bool, ...]:
        return tuple(entry_holds(entry, values) for entry in entries)

    singles = {says((value,)): value for value in values_of(key)}
    found = {says(None), *singles}
    if key == MANY:
        kinds = {
            tuple(one_fits(e[0].rpartition(":")[2].replace("Not", ""), v, w) for e in entries if e[0] != "Null" for w in e[2]): v
            for v in TEXTS
        }
        sets = chain.from_iterable(combinations(sorted(kinds.values()), size) for size in (1, 2, 3))
        found |= {says(each) for each in sets}
    return found


def worlds(tree: Tree) -> Iterator[dict[Entry, bool]]:
    """Every combination of what the entries say that some world realizes."""
    by_key: dict[str, list[Entry]] = {}
    for entry in dict.fromkeys(entries_of(tree)):
        by_key.setdefault(entry[1], []).append(entry)
    choices = [[dict(zip(entries, truth, strict=True)) for truth in truths_of(key, entries)] for key, entries in sorted(by_key.items())]
    for parts in product(*choices):
        yield {entry: truth for part in parts for entry, truth in part.items()}


def as_values(value: Value) -> tuple[str, ...] | None:
    assert not isinstance(value, bool)
    return value if isinstance(value, tuple) or value is None else (value,)


def check_formula(tree: Tree) -> None:
    formula = formula_of(tree)
    found = solve(formula)
    outcomes = {holds(tree, truth) for truth in worlds(tree)}
    if found.world is None:
        assert found.proven, tree  # one family of operators a key, patterns of a few characters: the search is exhaustive
        assert True not in outcomes, tree
    else:
        named = {variable.name: as_values(value) for variable, value in found.world.items()}
        truth = {entry: entry_holds(entry, named.get(entry[1])) for entry in entries_of(tree)}
        assert holds(tree, truth), (tree, named)
    assert is_certain(formula) is not solve(neg(formula)).is_possible
    if is_certain(formula):
        assert outcomes == {True}, tree


@pytest.mark.parametrize("seed", range(30))
def test_formulas_are_decided_as_by_enumeration(seed: int) -> None:
    dice = Random(seed)
    for _ in range(15):
        check_formula(tree_of(dice, 2))


@pytest.mark.long
@pytest.mark.parametrize("block", blocks(60))
def test_many_formulas_are_decided_as_by_enumeration(block: int) -> None:
    dice = Random(1000 + block)
    for number in range(300):
        check_formula(tree_of(dice, 2 + number % 2))
