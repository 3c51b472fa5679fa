"""The collector against everything that AWS and the way to it can do: complete where it may look, and right about where it may not."""

from __future__ import annotations

import gc
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.ingest.cloud import ACCOUNTS, MORE, REGIONS, SERVICES, Cloud, Fault, calls, denied, shut, sometimes
from tests.ingest.endpoint import Answer, Ask, AwsError, Endpoint, Raw, serve
from tests.properties.blocks import blocks
from xgraph.graph.model.coverage import Outcome
from xgraph.graph.model.estate import Estate
from xgraph.ingest.collect.plan import Plan
from xgraph.ingest.collect.retry import Patience
from xgraph.ingest.collect.runner import Collected, collect
from xgraph.ingest.collect.session import Access
from xgraph.ingest.estate import build_estate
from xgraph.ingest.snapshot.batch import Batch
from xgraph.ingest.snapshot.collection import Begin
from xgraph.ingest.snapshot.layout import SnapshotError
from xgraph.ingest.snapshot.read import read_snapshot

ROOT = Path(__file__).parents[2]
PLAN = Plan(whole=True, regions=REGIONS, services=SERVICES, roles=("Audit",))
PATIENCE = Patience(attempts=6, pause=lambda _: 0.0, sleep=lambda _: None)


@dataclass
class Bench:
    """A cloud, its endpoint, and the folder where snapshots go."""

    cloud: Cloud
    endpoint: Endpoint
    folder: Path

    def run(
        self, name: str = "snap", begin: Begin = Begin.NEW, plan: Plan = PLAN, patience: Patience = PATIENCE, workers: int = 8
    ) -> Collected:
        access = Access(endpoint_url=self.endpoint.url, role_names=plan.roles, patience=patience, read_timeout=5)
        return collect(access, self.folder / name, plan, begin=begin, workers=workers)

    def estate(self, name: str = "snap") -> Estate:
        return build_estate(read_snapshot(self.folder / name))

    def unknown(self, name: str = "snap") -> set[tuple[str, str, str, str, str]]:
        """What is not known, apart from the services that were left out."""
        rows = read_snapshot(self.folder / name).coverage
        return {
            (row.account, row.region, row.service, row.call, row.outcome.value)
            for row in rows
            if not row.outcome.is_known and "left out" not in row.error
        }


@pytest.fixture
def bench(_environment: None, tmp_path: Path) -> Iterator[Bench]:
    cloud = Cloud()
    with serve(cloud) as endpoint:
        yield Bench(cloud, endpoint, tmp_path)


@dataclass(frozen=True)
class Undisturbed:
    files: dict[str, bytes]
    asked: Counter[tuple[str, str, str, str, str]]


@pytest.fixture(scope="module")
def undisturbed(_environment: None, tmp_path_factory: pytest.TempPathFactory) -> Undisturbed:
    """What a run without faults writes and asks."""
    folder = tmp_path_factory.mktemp("undisturbed")
    with serve(Cloud()) as endpoint:
        done = Bench(Cloud(), endpoint, folder).run()
        assert done.id
        return Undisturbed(files_of(folder / "snap"), Counter(calls(endpoint.seen)))


def files_of(out: Path) -> dict[str, bytes]:
    return {str(path.relative_to(out)): path.read_bytes() for path in out.rglob("*") if path.is_file() and path.name != "collected.json"}


# -- whole


