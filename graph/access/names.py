"""What `--from` and `--to` may name, and the node or nodes that they stand for (contract section 3)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from typing import Any, Protocol

from xgraph.graph.model.arn import Arn, is_account_id, parse_arn
from xgraph.graph.model.coverage import Outcome
from xgraph.graph.model.estate import Estate
from xgraph.graph.model.principal import Principal, PrincipalKind
from xgraph.graph.model.reference import prefix_of
from xgraph.graph.policy.services import is_access_point, rules_of

from .aliases import accounts_called, called
from .world import Actor, Goal, World


class Identities(Protocol):
    """The collected identities by number, and their numbers by ARN, account and session name."""

    @property
    def principals(self) -> Sequence[Principal]: ...
    @property
    def by_arn(self) -> Mapping[str, int]: ...
    @property
    def by_account(self) -> Mapping[str, Sequence[int]]: ...
    @property
    def by_session_name(self) -> Mapping[tuple[str, str], int]: ...


class Directory(Protocol):
    """What names are looked up in: an access graph, or a Roster where no hops are needed."""

    @property
    def world(self) -> World: ...
    @property
    def index(self) -> Identities: ...
    def number(self, arn: str, /) -> int | None: ...
    def actor(self, number: int, /) -> Actor: ...
    def guarded_goals(self) -> Iterator[Goal]: ...


# Services whose resources of one kind are all listed or none is.
_LISTED = frozenset(("dynamodb", "ecr", "kinesis", "kms", "lambda", "secretsmanager", "sns", "sqs"))


class UnknownName(ValueError):
    """A name that stands for nothing; the message says what was looked for, `nearest` what is there."""

    def __init__(self, text: str, reason: str, nearest: Iterable[str] = ()) -> None:
        self.text = text
        self.nearest = tuple(nearest)
        hint = f"; nearest: {', '.join(f'`{name}`' for name in self.nearest)}" if self.nearest else ""
        super().__init__(f"`{text}` {reason}{hint}")


def known_as(graph: Directory, text: str, *, is_source: bool) -> str:
    """The node that `ACCOUNT/NAME` or an account's alias stands for; any other text as it is. Raises UnknownName when it is not unique."""
    text = text.strip()
    found = called(graph, text, is_source=is_source)
    if len(found) > 1:
        raise UnknownName(text, "is not unique: name one by its ARN", found[:5])
    return found[0] if found else text


def sources(graph: Directory, text: str) -> tuple[tuple[Actor, ...], tuple[str, ...]]:
    """The nodes that a source stands for, in a fixed order, and notes on how the name was read. Raises UnknownName."""
    text = known_as(graph, text, is_source=True)
    if text == "any":
        return _everybody(graph), ()
    if text in ("anonymous", "*"):
        return (graph.world.anonymous(),), ()
    if is_account_id(text):
        text = f"account:{text}"
    if text.startswith(("account:", "ou:", "org:")):
        return _many(graph, text)
    if text.startswith("canonical:"):
        return _canonical(graph, text)
    if text.startswith("service:") or (":" not in text and "/" not in text and text.endswith((".amazonaws.com", ".amazonaws.com.cn"))):
        text = text if text.startswith("service:") else f"service:{text}"
    if text.startswith("service:") or text == "any-aws-principal":
        actor = graph.world.outsider(text)
        return ((actor,), ()) if actor else _fail(graph, text)
    return _by_arn(graph, text)


def _everybody(graph: Directory) -> tuple[Actor, ...]:
    world = graph.world
    mentioned = [world.outsider(node) for node in sorted(strangers(graph))]
    wide = world.outsider("any-aws-principal")
    inside = [graph.actor(number) for number in range(len(graph.index.principals))]
    return (*inside, *(a for a in mentioned if a), world.anonymous(), *((wide,) if wide else ()))


def strangers(graph: Directory) -> set[str]:
    """Principals outside the collected accounts that trust or resource policies and ACLs name."""
    out: set[str] = set()
    for goal in graph.guarded_goals():
        out |= _named_in(goal)
    for resource in graph.world.estate.resources.values():
        out |= _granted_in(resource.settings.get("BucketAcl"), *(one.acl for one in resource.objects))
        out |= _let_in(resource.settings)
        if resource.type == "bucket":
            out |= {f"account:{account}" for account in graph.world.points.foreign(resource.arn)}
    return _outside(graph.world.estate, out)


def strangers_of(estate: Estate, goal: Goal) -> set[str]:
    """Principals outside the collected accounts that the policy or an ACL of one goal names."""
    named = _named_in(goal) | _granted_in(goal.settings.get("BucketAcl"), goal.settings.get("ObjectAcl")) | _let_in(goal.settings)
    if is_access_point(goal.node) and goal.target.owner:
        named.add(f"account:{goal.target.owner}")  # of an account that was not collected, it is as open as that account likes
    return _outside(estate, named)


