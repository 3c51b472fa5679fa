"""`xgraph coverage`, what `xgraph collect` says, and the permissions that it prints."""

from __future__ import annotations

import csv
import io
import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from xgraph.cli import main
from xgraph.cli._collecting import listening, summary
from xgraph.graph.model.coverage import Outcome
from xgraph.ingest.collect.progress import Counter
from xgraph.ingest.collect.runner import Collected
from xgraph.ingest.services import SERVICES
from xgraph.ingest.services._service import Scope
from xgraph.ingest.snapshot.batch import Batch
from xgraph.ingest.snapshot.store import SnapshotWriter
from xgraph.ingest.snapshot.tally import LEFT_OUT, Tally

ONE, TWO = "100000000001", "100000000002"
BY_SCP = "AccessDenied: not authorized to perform: sqs:ListQueues with an explicit deny in a service control policy"


def xgraph(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments)


@pytest.fixture
def snapshot(tmp_path: Path) -> str:
    """Two accounts: one known, and one of which half is."""
    with SnapshotWriter(tmp_path / "snap") as writer:
        for account in (ONE, TWO):
            iam = Batch(account, "iam")
            iam.ok("get_account_authorization_details", {}, {})
            iam.ended(Outcome.EMPTY, "list_saml_providers", {})
            queues = Batch(account, "sqs", "eu-central-1")
            if account == ONE:
                queues.ok("list_queues", {}, {})
            else:
                queues.ended(Outcome.DENIED, "list_queues", {}, BY_SCP)
            writer.put(iam)
            writer.put(queues)
        left = Batch(TWO, "kms", "*")
        left.ended(Outcome.NOT_TRIED, "list_keys", {}, LEFT_OUT)
        writer.put(left)
        writer.finish()
    return str(tmp_path / "snap")


def test_the_table_says_how_much_is_known_and_why_something_is_not(snapshot: str) -> None:
    lines = xgraph("coverage", "--snapshot", snapshot).stdout.splitlines()

    assert [" ".join(line.split()) for line in lines] == [
        "account known",
        f"{ONE} 100 % 2 ok 1 empty",
        f"{TWO} 50.0 % 1 ok 1 empty 1 denied",
        "",
        "not known:",
        f"sqs list_queues denied by a service control policy in {TWO}",
        "",
        "75.0 % is known",
    ]


@pytest.mark.parametrize(("least", "status"), [("75", 0), ("75.1", 1)])
def test_too_little_is_a_status(snapshot: str, least: str, status: int) -> None:
    done = xgraph("coverage", "--snapshot", snapshot, "--fail-under", least)

    assert done.exit_code == status
    assert ("less than 75.1 %" in done.stderr) == bool(status)


def test_every_unknown_call_is_listed_with_the_kind_of_policy_that_denied_it(snapshot: str) -> None:
    lines = xgraph("coverage", "--snapshot", snapshot, "--format", "jsonl").stdout.splitlines()
    rows = list(csv.DictReader(io.StringIO(xgraph("coverage", "--snapshot", snapshot, "--format", "csv").stdout)))

    assert [(each["account"], each["call"], each["denied_by"], each["error"]) for each in map(json.loads, lines)] == [
        (TWO, "list_keys", "", LEFT_OUT),
        (TWO, "list_queues", "scp", BY_SCP),
    ]
    assert [row["denied_by"] for row in rows] == ["", "scp"]


def test_the_numbers_for_machines(snapshot: str) -> None:
    found = json.loads(xgraph("coverage", "--snapshot", snapshot, "--format", "json").stdout)

    assert found["known_percent"] == 75
    assert found["calls"] == {"denied": 1, "empty": 2, "ok": 3}
    assert found["accounts"][1] == {"account": TWO, "known_percent": 50, "services": {"iam": {"empty": 1, "ok": 1}, "sqs": {"denied": 1}}}


def test_no_snapshot_is_one_sentence(tmp_path: Path) -> None:
    done = xgraph("coverage", "--snapshot", str(tmp_path / "none"))

    assert done.exit_code == 2
    assert len(done.stderr.splitlines()) == 1


def test_nearly_all_is_not_called_all() -> None:
    rows = [("ok", "")] * 99_999 + [("denied", "no")]
    batch = Batch(ONE, "iam")
    for number, (outcome, error) in enumerate(rows):
        batch.ended(Outcome(outcome), "get_policy", {"PolicyArn": str(number)}, error)

    (line,) = (line for line in summary(Collected("id", (ONE,), Tally(batch.rows), 100_000, 10.0), "snap") if line.startswith("collected"))
    assert line == "collected 1 account into `snap`: 99.9 % known, 100000 calls in 10 s, 10000 a second"


def test_a_summary_fits_a_glance_and_a_terminal() -> None:
    tally = Tally()
    for number in range(300):
        batch = Batch(str(100000000001 + number), "a-service-with-a-long-name")
        for call in range(30):
            batch.ended(Outcome.DENIED, f"describe_something_with_number_{call}", {}, "no" + BY_SCP * (call % 2))
        tally.add(batch.rows)

    lines = summary(Collected("id", tuple(tally.cells), tally, 9000, 10.0), "snap")

    assert len(lines) < 20
    assert max(map(len, lines)) <= 125


