"""The decision: factors, core formula per caller kind, guardrails (semantics.md section 4, with 5a, 7a in part, R7.40, R7.41)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from . import s3
from .caller import Kind, Match
from .documents import ABSENT, Json, levels, policies, resource_policy
from .question import PolicyType, Question, allows, classes, denies, question_of
from .readings import Readings

Result = Literal["allow", "deny-implicit", "deny-explicit"]

# R4.15: whether a URL or an API takes unsigned calls is not in the request.
UNSIGNED_SERVICES = frozenset("s3 sqs sns elasticfilesystem es ecr-public execute-api".split())

# R4.53, read on 2026-09-26.
RCP_SERVICES = frozenset(
    """appstream dsql clouddirectory cloudfront cloudsearch logs networkmonitor cognito-identity cognito-idp comprehend comprehendmedical
    firehose dynamodb dax autoscaling ecr ecr-public gamelift inspector-scan kendra kinesisvideo memorydb aoss personalize polly s3 swf sqs
    textract timestream-influxdb transcribe translate workspaces appconfig autoscaling-plans budgets servicediscovery cloudtrail-data
    codeartifact codebuild codecommit codepipeline compute-optimizer cost-optimization-hub events fms fis health rolesanywhere kms opensearch
    pricing pca-connector-ad resource-groups secretsmanager sts signin support transfer notifications wafv2 xray""".split()
)

# 7b, SQS: never across accounts.
SQS_OWN_ACCOUNT_ONLY = frozenset(
    """sqs:addpermission sqs:cancelmessagemovetask sqs:createqueue sqs:deletequeue sqs:listmessagemovetask sqs:listqueues sqs:listqueuetags
    sqs:removepermission sqs:setqueueattributes sqs:startmessagemovetask sqs:tagqueue sqs:untagqueue""".split()
)

# R7.2: KMS actions that a key policy can grant to another account.
KMS_ACROSS_ACCOUNTS = frozenset(
    """kms:decrypt kms:encrypt kms:generatedatakey kms:generatedatakeypair kms:generatedatakeypairwithoutplaintext
    kms:generatedatakeywithoutplaintext kms:generatemac kms:verifymac kms:reencryptfrom kms:reencryptto kms:sign kms:verify
    kms:derivesharedsecret kms:creategrant kms:describekey kms:getkeyrotationstatus kms:getpublickey kms:listgrants kms:retiregrant
    kms:revokegrant""".split()
)

# R7.40 and R7.41.
MANAGED_POLICY_WRITES = frozenset(
    "iam:createpolicy iam:createpolicyversion iam:deletepolicy iam:deletepolicyversion iam:setdefaultpolicyversion iam:tagpolicy "
    "iam:untagpolicy".split()
)
SERVICE_ROLE_WRITES = frozenset(
    """iam:addroletoinstanceprofile iam:removerolefrominstanceprofile iam:attachrolepolicy iam:detachrolepolicy iam:putrolepolicy
    iam:deleterolepolicy iam:putrolepermissionsboundary iam:deleterolepermissionsboundary iam:updateassumerolepolicy iam:updaterole
    iam:updateroledescription iam:deleterole""".split()
)
RESERVED_ROLE_WRITES = SERVICE_ROLE_WRITES | frozenset(
    "iam:createrole iam:tagrole iam:untagrole iam:passrole iam:createservicelinkedrole iam:deleteservicelinkedrole".split()
)


@dataclass(frozen=True)
class Identity:
    """The caller's own side: what each of its policies allows and denies (R4.1 to R4.3)."""

    allowed: bool
    denied: bool
    boundary_allowed: bool
    boundary_denied: bool
    session_allowed: bool
    session_denied: bool

    @property
    def permits(self) -> bool:
        """All three: idA ∧ pbA ∧ spA."""
        return self.allowed and self.limits_permit

    @property
    def limits_permit(self) -> bool:
        """Boundary and session policy: pbA ∧ spA."""
        return self.boundary_allowed and self.session_allowed


