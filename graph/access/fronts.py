"""Whom a resource lets in at all, whoever asks: looked at once where many sources ask about the same resources.

INVARIANT (index honest): whoever is kept out here is certainly refused by the engine; everybody else is asked about.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from xgraph.graph.model.arn import is_account_id, parse_arn
from xgraph.graph.model.resource import Resource
from xgraph.graph.policy.caller import Caller, CallerKind
from xgraph.graph.policy.formula import Formula
from xgraph.graph.policy.services import NOT_READ, general_cases, rules_of
from xgraph.graph.policy.statement import PrincipalElement, Statement

from .actions import ActionClass
from .candidates import allowing, opened_by_rules
from .reach import anonymous_allow, grant_lists, has_group_grants, is_unread, may_have_foreign_objects
from .roster import Roster
from .world import Actor, Goal, World

# Services with rules of their own by which nobody gets in whom neither a policy nor an ACL nor a grant speaks of.
_BY_POLICY_ALONE = frozenset(("dynamodb", "kms", "lambda", "s3", "secretsmanager", "sns", "sqs"))


@dataclass(frozen=True, slots=True)
class Front:
    """What one goal shows to everybody. `accounts`: the only ones whose principals may be admitted, None for anybody at all.

    `services`: the services that may be admitted. `unread`: something unread could open the goal.
    """

    anonymous: Formula
    accounts: frozenset[str] | None
    services: frozenset[str]
    unread: bool

    def keeps_out(self, accounts: frozenset[str], actors: Iterable[Actor]) -> bool:
        """Whether nobody of the accounts and none of the actors (sessions, strangers, services) can be let in."""
        if self.accounts is None or self.anonymous is not False or not self.accounts.isdisjoint(accounts):
            return False
        return not any(self._may_admit(actor.caller) for actor in actors)

    def _may_admit(self, caller: Caller) -> bool:
        if caller.kind is CallerKind.SERVICE:
            return caller.arn.removesuffix(".cn") in self.services
        return caller.account in (self.accounts or ())


class Fronts:
    """The fronts of a world's goals, each looked at once; equal ones are one object. Not for assuming a role."""

    def __init__(self, world: World, roster: Roster) -> None:
        self._world = world
        self._roster = roster
        self._found: dict[tuple[str, str], Front] = {}
        self._equal: dict[Front, Front] = {}
        self._around: dict[str, Front | None] = {}

    def at(self, node: str, action: str) -> Front:
        """The front of an action on a node."""
        found = self._found.get((node, action))
        if found is None:
            made = self._look(self._world.goal(node, action))
            found = self._found[node, action] = self._equal.setdefault(made, made)
        return found

    def around(self, resource: Resource, classes: Iterable[ActionClass]) -> Front | None:
        """What a resource shows to everybody whatever is asked of it, by all its statements at once; None where that does not tell."""
        found = self._around.get(resource.arn, ...)
        if found is ...:
            found = self._around[resource.arn] = self._look_around(resource, classes)
        return found

    def _look_around(self, resource: Resource, classes: Iterable[ActionClass]) -> Front | None:
        rules = rules_of(resource.service)
        if rules.cases is not general_cases and resource.service not in _BY_POLICY_ALONE:
            return None
        goal = self._world.goal(resource.arn, f"{resource.service}:*")
        if any(policy.compiled is None or policy.compiled.unreadable for policy in goal.policies):
            return None
        statements = [s for policy in goal.policies if policy.compiled for s in policy.compiled.statements if s.allows]
        opened = {
            text for one in classes for text in rules.opens(one.representative.lower(), goal.settings, has_policy=goal.policy is not None)
        }
        objects = {**goal.settings, **dict.fromkeys(("ObjectOwner", "ObjectAcl"))} if _may_hold_others(resource) else goal.settings
        front = self._front(replace(goal, settings=objects), statements, opened, anonymous=False, unread=False)
        return None if front.accounts is None else front

    def _look(self, goal: Goal) -> Front:
        statements = [statement for policy in goal.policies for statement in allowing(policy, goal.action)]
        anonymous = anonymous_allow(self._world, goal)
        return self._front(goal, statements, set(opened_by_rules(goal)), anonymous=anonymous, unread=is_unread(goal))

    def _front(self, goal: Goal, statements: Iterable[Statement], rules: set[str], *, anonymous: Formula, unread: bool) -> Front:
        elements = [statement.principal for statement in statements if statement.principal]
        is_open = any(s.unreadable for s in statements) or any(e.everyone or e.aws_star or e.negated for e in elements)
        is_open = is_open or has_group_grants(goal.settings) or not rules.isdisjoint(("*", NOT_READ))
        owner = goal.target.owner
        named = {self._account(text) for text in self._texts(elements, goal, rules)}
        anyone = is_open or owner is None or not goal.known or may_have_foreign_objects(goal) or None in named
        accounts = None if anyone else frozenset(one for one in (*named, owner) if one)
        services = frozenset(name.removesuffix(".cn") for element in elements for name in element.services)
        return Front(anonymous, accounts, services, unread)

    def _texts(self, elements: Iterable[PrincipalElement], goal: Goal, rules: set[str]) -> Iterable[str]:
        for element in elements:
            yield from (text.rpartition(":")[2] for text in element.accounts)
            yield from (*element.arns, *element.unique_ids, *element.canonical)
        yield from (str(grantee.get("ID", "")) for grantee in grant_lists(goal.settings) if "URI" not in grantee)
        owner = goal.settings.get("ObjectOwner")
        if isinstance(owner, str):
            yield owner
        yield from rules

    def _account(self, text: str) -> str | None:
        """The account that a text names a principal of; None where that is not known."""
        if is_account_id(text):
            return text
        number = self._roster.by_unique_id.get(text)
        if number is not None:
            return self._roster.principals[number].account
        parsed = parse_arn(text)
        account = parsed.account if parsed else self._world.estate.canonical_ids.get(text)
        return account if account and is_account_id(account) else None


def _may_hold_others(resource: Resource) -> bool:
    """Whether objects in it may belong to other accounts."""
    return resource.type == "bucket" and (
        bool(resource.objects) or resource.settings.get("ObjectOwnership", "ObjectWriter") != "BucketOwnerEnforced"
    )
