"""Asks a whole account or organization and writes the snapshot."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import boto3
from botocore.exceptions import UnknownRegionError

from xgraph.graph.model.coverage import CallOutcome, Outcome
from xgraph.ingest.collect.ask import Clock, Desk, ask
from xgraph.ingest.collect.session import Access, Caller, CollectError, NoAccess, UsageError
from xgraph.ingest.services import SERVICES
from xgraph.ingest.services._service import Call, Scope, Service
from xgraph.ingest.services.organizations import ORGANIZATIONS
from xgraph.ingest.snapshot.batch import Batch
from xgraph.ingest.snapshot.layout import EVERY_REGION, GLOBAL
from xgraph.ingest.snapshot.store import SnapshotWriter

ENABLED = "enabled"

_REGIONS = Service(
    name="ec2",
    description="Which regions an account has enabled",
    scope=Scope.GLOBAL,
    calls=(Call("describe_regions", ("ec2:DescribeRegions",)),),
    normalize=lambda _: NotImplemented,
)


@dataclass(frozen=True, slots=True)
class Step:
    """Progress: `done` of `total` (None when nobody knows) of what `name` says."""

    name: str
    done: int
    total: int | None = None


@dataclass(frozen=True, slots=True)
class Collected:
    """What a collection has made."""

    id: str
    accounts: tuple[str, ...]
    coverage: tuple[CallOutcome, ...]

    @property
    def is_complete(self) -> bool:
        """Whether every call was answered, also with "there is none"."""
        return all(row.outcome.is_known for row in self.coverage)


def collect(
    access: Access,
    out: Path,
    *,
    whole_organization: bool = False,
    states_no_organization: bool = False,
    regions: tuple[str, ...] = (),
    workers: int = 8,
    name: str = "",
    force: bool = False,
    progress: Callable[[Step], None] = lambda _: None,
) -> Collected:
    """Makes every declared call and writes the snapshot to `out`: of the caller's account, or of every active one.

    `regions`: names, or `enabled` for those that each account has enabled; by default the one that the credentials are set up for.
    Raises UsageError, SnapshotError (nothing is asked then) or CollectError; an interrupt leaves `out` as it was.
    """
    run = _Run(access, _regions(access, regions), progress)
    with SnapshotWriter(out, name=name, force=force) as writer:
        caller = access.caller()
        accounts = [caller.account]
        if not states_no_organization:
            accounts = run.organization(caller, writer, whole=whole_organization)
        writer.states_no_organization |= states_no_organization
        run.accounts(accounts, caller, writer, workers)
        return Collected(writer.finish(run.collected()), tuple(sorted(writer.accounts)), tuple(writer.coverage))


def _regions(access: Access, names: tuple[str, ...]) -> tuple[str, ...]:
    own = access.own().region_name
    if not (names or own):
        raise UsageError("no region is configured: name one with --region, several with --regions, or all with --regions enabled")
    for name in names or (own,):
        try:
            if name != ENABLED:
                access.own().get_partition_for_region(name)
        except UnknownRegionError:
            raise UsageError(f"there is no region `{name}`") from None
    return names or (own,)


class _Run:
    """One collection on its way."""

    def __init__(self, access: Access, regions: tuple[str, ...], progress: Callable[[Step], None]) -> None:
        self._access = access
        self._regions = regions
        self._progress = progress
        self._stop = threading.Event()
        self._count = threading.Lock()
        self._calls = 0
        self._started = datetime.now(UTC)
        self._clocks: dict[str, Clock] = {}

    def organization(self, caller: Caller, writer: SnapshotWriter, *, whole: bool) -> list[str]:
        """Asks about the organization and gives the accounts to collect."""
        batch = Batch(caller.account, ORGANIZATIONS.name)
        self._ask(ORGANIZATIONS, batch, self._access.own())
        head = next((each.answer["Organization"] for each in batch.answers if each.call == "describe_organization"), None)
        if head is None:
            row = next(row for row in batch.rows if row.call == "describe_organization")
            if whole and row.outcome is Outcome.EMPTY:
                raise UsageError(f"the account `{caller.account}` is in no organization: leave out --organization")
            if whole:
                raise CollectError(f"the organization can't be read from the account `{caller.account}`: {row.error}")
            writer.states_no_organization = row.outcome is Outcome.EMPTY
            writer.cover(*batch.rows)
            return [caller.account]
        writer.put(_under(batch, head["Id"], head["MasterAccountId"]))
        return sorted({caller.account, *_active(batch)}) if whole else [caller.account]

    def accounts(self, accounts: list[str], caller: Caller, writer: SnapshotWriter, workers: int) -> None:
        """Asks accounts side by side; their batches are written here, in the thread that owns the writer."""
        pool = ThreadPoolExecutor(max_workers=max(1, min(workers, len(accounts))), thread_name_prefix="xgraph")
        try:
            pending = {pool.submit(self._account, account, caller) for account in accounts}
            done = 0
            self._progress(Step("accounts", 0, len(accounts)))
            while pending:
                finished, pending = wait(pending, return_when=FIRST_COMPLETED)
                for future in finished:
                    done += 1
                    self._write(future, writer)
                    self._progress(Step("accounts", done, len(accounts)))
        finally:
            self._stop.set()
            pool.shutdown(wait=True, cancel_futures=True)

    def collected(self) -> Mapping[str, Any]:
        """What belongs into `collected.json`."""
        finished = datetime.now(UTC)
        return {
            "started": self._started,
            "finished": finished,
            "seconds": round((finished - self._started).total_seconds(), 3),
            "places": {path: asdict(clock) for path, clock in self._clocks.items()},
        }

    @staticmethod
    def _write(future: Future[list[Batch]], writer: SnapshotWriter) -> None:
        for batch in future.result():
            writer.put(batch)

    def _account(self, account: str, caller: Caller) -> list[Batch]:
        try:
            session = self._access.session(account, caller)
        except NoAccess as reason:
            return list(_not_reached(account, reason))
        batches = []
        regions = self._regions
        if ENABLED in regions:
            batch, regions = self._enabled_regions(account, session)
            batches.append(batch)
        for service in SERVICES:
            if service.scope is Scope.ORGANIZATION:
                continue
            for region in regions if service.scope is Scope.REGIONAL else (GLOBAL,):
                batch = Batch(account, service.name, region)
                self._ask(service, batch, session)
                batches.append(batch)
        return batches

    def _enabled_regions(self, account: str, session: boto3.Session) -> tuple[Batch, tuple[str, ...]]:
        """The regions an account has enabled; when it does not say, its session's one, and coverage tells that others may be missing."""
        batch = Batch(account, _REGIONS.name)
        self._ask(_REGIONS, batch, session)
        names = {region["RegionName"] for each in batch.answers for region in each.answer.get("Regions", ())}
        return batch, tuple(sorted(names)) or tuple(filter(None, (session.region_name,)))

    def _ask(self, service: Service, batch: Batch, session: boto3.Session) -> None:
        clients: dict[str, Any] = {}

        def client(name: str) -> Any:
            if name not in clients:
                clients[name] = self._access.client(session, name, None if batch.region == GLOBAL else batch.region)
            return clients[name]

        if self._is_absent(service, batch.region, session):
            batch.ended(Outcome.ABSENT, service.calls[0].name, {}, "the service is not in this region")
            return
        self._clocks[batch.place.path] = ask(service, batch, Desk(client, self._stop.is_set, self._told))

    def _is_absent(self, service: Service, region: str, session: boto3.Session) -> bool:
        """Whether boto3 knows the region and knows that the service is not in it."""
        if region == GLOBAL or self._access.endpoint_url:
            return False
        partition = session.get_partition_for_region(region)
        known = session.get_available_regions("sts", partition_name=partition)
        return region in known and region not in session.get_available_regions(service.name, partition_name=partition)

    def _told(self) -> None:
        with self._count:
            self._calls += 1
            calls = self._calls
        self._progress(Step("calls", calls))


def _under(batch: Batch, organization: str, management: str) -> Batch:
    """An organization's batch, under its id and with the outcomes under its management account, whoever has asked."""
    moved = Batch(organization, batch.service, asked=management)
    for each in batch.answers:
        moved.ok(*each)
    moved.rows.extend(
        CallOutcome(management, row.region, row.service, row.call, row.parameters, row.outcome, row.error)
        for row in batch.rows
        if row.outcome is not Outcome.OK
    )
    return moved


def _active(batch: Batch) -> Iterator[str]:
    for each in batch.answers:
        if each.call == "list_accounts_for_parent":
            for account in each.answer["Accounts"]:
                if account.get("State", account.get("Status")) == "ACTIVE":
                    yield account["Id"]


def _not_reached(account: str, reason: NoAccess) -> Iterable[Batch]:
    """What an account without access says: for each service that its first call was not to be made."""
    for service in SERVICES:
        if service.scope is not Scope.ORGANIZATION:
            batch = Batch(account, service.name, EVERY_REGION if service.scope is Scope.REGIONAL else GLOBAL)
            batch.ended(reason.outcome, service.calls[0].name, {}, reason.error)
            yield batch
