"""Conditions along a chain (R3.42): each hop is a request of its own, but some things stay with the session.

A source identity, once set, stays for good, and every later AssumeRole needs sts:SetSourceIdentity (R5.33). A session tag is the request tag
of the hop that made the session, needs sts:TagSession there (R5.30), and hides the role's own tag; a transitive one goes on (R5.31). A
chain is possible when the requests of all its hops can be made like that together.

Source: IAM User Guide, "Passing session tags in AWS STS", "Monitor and control actions taken with assumed roles".
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice, product

from xgraph.graph.policy.caller import CallerKind
from xgraph.graph.policy.decision import Clause, Condition, ControlClass, Evidence, Verdict
from xgraph.graph.policy.describe import condition_of, sentence, spell_key
from xgraph.graph.policy.formula import Atom, Formula, Literal, Variable, atoms_of, conj, disj, free
from xgraph.graph.policy.solve import is_certain, is_possible, solve
from xgraph.graph.policy.substitute import substitute

from .chain import Witness
from .twins import STICKY
from .world import Actor

MOST_STORIES = 96
_IDENTITY, _SET_IDENTITY = "aws:sourceidentity", "sts:sourceidentity"
_PRINCIPAL_TAG, _REQUEST_TAG = "aws:principaltag/", "aws:requesttag/"
_TAG_KEYS = ("aws:tagkeys", "sts:transitivetagkeys")
_SESSIONS = (CallerKind.ROLE, CallerKind.FEDERATED_USER, CallerKind.FOREIGN)


@dataclass(frozen=True, slots=True)
class Leg:
    """One hop: who asks, when it is allowed, and what else may be asked of the role on the way.

    `is_tagged`: the session that asks may have tags already. `may` gives, for `sts:tagsession` and `sts:setsourceidentity`, when the same request is allowed to do that, too. `tags` are the
    tags of the role that the hop leads to (None where it leads to no role).
    """

    actor: Actor
    allow: Formula
    sources: Mapping[Atom, Evidence]
    may: Callable[[str], Formula]
    tags: Mapping[str, str] | None = None
    is_tagged: bool = False


@dataclass(frozen=True, slots=True)
class Joint:
    """All hops together. `condition` None: they are certain. `witnesses`: a request for each hop."""

    verdict: Verdict
    condition: Condition | None
    witnesses: tuple[Witness | None, ...]


def is_sticky(formula: Formula) -> bool:
    """Whether the formula speaks of something that a session keeps, or that makes a session keep it."""
    return any(variable.name.startswith(STICKY) for atom in atoms_of(formula) for variable in (atom.variable, *atom.others))


def join(legs: Sequence[Leg]) -> Joint | None:
    """The hops of a chain together; None when they contradict one another. What is too much to try counts as possible."""
    stories = list(islice(_stories(legs), MOST_STORIES + 1))
    told = [(story, _told(legs, story)) for story in stories]
    possible = [(story, formula) for story, formula in told if is_possible(formula)]
    if not possible:
        return None if len(stories) <= MOST_STORIES else Joint(Verdict.CONDITIONAL, _too_many(), (None,) * len(legs))
    whole = disj(*(formula for _, formula in possible))
    witnesses = _witnesses(legs, *possible[0])
    if is_certain(whole):
        return Joint(Verdict.ALLOWED, None, witnesses)
    sources = {
        moved: one
        for number, leg in enumerate(legs)
        for atom, one in leg.sources.items()
        for moved in atoms_of(substitute(Literal(atom, positive=True), _changes(legs, number, possible[0][0])))
    }
    return Joint(Verdict.CONDITIONAL, _condition(whole, sources), witnesses)


def _too_many() -> Condition:
    return Condition(sentence((), exact=False), (), exact=False)


# --------------------------------------------------------------------------------------------------------------- stories


@dataclass(frozen=True, slots=True)
class Story:
    """Who passed what on: the hop that sets the source identity (-1: the source has one already, None: nobody), and for each tag key
    the hops that pass it and the one from which on it stays (-1: the source's session has it)."""

    identity: int | None
    passed: Mapping[str, frozenset[int]]
    stays: Mapping[str, int | None]


def _stories(legs: Sequence[Leg]) -> Iterator[Story]:
    """Every way in which the sticky things that the conditions speak of can come about, the plainest first."""
    roles = [number for number, leg in enumerate(legs) if leg.tags is not None]
    names = [_names_in(leg) for leg in legs]
    identities: list[int | None] = [None]
    if any(_IDENTITY in each or _SET_IDENTITY in each for each in names):
        identities += [*roles, *((-1,) if legs[0].actor.caller.kind in _SESSIONS else ())]
    keys = sorted({n.partition("/")[2] for each in names for n in each if n.startswith((_PRINCIPAL_TAG, _REQUEST_TAG))})
    choices = [list(_ways_of(key, names, roles, legs)) for key in keys]
    for identity in identities:
        for chosen in product(*choices):
            passed = {key: hops for key, (hops, _) in zip(keys, chosen, strict=True)}
            stays = {key: start for key, (_, start) in zip(keys, chosen, strict=True)}
            yield Story(identity, passed, stays)


def _names_in(leg: Leg) -> set[str]:
    """The keys that a hop, or what may be done along with it, depends on."""
    formulas = [leg.allow, *((leg.may("sts:tagsession"), leg.may("sts:setsourceidentity")) if leg.tags is not None else ())]
    return {v.name for formula in formulas for atom in atoms_of(formula) for v in (atom.variable, *atom.others)}


def _ways_of(key: str, names: Sequence[set[str]], roles: Sequence[int], legs: Sequence[Leg]) -> Iterator[tuple[frozenset[int], int | None]]:
    """Which hops pass a tag, and from which of them on it stays; hops where it makes no difference pass none."""
    seen = [number for number, each in enumerate(names) if _PRINCIPAL_TAG + key in each]
    useful = [n for n in roles if _REQUEST_TAG + key in names[n] or n + 1 in seen]
    for size in range(1 << len(useful)):
        yield frozenset(n for bit, n in enumerate(useful) if size >> bit & 1), None
    for start in roles:
        if any(number > start + 1 for number in seen):
            before = [n for n in useful if n < start]
            for size in range(1 << len(before)):
                yield frozenset((start, *(n for bit, n in enumerate(before) if size >> bit & 1))), start
    if legs[0].is_tagged and any(number > 0 for number in seen):
        yield frozenset(), -1


# ------------------------------------------------------------------------------------------------------ what a story means


def _told(legs: Sequence[Leg], story: Story) -> Formula:
    """When all hops can be made in one story."""
    return conj(*(_hop(legs, number, story) for number in range(len(legs))))


def _hop(legs: Sequence[Leg], number: int, story: Story) -> Formula:
    leg = legs[number]
    change = _changes(legs, number, story)
    parts = [substitute(leg.allow, change)]
    if leg.tags is None:
        return parts[0]
    names = {v.name for atom in atoms_of(leg.allow) for v in (atom.variable, *atom.others)}
    if any(number in hops for hops in story.passed.values()):
        parts.append(substitute(leg.may("sts:tagsession"), change))
    elif names & set(_TAG_KEYS) or any(name.startswith(_REQUEST_TAG) for name in names):
        none = substitute(leg.allow, lambda variable: None if _is_of_tags(variable.name) else change(variable))
        parts.append(disj(none, substitute(leg.may("sts:tagsession"), change)))
    if any(start is not None and start < number for start in story.stays.values()):
        # Whether a tag that stays has to be permitted anew is not settled (U-21).
        parts.append(disj(substitute(leg.may("sts:tagsession"), change), free("U-21", ControlClass.GAP)))
    if story.identity is not None and story.identity <= number:
        parts.append(substitute(leg.may("sts:setsourceidentity"), change))
        if story.identity < number:
            silent = _silent(change)
            parts[0] = disj(parts[0], substitute(leg.allow, silent))
    return conj(*parts)


def _is_of_tags(name: str) -> bool:
    return name in _TAG_KEYS or name.startswith(_REQUEST_TAG)


def _silent(change: Callable[[Variable], Variable | str | None]) -> Callable[[Variable], Variable | str | None]:
    """A later request need not name the source identity that the session has."""
    return lambda variable: None if variable.name == _SET_IDENTITY else change(variable)


def _changes(legs: Sequence[Leg], number: int, story: Story) -> Callable[[Variable], Variable | str | None]:
    def change(variable: Variable) -> Variable | str | None:
        name = variable.name
        if name in (_IDENTITY, _SET_IDENTITY):
            return _identity(variable, number, story)
        if name.startswith(_REQUEST_TAG) and legs[number].tags is not None:
            key = name.partition("/")[2]
            return _tag(key, number) if number in story.passed.get(key, ()) else None
        if name.startswith(_PRINCIPAL_TAG):
            key = name.partition("/")[2]
            if number > 0 or story.stays.get(key) == -1:
                return _session_tag(legs, number, story, key)
        return _scoped(variable, number)

    return change


def _identity(variable: Variable, number: int, story: Story) -> Variable | None:
    start = story.identity
    if start is None:
        return None
    if variable.name == _IDENTITY:
        return _the_identity(start) if number > start else None
    return _the_identity(start) if number >= start and not (start == -1 and number < 0) else None


def _the_identity(start: int) -> Variable:
    name = _SET_IDENTITY if start >= 0 else _IDENTITY
    return Variable(name, ControlClass.CREDENTIAL, f"@{max(start, 0)}", may_be_absent=False)


def _tag(key: str, number: int) -> Variable:
    return Variable(_REQUEST_TAG + key, ControlClass.CALLER, f"@{number}", may_be_absent=False)


def _session_tag(legs: Sequence[Leg], number: int, story: Story, key: str) -> Variable | str | None:
    """What the session that makes a hop has for a tag: inherited, passed to it, or the role's own."""
    start = story.stays.get(key)
    if start is not None and start < number:
        if start >= 0:
            return _tag(key, start)
        return Variable(_PRINCIPAL_TAG + key, ControlClass.CALLER, "@0", may_be_absent=False)
    if number - 1 in story.passed.get(key, ()):
        return _tag(key, number - 1)
    own = legs[number - 1].tags or {}
    return next((value for name, value in own.items() if name.lower() == key), None)


def _scoped(variable: Variable, number: int) -> Variable:
    """The variable as one of this hop alone; unsettled readings of AWS's rules are the same everywhere."""
    if variable.free and variable.name.startswith("U-"):
        return variable
    return replace(variable, scope=f"{variable.scope}@{number}")


# ---------------------------------------------------------------------------------------------------------- what is shown


def _condition(whole: Formula, sources: Mapping[Atom, Evidence]) -> Condition:
    found = condition_of(whole, sources)
    any_of = tuple(tuple(_at_hop(clause) for clause in term) for term in found.any_of)
    return replace(found, any_of=any_of, text=sentence(any_of, exact=found.exact), witness=None)


def _at_hop(clause: Clause) -> Clause:
    """The hop that the scope of a key names, taken out of its name."""
    name, at, hop = clause.key.rpartition("@")
    if not at or not hop.isdigit():
        return clause
    return replace(clause, key=name.removesuffix(" of ").strip(), hop=int(hop))


def _witnesses(legs: Sequence[Leg], story: Story, formula: Formula) -> tuple[Witness | None, ...]:
    """For each hop the keys of a request that works with the others, in one story."""
    world = solve(formula).world
    if world is None:
        return (None,) * len(legs)
    found: list[dict[str, str | tuple[str, ...]]] = [{} for _ in legs]
    for variable, value in world.items():
        part, at, hop = variable.scope.rpartition("@")
        if at and not part and isinstance(value, (str, tuple)) and not variable.free:
            found[int(hop)][variable.spelling or spell_key(variable.name)] = value
    for number in range(len(legs)):
        found[number].update(_kept(legs, number, story, world))
    return tuple(tuple(sorted(each.items())) for each in found)


def _kept(legs: Sequence[Leg], number: int, story: Story, world: Mapping[Variable, object]) -> dict[str, str]:
    """What a hop's session has because of an earlier one."""
    kept: dict[str, str] = {}
    if story.identity is not None and number > story.identity:
        value = world.get(_the_identity(story.identity))
        if isinstance(value, str):
            kept[spell_key(_IDENTITY)] = value
    for key in story.passed if number > 0 else ():
        source = _session_tag(legs, number, story, key)
        value = world.get(source) if isinstance(source, Variable) else source
        if isinstance(value, str):
            kept[spell_key(_PRINCIPAL_TAG + key)] = value
    return kept
