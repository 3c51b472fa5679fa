"""An estate in which every text is made to break out of a query, a literal or a line of a file."""

from __future__ import annotations

import json
from typing import Any

from xgraph.graph.access.everything import Records
from xgraph.graph.model.document import Policy
from xgraph.graph.model.estate import Estate
from xgraph.graph.model.organization import Account, Organization, OrganizationalUnit
from xgraph.graph.model.principal import Group, Principal, PrincipalKind
from xgraph.graph.model.resource import Resource
from xgraph.queries.graphdb._load import node_row

A, B = "111111111111", "222222222222"
WICKED = (
    "'}) DETACH DELETE n //",
    '"}) MATCH (n) DETACH DELETE n //',
    "`:Admin {a: 1})",
    "two\nlines\r\nand\ttab",
    "back\\slash \\' \\u0027 \\",
    "$rows {x} ${y} \\\\",
    "ünïcödé \U0001f4a5 \u2028",
    "a,b;c\"d''e",
    "=1+1",
    " blank at both ends ",
)


def estate() -> Estate:
    """Two accounts whose roles, groups, tags, names and statements are called so."""
    principals, groups = {}, {}
    for number, text in enumerate(WICKED):
        arn = f"arn:aws:iam::{A}:role/r{number}{text}"
        statement = {"Effect": "Allow", "Action": "*", "Resource": "*", "Sid": text}
        trust = {"Effect": "Allow", "Principal": {"AWS": [B, A]}, "Action": "sts:AssumeRole", "Sid": text}
        principals[arn] = Principal(
            arn, PrincipalKind.ROLE, A, f"r{number}{text}", text, text, ((text, text),),
            (Policy(f"{arn}#inline/{text}", json.dumps({"Version": "2012-10-17", "Statement": [statement]})),), (), None,
            Policy(f"{arn}#trust", json.dumps({"Version": "2012-10-17", "Statement": [trust]})),
        )  # fmt: skip
        group = f"arn:aws:iam::{A}:group/g{number}{text}"
        groups[group] = Group(group, A, text, ())
    bucket = f"arn:aws:s3:::b{WICKED[0]}"
    allow = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "*", "Sid": WICKED[1]}
    policy = Policy(f"{bucket}#resource-policy", json.dumps({"Version": "2012-10-17", "Statement": allow}))
    unit = OrganizationalUnit("r-1", WICKED[2], None)
    return Estate(
        snapshot_id="1" * 64,
        name=WICKED[0],
        accounts={A: Account(A, WICKED[0], WICKED[1], "o-1", "r-1", is_collected=True), B: Account(B, WICKED[3], is_collected=True)},
        organizations={"o-1": Organization("o-1", A, "r-1", {"r-1": unit})},
        principals=principals,
        groups=groups,
        resources={bucket: Resource(bucket, A, "s3", "bucket", WICKED[1], policy, ((WICKED[4], WICKED[5]),))},
    )


def expected_nodes(records: Records, load_id: str) -> dict[str, dict[str, Any]]:
    """The properties of every node as they have to arrive; a database holds no nulls."""
    rows = (node_row(node, load_id) for node in records.nodes.values())
    return {row["id"]: {name: value for name, value in row.items() if value is not None} for row in rows}


def expected_edges(records: Records) -> set[tuple[str, str, str, str]]:
    """Type, ends and properties of every relationship."""
    return {(e.kind, e.source, e.target, shown(e.attributes)) for e in records.edges}


def shown(properties: Any) -> str:
    """Properties as one text, nulls and empty lists left out: CSV has neither."""
    return json.dumps({name: value for name, value in properties.items() if value not in (None, [], "")}, sort_keys=True)