def test_everything_is_there_once(bench: Bench) -> None:
    bench.run(plan=replace(PLAN, services=MORE))

    estate = bench.estate()
    assert set(estate.accounts) >= set(ACCOUNTS)
    assert Counter(each.account for each in estate.principals.values()) == dict.fromkeys(ACCOUNTS, 3)
    kinds = Counter((each.account, each.service) for each in estate.resources.values())
    assert {kinds[account, "sqs"] for account in ACCOUNTS} == {2 * len(REGIONS)}
    assert {kinds[account, "dynamodb"] for account in ACCOUNTS} == {2 * len(REGIONS)}
    assert {kinds[account, "s3"] for account in ACCOUNTS} == {1, 2}
    assert bench.unknown() == set()
    assert max(Counter(calls(bench.endpoint.seen)).values()) == 1, "no page and no call is asked twice"


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param(sometimes(0.3, "ThrottlingException"), id="throttling"),
        pytest.param(sometimes(0.2, "InternalFailure", 500), id="500", marks=pytest.mark.long),
        pytest.param(sometimes(0.2, "ServiceUnavailable", 503), id="503"),
    ],
)
def test_what_passes_leaves_no_trace(bench: Bench, undisturbed: Undisturbed, fault: Fault) -> None:
    bench.cloud.faults.append(fault)

    done = bench.run()

    assert done.id
    assert files_of(bench.folder / "snap") == undisturbed.files
    assert len(list(calls(bench.endpoint.seen))) > undisturbed.asked.total() * 1.1


def test_back_off_is_asked_for_and_not_slept_by_others(bench: Bench) -> None:
    slept: list[float] = []
    bench.cloud.faults.append(sometimes(1, "Throttling"))

    bench.run(patience=Patience(attempts=6, pause=lambda attempt: 100.0 * attempt, sleep=slept.append))

    assert {100.0, 200.0} <= set(slept)
    assert any(0 < each < 10 for each in slept), "the pace gets slower too"


def cut(ask: Ask, twice: Counter[str]) -> Raw | None:
    """The first two answers to each listing are cut off: one with a length that says so, one that looks whole."""
    name = f"{ask.account} {ask.region} {ask.operation}"
    whole = b'{"QueueUrls": ["https://sqs.' if ask.service == "sqs" else b"<GetAccountAuthorizationDetailsResponse><GetAccount"
    if ask.operation not in {"list_queues", "get_account_authorization_details"} or twice[name] >= 2:
        return None
    twice[name] += 1
    return Raw(whole, length=None if twice[name] == 1 else len(whole) + 100)


def test_an_answer_that_is_cut_off_is_not_taken_for_none(bench: Bench, undisturbed: Undisturbed) -> None:
    twice: Counter[str] = Counter()
    bench.cloud.faults.append(lambda ask: cut(ask, twice))

    bench.run()

    assert twice
    assert files_of(bench.folder / "snap") == undisturbed.files


def test_answers_that_stay_cut_off_are_failed(bench: Bench) -> None:
    bench.cloud.faults.append(lambda ask: Raw(b'{"QueueUrls": ["https:') if ask.operation == "list_queues" else None)

    bench.run()

    assert bench.unknown() == {(account, region, "sqs", "list_queues", "failed") for account in ACCOUNTS for region in REGIONS}


def test_a_slow_answer_is_asked_for_again(bench: Bench, undisturbed: Undisturbed) -> None:
    slow: list[Ask] = []

    def fault(ask: Ask) -> None:
        if ask.operation == "list_queues" and len(slow) < 2:
            slow.append(ask)
            time.sleep(0.6)

    bench.cloud.faults.append(fault)
    access = Access(endpoint_url=bench.endpoint.url, role_names=PLAN.roles, patience=PATIENCE, read_timeout=0.4)
    collect(access, bench.folder / "snap", PLAN, workers=8)

    assert files_of(bench.folder / "snap") == undisturbed.files


# -- denied


