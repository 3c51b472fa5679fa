"""The shape of `resource_settings` in a self-contained request (docs/requests.md), checked before a service's rules read it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from .services._canned import CANNED

# Every setting whose absence would say something: null for all of them is "nothing is known of the resource's settings".
UNKNOWN_SETTINGS: Mapping[str, Any] = dict.fromkeys(
    (
        *("ObjectOwnership", "BucketAcl", "ObjectAcl", "ObjectOwner", "PublicAccessBlock", "EncryptionKey", "Tags", "ObjectTags"),
        *("AccessPoint", "AuthorizationType", "EndpointType", "FunctionUrl", "SharedWith"),
        *("VPCOptions", "AdvancedSecurityOptions", "PodIdentityAssociation", "ClientIds"),
    ),
)


def flaw_in(settings: Mapping[str, Any]) -> str | None:
    """What is wrong with the settings, as a sentence; None when they can be read. Null is always allowed: not known."""
    for name, (is_right, shape) in _SHAPES.items():
        value = settings.get(name)
        if value is not None and not is_right(value):
            return f"`{name}` in `resource_settings` is no {shape}"
    return None


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_texts(value: Any) -> bool:
    return isinstance(value, (list, tuple)) and all(isinstance(each, str) for each in value)


def _is_text_map(value: Any) -> bool:
    return isinstance(value, Mapping) and all(isinstance(text, str) for pair in value.items() for text in pair)


def _is_acl(value: Any) -> bool:
    if not isinstance(value, Mapping):
        return False
    grants = value.get("Grants", [])
    return isinstance(grants, (list, tuple)) and all(map(_is_grant, grants))


def _is_grant(value: Any) -> bool:
    if not isinstance(value, Mapping) or not isinstance(value.get("Permission", ""), str):
        return False
    grantee = value.get("Grantee", {})
    return isinstance(grantee, Mapping) and all(isinstance(text, (str, type(None))) for text in grantee.values())


def _is_block(value: Any) -> bool:
    """Levels of Block Public Access: AWS's flags, one flag for all of them, or null."""
    if not isinstance(value, Mapping) or not all(isinstance(level, str) for level in value):
        return False
    return all(flags is None or isinstance(flags, bool) or _is_flags(flags) for flags in value.values())


def _is_flags(value: Any) -> bool:
    return isinstance(value, Mapping) and all(isinstance(flag, bool) for flag in value.values())


def _is_status(value: Any) -> bool:
    return isinstance(value, Mapping) and isinstance(value.get("IsPublic", False), bool)


def _is_flag(value: Any) -> bool:
    return isinstance(value, bool)


def _is_key(value: Any) -> bool:
    """A further resource of the call: its owner, its policy and its own settings."""
    if not isinstance(value, Mapping) or not isinstance(value.get("account") or "", str):
        return False
    return flaw_in(value) is None and not isinstance(value.get("policy"), (list, bool, int, float))


def _is_keys(value: Any) -> bool:
    return (
        isinstance(value, Mapping)
        and all(isinstance(arn, str) for arn in value)
        and all(one is None or _is_key(one) for one in value.values())
    )


def _is_source(value: Any) -> bool:
    if not _is_key(value) or not isinstance(value.get("resource"), str):
        return False
    settings = value.get("settings") or {}
    return isinstance(settings, Mapping) and flaw_in(settings) is None


def _is_grants(value: Any) -> bool:
    """What ListGrants returns."""
    return isinstance(value, (list, tuple)) and all(map(_is_key_grant, value))


def _is_key_grant(value: Any) -> bool:
    if not isinstance(value, Mapping):
        return False
    names = ("GrantId", "GranteePrincipal", "RetiringPrincipal")
    operations, constraints = value.get("Operations") or (), value.get("Constraints") or {}
    is_right = isinstance(operations, (list, tuple)) and all(map(_is_text, operations)) and isinstance(constraints, Mapping)
    return is_right and all(map(_is_text_map, constraints.values())) and all(isinstance(value.get(name) or "", str) for name in names)


def _is_mapping(value: Any) -> bool:
    return isinstance(value, Mapping)


def _is_sharing(value: Any) -> bool:
    return isinstance(value, str) or (isinstance(value, (list, tuple)) and all(map(_is_text, value)))


def _is_access_point(value: Any) -> bool:
    """The bucket behind an access point, and the VPC that the access point is bound to."""
    if not isinstance(value, Mapping):
        return False
    bucket, vpc = value.get("Bucket") or {}, value.get("VpcConfiguration") or {}
    return _is_key(bucket) and isinstance(bucket.get("name") or "", str) and isinstance(vpc, Mapping)


_TEXT = (_is_text, "text")
_FLAG = (_is_flag, "`true` or `false`")
_KEY = (_is_key, "key `{policy, Grants, account, KeyManager}`")
_TEXT_MAP = (_is_text_map, "object with texts in it")


def _acl(kind: str) -> tuple[Callable[[Any], bool], str]:
    shape = "ACL `{Owner, Grants: [{Grantee, Permission}]}` and no name of a canned ACL"
    return lambda value: value in CANNED[kind] if isinstance(value, str) else _is_acl(value), shape


_SHAPES: dict[str, tuple[Callable[[Any], bool], str]] = {
    "ObjectOwnership": _TEXT,
    "ObjectOwner": _TEXT,
    "BucketAbac": _TEXT,
    "Region": _TEXT,
    "EncryptionKey": _TEXT,
    "Key": _KEY,
    "Keys": (_is_keys, "object of keys by ARN"),
    "DestinationKey": _TEXT,
    "TargetKey": _TEXT,
    "CurrentKey": _TEXT,
    "CopySource": (_is_source, "object `{resource, account, policy, settings}`"),
    "Grants": (_is_grants, "list of grants as ListGrants returns them"),
    "KeyManager": _TEXT,
    "BucketKeyEnabled": _FLAG,
    "Multipart": _FLAG,
    "BucketAcl": _acl("BucketAcl"),
    "ObjectAcl": _acl("ObjectAcl"),
    "PublicAccessBlock": (_is_block, "object of levels, each with AWS's flags"),
    "PolicyStatus": (_is_status, "object `{IsPublic}`"),
    "CanonicalIds": _TEXT_MAP,
    "Tags": _TEXT_MAP,
    "ObjectTags": _TEXT_MAP,
    "AccessPoint": (_is_access_point, "object `{Bucket, VpcConfiguration}`"),
    "SupportingAccessPoint": _TEXT,
    "Transformations": (_is_text_map, "object of functions by the calls that they answer"),
    "AuthorizationType": _TEXT,
    "EndpointType": _TEXT,
    "FunctionUrl": (_is_text_map, "object `{AuthType, CreationTime}`"),
    "VPCOptions": (_is_mapping, "object as AWS returns it"),
    "AdvancedSecurityOptions": (_is_mapping, "object as AWS returns it"),
    "PodIdentityAssociation": (_is_mapping, "object as AWS returns it"),
    "ClientIds": (_is_texts, "list of texts"),
    "RamShare": _TEXT,
    "RegistryPolicy": _TEXT,
    "SharedWith": (_is_sharing, "list of accounts, or `all`"),
}