def _named_in(goal: Goal) -> set[str]:
    out: set[str] = set()
    for statement in (s for policy in goal.policies if policy.compiled for s in policy.compiled.statements):
        element = statement.principal
        if element is None or not statement.allows or element.negated:
            continue
        out |= {f"account:{text.rpartition(':')[2]}" for text in element.accounts}
        out |= {arn for arn in element.arns if _is_principal(arn)}
        out |= {f"service:{name}" for name in element.services}
        out |= {f"canonical:{one}" for one in element.canonical}
    return out


def _granted_in(*acls: Mapping[str, Any] | None) -> set[str]:
    ids = {grant.get("Grantee", {}).get("ID") for acl in acls if acl for grant in acl.get("Grants", ())}
    return {f"canonical:{one}" for one in ids if one}


def _let_in(settings: Mapping[str, Any]) -> set[str]:
    """The grantees of a key's grants, and the accounts in a sharing list."""
    grantees = {str(grant.get("GranteePrincipal") or "") for grant in settings.get("Grants") or ()}
    shared = settings.get("SharedWith") or ()
    accounts = set() if isinstance(shared, str) else {f"account:{name}" for name in shared if is_account_id(str(name))}
    return {arn for arn in grantees if _is_principal(arn)} | accounts


def _outside(estate: Estate, nodes: set[str]) -> set[str]:
    return {
        node
        for node in nodes
        if not _is_collected(estate, node) and (not node.startswith("canonical:") or node.partition(":")[2] not in estate.canonical_ids)
    }


def _is_principal(arn: str) -> bool:
    parsed = parse_arn(arn)
    return parsed is not None and is_account_id(parsed.account) and "*" not in arn and "?" not in arn


def _is_collected(estate: Estate, node: str) -> bool:
    account = node.partition(":")[2] if node.startswith("account:") else (parsed.account if (parsed := parse_arn(node)) else "")
    known = estate.accounts.get(account)
    return known is not None and known.is_collected


def _many(graph: Directory, text: str) -> tuple[tuple[Actor, ...], tuple[str, ...]]:
    """An account, an OU or an organization: all users, roles and root users of its collected accounts."""
    kind, _, name = text.partition(":")
    accounts = accounts_named(graph.world.estate, kind, name, text)
    inside: list[Actor] = []
    for account in accounts:
        known = graph.world.estate.accounts.get(account)
        if known is not None and known.is_collected:
            inside += [graph.actor(number) for number in sorted(graph.index.by_account.get(account, ()))]
        else:
            outsider = graph.world.outsider(f"account:{account}")
            inside += [outsider] if outsider else []
    return tuple(inside), ()


def accounts_named(estate: Estate, kind: str, name: str, text: str) -> list[str]:
    """The accounts that `account:`, `ou:` or `org:` (`kind`) with this name stands for. Raises UnknownName."""
    if kind == "account":
        if not is_account_id(name):
            called_so = accounts_called(estate, name)
            if len(called_so) == 1:
                return called_so
            raise UnknownName(text, "is no account: give its 12 digits, or a unique name or alias", nearest_to(name, estate.accounts))
        return [name]
    if kind == "org":
        if name not in estate.organizations:
            raise UnknownName(text, "is no collected organization", estate.organizations)
        return sorted(a.id for a in estate.accounts.values() if a.organization == name)
    units = {unit for organization in estate.organizations.values() for unit in organization.units}
    if name not in units:
        raise UnknownName(text, "is no collected organizational unit", nearest_to(name, units))
    return sorted(a for a in estate.accounts if name in estate.organization_path(a))


def _canonical(graph: Directory, text: str) -> tuple[tuple[Actor, ...], tuple[str, ...]]:
    account = graph.world.estate.canonical_ids.get(text.partition(":")[2])
    if account is None:
        actor = graph.world.outsider(text)
        return ((actor,) if actor else ()), ()
    actors, _ = _many(graph, f"account:{account}")
    return actors, (f"{text} is account {account}",)


