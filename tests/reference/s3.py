"""Buckets and objects: ACLs, ownership, Block Public Access, the exceptions (semantics.md section 6)."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable

from .caller import Kind, Match, account_of_canonical, entries
from .conditions import taken_apart, text_of
from .documents import Json, Statement, listed, resource_policy
from .matching import takes_no_resource
from .question import Question

ALL_USERS = "http://acs.amazonaws.com/groups/global/AllUsers"
AUTHENTICATED_USERS = "http://acs.amazonaws.com/groups/global/AuthenticatedUsers"
LOG_DELIVERY = "http://acs.amazonaws.com/groups/s3/LogDelivery"
ANONYMOUS_UPLOADER = "65a011a29cdf8ec533ec3d1ccaae921c"  # R6.10

BUCKET_POLICY_ACTIONS = frozenset("s3:getbucketpolicy s3:putbucketpolicy s3:deletebucketpolicy".split())  # R6.35
OWNER_MAY_ALWAYS = frozenset("s3:deleteobject s3:deleteobjectversion s3:restoreobject".split())  # R6.32
OBJECT_READS = frozenset("s3:getobject s3:getobjectversion".split())  # R6.36

# R6.11, in lower case.
BUCKET_GRANTS = {
    "READ": "s3:listbucket s3:listbucketversions s3:listbucketmultipartuploads".split(),
    "WRITE": "s3:putobject".split(),
    "READ_ACP": "s3:getbucketacl".split(),
    "WRITE_ACP": "s3:putbucketacl".split(),
}
OBJECT_GRANTS = {
    "READ": "s3:getobject s3:getobjectversion".split(),
    "READ_ACP": "s3:getobjectacl s3:getobjectversionacl".split(),
    "WRITE_ACP": "s3:putobjectacl s3:putobjectversionacl".split(),
}

Core = Callable[[Question, bool, bool, set[Match], str], bool]


def is_bucket_or_object(question: Question) -> bool:
    parts = question.resource.split(":", 5)
    return question.service == "s3" and parts[2:5] == ["s3", "", ""] and not takes_no_resource(question.action)


def is_object(question: Question) -> bool:
    return "/" in question.resource


def is_owners_root_on_bucket_policy(question: Question) -> bool:
    """R6.40: the bucket owner's root user can always get, put and delete the bucket policy."""
    caller = question.caller
    owners_root = caller.kind is Kind.ROOT and caller.account == question.owner
    return is_bucket_or_object(question) and owners_root and question.action.lower() in BUCKET_POLICY_ACTIONS


def setting(question: Question, name: str, absent: Json) -> Json:
    """A setting; None means unknown, alone or together with all the others."""
    settings = question.request.get("resource_settings", {})
    return None if settings is None else settings.get(name, absent)


# -------------------------------------------------------------------------------------------------------------- the decision, 6d


def is_granted(question: Question, identity_allowed: bool, limits_permit: bool, policy_classes: set[Match], core: Core) -> bool:
    """Core for a bucket or an object (R6.30 to R6.32)."""
    caller, action, bucket_owner = question.caller, question.action.lower(), question.owner
    in_owners_account = caller.is_iam and caller.account == bucket_owner
    if action in BUCKET_POLICY_ACTIONS and not in_owners_account:
        return False  # R6.35
    uses_key = action in OBJECT_READS or action == "s3:putobject"  # writing takes the key as well (R1.8, R7.5)
    if uses_key and not in_owners_account and encrypted_with_managed_key(question):
        return False  # R6.36
    if action == "s3:putobject" and upload_is_refused(question):
        return False  # R6.5
    if not in_owners_account and caller.kind is not Kind.SERVICE and policy_classes and public_buckets_restricted(question):
        policy_classes = set()  # R6.24
    acls = acls_are_on(question)
    if not is_object(question) or action == "s3:putobject":  # R6.30
        granted = policy_classes | (acl_classes(question, "BucketAcl", BUCKET_GRANTS) if acls else set())
        return core(question, identity_allowed, limits_permit, granted, bucket_owner)
    acl = acl_classes(question, "ObjectAcl", OBJECT_GRANTS) if acls else set()
    object_owner = owner_of_object(question) if acls else bucket_owner  # R6.3
    if object_owner == bucket_owner:  # R6.31
        return core(question, identity_allowed, limits_permit, policy_classes | acl, bucket_owner)
    owner_deletes = action in OWNER_MAY_ALWAYS and in_owners_account and identity_allowed and limits_permit
    return owner_deletes or core(question, identity_allowed, limits_permit, acl, object_owner)  # R6.32


