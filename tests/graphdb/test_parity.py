"""What the Cypher queries `paths` and `blocked-paths` give is what `xgraph paths` gives, as sets, on a real server (docs/neo4j.md)."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from itertools import count
from random import Random
from typing import Any

import pytest

import xgraph
from tests.graphdb.conftest import ACME
from tests.properties.blocks import blocks
from tests.properties.organizations import estate_of, organization
from xgraph.graph.access.chain import BlockedChain
from xgraph.graph.access.everything import Records, everything
from xgraph.graph.access.graph import AccessGraph, build_graph
from xgraph.queries.graphdb.ask import ask
from xgraph.queries.graphdb.neo4j_load import load
from xgraph.queries.graphdb.server import Server
from xgraph.queries.path_between import path_between

LOADS = (f"{os.getpid()}-{number}" for number in count())  # another name for each, or it would count as loaded already
Found = tuple[set[Any], set[Any]]
SOURCES = ("user", "role", "root", "session", "account", "service", "canonical", "anonymous", "any-aws-principal")


TOLD = (
    ("arn:aws:iam::100000000003:user/nadia", "arn:aws:iam::100000000007:role/backup-operator", "sts:AssumeRole"),
    ("arn:aws:iam::100000000005:role/feature-lab", "arn:aws:iam::100000000007:role/analytics-reader", "sts:AssumeRole"),
    ("account:500000000001", "arn:aws:sqs:eu-central-1:100000000006:orders-events", "sqs:GetQueueAttributes"),
    ("arn:aws:iam::100000000006:role/invoice-renderer", "arn:aws:s3:::acme-invoices/*", "s3:GetObject"),
    ("anonymous", "arn:aws:s3:::acme-press-kit/*", "s3:GetObject"),
)


def by_engine(graph: AccessGraph, source: str, target: str, action: str, most: int) -> Found:
    """Chains and near misses as the engine lists them."""
    answer = path_between(graph, source, target, action, max_hops=most, show_blocked=True)
    chains, blocked = set(), set()
    for item in answer.items:
        nodes = (item.hops[0].source, *(hop.target for hop in item.hops))
        mechanisms = tuple((hop.mechanism, hop.also) for hop in item.hops)
        verdicts = tuple(hop.verdict.value for hop in item.hops)
        if isinstance(item, BlockedChain):
            by = frozenset((b.control, b.policy, b.statement, b.sid, b.attached_to, b.level, b.text) for b in item.blocked_by)
            blocked.add((nodes, verdicts, tuple(name for name, _ in mechanisms), item.blocked_at, by))
        else:
            chains.add((nodes, verdicts, tuple(name for name, _ in mechanisms), item.verdict.value))
    return chains, blocked


def by_cypher(server: Server, pointer: str, source: str, target: str, action: str, most: int) -> Found:
    """The same as the database lists them."""
    given = {"pointer": pointer, "from": source, "to": target, "action": action, "max_hops": most, "limit": 100_000}
    chains = [
        (tuple(row["nodes"]), tuple(row["verdicts"]), tuple(row["mechanisms"]), row["verdict"])
        for row in ask(server, "paths", given).records()
    ]
    blocked = []
    for row in ask(server, "blocked-paths", given).records():
        records = [json.loads(text) for text in row["blockers"]]
        by = frozenset((b["control"], b["policy"], b["statement"], b["sid"], b["attached_to"], b["level"], b["text"]) for b in records)
        blocked.append((tuple(row["nodes"]), tuple(row["verdicts"]), tuple(row["mechanisms"]), row["blocked_at"], by))
    assert len(chains) == len(set(chains))
    assert len(blocked) == len(set(blocked))
    return set(chains), set(blocked)


def questions(graph: AccessGraph, records: Records, rng: Random, most: int) -> Iterator[tuple[str, str, str]]:
    """Sources of every kind, against roles and against every class of access that was loaded."""
    sources: dict[str, list[str]] = {}
    homes = {f"account:{p.account}" for p in graph.principals}  # as a source such an account stands for its principals
    for node in records.nodes.values():
        if node.kind in SOURCES and node.id not in homes:
            sources.setdefault(node.kind, []).append(node.id)
    roles = [p.arn for p in graph.principals if p.trust is not None]
    accesses = {(e.target, e.attributes["action"]) for e in records.edges if e.kind in ("CAN_ACCESS", "BLOCKED_ACCESS")}
    goals = [*((role, "sts:AssumeRole") for role in roles), *rng.sample(sorted(accesses), min(len(accesses), len(roles)))]
    for ids in sources.values():
        for source in rng.sample(ids, min(2, len(ids))):
            for target, action in rng.sample(goals, min(most, len(goals))):
                if source != target:
                    yield source, target, action


def check(server: Server, graph: AccessGraph, pointer: str, rng: Random, *, hops: int, most: int) -> int:
    records = everything(graph)
    load(server, records, f"parity-{next(LOADS)}", {"name": pointer}, pointer=pointer)
    compared = 0
    for source, target, action in questions(graph, records, rng, most):
        expected = by_engine(graph, source, target, action, hops)
        assert by_cypher(server, pointer, source, target, action, hops) == expected, (source, target, action)
        compared += len(expected[0]) + len(expected[1])
    return compared


def test_the_sample_organization(clean: Server) -> None:
    graph = xgraph.load(ACME).graph().access

    assert check(clean, graph, "acme", Random(1), hops=6, most=6)
    for source, target, action in TOLD:
        expected = by_engine(graph, source, target, action, 6)
        assert expected != (set(), set())
        assert by_cypher(clean, "acme", source, target, action, 6) == expected


@pytest.mark.parametrize("seed", range(3))
def test_generated_organizations(clean: Server, seed: int) -> None:
    check(clean, build_graph(estate_of(organization(seed))), "generated", Random(seed), hops=3, most=3)


@pytest.mark.soak
@pytest.mark.parametrize("block", blocks(40))
def test_many_generated_organizations(clean: Server, block: int) -> None:
    compared = 0
    for seed in range(7000 + 5 * block, 7005 + 5 * block):
        compared += check(clean, build_graph(estate_of(organization(seed))), "generated", Random(seed), hops=3, most=5)

    assert compared
