"""Asks accounts and regions side by side and writes the snapshot."""

from __future__ import annotations

import contextlib
import signal
import threading
import time
from collections import Counter as Count
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from queue import SimpleQueue
from types import FrameType
from typing import Any

from botocore.exceptions import UnknownRegionError

from xgraph.graph.model.coverage import CallOutcome, Outcome
from xgraph.ingest.collect.ask import Clock, Desk, ask
from xgraph.ingest.collect.plan import ENABLED, REGIONS, Plan, chosen_accounts
from xgraph.ingest.collect.progress import Counter, Listener
from xgraph.ingest.collect.session import Access, Caller, CollectError, Entered, Expired, NoAccess, UsageError
from xgraph.ingest.services import SERVICES
from xgraph.ingest.services._service import Scope, Service
from xgraph.ingest.services.organizations import ORGANIZATIONS
from xgraph.ingest.snapshot.batch import Batch
from xgraph.ingest.snapshot.collection import Begin, Collection
from xgraph.ingest.snapshot.earlier import ORGANIZATION, Key
from xgraph.ingest.snapshot.layout import EVERY_REGION, GLOBAL
from xgraph.ingest.snapshot.tally import LEFT_OUT, Tally

NO_REGIONS = "which regions are enabled is not known"
_LISTING = ("list_roots", "list_organizational_units_for_parent", "list_accounts_for_parent")
_IN_ADVANCE = 4  # accounts that are entered before those before them are finished

Task = Callable[[], None]

_SERVICES = {service.name: service for service in (REGIONS, *SERVICES)}


@dataclass(frozen=True, slots=True)
class Collected:
    """What a collection has made. `id` is "" when the snapshot that was there before still is.

    `stopped`: why not everything was asked: `interrupted`, or a sentence; "" when everything was.
    """

    id: str
    accounts: tuple[str, ...]
    tally: Tally
    calls: int
    seconds: float
    stopped: str = ""

    @property
    def is_complete(self) -> bool:
        """Whether every call was answered, also with "there is none"."""
        return self.tally.is_complete


def collect(
    access: Access,
    out: Path,
    plan: Plan | None = None,
    *,
    begin: Begin = Begin.NEW,
    workers: int = 16,
    name: str = "",
    listener: Listener = lambda _: None,
) -> Collected:
    """Makes every declared call and writes the snapshot to `out`: of the caller's account, or of every account that `plan` wants.

    A collection that is resumed goes on with the plan that it began with. An interrupt, expired credentials and a full disk end it
    early: `out` is a whole snapshot then, in which calls are `not-tried`, or is as it was, and can be resumed.
    Raises UsageError, SnapshotError (nothing is asked then) or CollectError.
    """
    plan = plan or Plan()
    with Collection(out, begin, plan.to_json()) as collection:
        plan = Plan.from_json(collection.plan)
        access = replace(access, role_names=access.role_names or plan.roles)
        run = _Run(access, plan, collection, workers)
        with run.interruptible():
            try:
                caller = access.caller()
                run.regions = _regions(access, plan.regions)
                accounts = run.organization(caller)
            except (UsageError, CollectError):
                if begin is not Begin.RESUME:
                    collection.give_up()
                raise
            run.ask_all(accounts, caller, listener)
            return run.finish(accounts, name)


def _regions(access: Access, names: tuple[str, ...]) -> tuple[str, ...]:
    own = access.own().session
    if not (names or own.region_name):
        raise UsageError("no region is configured: name one with --region, several with --regions, or all with --regions enabled")
    for name in names or (own.region_name,):
        try:
            if name != ENABLED:
                own.get_partition_for_region(name)
        except UnknownRegionError:
            raise UsageError(f"there is no region `{name}`") from None
    return names or (own.region_name,)


