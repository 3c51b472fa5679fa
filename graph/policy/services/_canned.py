"""Canned ACLs of S3: the words that stand for a list of grants (R6.15). Source: S3 User Guide, "Access control list (ACL) overview"."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

# Stands in a grant for the canonical id of the bucket's owner, whoever that is.
BUCKET_OWNER = "bucket-owner"

_GROUPS = "http://acs.amazonaws.com/groups/"


def _to(group: str, *permissions: str) -> tuple[Mapping[str, Any], ...]:
    return tuple({"Grantee": {"Type": "Group", "URI": f"{_GROUPS}{group}"}, "Permission": permission} for permission in permissions)


def _to_bucket_owner(permission: str) -> tuple[Mapping[str, Any], ...]:
    return ({"Grantee": {"Type": "CanonicalUser", "ID": BUCKET_OWNER}, "Permission": permission},)


_ANYWHERE: Mapping[str, tuple[Mapping[str, Any], ...]] = {
    "private": (),
    "public-read": _to("global/AllUsers", "READ"),
    "public-read-write": _to("global/AllUsers", "READ", "WRITE"),
    "authenticated-read": _to("global/AuthenticatedUsers", "READ"),
    "aws-exec-read": (),  # to Amazon EC2's own account, as which nobody calls
}

# By kind of ACL, the grants besides the owner's, who needs none (R6.13).
CANNED: Mapping[str, Mapping[str, tuple[Mapping[str, Any], ...]]] = {
    "BucketAcl": {**_ANYWHERE, "log-delivery-write": _to("s3/LogDelivery", "WRITE", "READ_ACP")},
    "ObjectAcl": {
        **_ANYWHERE,
        "bucket-owner-read": _to_bucket_owner("READ"),
        "bucket-owner-full-control": _to_bucket_owner("FULL_CONTROL"),
    },
}


def grants_of(acl: Mapping[str, Any] | str, kind: str) -> tuple[Mapping[str, Any], ...]:
    """The grants of a `BucketAcl` or `ObjectAcl` (`kind`), which may be the name of a canned one."""
    return CANNED[kind][acl] if isinstance(acl, str) else tuple(acl.get("Grants", ()))
