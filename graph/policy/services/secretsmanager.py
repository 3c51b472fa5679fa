"""Secrets Manager: a secret under the AWS managed key can't be read or written across accounts.

Source: Secrets Manager User Guide, "Access AWS Secrets Manager secrets from a different account".
"""

from __future__ import annotations

from xgraph.graph.policy.combine import Relation
from xgraph.graph.policy.factors import Request
from xgraph.graph.policy.keys import unknown
from xgraph.graph.policy.keystate import known

from ._data_key import DECRYPT, GENERATE_AND_DECRYPT, KMS_GAP, EncryptionContext, uses_key
from ._managed_key import under_managed_key, unless_key_unread
from ._rules import Rules, Ruling

# The calls that decrypt or encrypt a secret's value; all others read or change what surrounds it.
_USES_KEY = frozenset(("secretsmanager:getsecretvalue", "secretsmanager:putsecretvalue"))

_KMS_ACTIONS = {"secretsmanager:getsecretvalue": DECRYPT, "secretsmanager:putsecretvalue": GENERATE_AND_DECRYPT}


def _encryption_context(request: Request) -> EncryptionContext:
    version = unknown("kms:encryptioncontext:secretversionid", may_be_absent=False)
    return {"SecretARN": known(request.target.arn), "SecretVersionId": version}


def _ruling(request: Request, relation: Relation) -> Ruling | None:
    return under_managed_key(request, relation, "aws/secretsmanager", "a secret") if request.action in _USES_KEY else None


SECRETSMANAGER = Rules(
    "secretsmanager",
    cases=unless_key_unread(_USES_KEY),
    ruling=_ruling,
    told_apart=(_USES_KEY,),
    also=uses_key("secretsmanager", _KMS_ACTIONS, _encryption_context, KMS_GAP),
    description="the value of a secret under the AWS managed key `aws/secretsmanager` can't be read or written from another account",
)
