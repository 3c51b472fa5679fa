"""The collector against moto over HTTP, with real boto3, through the real command."""

from __future__ import annotations

import _thread
import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner, Result

from tests.ingest.conftest import SERVED
from xgraph.cli import main
from xgraph.graph.model.coverage import Outcome
from xgraph.graph.model.estate import Estate
from xgraph.ingest.collect.retry import Patience
from xgraph.ingest.collect.runner import collect as run
from xgraph.ingest.collect.session import Access, CollectError
from xgraph.ingest.estate import build_estate
from xgraph.ingest.snapshot.read import read_snapshot

if TYPE_CHECKING:
    from tests.ingest.conftest import Proxy, Request, Whole, World

MANAGEMENT = "100000000001"
REGION = "eu-central-1"


def collect(proxy: Proxy, out: Path, *more: str, services: str = "iam,s3,sqs,dynamodb") -> Result:
    """The command, over a few services: the others would take most of the time."""
    chosen = ["--services", services] if services else []
    return CliRunner().invoke(main, ["collect", "--out", str(out), "--endpoint-url", proxy.url, *chosen, *more])


def collect_all(proxy: Proxy, out: Path, *more: str, services: str = "iam,s3,sqs,dynamodb") -> Result:
    return collect(proxy, out, "--organization", "--role-name", "Audit", *more, services=services)


def estate_of(out: Path) -> Estate:
    return build_estate(read_snapshot(out))


def files_of(out: Path) -> dict[str, bytes]:
    """Every file of a snapshot but the one that depends on a clock."""
    return {str(path.relative_to(out)): path.read_bytes() for path in out.rglob("*") if path.is_file() and path.name != "collected.json"}


def outcomes(out: Path, *wanted: Outcome) -> set[tuple[str, str, str]]:
    return {(row.account, row.service, row.call) for row in read_snapshot(out).coverage if row.outcome in wanted}


def test_a_whole_organization_in_one_command(whole: Whole, world: World) -> None:
    assert (whole.result.exit_code, whole.result.stdout) == (0, "")
    estate = estate_of(whole.folder)
    assert set(estate.accounts) == {MANAGEMENT, world.dev, world.data}
    assert all(account.is_collected for account in estate.accounts.values())
    assert estate.accounts[world.dev].alias == "acme-dev"
    assert estate.accounts[world.dev].name == "dev"
    assert not estate.outcomes


def test_the_coverage_table_has_a_line_for_each_account(proxy: Proxy, world: World, tmp_path: Path) -> None:
    proxy.deny("ListTables", world.dev)

    lines = collect_all(proxy, tmp_path / "snap").stderr.splitlines()

    table = {line.split()[0]: line for line in lines if line[:1].isdigit()}
    assert set(table) == {MANAGEMENT, world.dev, world.data}
    assert "1 denied" in table[world.dev]
    assert "denied" not in table[world.data]


def test_every_page_of_the_account_details_is_read(whole: Whole, world: World) -> None:
    estate = estate_of(whole.folder)
    dev = {principal.name for principal in estate.principals.values() if principal.account == world.dev}
    assert dev == {"OrganizationAccountAccessRole", "ada", "limited", *(f"app-{number}" for number in range(5))}
    assert sum(operation == "GetAccountAuthorizationDetails" for _, _, operation in whole.seen) > 3 + 3


def test_identities_come_with_their_policies(whole: Whole, world: World) -> None:
    estate = estate_of(whole.folder)
    ada = estate.principals[f"arn:aws:iam::{world.dev}:user/ada"]
    limited = estate.principals[f"arn:aws:iam::{world.dev}:role/teams/limited"]
    reader = estate.principals[f"arn:aws:iam::{world.data}:role/Reader"]
    (group,) = (estate.groups[arn] for arn in ada.groups)
    assert [policy.name for policy in ada.policies] == [f"{ada.arn}#inline/own"]
    assert [policy.name for policy in group.policies] == [f"arn:aws:iam::{world.dev}:policy/assume-reader"]
    assert f"arn:aws:iam::{world.data}:role/Reader" in (group.policies[0].document or "")
    assert limited.boundary is not None
    assert "s3:*" in (limited.boundary.document or "")
    assert reader.trust is not None
    assert f"arn:aws:iam::{world.dev}:root" in (reader.trust.document or "")
    assert estate.providers == {f"arn:aws:iam::{world.dev}:saml-provider/corp"}


