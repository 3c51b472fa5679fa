"""Sources that are no IAM identity: OIDC and SAML providers with claims, Identity Center users and groups, compute that holds a role.

Sources: R5.50 to R5.56 of docs/semantics.md; IAM User Guide, "Creating a role for OpenID Connect federation"; IAM Identity Center User
Guide, "Permission sets"; EKS User Guide, "IAM roles for service accounts", "EKS Pod Identity".
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from xgraph.graph.model.arn import account_of, parse_arn
from xgraph.graph.model.coverage import CallOutcome
from xgraph.graph.model.estate import Estate
from xgraph.graph.model.holder import Cluster, Holder, HolderKind
from xgraph.graph.model.identity_center import Assignment, IdentityCenter
from xgraph.graph.model.principal import Principal, PrincipalKind
from xgraph.graph.policy.caller import ANONYMOUS, Caller, CallerKind
from xgraph.graph.policy.glob import Pattern, tokens_of
from xgraph.graph.policy.keys import literal, unknown
from xgraph.graph.policy.keystate import KeyState, known
from xgraph.graph.policy.services.sts import CLIENT_IDS
from xgraph.graph.policy.statement import Statement

from .attach import compiled
from .doors import ASSIGNMENT, WITH_SAML, WITH_WEB_IDENTITY, Door, Doors
from .names import Directory, UnknownName, nearest_to
from .world import ASSUME_ROLE, Actor

Claims = Sequence[str]
# Providers of tokens that every account knows without registering them.
_BUILT_IN = frozenset(("cognito-identity.amazonaws.com", "accounts.google.com", "graph.facebook.com", "www.amazon.com"))
_SIGN_IN = "https://signin.aws.amazon.com/saml"


def federated_source(graph: Directory, text: str, claims: Claims = ()) -> tuple[Actor, tuple[str, ...]] | None:
    """The source and notes on how its name was read; None when the text names no such source. Raises UnknownName."""
    kind, _, rest = text.partition(":")
    if kind in ("oidc", "saml") or ":oidc-provider/" in text or ":saml-provider/" in text or text.partition("#")[0] in _BUILT_IN:
        return _provider(graph.world.estate, rest if kind in ("oidc", "saml") else text, claims), ()
    if claims:
        raise UnknownName(text, "has no claims: they belong to OIDC and SAML providers")
    if kind in ("idc-user", "idc-group"):
        return _identity_center(graph.world.estate, kind, rest)
    return _compute(graph.world.estate, text)


# ------------------------------------------------------------------------------------------------------------- providers


def _provider(estate: Estate, text: str, claims: Claims) -> Actor:
    arn, _, subject = text.partition("#")
    parsed = parse_arn(arn)
    is_oidc = ":oidc-provider/" in arn or arn in _BUILT_IN
    if arn not in _BUILT_IN and (parsed is None or parsed.service != "iam" or not (is_oidc or ":saml-provider/" in arn)):
        raise UnknownName(text, "is no ARN of an OIDC or SAML provider", nearest_to(arn, estate.providers))
    home = parsed.account if parsed is not None else ""
    known_account = estate.accounts.get(home)
    if known_account is not None and known_account.is_collected and estate.providers and arn not in estate.providers:
        raise UnknownName(arn, f"is not in account {home}", nearest_to(arn, estate.providers))
    prefix = f"{arn.partition(':oidc-provider/')[2] or arn}:" if is_oidc else "saml:"
    keys = dict(_claim(prefix, claim) for claim in claims)
    if subject:
        keys[f"{prefix}sub".lower()] = _fixed(f"{prefix}sub".lower(), subject)
    kind = CallerKind.OIDC if is_oidc else CallerKind.SAML
    door = Door(Caller(kind, arn), WITH_WEB_IDENTITY if is_oidc else WITH_SAML, keys, _audiences(estate, arn))
    node = f"{'oidc' if is_oidc else 'saml'}:{arn}" + (f"#{subject}" if subject else "")
    return Actor(node, ANONYMOUS, doors=Doors(gates=(door,)), home=home or None)


def _audiences(estate: Estate, provider: str) -> Mapping[str, object]:
    """The client ids that a provider of a collected account takes tokens for, None when they were not read."""
    return {CLIENT_IDS: estate.client_ids.get(provider)} if ":oidc-provider/" in provider and provider in estate.providers else {}


def subjects(graph: Directory) -> tuple[Actor, ...]:
    """The subjects that roles let in with the token of an OIDC provider, and SAML providers: everybody federated whom some trust names.

    A provider stands for itself where a trust does not look at the subject. Identity Center's own providers are left out: who comes by
    them has an assignment.
    """
    estate = graph.world.estate
    found: dict[str, set[str]] = {}
    for principal in estate.principals.values():
        trust = compiled(principal.trust) if principal.trust else None
        for statement in (*trust.about(WITH_WEB_IDENTITY), *trust.about(WITH_SAML)) if trust else ():
            element = statement.principal
            for provider in element.federated if statement.allows and element is not None else ():
                is_its = account_of(provider) == principal.account and ":saml-provider/AWSSSO_" not in provider
                if provider in _BUILT_IN or is_its:
                    found.setdefault(provider, set()).update(_subjects_in(statement, provider))
    known = [(arn, subject) for arn in sorted(found) for subject in sorted(found[arn])]
    return tuple(_provider(estate, f"{arn}#{subject}" if subject else arn, ()) for arn, subject in known if _is_known(estate, arn))


def _is_known(estate: Estate, provider: str) -> bool:
    return provider in _BUILT_IN or not estate.providers or provider in estate.providers


def _subjects_in(statement: Statement, provider: str) -> set[str]:
    """The values that a statement compares the subject with; "" where it lets any in."""
    key = f"{provider.partition(':oidc-provider/')[2] or provider}:sub".lower()
    found: set[str] = set()
    for entry in statement.conditions:
        if entry.key == key and entry.use.operator.name in ("StringEquals", "StringLike", "StringEqualsIgnoreCase"):
            found |= {template.text for template in entry.templates if not template.variables}
    return found or {""}


def _claim(prefix: str, text: str) -> tuple[str, KeyState]:
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise UnknownName(text, "is no claim of the form KEY=VALUE, such as sub=repo:acme/app:*")
    key = (name if ":" in name else prefix + name).lower()
    return key, _fixed(key, value)


def _fixed(key: str, value: str) -> KeyState:
    """A claim with this value, or with any that the pattern matches."""
    if "*" in value or "?" in value:
        return unknown(key, may_be_absent=False, within=(Pattern(tuple(tokens_of(value))),))
    return known(value)


# -------------------------------------------------------------------------------------------------------- Identity Center


def _identity_center(estate: Estate, kind: str, name: str) -> tuple[Actor, tuple[str, ...]]:
    for center in estate.identity_centers.values():
        directory = center.users if kind == "idc-user" else center.groups
        found = name if name in directory else next((id_ for id_, shown in directory.items() if shown == name), None)
        if found is None and any(name == one.principal for one in center.assignments):
            found = name  # assigned, and not in the part of the directory that was read
        if found is not None:
            return _assigned(estate, center, kind, found)
    names = [each for center in estate.identity_centers.values() for each in (*center.users.values(), *center.groups.values())]
    raise UnknownName(f"{kind}:{name}", "is in no IAM Identity Center that was collected", nearest_to(name, names))


def _assigned(estate: Estate, center: IdentityCenter, kind: str, id_: str) -> tuple[Actor, tuple[str, ...]]:
    """The source with a door to the role of every permission set that it has, by itself or through its groups."""
    holders = {("USER" if kind == "idc-user" else "GROUP", id_)}
    gaps = set()
    if kind == "idc-user":
        holders |= {("GROUP", group) for group, members in center.members.items() if id_ in members}
        assigned_groups = {one.principal for one in center.assignments if one.principal_kind == "GROUP"}
        if assigned_groups - set(center.members):
            gaps.add("identity-center-memberships-not-read")
    if not center.is_whole:
        gaps.add("identity-center-assignments-not-read")
    bound: dict[str, Door] = {}
    elsewhere = set()
    for one in center.assignments:
        if (one.principal_kind, one.principal) in holders:
            role = _role_of(estate, one)
            if role is not None:
                bound.setdefault(role.arn, _sign_in(role))
            else:
                elsewhere.add(one.account)
    notes = [f"{kind}:{id_} has a permission set in account {account}, whose role was not collected" for account in sorted(elsewhere)]
    actor = Actor(f"{kind}:{id_}", ANONYMOUS, doors=Doors(bound), home=center.account, gaps=tuple(sorted(gaps)))
    return actor, tuple(notes)


def _role_of(estate: Estate, one: Assignment) -> Principal | None:
    """The role that stands for a permission set in an account: AWSReservedSSO_NAME_ and 16 hexadecimal digits (R5.56)."""
    begin = f"AWSReservedSSO_{one.name}_"
    for role in estate.principals.values():
        is_its = (
            role.account == one.account and role.kind is PrincipalKind.ROLE and role.path.startswith("/aws-reserved/sso.amazonaws.com/")
        )
        if one.name and is_its and role.name.startswith(begin) and _is_suffix(role.name[len(begin) :]):
            return role
    return None


def _is_suffix(text: str) -> bool:
    return len(text) == 16 and all(sign in "0123456789abcdef" for sign in text)


def _sign_in(role: Principal) -> Door:
    """Identity Center signs in with the SAML provider that the role's trust policy names (U-24: the collected trust decides)."""
    trust = compiled(role.trust) if role.trust else None
    statements = trust.about(WITH_SAML) if trust else ()
    named = sorted(arn for s in statements if s.allows and s.principal for arn in s.principal.federated if ":saml-provider/" in arn)
    provider = next(iter(named), f"arn:aws:iam::{role.account}:saml-provider/AWSSSO")
    keys = {"saml:aud": known(_SIGN_IN)}
    return Door(Caller(CallerKind.SAML, provider), WITH_SAML, keys, {ASSIGNMENT: True})


