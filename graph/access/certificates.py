"""Certificates as a source: what IAM Roles Anywhere hands out for one that a trust anchor vouches for (R5.34).

A profile says which roles there are; the role's trust policy admits the service, from that trust anchor and for that certificate.

Source: IAM Roles Anywhere User Guide, "Trust model", "Role trusting".
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from xgraph.graph.model.arn import parse_arn
from xgraph.graph.model.coverage import Outcome
from xgraph.graph.model.estate import Estate
from xgraph.graph.model.principal import Principal
from xgraph.graph.model.resource import Resource
from xgraph.graph.policy.caller import ANONYMOUS, Caller, CallerKind
from xgraph.graph.policy.glob import Pattern, tokens_of
from xgraph.graph.policy.keys import unknown
from xgraph.graph.policy.keystate import KeyState, known

from .attach import compiled
from .doors import Door, Doors
from .names import Directory, UnknownName, nearest_to
from .world import ASSUME_ROLE, Actor

_SERVICE = "rolesanywhere.amazonaws.com"
_FIELD = "aws:principaltag/x509"


def is_trust_anchor(text: str) -> bool:
    """Whether the text is the ARN of a trust anchor."""
    return ":rolesanywhere:" in text and ":trust-anchor/" in text


def anchors(estate: Estate) -> tuple[str, ...]:
    """The trust anchors that were collected, in order."""
    return tuple(sorted(arn for arn in estate.resources if is_trust_anchor(arn)))


def certificate_source(graph: Directory, arn: str, claims: Sequence[str] = ()) -> Actor:
    """Whoever holds a certificate that the trust anchor vouches for. `claims`: what it says, as x509Subject/CN=PATTERN. Raises UnknownName."""
    estate = graph.world.estate
    parsed = parse_arn(arn)
    anchor = estate.resources.get(arn)
    if parsed is None or anchor is None:
        raise UnknownName(arn, "is no trust anchor that was collected", nearest_to(arn, anchors(estate)))
    said = dict(map(_field, claims))
    bound: dict[str, Door] = {}
    for profile in _profiles(estate, anchor.account) if anchor.settings.get("Enabled") is not False else ():
        for role in profile.settings.get("RoleArns") or ():
            found = estate.principals.get(str(role))
            if found is not None:
                bound.setdefault(found.arn, _door(anchor, profile, found, said))
    gaps = ("roles-anywhere-profiles-not-read",) if _is_unread(estate, anchor) else ()
    return Actor(arn, ANONYMOUS, doors=Doors(bound), home=anchor.account, gaps=gaps)


def certificate_holders(graph: Directory) -> tuple[Actor, ...]:
    """Whoever holds a certificate of each trust anchor that leads to a role."""
    found = (certificate_source(graph, arn) for arn in anchors(graph.world.estate))
    return tuple(actor for actor in found if actor.doors is not None and (actor.doors.bound or actor.gaps))


def _profiles(estate: Estate, account: str) -> Iterator[Resource]:
    """The account's profiles, those without a session policy first: they give more."""
    found = [one for arn, one in sorted(estate.resources.items()) if ":rolesanywhere:" in arn and one.type == "profile"]
    mine = [one for one in found if one.account == account and one.settings.get("Enabled") is not False]
    yield from sorted(mine, key=_limits)


def _limits(profile: Resource) -> bool:
    """Whether the profile limits the sessions that it gives."""
    return bool(profile.settings.get("SessionPolicy") or profile.settings.get("ManagedPolicyArns"))


def _door(anchor: Resource, profile: Resource, role: Principal, said: dict[str, KeyState]) -> Door:
    keys: dict[str, KeyState] = {key: unknown(key) for key in _fields_asked(role)}
    keys |= {"aws:sourcearn": known(anchor.arn), "aws:sourceaccount": known(anchor.account), **said}
    settings = {"RolesAnywhere": {"HasSessionPolicy": _limits(profile)}}
    return Door(Caller(CallerKind.SERVICE, _SERVICE), ASSUME_ROLE, keys, settings)


def _fields_asked(role: Principal) -> Iterable[str]:
    """The fields of certificates that the role's trust policy looks at."""
    trust = compiled(role.trust) if role.trust else None
    return sorted({key for statement in (trust.statements if trust else ()) for key in statement.keys if key.startswith(_FIELD)})


def _field(text: str) -> tuple[str, KeyState]:
    name, equals, value = text.partition("=")
    key = f"aws:principaltag/{name}".lower()
    if not equals or not key.startswith(_FIELD):
        raise UnknownName(text, "is no field of a certificate, such as x509Subject/CN=build")
    if "*" in value or "?" in value:
        return key, unknown(key, may_be_absent=False, within=(Pattern(tuple(tokens_of(value))),))
    return key, known(value)


def _is_unread(estate: Estate, anchor: Resource) -> bool:
    """Whether profiles of the account could not be listed."""
    return any(
        one.service == "rolesanywhere" and one.account == anchor.account and one.call == "list_profiles" and one.outcome not in _ANSWERED
        for one in estate.outcomes
    )


_ANSWERED = (Outcome.OK, Outcome.EMPTY, Outcome.ABSENT)
