"""IpAddress and NotIpAddress: an address inside a CIDR block; families never cross (R3.3, U-11)."""

from __future__ import annotations

from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

from xgraph.graph.policy.glob import Tokens

from ._operator import Operator


def read_network(text: str) -> IPv4Network | IPv6Network | None:
    """The CIDR block; a bare address is a block of one."""
    try:
        return ip_network(text, strict=False)
    except ValueError:
        return None


def _compile(tokens: Tokens) -> IPv4Network | IPv6Network | None:
    return read_network("".join(tokens))


def _test(value: str, network: IPv4Network | IPv6Network) -> bool:
    try:
        address = ip_address(value)
    except ValueError:
        return False
    return address.version == network.version and address in network


IP = (
    Operator("IpAddress", "IpAddress", "ip", _compile, _test),
    Operator("NotIpAddress", "IpAddress", "ip", _compile, _test, is_negated=True),
)
