"""STS: assuming roles (R5.1, R5.2) and the calls that need no permission (R4.20).

Sources: AWS STS API reference AssumeRole; IAM User Guide, "Compare AWS STS credentials"; IAM API reference CreateOpenIDConnectProvider.
"""

from __future__ import annotations

from typing import Final

from xgraph.graph.model.arn import account_of
from xgraph.graph.policy.caller import CallerKind
from xgraph.graph.policy.combine import Relation
from xgraph.graph.policy.decision import ControlClass
from xgraph.graph.policy.factors import Factors, Policies, Record, Request, resource_side
from xgraph.graph.policy.formula import Formula, conj, free

from ._rules import Case, Need, Options, Rules, Ruling, relation_of

CLIENT_IDS: Final = "ClientIds"


def _cases(request: Request, policies: Policies, base: Factors, record: Record | None, options: Options) -> tuple[Case, ...]:
    relation = relation_of(request)
    if relation is _SAME and ":role/" in request.target.arn:
        relation = _TRUST
    side = resource_side(request, policies, record, base=base) if options.with_policy else base
    is_own = True if request.caller.is_iam else conj(_provider_is_own(request), _takes_token(request))
    return (Case(is_own, side, relation, conj(_limited_session(request), _opened(request))),)


def _provider_is_own(request: Request) -> Formula:
    """R5.51: an OIDC provider is in the role's account; whether a SAML provider has to be is not settled (U-23)."""
    caller, owner = request.caller, request.target.owner
    if caller.kind not in (CallerKind.OIDC, CallerKind.SAML) or account_of(caller.arn) in (None, owner):
        return True
    return False if caller.kind is CallerKind.OIDC else free("U-23", ControlClass.GAP)


def _audience(request: Request) -> tuple[str, ...] | None:
    """What a token that is presented was made for; None when that is open."""
    issuer = request.caller.arn.partition(":oidc-provider/")[2]
    return request.context.state(f"{issuer}:aud".lower()).values if issuer else None


def _takes_token(request: Request) -> Formula:
    """R5.51: a provider takes tokens for its client ids. A token whose audience is open may be for one of them."""
    if CLIENT_IDS not in request.settings or request.action != _WEB_IDENTITY:
        return True
    takes = request.settings[CLIENT_IDS]
    if takes is None:
        if _audience(request) is None:
            return True
        return free("oidc-client-ids-not-collected", ControlClass.GAP, spelling="oidc-client-ids-not-collected")
    return True if takes else free("oidc-provider-without-client-ids", ControlClass.GAP, spelling="oidc-provider-without-client-ids")


# Looked up once: see caller.py.
_SAME: Final = Relation.SAME_ACCOUNT
_TRUST: Final = Relation.TRUST
_ASSUMING = frozenset((CallerKind.ROLE, CallerKind.USER))
_WEB_IDENTITY: Final = "sts:assumerolewithwebidentity"
_FEDERATED = {_WEB_IDENTITY: CallerKind.OIDC, "sts:assumerolewithsaml": CallerKind.SAML}


def _ruling(request: Request, _relation: Relation) -> Ruling | None:
    kind, action = request.caller.kind, request.action
    if action == "sts:assumerole" and kind in _ASSUMING and "/aws-service-role/" not in request.target.arn:
        return None  # mostly
    if action == "sts:getcalleridentity" and kind is not CallerKind.ANONYMOUS:
        return True, "sts:GetCallerIdentity needs no permission"
    if action == "sts:getsessiontoken" and kind is CallerKind.USER:
        return True, "sts:GetSessionToken needs no permission"
    if kind is CallerKind.FEDERATED_USER:
        return False, "of the STS calls, a federated user session can make sts:GetCallerIdentity alone"
    if kind is not CallerKind.SERVICE and ":role/aws-service-role/" in request.target.arn:
        return False, "a service-linked role is assumed by its service alone"  # R5.10
    if action == "sts:assumerole":
        return _assume_role(kind)
    if action in _FEDERATED and kind is not _FEDERATED[action]:
        return False, f"only federated callers make {action} calls"
    return _refused_token(request) if action == _WEB_IDENTITY else None


