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
        "AdminPassword",
        "AuthToken",
        "ClientSecret",
        "CodeGenConfigurationNodes",
        "ConnectionProperties",
        "DefaultArguments",
        "EnvironmentVariables",
        "MasterUserPassword",
        "NonOverridableArguments",
        "OutputValue",
        "ParameterValue",
        "Password",
        "PrivateKey",
        "SecretAccessKey",
        "SecretBinary",
        "SecretString",
        "SessionToken",
        "UserData",
        "Variables",
        "adminUserPassword",
        "clientSecret",
        "environmentVariables",
        "password",
        "privateKey",
        "secret",
        "stageVariables",
        "userData",
        "variables",
    }
)

_DOCUMENTS = frozenset({"AssumeRolePolicyDocument", "Content", "Document", "PolicyDocument"})

_TAGS = frozenset({"tags", "tagset", "taglist", "tagsmap"})
_PAIRS = ({"Key", "Value"}, {"key", "value"}, {"TagKey", "TagValue"})
_VALUES = frozenset({"Value", "value", "TagValue"})

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


# Where containers have their environment: of CodeBuild's, image and kind of machine stay, without its variables.
_ENVIRONMENTS = frozenset({"Environment", "environment"})
_OF_MACHINES = frozenset({"computeType", "image", "privilegedMode", "type"})


def redact(value: Any) -> Any:
    """`value` without secret fields, such as user data and the variables of functions and containers; tag values that look like a credential become `sha256:…`, equal for equal values.

    Policy documents stay as they are: a condition's value is what a policy says.
    """
    if isinstance(value, Mapping):
        return {key: _field(key, item) for key, item in value.items() if key not in _DROPPED and not _is_environment(key, item)}
    if isinstance(value, list | tuple):
        return [redact(item) for item in value]
    return value


def _is_environment(key: str, value: Any) -> bool:
    """Whether a field holds variables: a list or map of them."""
    return key in _ENVIRONMENTS and not isinstance(value, str) and not (isinstance(value, Mapping) and _OF_MACHINES & set(value))


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
    if isinstance(value, list | tuple) and value and all(_is_pair(each) for each in value):
        return [{name: _tag_value(item) if name in _VALUES else item for name, item in each.items()} for each in value]
    if isinstance(value, Mapping) and key.lower() in _TAGS:
        return {name: _tag_value(item) for name, item in value.items()}
    return redact(value)


def _is_pair(value: Any) -> bool:
    """A tag, in one of the three ways in which AWS spells them; whatever else is a key with its value is treated like one."""
    return isinstance(value, Mapping) and set(value) in _PAIRS


def _tag_value(value: Any) -> Any:
    if isinstance(value, str) and _SECRET.search(value):
        return "sha256:" + hashlib.sha256(value.encode("utf-8", "replace")).hexdigest()
    return value