def test_the_tree_and_what_is_attached_to_it(whole: Whole, world: World) -> None:
    estate = estate_of(whole.folder)
    organization = estate.organizations[world.organization]
    assert organization.management_account == MANAGEMENT
    assert (organization.scps_enabled, organization.rcps_enabled) == (True, True)
    assert estate.organization_path(world.data) == (world.root, world.workloads, world.prod, world.data)
    assert world.scp in [policy.name for policy in organization.scps[world.workloads]]
    assert "organizations:LeaveOrganization" in "".join(policy.document or "" for policy in organization.scps[world.workloads])
    assert world.rcp in [policy.name for policy in organization.rcps[world.data]]
    assert world.scp not in [policy.name for policy in organization.scps[world.prod]]


def test_resources_come_with_what_limits_them(whole: Whole, world: World) -> None:
    estate = estate_of(whole.folder)
    open_, plain = estate.resources["arn:aws:s3:::acme-open"], estate.resources["arn:aws:s3:::acme-plain"]
    assert open_.policy is not None
    assert world.dev in (open_.policy.document or "")
    assert open_.settings["ObjectOwnership"] == "ObjectWriter"
    assert open_.settings["BucketAcl"]["Grants"][0]["Grantee"]["URI"].endswith("/AllUsers")
    assert open_.tags == (("team", "data"),)
    assert plain.policy is None
    assert plain.tags == ()
    assert plain.settings["PublicAccessBlock"]["bucket"]["RestrictPublicBuckets"] is True
    assert plain.settings["PublicAccessBlock"]["account"]["BlockPublicAcls"] is False
    assert plain.settings["Region"] == REGION
    queue = estate.resources[f"arn:aws:sqs:{REGION}:{world.data}:orders"]
    assert queue.policy is not None
    assert "sqs:SendMessage" in (queue.policy.document or "")
    orders, bare = (estate.resources[f"arn:aws:dynamodb:{REGION}:{world.data}:table/{name}"] for name in ("orders", "plain"))
    assert orders.policy is not None
    assert "dynamodb:GetItem" in (orders.policy.document or "")
    assert bare.policy is None


def test_denied_is_never_empty(proxy: Proxy, world: World, tmp_path: Path) -> None:
    proxy.deny(r"GET /acme-open\?policy")
    proxy.deny(r"GET /acme-open\?(acl|tagging|ownershipControls|publicAccessBlock)")
    proxy.deny("GetResourcePolicy")
    proxy.deny("GetQueueAttributes")

    done = collect_all(proxy, tmp_path / "snap", "--strict")

    assert done.exit_code == 3
    assert "incomplete" in done.stderr
    estate = estate_of(tmp_path / "snap")
    bucket = estate.resources["arn:aws:s3:::acme-open"]
    assert bucket.policy is not None
    assert bucket.policy.document is None
    assert bucket.tags is None
    assert bucket.settings["BucketAcl"] is None
    assert bucket.settings["ObjectOwnership"] is None
    assert bucket.settings["PublicAccessBlock"]["bucket"] is None
    for arn in (f"arn:aws:sqs:{REGION}:{world.data}:orders", f"arn:aws:dynamodb:{REGION}:{world.data}:table/plain"):
        policy = estate.resources[arn].policy
        assert policy is not None
        assert policy.document is None
    assert (world.data, "s3", "get_bucket_policy") in outcomes(tmp_path / "snap", Outcome.DENIED)


