"""Where a service departs from the general rule: one file a service, listed here."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

from ._access_points import bucket_behind, bucket_settings, is_access_point
from ._data_key import is_managed, managed_key, managed_key_policy
from ._rules import NOT_READ, Case, Need, Options, Rules, Ruling, further_policies, general_cases, no_ruling, relation_of
from ._support import ROWS, Support
from .aoss import AOSS
from .backup import BACKUP
from .dynamodb import DYNAMODB
from .ebs import EBS
from .ec2 import EC2
from .ecr import ECR
from .elasticfilesystem import ELASTICFILESYSTEM
from .es import ES
from .execute_api import EXECUTE_API
from .glue import GLUE
from .iam import IAM
from .kafka_cluster import KAFKA_CLUSTER
from .kms import KMS
from .lambda_ import LAMBDA
from .logs import LOGS
from .mediastore import MEDIASTORE
from .rds import RDS
from .s3 import S3
from .s3_object_lambda import S3_OBJECT_LAMBDA
from .secretsmanager import SECRETSMANAGER
from .sns import SNS
from .sqs import SQS
from .ssm import SSM
from .sts import STS
from .vpc_lattice_svcs import VPC_LATTICE_SVCS

SERVICES: tuple[Rules, ...] = (
    AOSS,
    BACKUP,
    DYNAMODB,
    EBS,
    EC2,
    ECR,
    ELASTICFILESYSTEM,
    ES,
    EXECUTE_API,
    GLUE,
    IAM,
    KAFKA_CLUSTER,
    KMS,
    LAMBDA,
    LOGS,
    MEDIASTORE,
    RDS,
    S3,
    S3_OBJECT_LAMBDA,
    SECRETSMANAGER,
    SNS,
    SQS,
    SSM,
    STS,
    VPC_LATTICE_SVCS,
)

_RULES_IN_WORDS = {rules.service: rules.description for rules in SERVICES}

# What is supported, service by service; the documentation's table is made of it.
SUPPORT: tuple[Support, ...] = tuple(replace(row, rules=_RULES_IN_WORDS.get(row.service, row.rules)) for row in ROWS)

_BY_NAME = {rules.service: rules for rules in SERVICES}
_GENERAL = Rules("")


def rules_of(service: str) -> Rules:
    """The rules of a service (its action prefix); the general ones when it has none of its own."""
    return _BY_NAME.get(service, _GENERAL)


@lru_cache(maxsize=32768)
def rules_for(action: str) -> Rules:
    """The rules of an action's service."""
    return rules_of(action.partition(":")[0])


__all__ = [
    "NOT_READ",
    "SERVICES",
    "SUPPORT",
    "Case",
    "Need",
    "Options",
    "Rules",
    "Ruling",
    "Support",
    "bucket_behind",
    "bucket_settings",
    "further_policies",
    "general_cases",
    "is_access_point",
    "is_managed",
    "managed_key",
    "managed_key_policy",
    "no_ruling",
    "relation_of",
    "rules_for",
    "rules_of",
]
