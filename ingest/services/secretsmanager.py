"""AWS Secrets Manager: secrets with their policy, key and tags; never their values.

https://docs.aws.amazon.com/secretsmanager/latest/apireference/
"""

from __future__ import annotations

from dataclasses import replace

from xgraph.graph.model.resource import Resource
from xgraph.ingest.services._answers import Answers
from xgraph.ingest.services._found import Found
from xgraph.ingest.services._key import key_named
from xgraph.ingest.services._kind import Kind
from xgraph.ingest.services._service import Call, Scope, Service

_SECRETS = Kind(
    "secretsmanager",
    "Secret",
    "list_secrets",
    "SecretList",
    "{ARN}",
    policy="get_resource_policy",
    of={"SecretId": "{arn}"},
    document="ResourcePolicy",
    settings={"EncryptionKey": "KmsKeyId"},
)


def normalize(answers: Answers) -> Found:
    """The secrets of one account and region. One without a key is under `aws/secretsmanager`, one without tags is answered without."""
    return Found(resources=tuple(_with_key(answers, secret) for secret in _SECRETS.found(answers)))


def _with_key(answers: Answers, secret: Resource) -> Resource:
    named = str(secret.settings["EncryptionKey"] or "aws/secretsmanager")
    key = key_named(named, "secretsmanager", answers.place.region, answers.account)
    return replace(secret, settings={"EncryptionKey": key}, tags=secret.tags or ())


SECRETSMANAGER = Service(
    name="secretsmanager",
    description="Secrets with their policy, key and tags; never their values",
    scope=Scope.REGIONAL,
    calls=(
        Call("list_secrets", ("secretsmanager:ListSecrets",), drops=frozenset({"LastAccessedDate"})),
        Call(
            "get_resource_policy",
            ("secretsmanager:GetResourcePolicy",),
            _SECRETS.each_policy,
            empty=frozenset({"ResourceNotFoundException"}),
        ),
    ),
    normalize=normalize,
)
