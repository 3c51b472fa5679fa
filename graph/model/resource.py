"""Resources that carry a policy, an ACL or settings that limit access."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from .document import Policy


@dataclass(frozen=True, slots=True)
class StoredObject:
    """One object of a bucket. `owner` is an account id or a canonical user id, None when not known.

    `acl` is None when it was not read, else AWS's shape {"Owner": …, "Grants": […]}. `key_id` is the KMS key that encrypts it,
    "" for none.
    """

    key: str
    owner: str | None = None
    acl: Mapping[str, Any] | None = None
    tags: tuple[tuple[str, str], ...] | None = None
    key_id: str | None = None


@dataclass(frozen=True, slots=True)
class Resource:
    """One resource with its owner. `policy` is None when AWS says there is none; `policy.document` None when unread.

    `settings` holds what only its own service reads (docs/requests.md, `resource_settings`); a key whose value is None was
    not collected. `tags` is None when they were not read.
    """

    arn: str
    account: str
    service: str
    type: str
    region: str = ""
    policy: Policy | None = None
    tags: tuple[tuple[str, str], ...] | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)
    objects: tuple[StoredObject, ...] = ()
