"""Snapshots: whole or not at all, the same bytes for the same answers, and verified when they are read."""

from __future__ import annotations

import gzip
import hashlib
import json
import stat
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from xgraph.graph.model.coverage import Outcome
from xgraph.ingest.estate import build_estate
from xgraph.ingest.snapshot.batch import Batch
from xgraph.ingest.snapshot.encoding import encode
from xgraph.ingest.snapshot.layout import SnapshotError
from xgraph.ingest.snapshot.manifest import from_lines, row, to_lines
from xgraph.ingest.snapshot.read import read_snapshot
from xgraph.ingest.snapshot.redact import redact
from xgraph.ingest.snapshot.store import SnapshotWriter

ACCOUNT = "100000000001"
ROOT = Path(__file__).parents[2]


def write(folder: Path, *, backwards: bool = False, collected: Any = None, force: bool = False, tag: str = "ml") -> str:
    """A small snapshot; `backwards` hands the same answers over in another order."""
    iam = Batch(ACCOUNT, "iam")
    role = {"Arn": f"arn:aws:iam::{ACCOUNT}:role/a", "RoleName": "a", "CreateDate": datetime(2026, 1, 15, tzinfo=UTC)}
    iam.ok("get_account_authorization_details", {}, {"RoleDetailList": [role]})
    s3 = Batch(ACCOUNT, "s3")
    calls: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
        ("list_buckets", {}, {"Buckets": [{"Name": "b"}, {"Name": "a"}]}),
        ("get_bucket_tagging", {"Bucket": "b"}, {"TagSet": [{"Key": "team", "Value": tag}]}),
        ("get_bucket_policy", {"Bucket": "a"}, {"Policy": "{}"}),
    ]
    for call in reversed(calls) if backwards else calls:
        s3.ok(*call)
    s3.ended(Outcome.EMPTY, "get_bucket_policy", {"Bucket": "b"})
    s3.ended(Outcome.DENIED, "get_bucket_acl", {"Bucket": "b"}, "AccessDenied: no (Request ID: 1234ABCD)")
    with SnapshotWriter(folder, force=force) as writer:
        for batch in (s3, iam) if backwards else (iam, s3):
            writer.put(batch)
        return writer.finish(collected)


def test_what_is_written_is_read(tmp_path: Path) -> None:
    written = write(tmp_path / "snap")

    snapshot = read_snapshot(tmp_path / "snap")
    assert snapshot.id == written
    assert (snapshot.name, snapshot.accounts, snapshot.organizations) == (ACCOUNT, (ACCOUNT,), ())
    assert {(each.call, each.outcome.value, each.error) for each in snapshot.coverage if each.outcome is not Outcome.OK} == {
        ("get_bucket_policy", "empty", ""),
        ("get_bucket_acl", "denied", "AccessDenied: no"),
    }
    estate = build_estate(snapshot)
    assert set(estate.principals) == {f"arn:aws:iam::{ACCOUNT}:role/a"}
    a, b = estate.resources["arn:aws:s3:::a"], estate.resources["arn:aws:s3:::b"]
    assert (a.policy and a.policy.document, b.policy) == ("{}", None)
    assert (a.tags, b.tags) == (None, (("team", "ml"),))


def test_equal_answers_give_equal_bytes_in_any_order(tmp_path: Path) -> None:
    ids = {write(tmp_path / "one"), write(tmp_path / "two", backwards=True)}

    assert len(ids) == 1
    one, two = ({p.relative_to(tmp_path / n): p.read_bytes() for p in (tmp_path / n).rglob("*.*")} for n in ("one", "two"))
    assert one == two


def test_the_clock_is_outside_the_id(tmp_path: Path) -> None:
    assert write(tmp_path / "one", collected={"seconds": 1.5}) == write(tmp_path / "two", collected={"seconds": 2})
    assert json.loads((tmp_path / "one" / "collected.json").read_bytes()) == {"seconds": 1.5}
    (tmp_path / "one" / "collected.json").unlink()
    assert read_snapshot(tmp_path / "one").id == read_snapshot(tmp_path / "two").id


def test_other_answers_give_another_id(tmp_path: Path) -> None:
    assert write(tmp_path / "one") != write(tmp_path / "two", tag="risk")


def test_files_are_for_their_owner_only(tmp_path: Path) -> None:
    write(tmp_path / "new" / "snap")

    modes = {(path.is_dir(), stat.S_IMODE(path.stat().st_mode)) for path in (tmp_path / "new").rglob("*")}
    assert modes == {(True, 0o700), (False, 0o600)}


def test_one_value_a_line_and_sorted(tmp_path: Path) -> None:
    assert encode({"b": [1, "ä\u202e"], "a": {"when": datetime(2026, 1, 1, tzinfo=UTC), "raw": b"\x00"}, "c": {}}).decode() == (
        '{\n "a": {\n  "raw": "AA==",\n  "when": "2026-01-01T00:00:00+00:00"\n },\n "b": [\n  1,\n  "\\u00e4\\u202e"\n ],\n "c": {}\n}\n'
    )


