"""Folds the answers of all services into one Estate: a value in, a value out."""

from __future__ import annotations

import gc
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace

from xgraph.graph.model.arn import parse_arn
from xgraph.graph.model.coverage import CallOutcome, Outcome
from xgraph.graph.model.estate import Estate
from xgraph.graph.model.holder import Holder
from xgraph.graph.model.organization import Account
from xgraph.graph.model.resource import Resource
from xgraph.ingest.services import SERVICES
from xgraph.ingest.services._answers import Answers
from xgraph.ingest.services._documents import Documents
from xgraph.ingest.services._found import Found
from xgraph.ingest.snapshot.layout import ORGANIZATIONS, Place
from xgraph.ingest.snapshot.read import Snapshot


def build_estate(snapshot: Snapshot) -> Estate:
    """Everything that the snapshot tells.

    Raises SnapshotError when an answer has not the shape that AWS gives it. Services of a later xgraph are left aside.
    """
    with paused_garbage_collector():
        return _fold(snapshot, tuple(_read(snapshot)))


@contextmanager
def paused_garbage_collector() -> Iterator[None]:
    """Loading makes many objects and no cycles: looking for some takes most of the time."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _read(snapshot: Snapshot) -> Iterator[tuple[Place, Found]]:
    documents = Documents()
    normalize = {service.name: service.normalize for service in SERVICES}
    outcomes: defaultdict[tuple[str, str, str], list[CallOutcome]] = defaultdict(list)
    of_organizations = []
    for row in snapshot.coverage:
        outcomes[row.account, row.service, row.region].append(row)
        if row.service == ORGANIZATIONS:
            of_organizations.append(row)
    for place, content in sorted(snapshot.files.items()):
        if place.service in normalize:
            is_organization = place.service == ORGANIZATIONS
            rows = of_organizations if is_organization else outcomes[place.account, place.service, place.region]
            yield place, normalize[place.service](Answers(place, content, rows, documents))


def _fold(snapshot: Snapshot, found: tuple[tuple[Place, Found], ...]) -> Estate:
    canonical_ids = {key: account for _, each in found for key, account in each.canonical_ids.items()}
    return Estate(
        snapshot_id=snapshot.id,
        name=snapshot.name,
        accounts=_accounts(snapshot, found, canonical_ids),
        organizations={each.organization.id: each.organization for _, each in found if each.organization},
        principals={principal.arn: principal for _, each in found for principal in each.principals},
        groups={group.arn: group for _, each in found for group in each.groups},
        resources=_resources(found),
        providers=frozenset(arn for _, each in found for arn in each.providers),
        client_ids={arn: ids for _, each in found for arn, ids in sorted(each.client_ids.items())},
        canonical_ids=canonical_ids,
        states_no_organization=snapshot.states_no_organization,
        outcomes=tuple(row for row in snapshot.coverage if row.outcome not in (Outcome.OK, Outcome.EMPTY)),
        holders={one.arn: one for one in _holders(found)},
        clusters={cluster.arn: cluster for _, each in found for cluster in each.clusters},
        identity_centers={center.arn: center for _, each in found for center in each.identity_centers},
    )


def _resources(found: tuple[tuple[Place, Found], ...]) -> dict[str, Resource]:
    """Resources by ARN. Of some, several services tell: what each of them says is put together."""
    resources: dict[str, Resource] = {}
    for resource in (resource for _, each in found for resource in each.resources):
        known = resources.get(resource.arn)
        resources[resource.arn] = resource if known is None else _joined(known, resource)
    return resources


def _joined(one: Resource, other: Resource) -> Resource:
    """Two services' words on one resource; what RAM shares is described by the service that owns it."""
    own, more = (other, one) if "RamShare" in one.settings else (one, other)
    return replace(
        own,
        policy=own.policy or more.policy,
        tags=more.tags if own.tags is None else own.tags,
        settings={**more.settings, **own.settings},
        objects=own.objects or more.objects,
    )


def _holders(found: tuple[tuple[Place, Found], ...]) -> Iterator[Holder]:
    """Compute with its role; an instance's comes from its instance profile."""
    profiles = {arn: role for _, each in found for arn, role in each.instance_profiles.items()}
    for _, each in found:
        yield from each.holders
        for holder, profile in each.profiled:
            yield replace(holder, role=profiles.get(profile))


def _accounts(snapshot: Snapshot, found: tuple[tuple[Place, Found], ...], canonical_ids: Mapping[str, str]) -> dict[str, Account]:
    accounts = {account: Account(account) for account in snapshot.accounts}
    accounts |= {account.id: account for _, each in found for account in each.accounts}
    canonical_of = {account: key for key, account in canonical_ids.items()}
    for place, each in found:
        if place.service == ORGANIZATIONS:
            continue
        account = accounts.get(place.account) or Account(place.account)
        accounts[place.account] = replace(
            account,
            alias=each.alias or account.alias,
            is_collected=each.is_collected or account.is_collected,
            canonical_id=canonical_of.get(place.account, ""),
            partition=_partition(each) or account.partition,
        )
    return dict(sorted(accounts.items()))


def _partition(found: Found) -> str:
    arns = [each.arn for each in found.principals[:1]] + [each.arn for each in found.resources[:1]]
    return next((parsed.partition for arn in arns if (parsed := parse_arn(arn))), "")