def test_an_account_that_cannot_be_entered_is_there_and_not_collected(proxy: Proxy, world: World, tmp_path: Path) -> None:
    proxy.deny("AssumeRole")

    done = collect_all(proxy, tmp_path / "snap")

    assert done.exit_code == 0
    estate = estate_of(tmp_path / "snap")
    assert estate.accounts[MANAGEMENT].is_collected
    assert not estate.accounts[world.dev].is_collected
    assert estate.accounts[world.dev].parent == world.workloads
    denied = outcomes(tmp_path / "snap", Outcome.DENIED)
    assert {(world.dev, "iam", "get_account_authorization_details"), (world.data, "s3", "list_buckets")} <= denied


def test_the_next_role_is_tried_when_one_cannot_be_assumed(proxy: Proxy, world: World, tmp_path: Path) -> None:
    def first_role_is_missing(request: Request) -> tuple[int, bytes] | None:
        if request.operation == "AssumeRole" and b"Missing" in request.body:
            return 403, b"<ErrorResponse><Error><Code>AccessDenied</Code><Message>no</Message></Error></ErrorResponse>"
        return None

    proxy.faults.append(first_role_is_missing)

    collect(proxy, tmp_path / "snap", "--organization", "--role-name", "Missing", "--role-name", "Audit", "--external-id", "secret-1")

    assert all(account.is_collected for account in estate_of(tmp_path / "snap").accounts.values())


def test_guardrails_that_cannot_be_read_are_unknown(proxy: Proxy, world: World, tmp_path: Path) -> None:
    proxy.deny("ListTargetsForPolicy")
    proxy.deny("DescribePolicy")

    collect_all(proxy, tmp_path / "snap")

    organization = estate_of(tmp_path / "snap").organizations[world.organization]
    assert organization.scps_enabled is True
    assert organization.scps == {}


def test_throttled_calls_are_made_again(proxy: Proxy, world: World, tmp_path: Path) -> None:
    proxy.fail("ListTables", "ThrottlingException", times=2)
    proxy.fail("GetAccountAuthorizationDetails", "Throttling", times=1)

    done = collect(proxy, tmp_path / "snap", "--no-organization", "--strict")

    assert done.exit_code == 0
    retries = json.loads((tmp_path / "snap" / "collected.json").read_text())["places"]
    assert sum(place["retries"] for place in retries.values()) == 3


def test_a_call_that_goes_on_failing_is_failed(proxy: Proxy, world: World, tmp_path: Path) -> None:
    proxy.fail("ListSAMLProviders", "ServiceFailure", times=1)

    done = collect(proxy, tmp_path / "snap", "--no-organization", "--strict")

    assert done.exit_code == 3
    assert outcomes(tmp_path / "snap", Outcome.FAILED) == {(MANAGEMENT, "iam", "list_saml_providers")}


def test_the_own_account_alone(proxy: Proxy, world: World, tmp_path: Path) -> None:
    collect(proxy, tmp_path / "snap")

    snapshot = read_snapshot(tmp_path / "snap")
    assert snapshot.accounts == (MANAGEMENT,)
    assert snapshot.organizations == (world.organization,)
    assert not snapshot.states_no_organization
    assert not build_estate(snapshot).accounts[world.dev].is_collected


def test_no_organization_is_stated_and_not_asked(proxy: Proxy, world: World, tmp_path: Path) -> None:
    collect(proxy, tmp_path / "snap", "--no-organization")

    assert read_snapshot(tmp_path / "snap").states_no_organization
    assert "organizations" not in {service for _, service, _ in proxy.seen}


def test_an_account_in_no_organization_says_so(proxy: Proxy, world: World, tmp_path: Path) -> None:
    proxy.fail("DescribeOrganization", "AWSOrganizationsNotInUseException", times=9)

    alone = collect(proxy, tmp_path / "snap")
    whole = collect_all(proxy, tmp_path / "other")

    assert alone.exit_code == 0
    assert read_snapshot(tmp_path / "snap").states_no_organization
    assert whole.exit_code == 2
    assert "is in no organization" in whole.stderr
    assert not (tmp_path / "other").exists()


