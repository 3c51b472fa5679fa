"""The kinds of nodes and edges in graph-wide outputs, with every attribute described; docs/graph.md is made from it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Attribute:
    """One attribute of a node or edge."""

    name: str
    type: str
    description: str


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of node or edge."""

    name: str
    description: str
    attributes: tuple[Attribute, ...]


_NODE = (
    Attribute("kind", "str", "One of the node kinds."),
    Attribute("account", "str | None", "The 12-digit id of the account that owns it."),
    Attribute("account_name", "str | None", "The account's name, where it was collected."),
    Attribute("name", "str", "A short name for people."),
    Attribute("collected", "bool", "Whether the snapshot holds it, or it is only known by name."),
)
_VERDICT = (
    Attribute("kind", "str", "One of the edge kinds."),
    Attribute("mechanism", "str", "How it works, from the closed list of mechanisms."),
    Attribute("verdict", "str", "ALLOWED or CONDITIONAL."),
    Attribute("condition", "str | None", "What must hold, as a sentence; None when ALLOWED."),
)

# Further resources, by the name that the service authorization reference gives their type.
_RESOURCES = (
    ("accesspoint", "An S3 access point"),
    ("backupVault", "A backup vault"),
    ("catalog", "A Glue Data Catalog"),
    ("certificate-authority", "A private certificate authority"),
    ("cluster", "An MSK cluster"),
    ("cluster-snapshot", "A snapshot of an RDS cluster"),
    ("domain", "An OpenSearch or CodeArtifact domain"),
    ("document", "A Systems Manager document"),
    ("event-bus", "An EventBridge event bus"),
    ("execute-api-general", "A REST API"),
    ("file-system", "An EFS file system"),
    ("function", "A Lambda function"),
    ("function alias", "An alias of a Lambda function"),
    ("function version", "A version of a Lambda function"),
    ("identity", "An SES identity"),
    ("image", "An AMI"),
    ("key", "A KMS key"),
    ("layerVersion", "A version of a Lambda layer"),
    ("repository", "An ECR or CodeArtifact repository"),
    ("Secret", "A secret of Secrets Manager"),
    ("snapshot", "An EBS or RDS snapshot"),
    ("stream", "A Kinesis stream or the stream of a DynamoDB table"),
    ("topic", "An SNS topic"),
    ("vpc-endpoint-service", "A VPC endpoint service"),
)

NODES = (
    Kind("user", "An IAM user.", _NODE),
    Kind("role", "An IAM role: any session of it.", _NODE),
    Kind("root", "The root user of an account.", _NODE),
    Kind("bucket", "An S3 bucket.", _NODE),
    Kind("object", "Any object of an S3 bucket; its id ends in `/*`.", _NODE),
    Kind("queue", "An SQS queue.", _NODE),
    Kind("table", "A DynamoDB table.", _NODE),
    *(Kind(name, f"{text}.", _NODE) for name, text in _RESOURCES),
    Kind(
        "set",
        "Principals that share one decision; it stands for each of its members, so stepping into it is no hop.",
        (*_NODE, Attribute("size", "int", "How many members it has.")),
    ),
)
EDGES = (
    Kind("MEMBER_OF", "A principal belongs to a set; no hop.", (Attribute("kind", "str", "`MEMBER_OF`."),)),
    Kind("CAN_ASSUME", "A principal, or each member of a set, may assume a role.", _VERDICT),
    Kind(
        "CAN_ACCESS",
        "A principal, or each member of a set, may do the actions of one class to a resource.",
        (
            *_VERDICT,
            Attribute("action", "str", "The action that stands for the class."),
            Attribute("actions", "list[str]", "All actions of the class."),
            Attribute("levels", "list[str]", "Their access levels."),
        ),
    ),
)
