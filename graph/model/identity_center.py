"""IAM Identity Center: who is assigned which permission set in which account.

Source: IAM Identity Center API reference, "ListAccountAssignments"; Identity Store API reference, "ListGroupMemberships".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, order=True)
class Assignment:
    """A permission set that a user or group (`principal_kind` "USER" or "GROUP") has in one account.

    `permission_set` is its ARN, `name` its name, "" when not read.
    """

    account: str
    permission_set: str
    name: str
    principal_kind: str
    principal: str


@dataclass(frozen=True, slots=True)
class IdentityCenter:
    """One instance with its directory.

    `users` and `groups` map ids to names. `members` maps a group to its users; a group that is missing was not read.
    `is_whole`: every permission set's assignments were read; else there may be more of them.
    """

    arn: str
    account: str
    store: str
    users: Mapping[str, str] = field(default_factory=dict)
    groups: Mapping[str, str] = field(default_factory=dict)
    members: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    assignments: tuple[Assignment, ...] = ()
    is_whole: bool = True
