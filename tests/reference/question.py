"""One request in one world, and whether a statement matches it (semantics.md section 2)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from .caller import Caller, Kind, Match, caller_of, not_principal_class, principal_class
from .conditions import MULTIVALUED, World, condition_holds
from .documents import Json, Policy, Statement
from .keys import owner_in_request
from .matching import action_fits, fits_no_resource, literal_resource, resource_fits, takes_no_resource
from .readings import Readings, ask


class PolicyType(Enum):
    IDENTITY = "identity"
    BOUNDARY = "boundary"
    SESSION = "session"
    SCP = "scp"
    RCP = "rcp"
    ENDPOINT = "endpoint"
    RESOURCE = "resource"
    TRUST = "trust"


WITHOUT_PRINCIPAL = {PolicyType.IDENTITY, PolicyType.BOUNDARY, PolicyType.SESSION, PolicyType.SCP}


@dataclass(frozen=True)
class Question:
    """A request in one world: every key, the resource and the caller's session are fixed."""

    request: Json
    world: World
    readings: Readings
    caller: Caller
    action: str
    service: str
    resource: str
    owner: str  # the resource's account

    def ask(self, name: str) -> bool:
        return ask(self.readings, name)

    @property
    def is_role(self) -> bool:
        return ":iam::" in self.resource and self.resource.split(":", 5)[5].startswith("role/")


def question_of(request: Json, world: dict[str, list[str]], readings: Readings) -> Question:
    keys = {key.lower(): tuple(values) for key, values in world.items()}
    resource = literal_resource(keys["resource"][0] if "resource" in keys else request["resource"])
    caller = caller_of(request, keys)
    owner = owner_in_request(request)
    if owner is None:  # R1.7; a world that does not say either leaves it open
        stated = keys.get("aws:resourceaccount") or keys.get("s3:resourceaccount")
        own = caller.account if caller.is_iam and not stated and ask(readings, "resource_account:caller") else "another"
        owner = stated[0] if stated else own
    return Question(
        request=request,
        world=keys,
        readings=readings,
        caller=caller,
        action=request["action"],
        service=request["action"].split(":")[0].lower(),
        resource=resource,
        owner=owner,
    )


# --------------------------------------------------------------------------------------------------------- statement matching


def match_class(statement: Statement, policy_type: PolicyType, question: Question) -> Match | None:
    """The class at which a statement matches the request, None if it does not."""
    if not actions_fit(statement, policy_type, question):
        return None
    if not resources_fit(statement, policy_type, question):
        return None
    found = principals_fit(statement, policy_type, question)
    if found is None:
        return None
    holds = condition_holds(statement.condition, question.world, question.readings, variables=statement.variables)
    return found if holds else None


def actions_fit(statement: Statement, policy_type: PolicyType, question: Question) -> bool:
    if statement.actions is not None:
        return any(action_fits(each, question.action) for each in statement.actions)
    if statement.not_actions is not None and policy_type is not PolicyType.RCP:  # R2.6
        return not any(action_fits(each, question.action) for each in statement.not_actions)  # R2.4
    return False


def resources_fit(statement: Statement, policy_type: PolicyType, question: Question) -> bool:
    if policy_type is PolicyType.TRUST:
        return True  # implicitly the role (R2.20)
    padding_is_open = statement.effect == "Allow" and policy_type in {PolicyType.IDENTITY, PolicyType.BOUNDARY, PolicyType.SESSION}

    def fits(text: str) -> bool:
        if takes_no_resource(question.action):
            return fits_no_resource(text, question.service, u37=False) or (
                fits_no_resource(text, question.service, u37=True) and question.ask("U-37")
            )

        def fits_arn(*, padded: bool) -> bool:
            return resource_fits(
                text, question.resource, question.world, variables=statement.variables, padded=padded, multivalued=MULTIVALUED
            )

        return fits_arn(padded=False) or (padding_is_open and fits_arn(padded=True) and question.ask("U-04"))

    if statement.resources is not None:
        return any(fits(each) for each in statement.resources)
    if statement.not_resources is not None:
        return not any(fits(each) for each in statement.not_resources)  # R2.18
    return False  # a missing Resource makes the statement ineffective (R2.20)


def principals_fit(statement: Statement, policy_type: PolicyType, question: Question) -> Match | None:
    if policy_type in WITHOUT_PRINCIPAL:
        return Match.EXACT  # implicitly the attached identity; a stray Principal is ignored
    caller, request, readings = question.caller, question.request, question.readings
    if statement.principal is not None:
        element = statement.principal
        if caller.kind is Kind.LOGIN and policy_type is not PolicyType.TRUST:  # U-38 is about trust policies
            return Match.EXACT if element == "*" else None
        found = principal_class(element, statement.effect, caller, request, readings)
        if policy_type is PolicyType.ENDPOINT and found is Match.ACCOUNT and question.service in {"s3", "dynamodb"}:
            if caller.kind is not Kind.ROOT and not question.ask("U-39"):  # R4.60
                return None
        return found
    if statement.not_principal is not None:
        return not_principal_class(statement.not_principal, statement.effect, caller, request, readings)
    return Match.EXACT if policy_type is PolicyType.ENDPOINT else None  # R4.60; else it matches nobody


# ----------------------------------------------------------------------------------------------------------- sets of policies


def classes(policies: list[Policy], policy_type: PolicyType, effect: str, question: Question) -> set[Match]:
    """The match classes of all statements of that effect that match. An unknown policy is a free boolean (R1.20)."""
    found: set[Match] = set()
    for policy in policies:
        if policy.statements is None:
            if question.ask(f"{policy.path}:{effect.lower()}"):
                found.add(Match.EXACT)
            continue
        for statement in policy.statements:
            if statement.effect == effect:
                match = match_class(statement, policy_type, question)
                if match is not None:
                    found.add(match)
    return found


def allows(policies: list[Policy], policy_type: PolicyType, question: Question) -> bool:
    return bool(classes(policies, policy_type, "Allow", question))


def denies(policies: list[Policy], policy_type: PolicyType, question: Question) -> bool:
    return bool(classes(policies, policy_type, "Deny", question))