def decide_call(request: Json, world: dict[str, list[str]], readings: Readings) -> Result:
    """The result of a whole call: an AssumeRole that passes session tags or a source identity is authorized for these, too (R1.8, R5.30,
    R5.33). One denial denies the call."""
    asked = [request if action == request["action"] else {**request, "action": action} for action in actions_of(request)]
    return jointly({decide_world(each, world, readings) for each in asked})


def jointly(found: set[Result]) -> Result:
    """The result of a call of several authorizations."""
    if "deny-explicit" in found:
        return "deny-explicit"
    return "allow" if found == {"allow"} else "deny-implicit"


def actions_of(request: Json) -> list[str]:
    action = str(request["action"])
    if not action.lower().startswith("sts:assumerole"):
        return [action]
    stated = [key.lower() for key, value in request.get("context", {}).items() if value is not None and value != []]
    tags = any(key.startswith(("aws:requesttag/", "aws:tagkeys", "sts:transitivetagkeys")) for key in stated)
    identity = any(key in {"sts:sourceidentity", "aws:sourceidentity"} for key in stated)
    return [action, *["sts:TagSession"] * tags, *["sts:SetSourceIdentity"] * identity]


def decide_world(request: Json, world: dict[str, list[str]], readings: Readings) -> Result:
    """The result of one request in one world: `world` fixes every key, `readings` every open point and every unknown field."""
    question = question_of(request, world, readings)
    if partitions_differ(question):
        return "deny-implicit"  # R1.9
    if question.action.lower() == "sts:getcalleridentity" and question.caller.kind is not Kind.ANONYMOUS:
        return "allow"  # R4.20
    identity = identity_side(question)
    if s3.is_owners_root_on_bucket_policy(question):  # R6.40
        denied = scp_denies(question) or rcp_denies(question) or endpoint_denies(question)
        core = True
    else:
        denied = is_denied(question, identity)
        core = is_granted(question, identity)
    if denied:
        return "deny-explicit"  # INVARIANT (deny wins), R4.6
    if core and scp_allows(question) and rcp_allows(question) and endpoint_allows(question):  # R4.7, R4.8
        return "allow"
    return "deny-implicit"


def partitions_differ(question: Question) -> bool:
    parts = question.resource.split(":", 5)
    return bool(question.caller.partition) and len(parts) == 6 and parts[1] != question.caller.partition


# ------------------------------------------------------------------------------------------------------------------- 4a factors


def identity_side(question: Question) -> Identity:
    caller, request = question.caller, question.request
    if caller.kind is Kind.ROOT:  # R4.1, R4.2
        return Identity(True, False, True, False, True, False)
    if not caller.is_iam:
        return Identity(False, False, True, False, True, False)
    own = policies(request, "identity_policies")
    allowed = allows(own, PolicyType.IDENTITY, question)
    denied = denies(own, PolicyType.IDENTITY, question)
    boundary_allowed, boundary_denied = boundary_side(question)
    session_allowed, session_denied = session_side(question)
    return Identity(allowed, denied, boundary_allowed, boundary_denied, session_allowed, session_denied)


def boundary_side(question: Question) -> tuple[bool, bool]:
    """(pbA, pbD); no boundary allows (R4.2)."""
    given = policies(question.request, "permissions_boundaries")
    if not given or question.caller.service_linked:
        return True, False
    unknown = question.request["permissions_boundaries"] is None
    if unknown and question.caller.kind in {Kind.USER, Kind.ROLE} and not question.ask("permissions_boundaries:exist"):
        return True, False
    return allows(given, PolicyType.BOUNDARY, question), denies(given, PolicyType.BOUNDARY, question)


def session_side(question: Question) -> tuple[bool, bool]:
    """(spA, spD); only role sessions and federated users have session policies (R1.2, R4.3)."""
    given = policies(question.request, "session_policies")
    if question.caller.kind not in {Kind.ROLE, Kind.FEDERATED} or question.caller.service_linked:
        return True, False
    if not given:
        return (question.ask("U-36") if question.caller.kind is Kind.FEDERATED else True), False
    return allows(given, PolicyType.SESSION, question), denies(given, PolicyType.SESSION, question)


