"""Who may do one thing to one resource: classes of principals, each with one decision.

The classes come from `candidates`, the decision from `weigh`; nothing here has an opinion of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import partial

from xgraph.graph.model.arn import is_account_id
from xgraph.graph.model.principal import Principal
from xgraph.graph.policy.authorize import ResourceSide, resource_end, settle, verdict_of, weigh, without_unread_grants
from xgraph.graph.policy.combine import Combined
from xgraph.graph.policy.decision import Verdict
from xgraph.graph.policy.factors import Policies, Request
from xgraph.graph.policy.formula import Formula, disj
from xgraph.graph.policy.joint import is_joint
from xgraph.graph.policy.solve import is_possible
from xgraph.graph.policy.statement import Statement

from .candidates import ActionIndex, allowing
from .world import ASSUME_ROLE, Actor, Goal, World


@dataclass(frozen=True, slots=True)
class Reached:
    """Principals (numbers in the index) that share one decision about a goal. `allow`: when they are allowed."""

    verdict: Verdict
    allow: Formula
    members: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Reach:
    """All that reach a goal. `unread`: some grant could only lie in what was not read. `anonymous`: when unsigned calls work."""

    groups: tuple[Reached, ...]
    unread: bool
    anonymous: Formula


@dataclass(frozen=True, slots=True)
class Openings:
    """Whom the resource side may admit. `accounts` None: any. `everyone_at_home`: the owner's principals need no identity policy."""

    named: frozenset[int]
    accounts: frozenset[str] | None
    everyone_at_home: bool


def reach(world: World, index: ActionIndex, goal: Goal) -> Reach:
    """Every principal that is, or may be, allowed; those whose only grant could lie in something unread are left out."""
    groups: dict[tuple[Verdict, Formula], list[int]] = {}
    # A policy that was not read or understood could open the goal to anybody, also to those who are no candidates.
    unread = goal.policy is not None and (goal.policy.compiled is None or goal.policy.compiled.unreadable)
    anonymous = _anonymous(world, goal)
    hits = index.hits(goal)
    sides: dict[object, ResourceSide] = {}
    decided: dict[tuple[object, int], tuple[Verdict, Formula, bool]] = {}
    jointly: bool | None = None  # a matter of action, resource and settings, so asked once
    for (view, _), members in index.split(candidates(index, goal, anonymous), goal, world).items():
        if jointly is None:
            jointly = is_joint(*_ask(world, index.principals[members[0]], goal))
        if jointly:
            # The classes are those of one action; what else the call needs may tell their members apart.
            for number in members:
                combined = weigh(*_ask(world, index.principals[number], goal))
                verdict, allow, is_unread = _decide(combined, anonymous)
                unread = unread or is_unread
                if allow is not False:
                    groups.setdefault((verdict, allow), []).append(number)
            continue
        side = sides.get(view)
        if side is not None and side.admits_nobody and anonymous is False:
            continue
        first = index.principals[members[0]]
        ask = partial(_ask, world, first, goal)
        if side is None:
            side = sides[view] = resource_end(*ask())
        own = index.own_side(members[0], goal, hits, ask)
        place = (view, id(own))  # equal factors are one object
        if place not in decided:
            decided[place] = _decide(settle(world.kind_of(first), own, side), anonymous)
        verdict, allow, is_unread = decided[place]
        unread = unread or is_unread
        if allow is not False:
            groups.setdefault((verdict, allow), []).extend(members)
    found = tuple(Reached(verdict, allow, tuple(sorted(members))) for (verdict, allow), members in groups.items())
    return Reach(found, unread, anonymous)


def _ask(world: World, principal: Principal, goal: Goal) -> tuple[Request, Policies]:
    return world.ask(world.actor(principal), goal)


def _decide(combined: Combined, anonymous: Formula) -> tuple[Verdict, Formula, bool]:
    """The verdict and when it is allowed (False: not possible), and whether something unread alone could grant it."""
    allow = combined.allow
    is_unread = False
    if not is_possible(without_unread_grants(allow)):
        is_unread, allow = is_possible(allow), False
    allow = disj(allow, anonymous)
    verdict = verdict_of(Combined(allow, combined.deny, allow))
    return verdict, (allow if verdict.is_possible else False), is_unread


