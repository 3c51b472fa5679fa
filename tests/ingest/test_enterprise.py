"""A whole organization on moto, through a proxy that fails in every way that AWS and the way to it do."""

from __future__ import annotations

import random
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.ingest.conftest import Proxy, Reply, Request, error
from tests.ingest.enterprise import KEY, MANAGEMENT, REGIONS, SERVICES, Enterprise, build
from xgraph.cli import main
from xgraph.graph.model.estate import Estate
from xgraph.ingest.collect.plan import Plan
from xgraph.ingest.collect.retry import Patience
from xgraph.ingest.collect.runner import Collected, collect
from xgraph.ingest.collect.session import Access
from xgraph.ingest.estate import build_estate
from xgraph.ingest.snapshot.read import read_snapshot

Fault = Callable[[Request], Reply | None]
PLAN = Plan(whole=True, regions=REGIONS, services=SERVICES, roles=("Audit",))
PATIENCE = Patience(attempts=8, pause=lambda _: 0.0, sleep=lambda _: None)


def files_of(out: Path) -> dict[str, bytes]:
    return {str(path.relative_to(out)): path.read_bytes() for path in out.rglob("*") if path.is_file() and path.name != "collected.json"}


def answers_of(files: dict[str, bytes]) -> dict[str, bytes]:
    """The files that hold what AWS has answered."""
    return {path: content for path, content in files.items() if "/" in path}


def estate_of(out: Path) -> Estate:
    return build_estate(read_snapshot(out))


def unknown(out: Path) -> set[tuple[str, str, str, str, str]]:
    """What is not known, apart from the services that were left out."""
    return {
        (row.account, row.region, row.service, row.call, row.outcome.value)
        for row in read_snapshot(out).coverage
        if not row.outcome.is_known and "left out" not in row.error
    }


@dataclass
class Site:
    """The organization behind its proxy, and how to collect it."""

    proxy: Proxy
    enterprise: Enterprise
    folder: Path

    def run(self, plan: Plan = PLAN, read_timeout: float = 30, roles: tuple[str, ...] = ()) -> Collected:
        access = Access(endpoint_url=self.proxy.url, role_names=roles or plan.roles, patience=PATIENCE, read_timeout=read_timeout)
        return collect(access, self.folder / "snap", plan, workers=8)

    def command(self, *more: str) -> Result:
        """The command, over the same services and regions."""
        where = ["--out", str(self.folder / "snap"), "--endpoint-url", self.proxy.url]
        what = ["--organization", "--regions", ",".join(REGIONS), "--services", ",".join(SERVICES)]
        return CliRunner().invoke(main, ["collect", *where, *what, *more])

    @property
    def files(self) -> dict[str, bytes]:
        return files_of(self.folder / "snap")

    @property
    def estate(self) -> Estate:
        return estate_of(self.folder / "snap")

    @property
    def unknown(self) -> set[tuple[str, str, str, str, str]]:
        return unknown(self.folder / "snap")


@dataclass(frozen=True)
class Undisturbed:
    """What a run without faults has written and asked."""

    folder: Path
    files: dict[str, bytes]
    asked: int


@pytest.fixture(scope="session")
def enterprise(_server: Proxy) -> Enterprise:
    _server.reset()
    return build(_server)


