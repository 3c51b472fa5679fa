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
    """One kind of node or edge. `labels` are those of its nodes in a graph database."""

    name: str
    description: str
    attributes: tuple[Attribute, ...]
    labels: tuple[str, ...] = ()


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


def _label(name: str) -> str:
    """`function alias` → `FunctionAlias`."""
    return "".join(part[:1].upper() + part[1:] for part in name.replace("-", " ").split())


NODES = (
    Kind("user", "An IAM user.", _NODE, ("Principal", "User")),
    Kind("role", "An IAM role: any session of it.", _NODE, ("Principal", "Role")),
    Kind("root", "The root user of an account.", _NODE, ("Principal", "RootUser")),
    Kind("bucket", "An S3 bucket.", _NODE, ("Resource", "Bucket")),
    Kind("object", "Any object of an S3 bucket; its id ends in `/*`.", _NODE, ("Resource", "Object")),
    Kind("queue", "An SQS queue.", _NODE, ("Resource", "Queue")),
    Kind("table", "A DynamoDB table.", _NODE, ("Resource", "Table")),
    *(Kind(name, f"{text}.", _NODE, ("Resource", _label(name))) for name, text in _RESOURCES),
    Kind(
        "set",
        "Principals that share one decision; it stands for each of its members, so stepping into it is no hop.",
        (*_NODE, Attribute("size", "int", "How many members it has.")),
        ("Set",),
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

# ------------------------------------------------------------------------------------------- what graph databases hold besides

_TAGS = Attribute("tags", "list[str]", "Its tags, each as `KEY=VALUE`.")
_COLLECTED_IDENTITY = (
    _TAGS,
    Attribute("path", "str", "Its IAM path."),
    Attribute("unique_id", "str", "The id that AWS gave it, such as `AROA…`."),
)
_REGION = Attribute("region", "str", "Its region, empty where it has none.")
_EXTRA: dict[str, tuple[Attribute, ...]] = {
    "user": _COLLECTED_IDENTITY,
    "role": (*_COLLECTED_IDENTITY, Attribute("service_linked", "bool", "Whether SCPs and RCPs leave it alone.")),
}
_POLICY_TYPE = Attribute("policy_type", "str", "identity, group, boundary, trust, resource, scp or rcp.")


def _in_database(kind: Kind) -> Kind:
    more = _EXTRA.get(kind.name, (_TAGS, _REGION) if "Resource" in kind.labels else ())
    return Kind(kind.name, kind.description, (*kind.attributes, *more), kind.labels)


DATABASE_NODES = (
    *map(_in_database, NODES),
    Kind(
        "resource", "A resource of another type, or one that is only known by name.", (*_NODE, _TAGS, _REGION), ("Resource",)
    ),
    Kind(
        "session", "One session of a collected role that a policy names.",
        (*_NODE, Attribute("role", "str", "The ARN of its role.")), ("Principal", "Session"),
    ),
    Kind("group", "An IAM group; never a caller itself.", _NODE, ("Group",)),
    Kind("provider", "An OIDC or SAML provider.", _NODE, ("Provider",)),
    Kind(
        "account", "An AWS account; one that was not collected stands for any principal of it.",
        (
            *_NODE,
            Attribute("alias", "str", "Its alias, if any."),
            Attribute("management", "bool", "Whether it manages its organization."),
        ),
        ("Account",),
    ),
    Kind("ou", "An organizational unit, or the root of an organization.", _NODE, ("OU",)),
    Kind("organization", "An organization.", _NODE, ("Organization",)),
    Kind("service", "An AWS service as caller.", _NODE, ("Principal", "Service")),
    Kind("canonical", "A canonical user of an account that is not known.", _NODE, ("Principal", "CanonicalUser")),
    Kind("anonymous", "A caller without credentials.", _NODE, ("Principal", "Anonymous")),
    Kind("any-aws-principal", "Some principal of some AWS account.", _NODE, ("Principal", "AnyAwsPrincipal")),
    Kind("policy", "A policy; its id is its ARN or `OWNER-ARN#inline/NAME`, `#trust`, `#resource-policy`.", (*_NODE, _POLICY_TYPE), ("Policy",)),
    Kind(
        "statement",
        "One statement of a policy; its id is the policy's followed by `#statement/INDEX`.",
        (
            *_NODE,
            _POLICY_TYPE,
            Attribute("sid", "str | None", "Its Sid."),
            Attribute("index", "int", "Its place in the policy, from 0."),
            Attribute("effect", "str", "Allow or Deny."),
            Attribute("actions", "list[str]", "Its Action or NotAction."),
            Attribute("not_actions", "bool", "Whether that is NotAction."),
            Attribute("resources", "list[str]", "Its Resource or NotResource; empty where it has none."),
            Attribute("not_resources", "bool", "Whether that is NotResource."),
            Attribute("principals", "list[str]", "Its Principal or NotPrincipal: `*`, account ids, ARNs and other names."),
            Attribute("not_principals", "bool", "Whether that is NotPrincipal."),
            Attribute("condition_keys", "list[str]", "The condition keys that it looks at, in lower case."),
        ),
        ("Statement",),
    ),
)  # fmt: skip
_ALSO = Attribute("also", "list[str]", "Further mechanisms that suffice alone.")
_ACTIONS = tuple(each for each in EDGES[2].attributes if each not in _VERDICT)
_BLOCKED = (
    Attribute("mechanism", "str", "How it would work."),
    Attribute("verdict", "str", "EXPLICITLY_DENIED or IMPLICITLY_DENIED."),
    Attribute("control", "str", "The one control that withholds it: scp, rcp, boundary, explicit-deny, identity-half, …"),
    Attribute("blocked_by", "list[str]", "What withholds it, as sentences."),
    Attribute("blockers", "list[str]", "The same as JSON records, as in `blocked_by` of `xgraph paths`."),
)
_ALLOWED = tuple(each for each in _VERDICT if each.name != "kind")
DATABASE_EDGES = (
    Kind("MEMBER_OF", "A principal belongs to a set, or a user to a group; no hop.", ()),
    Kind(
        "ACTS_AS",
        "A caller with edges of its own acts as itself, so that `-[:ACTS_AS|MEMBER_OF]->` leads to everything that it can use; no hop.",
        (),
    ),
    Kind("CAN_ASSUME", EDGES[1].description, (*_ALLOWED, _ALSO)),
    Kind("CAN_ACCESS", EDGES[2].description, (*_ALLOWED, _ALSO, *_ACTIONS)),
    Kind("BLOCKED_ASSUME", "A near miss: one control alone keeps the principal, or each member of the set, from the role.", _BLOCKED),
    Kind("BLOCKED_ACCESS", "A near miss of an access.", (*_BLOCKED, *_ACTIONS)),
    Kind(
        "BLOCKED_BY",
        "The statement, or the policy that lacks one, which withholds the near miss of a principal or set.",
        (Attribute("target", "str", "The id of what is not reached."), Attribute("control", "str", "The control.")),
    ),
    Kind("IN_ACCOUNT", "A principal, group, provider or resource belongs to an account.", ()),
    Kind("IN_OU", "An account or unit lies in a unit or root.", ()),
    Kind("IN_ORGANIZATION", "A root or account belongs to an organization.", ()),
    Kind("SESSION_OF", "A session belongs to its role.", ()),
    Kind("CONTAINS", "A bucket contains its objects.", ()),
    Kind(
        "ATTACHED_TO",
        "A policy applies to a user, role, group, resource, unit or account.",
        (Attribute("policy_type", "str", "As what: identity, group, boundary, trust, resource, scp or rcp."),),
    ),
    Kind("HAS_STATEMENT", "A policy holds a statement.", ()),
)
