"""AWS Signer: signing profiles with the permissions on them.

https://docs.aws.amazon.com/signer/latest/api/
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from xgraph.graph.model.resource import Resource
from xgraph.ingest.services._answers import UNREAD, Answers
from xgraph.ingest.services._found import Found
from xgraph.ingest.services._kind import Answer, Kind, read_tags, resource_policy
from xgraph.ingest.services._service import Call, Scope, Service

_PROFILE = Kind("signer", "signing-profile", "list_signing_profiles", "profiles", "{arn}")


def normalize(answers: Answers) -> Found:
    """The signing profiles of one account and region. Their permissions are statements of a policy that AWS shows one by one."""
    return Found(resources=tuple(_profiles(answers)))


def _profiles(answers: Answers) -> Iterator[Resource]:
    for arn, fields in _PROFILE.entries(answers):
        answer = answers.one("list_profile_permissions", Answer, profileName=str(fields.get("profileName")))
        document = UNREAD if answer is UNREAD else _document((answer or {}).get("permissions") or [])
        policy = resource_policy(answers.documents, arn, document)
        yield Resource(arn, answers.account, "signer", "signing-profile", answers.place.region, policy, read_tags(fields.get("tags") or {}))


def _document(permissions: list[Mapping[str, Any]]) -> Mapping[str, Any] | None:
    statements = [
        {
            "Sid": one.get("statementId", ""),
            "Effect": "Allow",
            "Principal": {"AWS": one.get("principal", "")},
            "Action": one.get("action", ""),
            "Resource": "*",
        }
        for one in permissions
    ]
    return {"Version": "2012-10-17", "Statement": statements} if statements else None


SIGNER = Service(
    name="signer",
    description="Signing profiles with the permissions on them",
    scope=Scope.REGIONAL,
    calls=(
        Call("list_signing_profiles", ("signer:ListSigningProfiles",)),
        Call(
            "list_profile_permissions",
            ("signer:ListProfilePermissions",),
            _PROFILE.each(profileName="{profileName}"),
            empty=frozenset({"ResourceNotFoundException"}),
        ),
    ),
    normalize=normalize,
)
