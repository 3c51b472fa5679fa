"""Measures the collector: calls a second against an endpoint that takes 20 ms for an answer, over 50 accounts, and memory.

    python benchmarks/collecting.py [--accounts 50] [--latency 0.02] [--workers 16] [--roles 40] [--queues 20] [--json]
    python benchmarks/collecting.py --out benchmarks/COLLECTING.md

The second form measures several sizes, each in a process of its own, and writes a table. The endpoint runs in a process of its own and gives prepared bytes, so that its own work is small. Calls, seconds and memory are the
collector's; processor time too. The exit status is 1 when what was collected is not everything.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import re
import resource
import subprocess
import sys
import tempfile
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs

FIRST = 100000000001
TRUST = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{"Service":"ec2.amazonaws.com"}}]}'
SERVICES = ("iam", "sqs")
REGIONS = ("eu-central-1", "us-east-1")


def main() -> int:
    options = _options()
    if options.serve:
        return serve(options)
    if options.out:
        return write_table(options.out)
    command = [
        sys.executable,
        __file__,
        "--serve",
        *(f"--{name}={getattr(options, name)}" for name in ("accounts", "latency", "roles", "queues")),
    ]
    endpoint = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        return measure(options, endpoint.stdout.readline().strip())
    finally:
        endpoint.kill()
        endpoint.wait()


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="measures the collector against an endpoint with latency")
    parser.add_argument("--accounts", type=int, default=50)
    parser.add_argument("--latency", type=float, default=0.02, help="seconds for each answer")
    parser.add_argument("--workers", type=int, default=16)
    parser.add_argument("--roles", type=int, default=40, help="in each account")
    parser.add_argument("--queues", type=int, default=20, help="in each region of each account")
    parser.add_argument("--json", action="store_true", help="the figures as JSON")
    parser.add_argument("--out", type=Path, help="measure several sizes and write a table there")
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    return parser.parse_args()


# ------------------------------------------------------------------------------------------------------- measuring


def measure(options: argparse.Namespace, url: str) -> int:
    """Collects once and prints a line of figures."""
    os.environ.update(AWS_ACCESS_KEY_ID="made-up", AWS_SECRET_ACCESS_KEY="made-up", AWS_DEFAULT_REGION=REGIONS[0])
    os.environ.update(AWS_CONFIG_FILE=os.devnull, AWS_SHARED_CREDENTIALS_FILE=os.devnull, AWS_EC2_METADATA_DISABLED="true")
    from xgraph.ingest.collect.plan import Plan
    from xgraph.ingest.collect.runner import collect
    from xgraph.ingest.collect.session import Access

    idle = _memory()
    plan = Plan(whole=True, regions=REGIONS, services=SERVICES, roles=("Audit",))
    with tempfile.TemporaryDirectory(prefix="xgraph-bench-") as folder:
        started, cpu = time.perf_counter(), time.process_time()
        done = collect(Access(endpoint_url=url, role_names=plan.roles), Path(folder) / "snap", plan, workers=options.workers)
        seconds, cpu = time.perf_counter() - started, time.process_time() - cpu
        size = sum(path.stat().st_size for path in Path(folder).rglob("*") if path.is_file())
    figures = {
        "accounts": len(done.accounts), "workers": options.workers, "latency_ms": options.latency * 1000, "calls": done.calls,
        "seconds": seconds, "cpu_seconds": cpu, "peak_mib": _memory() / 2**20, "idle_mib": idle / 2**20, "written_mib": size / 2**20,
    }  # fmt: skip
    print(json.dumps(figures) if options.json else _sentence(figures))
    expected = options.accounts * (2 + len(REGIONS) * (1 + 2 * options.queues))
    complete = done.is_complete and len(done.accounts) == options.accounts and done.calls >= expected
    if not complete:
        print(f"wrong: {done.calls} calls instead of {expected} or more, {sum(done.tally.unknown.values())} unknown", file=sys.stderr)
    return 0 if complete else 1


def _sentence(found: dict[str, float]) -> str:
    return (
        "{accounts} accounts, {calls} calls, {seconds:.1f} s: {rate:.0f} calls/s with {workers} workers and {latency_ms:.0f} ms;"
        " {cpu_seconds:.1f} s processor time; {peak_mib:.0f} MiB at most, of which {idle_mib:.0f} before; {written_mib:.1f} MiB written"
    ).format(**found, rate=found["calls"] / found["seconds"])


# Accounts, workers, roles in each account, queues in each region of it.
SIZES = ((12, 16, 40, 20), (50, 1, 40, 20), (50, 16, 40, 20), (50, 32, 40, 20), (50, 16, 1000, 20), (200, 16, 40, 20))


def write_table(out: Path) -> int:
    """Measures every size and writes the figures as Markdown."""
    rows = []
    for accounts, workers, roles, queues in SIZES:
        asked = [f"--accounts={accounts}", f"--workers={workers}", f"--roles={roles}", f"--queues={queues}"]
        done = subprocess.run([sys.executable, __file__, "--json", *asked], capture_output=True, text=True, check=True)
        rows.append((roles, queues, json.loads(done.stdout)))
    head = "| accounts | roles each | queues each | workers | calls | seconds | calls a second | processor time | peak memory | written |"
    lines = [INTRODUCTION.format(cores=os.cpu_count(), python=platform.python_version()), head, "|---:" * 10 + "|"]
    lines += [
        f"| {found['accounts']} | {roles} | {queues * len(REGIONS)} | {found['workers']} | {found['calls']:,} | {found['seconds']:.1f}"
        f" | {found['calls'] / found['seconds']:.0f} | {found['cpu_seconds']:.1f} s | {found['peak_mib']:.0f} MiB | {found['written_mib']:.1f} MiB |"
        for roles, queues, found in rows
    ]
    least = min(found["idle_mib"] for _, _, found in rows)
    lines += ["", f"Peak memory is that of the whole process, of which Python and boto3 take {least:.0f} MiB before anything is asked."]
    out.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return 0


INTRODUCTION = """# Collecting