def _by_arn(graph: Directory, text: str) -> tuple[tuple[Actor, ...], tuple[str, ...]]:
    estate = graph.world.estate
    number = graph.number(text)
    if number is not None:
        return (graph.actor(number),), ()
    group = estate.groups.get(text)
    if group is not None:
        members = [graph.actor(n) for n, p in enumerate(graph.index.principals) if group.arn in p.groups]
        return tuple(members), (f"the group {group.arn} stands for its {len(members)} members",)
    arn = parse_arn(text)
    if arn is None or arn.service not in ("iam", "sts") or not is_account_id(arn.account):
        return _fail(graph, text)
    known = estate.accounts.get(arn.account)
    if known is not None and known.is_collected:
        if arn.service == "sts" and arn.resource.startswith("assumed-role/"):
            return _session(graph, text)
        if arn.resource.startswith("federated-user/"):
            raise UnknownName(text, "can't be asked yet: the user behind a federated session does not follow from its ARN")
        return _fail(graph, text, f"is not in account {arn.account}")
    actor = graph.world.outsider(text)
    return ((actor,), ()) if actor else _fail(graph, text)


def _session(graph: Directory, text: str) -> tuple[tuple[Actor, ...], tuple[str, ...]]:
    arn = parse_arn(text)
    parts = arn.resource.split("/") if arn else []
    number = graph.index.by_session_name.get((arn.account, parts[1])) if arn and len(parts) == 3 and parts[2] else None
    if number is None:
        return _fail(graph, text, "is a session of no collected role")
    return (graph.world.actor(graph.index.principals[number], parts[2]),), ()


def nearest_to(text: str, names: Iterable[str]) -> list[str]:
    """What is named most like the text."""
    return get_close_matches(text, list(names), n=3, cutoff=0.6)


def _fail(graph: Directory, text: str, reason: str = "names nothing that is known") -> tuple[tuple[Actor, ...], tuple[str, ...]]:
    arns = [*graph.index.by_arn, *graph.world.estate.groups]
    near = nearest_to(text, arns) if len(arns) <= 20_000 else []
    if not near:
        tail = text.rsplit("/", 1)[-1].lower()
        near = [arn for arn in arns if tail and tail in arn.lower()][:3]
    raise UnknownName(text, reason, near)


def target(graph: Directory, text: str, action: str | None) -> tuple[str, str, tuple[str, ...]]:
    """The node, the action and notes for a target. Raises UnknownName."""
    text = known_as(graph, text, is_source=False)
    estate = graph.world.estate
    role = estate.principals.get(text)
    if role is not None and role.kind is PrincipalKind.ROLE and action is None:
        return text, "sts:AssumeRole", ()
    if action is None:
        raise UnknownName(text, "is no collected role, so `--action` is needed")
    if any(char in action for char in "*?") or ":" not in action:
        raise UnknownName(action, "names no single action, as s3:GetObject does")
    if text == "*":
        return text, action, ()
    arn = parse_arn(text)
    if arn is None:
        raise UnknownName(text, "is no ARN", nearest_to(text, (*estate.resources, *estate.principals)))
    _check_target(estate, text)
    notes = _note_bucket(text, action)
    return (f"{text}/*" if notes else text), action, notes


def _note_bucket(text: str, action: str) -> tuple[str, ...]:
    """Contract 3: an object action asked of a bucket means any object in it."""
    name = action.partition(":")[2].lower()
    is_about_objects = name.endswith(("object", "objectacl", "objecttagging", "objectversion", "objectattributes", "objectversionacl"))
    if ":s3:::" not in text or "/" in text or not is_about_objects:
        return ()
    return (f"{action} acts on objects: asked of any object in {text}",)


def _check_target(estate: Estate, text: str) -> None:
    """A name that belongs to a collected account and isn't there is bad input."""
    arn = parse_arn(text)
    if arn is None or "*" in text or "?" in text:
        return
    known = estate.accounts.get(arn.account)
    if known is None or not known.is_collected:
        return
    if arn.service == "iam" and arn.resource.startswith(("role/", "user/")) and text not in estate.principals:
        raise UnknownName(text, f"is not in account {arn.account}", nearest_to(text, estate.principals))
    if arn.service in _LISTED and _is_listed(estate, arn):
        base = rules_of(arn.service).holder(text)
        if base not in estate.resources and base.partition("/stream/")[0] not in estate.resources:
            raise UnknownName(text, f"is not in account {arn.account}", nearest_to(text, estate.resources))


def _is_listed(estate: Estate, arn: Arn) -> bool:
    """Whether the resources of that kind and place were listed: some are there and no listing failed."""
    place = f"arn:{arn.partition}:{arn.service}:{arn.region}:{arn.account}:"
    kind = next((mark for mark in (":", "/") if mark in arn.resource), "")
    place += f"{arn.resource.partition(kind)[0]}{kind}" if kind else ""
    there = any(one.startswith(place) for one in estate.resources)
    failed = any(
        o.account == arn.account
        and prefix_of(o.service) == arn.service
        and o.region in (arn.region, "", "*")
        and o.outcome is not Outcome.EMPTY
        for o in estate.outcomes
    )
    return there and not failed
