"""The services that xgraph reads, in the order in which they are asked."""

from xgraph.ingest.services._service import Service
from xgraph.ingest.services.dynamodb import DYNAMODB
from xgraph.ingest.services.iam import IAM
from xgraph.ingest.services.kms import KMS
from xgraph.ingest.services.lambda_ import LAMBDA
from xgraph.ingest.services.organizations import ORGANIZATIONS
from xgraph.ingest.services.s3 import S3
from xgraph.ingest.services.secretsmanager import SECRETSMANAGER
from xgraph.ingest.services.sns import SNS
from xgraph.ingest.services.sqs import SQS

SERVICES: tuple[Service, ...] = (ORGANIZATIONS, IAM, S3, SQS, DYNAMODB, KMS, SNS, SECRETSMANAGER, LAMBDA)


def read_actions() -> tuple[str, ...]:
    """The IAM actions that collecting needs, from the calls that the services declare."""
    return tuple(sorted({action for service in SERVICES for call in service.calls for action in call.actions}))
