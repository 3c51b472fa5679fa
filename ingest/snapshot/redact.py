"""Secrets removed on the way in: what never reaches the disk."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from typing import Any

# Fields of AWS answers whose value is a secret whatever it looks like; and one that changes with every call.
_DROPPED = frozenset(
    {
        "ResponseMetadata",
        "AuthToken",
        "ClientSecret",
        "MasterUserPassword",
        "Password",
        "PrivateKey",
        "SecretAccessKey",
        "SecretBinary",
        "SecretString",
        "SessionToken",
    }
)

_DOCUMENTS = frozenset({"AssumeRolePolicyDocument", "Content", "Document", "PolicyDocument"})

_TAGS = frozenset({"Tags", "TagSet"})

# Values of tags that look like a credential: access key ids, secret keys and other long base64, private keys, tokens of GitHub,
# GitLab and Slack, JSON web tokens. Hashes in lower-case hex don't look like one: people tag with commit ids.
_SECRET = re.compile(
    r"""\b(?:AKIA|ASIA)[A-Z0-9]{12,}\b
      | -----BEGIN\ [A-Z ]*PRIVATE\ KEY
      | \b(?:gh[oprsu]_|github_pat_|glpat-|xox[abeprs]-)[A-Za-z0-9_-]{10,}
      | \beyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}\.
      | (?<![A-Za-z0-9/+=])(?=[a-z0-9/+=]*[A-Z])(?=[A-Z0-9/+=]*[a-z])(?=[A-Za-z/+=]*[0-9])[A-Za-z0-9/+=]{40,}
    """,
    re.VERBOSE,
)


def redact(value: Any) -> Any:
    """`value` without secret fields; tag values that look like a credential become `sha256:…`, equal for equal values.

    Policy documents stay as they are: a condition's value is what a policy says.
    """
    if isinstance(value, Mapping):
        return {key: _field(key, item) for key, item in value.items() if key not in _DROPPED}
    if isinstance(value, list | tuple):
        return [redact(item) for item in value]
    return value


def without(value: Any, names: AbstractSet[str]) -> Any:
    """`value` less the fields of these names, wherever they stand."""
    if not names:
        return value
    if isinstance(value, Mapping):
        return {key: without(item, names) for key, item in value.items() if key not in names}
    if isinstance(value, list | tuple):
        return [without(item, names) for item in value]
    return value


def _field(key: str, value: Any) -> Any:
    if key in _DOCUMENTS:
        return value
    return _tags(value) if key in _TAGS else redact(value)


def _tags(tags: Any) -> Any:
    """Tags in either of AWS's shapes: a list of Key and Value, or key to value."""
    if isinstance(tags, list | tuple):
        return [{**tag, "Value": _tag_value(tag["Value"])} if isinstance(tag, Mapping) and "Value" in tag else tag for tag in tags]
    if isinstance(tags, Mapping):
        return {key: _tag_value(value) for key, value in tags.items()}
    return tags


def _tag_value(value: Any) -> Any:
    if isinstance(value, str) and _SECRET.search(value):
        return "sha256:" + hashlib.sha256(value.encode("utf-8", "replace")).hexdigest()
    return value