def test_lone_surrogates_become_readable() -> None:
    assert encode("a\ud800") == b'"a\\ufffd"\n'


def test_compressed_files_are_read_too(tmp_path: Path) -> None:
    written = write(tmp_path / "snap")
    for path in list((tmp_path / "snap").rglob("*.json*")):
        if path.is_file():
            path.with_name(path.name + ".gz").write_bytes(gzip.compress(path.read_bytes()))
            path.unlink()

    assert read_snapshot(tmp_path / "snap").id == written


@pytest.mark.parametrize("stop_before", range(1, 10))
def test_a_writer_killed_on_its_way_leaves_nothing_that_passes_for_a_snapshot(tmp_path: Path, stop_before: int) -> None:
    """The process dies before the n-th of nine renames, the last of which is that of `snapshot.json`; the folder can be used again."""
    program = f"""
import os, pathlib, sys
sys.path.insert(0, {str(ROOT / "tests" / "ingest")!r})
left = [{stop_before}]
rename = pathlib.Path.replace
def replace(self, target):
    left[0] -= 1
    if not left[0]:
        os._exit(9)
    return rename(self, target)
pathlib.Path.replace = replace
from test_snapshot import write
write(pathlib.Path({str(tmp_path / "snap")!r}))
"""
    done = subprocess.run([sys.executable, "-c", program], check=False, cwd=ROOT, capture_output=True, text=True)

    assert done.returncode == 9, done.stderr
    with pytest.raises(SnapshotError, match="interrupted"):
        read_snapshot(tmp_path / "snap")
    assert write(tmp_path / "snap") == read_snapshot(tmp_path / "snap").id


def test_an_exception_leaves_the_old_snapshot(tmp_path: Path) -> None:
    before = write(tmp_path / "snap")

    def interrupted() -> None:
        with SnapshotWriter(tmp_path / "snap", force=True) as writer:
            writer.put(Batch(ACCOUNT, "iam", answers=[]))
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()

    assert read_snapshot(tmp_path / "snap").id == before
    assert not list((tmp_path / "snap").glob(".*"))


def test_force_replaces_all_of_the_old_snapshot(tmp_path: Path) -> None:
    with SnapshotWriter(tmp_path / "snap") as writer:
        other = Batch("100000000002", "iam")
        other.ok("list_account_aliases", {}, {"AccountAliases": []})
        writer.put(other)
        writer.finish()

    assert write(tmp_path / "snap", force=True) == write(tmp_path / "fresh")
    assert not (tmp_path / "snap" / "accounts" / "100000000002").exists()