def acls_are_on(question: Question) -> bool:
    """R6.3; without ownership controls they are (U-25)."""
    ownership = setting(question, "ObjectOwnership", "ObjectWriter")
    return question.ask("ObjectOwnership:acls") if ownership is None else bool(ownership != "BucketOwnerEnforced")


def owner_of_object(question: Question) -> str:
    """The account that owns the object: as stated, else the bucket owner; unknown: the bucket owner, the caller's account or another."""
    stated = setting(question, "ObjectOwner", question.owner)
    if stated is not None and len(stated) == 12 and stated.isdigit():
        return str(stated)
    if stated is not None:
        account = account_of_canonical(question.request, stated)
        bucket_acl = setting(question, "BucketAcl", {}) or {}
        if account:
            return account
        if stated == (bucket_acl.get("Owner") or {}).get("ID"):
            return question.owner
        if stated == ANONYMOUS_UPLOADER:
            return "nobody"
    if question.ask("ObjectOwner:bucket-owner"):
        return question.owner
    return question.caller.account if question.caller.account != question.owner and question.ask("ObjectOwner:caller") else "another"


def encrypted_with_managed_key(question: Question) -> bool:
    key = setting(question, "EncryptionKey", "SSE-S3")
    return question.ask("EncryptionKey:aws/s3") if key is None else bool(key == "aws/s3")


def upload_is_refused(question: Question) -> bool:
    """R6.5: an upload that states an ACL, other than bucket-owner-full-control, into a bucket without ACLs.

    Only where the request's context states it: an upload whose ACL header is up to the caller is not refused.
    """
    given = {key.lower(): listed(values) for key, values in question.request.get("context", {}).items()}
    canned = given.get("s3:x-amz-acl", ["bucket-owner-full-control"])
    headers = [key for key in given if key.startswith("s3:x-amz-grant-")]
    return (canned != ["bucket-owner-full-control"] or bool(headers)) and not acls_are_on(question)


# -------------------------------------------------------------------------------------------------------------------- ACLs, 6b


def acl_classes(question: Question, name: str, grants: dict[str, list[str]]) -> set[Match]:
    """The match classes at which an ACL grants the action."""
    action, caller = question.action.lower(), question.caller
    acl = setting(question, name, {})
    if acl is None:  # unknown: it may grant whatever an ACL can
        if not any(action in actions for actions in grants.values()) or not question.ask(f"{name}:allow"):
            return set()
        if not block_public_access(question, "IgnorePublicAcls"):
            return {Match.EXACT}
        return {Match.ACCOUNT} if caller.is_iam else {Match.SERVICE} if caller.name == "logging.s3.amazonaws.com" else set()
    found: set[Match] = set()
    for grant in acl.get("Grants", []):
        permissions = list(grants) if grant["Permission"] == "FULL_CONTROL" else [grant["Permission"]]
        if any(action in grants.get(permission, []) for permission in permissions):
            match = grantee_class(question, grant["Grantee"])
            if match is not None:
                found.add(match)
    return found


def grantee_class(question: Question, grantee: Json) -> Match | None:
    """R6.12, with R6.14 and R6.22."""
    caller, group = question.caller, grantee.get("URI")
    if group in {ALL_USERS, AUTHENTICATED_USERS}:
        if not caller.is_iam and group == AUTHENTICATED_USERS:
            return None
        return None if block_public_access(question, "IgnorePublicAcls") else Match.EXACT
    if group == LOG_DELIVERY:
        return Match.SERVICE if caller.name == "logging.s3.amazonaws.com" else None
    if grantee.get("ID") and caller.is_iam:
        return Match.ACCOUNT if is_callers_canonical_id(question, grantee["ID"]) else None
    return None


