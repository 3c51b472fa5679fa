"""AWS KMS: keys with their policy, grants, aliases and tags.

https://docs.aws.amazon.com/kms/latest/APIReference/
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from xgraph.graph.model.resource import Resource
from xgraph.ingest.services._answers import UNREAD, Answers, Unread
from xgraph.ingest.services._found import Found
from xgraph.ingest.services._kind import read_tags, resource_policy
from xgraph.ingest.services._service import Asked, Call, Parameters, Scope, Service

# What decides: counters, names of who made a grant and dates do not.
_OF_GRANTS = ("Constraints", "GranteePrincipal", "GrantId", "Operations", "RetiringPrincipal")


class _Key(msgspec.Struct, rename="pascal"):
    key_id: str
    key_arn: str


class _Keys(msgspec.Struct, rename="pascal"):
    keys: list[_Key] = []


class _Metadata(msgspec.Struct, rename="pascal"):
    key_manager: str | None = None
    key_state: str | None = None


class _Described(msgspec.Struct, rename="pascal"):
    key_metadata: _Metadata


class _PolicyAnswer(msgspec.Struct, rename="pascal"):
    policy: str | None = None


class _Grants(msgspec.Struct, rename="pascal"):
    grants: list[dict[str, Any]] = []


class _Alias(msgspec.Struct, rename="pascal"):
    alias_arn: str
    target_key_id: str = ""


class _Aliases(msgspec.Struct, rename="pascal"):
    aliases: list[_Alias] = []


class _Tags(msgspec.Struct, rename="pascal"):
    tags: list[dict[str, str]] = []


def _each_key(asked: Asked) -> Iterable[Parameters]:
    return ({"KeyId": key["KeyId"]} for key in asked.all("list_keys", "Keys"))


def _each_policy(asked: Asked) -> Iterable[Parameters]:
    return ({**key, "PolicyName": "default"} for key in _each_key(asked))


def normalize(answers: Answers) -> Found:
    """The keys of one account and region, those that AWS manages among them."""
    listed = answers.one("list_aliases", _Aliases)
    aliases: dict[str, list[str]] = {}
    for alias in listed.aliases if listed is not UNREAD and listed else ():
        aliases.setdefault(alias.target_key_id, []).append(alias.alias_arn)
    keys = [key for _, answer in answers.all("list_keys", _Keys) for key in answer.keys]
    return Found(resources=tuple(_key(answers, key, aliases.get(key.key_id, [])) for key in keys))


def _key(answers: Answers, key: _Key, aliases: list[str]) -> Resource:
    described = answers.one("describe_key", _Described, KeyId=key.key_id)
    metadata = described.key_metadata if described is not UNREAD and described else _Metadata()
    policy = answers.one("get_key_policy", _PolicyAnswer, KeyId=key.key_id)
    return Resource(
        arn=key.key_arn,
        account=answers.account,
        service="kms",
        type="key",
        region=answers.place.region,
        policy=resource_policy(answers.documents, key.key_arn, policy if policy is UNREAD or policy is None else policy.policy),
        tags=_tags(answers.one("list_resource_tags", _Tags, KeyId=key.key_id)),
        settings={
            "Aliases": sorted(aliases),
            "Grants": _grants(answers.one("list_grants", _Grants, KeyId=key.key_id)),
            "KeyManager": metadata.key_manager,
            "KeyState": metadata.key_state,
        },
    )


def _grants(answer: _Grants | None | Unread) -> list[Mapping[str, Any]] | None:
    if answer is UNREAD:
        return None
    return [{name: grant[name] for name in _OF_GRANTS if name in grant} for grant in answer.grants] if answer else []


def _tags(answer: _Tags | None | Unread) -> tuple[tuple[str, str], ...] | None:
    return None if answer is UNREAD else read_tags(answer.tags if answer else ())


KMS = Service(
    name="kms",
    description="Keys with their policy, grants, aliases and tags",
    scope=Scope.REGIONAL,
    calls=(
        Call("list_keys", ("kms:ListKeys",)),
        Call("list_aliases", ("kms:ListAliases",)),
        Call("describe_key", ("kms:DescribeKey",), _each_key),
        Call("get_key_policy", ("kms:GetKeyPolicy",), _each_policy),
        Call("list_grants", ("kms:ListGrants",), _each_key, drops=frozenset({"CreationDate", "IssuingAccount", "Name"})),
        Call("list_resource_tags", ("kms:ListResourceTags",), _each_key),
    ),
    normalize=normalize,
)