def test_coverage_is_right_about_what_is_denied(bench: Bench, undisturbed: Undisturbed) -> None:
    by_scp = "User: x is not authorized to perform: sqs:GetQueueAttributes with an explicit deny in a service control policy"
    bench.cloud.faults += [
        denied("get_queue_attributes", ACCOUNTS[3], by_scp),
        denied("list_saml_providers", ACCOUNTS[4], "no identity-based policy allows the iam:ListSAMLProviders action"),
        shut(ACCOUNTS[5]),
    ]

    done = bench.run()

    rows = [row for row in read_snapshot(bench.folder / "snap").coverage if row.outcome is Outcome.DENIED]
    assert {(row.account, row.service, row.denied_by) for row in rows} == {
        (ACCOUNTS[3], "sqs", "scp"),
        (ACCOUNTS[4], "iam", "identity"),
        *((ACCOUNTS[5], service, "") for service in SERVICES),
    }
    assert sum(row.account == ACCOUNTS[3] for row in rows) == 2 * len(REGIONS)
    estate = bench.estate()
    queues = [each for each in estate.resources.values() if each.account == ACCOUNTS[3] and each.service == "sqs"]
    assert len(queues) == 4
    assert all(each.policy is not None and each.policy.document is None for each in queues)
    assert not estate.accounts[ACCOUNTS[5]].is_collected
    untouched = [f"accounts/{account}/" for account in ACCOUNTS if account not in ACCOUNTS[3:6]]
    for path, content in undisturbed.files.items():
        if path.startswith(tuple(untouched)):
            assert (bench.folder / "snap" / path).read_bytes() == content
    assert not done.is_complete
    assert 85 < done.tally.percent() < 95


def test_a_region_that_refuses_is_not_an_empty_one(bench: Bench) -> None:
    def fault(ask: Ask) -> None:
        if ask.region == "us-east-1" and ask.service == "sqs":
            raise AwsError("UnrecognizedClientException", "The security token included in the request is invalid", 403)

    bench.cloud.faults.append(fault)

    bench.run()

    assert {(region, outcome) for _, region, _, _, outcome in bench.unknown()} == {("us-east-1", "failed")}
    assert {each.region for each in bench.estate().resources.values() if each.service == "sqs"} == {"eu-central-1"}


def test_enabled_regions_that_nobody_tells_are_unknown(bench: Bench) -> None:
    bench.cloud.faults.append(denied("describe_regions", ACCOUNTS[2]))

    bench.run(plan=Plan(whole=True, regions=("enabled",), services=SERVICES, roles=("Audit",)))

    assert bench.unknown() == {
        (ACCOUNTS[2], "global", "regions", "describe_regions", "denied"),
        (ACCOUNTS[2], "*", "sqs", "list_queues", "not-tried"),
    }


# -- credentials


