"""The shape of `resource_settings` in a self-contained request (docs/requests.md), checked before a service's rules read it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

# Every setting whose absence would say something: null for all of them is "nothing is known of the resource's settings".
UNKNOWN_SETTINGS: Mapping[str, Any] = dict.fromkeys(
    ("ObjectOwnership", "BucketAcl", "ObjectAcl", "ObjectOwner", "PublicAccessBlock", "EncryptionKey", "Tags", "ObjectTags"),
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


_TEXT = (_is_text, "text")
_TEXT_MAP = (_is_text_map, "object with texts in it")
_ACL = (_is_acl, "ACL `{Owner, Grants: [{Grantee, Permission}]}`")

_SHAPES: dict[str, tuple[Callable[[Any], bool], str]] = {
    "ObjectOwnership": _TEXT,
    "ObjectOwner": _TEXT,
    "BucketAbac": _TEXT,
    "Region": _TEXT,
    "EncryptionKey": _TEXT,
    "BucketAcl": _ACL,
    "ObjectAcl": _ACL,
    "PublicAccessBlock": (_is_block, "object of levels, each with AWS's flags"),
    "PolicyStatus": (_is_status, "object `{IsPublic}`"),
    "CanonicalIds": _TEXT_MAP,
    "Tags": _TEXT_MAP,
    "ObjectTags": _TEXT_MAP,
}