def test_a_folder_with_something_else_is_not_touched(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")

    for force in (False, True):
        with pytest.raises(SnapshotError, match="neither empty nor a snapshot"):
            write(tmp_path, force=force)

    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_writing_needs_the_standard_library_alone() -> None:
    program = (
        "import sys; from xgraph.ingest.snapshot import store\n"
        "print([name for name in sys.modules if name.split('.')[0] in {'msgspec', 'boto3', 'botocore', 'click', 'rich'}])"
    )
    done = subprocess.run([sys.executable, "-S", "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)

    assert done.stdout == "[]\n"


def edit(folder: Path, path: str, change: Any) -> None:
    """Changes a file and makes `snapshot.json` agree with it, as somebody would who edits a snapshot on purpose."""
    file = folder / path
    file.write_bytes(change(file.read_bytes()))
    head = json.loads((folder / "snapshot.json").read_bytes())
    head["files"][path] = hashlib.sha256(file.read_bytes()).hexdigest()
    (folder / "snapshot.json").write_text(json.dumps(head))


IAM_FILE = f"accounts/{ACCOUNT}/iam.global.json"


def test_a_changed_file_is_told_from_the_collected_one(tmp_path: Path) -> None:
    write(tmp_path)
    (tmp_path / IAM_FILE).write_text((tmp_path / IAM_FILE).read_text().replace("role/a", "role/b"))

    with pytest.raises(SnapshotError, match=rf"^`{IAM_FILE}` is not as it was collected"):
        read_snapshot(tmp_path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    write(tmp_path)
    (tmp_path / IAM_FILE).unlink()

    with pytest.raises(SnapshotError, match=rf"^`{IAM_FILE}` is missing"):
        read_snapshot(tmp_path)


@pytest.mark.parametrize(
    ("head", "sentence"),
    [
        ("", "it ends too early"),
        ("[]", "expected an object, found a list"),
        ('{"format_version": "x"}', "expected a number, found text at `format_version`"),
        ('{"format_version": 9, "name": "", "organizations": [], "accounts": [], "files": {}}', "format version 9"),
        ('{"format_version": 1, "name": "", "organizations": [], "accounts": [], "files": {}}', "does not list `coverage.jsonl`"),
        (
            '{"format_version": 1, "name": "", "organizations": [], "accounts": [], "files": {"coverage.jsonl": "", "../../x.json": ""}}',
            "lists `../../x.json`",
        ),
        (
            '{"format_version": 1, "name": "", "organizations": [], "accounts": ["../x"], "files": {"coverage.jsonl": ""}}',
            "lists the account `../x`",
        ),
    ],
)
def test_a_bad_head_is_one_sentence(tmp_path: Path, head: str, sentence: str) -> None:
    write(tmp_path)
    (tmp_path / "snapshot.json").write_text(head)

    with pytest.raises(SnapshotError) as error:
        read_snapshot(tmp_path)

    assert str(error.value).startswith("`snapshot.json`")
    assert sentence in str(error.value)


@pytest.mark.parametrize(
    ("path", "content", "sentence"),
    [
        (IAM_FILE, b"{", f"`{IAM_FILE}`: is not JSON"),
        (IAM_FILE, b'{"calls": {}}', f"`{IAM_FILE}`: expected a list, found an object at `calls`"),
        (
            IAM_FILE,
            b'{"calls": [{"call": "get_account_authorization_details", "parameters": {}, "answer": {"RoleDetailList": [{"Arn": 1}]}}]}',
            "expected text, found a number at `calls[0].answer.RoleDetailList[0].Arn`",
        ),
        (IAM_FILE, b'{"calls": [{"call": "x", "parameters": {}, "answer": ' + b"[" * 99999 + b"]" * 99999 + b"}]}", "nested too deeply"),
        ("coverage.jsonl", b"{}\n", "`coverage.jsonl` line 1 is not an object with"),
        ("coverage.jsonl", b"nonsense\n", "`coverage.jsonl` line 1 is not JSON"),
    ],
)
def test_a_file_of_another_shape_is_one_sentence(tmp_path: Path, path: str, content: bytes, sentence: str) -> None:
    write(tmp_path)
    edit(tmp_path, path, lambda _: content)

    with pytest.raises(SnapshotError) as error:
        build_estate(read_snapshot(tmp_path))

    assert sentence in str(error.value)
    assert "\n" not in str(error.value)


def test_an_unknown_outcome_is_named(tmp_path: Path) -> None:
    write(tmp_path)
    edit(tmp_path, "coverage.jsonl", lambda content: content.replace(b'"denied"', b'"forbidden"'))

    with pytest.raises(SnapshotError, match="unknown outcome `forbidden`"):
        read_snapshot(tmp_path)


@pytest.mark.parametrize("folder", ["nowhere", ""])
def test_no_snapshot_is_one_sentence(tmp_path: Path, folder: str) -> None:
    with pytest.raises(SnapshotError, match=r"there is no snapshot at|is not a snapshot"):
        read_snapshot(tmp_path / folder)


def test_a_broken_compressed_file_is_one_sentence(tmp_path: Path) -> None:
    write(tmp_path)
    (tmp_path / IAM_FILE).rename(tmp_path / (IAM_FILE + ".gz"))

    with pytest.raises(SnapshotError, match=r"iam\.global\.json\.gz` can't be read"):
        read_snapshot(tmp_path)


def test_rows_survive_the_way_through_a_file() -> None:
    rows = [
        row(ACCOUNT, "global", "s3", "get_bucket_acl", Outcome.FAILED, {"Bucket": "ü"}, "two\nlines"),
        row(ACCOUNT, "eu-west-1", "sqs", "list_queues", Outcome.OK),
    ]

    assert from_lines(to_lines([*rows, *rows])) == tuple(sorted(rows))


def test_secrets_are_removed_and_commit_ids_are_not() -> None:
    secret = "wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEY42"
    commit = "0f" * 20
    answer = {
        "ResponseMetadata": {},
        "Credentials": {"SecretAccessKey": "x", "SessionToken": "y", "AccessKeyId": "z"},
        "TagSet": [{"Key": "leak", "Value": f"key={secret}"}, {"Key": "commit", "Value": commit}],
        "Tags": {"token": "ghp_" + "a1" * 18},
        "PolicyDocument": {"Statement": [{"Condition": {"StringEquals": {"sts:ExternalId": secret}}}]},
    }

    clean = redact(answer)

    assert set(clean) == {"Credentials", "TagSet", "Tags", "PolicyDocument"}
    assert clean["Credentials"] == {"AccessKeyId": "z"}
    assert clean["TagSet"][0]["Value"].startswith("sha256:")
    assert clean["TagSet"][1]["Value"] == commit
    assert clean["Tags"]["token"].startswith("sha256:")
    assert clean["PolicyDocument"] == answer["PolicyDocument"]


def test_a_relative_folder_will_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)

    assert write(Path("snap")) == read_snapshot("snap").id
    assert [path.name for path in Path().iterdir()] == ["snap"]