# ----------------------------------------------------------------------------------------------------------------- compute


def _compute(estate: Estate, text: str) -> tuple[Actor, tuple[str, ...]] | None:
    name = text.removeprefix("compute:")
    holder = estate.holders.get(name)
    cluster, account_name = _in_cluster(estate, name)
    if holder is None and cluster is None:
        if not text.startswith("compute:"):
            return None
        raise UnknownName(text, "is no compute that was collected", nearest_to(name, estate.holders))
    bound = dict(_held(holder)) if holder is not None else {}
    gates = tuple(_irsa(estate, cluster, account_name)) if cluster is not None else ()
    gaps = set()
    if holder is not None and holder.role is None:
        gaps.add("role-of-compute-not-read")
    if cluster is not None and cluster.issuer is None:
        gaps.add("oidc-issuer-of-cluster-not-read")
    if cluster is not None and cluster.issuer and any(_is_unread_listing(one) for one in estate.outcomes):
        gaps.add("oidc-providers-not-read")  # an account that was not asked may have registered the issuer
    home = holder.account if holder is not None else account_of(name)
    return Actor(f"compute:{name}", ANONYMOUS, doors=Doors(bound, gates), home=home, gaps=tuple(sorted(gaps))), ()


def _is_unread_listing(outcome: CallOutcome) -> bool:
    return outcome.call == "list_open_id_connect_providers" and not outcome.outcome.is_known


