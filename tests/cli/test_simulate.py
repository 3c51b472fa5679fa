"""`xgraph simulate` from end to end: over the sample organization, and over requests that bring their policies along."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

import xgraph
from xgraph.cli import main
from xgraph.cli._requests import LONGEST_LINE, answer_all
from xgraph.graph.access.names import UnknownName
from xgraph.graph.policy.request import FIELDS, BadRequest

ROOT = Path(__file__).parents[2]
SNAPSHOT = ROOT / "examples" / "acme" / "snapshot"
CASES = ROOT / "tests" / "cases"
API = "arn:aws:iam::100000000006:role/orders-api"
READER = "arn:aws:iam::100000000007:role/OrdersTableReader"
ORDERS = ("--to", "arn:aws:dynamodb:eu-central-1:100000000007:table/Orders", "--action", "dynamodb:GetItem")

USER = "arn:aws:iam::111111111111:user/u"
REQUEST: dict[str, Any] = {
    "principal": USER,
    "action": "s3:GetObject",
    "resource": "arn:aws:s3:::b/k",
    "resource_account": "111111111111",
    "identity_policies": [{"Statement": {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}}],
}


def ask(*arguments: str, lines: str | bytes | None = None) -> Result:
    return CliRunner().invoke(main, ["simulate", *arguments], input=lines, env={"XGRAPH_SNAPSHOT": str(SNAPSHOT)})


def answer(*arguments: str) -> dict[str, Any]:
    shown = ask(*arguments, "--format", "json")
    assert (shown.exit_code, shown.stderr) == (0, "")
    found: dict[str, Any] = json.loads(shown.stdout)
    return found


def decided(lines: bytes | str, *arguments: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in ask("--requests", "-", *arguments, lines=lines).stdout.splitlines()]


# ------------------------------------------------------------------------------------------------------- over a snapshot


def test_what_is_allowed_names_its_statement() -> None:
    found = answer("--from", READER, *ORDERS)

    assert (found["query"], found["verdict"], found["condition"], found["complete"]) == ("simulate", "ALLOWED", None, True)
    assert [(each["policy"], each["policy_type"]) for each in found["evidence"] if each["policy_type"] == "identity"] == [
        (f"{READER}#inline/read-orders", "identity"),
    ]
    assert found["nodes"][READER]["account_name"] == "data"
    assert found["parameters"]["action"] == "dynamodb:GetItem"


def test_what_is_denied_names_what_withholds_it() -> None:
    found = answer("--from", API, *ORDERS)

    assert found["verdict"] == "IMPLICITLY_DENIED"
    assert {each["control"] for each in found["blocked_by"]} == {"identity-half", "resource-half"}


def test_the_action_on_a_role_is_to_assume_it() -> None:
    found = answer("--from", API, "--to", READER)

    assert (found["parameters"]["action"], found["verdict"]) == ("sts:AssumeRole", "ALLOWED")


VENDOR = ("--from", "500000000001", "--to", "arn:aws:iam::100000000006:role/heliograph-monitoring")


def test_stated_keys_settle_a_condition() -> None:
    """The vendor's own account has to delegate; the external id is the vendor's to send."""
    keys = {
        tuple(sorted(clause["key"] for term in found["condition"]["any_of"] for clause in term)) if found["condition"] else found["verdict"]
        for found in (
            answer(*VENDOR),
            answer(*VENDOR, "--context", "sts:ExternalId=helio-acme-7731"),
            answer(*VENDOR, "--context", "sts:ExternalId=wrong"),
            answer(*VENDOR, "--assume-complete-context"),
        )
    }

    assert ("foreign-account", "sts:ExternalId") in keys
    assert "IMPLICITLY_DENIED" in keys


def test_a_key_stated_several_times_has_several_values() -> None:
    found = answer("--from", READER, *ORDERS, "--context", "aws:TagKeys=a", "--context", "AWS:tagkeys=b=c", "--context", "x:y=")

    assert found["parameters"]["context"] == {"aws:TagKeys": ["a", "b=c"], "x:y": ""}


def test_a_key_stated_against_what_was_collected_is_noted() -> None:
    found = answer("--from", READER, *ORDERS, "--context", "aws:PrincipalOrgID=o-other")

    assert any(
        "aws:PrincipalOrgID is stated to be `o-other`; by what was collected it is `o-acmeexample`" in note for note in found["notes"]
    )


def test_a_resource_that_was_not_collected_is_conditional_either_way() -> None:
    topic = ("--to", "arn:aws:sns:eu-central-1:100000000007:alerts", "--action", "sns:Publish")
    administrator = "arn:aws:iam::100000000007:root"

    for who in (administrator, READER):
        found = answer("--from", who, *topic)

        assert (found["verdict"], found["complete"]) == ("CONDITIONAL", False), who
        assert any(gap["what"] == "resource-policy-not-collected" for gap in found["coverage_gaps"])


def test_an_object_that_anyone_may_read_is_noted() -> None:
    snapshot = xgraph.load(SNAPSHOT)
    public = [
        (name, note)
        for name in snapshot.estate.resources
        if ":s3:::" in name
        for note in snapshot.graph().simulate(API, "s3:GetObject", f"{name}/index.html").answer.notes
        if "without credentials" in note
    ]

    assert public
    assert all(note.endswith("the verdict is about the one with credentials") for _, note in public)
    assert snapshot.graph().simulate("anonymous", "s3:GetObject", f"{public[0][0]}/index.html").verdict.is_possible


def test_the_table_draws_a_tree_that_fits() -> None:
    shown = ask("--from", API, *ORDERS, "--explain")

    assert (shown.exit_code, shown.stderr) == (0, "")
    for words in (
        "✗ IMPLICITLY_DENIED",
        "blocked by  identity-half",
        "#0, #1: 2 statements on other actions",
        "Condition  StringNotEquals aws:RequestedRegion = eu-central-1, eu-west-1",
        "[seen: eu-central-1]",
        "✗ Deny #0 (OnlyOurOrganization): does not apply",
    ):
        assert words in shown.stdout
    assert max(cell_len(line) for line in shown.stdout.splitlines()) <= 100


def test_json_holds_the_explanation_only_when_asked() -> None:
    assert "explanation" not in answer("--from", API, *ORDERS)

    found = answer("--from", API, *ORDERS, "--explain")["explanation"]

    assert {each["applies"] for each in found["statements"]} == {"yes", "no"}
    assert "an RCP allows nothing, it only denies" in {each["reason"] for each in found["statements"]}
    assert found["unknown"] == []


def test_a_file_holds_what_is_printed(tmp_path: Path) -> None:
    file = tmp_path / "answer"
    for name in ("table", "json", "jsonl"):
        printed = ask("--from", API, *ORDERS, "--format", name)
        written = ask("--from", API, *ORDERS, "--format", name, "-o", str(file))

        assert (printed.exit_code, written.exit_code, written.stdout) == (0, 0, "")
        assert file.read_text(encoding="utf-8") == printed.stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--from", API), "missing option `--to`"),
        (("--to", READER), "missing option `--from`"),
        (("--from", API, "--to", "arn:aws:s3:::b/k"), "so `--action` is needed"),
        (("--from", "any", *ORDERS), "`any` stands for many principals, and one is decided"),
        (("--from", "100000000006", *ORDERS), "principals, and one is decided; nearest: `arn:aws:iam::100000000006:"),
        (("--from", "arn:aws:iam::100000000006:role/orders-ap", *ORDERS), f"nearest: `{API}`"),
        (("--from", API, "--to", READER, "--action", "AssumeRole"), "`AssumeRole` names no single action"),
        (("--from", API, "--to", READER, "--action", "iam:*"), "`iam:*` names no single action"),
        (("--from", API, *ORDERS, "--context", "aws:SourceIp"), "`aws:SourceIp` is no KEY=VALUE"),
        (("--from", API, *ORDERS, "--at", "noon"), "`noon` is no ISO 8601 time"),
        (("--from", API, *ORDERS, "--snapshot", "/nowhere"), "/nowhere"),
        (("--requests", "-", "--from", API), "`--from` says nothing beside `--requests`"),
        (("--requests", "-", "--assume-complete-context"), "`--assume-complete-context` says nothing beside `--requests`"),
        (("--requests", "-", "--format", "table"), "`--requests` writes one JSON decision a line, no table"),
        (("--requests", "/nowhere/x.jsonl"), "could not read `/nowhere/x.jsonl`"),
        (("--requests", "/"), "could not read `/`"),
    ],
)
def test_bad_input_is_one_sentence(arguments: tuple[str, ...], said: str) -> None:
    shown = ask(*arguments)

    assert (shown.exit_code, shown.stdout) == (2, "")
    assert shown.stderr.startswith("xgraph: error: ")
    assert said in shown.stderr
    assert shown.stderr.count("\n") == 1


# -------------------------------------------------------------------------------------------------------------- requests


def all_cases() -> list[dict[str, Any]]:
    out = []
    for path in sorted(CASES.glob("*/*.json")):
        content = json.loads(path.read_text(encoding="utf-8"))
        out += [{"request": {**content.get("fixture", {}), **case["request"]}, "expect": case["expect"]} for case in content["cases"]]
    return out


def test_every_case_is_decided_in_order(tmp_path: Path) -> None:
    cases = all_cases()
    file = tmp_path / "requests.jsonl"
    file.write_text("".join(json.dumps(case["request"]) + "\n" for case in cases), encoding="utf-8")

    shown = ask("--requests", str(file))
    found = [json.loads(line) for line in shown.stdout.splitlines()]

    assert (shown.exit_code, shown.stderr) == (0, "")
    assert [each["verdict"] for each in found] == [case["expect"]["verdict"] for case in cases]
    assert all(set(each) == {"verdict", "condition", "evidence", "blocked_by", "problems"} for each in found)


def test_explain_adds_to_each_line() -> None:
    first, second = decided(json.dumps(REQUEST) + "\n" + json.dumps({**REQUEST, "action": "s3:PutObject"}) + "\n", "--explain")

    assert [each["applies"] for each in first["explanation"]["statements"]] == ["yes"]
    assert [each["reason"] for each in second["explanation"]["statements"]] == ["Action does not cover s3:PutObject"]


def test_absent_is_none_and_null_is_unknown() -> None:
    lines = [
        {**REQUEST, "identity_policies": []},
        {**REQUEST, "identity_policies": None},
        {key: value for key, value in REQUEST.items() if key != "identity_policies"},
        {**REQUEST, "resource_settings": None},
        {**REQUEST, "service_control_policies": None},
    ]

    assert [each["verdict"] for each in decided("\n".join(map(json.dumps, lines)))] == [
        "IMPLICITLY_DENIED",
        "CONDITIONAL",
        "IMPLICITLY_DENIED",
        "CONDITIONAL",
        "CONDITIONAL",
    ]


def test_a_null_key_is_unknown_even_in_a_complete_context() -> None:
    policy = {"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {"StringEquals": {"aws:RequestTag/a": "b"}}}}
    base = {**REQUEST, "identity_policies": [policy], "context_complete": True}

    given, absent, unknown = decided(
        "\n".join(json.dumps({**base, "context": context}) for context in ({"aws:RequestTag/a": "b"}, {}, {"aws:RequestTag/a": None})),
    )

    assert [each["verdict"] for each in (given, absent, unknown)] == ["ALLOWED", "IMPLICITLY_DENIED", "CONDITIONAL"]


HOSTILE: tuple[tuple[bytes, str], ...] = (
    (b"not json", "not JSON"),
    (b"{", "not JSON"),
    (b"\xff\xfe{}", "not UTF-8"),
    (b"{}\x00", "not JSON"),
    (b"[]", "a request is a JSON object"),
    (b"null", "a request is a JSON object"),
    (b'"text"', "a request is a JSON object"),
    (b"7", "a request is a JSON object"),
    (b"NaN", "`NaN` is no number"),
    (b'{"principal": Infinity}', "`Infinity` is no number"),
    (b"[" * 200_000, "nested too deeply"),
    (b'{"a":' * 200_000, "nested too deeply"),
    (b"1" * 10_000, "not JSON"),
    (b"{}", "is missing or no text"),
    (b'{"a": 1, "a": 2}', "the key `a` stands twice in one object"),
    (json.dumps({**REQUEST, "polices": []}).encode(), "unknown field `polices`"),
    *(
        (json.dumps({**REQUEST, **change}).encode(), said)
        for change, said in (
            ({"principal": 7}, "`principal` is missing or no text"),
            ({"principal": "nobody"}, "`nobody` is no principal"),
            ({"action": ["s3:GetObject"]}, "`action` is missing or no text"),
            ({"action": "GetObject"}, "`GetObject` is no action"),
            ({"resource": {}}, "`resource` is missing or no text"),
            ({"resource_account": 111111111111}, "`resource_account` is no 12-digit account id"),
            ({"context": []}, "`context` is no object"),
            ({"context": {"a": {"b": 1}}}, "`a` in `context` is neither text nor a list of texts"),
            ({"context": {"a": "1", "A": "2"}}, "the key `A` stands twice in `context`"),
            ({"context_complete": "yes"}, "`context_complete` is neither `true` nor `false`"),
            ({"organization": "o-1"}, "`organization` is no object"),
            ({"organization": {"id": 1}}, "`id` of `organization` is no text"),
            ({"organization": {"id": "o-1", "paths": 3}}, "`paths` of `organization` is no list of texts"),
            ({"identity_policies": {"Statement": []}}, "`identity_policies` is no list"),
            ({"service_control_policies": [[]]}, "is no list of levels"),
            ({"service_control_policies": [{"policies": {}}]}, "is no list"),
            ({"resource_settings": []}, "`resource_settings` is no object"),
            ({"resource_settings": {"BucketAcl": []}}, "`BucketAcl` in `resource_settings` is no ACL"),
            ({"resource_settings": {"ObjectAcl": {"Grants": [{"Grantee": "x"}]}}}, "`ObjectAcl` in `resource_settings` is no ACL"),
            ({"resource_settings": {"BucketAcl": "bucket-owner-read"}}, "`BucketAcl` in `resource_settings` is no ACL"),
            ({"resource_settings": {"PublicAccessBlock": True}}, "`PublicAccessBlock` in `resource_settings` is no object"),
            ({"resource_settings": {"CanonicalIds": ["x"]}}, "`CanonicalIds` in `resource_settings` is no object"),
            ({"resource_settings": {"Tags": {"a": 1}}}, "`Tags` in `resource_settings` is no object"),
            ({"resource_settings": {"Region": 1}}, "`Region` in `resource_settings` is no text"),
        )
    ),
)


def test_a_line_that_cannot_be_read_is_answered_and_the_rest_goes_on() -> None:
    good = json.dumps(REQUEST).encode()
    lines = b"\xef\xbb\xbf" + good + b"\r\n\n   \n" + b"\n".join(line for line, _ in HOSTILE) + b"\n" + good

    shown = ask("--requests", "-", lines=lines)
    first, *middle, last = (json.loads(line) for line in shown.stdout.splitlines())

    assert shown.exit_code == 2
    assert shown.stderr == f"xgraph: warning: {len(HOSTILE)} of {len(HOSTILE) + 2} requests could not be read\n"
    assert first["verdict"] == last["verdict"] == "ALLOWED"
    assert len(middle) == len(HOSTILE)
    for (line, said), found in zip(HOSTILE, middle, strict=True):
        assert list(found) == ["error"], line[:80]
        assert said in found["error"], line[:80]
        assert len(found["error"]) < 300


def test_policies_that_cannot_be_understood_are_unknown_not_absent() -> None:
    deep: Any = {"Statement": []}
    for _ in range(300):
        deep = {"a": deep}
    strange = [
        7,
        "all",
        [],
        {"Statement": 3},
        deep,
        {"Statement": [{"Effect": "Allow", "Action": 7, "Resource": "*"}]},
        {"name": 7, "document": "{"},
    ]

    found = decided("\n".join(json.dumps({**REQUEST, "identity_policies": [one]}) for one in strange))

    assert [each.get("verdict") for each in found] == ["CONDITIONAL"] * len(strange)
    assert all(each["problems"] for each in found)


def test_a_line_without_end_is_not_held() -> None:
    class Endless(io.RawIOBase):
        """A line of twice the allowed length, then a good request."""

        def __init__(self) -> None:
            self.left = 2 * LONGEST_LINE
            self.rest = b"\n" + json.dumps(REQUEST).encode() + b"\n"

        def readable(self) -> bool:
            return True

        def readinto(self, buffer: Any) -> int:
            size = min(len(buffer), self.left)
            if size:
                self.left -= size
                buffer[:size] = b"x" * size
                return size
            size = min(len(buffer), len(self.rest))
            buffer[:size], self.rest = self.rest[:size], self.rest[size:]
            return size

    out = io.StringIO()
    counts = answer_all(io.BufferedReader(Endless(), 1 << 20), out, explained=False)
    first, second = map(json.loads, out.getvalue().splitlines())

    assert counts == (2, 1)
    assert first == {"error": f"longer than {LONGEST_LINE:,} bytes"}
    assert second["verdict"] == "ALLOWED"


def test_nothing_to_decide_is_an_empty_answer() -> None:
    shown = ask("--requests", "-", lines="\n\n")

    assert (shown.exit_code, shown.stdout, shown.stderr) == (0, "", "")


def test_each_line_is_answered_as_it_comes_and_nothing_heavy_is_imported() -> None:
    program = (
        "import sys; sys.argv = ['xgraph', 'simulate', '--requests', '-']\n"
        "from xgraph.cli import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "heavy = {'boto3', 'botocore', 'networkx', 'numpy', 'rich', 'msgspec', 'xgraph.ingest', 'xgraph.api'}\n"
        "print(sorted(heavy.intersection(sys.modules)), file=sys.stderr)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=ROOT
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        for _ in range(2):
            process.stdin.write(json.dumps(REQUEST).encode() + b"\n")
            process.stdin.flush()

            assert json.loads(process.stdout.readline())["verdict"] == "ALLOWED"
        process.stdin.close()

        assert process.stderr.read() == b"[]\n"


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8)
    | st.sampled_from(["*", USER, "arn:aws:s3:::b/*", "s3:GetObject", "sts:AssumeRole", "Allow", "Deny", "2012-10-17", "111111111111", "${aws:username}"]),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(
        st.sampled_from(["Statement", "Effect", "Action", "NotAction", "Resource", "Principal", "AWS", "Condition", "StringLike", "aws:username"])
        | st.sampled_from(["target", "policies", "name", "document", "id", "paths", "Grants", "Grantee", "ID", "URI", "Permission", "bucket"])
        | st.sampled_from(["BucketAcl", "ObjectAcl", "ObjectOwner", "ObjectOwnership", "PublicAccessBlock", "PolicyStatus", "Tags", "EncryptionKey"])
        | st.text(max_size=4),
        inner,
        max_size=4,
    ),
    max_leaves=12,
)  # fmt: skip


@settings(max_examples=400, deadline=None)
@given(st.dictionaries(st.sampled_from(sorted(FIELDS)), VALUES, max_size=5))
def test_whatever_a_request_holds_it_is_decided_or_refused(changes: dict[str, Any]) -> None:
    """No value of any field makes the engine, its explanation or its records fail."""
    out = io.StringIO()
    answer_all(io.BytesIO(json.dumps({**REQUEST, **changes}).encode() + b"\n"), out, explained=True)
    record = json.loads(out.getvalue())

    assert set(record) in ({"error"}, {"verdict", "condition", "evidence", "blocked_by", "problems", "explanation"})


# ---------------------------------------------------------------------------------------------------------------- Python


def test_decide_and_simulate_in_python() -> None:
    graph = xgraph.load(SNAPSHOT).graph()
    table = ORDERS[1]

    assert xgraph.decide(REQUEST).verdict == "ALLOWED"
    assert graph.simulate(READER, "dynamodb:GetItem", table).verdict == "ALLOWED"
    assert graph.simulate(API, None, READER).verdict == "ALLOWED"
    asked = graph.simulate(API, "dynamodb:GetItem", table, context={"aws:SourceIp": ["203.0.113.7"]}, context_complete=True, explain=True)
    assert (asked.verdict, asked.condition) == ("IMPLICITLY_DENIED", None)
    assert asked.explanation is not None
    assert asked.explanation.statements
    with pytest.raises(BadRequest):
        xgraph.decide({})
    with pytest.raises(BadRequest):
        graph.simulate(API, "dynamodb:GetItem", table, context={"a": {}})
    with pytest.raises(UnknownName):
        graph.simulate("any", "dynamodb:GetItem", table)