class _Run:
    """One collection on its way."""

    def __init__(self, access: Access, plan: Plan, collection: Collection, workers: int) -> None:
        self._stop = threading.Event()
        patience = access.patience
        if patience.sleep is time.sleep:
            patience = replace(patience, sleep=self._stop.wait)
        self._access = replace(access, patience=replace(patience, is_over=self._stop.is_set))
        self._plan = plan
        self._collection = collection
        self._workers = workers
        self._started = datetime.now(UTC)
        self._planned: dict[str, list[Key]] = {}  # what is asked in each account that was entered
        self._stopped = ""
        self._none = plan.none
        self._counter = Counter(0, lambda _: None)
        self._pool = ThreadPoolExecutor(max_workers=workers, thread_name_prefix="xgraph-call")
        self.regions: tuple[str, ...] = ()

    @contextlib.contextmanager
    def interruptible(self) -> Iterator[None]:
        """Ctrl-C stops asking, and what there is is written down; the second one leaves at once, with what the journals hold.

        A signal's handler and no exception: that could come between two lines that belong together.
        """
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = signal.signal(signal.SIGINT, self._interrupt)
        try:
            yield
        finally:
            signal.signal(signal.SIGINT, before)

    def _interrupt(self, _signal: int, _frame: FrameType | None) -> None:
        if self._stop.is_set():
            raise KeyboardInterrupt
        self._end("interrupted")

    # -- the organization

    def organization(self, caller: Caller) -> tuple[str, ...]:
        """Asks about the organization and gives the accounts to collect."""
        if self._plan.refresh:
            return self._accounts_to_refresh(caller)
        alone = tuple(sorted({caller.account, *self._plan.accounts}))
        if self._plan.none:
            return alone
        batch, clock, is_there = self._organization(caller)
        if is_there:
            return self._chosen(batch, caller) if self._plan.whole else alone
        row = next(row for row in batch.rows if row.call == "describe_organization")
        if self._plan.whole and row.outcome is Outcome.EMPTY:
            raise UsageError(f"the account `{caller.account}` is in no organization: leave out --organization")
        if self._plan.whole:
            raise CollectError(f"the organization can't be read from the account `{caller.account}`: {row.error}")
        self._none = row.outcome is Outcome.EMPTY
        self._collection.put(batch, asdict(clock), ORGANIZATION)
        return alone

    def _chosen(self, batch: Batch, caller: Caller) -> tuple[str, ...]:
        """The accounts to collect. Raises CollectError for a caller who may not know them: a member like any other."""
        if not any(each.call == "list_accounts_for_parent" for each in batch.answers):
            error = next((row.error for row in batch.rows if row.call in _LISTING and row.error), "")
            raise CollectError(
                f"the accounts of the organization can't be listed from the account `{caller.account}`: {error}:"
                " use credentials of the management account or of a delegated administrator"
            )
        return chosen_accounts(self._plan, batch)

    def _organization(self, caller: Caller) -> tuple[Batch, Clock, bool]:
        """What the caller may see of its organization, which is written down when there is one."""
        batch = Batch(caller.account, ORGANIZATIONS.name)
        try:
            clock = self._ask(ORGANIZATIONS, batch, self._access.own, ORGANIZATION)
        except Expired as error:
            raise CollectError(str(error)) from None
        if self._stop.is_set():
            raise KeyboardInterrupt
        head = next((each.answer["Organization"] for each in batch.answers if each.call == "describe_organization"), None)
        if head is not None:
            self._collection.put(_under(batch, head["Id"], head["MasterAccountId"]), asdict(clock), ORGANIZATION)
        return batch, clock, head is not None

    def _accounts_to_refresh(self, caller: Caller) -> tuple[str, ...]:
        base = self._collection.base
        known = base.accounts if base else tuple({key.account for key in self._collection.finished() if key != ORGANIZATION})
        again = self._plan.wants_again(caller.account, ORGANIZATIONS)
        if again:
            self._organization(caller)
        asked = [service for service in SERVICES if service.scope is not Scope.ORGANIZATION]
        found = tuple(account for account in known if any(self._plan.wants_again(account, service) for service in asked))
        if not (found or again):
            raise UsageError(f"nothing in the snapshot matches --refresh {' '.join(self._plan.refresh)}")
        return found

    # -- the accounts

    def ask_all(self, accounts: Iterable[str], caller: Caller, listener: Listener) -> None:
        """Asks accounts side by side until all is asked, or something stops it: an interrupt, expired credentials, a full disk."""
        waiting = deque(accounts)
        self._counter = Counter(len(waiting), listener)
        pool = ThreadPoolExecutor(max_workers=self._workers, thread_name_prefix="xgraph")
        left: Count[str] = Count()
        finished: SimpleQueue[tuple[str, Future[list[Task]]]] = SimpleQueue()

        def submit(account: str, task: Callable[[], list[Task]]) -> None:
            left[account] += 1
            pool.submit(task).add_done_callback(lambda future: finished.put((account, future)))

        try:
            while left or (waiting and not self._stop.is_set()):
                while waiting and len(left) < _IN_ADVANCE + self._workers and not self._stop.is_set():
                    account = waiting.popleft()
                    submit(account, _entering(self._enter, account, caller))
                account, future = finished.get()
                for task in self._result(future):
                    submit(account, _without_more(task))
                left[account] -= 1
                if not left[account]:
                    del left[account]
                    self._counter.account(account)
        finally:
            self._stop_if(bool(left))
            pool.shutdown(wait=False, cancel_futures=True)

    def _stop_if(self, is_unfinished: bool) -> None:
        if is_unfinished:
            self._stop.set()

    def _end(self, reason: str) -> None:
        self._stopped = self._stopped or reason
        self._stop.set()

    def _result(self, future: Future[list[Task]]) -> list[Task]:
        try:
            return future.result()
        except Expired as error:
            self._end(str(error))
        except OSError as error:
            self._end(f"{(error.strerror or str(error)).lower()}: `{self._collection.folder}`")
        return []

    def _enter(self, account: str, caller: Caller) -> list[Task]:
        """What is to be asked in an account, which is entered when anything is."""
        if self._stop.is_set():
            return []
        entered = _Lazy(lambda: self._access.enter(account, caller))
        try:
            keys = self._keys(account, entered)
            missing = [key for key in keys if self._collection.done(key) is None]
            if missing:
                entered()
        except NoAccess as reason:
            self._put_not_reached(account, reason)
            self._planned[account] = []
            self._counter.entered(0)
            return []
        self._planned[account] = keys
        self._counter.entered(len(missing))
        return [_placing(self._place, key, entered) for key in missing]

    def _keys(self, account: str, entered: Callable[[], Entered]) -> list[Key]:
        """The places to ask in an account; which services are left out, and that regions are not known, is noted on the way."""
        keys: list[Key] = []
        regions = self._regions_of(account, entered)
        for service in SERVICES:
            if not self._plan.concerns(service) or not self._plan.wants_again(account, service):
                continue
            if not self._plan.wants(service):
                self._put_untried(account, service, LEFT_OUT)
                continue
            where = self._where(account, service, regions)
            keys.extend(Key(account, service.name, region) for region in where)
            if service.scope is Scope.REGIONAL and not self._knows_regions(account):
                self._put_untried(account, service, NO_REGIONS)
        return keys

    def _where(self, account: str, service: Service, regions: tuple[str, ...]) -> tuple[str, ...]:
        """The regions in which a service is asked: when it is asked again, those in which it was asked before."""
        if service.scope is not Scope.REGIONAL:
            return (GLOBAL,)
        base = self._collection.base if self._plan.refresh else None
        before = [key.region for key in base.places() if key[:2] == (account, service.name)] if base else []
        return tuple(sorted({*before} - {EVERY_REGION})) or regions

    def _regions_of(self, account: str, entered: Callable[[], Entered]) -> tuple[str, ...]:
        """The regions an account has enabled, or those that the user has named."""
        if ENABLED not in self.regions:
            return self.regions
        batch = Batch(account, REGIONS.name)
        clock = self._ask(REGIONS, batch, entered)
        self._collection.put(batch, asdict(clock))
        names = {
            region["RegionName"]
            for each in batch.answers
            for region in each.answer.get("Regions", ())
            if region.get("OptInStatus") != "not-opted-in"
        }
        return tuple(sorted(names)) or tuple(filter(None, (self._access.own().session.region_name,)))

    def _knows_regions(self, account: str) -> bool:
        if ENABLED not in self.regions:
            return True
        done = self._collection.done(Key(account, REGIONS.name, GLOBAL))
        return done is not None and all(row.outcome is Outcome.OK for row in done.rows)

    def _place(self, key: Key, entered: Callable[[], Entered]) -> None:
        """Asks one place and writes it down; when everything ends before it does, its journal stays."""
        if self._stop.is_set():
            return
        batch = Batch(*key)
        clock = self._ask(_SERVICES[key.service], batch, entered)
        if not self._stop.is_set():
            self._collection.put(batch, asdict(clock))
            self._counter.place(*key)

    def _ask(self, service: Service, batch: Batch, entered: Callable[[], Entered], key: Key | None = None) -> Clock:
        key = key or Key(batch.account, batch.service, batch.region)
        known = self._collection.known(key)
        if self._is_absent(service, batch.region):
            batch.ended(Outcome.ABSENT, service.calls[0].name, {}, "the service is not in this region")
            return Clock()
        clients: dict[tuple[str, str], Any] = {}
        making = threading.Lock()

        def client(name: str, region: str) -> Any:
            where = region or ("" if batch.region == GLOBAL else batch.region)
            with making:
                if (name, where) not in clients:
                    clients[name, where] = self._access.client(entered(), name, where or None)
                return clients[name, where]

        log = self._collection.log(key)
        desk = Desk(
            client=client,
            note=log.note,
            pool=self._pool,
            patience=self._access.patience,
            told=lambda call, ended: self._counter.call(*key, call, ended.outcome.value, ended.error),
            is_stopped=self._stop.is_set,
            objects=self._plan.objects,
            sample=self._plan.sample,
        )
        try:
            return ask(service, batch, desk, known)
        finally:
            log.close()
            for each in clients.values():
                each.close()

    def _is_absent(self, service: Service, region: str) -> bool:
        """Whether boto3 knows the region and knows that the service is not in it."""
        if region == GLOBAL or self._access.endpoint_url:
            return False
        session = self._access.own().session
        partition = session.get_partition_for_region(region)
        known = session.get_available_regions("sts", partition_name=partition)
        name = service.client_of(service.calls[0])
        return region in known and region not in session.get_available_regions(name, partition_name=partition)

    # -- what was not asked

    def _put_not_reached(self, account: str, reason: NoAccess) -> None:
        """What an account without access says: for each service that its first call was not to be made."""
        for service in SERVICES:
            if self._plan.concerns(service) and self._plan.wants_again(account, service):
                if self._plan.wants(service):
                    self._put_untried(account, service, reason.error, reason.outcome)
                else:
                    self._put_untried(account, service, LEFT_OUT)

    def _put_untried(self, account: str, service: Service, error: str, outcome: Outcome = Outcome.NOT_TRIED) -> None:
        batch = Batch(account, service.name, EVERY_REGION if service.scope is Scope.REGIONAL else GLOBAL)
        batch.ended(outcome, service.calls[0].name, {}, error)
        self._collection.put(batch, {})

    def _put_the_rest(self, accounts: Iterable[str]) -> None:
        """After a stop: what each place has answered so far, and what it was not asked."""
        for account in accounts:
            for key in self._planned.get(account, ()):
                if self._collection.done(key) is None:
                    batch = Batch(*key)
                    self._ask(_SERVICES[key.service], batch, _unreachable)
                    self._collection.put(batch, {})
            if account not in self._planned:
                self._put_not_reached(account, NoAccess(Outcome.NOT_TRIED, "the collection ended before this account"))

    # -- the end

    def finish(self, accounts: Iterable[str], name: str) -> Collected:
        """Puts the snapshot in place, unless the collection was stopped and there is an earlier one, which stays."""
        finished = datetime.now(UTC)
        seconds = round((finished - self._started).total_seconds(), 3)
        accounts = tuple(sorted(accounts))
        collected: Mapping[str, Any] = {
            "started": self._started,
            "finished": finished,
            "seconds": seconds,
            "plan": self._plan.to_json(),
            "stopped": self._stopped,
        }
        tally = Tally()
        made = ""
        if not self._stopped:
            made = self._collection.publish(name, accounts, collected, tally.add, none=self._none)
        elif not self._collection.has_old or self._collection.begin is Begin.RESUME:
            with contextlib.suppress(OSError):  # a full disk: what was collected is kept for --resume
                self._put_the_rest(accounts)
                made = self._collection.publish(name, accounts, collected, tally.add, none=self._none)
        self._pool.shutdown(wait=False, cancel_futures=True)
        return Collected(made, accounts, tally, self._counter.calls, seconds, self._stopped)


class _Lazy:
    """An account that is entered when somebody needs it, once."""

    def __init__(self, enter: Callable[[], Entered]) -> None:
        self._enter = enter
        self._lock = threading.Lock()
        self._found: Entered | NoAccess | None = None

    def __call__(self) -> Entered:
        with self._lock:
            if self._found is None:
                try:
                    self._found = self._enter()
                except NoAccess as reason:
                    self._found = reason
            if isinstance(self._found, NoAccess):
                raise self._found
            return self._found


def _entering(enter: Callable[[str, Caller], list[Task]], account: str, caller: Caller) -> Callable[[], list[Task]]:
    return lambda: enter(account, caller)


def _placing(place: Callable[[Key, Callable[[], Entered]], None], key: Key, entered: Callable[[], Entered]) -> Task:
    return lambda: place(key, entered)


def _without_more(task: Task) -> Callable[[], list[Task]]:
    def run() -> list[Task]:
        task()
        return []

    return run


def _unreachable() -> Entered:
    raise AssertionError("nothing is asked after the end")


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
