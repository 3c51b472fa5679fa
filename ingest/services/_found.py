"""What the answers at one place tell."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from xgraph.graph.model.document import Policy
from xgraph.graph.model.holder import Cluster, Holder
from xgraph.graph.model.identity_center import IdentityCenter
from xgraph.graph.model.organization import Account, Organization
from xgraph.graph.model.principal import Group, Principal
from xgraph.graph.model.resource import Resource


@dataclass(frozen=True, slots=True)
class Found:
    """Model values of one service, account and region; each service fills what it knows of.

    `is_collected`: the account's identities were read. `accounts` are those that an organization lists. `holders` is compute with the
    role that it holds; `profiled` are instances with the ARN of their instance profile, `instance_profiles` maps those to roles.
    """

    principals: tuple[Principal, ...] = ()
    groups: tuple[Group, ...] = ()
    managed_policies: tuple[Policy, ...] = ()
    providers: tuple[str, ...] = ()
    client_ids: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    alias: str = ""
    is_collected: bool = False
    resources: tuple[Resource, ...] = ()
    canonical_ids: Mapping[str, str] = field(default_factory=dict)
    organization: Organization | None = None
    accounts: tuple[Account, ...] = ()
    holders: tuple[Holder, ...] = ()
    profiled: tuple[tuple[Holder, str], ...] = ()
    instance_profiles: Mapping[str, str] = field(default_factory=dict)
    clusters: tuple[Cluster, ...] = ()
    identity_centers: tuple[IdentityCenter, ...] = ()