def test_an_organization_that_cannot_be_read_fails_the_whole_one(proxy: Proxy, world: World, tmp_path: Path) -> None:
    proxy.deny("DescribeOrganization")

    whole = collect_all(proxy, tmp_path / "snap")
    alone = collect(proxy, tmp_path / "alone")

    assert whole.exit_code == 4
    assert not (tmp_path / "snap").exists()
    assert alone.exit_code == 0
    assert estate_of(tmp_path / "alone").levels(MANAGEMENT, "scp") is None


def test_regional_services_are_asked_in_every_region_named(proxy: Proxy, world: World, tmp_path: Path) -> None:
    collect(proxy, tmp_path / "snap", "--no-organization", "--regions", "eu-central-1,us-east-1")

    regions = {row.region for row in read_snapshot(tmp_path / "snap").coverage if row.service == "sqs"}
    assert regions == {"eu-central-1", "us-east-1"}


def test_enabled_regions_are_asked_for(proxy: Proxy, world: World, tmp_path: Path) -> None:
    def two_regions(request: Request) -> tuple[int, bytes] | None:
        if request.operation != "DescribeRegions":
            return None
        items = "".join(f"<item><regionName>{name}</regionName></item>" for name in ("eu-central-1", "eu-west-1"))
        return 200, f"<DescribeRegionsResponse><regionInfo>{items}</regionInfo></DescribeRegionsResponse>".encode()

    proxy.faults.append(two_regions)

    collect(proxy, tmp_path / "snap", "--no-organization", "--regions", "enabled")

    regions = {row.region for row in read_snapshot(tmp_path / "snap").coverage if row.service == "dynamodb"}
    assert regions == {"eu-central-1", "eu-west-1"}


def test_equal_answers_give_equal_bytes(proxy: Proxy, whole: Whole, tmp_path: Path) -> None:
    collect_all(proxy, tmp_path, services="")

    assert files_of(whole.folder) == files_of(tmp_path)
    assert read_snapshot(whole.folder).id == read_snapshot(tmp_path).id


def test_tags_that_look_like_a_credential_stay_out(whole: Whole, world: World) -> None:
    everything = b"".join(path.read_bytes() for path in (whole.folder).rglob("*.*") if path.is_file())
    assert b"AKIA" + b"Z" * 16 not in everything
    assert b"sha256:" in everything
    assert b"ResponseMetadata" not in everything


def test_only_reading_calls_are_made(whole: Whole, world: World) -> None:
    reading = ("Get", "List", "Describe", "GET", "HEAD", "AssumeRole")
    assert [seen for seen in whole.seen if seen[1] in SERVED and not seen[2].startswith(reading)] == []


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--organization"], "--organization needs --role-name"),
        (["--role-name", "R"], "--role-name is for --organization"),
        (["--organization", "--no-organization", "--role-name", "R"], "exclude each other"),
        (["--profile", "nobody"], "there is no AWS profile `nobody`"),
        (["--regions", "atlantis"], "there is no region `atlantis`"),
        (["--endpoint-url", "nonsense"], "`nonsense` is not the URL of an endpoint"),
    ],
)
def test_bad_usage_is_one_sentence(proxy: Proxy, tmp_path: Path, arguments: list[str], sentence: str) -> None:
    done = collect(proxy, tmp_path / "snap", *arguments)

    assert done.exit_code == 2
    assert sentence in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert not (tmp_path / "snap").exists()