def resource_policy_type(question: Question) -> PolicyType:
    return PolicyType.TRUST if question.is_role else PolicyType.RESOURCE


def has_resource_side(question: Question) -> bool:
    """A trust policy says nothing about `iam:` actions on its role (R4.12)."""
    return not (question.is_role and question.service == "iam")


def resource_allow_classes(question: Question) -> set[Match]:
    if not has_resource_side(question):
        return set()
    return classes(resource_policy(question.request), resource_policy_type(question), "Allow", question)


def resource_denies(question: Question) -> bool:
    return has_resource_side(question) and denies(resource_policy(question.request), resource_policy_type(question), question)


def is_denied(question: Question, identity: Identity) -> bool:
    """R4.6: one matching Deny anywhere."""
    return (
        identity.denied
        or identity.boundary_denied
        or identity.session_denied
        or scp_denies(question)
        or rcp_denies(question)
        or endpoint_denies(question)
        or resource_denies(question)
    )


# ---------------------------------------------------------------------------------------------------------------------- 4b core


def is_granted(question: Question, identity: Identity) -> bool:
    """Core, after what can never be granted."""
    if never_granted(question):
        return False
    if s3.is_bucket_or_object(question):
        return s3.is_granted(question, identity.allowed, identity.limits_permit, resource_allow_classes(question), core)
    return core(question, identity.allowed, identity.limits_permit, resource_allow_classes(question), question.owner)


def core(question: Question, identity_allowed: bool, limits_permit: bool, granted: set[Match], owner: str) -> bool:
    """The formulas of 4b: `granted` are the classes of the resource side, `owner` the account it belongs to."""
    caller = question.caller
    if caller.kind is Kind.SERVICE:
        return Match.SERVICE in granted or Match.EXACT in granted  # R4.14
    if caller.kind is Kind.LOGIN:
        return (Match.FEDERATED in granted and provider_is_accepted(question)) or Match.EXACT in granted  # R4.18, U-38
    if caller.kind is Kind.ANONYMOUS:
        return Match.EXACT in granted and accepts_unsigned(question) and not own_account_only(question)  # R4.15
    if caller.account != owner:  # R4.11
        return bool(granted) and identity_allowed and limits_permit and not own_account_only(question)
    exact, role, account = Match.EXACT in granted, Match.ROLE in granted, Match.ACCOUNT in granted
    if policy_is_mandatory(question):  # R4.12
        if caller.kind is Kind.ROOT:
            return exact or account
        if exact and question.is_role and not boundary_or_u18(question):
            exact = False
        return exact or (role and limits_permit) or (account and identity_allowed and limits_permit)
    if caller.kind is Kind.ROOT:
        return True
    if question.action.lower() == "sts:getsessiontoken" and caller.kind is Kind.USER:
        return True  # R4.20
    return exact or (role and limits_permit) or (identity_allowed and limits_permit)  # R4.10


def provider_is_accepted(question: Question) -> bool:
    """The provider lies in the role's account; for SAML this is open (R5.50 with U-23, R5.51)."""
    parts = question.caller.name.split(":", 5)
    return parts[4] == question.owner or (parts[5].startswith("saml-provider/") and question.ask("U-23"))


def boundary_or_u18(question: Question) -> bool:
    """R4.13: a caller that the trust policy names still needs its boundary's allow, unless U-18 is read the other way."""
    allowed, _ = boundary_side(question)
    return allowed or not question.ask("U-18")


def policy_is_mandatory(question: Question) -> bool:
    """R4.12: `sts:` on a role, `kms:` on a key."""
    if question.service == "kms":
        parts = question.resource.split(":", 5)
        return len(parts) == 6 and parts[5].startswith("key/")
    return question.service == "sts" and question.is_role


def accepts_unsigned(question: Question) -> bool:
    return question.service in UNSIGNED_SERVICES or question.action.lower() == "lambda:invokefunctionurl"


def own_account_only(question: Question) -> bool:
    """What no policy can grant across accounts (R7.2, 7b): some actions, and tables under the AWS managed key."""
    action = question.action.lower()
    if (question.request.get("resource_settings") or {}).get("EncryptionKey") == "aws/dynamodb":
        return True
    return action in SQS_OWN_ACCOUNT_ONLY or (question.service == "kms" and action not in KMS_ACROSS_ACCOUNTS)


