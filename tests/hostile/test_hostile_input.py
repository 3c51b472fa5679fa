"""Files that are broken, huge or meant to do harm: one sentence and an exit status, or a Problem later on; never a trace."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from xgraph.ingest.estate import build_estate
from xgraph.ingest.snapshot.read import read_snapshot

ACCOUNT = "100000000001"
NAMES = (
    "<script>alert(1)</script>",
    "line\nbreak\rand\ttab",
    "\u202egnp.exe\u202c",
    "nul\x00and\x1b[31mescape",
    "'; DROP TABLE roles; --",
    "${aws:username}",
    "../../../etc/passwd",
    "a" * 100_000,
    "\ud800 alone",
    "\U0001f98a" * 50,
    "",
)
DOCUMENTS: dict[str, Any] = {
    "a number": 5,
    "a list": [1, 2],
    "null": None,
    "empty text": "",
    "text": "allow everything please",
    "half of it": '{"Statement": [{"Effect": "Allow"',
    "percent signs": "%7B%ZZ%",
    "twice encoded": json.dumps(json.dumps({"Statement": []})),
    "an unknown operator": {"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {"StringLik": {"a": "b"}}}},
    "no statement": {"Version": "2012-10-17"},
    "a statement that is text": {"Statement": "all"},
    "an effect in lower case": {"Statement": [{"Effect": "allow", "Action": "*", "Resource": "*"}]},
    "an action that is a number": {"Statement": [{"Effect": "Allow", "Action": 7, "Resource": "*"}]},
    "a condition that is a list": {"Statement": [{"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": [1]}]},
    "a large number": {"Statement": [], "Id": 10**400},
    "a key for __proto__": {"__proto__": {"Statement": []}, "Statement": []},
}


def xgraph(*arguments: Path | str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "xgraph", *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    assert "Traceback" not in done.stderr
    assert done.stdout == ""
    return done


def put(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def gaad(*roles: dict[str, Any]) -> str:
    return json.dumps({"UserDetailList": [], "GroupDetailList": [], "RoleDetailList": list(roles), "Policies": []})


def role(name: str, document: Any = None) -> dict[str, Any]:
    policies = [{"PolicyName": "p", "PolicyDocument": document}]
    return {
        "Arn": f"arn:aws:iam::{ACCOUNT}:role/{name}",
        "RoleName": name,
        "AssumeRolePolicyDocument": document,
        "RolePolicyList": policies,
    }


def test_names_survive_as_they_are(tmp_path: Path) -> None:
    file = put(tmp_path / "gaad.json", gaad(*(role(name) for name in NAMES)))

    done = xgraph("import", "gaad", file, "--no-organization", "--out", tmp_path / "snap")

    assert done.returncode == 0
    found = {principal.name for principal in build_estate(read_snapshot(tmp_path / "snap")).principals.values()}
    assert found == {name.replace("\ud800", "\ufffd") for name in NAMES}
    assert sorted(path.name for path in (tmp_path / "snap" / "accounts").iterdir()) == [ACCOUNT]


def test_names_do_not_steer_the_terminal(tmp_path: Path) -> None:
    file = put(tmp_path / "gaad.json", gaad(role("x"), {"Arn": f"arn:aws:iam::{ACCOUNT}:role/y\x1b[2J\nz\u202e", "Path": 5}))

    done = xgraph("import", "gaad", file, "--out", tmp_path / "snap")

    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize("sign", ["\x1b[2J", "\n", "\u202e"])
def test_signs_in_a_name_that_is_quoted_do_not_reach_the_terminal(tmp_path: Path, sign: str) -> None:
    file = put(tmp_path / "gaad.json", gaad(role("x"), {"Arn": f"arn:aws:iam::100000000002:role/y{sign}z"}))

    done = xgraph("import", "gaad", file, "--out", tmp_path / "snap")

    assert (done.returncode, len(done.stderr.splitlines())) == (2, 1)
    assert sign not in done.stderr.removesuffix("\n")


def test_documents_of_any_shape_are_kept_for_the_engine_to_judge(tmp_path: Path) -> None:
    file = put(tmp_path / "gaad.json", gaad(*(role(f"r{number}", document) for number, document in enumerate(DOCUMENTS.values()))))

    done = xgraph("import", "gaad", file, "--no-organization", "--out", tmp_path / "snap")

    assert done.returncode == 0
    estate = build_estate(read_snapshot(tmp_path / "snap"))
    for number, (name, document) in enumerate(DOCUMENTS.items()):
        (policy,) = estate.principals[f"arn:aws:iam::{ACCOUNT}:role/r{number}"].policies
        assert (policy.document is None) == (document is None), name


def test_a_key_that_stands_twice_outside_of_documents_is_like_in_any_json(tmp_path: Path) -> None:
    entry = f'{{"Arn": "arn:aws:iam::{ACCOUNT}:role/a", "Path": "/one/", "Path": "/two/"}}'
    file = put(tmp_path / "gaad.json", f'{{"RoleDetailList": [], "RoleDetailList": [{entry}]}}')

    assert xgraph("import", "gaad", file, "--out", tmp_path / "snap").returncode == 0
    (found,) = build_estate(read_snapshot(tmp_path / "snap")).principals.values()
    assert found.path == "/two/"


@pytest.mark.parametrize("as_text", [False, True])
def test_ten_megabytes_of_policy(tmp_path: Path, as_text: bool) -> None:
    statement = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::" + "x" * 1000}
    document = {"Version": "2012-10-17", "Statement": [statement] * 10_000}
    file = put(tmp_path / "gaad.json", gaad(role("big", json.dumps(document) if as_text else document)))

    assert xgraph("import", "gaad", file, "--no-organization", "--out", tmp_path / "snap").returncode == 0
    (big,) = build_estate(read_snapshot(tmp_path / "snap")).principals.values()
    assert json.loads(big.policies[0].document or "") == document


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "is empty"),
        (b"{", "is not JSON"),
        (b"[" * 200_000, "is nested too deeply"),
        (b'{"RoleDetailList": ' + b'{"a":' * 100_000 + b"1" + b"}" * 100_000 + b"}", "is nested too deeply"),
        (b"\xff\xfe\xfd\x00\xff", "is not text"),
        (b"\x1f\x8b\x08\x00gzip", "is not"),
        (b'{"UserDetailList": ' + b"9" * 5000 + b"}", "is not JSON that can be used"),
        (b'"a policy"', "expected an object at the top, found text"),
        (b"null", "expected an object at the top"),
        (b'{"Accounts": []}', "names no account"),
        (b'{"RoleDetailList": {"Arn": "x"}}', "expected a list"),
    ],
)
@pytest.mark.parametrize("option", ["gaad", "organization", "resources"])
def test_a_file_that_cannot_be_used_is_one_sentence(tmp_path: Path, content: bytes, sentence: str, option: str) -> None:
    bad, good = tmp_path / "bad.json", put(tmp_path / "good.json", gaad(role("a")))
    bad.write_bytes(content)
    files = [bad] if option == "gaad" else [good, f"--{option}", bad]

    done = xgraph("import", "gaad", *files, "--out", tmp_path / "snap")

    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
    assert "bad.json`" in done.stderr
    if option == "gaad":
        assert sentence in done.stderr
    assert not (tmp_path / "snap").exists()


def test_a_document_too_deep_for_anyone(tmp_path: Path) -> None:
    deep = '{"a":' * 2000 + "1" + "}" * 2000
    file = put(tmp_path / "gaad.json", gaad(role("a", "@")).replace('"@"', deep))

    done = xgraph("import", "gaad", file, "--out", tmp_path / "snap")

    assert done.returncode == 2
    assert "nested too deeply" in done.stderr


def test_a_deep_document_that_json_can_still_read(tmp_path: Path) -> None:
    """Between what one parser takes and what another does lies nothing that ends in a trace."""
    for depth in (100, 190, 300, 960, 990):
        deep = '{"a":' * depth + "1" + "}" * depth
        file = put(tmp_path / "gaad.json", gaad(role("a", "@")).replace('"@"', deep))

        done = xgraph("import", "gaad", file, "--out", tmp_path / f"snap{depth}")

        assert done.returncode in {0, 2}
        if done.returncode == 0:
            build_estate(read_snapshot(tmp_path / f"snap{depth}"))


def test_a_link_in_the_place_of_the_snapshot_is_not_followed_into_a_full_folder(tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    put(tmp_path / "home" / "thesis.txt", "years of work")
    (tmp_path / "snap").symlink_to(tmp_path / "home")
    file = put(tmp_path / "gaad.json", gaad(role("a")))

    done = xgraph("import", "gaad", file, "--force", "--out", tmp_path / "snap")

    assert done.returncode == 2
    assert [path.name for path in (tmp_path / "home").iterdir()] == ["thesis.txt"]
