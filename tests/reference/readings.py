"""Open points (semantics.md section 10) that have two readings, and everything else that a request leaves unknown.

A reading is a named boolean. Only those open points are here whose default says COND: every other one is decided by its default
(R3.32). Unknown policies and settings (JSON `null`) are free booleans named by their place in the request, such as
`identity_policies:allow`, `identity_policies[0]:deny` or `ObjectOwnership:acls`.
"""

from __future__ import annotations

Readings = dict[str, bool]

# id -> (what True means, what False means, the default of section 10)
OPEN_POINTS: dict[str, tuple[str, str, bool]] = {
    "U-04": ("short ARNs are padded with `:*` in Allow statements of identity, boundary and session policies", "they are not", False),
    "U-07": ('an Allow for {"AWS": "*"} covers service principals', "it does not", False),
    "U-08": ("Deny with a NotPrincipal list that names only some of the caller's principals denies (NPRIN@26)", "it does not (SIM)", True),
    "U-12": ("`ForAnyValue:…IfExists` with a missing key is true", "it is false", True),
    "U-13": ("`ForAllValues:StringNotLike` with a missing key is true", "it is false", True),
    "U-14": ("multivalued key without set operator: any value may match", "no value matches", False),
    "U-18": ("a boundary must allow sts:AssumeRole also for callers named in the trust policy", "it need not", True),
    "U-23": ("a role may trust a SAML provider of another account", "it may not", True),
    "U-36": ("a federated user without session policy keeps the user's identity-side permissions", "it has none", False),
    "U-37": ("`arn:aws:s3:::*` and the like cover actions that take no resource", "they do not", False),
    "U-38": ('`"*"` in a trust policy covers OIDC and SAML callers', "it does not", True),
    "U-39": ("an account in an S3 or DynamoDB endpoint policy means all its principals", "it means only its root user", True),
}
# Three more open points of that kind live in key states (keys.py), since they are about what a key holds: U-01 (aws:PrincipalArn and
# aws:PrincipalAccount of service principals and federated callers), U-16 (MFA keys of sessions), U-31 (aws:SourceOwner of IAM callers).


class Unread(Exception):
    """Somebody asked for a reading that `Explorer` has not been given."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


class Explorer(dict[str, bool]):
    """Readings without defaults: asking for one that is not there raises Unread."""

    def __missing__(self, name: str) -> bool:
        raise Unread(name)


def ask(readings: Readings, name: str) -> bool:
    """The reading of that name; else its default; an unknown policy allows and denies nothing by default."""
    if name in readings or isinstance(readings, Explorer):
        return readings[name]
    return OPEN_POINTS[name][2] if name in OPEN_POINTS else False