def never_granted(question: Question) -> bool:
    """Calls that fail whatever policies allow. A matching Deny still makes the result explicit."""
    action, resource, kind = question.action.lower(), question.resource, question.caller.kind
    last = resource.split(":", 5)[-1]
    if kind is Kind.LOGIN and not action.startswith("sts:"):
        return True  # R1.2
    if action == "sts:assumerole" and kind in {Kind.ROOT, Kind.FEDERATED, Kind.ANONYMOUS}:  # R5.2
        return True
    if action.startswith("sts:") and kind is Kind.FEDERATED:  # R5.2: only GetCallerIdentity
        return True
    if question.is_role and action.startswith("sts:") and last.startswith("role/aws-service-role/") and kind is not Kind.SERVICE:
        return True  # R5.10
    if ":iam::aws:policy/" in resource and action in MANAGED_POLICY_WRITES:  # R7.40
        return True
    if question.is_role and last.startswith("role/aws-service-role/") and action in SERVICE_ROLE_WRITES:  # R7.41
        return True
    if question.is_role and last.startswith("role/aws-reserved/") and action in RESERVED_ROLE_WRITES:
        return True
    aliases = {"kms:createalias", "kms:updatealias", "kms:deletealias"}
    return last.startswith("alias/aws/") and action in aliases  # R7.12


# ------------------------------------------------------------------------------------------------------------- 4c, 4d guardrails


def is_management_account(question: Question, field: str, account: str) -> bool:
    """Is that account the management account of the organization? An unknown organization leaves it open."""
    organization = question.request.get(field, ABSENT)
    if organization is ABSENT:
        return False
    if organization is None or organization.get("management_account", ABSENT) is None:
        return question.ask(f"{field}:management")
    return bool(organization.get("management_account") == account)


def scp_applies(question: Question) -> bool:
    """R4.40."""
    caller = question.caller
    if not caller.is_iam or caller.service_linked or not levels(question.request, "service_control_policies"):
        return False
    return not is_management_account(question, "organization", caller.account)


def scp_allows(question: Question) -> bool:
    """Every level has to allow (R4.41)."""
    if not scp_applies(question):
        return True
    return all(allows(level, PolicyType.SCP, question) for level in levels(question.request, "service_control_policies"))


def scp_denies(question: Question) -> bool:
    if not scp_applies(question):
        return False
    return any(denies(level, PolicyType.SCP, question) for level in levels(question.request, "service_control_policies"))


def rcp_applies(question: Question) -> bool:
    """R4.50."""
    caller, last = question.caller, question.resource.split(":", 5)[-1]
    if question.service not in RCP_SERVICES or caller.service_linked:
        return False
    if question.action.lower() == "kms:retiregrant" or (question.service == "kms" and last.startswith("alias/aws/")):
        return False
    if caller.kind is Kind.SERVICE and last.startswith("role/aws-service-role/"):
        return False
    if not levels(question.request, "resource_control_policies"):
        return False
    return not is_management_account(question, "resource_organization", question.owner)


def rcp_allows(question: Question) -> bool:
    """T wherever RCPs are on, since RCPFullAWSAccess cannot be detached (R4.51); only a level without policies allows nothing (R1.20)."""
    if not rcp_applies(question):
        return True
    return all(level for level in levels(question.request, "resource_control_policies"))


def rcp_denies(question: Question) -> bool:
    if not rcp_applies(question):
        return False
    return any(denies(level, PolicyType.RCP, question) for level in levels(question.request, "resource_control_policies"))


def endpoint_allows(question: Question) -> bool:
    """R4.60; no endpoint allows."""
    given = policies(question.request, "vpc_endpoint_policies")
    return not given or allows(given, PolicyType.ENDPOINT, question)


def endpoint_denies(question: Question) -> bool:
    return denies(policies(question.request, "vpc_endpoint_policies"), PolicyType.ENDPOINT, question)
