"""Organizations: accounts, organizational units and the guardrails attached to them.

Source: AWS Organizations User Guide, "Service control policies" and "Resource control policies".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from .document import Policy


@dataclass(frozen=True, slots=True)
class OrganizationalUnit:
    """An OU or the root (`parent` None)."""

    id: str
    name: str
    parent: str | None


@dataclass(frozen=True, slots=True)
class Level:
    """The policies of one type attached to one target: root, OU or account. `policies` None: not collected."""

    target: str
    policies: tuple[Policy, ...] | None


@dataclass(frozen=True, slots=True)
class Organization:
    """One organization. `scps`/`rcps` map a target (root, OU, account) to attached policies; a target that is missing was
    not collected. `scps_enabled`/`rcps_enabled` None: unknown. `blocks_public_s3`: targets below which S3 policies turn Block Public
    Access on, None: unknown. `delegated`: accounts that administer services for the organization, with the services' principals."""

    id: str
    management_account: str
    root: str = ""
    units: Mapping[str, OrganizationalUnit] = field(default_factory=dict)
    scps_enabled: bool | None = None
    rcps_enabled: bool | None = None
    scps: Mapping[str, tuple[Policy, ...]] = field(default_factory=dict)
    rcps: Mapping[str, tuple[Policy, ...]] = field(default_factory=dict)
    blocks_public_s3: frozenset[str] | None = frozenset()
    delegated: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Account:
    """An account that the snapshot knows of. `is_collected`: its IAM identities were read.

    `organization` is the id of its organization, None when it is in none that was collected. `parent` is its OU or root,
    "" when unknown. `is_own`: ours although it is in no collected organization, as the user says.
    """

    id: str
    name: str = ""
    alias: str = ""
    organization: str | None = None
    parent: str = ""
    canonical_id: str = ""
    is_collected: bool = False
    partition: str = "aws"
    is_own: bool = False