def test_a_bucket_that_nobody_has_is_named(proxy: Proxy, world: World, tmp_path: Path) -> None:
    done = collect_all(proxy, tmp_path / "snap", "--objects", "acme-open/logs/", "--objects", "acme-opne/logs/", services="s3")

    assert done.exit_code == 0
    assert [line for line in done.stderr.splitlines() if "warning" in line] == [
        "xgraph: warning: no objects of `acme-opne` were looked at: no account that was collected shows this bucket"
    ]


def test_without_credentials_one_sentence_says_what_to_do(proxy: Proxy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")

    done = collect(proxy, tmp_path / "snap")

    assert done.exit_code == 4
    assert done.stderr == "xgraph: error: there are no AWS credentials: choose a profile with --profile, or sign in as for the AWS CLI\n"


def test_an_endpoint_that_cannot_be_reached_is_tried_three_times(proxy: Proxy, tmp_path: Path) -> None:
    slept: list[float] = []

    with pytest.raises(CollectError, match="AWS does not say who we are: EndpointConnectionError"):
        run(Access(endpoint_url="http://127.0.0.1:9", patience=Patience(pause=float, sleep=slept.append)), tmp_path / "snap")

    assert slept == [1.0, 2.0]


def test_an_endpoint_that_does_not_answer_fails(proxy: Proxy, tmp_path: Path) -> None:
    with pytest.raises(CollectError, match="AWS does not say who we are"):
        run(Access(endpoint_url="http://127.0.0.1:9", patience=Patience(attempts=1)), tmp_path / "snap")

    assert not (tmp_path / "snap").exists()


def interrupt_at(proxy: Proxy, operation: str) -> None:
    """Ctrl-C while the request is on its way."""

    def fault(request: Request) -> None:
        if request.operation == operation:
            _thread.interrupt_main()

    proxy.faults.append(fault)


def test_an_interrupt_leaves_a_whole_snapshot_that_can_be_resumed(proxy: Proxy, world: World, tmp_path: Path) -> None:
    interrupt_at(proxy, "ListQueues")

    done = collect_all(proxy, tmp_path / "snap", "--workers", "1")

    assert done.exit_code == 130
    assert "go on with --resume" in done.stderr
    assert (world.dev, "iam", "get_account_authorization_details") in outcomes(tmp_path / "snap", Outcome.NOT_TRIED)
    assert not all(account.is_collected for account in estate_of(tmp_path / "snap").accounts.values())
    proxy.reset()
    assert collect(proxy, tmp_path / "snap", "--resume", "--strict").exit_code == 0
    assert len([each for each in proxy.seen if each[2] == "DescribeOrganization"]) == 0
    collect_all(proxy, tmp_path / "fresh")
    assert files_of(tmp_path / "snap") == files_of(tmp_path / "fresh")


def test_an_interrupt_keeps_the_earlier_snapshot_and_what_was_collected(proxy: Proxy, world: World, tmp_path: Path) -> None:
    collect(proxy, tmp_path / "snap", "--no-organization")
    before = read_snapshot(tmp_path / "snap").id
    interrupt_at(proxy, "ListSAMLProviders")

    done = collect_all(proxy, tmp_path / "snap", "--force")

    assert done.exit_code == 130
    assert read_snapshot(tmp_path / "snap").id == before
    proxy.reset()
    assert collect(proxy, tmp_path / "snap", "--resume").exit_code == 0
    assert set(read_snapshot(tmp_path / "snap").accounts) == {MANAGEMENT, world.dev, world.data}


def test_a_snapshot_that_is_there_stays_unless_forced(proxy: Proxy, world: World, tmp_path: Path) -> None:
    collect(proxy, tmp_path / "snap", "--no-organization")
    before = read_snapshot(tmp_path / "snap").id

    refused = collect(proxy, tmp_path / "snap")
    assert (refused.exit_code, read_snapshot(tmp_path / "snap").id) == (2, before)
    assert "--force" in refused.stderr

    forced = collect(proxy, tmp_path / "snap", "--force")
    assert forced.exit_code == 0
    assert read_snapshot(tmp_path / "snap").id != before