class Hours:
    """A clock that a minute passes on with each request, and roles whose sessions last an hour by it."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        self.time = datetime(2026, 1, 1, tzinfo=UTC)
        self.ends: dict[str, datetime] = {}
        self.late: list[Ask] = []

    def __call__(self, ask: Ask) -> Answer | None:
        self.time += timedelta(minutes=1)
        if ask.operation != "assume_role":
            if ask.key in self.ends and self.time >= self.ends[ask.key]:
                self.late.append(ask)
            return None
        key = f"ASIA{next(self.bench.endpoint.numbers):016d}"
        self.bench.endpoint.accounts[key] = ask.parameters["RoleArn"].split(":")[4]
        self.ends[key] = self.time + timedelta(hours=1)
        expiration = self.ends[key].strftime("%Y-%m-%dT%H:%M:%SZ")
        made = {"AccessKeyId": key, "SecretAccessKey": "x", "SessionToken": "x", "Expiration": expiration}
        return {"Credentials": made, "AssumedRoleUser": {"Arn": "x", "AssumedRoleId": "x"}}


def test_sessions_are_renewed_before_their_hour_ends(bench: Bench, undisturbed: Undisturbed) -> None:
    """Hours pass by the clock that is an argument; no request is made with a session that has ended, and new ones are made."""
    hours = Hours(bench)
    bench.cloud.faults.append(hours)
    access = Access(endpoint_url=bench.endpoint.url, role_names=PLAN.roles, patience=PATIENCE, read_timeout=5, now=lambda: hours.time)

    collect(access, bench.folder / "snap", PLAN, workers=2)

    assert hours.late == []
    assert files_of(bench.folder / "snap") == undisturbed.files
    sessions = Counter(bench.endpoint.accounts[key] for key in hours.ends)
    assert set(sessions) == set(ACCOUNTS) - {ACCOUNTS[0]}
    assert len(hours.ends) > len(ACCOUNTS)
    assert hours.time - datetime(2026, 1, 1, tzinfo=UTC) > timedelta(hours=4)


def test_a_session_that_aws_calls_expired_is_renewed(bench: Bench, undisturbed: Undisturbed) -> None:
    used: Counter[str] = Counter()

    def fault(ask: Ask) -> None:
        used[ask.key] += 1
        if ask.key.startswith("ASIA") and used[ask.key] > 6:
            raise AwsError("ExpiredToken", "The security token included in the request is expired", 403)

    bench.cloud.faults.append(fault)

    bench.run()

    assert files_of(bench.folder / "snap") == undisturbed.files


def test_expired_credentials_of_the_caller_end_the_run_and_it_can_be_resumed(bench: Bench, undisturbed: Undisturbed) -> None:
    def fault(ask: Ask) -> None:
        if len(bench.endpoint.seen) > 120:
            raise AwsError("ExpiredToken", "The security token included in the request is expired", 403)

    bench.cloud.faults.append(fault)

    done = bench.run()

    assert "the credentials have expired" in done.stopped
    assert {outcome for *_, outcome in bench.unknown()} == {"not-tried"}
    answered = Counter(calls(bench.endpoint.seen[:120]))
    bench.cloud.faults.clear()
    bench.endpoint.seen.clear()
    assert bench.run(begin=Begin.RESUME, plan=Plan()).stopped == ""
    assert files_of(bench.folder / "snap") == undisturbed.files
    again = Counter(calls(bench.endpoint.seen)) & answered
    assert not {name for *_, name, _ in again} - {"list_queues", "get_account_authorization_details", "list_accounts_for_parent"}


# -- the disk, and others who write


def test_a_full_disk_keeps_what_was_written(bench: Bench, undisturbed: Undisturbed, monkeypatch: pytest.MonkeyPatch) -> None:

    real, left = os.fsync, [20]

    def fsync(handle: int) -> None:
        left[0] -= 1
        if left[0] < 0:
            raise OSError(28, "No space left on device")
        real(handle)

    monkeypatch.setattr(os, "fsync", fsync)
    done = bench.run()
    monkeypatch.undo()

    assert "no space left on device" in done.stopped
    assert done.id == ""
    with pytest.raises(SnapshotError, match="interrupted"):
        read_snapshot(bench.folder / "snap")
    assert bench.run(begin=Begin.RESUME).id
    assert files_of(bench.folder / "snap") == undisturbed.files


def test_two_cannot_write_the_same_snapshot(bench: Bench) -> None:
    second: list[str] = []

    def fault(ask: Ask) -> None:
        if ask.operation == "list_saml_providers" and not second:
            second.append("")
            program = f"from xgraph.ingest.snapshot.store import SnapshotWriter; SnapshotWriter({str(bench.folder / 'snap')!r}, force=True)"
            done = subprocess.run([sys.executable, "-c", program], check=False, capture_output=True, text=True, cwd=ROOT)
            second[0] = done.stderr

    bench.cloud.faults.append(fault)

    assert bench.run().id
    assert "is being written by another collection or import" in second[0]
    assert bench.unknown() == set()


# -- some of it again


def test_a_part_is_asked_again_and_the_rest_stays(bench: Bench, undisturbed: Undisturbed) -> None:
    bench.run()
    bench.endpoint.seen.clear()
    bench.cloud.queues = 3

    bench.run(begin=Begin.REFRESH, plan=Plan(refresh=(f"{ACCOUNTS[2]}/sqs",), roles=("Audit",)))

    assert {(account, service) for account, _, service, *_ in calls(bench.endpoint.seen)} == {(ACCOUNTS[2], "sqs")}
    changed = {path for path, content in files_of(bench.folder / "snap").items() if undisturbed.files.get(path) != content}
    assert changed == {*(f"accounts/{ACCOUNTS[2]}/sqs.{region}.json" for region in REGIONS), "coverage.jsonl", "snapshot.json"}
    assert sum(each.account == ACCOUNTS[2] and each.service == "sqs" for each in bench.estate().resources.values()) == 6


def test_asking_again_for_the_same_answers_changes_nothing(bench: Bench, undisturbed: Undisturbed) -> None:
    bench.run()

    bench.run(begin=Begin.REFRESH, plan=Plan(refresh=("*/*",), services=SERVICES, roles=("Audit",)))

    assert files_of(bench.folder / "snap") == undisturbed.files


def test_accounts_can_be_added(bench: Bench, undisturbed: Undisturbed) -> None:
    some, others = ACCOUNTS[:5], ACCOUNTS[5:]
    plan = Plan(whole=True, accounts=some, regions=REGIONS, services=SERVICES, roles=("Audit",))
    bench.run(plan=plan)

    bench.run(begin=Begin.ADD, plan=Plan(whole=True, accounts=others, regions=REGIONS, services=SERVICES, roles=("Audit",)))

    assert files_of(bench.folder / "snap") == undisturbed.files


def test_accounts_are_chosen_by_number_and_by_unit(bench: Bench) -> None:
    plan = Plan(whole=True, units=("ou-root-one",), excluded=(ACCOUNTS[3],), regions=("eu-central-1",), services=("iam",), roles=("Audit",))
    bench.run(plan=plan)

    assert set(read_snapshot(bench.folder / "snap").accounts) == {ACCOUNTS[1], ACCOUNTS[5], ACCOUNTS[9], ACCOUNTS[7], ACCOUNTS[11]}


def test_nothing_to_go_on_from_is_one_sentence(bench: Bench) -> None:
    for begin in (Begin.RESUME, Begin.REFRESH, Begin.ADD):
        with pytest.raises(SnapshotError, match=r"there is nothing at .* to go on from"):
            bench.run(begin=begin)


def test_objects_are_looked_at_when_they_are_named(bench: Bench) -> None:
    bucket = f"acme-{ACCOUNTS[0]}-0"
    plan = Plan(none=True, regions=("eu-central-1",), services=("s3",))
    bench.run("none", plan=plan)
    bench.run("all", plan=replace(plan, objects=((bucket, "logs/"),)))
    bench.run("three", plan=replace(plan, objects=((bucket, "logs/"),), sample=3))

    keys = {
        name: [each.key for each in bench.estate(name).resources[f"arn:aws:s3:::{bucket}"].objects] for name in ("none", "all", "three")
    }
    assert keys == {"none": [], "all": [f"logs/{n}" for n in range(5)], "three": [f"logs/{n}" for n in range(3)]}
    assert "s3-objects" not in {row.service for row in read_snapshot(bench.folder / "none").coverage}


def test_several_organizations_live_in_one_snapshot(bench: Bench) -> None:
    bench.run(plan=replace(PLAN, accounts=ACCOUNTS[:2], services=("iam",)))
    before = files_of(bench.folder / "snap")
    other = "200000000001"
    bench.endpoint.accounts["made-up"] = other

    def fault(ask: Ask) -> Answer | None:
        if ask.operation == "describe_organization":
            return {"Organization": {"Id": "o-otherorg", "MasterAccountId": other, "FeatureSet": "ALL"}}
        if ask.operation == "list_accounts_for_parent":
            here = ask.parameters["ParentId"] == "r-root"
            return {"Accounts": [{"Id": other, "Name": "other", "Arn": other, "Status": "ACTIVE"}] if here else []}
        return None

    bench.cloud.faults.append(fault)
    bench.run(begin=Begin.ADD, plan=replace(PLAN, services=("iam",)))

    snapshot = read_snapshot(bench.folder / "snap")
    assert snapshot.organizations == ("o-exampleorg", "o-otherorg")
    assert snapshot.accounts == (*ACCOUNTS[:2], other)
    assert {path: content for path, content in files_of(bench.folder / "snap").items() if path in before and "/" in path} == {
        path: content for path, content in before.items() if "/" in path
    }
    organizations = build_estate(snapshot).organizations
    assert {name: each.management_account for name, each in organizations.items()} == {"o-exampleorg": ACCOUNTS[0], "o-otherorg": other}


def test_no_more_answers_are_held_than_there_are_workers(bench: Bench) -> None:
    held: list[int] = []

    def fault(_: Ask) -> None:
        if len(bench.endpoint.seen) % 40 == 0:
            held.append(sum(isinstance(each, Batch) and bool(each.answers) for each in gc.get_objects()))

    bench.cloud.faults.append(fault)

    bench.run(workers=3)

    assert len(held) >= 5
    assert max(held) <= 3 + 2


@pytest.mark.parametrize("begin", [Begin.NEW, Begin.REFRESH])
@pytest.mark.parametrize("last", range(1, 6))
def test_a_collection_that_dies_while_it_puts_files_in_place_goes_on(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, begin: Begin, last: int
) -> None:
    """After none to four of the five renames at the end: accounts, organization, coverage, collected, snapshot."""
    plan = replace(PLAN, accounts=ACCOUNTS[:2], services=("iam",))
    bench.run("whole", plan=plan)
    if begin is Begin.REFRESH:
        bench.run(plan=plan)
    left, rename = [last], Path.replace

    def dying(self: Path, target: Path) -> Path:
        if self.parent.name == ".partial-collect" and not self.name.startswith("."):
            left[0] -= 1
            if not left[0]:
                raise MemoryError
        return rename(self, target)

    monkeypatch.setattr(Path, "replace", dying)
    with pytest.raises(MemoryError):
        bench.run(begin=begin, plan=replace(plan, refresh=(f"{ACCOUNTS[1]}/iam",)) if begin is Begin.REFRESH else plan)
    monkeypatch.undo()
    bench.endpoint.seen.clear()

    bench.run(begin=Begin.RESUME)

    assert files_of(bench.folder / "snap") == files_of(bench.folder / "whole")
    assert list(calls(bench.endpoint.seen)) == []


def test_what_a_collection_that_died_at_its_very_end_leaves_is_no_collection(bench: Bench) -> None:
    """Killed while it removed its own folder: the snapshot is whole, and whatever comes next goes on from it."""
    plan = replace(PLAN, accounts=ACCOUNTS[:2], services=("iam",))
    bench.run(plan=plan)
    whole = files_of(bench.folder / "snap")
    for begin in (Begin.RESUME, Begin.REFRESH, Begin.ADD, Begin.OVER):
        (bench.folder / "snap" / ".partial-collect" / "done" / ACCOUNTS[0]).mkdir(parents=True)

        bench.run(begin=begin, plan=replace(plan, refresh=(f"{ACCOUNTS[1]}/iam",)) if begin is Begin.REFRESH else plan)

        assert files_of(bench.folder / "snap") == whole


# -- kill -9

# Runs the command until it is about to change its so many-th file, and then dies; counted from the first file of a name on.
DYING = """
import os, runpy, signal, sys
left, first = int(sys.argv.pop(1)), sys.argv.pop(1)
changes = {"os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.truncate"}
def hook(event, arguments):
    global left, first
    if event in changes or (event == "open" and arguments[2] & (os.O_WRONLY | os.O_RDWR)):
        if first not in str(arguments[0]):
            return
        first = ""
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
sys.addaudithook(hook)
runpy.run_module("xgraph", run_name="__main__", alter_sys=True)
"""


@contextmanager
def collecting(bench: Bench, *options: str, changes: int = 0, first: str = "") -> Iterator[subprocess.Popen[bytes]]:
    """The command in a process of its own, which kills itself before so many changes to files; 0: it does not."""
    arguments = ["collect", "--out", str(bench.folder / "snap"), "--endpoint-url", bench.endpoint.url, "--log", "quiet", *options]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}
    program = ["-c", DYING, str(changes), first]
    process = subprocess.Popen([sys.executable, *program, *arguments], env=environment, stderr=subprocess.PIPE)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


WHOLE = ("--organization", "--role-name", "Audit", "--regions", ",".join(REGIONS), "--services", ",".join(SERVICES))
CHANGES = 450  # a whole run makes a few less


def live_until(bench: Bench, options: tuple[str, ...], requests: int = 0, changes: int = 0, first: str = "") -> tuple[int, str]:
    """One life of the collector, killed at its so many-th request or before its so many-th change to a file; 0: never."""
    left, running = [requests], list[subprocess.Popen[bytes]]()

    def fault(_: Ask) -> None:
        left[0] -= 1
        if left[0] == 0 and running:
            running[0].send_signal(signal.SIGKILL)

    bench.cloud.faults[:] = [fault]
    with collecting(bench, *options, changes=changes, first=first) as process:
        running.append(process)
        _, said = process.communicate(timeout=120)
    return process.returncode, said.decode()


def kill_and_resume(bench: Bench, undisturbed: Undisturbed, dice: random.Random) -> None:
    """Killed at a request or a change to a file, again and again, until one run gets to its end: no finished call is made twice."""
    bench.endpoint.seen.clear()
    options: tuple[str, ...] = WHOLE
    died = 0
    while True:
        is_request = dice.random() < 0.5
        requests, changes = dice.randint(1, undisturbed.asked.total()), dice.randint(1, CHANGES)
        status, said = live_until(bench, options, requests * is_request, changes * (not is_request))
        if status == 0:
            break
        assert status == -signal.SIGKILL, said
        died += 1
        if (bench.folder / "snap" / ".partial-collect" / "plan.json").exists() or (bench.folder / "snap" / "snapshot.json").exists():
            options = ("--resume",)
    assert files_of(bench.folder / "snap") == undisturbed.files
    assert not (bench.folder / "snap" / ".partial-collect").exists()
    repeated = {name: count for name, count in (Counter(calls(bench.endpoint.seen)) - undisturbed.asked).items() if count > died}
    assert repeated == {}, "a call that had ended was made again"


def test_a_killed_collection_goes_on_and_ends_the_same(bench: Bench, undisturbed: Undisturbed) -> None:
    kill_and_resume(bench, undisturbed, random.Random(7))


@pytest.mark.long
@pytest.mark.parametrize("seed", blocks(100, 10))
def test_collections_killed_at_any_moment_end_the_same(bench: Bench, undisturbed: Undisturbed, seed: int) -> None:
    kill_and_resume(bench, undisturbed, random.Random(seed))


@pytest.mark.long
@pytest.mark.parametrize("block", blocks(6))
def test_collections_killed_while_they_put_files_in_place_end_the_same(bench: Bench, undisturbed: Undisturbed, block: int) -> None:
    """Before one of the changes from the first that belongs to the end: the coverage is written, files take their places, the rest is removed."""
    for changes in range(1 + block, 1 + block + 24, 6):
        shutil.rmtree(bench.folder / "snap", ignore_errors=True)
        assert live_until(bench, WHOLE, changes=changes, first="coverage.jsonl") == (-signal.SIGKILL, "")
        assert live_until(bench, ("--resume",)) == (0, "")
        assert files_of(bench.folder / "snap") == undisturbed.files
