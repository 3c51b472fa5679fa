"""The services that xgraph reads, in the order in which they are asked."""

from xgraph.ingest.services._service import Service
from xgraph.ingest.services.acm_pca import ACM_PCA
from xgraph.ingest.services.apigateway import APIGATEWAY
from xgraph.ingest.services.backup import BACKUP
from xgraph.ingest.services.bedrock import BEDROCK
from xgraph.ingest.services.cloudformation import CLOUDFORMATION
from xgraph.ingest.services.cloudtrail import CLOUDTRAIL
from xgraph.ingest.services.codeartifact import CODEARTIFACT
from xgraph.ingest.services.codebuild import CODEBUILD
from xgraph.ingest.services.dsql import DSQL
from xgraph.ingest.services.dynamodb import DYNAMODB
from xgraph.ingest.services.dynamodbstreams import DYNAMODBSTREAMS
from xgraph.ingest.services.ec2 import EC2
from xgraph.ingest.services.ecr import ECR
from xgraph.ingest.services.ecs import ECS
from xgraph.ingest.services.efs import EFS
from xgraph.ingest.services.eks import EKS
from xgraph.ingest.services.events import EVENTS
from xgraph.ingest.services.glacier import GLACIER
from xgraph.ingest.services.glue import GLUE
from xgraph.ingest.services.iam import IAM
from xgraph.ingest.services.kafka import KAFKA
from xgraph.ingest.services.kinesis import KINESIS
from xgraph.ingest.services.kms import KMS
from xgraph.ingest.services.lambda_ import LAMBDA
from xgraph.ingest.services.lexv2_models import LEXV2_MODELS
from xgraph.ingest.services.logs import LOGS
from xgraph.ingest.services.mediastore import MEDIASTORE
from xgraph.ingest.services.opensearch import OPENSEARCH
from xgraph.ingest.services.organizations import ORGANIZATIONS
from xgraph.ingest.services.ram import RAM
from xgraph.ingest.services.rds import RDS
from xgraph.ingest.services.redshift import REDSHIFT
from xgraph.ingest.services.redshift_serverless import REDSHIFT_SERVERLESS
from xgraph.ingest.services.rolesanywhere import ROLESANYWHERE
from xgraph.ingest.services.s3 import S3
from xgraph.ingest.services.s3_objects import S3_OBJECTS
from xgraph.ingest.services.s3control import S3CONTROL
from xgraph.ingest.services.s3express import S3EXPRESS
from xgraph.ingest.services.s3tables import S3TABLES
from xgraph.ingest.services.sagemaker import SAGEMAKER
from xgraph.ingest.services.schemas import SCHEMAS
from xgraph.ingest.services.secretsmanager import SECRETSMANAGER
from xgraph.ingest.services.sesv2 import SESV2
from xgraph.ingest.services.signer import SIGNER
from xgraph.ingest.services.sns import SNS
from xgraph.ingest.services.sqs import SQS
from xgraph.ingest.services.ssm import SSM
from xgraph.ingest.services.sso_admin import SSO_ADMIN
from xgraph.ingest.services.vpc_lattice import VPC_LATTICE
from xgraph.ingest.services.xray import XRAY

SERVICES: tuple[Service, ...] = (
    ORGANIZATIONS,
    IAM,
    S3,
    S3_OBJECTS,
    SQS,
    DYNAMODB,
    KMS,
    SNS,
    SECRETSMANAGER,
    LAMBDA,
    ACM_PCA,
    APIGATEWAY,
    BACKUP,
    BEDROCK,
    CLOUDFORMATION,
    CLOUDTRAIL,
    CODEARTIFACT,
    CODEBUILD,
    DSQL,
    DYNAMODBSTREAMS,
    EC2,
    ECR,
    ECS,
    EFS,
    EKS,
    EVENTS,
    GLACIER,
    GLUE,
    KAFKA,
    KINESIS,
    LEXV2_MODELS,
    LOGS,
    MEDIASTORE,
    OPENSEARCH,
    RAM,
    RDS,
    REDSHIFT,
    REDSHIFT_SERVERLESS,
    ROLESANYWHERE,
    S3CONTROL,
    S3EXPRESS,
    S3TABLES,
    SAGEMAKER,
    SCHEMAS,
    SESV2,
    SIGNER,
    SSM,
    SSO_ADMIN,
    VPC_LATTICE,
    XRAY,
)


def read_actions() -> tuple[str, ...]:
    """The IAM actions that collecting needs, from the calls that the services declare."""
    return tuple(sorted({action for service in SERVICES for call in service.calls for action in call.actions}))
