"""Where a service departs from the general rule: one file a service, listed here."""

from __future__ import annotations

from ._rules import Case, Need, Options, Rules, Ruling, relation_of
from .dynamodb import DYNAMODB
from .iam import IAM
from .kms import KMS
from .s3 import S3
from .secretsmanager import SECRETSMANAGER
from .sqs import SQS
from .sts import STS

SERVICES: tuple[Rules, ...] = (DYNAMODB, IAM, KMS, S3, SECRETSMANAGER, SQS, STS)

_BY_NAME = {rules.service: rules for rules in SERVICES}
_GENERAL = Rules("")


def rules_of(service: str) -> Rules:
    """The rules of a service (its action prefix); the general ones when it has none of its own."""
    return _BY_NAME.get(service, _GENERAL)


__all__ = ["SERVICES", "Case", "Need", "Options", "Rules", "Ruling", "relation_of", "rules_of"]