Written by `python benchmarks/collecting.py --out benchmarks/COLLECTING.md`: real boto3 over HTTP against an endpoint on the same machine that takes 20 ms for each
answer; IAM in every account, SQS in two regions of it. The collector is one process: with many workers its processor time is the limit.

Machine: {cores} cores, Linux x86_64, CPython {python}, shared with others while this was measured; the endpoint takes a part of it too.
"""


def _memory() -> int:
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


# -------------------------------------------------------------------------------------------------------- endpoint


def serve(options: argparse.Namespace) -> int:
    """The endpoint: prints its URL and runs until it is killed."""
    answers = Answers(options)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1
        disable_nagle_algorithm = True

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            time.sleep(options.latency)
            content = answers.to(self.headers, body).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    print(f"http://127.0.0.1:{server.server_address[1]}", flush=True)
    server.serve_forever()
    return 0


class Answers:
    """What the made-up organization says."""

    def __init__(self, options: argparse.Namespace) -> None:
        self._accounts = [str(FIRST + number) for number in range(options.accounts)]
        self._queues = options.queues
        self._details = {account: _details(account, options.roles) for account in self._accounts}

    def to(self, headers: object, body: bytes) -> str:
        signed = re.search(r"Credential=([^/]+)/[^/]+/([^/]+)/", headers.get("Authorization", ""))
        key, region = signed.groups()
        account = key[4:] if key.startswith("ASIA") else self._accounts[0]
        if target := headers.get("X-Amz-Target"):
            return json.dumps(self._json(target.rpartition(".")[2], account, region, json.loads(body or b"{}")))
        form = parse_qs(body.decode())
        return self._xml(form["Action"][0], account, form)

    def _json(self, operation: str, account: str, region: str, asked: dict) -> dict:
        match operation:
            case "DescribeOrganization":
                return {"Organization": {"Id": "o-exampleorg", "MasterAccountId": self._accounts[0], "FeatureSet": "ALL"}}
            case "ListRoots":
                return {"Roots": [{"Id": "r-root", "Name": "Root", "PolicyTypes": []}]}
            case "ListAccountsForParent":
                return {"Accounts": [{"Id": each, "Name": each, "Status": "ACTIVE"} for each in self._accounts]}
            case "ListQueues":
                return {"QueueUrls": [f"https://sqs.{region}.amazonaws.com/{account}/q-{number}" for number in range(self._queues)]}
            case "GetQueueAttributes":
                name = asked["QueueUrl"].rsplit("/", 1)[1]
                return {"Attributes": {"QueueArn": f"arn:aws:sqs:{region}:{account}:{name}", "Policy": TRUST}}
        return {}

    def _xml(self, operation: str, account: str, form: dict) -> str:
        inner = ""
        if operation == "GetCallerIdentity":
            inner = f"<Account>{account}</Account><Arn>arn:aws:iam::{account}:user/collector</Arn><UserId>AIDA</UserId>"
        elif operation == "AssumeRole":
            there = form["RoleArn"][0].split(":")[4]
            inner = (
                f"<Credentials><AccessKeyId>ASIA{there}</AccessKeyId><SecretAccessKey>x</SecretAccessKey><SessionToken>x</SessionToken>"
                "<Expiration>2099-01-01T00:00:00Z</Expiration></Credentials>"
            )
        elif operation == "GetAccountAuthorizationDetails":
            inner = self._details[account]
        return f"<{operation}Response><{operation}Result>{inner}</{operation}Result></{operation}Response>"


def _details(account: str, roles: int) -> str:
    members = "".join(
        f"<member><Arn>arn:aws:iam::{account}:role/app-{number}</Arn><RoleName>app-{number}</RoleName><RoleId>AROA{number}</RoleId><Path>/</Path>"
        f"<AssumeRolePolicyDocument>{TRUST.replace('&', '&amp;')}</AssumeRolePolicyDocument></member>"
        for number in range(roles)
    )
    return f"<RoleDetailList>{members}</RoleDetailList><IsTruncated>false</IsTruncated>"


if __name__ == "__main__":
    sys.exit(main())