def test_accounts_that_are_known_share_a_line_and_the_least_known_come_first() -> None:
    tally = Tally()
    for number in range(20):
        batch = Batch(str(100000000001 + number), "iam")
        for call in range(number + 1):
            batch.ended(Outcome.OK, "get_policy", {"PolicyArn": str(call)})
        if number == 7:
            batch.ended(Outcome.DENIED, "list_saml_providers", {}, "no")
        tally.add(batch.rows)
    shut = Batch("100000000021", "iam")
    shut.ended(Outcome.DENIED, "get_account_authorization_details", {}, "assuming `Audit`: AccessDenied: no")
    tally.add(shut.rows)

    lines = [" ".join(line.split()) for line in summary(Collected("id", tuple(tally.cells), tally, 9000, 10.0), "snap")]

    assert lines[:4] == ["account known", "100000000021 0 % 1 denied", "100000000008 88.9 % 8 ok 1 denied", "19 accounts 100 % 202 ok"]
    assert "sts assume_role denied in 100000000021" in lines


def told(log: str, capsys: pytest.CaptureFixture[str]) -> list[str]:
    with listening(log) as listener:
        counter = Counter(2, listener)
        for account in (ONE, TWO):
            counter.entered(2)
            counter.call(account, "iam", "global", "list_users", "ok", "")
            counter.call(account, "iam", "global", "list_roles", "denied", "no")
            counter.place(account, "iam", "global")
            counter.place(account, "sqs", "eu-central-1")
            counter.account(account)
    captured = capsys.readouterr()
    assert captured.out == ""
    return captured.err.splitlines()


def test_a_line_for_each_account(capsys: pytest.CaptureFixture[str]) -> None:
    one, two = told("lines", capsys)

    assert re.fullmatch(rf"1 of 2 accounts, {ONE} done, 1 calls denied or failed, \d+ calls/s, about \d+ s left", one)
    assert two.startswith(f"2 of 2 accounts, {TWO} done")


def test_json_lines_for_machines(capsys: pytest.CaptureFixture[str]) -> None:
    events = [json.loads(line) for line in told("json", capsys)]

    assert [each["what"] for each in events] == ["call", "place", "place", "account"] * 2
    assert events[0] == {
        "what": "call", "account": ONE, "service": "iam", "region": "global", "call": "list_roles", "outcome": "denied", "error": "no",
        "calls": 2, "places": 0, "places_in_all": 4, "accounts": 0, "accounts_in_all": 2,
    }  # fmt: skip


@pytest.mark.parametrize("log", ["quiet", "auto"])
def test_nothing_is_said_where_nobody_looks(log: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert told(log, capsys) == []


# -- permissions


def test_the_policy_has_every_action_that_is_declared() -> None:
    done = xgraph("collect", "--print-policy", "--organization", "--role-name", "Audit", "--objects", "bucket/")

    statements = json.loads(done.stdout)["Statement"]
    actions = {action for each in statements for action in each["Action"]}
    declared = {action for service in SERVICES for call in service.calls for action in call.actions}
    assert actions == declared | {"sts:AssumeRole", "ec2:DescribeRegions"}
    assert statements[-1]["Resource"] == ["arn:aws:iam::*:role/Audit"]
    assert all(re.match(r"(Get|List|Describe|BatchGet|Lookup|Search|GET|Query|View|Retrieve)", each.partition(":")[2]) for each in declared)


def test_the_policy_of_some_services_has_no_others() -> None:
    done = xgraph("collect", "--print-policy", "--services", "sqs", "--no-organization")

    assert {each["Sid"] for each in json.loads(done.stdout)["Statement"]} == {"ReadRegions", "ReadSqs"}
    assert done.stderr == ""


def test_the_template_fits_what_iam_allows() -> None:
    template = json.loads(xgraph("collect", "--print-stackset", "--objects", "bucket/").stdout)

    policies = [
        each["Properties"]["PolicyDocument"] for each in template["Resources"].values() if each["Type"] == "AWS::IAM::ManagedPolicy"
    ]
    asked = {action for service in SERVICES if service.scope is not Scope.ORGANIZATION for call in service.calls for action in call.actions}
    assert {action for each in policies for statement in each["Statement"] for action in statement["Action"]} == asked | {
        "ec2:DescribeRegions"
    }
    assert all(len(json.dumps(each, separators=(",", ":"))) <= 6144 for each in policies)
    assert len(policies) <= 10
    assert len(template["Resources"]["Role"]["Properties"]["ManagedPolicyArns"]) == len(policies)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ([], "--out is missing"),
        (["--out", "x", "--force", "--resume"], "exclude each other"),
        (["--out", "x", "--ou", "ou-1"], "they need --organization"),
        (["--out", "x", "--services", "sqz"], "there is no service `sqz`"),
        (["--out", "x", "--sample", "5"], "--sample says how many"),
        (["--out", "nowhere", "--resume"], "there is nothing at `nowhere` to go on from"),
    ],
)
def test_bad_usage_is_one_sentence(arguments: list[str], sentence: str) -> None:
    done = xgraph("collect", *arguments)

    assert done.exit_code == 2
    assert sentence in done.stderr
    assert len(done.stderr.splitlines()) == 1