def _refused_token(request: Request) -> Ruling | None:
    """R5.51: a token for an audience that is none of the provider's client ids."""
    takes, audience = request.settings.get(CLIENT_IDS), _audience(request)
    if not takes or audience is None or not set(takes).isdisjoint(audience):
        return None
    return False, f"the OIDC provider takes no tokens for the audience {' '.join(audience)}, which is none of its client ids"


def _assume_role(kind: CallerKind) -> Ruling | None:
    match kind:
        case CallerKind.ROOT:
            return False, "the root user can't call sts:AssumeRole"
        case CallerKind.ANONYMOUS:
            return False, "sts:AssumeRole needs a signed request"
        case CallerKind.OIDC | CallerKind.SAML:
            return False, "federated callers use sts:AssumeRoleWithWebIdentity or sts:AssumeRoleWithSAML"
        case _:
            return None


_TAGS = ("aws:requesttag/", "aws:tagkeys", "sts:transitivetagkeys")


def _also(request: Request) -> tuple[Need, ...]:
    """Session tags and a source identity that the request carries are authorized apart, on the same role (R5.30, R5.33)."""
    if not request.action.startswith("sts:assumerole"):
        return ()
    needs = []
    given = request.context.facts.given
    for key, values in given.items():
        if key.startswith(_TAGS) and values:
            needs.append(Need("sts:tagsession", request.target.arn))
            break
    if given.get("sts:sourceidentity") or given.get("aws:sourceidentity"):  # one that the session already has stays with it
        needs.append(Need("sts:setsourceidentity", request.target.arn))
    return (*needs, *_of_pods(request), *_of_certificates(request))


_PODS = "pods.eks.amazonaws.com"


def _of_pods(request: Request) -> tuple[Need, ...]:
    """R5.54: EKS Pod Identity passes session tags, unless its association says that it does not."""
    if request.action != "sts:assumerole" or request.caller.arn != _PODS or "PodIdentityAssociation" not in request.settings:
        return ()
    association = request.settings["PodIdentityAssociation"]
    if association is None:
        return (Need("sts:tagsession", None, "pod-identity-association-not-collected"),)
    return () if association.get("disableSessionTags") else (Need("sts:tagsession", request.target.arn),)


def _of_certificates(request: Request) -> tuple[Need, ...]:
    """R5.34: IAM Roles Anywhere passes the fields of the certificate as session tags, and its subject as the source identity."""
    if request.action != "sts:assumerole" or "RolesAnywhere" not in request.settings:
        return ()
    return Need("sts:tagsession", request.target.arn), Need("sts:setsourceidentity", request.target.arn)


def _opened(request: Request) -> Formula:
    """R4.19: whether the administrator of an account that was not collected lets the caller have a role."""
    account = str(request.settings.get("OpenedBy", ""))
    return free(f"foreign-account:{account}", ControlClass.FOREIGN_ACCOUNT, spelling=account) if account else True


def _limited_session(request: Request) -> Formula:
    """What a profile's session policy leaves of the role is not evaluated."""
    has_policy = (request.settings.get("RolesAnywhere") or {}).get("HasSessionPolicy", False)
    name = "roles-anywhere-session-policy-not-evaluated"
    return free(name, ControlClass.GAP, spelling=name) if has_policy else True


STS = Rules(
    "sts",
    cases=_cases,
    ruling=_ruling,
    also=_also,
    is_mandatory=True,
    description=(
        "a role's trust policy decides in its own account, too; session tags, source identities and EKS Pod Identity need further "
        "permissions on the role; `sts:GetCallerIdentity` and a user's `sts:GetSessionToken` need none"
    ),
)
