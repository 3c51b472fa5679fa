"""Is a bucket policy public? The test behind RestrictPublicBuckets (R6.23).

Source: S3 User Guide, "Blocking public access to your Amazon S3 storage", the meaning of "public".
"""

from __future__ import annotations

from ipaddress import IPv4Network, ip_network

from xgraph.graph.policy.condition import Entry
from xgraph.graph.policy.statement import Compiled, Statement

_FIXING = frozenset(
    (
        "aws:principalorgid",
        "aws:principalorgpaths",
        "aws:principalarn",
        "aws:principalaccount",
        "aws:sourcearn",
        "aws:sourcevpc",
        "aws:sourcevpce",
        "aws:sourceowner",
        "aws:sourceaccount",
        "aws:userid",
        "aws:sourceip",
        "s3:dataaccesspointaccount",
        "s3:dataaccesspointarn",
    ),
)
_RFC1918 = tuple(IPv4Network(block) for block in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"))
_OPERATORS = frozenset(("StringEquals", "StringEqualsIgnoreCase", "StringLike", "ArnEquals", "ArnLike"))


def is_public(policy: Compiled, *, of_access_point: bool = False) -> bool:
    """Whether some Allow statement grants to more than fixed principals and places. In an access point's own policy, naming access points
    fixes nothing (R6.25)."""
    fixing = _FIXING if not of_access_point else _FIXING - {"s3:dataaccesspointarn"}
    return policy.unreadable or any(s.allows and _is_open(s, fixing) for s in policy.statements)


def _is_open(statement: Statement, fixing: frozenset[str]) -> bool:
    principal = statement.principal
    if principal is None:
        return False
    if not (principal.everyone or principal.aws_star or principal.negated):
        return False
    return not any(_fixes(entry, fixing) for entry in statement.conditions)


def _fixes(entry: Entry, fixing: frozenset[str]) -> bool:
    if entry.use.if_exists or entry.use.quantifier == "all":
        return False
    if entry.key not in fixing:
        return False
    values = [text.text for text in entry.templates]
    if entry.key == "aws:sourceip":
        return entry.use.operator.name == "IpAddress" and all(map(_is_narrow, values))
    if entry.key == "s3:dataaccesspointarn":
        return entry.use.operator.name in _OPERATORS and all(_is_fixed(value.rsplit("/", 1)[0]) for value in values)
    return entry.use.operator.name in _OPERATORS and all(map(_is_fixed, values))


def _is_fixed(value: str) -> bool:
    return not any(char in value for char in "*?") and "${" not in value


def _is_narrow(value: str) -> bool:
    """Not broader than /8 (IPv4; private ranges are exempt) or /32 (IPv6)."""
    try:
        network = ip_network(value, strict=False)
    except ValueError:
        return False
    if isinstance(network, IPv4Network):
        return network.prefixlen >= 8 or any(network.subnet_of(block) for block in _RFC1918)
    return network.prefixlen >= 32