def _held(holder: Holder) -> Iterator[tuple[str, Door]]:
    if holder.role is not None:
        settings: Mapping[str, object] = holder.settings if holder.kind is HolderKind.SERVICE_ACCOUNT else {}
        # What a service says of where it acts from can only be this account.
        keys = {"aws:sourceaccount": unknown("aws:sourceaccount", within=(literal(holder.account),))}
        yield holder.role, Door(Caller(CallerKind.SERVICE, holder.kind.service), ASSUME_ROLE, keys, dict(settings))


def _in_cluster(estate: Estate, name: str) -> tuple[Cluster | None, str]:
    """The cluster of `CLUSTER-ARN/NAMESPACE/NAME`, and `NAMESPACE:NAME`."""
    arn, _, account = name.rpartition("/")
    arn, _, namespace = arn.rpartition("/")
    cluster = estate.clusters.get(arn)
    return cluster, f"{namespace}:{account}"


def _irsa(estate: Estate, cluster: Cluster, name: str) -> Iterable[Door]:
    """R5.53: roles for service accounts, in every account that has registered the cluster's issuer."""
    issuer = cluster.issuer
    if not issuer:
        return
    keys = {f"{issuer}:sub".lower(): known(f"system:serviceaccount:{name}"), f"{issuer}:aud".lower(): known("sts.amazonaws.com")}
    for arn in sorted(estate.providers):
        if arn.partition(":oidc-provider/")[2] == issuer:
            yield Door(Caller(CallerKind.OIDC, arn), WITH_WEB_IDENTITY, keys, _audiences(estate, arn))