def possible_allow(world: World, actor: Actor, goal: Goal) -> tuple[Formula, Combined]:
    """When the actor is allowed, by what was read (False when only something unread could grant it), and the whole decision."""
    request, policies = world.ask(actor, goal)
    combined = weigh(request, policies)
    return (combined.allow if is_possible(without_unread_grants(combined.allow)) else False), combined


def _anonymous(world: World, goal: Goal) -> Formula:
    """R4.16: whoever can drop the credentials can do what anonymous callers can."""
    if goal.action == ASSUME_ROLE:
        return False
    return possible_allow(world, world.anonymous(), goal)[0]


def candidates(index: ActionIndex, goal: Goal, anonymous: Formula = False) -> set[int]:
    """The principals that may be allowed; everybody else certainly is not."""
    if anonymous is not False:
        return set(range(len(index.principals)))
    opened = openings(index, goal)
    if opened.accounts is not None and not opened.accounts:
        return set(opened.named)
    out = set(opened.named) | index.carriers(goal.target, opened.accounts)
    home = goal.target.owner
    if opened.everyone_at_home and home:
        # An object may belong to another account than its bucket, and is then at home there (R6.32).
        owners = _grantees(goal.settings, index.world.estate.canonical_ids) | {home}
        out |= set(range(len(index.principals))) if _may_have_foreign_objects(goal) else index.of_accounts(owners)
    # Root users need no identity policy (R4.10, R4.11).
    accounts = index.by_account if opened.accounts is None else opened.accounts
    out.update(number for account in accounts if (number := index.by_arn.get(index.root_arn(account))) is not None)
    return out


def openings(index: ActionIndex, goal: Goal) -> Openings:
    """What the resource policy and ACLs open, read generously."""
    statements = allowing(goal.policy, goal.action)
    named = index.named(statements)
    accounts = {account for s in statements for account in _accounts(s, index.world.estate.canonical_ids)}
    if goal.action != ASSUME_ROLE:
        accounts |= {index.principals[number].account for number in named}
    everyone = any(_is_open(s) for s in statements) or _has_group_grants(goal.settings)
    accounts |= _grantees(goal.settings, index.world.estate.canonical_ids)
    owner = goal.target.owner
    if goal.action != ASSUME_ROLE and owner is not None:
        accounts.add(owner)
    is_anyone = everyone or owner is None or not goal.known or _may_have_foreign_objects(goal)
    return Openings(frozenset(named), None if is_anyone else frozenset(accounts), everyone)


def _is_open(statement: Statement) -> bool:
    element = statement.principal
    return statement.unreadable or (element is not None and (element.everyone or element.aws_star or element.negated))


def _accounts(statement: Statement, canonical_ids: Mapping[str, str]) -> Iterable[str]:
    element = statement.principal
    if element is None:
        return ()
    by_id = (canonical_ids[one] for one in element.canonical if one in canonical_ids)
    return (*(text.rpartition(":")[2] for text in element.accounts), *by_id)


def _grants(settings: Mapping[str, object]) -> Iterable[Mapping[str, object]]:
    for kind in ("BucketAcl", "ObjectAcl"):
        acl = settings.get(kind)
        if isinstance(acl, Mapping):
            for grant in acl.get("Grants", ()):
                yield grant.get("Grantee", {})


def _has_group_grants(settings: Mapping[str, object]) -> bool:
    return any("URI" in grantee for grantee in _grants(settings))


def _grantees(settings: Mapping[str, object], canonical_ids: Mapping[str, str]) -> set[str]:
    ids = {str(grantee.get("ID", "")) for grantee in _grants(settings)}
    owner = settings.get("ObjectOwner")
    found = {canonical_ids[one] for one in ids if one in canonical_ids}
    if isinstance(owner, str):
        found.add(canonical_ids.get(owner, owner))
    return {account for account in found if is_account_id(account)}


def _may_have_foreign_objects(goal: Goal) -> bool:
    """Objects whose owner is not known may belong to anybody's account."""
    return "ObjectOwner" in goal.settings and goal.settings["ObjectOwner"] is None
