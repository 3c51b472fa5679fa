"""What a service may say about a decision, and the general case."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple, Protocol

from xgraph.graph.model.document import PolicyType
from xgraph.graph.policy.caller import CallerKind, Target
from xgraph.graph.policy.combine import Relation
from xgraph.graph.policy.factors import Attached, Factors, Policies, Record, Request, add_policy, principal_side, resource_side
from xgraph.graph.policy.formula import Formula
from xgraph.graph.policy.keystate import KeyState
from xgraph.graph.policy.parse import parse
from xgraph.graph.policy.statement import ActionList


@dataclass(frozen=True, slots=True)
class Options:
    """What if: parts of the resource side left out or restored, to name mechanisms and what withholds access."""

    with_policy: bool = True
    with_acl: bool = True
    with_rules: bool = True
    ignore_public_access_block: bool = False
    force_acls: bool = False
    owner_enforced: bool = False


class Case(NamedTuple):
    """One way the world may be (`guard`), with the resource side and the relation that hold then. `requires`: what else the
    operation needs, whoever asks."""

    guard: Formula
    factors: Factors
    relation: Relation
    requires: Formula = True


# A rule that overrides the policies: (is allowed, the sentence that says why).
Ruling = tuple[bool, str]


def no_ruling(_request: Request, _relation: Relation) -> Ruling | None:
    """The policies alone decide."""
    return None


def relation_of(request: Request) -> Relation:
    """Same or cross account, by the accounts of caller and resource."""
    owner, caller = request.target.owner, request.caller
    if owner is None:
        return _UNKNOWN
    return _SAME if caller.account == owner else _CROSS


# Looked up once: see caller.py.
_UNKNOWN: Final = Relation.UNKNOWN
_CROSS: Final = Relation.CROSS_ACCOUNT
_SAME: Final = Relation.SAME_ACCOUNT
_SERVICE: Final = CallerKind.SERVICE


def is_stranger(request: Request, relation: Relation) -> bool:
    """Whether the caller is of another account, or of none; a service acts for some account and is no stranger."""
    return relation is _CROSS and request.caller.kind is not _SERVICE


# Settings that are policies besides the resource's own, and the part of the name that evidence gives them.
_FURTHER = {"RamShare": "ram-share", "RegistryPolicy": "registry-policy"}


def further_policies(arn: str, settings: Mapping[str, Any]) -> tuple[Attached, ...]:
    """Policies on a resource besides its own: of the RAM shares that it is in (R4.61), of the registry of a repository."""
    return tuple(
        Attached(f"{arn}#{part}", PolicyType.RESOURCE, arn, None if settings[name] is None else parse(settings[name]).compiled)
        for name, part in _FURTHER.items()
        if name in settings
    )


def general_cases(request: Request, policies: Policies, base: Factors, record: Record | None, options: Options) -> tuple[Case, ...]:
    """An ordinary resource with an optional policy."""
    side = resource_side(request, policies, record, base=base) if options.with_policy else base
    if options.with_rules:
        for attached in further_policies(request.target.arn, request.settings) if request.settings else ():
            side = add_policy(side, attached, request, policies.canonical_ids, record)
    return (Case(True, side, relation_of(request)),)


def nothing_is_vain(_actions: ActionList) -> bool:
    """Every action of the service can be opened to another account."""
    return False


def some_of(vain: frozenset[str]) -> Callable[[ActionList], bool]:
    """Whether a list of actions covers one of `vain`."""
    return lambda actions: any(map(actions.matches, vain))


@dataclass(frozen=True, slots=True)
class Need:
    """One more authorization that the same call asks for (R1.8): `action` (lower case) on `resource` (None: not known on which).

    `gap` names what is missing when nothing is known of the resource; None: then the need is left out. `via`: the service that makes
    the call in the caller's name. `states`: condition keys that are fixed for this authorization. `shares_policy`: the policy of the
    resource asked for speaks for this one as well. `one_request`: it is the same request, authorized on one more resource, so its keys
    are the same.
    """

    action: str
    resource: str | None
    gap: str | None = None
    via: str = ""
    states: tuple[tuple[str, KeyState], ...] = ()
    shares_policy: bool = False
    one_request: bool = False


def no_needs(_request: Request) -> tuple[Need, ...]:
    """One authorization is the whole call."""
    return ()


def itself(arn: str) -> str:
    """A resource has its policy and its settings itself."""
    return arn


def named_after(mark: str) -> Callable[[str], str]:
    """A resource named after `mark` holds all whose names go on with a slash; an ARN without the mark has its policy itself."""

    def holder(arn: str) -> str:
        head, found, rest = arn.partition(mark)
        return f"{head}{found}{rest.partition('/')[0]}"

    return holder


def as_they_are(settings: Mapping[str, Any], _arn: str) -> Mapping[str, Any]:
    """The settings of a resource are those of all that is in it."""
    return settings


def nobody(_action: str, _settings: Mapping[str, Any], *, has_policy: bool) -> Iterable[str]:
    """Policies and ACLs alone let callers in."""
    _ = has_policy
    return ()


def no_states(_action: str, _target: Target, _settings: Mapping[str, Any]) -> Mapping[str, KeyState]:
    """The settings of a resource fix no condition key."""
    return {}


NOT_READ = ""


class OpensTo(Protocol):
    """Whom settings may let do an action, read generously: principal ARNs, account ids, `*` for anybody of any account, and
    `NOT_READ` when that was not read."""

    def __call__(self, action: str, settings: Mapping[str, Any], /, *, has_policy: bool) -> Iterable[str]: ...


CasesOf = Callable[[Request, Policies, Factors, "Record | None", Options], tuple[Case, ...]]


@dataclass(frozen=True, slots=True)
class Rules:
    """A service's own rules. `ruling` comes before what the policies allow. `told_apart`: sets of actions (lower case) that the
    rules treat in a way of their own. `never_across`: whether a list of actions has some that no policy can open to another
    account (L34). `also`: what else the same call needs. `states`: the condition keys that a resource's settings fix.
    `caller_side`: what the caller's own policies say. `operations`: calls (lower case) that are no actions, each with the action
    that it is asked as. `is_mandatory`: the resource policy has to take part at home, too. `holder`: the ARN of the resource whose
    policy and settings speak for the one that is named (a table for its index); `narrowed`: the settings as they are for that one.
    `opens`: whom the rules let in besides policies and ACLs, and `way` its mechanism. `description`: the rules in one sentence."""

    service: str
    cases: CasesOf = general_cases
    ruling: Callable[[Request, Relation], Ruling | None] = no_ruling
    told_apart: tuple[frozenset[str], ...] = ()
    never_across: Callable[[ActionList], bool] = nothing_is_vain
    also: Callable[[Request], tuple[Need, ...]] = no_needs
    states: Callable[[str, Target, Mapping[str, Any]], Mapping[str, KeyState]] = no_states
    caller_side: Callable[[Request, Policies, Record | None], Factors] = principal_side
    operations: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    is_mandatory: bool = False
    holder: Callable[[str], str] = itself
    narrowed: Callable[[Mapping[str, Any], str], Mapping[str, Any]] = as_they_are
    opens: OpensTo = nobody
    way: str = ""
    description: str = ""