def is_callers_canonical_id(question: Question, identifier: str) -> bool:
    """An id that the request does not map may be anybody's."""
    account = account_of_canonical(question.request, identifier)
    if not account and identifier == ((setting(question, "BucketAcl", {}) or {}).get("Owner") or {}).get("ID"):
        account = question.owner
    return account == question.caller.account if account else question.ask(f"CanonicalIds[{identifier}]:caller")


# ----------------------------------------------------------------------------------------------------- Block Public Access, 6c


def block_public_access(question: Question, flag: str) -> bool:
    """The effective flag: OR over bucket, account and organization (R6.20)."""
    blocks = setting(question, "PublicAccessBlock", {})
    if blocks is None:
        return question.ask(f"PublicAccessBlock:{flag}")
    unknown = False
    for level in ("bucket", "account", "organization"):
        block = blocks.get(level, {})
        value = None if block is None else block.get(flag, False)
        if value is True:
            return True
        unknown = unknown or value is None
    return unknown and question.ask(f"PublicAccessBlock:{flag}")


def public_buckets_restricted(question: Question) -> bool:
    return block_public_access(question, "RestrictPublicBuckets") and policy_is_public(question)


def policy_is_public(question: Question) -> bool:
    """AWS's own verdict where it is known, else R6.23."""
    status = setting(question, "PolicyStatus", None)
    if status is not None and status.get("IsPublic") is not None:
        return bool(status["IsPublic"])
    for policy in resource_policy(question.request):
        if policy.statements is None:
            return question.ask("resource_policy:public")
        return any(grants_to_the_public(each) for each in policy.statements if each.effect == "Allow")
    return False


# R6.23: keys whose fixed value makes a grant non-public; "the other principal keys" are those that tell who calls.
FIXING_KEYS = frozenset(
    "aws:principalorgid aws:principalorgpaths aws:principalarn aws:principalaccount aws:principalservicename "
    "aws:principalservicenameslist aws:sourcearn aws:sourcevpc aws:sourcevpce aws:sourceowner aws:sourceaccount aws:userid "
    "s3:dataaccesspointarn s3:dataaccesspointaccount".split()
)
FIXING_OPERATORS = frozenset("stringequals stringequalsignorecase stringlike arnequals arnlike".split())


def grants_to_the_public(statement: Statement) -> bool:
    """True unless the principal is fixed, or a condition fixes it."""
    if statement.principal is None and statement.not_principal is None:
        return False  # it grants to nobody
    if statement.principal is not None and all(value != "*" for _, value in entries(statement.principal)):
        return False
    for operator, block in statement.condition.items():
        for key, values in block.items():
            if fixes_the_caller(operator, key.lower(), [text_of(value) for value in listed(values)]):
                return False
    return True


def fixes_the_caller(operator: str, key: str, values: list[str]) -> bool:
    """A positive test, not satisfied by a missing key, with fixed values only."""
    quantifier, base, if_exists = taken_apart(operator)
    if quantifier == "forallvalues" or if_exists or not values:
        return False
    if base == "ipaddress":
        return key == "aws:sourceip" and all(is_narrow_network(value) for value in values)
    if base not in FIXING_OPERATORS or key not in FIXING_KEYS:
        return False
    return all(is_fixed(key, value) for value in values)


def is_fixed(key: str, value: str) -> bool:
    if "${" in value:
        return False
    if key == "s3:dataaccesspointarn":  # a wildcard for the access point's name is fine once the account is fixed
        parts = value.split(":", 5)
        return len(parts) == 6 and not any(character in parts[4] for character in "*?") and parts[4] != ""
    return not any(character in value for character in "*?")


def is_narrow_network(value: str) -> bool:
    """Not broader than /8 (IPv4, private ranges exempt) or /32 (IPv6)."""
    try:
        network = ipaddress.ip_network(value, strict=False)
    except ValueError:
        return False
    if isinstance(network, ipaddress.IPv6Network):
        return network.prefixlen >= 32
    private = [ipaddress.IPv4Network(each) for each in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")]
    return network.prefixlen >= 8 or any(network.subnet_of(each) for each in private)
