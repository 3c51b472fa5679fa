"""Questions about sets: the product automaton against z3, and z3 where the automaton gives up."""

from __future__ import annotations

import sys
from itertools import product
from random import Random
from typing import NamedTuple

import pytest

from tests.properties.blocks import blocks
from xgraph.graph.policy import authorize, smt, solve
from xgraph.graph.policy.decision import ControlClass, Verdict
from xgraph.graph.policy.formula import Atom, Formula, Literal, Variable, assign, atoms_of, conj, neg
from xgraph.graph.policy.glob import Pattern, tokens_of
from xgraph.graph.policy.request import decide

KEY = Variable("s3:prefix", ControlClass.CALLER)


def fits(text: str, *, folded: bool = False) -> Formula:
    pattern = Pattern(tokens_of(text), folded=folded)
    operator = "StringEqualsIgnoreCase" if folded else "StringLike"
    return Literal(Atom(KEY, operator, (text,), lambda value, _world: pattern.matches(value), "text", (pattern,)), positive=True)


def asked_of_z3(formula: Formula) -> smt.Answer:
    """z3 alone, told nothing that the automaton found."""
    return smt.ask(formula, {KEY: sorted(atoms_of(formula), key=repr)}, lambda _: ((), False))


def some_pattern(dice: Random) -> str:
    return "".join(dice.choice("aabb**?c") for _ in range(dice.randint(1, 6)))


class Compared(NamedTuple):
    """One set of Allow and Deny patterns: whether something is open, and whether z3 says so as well or says nothing."""

    is_open: bool
    is_undecided: bool


def compare(dice: Random) -> Compared:
    allows = [fits(some_pattern(dice)) for _ in range(dice.randint(1, 2))]
    denies = [neg(fits(some_pattern(dice), folded=dice.random() < 0.1)) for _ in range(dice.randint(0, 4))]
    formula = conj(*allows, *denies)
    found = solve.solve(formula)
    answer = asked_of_z3(formula)
    if isinstance(formula, bool) or answer == smt.UNDECIDED:  # z3 ran out of steps: it says nothing
        return Compared(found.is_possible, is_undecided=not isinstance(formula, bool))
    assert found.is_possible is not answer.is_impossible, formula
    if answer.world is not None:
        assert assign(formula, {atom: atom.holds(answer.world) for atom in atoms_of(formula)}) is True, formula
    return Compared(found.is_possible, is_undecided=False)


@pytest.mark.parametrize("seed", range(4))
def test_the_automaton_agrees_with_z3(seed: int) -> None:
    dice = Random(seed)
    found = [compare(dice) for _ in range(25)]
    assert 3 < sum(one.is_open for one in found) < 25
    assert sum(one.is_undecided for one in found) <= 1


@pytest.mark.long
@pytest.mark.parametrize("block", blocks(40, usual=2))
def test_the_automaton_agrees_with_z3_on_many_sets(monkeypatch: pytest.MonkeyPatch, block: int) -> None:
    """At most 9 of 300 undecided: of the first 12 blocks none has more than 4, and all together have 28 of 3,600."""
    monkeypatch.setattr(smt, "_STEPS", 3_000_000)  # what it does not find soon it mostly does not find at all
    dice = Random(1000 + block)
    assert sum(compare(dice).is_undecided for _ in range(300)) <= 9


# ---------------------------------------------------------------------------------------------------- past the budget

HOLES = [f"*{a}*{b}?*{c}" for a, b, c in product("abcd", repeat=3)]
BUCKET = "arn:aws:s3:::b"


def question(allowed: str, *holes: str) -> dict[str, object]:
    """May the user read any object: one Allow, and a Deny for each hole."""
    statements = [{"Effect": "Allow", "Action": "*", "Resource": f"{BUCKET}/{allowed}"}]
    statements += [{"Effect": "Deny", "Action": "*", "Resource": f"{BUCKET}/{hole}"} for hole in holes]
    return {
        "principal": "arn:aws:iam::111111111111:user/u",
        "action": "s3:GetObject",
        "resource": f"{BUCKET}/*",
        "resource_account": "111111111111",
        "identity_policies": [{"Version": "2012-10-17", "Statement": statements}],
        "context_complete": True,
    }


def forget() -> None:
    """Answers are remembered; with and without z3 they may differ."""
    solve._solve.cache_clear()
    authorize._verdict.cache_clear()


def test_without_z3_a_question_past_the_budget_stays_open(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "z3", None)
    forget()
    decision = decide(question("a*b?cc", *HOLES))
    forget()
    assert decision.verdict is Verdict.CONDITIONAL
    assert decision.condition is not None
    assert decision.condition.witness is None


def test_z3_decides_what_is_past_the_budget() -> None:
    forget()
    assert decide(question("a*b?cc", *HOLES)).verdict is Verdict.IMPLICITLY_DENIED
    forget()


def test_z3_finds_an_example_past_the_budget() -> None:
    forget()
    decision = decide(question("*q*q?", *HOLES))
    assert decision.verdict is Verdict.CONDITIONAL
    witness = dict(decision.condition.witness or ()) if decision.condition else {}
    key = str(witness["resource"]).removeprefix(f"{BUCKET}/")
    assert Pattern(tokens_of("*q*q?")).matches(key)
    assert not any(Pattern(tokens_of(hole)).matches(key) for hole in HOLES)


def test_past_the_budget_no_part_is_open_that_a_variable_hides() -> None:
    """A policy variable in one pattern does not keep the others from being decided."""
    denied = {"Effect": "Deny", "Action": "s3:*", "Resource": "*"}
    hidden = {"Effect": "Allow", "Action": "s3:*", "Resource": f"{BUCKET}/${{s3:prefix}}/*"}
    request = question("a*")
    request["identity_policies"] = [{"Version": "2012-10-17", "Statement": [hidden, denied]}]
    request["context_complete"] = False
    assert decide(request).verdict is Verdict.EXPLICITLY_DENIED