@pytest.fixture
def site(proxy: Proxy, enterprise: Enterprise, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Site:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", KEY)
    return Site(proxy, enterprise, tmp_path)


@pytest.fixture(scope="module")
def undisturbed(_server: Proxy, _environment: None, enterprise: Enterprise, tmp_path_factory: pytest.TempPathFactory) -> Undisturbed:
    _server.reset()
    folder = tmp_path_factory.mktemp("undisturbed")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ACCESS_KEY_ID", KEY)
        Site(_server, enterprise, folder).run()
    return Undisturbed(folder / "snap", files_of(folder / "snap"), len(_server.seen))


# -- whole


def test_every_account_is_there_once(undisturbed: Undisturbed, enterprise: Enterprise) -> None:
    estate = estate_of(undisturbed.folder)

    assert len(enterprise.accounts) == 14
    assert {each.id for each in estate.accounts.values() if each.is_collected} == set(enterprise.accounts)
    own = {account: 4 + (account != MANAGEMENT) for account in enterprise.accounts}  # members come with a role of AWS's
    assert Counter(each.account for each in estate.principals.values()) == own
    kinds = Counter((each.account, each.service) for each in estate.resources.values())
    assert kinds == {
        (account, kind): number for account in enterprise.accounts for kind, number in (("s3", 1), ("sqs", 2), ("dynamodb", 1))
    }
    assert estate.organization_path(enterprise.members[2]) == (enterprise.root, *enterprise.units, enterprise.members[2])
    assert unknown(undisturbed.folder) == set()


# -- what passes


def sometimes(share: float, code: str, status: int, seed: int) -> Fault:
    """An error to this share of the requests, though never more than twice in a row to one."""
    dice, failed = random.Random(seed), Counter[tuple[str, str, str, bytes]]()

    def fault(request: Request) -> Reply | None:
        name = (request.account, request.region, request.operation, request.body)
        if dice.random() >= share or failed[name] >= 2 or request.service == "sts":
            return None
        failed[name] += 1
        return error(request, status, code, "not now")

    return fault


def cut(share: float, seed: int) -> Fault:
    """Half an answer, once in a while: with a length that gives it away, and with one that does not."""
    dice, cut_off = random.Random(seed), Counter[tuple[str, str, str, bytes]]()
    halves = {"sqs": b'{"QueueUrls": ["https://sqs.', "dynamodb": b'{"TableNames": ["ord', "iam": b"<GetAccountAuthorizationDetailsResp"}

    def fault(request: Request) -> Reply | None:
        name = (request.account, request.region, request.operation, request.body)
        half = halves.get(request.service)
        if half is None or dice.random() >= share or cut_off[name] >= 2:
            return None
        cut_off[name] += 1
        return 200, half, len(half) + 100 * (cut_off[name] % 2)

    return fault


def slow(times: int) -> Fault:
    """No answer for longer than the collector waits, so many times."""
    never, left = threading.Event(), [times]

    def fault(request: Request) -> Reply | None:
        if request.operation != "ListQueues" or left[0] == 0:
            return None
        left[0] -= 1
        never.wait(2)
        return error(request, 503, "ServiceUnavailable", "too late")

    return fault


def expiring(uses: int) -> Fault:
    """Sessions of roles that AWS takes for expired after so many requests."""
    used: Counter[str] = Counter()

    def fault(request: Request) -> Reply | None:
        used[request.key] += 1
        if request.key == KEY or used[request.key] <= uses:
            return None
        return error(
            request, 403 if request.service == "s3" else 400, "ExpiredToken", "The security token included in the request is expired"
        )

    return fault


FAULTS: dict[str, Callable[[], Fault]] = {
    "throttling": lambda: sometimes(0.3, "ThrottlingException", 400, 1),
    "internal": lambda: sometimes(0.1, "InternalFailure", 500, 2),
    "unavailable": lambda: sometimes(0.1, "ServiceUnavailable", 503, 3),
    "cut": lambda: cut(0.2, 4),
    "slow": lambda: slow(2),
    "expired": lambda: expiring(12),
}


def test_what_passes_leaves_no_trace(site: Site, undisturbed: Undisturbed) -> None:
    """Throttling on 30 % of the calls, errors of the server, halves, silence, expired sessions and odd pages, all in one run."""
    site.proxy.faults += [make() for make in FAULTS.values()]
    site.proxy.repeats = True

    done = site.run(read_timeout=1)

    assert done.is_complete or site.unknown == set()
    assert site.files == undisturbed.files
    assert len(site.proxy.seen) > 1.4 * undisturbed.asked


@pytest.mark.long
@pytest.mark.parametrize("name", FAULTS)
def test_each_fault_that_passes_leaves_no_trace(site: Site, undisturbed: Undisturbed, name: str) -> None:
    site.proxy.faults.append(FAULTS[name]())

    site.run(read_timeout=1)

    assert site.files == undisturbed.files
    assert len(site.proxy.seen) > undisturbed.asked


# -- what is denied


def test_coverage_is_right_about_calls_accounts_and_regions_that_are_denied(site: Site, undisturbed: Undisturbed) -> None:
    """Calls denied in one account, an account that can't be entered, and a region that does not know the credentials."""
    some, shut, elsewhere = site.enterprise.members[3], site.enterprise.members[4], "us-east-1"

    def fault(request: Request) -> Reply | None:
        if request.operation == "AssumeRole" and f"%3A%3A{shut}%3A".encode() in request.body:
            return error(request, 403, "AccessDenied", "not authorized to perform: sts:AssumeRole")
        if request.account == some and request.operation in {"GetQueueAttributes", f"GET /acme-{some}?policy"}:
            words = "is not authorized to perform it with an explicit deny in a service control policy"
            return error(request, 403, "AccessDenied", words)
        if request.account == some and request.service == "sqs" and request.region == elsewhere:
            return error(request, 403, "UnrecognizedClientException", "The security token included in the request is invalid")
        return None

    site.proxy.faults.append(fault)

    done = site.run()

    assert site.unknown == {
        (some, REGIONS[0], "sqs", "get_queue_attributes", "denied"),
        (some, elsewhere, "sqs", "list_queues", "failed"),
        (some, "global", "s3", "get_bucket_policy", "denied"),
        (shut, "global", "iam", "get_account_authorization_details", "denied"),
        (shut, "global", "s3", "list_buckets", "denied"),
        (shut, "*", "sqs", "list_queues", "denied"),
        (shut, "*", "dynamodb", "list_tables", "denied"),
    }
    assert not done.is_complete
    rows = read_snapshot(site.folder / "snap").coverage
    assert {row.call for row in rows if row.denied_by == "scp"} == {"get_queue_attributes", "get_bucket_policy"}
    for path, content in undisturbed.files.items():
        if path.startswith("accounts/") and not path.startswith((f"accounts/{some}/", f"accounts/{shut}/")):
            assert site.files[path] == content, path
    assert not [path for path in site.files if path.startswith(f"accounts/{shut}/")]
    estate = site.estate
    bucket = estate.resources[f"arn:aws:s3:::acme-{some}"]
    assert bucket.policy is not None
    assert bucket.policy.document is None
    assert not estate.accounts[shut].is_collected


# -- who asks


def test_a_delegated_administrator_collects_the_organization(site: Site, undisturbed: Undisturbed, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its own account with its own credentials, the others by role; the management account has no such role, and that is said."""
    security = site.enterprise.members[0]
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "made-up-three")
    site.proxy.accounts["made-up-three"] = security
    site.proxy.delegated[security] = MANAGEMENT

    def fault(request: Request) -> Reply | None:
        if request.operation == "AssumeRole" and f"%3A%3A{MANAGEMENT}%3A".encode() in request.body:
            return error(request, 403, "AccessDenied", "not authorized to perform: sts:AssumeRole")
        return None

    site.proxy.faults.append(fault)

    done = site.run(replace(PLAN, services=("iam",)))

    assert done.accounts == site.enterprise.accounts
    assert site.unknown == {(MANAGEMENT, "global", "iam", "get_account_authorization_details", "denied")}
    assert answers_of(site.files) == {
        path: content
        for path, content in answers_of(undisturbed.files).items()
        if path.startswith("organization/") or ("/iam." in path and MANAGEMENT not in path)
    }
    assert {account for account, service, _ in site.proxy.seen if service == "organizations"} == {security}
    assert site.estate.organizations[site.enterprise.organization].management_account == MANAGEMENT


def test_a_member_that_may_not_ask_about_the_organization_says_so(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "made-up-four")
    site.proxy.accounts["made-up-four"] = site.enterprise.members[1]
    site.proxy.deny("List.*")

    done = site.command("--role-name", "Audit")

    assert done.exit_code == 4
    assert "delegated administrator" in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert not (site.folder / "snap").exists()


def test_role_names_are_tried_in_their_order_and_the_own_account_needs_none(site: Site, undisturbed: Undisturbed) -> None:
    """Every other account was invited and has the second role alone."""
    invited = site.enterprise.members[::2]
    tried: list[tuple[str, str]] = []

    def fault(request: Request) -> Reply | None:
        if request.operation != "AssumeRole":
            return None
        arn = dict(part.split("=") for part in request.body.decode().split("&"))["RoleArn"].replace("%3A", ":").replace("%2F", "/")
        account, role = arn.split(":")[4], arn.rpartition("/")[2]
        tried.append((account, role))
        if role == "OrganizationAccountAccessRole" and account in invited:
            return error(request, 403, "AccessDenied", "not authorized to perform: sts:AssumeRole")
        return None

    site.proxy.faults.append(fault)

    site.run(replace(PLAN, services=("iam",), roles=("OrganizationAccountAccessRole", "Audit")))

    assert site.unknown == set()
    assert answers_of(site.files) == {
        path: content for path, content in answers_of(undisturbed.files).items() if path.startswith("organization/") or "/iam." in path
    }
    assert MANAGEMENT not in {account for account, _ in tried}
    by_account = {account: [role for each, role in tried if each == account] for account in site.enterprise.members}
    assert by_account == {
        account: ["OrganizationAccountAccessRole", "Audit"] if account in invited else ["OrganizationAccountAccessRole"]
        for account in site.enterprise.members
    }
