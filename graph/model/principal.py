"""Users, roles and groups as they were collected."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from .document import Policy


class PrincipalKind(StrEnum):
    """Kinds of IAM identities that make requests."""

    USER = "user"
    ROLE = "role"
    ROOT = "root"


@dataclass(frozen=True, slots=True)
class Group:
    """An IAM group: never a principal, it lends policies to its users (PRIN, R1.3)."""

    arn: str
    account: str
    name: str
    policies: tuple[Policy, ...]


@dataclass(frozen=True, slots=True)
class Principal:
    """One IAM user, role or root user.

    `policies` are its own inline and attached policies; those of groups are reached through `groups` (ARNs). `boundary` is
    None when there is none; a boundary that could not be read is a Policy without document. `trust` is set for roles only.
    """

    arn: str
    kind: PrincipalKind
    account: str
    name: str
    path: str = "/"
    unique_id: str = ""
    tags: tuple[tuple[str, str], ...] = ()
    policies: tuple[Policy, ...] = ()
    groups: tuple[str, ...] = ()
    boundary: Policy | None = None
    trust: Policy | None = None
    has_instance_profile: bool = False

    @property
    def is_service_linked(self) -> bool:
        """Whether SCPs and RCPs leave it alone (R4.40, R4.50)."""
        return self.kind is PrincipalKind.ROLE and self.path.startswith("/aws-service-role/")


def root_user(account: str, partition: str = "aws") -> Principal:
    """The root user of an account; every account has one, collected or not."""
    return Principal(arn=f"arn:{partition}:iam::{account}:root", kind=PrincipalKind.ROOT, account=account, name="root")
