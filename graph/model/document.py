"""A policy as it is written, with its name."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class PolicyType(StrEnum):
    """Where a statement stands; the closed list of contract section 4."""

    IDENTITY = "identity"
    GROUP = "group"
    BOUNDARY = "boundary"
    SESSION = "session"
    TRUST = "trust"
    RESOURCE = "resource"
    ACL = "acl"
    GRANT = "grant"
    SCP = "scp"
    RCP = "rcp"
    ENDPOINT = "endpoint"
    SERVICE_RULE = "service-rule"


@dataclass(frozen=True, slots=True)
class Policy:
    """One policy document under the name that evidence gives it.

    `name` is an ARN, or `OWNER-ARN#inline/NAME`, `OWNER-ARN#trust`, `OWNER-ARN#resource-policy`.
    `document` is its JSON text as stored; None means that it exists but was not read (unknown, never "allows nothing").
    """

    name: str
    document: str | None
