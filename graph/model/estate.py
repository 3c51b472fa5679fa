"""Everything in one snapshot, as values that do not look like AWS answers any more."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from .coverage import CallOutcome
from .document import Policy
from .holder import Cluster, Holder
from .identity_center import IdentityCenter
from .organization import Account, Level, Organization
from .principal import Group, Principal
from .resource import Resource


@dataclass(frozen=True, slots=True)
class Estate:
    """All accounts of a snapshot.

    Keys: `accounts` by account id, `organizations` by organization id, `principals` by ARN (users and roles, no root users),
    `groups`, `resources`, `holders`, `clusters` and `identity_centers` by ARN, `providers` OIDC and SAML provider ARNs, `client_ids` the audiences
    that an OIDC provider takes tokens for, by its ARN as far as that was read, `canonical_ids` canonical user id → account id. `states_no_organization`: the user has said that there is none. `outcomes` are the calls that did not end in `ok` or
    `empty`.
    """

    snapshot_id: str
    name: str
    accounts: Mapping[str, Account]
    organizations: Mapping[str, Organization] = field(default_factory=dict)
    principals: Mapping[str, Principal] = field(default_factory=dict)
    groups: Mapping[str, Group] = field(default_factory=dict)
    resources: Mapping[str, Resource] = field(default_factory=dict)
    providers: frozenset[str] = frozenset()
    client_ids: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    canonical_ids: Mapping[str, str] = field(default_factory=dict)
    states_no_organization: bool = False
    outcomes: tuple[CallOutcome, ...] = ()
    holders: Mapping[str, Holder] = field(default_factory=dict)
    clusters: Mapping[str, Cluster] = field(default_factory=dict)
    identity_centers: Mapping[str, IdentityCenter] = field(default_factory=dict)

    def organization_of(self, account: str) -> Organization | None:
        """The collected organization that the account is a member of (its management account included)."""
        known = self.accounts.get(account)
        return self.organizations.get(known.organization) if known and known.organization else None

    def organization_path(self, account: str) -> tuple[str, ...]:
        """Targets from the root down to the account itself; empty when the account is in no collected organization."""
        organization = self.organization_of(account)
        if organization is None:
            return ()
        chain = [account]
        above: str | None = self.accounts[account].parent
        while above and above not in chain:
            chain.append(above)
            unit = organization.units.get(above)
            above = unit.parent if unit else None
        return tuple(reversed(chain))

    def blocks_public_s3(self, account: str) -> bool | None:
        """Whether an S3 policy of the organization turns Block Public Access on for all buckets of the account; None: unknown."""
        organization = self.organization_of(account)
        if organization is None or organization.blocks_public_s3 is None:
            return False if organization is None else None
        return not organization.blocks_public_s3.isdisjoint(self.organization_path(account))

    def levels(self, account: str, kind: str) -> tuple[Level, ...] | None:
        """SCP (`kind` "scp") or RCP ("rcp") levels that apply to a member account, root first.

        Empty when none apply: no organization, the management account, or a policy type that is off. None when unknown: an
        account outside the collected organizations may be in another one.
        """
        organization = self.organization_of(account)
        if organization is None:
            return () if self.states_no_organization else None
        enabled = organization.scps_enabled if kind == "scp" else organization.rcps_enabled
        if account == organization.management_account or enabled is False:
            return ()
        attached: Mapping[str, tuple[Policy, ...]] = organization.scps if kind == "scp" else organization.rcps
        path = self.organization_path(account)
        if (enabled is None and not attached) or not self.accounts[account].parent:
            return None
        # AWS keeps at least one SCP attached everywhere, so a level without any was not read (U-19).
        return tuple(Level(target, (attached.get(target) or None) if kind == "scp" else attached.get(target)) for target in path)
