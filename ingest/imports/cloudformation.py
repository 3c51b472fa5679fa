"""From a template of CloudFormation to the snapshot that there would be after its deployment.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-template-resource-type-ref.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from xgraph.graph.model.arn import partition_of_region
from xgraph.ingest.imports._cloudformation_access import BEYOND, beyond, unread_macros
from xgraph.ingest.imports._cloudformation_access import TYPES as ACCESS
from xgraph.ingest.imports._done import Imported
from xgraph.ingest.imports._overlay import Overlay, Where, begin, check_out, finish, texts
from xgraph.ingest.imports._permission import FIELDS, permission_statement
from xgraph.ingest.imports._source import Source, read, shaped
from xgraph.ingest.imports._template import Handle, Values, is_unknown, load_template
from xgraph.ingest.services._answers import UNREAD
from xgraph.ingest.snapshot.layout import SnapshotError

_IDENTITIES = {"AWS::IAM::Role": "role", "AWS::IAM::User": "user", "AWS::IAM::Group": "group"}
_OWNERS = {"Roles": "role", "Users": "user", "Groups": "group"}

# Type: the property with its name, service and resource part of its ARN, what Ref gives, the property with its policy.
_RESOURCES = {
    "AWS::SQS::Queue": ("QueueName", "sqs", "{name}", "url", ""),
    "AWS::SNS::Topic": ("TopicName", "sns", "{name}", "arn", ""),
    "AWS::KMS::Key": ("", "kms", "key/{name}", "", "KeyPolicy"),
    "AWS::Lambda::Function": ("FunctionName", "lambda", "function:{name}", "name", ""),
    "AWS::SecretsManager::Secret": ("", "secretsmanager", "secret:{name}", "", ""),
    "AWS::ECR::Repository": ("RepositoryName", "ecr", "repository/{name}", "name", "RepositoryPolicyText"),
    "AWS::DynamoDB::Table": ("TableName", "dynamodb", "table/{name}", "name", "ResourcePolicy"),
    "AWS::Events::EventBus": ("Name", "events", "event-bus/{name}", "name", "Policy"),
    "AWS::EFS::FileSystem": ("", "elasticfilesystem", "file-system/{name}", "", "FileSystemPolicy"),
    "AWS::Kinesis::Stream": ("Name", "kinesis", "stream/{name}", "name", ""),
    "AWS::Backup::BackupVault": ("BackupVaultName", "backup", "backup-vault:{name}", "name", "AccessPolicy"),
    "AWS::ApiGateway::RestApi": ("", "execute-api", "{name}", "", "Policy"),
    "AWS::CodeArtifact::Domain": ("DomainName", "codeartifact", "domain/{name}", "arn", "PermissionsPolicyDocument"),
    "AWS::DSQL::Cluster": ("", "dsql", "cluster/{name}", "", "PolicyDocument"),
    "AWS::Elasticsearch::Domain": ("DomainName", "es", "domain/{name}", "name", "AccessPolicies"),
    "AWS::EventSchemas::Registry": ("RegistryName", "schemas", "registry/{name}", "arn", ""),
    "AWS::KMS::ReplicaKey": ("", "kms", "key/{name}", "", "KeyPolicy"),
    "AWS::Logs::Destination": ("DestinationName", "logs", "destination:{name}", "name", "DestinationPolicy"),
    "AWS::MediaStore::Container": ("ContainerName", "mediastore", "container/{name}", "arn", "Policy"),
    "AWS::OpenSearchService::Domain": ("DomainName", "es", "domain/{name}", "name", "AccessPolicies"),
    "AWS::S3Tables::TableBucket": ("TableBucketName", "s3tables", "bucket/{name}", "arn", ""),
    "AWS::SageMaker::ModelPackageGroup": (
        "ModelPackageGroupName", "sagemaker", "model-package-group/{name}", "arn", "ModelPackageGroupPolicy"
    ),
}  # fmt: skip
_NAMES = {
    "AWS::IAM::Role": "RoleName",
    "AWS::IAM::User": "UserName",
    "AWS::IAM::Group": "GroupName",
    "AWS::IAM::ManagedPolicy": "ManagedPolicyName",
    "AWS::S3::Bucket": "BucketName",
    **{kind: found[0] for kind, found in _RESOURCES.items()},
}
# Those that are told by functions of their own, and by which name.
_OTHER_NAMES = {"AWS::S3::AccessPoint": "Name", "AWS::CodeArtifact::Repository": "RepositoryName"}


def import_cloudformation(
    template: Path,
    onto: Path,
    out: Path,
    *,
    account: str,
    region: str,
    parameters: Mapping[str, str] | None = None,
    stack: str = "",
    instead_of: Path | None = None,
    name: str = "",
    force: bool = False,
) -> Imported:
    """Writes to `out` what the snapshot `onto` becomes when `template` is deployed to an account and region.

    `parameters` are given over their defaults; `stack` is the stack's name. What `instead_of`, the template of now, has and the new
    one lacks is removed; without it nothing is.
    Raises SnapshotError, in one sentence that names file and place, when a file can't be used; nothing is written then.
    """
    check_out(onto, out)
    overlay = begin(onto)
    new = Template(read(template), account, region, parameters or {}, stack, overlay)
    old = Template(read(instead_of), account, region, parameters or {}, stack, overlay) if instead_of else None
    if old:
        with shaped(f"`{instead_of}`: a resource"):
            old.remove(new)
    new.put(template)
    return finish(overlay, template, out, name=name, force=force)


def read_parameters(given: Iterable[str]) -> dict[str, str]:
    """Parameters from texts `KEY=VALUE`, and from files as the AWS CLI takes them: a list of `ParameterKey` and `ParameterValue`.

    Raises SnapshotError for what is neither.
    """
    found: dict[str, str] = {}
    for text in given:
        key, equals, value = text.partition("=")
        if equals:
            found[key] = value
            continue
        listed = read(Path(text.removeprefix("file://"))).value()
        try:
            found |= {str(each["ParameterKey"]): str(each["ParameterValue"]) for each in listed}
        except (KeyError, TypeError):
            raise SnapshotError(f"`{text}` is not a list of objects with ParameterKey and ParameterValue") from None
    return found


@dataclass(frozen=True, slots=True)
class Resource:
    """One resource of a template with its properties worked out."""

    type: str
    where: Where
    properties: Mapping[str, Any]

    def document(self, key: str) -> Any:
        """A policy document; UNREAD when a part of it is, None when there is none."""
        value = self.properties.get(key)
        return UNREAD if is_unknown(value) else value or None


class Template:
    """A template with its values worked out for one account and region."""

    def __init__(self, source: Source, account: str, region: str, given: Mapping[str, str], stack: str, overlay: Overlay) -> None:
        self._template = load_template(source)
        self._account, self._region, self._stack, self._overlay = account, region, stack, overlay
        with shaped(f"`{source.path}`: its `Parameters`"):
            self._values = Values(self._template, self._parameters(source, given), self._attribute)
        self._resources: dict[str, Any] = self._template["Resources"]

    def _parameters(self, source: Source, given: Mapping[str, str]) -> dict[str, Any]:
        declared = self._template.get("Parameters") or {}
        if unknown := sorted(given.keys() - declared.keys()):
            raise SnapshotError(f"`{source.path}` has no parameter `{unknown[0]}`")
        partition = partition_of_region(self._region)
        found: dict[str, Any] = {
            "AWS::AccountId": self._account,
            "AWS::Region": self._region,
            "AWS::Partition": partition,
            "AWS::URLSuffix": "amazonaws.com.cn" if partition == "aws-cn" else "amazonaws.com",
            "AWS::StackName": self._stack or UNREAD,
        }
        for name, parameter in declared.items():
            kind = str(parameter.get("Type", "String")) if isinstance(parameter, Mapping) else "String"
            value = given.get(name, parameter.get("Default", UNREAD) if isinstance(parameter, Mapping) else UNREAD)
            if kind.startswith("AWS::SSM::Parameter::Value") and name not in given:
                value = UNREAD
            is_list = kind == "CommaDelimitedList" or kind.startswith("List<")
            found[name] = value if value is UNREAD else [each.strip() for each in str(value).split(",")] if is_list else str(value)
        return found

    def _name(self, logical: str) -> Any:
        """The name that the template gives a resource; UNREAD when CloudFormation will make one up."""
        resource = self._resources[logical]
        value = self._values.get((resource.get("Properties") or {}).get({**_NAMES, **_OTHER_NAMES}.get(resource["Type"], "") or "-"))
        return value if isinstance(value, str) and value else UNREAD

    def _attribute(self, logical: str, attribute: str) -> Any:
        """What Ref ("") and GetAtt give: known when the resource has a name of its own."""
        resource = self._resources.get(logical)
        name = self._name(logical) if resource else UNREAD
        if resource is None:
            return UNREAD
        if name is UNREAD:
            return Handle(logical) if attribute in {"", "Arn", "QueueUrl", "TopicArn"} else UNREAD
        kind = resource["Type"]
        gives = _RESOURCES[kind][3] if kind in _RESOURCES else "arn" if kind == "AWS::IAM::ManagedPolicy" else "name"
        if not attribute and gives == "name":
            return name
        if attribute in {"", "Arn", "TopicArn", "PolicyArn"} and kind in _NAMES:
            return self.arn(logical) if gives != "url" or attribute else f"https://sqs.{self._region}.amazonaws.com/{self._account}/{name}"
        return name if attribute.endswith("Name") else UNREAD

    def called(self, logical: str) -> str:
        """The name of a resource; one that CloudFormation will make up begins as it will."""
        name = self._name(logical)
        return name if name is not UNREAD else f"{self._stack}-{logical}-UNKNOWN".strip("-")

    def arn(self, logical: str) -> str:
        """The ARN of a resource, with the name that `called` gives."""
        resource, name = self._resources[logical], self.called(logical)
        kind, where = resource["Type"], self._where(logical)
        if kind == "AWS::S3::Bucket":
            return f"arn:{where.partition}:s3:::{name.lower()}" if self._name(logical) is UNREAD else f"arn:{where.partition}:s3:::{name}"
        if kind in _RESOURCES:
            return where.arn(_RESOURCES[kind][1], _RESOURCES[kind][2].format(name=name))
        path = self._values.get((resource.get("Properties") or {}).get("Path")) or "/"
        word = _IDENTITIES.get(kind, "policy")
        return f"arn:{where.partition}:iam::{self._account}:{word}{path if isinstance(path, str) else '/'}{name}"

    def name_of(self, value: Any) -> Any:
        """The name in a property that names a resource."""
        return self.called(value.logical) if isinstance(value, Handle) else value

    def arn_of(self, value: Any) -> Any:
        """The ARN in a property that points at a resource."""
        return self.arn(value.logical) if isinstance(value, Handle) else value

    def _where(self, logical: str) -> Where:
        return Where(self._account, self._region, logical)

    def names(self) -> set[tuple[str, str]]:
        """Type and name of what the template makes."""
        return {(self._resources[logical]["Type"], self.called(logical)) for logical in self._made()}

    def _made(self) -> list[str]:
        """The logical ids of what is deployed, as far as is known."""
        return [
            logical
            for logical, resource in self._resources.items()
            if "Condition" not in resource or self._values.holds(resource["Condition"]) is not False
        ]

    def remove(self, new: Template) -> None:
        """Removes what this template makes and `new` does not, and what both add to something, for `new` to add it again."""
        kept = new.names()
        for logical in self._made():
            kind, where = self._resources[logical]["Type"], self._where(logical)
            is_kept = (kind, self.called(logical)) in kept
            if kind in _ADDED:
                _ADDED[kind](self._overlay, self, self._one(logical), True)
            elif kind in _IDENTITIES and is_kept:
                given = _identity(self, self._one(logical))
                lent = {"Inline": dict.fromkeys(given["Inline"]), "Detached": [arn for arn in given["Attached"] if isinstance(arn, str)]}
                self._overlay.identity(where, _IDENTITIES[kind], self.called(logical), lent)
            elif kind in _IDENTITIES or (kind == "AWS::IAM::ManagedPolicy" and not is_kept):
                self._overlay.drop_identity(where, _IDENTITIES.get(kind, "policy"), self.called(logical))
            elif kind == "AWS::S3::Bucket" and not is_kept:
                self._overlay.drop_bucket(where, self.called(logical))
            elif kind in _RESOURCES and not is_kept:
                self._overlay.drop_resource(where, self.arn(logical))
            elif kind in _RESOURCES and _RESOURCES[kind][4] in self._one(logical).properties:
                self._overlay.resource(where, self.arn(logical), {"Policy": None})

    def put(self, path: Path) -> None:
        """Puts what the template makes: what stands alone first, then what is added to it."""
        for macro in unread_macros(self._template):
            self._overlay.beyond(self._where("Transform"), macro, "iam")
        for logical, resource in sorted(self._resources.items(), key=lambda pair: (pair[1]["Type"] in _ADDED, pair[0])):
            with shaped(f"`{path}`: the resource `{logical}`"):
                self._put(logical, resource)

    def _put(self, logical: str, resource: Mapping[str, Any]) -> None:
        kind = resource["Type"]
        if "Condition" in resource and self._values.holds(resource["Condition"]) is False:
            return
        if kind not in {*_NAMES, *_ADDED}:
            if service := beyond(kind):
                self._overlay.beyond(self._where(logical), kind, service)
            else:
                self._overlay.skip(f"type `{kind}`")
            return
        found = self._one(logical)
        if kind in _NAMES and self._name(logical) is UNREAD:
            self._overlay.said.append(f"`{logical}`: its name is not known before it is deployed; it stands as `{self.arn(logical)}`")
        _put(self._overlay, self, found, logical)
        self._overlay.changed[kind] += kind not in BEYOND

    def _one(self, logical: str) -> Resource:
        resource = self._resources[logical]
        properties = self._values.get(resource.get("Properties") or {})
        if "Condition" in resource and self._values.holds(resource["Condition"]) is UNREAD:
            self._overlay.said.append(f"`{logical}`: whether it is deployed is not known, so neither are its policies")
            properties = {key: UNREAD if isinstance(value, Mapping | list) else value for key, value in properties.items()}
        return Resource(resource["Type"], self._where(logical), properties)


def _put(overlay: Overlay, template: Template, found: Resource, logical: str) -> None:
    if found.type in _ADDED:
        _ADDED[found.type](overlay, template, found, False)
    elif found.type in _IDENTITIES:
        overlay.identity(found.where, _IDENTITIES[found.type], template.called(logical), _identity(template, found))
    elif found.type == "AWS::IAM::ManagedPolicy":
        path = found.properties.get("Path")
        overlay.managed(found.where, template.called(logical), path if isinstance(path, str) else "/", found.document("PolicyDocument"))
        for key, kind in _OWNERS.items():
            for owner in _several(found.properties.get(key)):
                overlay.attachment(found.where, kind, template.name_of(owner), template.arn(logical), on=True)
    elif found.type == "AWS::S3::Bucket":
        overlay.bucket(found.where, template.arn(logical).rsplit(":", 1)[-1], _bucket(found), is_new=True)
    else:
        overlay.resource(found.where, template.arn(logical), _resource(template, found), is_new=True)


def _several(value: Any) -> list[Any]:
    """The items of a property that is a list; an unknown list is one unknown item."""
    return [UNREAD] if value is UNREAD else list(texts(value)) if isinstance(value, list) else [value] if value else []


def _identity(template: Template, found: Resource) -> dict[str, Any]:
    properties = found.properties
    given: dict[str, Any] = {"Path": properties["Path"] if isinstance(properties.get("Path"), str) else "/"}
    if found.type == "AWS::IAM::Role":
        given["Trust"] = (
            UNREAD if is_unknown(properties.get("AssumeRolePolicyDocument")) else properties.get("AssumeRolePolicyDocument", UNREAD)
        )
    given["Boundary"] = template.arn_of(properties.get("PermissionsBoundary"))
    given["Inline"] = {}
    for each in _several(properties.get("Policies")):
        written = each.get("PolicyDocument") if isinstance(each, Mapping) else UNREAD
        name = each.get("PolicyName") if isinstance(each, Mapping) else "*"
        given["Inline"][name if isinstance(name, str) else "*"] = UNREAD if is_unknown(written) else written
    given["Attached"] = [template.arn_of(arn) for arn in _several(properties.get("ManagedPolicyArns"))]
    if "Groups" in properties:
        given["Groups"] = [name if isinstance(name, str) else "unknown" for name in map(template.name_of, _several(properties["Groups"]))]
    return {**given, "Tags": _tags(properties.get("Tags"))}


def _tags(tags: Any) -> Any:
    if is_unknown(tags):
        return UNREAD
    return {str(tag["Key"]): str(tag.get("Value", "")) for tag in texts(tags) if isinstance(tag, Mapping) and "Key" in tag}


def _bucket(found: Resource) -> dict[str, Any]:
    properties = found.properties
    given: dict[str, Any] = {}
    if "PublicAccessBlockConfiguration" in properties:
        block = properties["PublicAccessBlockConfiguration"]
        names = ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets")
        given["PublicAccessBlock"] = (
            UNREAD if is_unknown(block) else {name: str(block.get(name, False)).lower() == "true" for name in names}
        )
    if "OwnershipControls" in properties:
        rules = properties["OwnershipControls"]
        given["OwnershipControls"] = UNREAD if is_unknown(rules) else rules["Rules"][0]["ObjectOwnership"]
    if "BucketEncryption" in properties:
        given["Encryption"] = _encryption(properties["BucketEncryption"])
    if "AccessControl" in properties:
        given["Acl"] = UNREAD
    if "Tags" in properties:
        given["Tags"] = _tags(properties["Tags"])
    return given


def _encryption(value: Any) -> Any:
    try:
        default = value["ServerSideEncryptionConfiguration"][0]["ServerSideEncryptionByDefault"]
    except (KeyError, IndexError, TypeError):
        return UNREAD
    return UNREAD if is_unknown(default) else {"Rules": [{"ApplyServerSideEncryptionByDefault": default}]}


def _resource(template: Template, found: Resource) -> dict[str, Any]:
    given: dict[str, Any] = {}
    key = _RESOURCES[found.type][4]
    if key in found.properties:
        value = found.document(key)
        given["Policy"] = value.get("PolicyDocument", UNREAD) if key == "ResourcePolicy" and isinstance(value, Mapping) else value
    if "Tags" in found.properties:
        given["Tags"] = _tags(found.properties["Tags"])
    if found.type == "AWS::Lambda::Function":
        role = template.arn_of(found.properties.get("Role"))
        given["entry"] = {"Role": role} if isinstance(role, str) else {}
    if found.type in {"AWS::KMS::Key", "AWS::KMS::ReplicaKey"}:
        given["KeyMetadata"] = {"KeyManager": "CUSTOMER", "KeyState": "Enabled"}
    return given


def _inline(overlay: Overlay, template: Template, found: Resource, is_removed: bool) -> None:
    name = found.properties.get("PolicyName")
    document = None if is_removed else found.document("PolicyDocument") or UNREAD
    single = {"RoleName": "role", "UserName": "user", "GroupName": "group"}
    for key, kind in (*_OWNERS.items(), *single.items()):
        for owner in _several(found.properties.get(key)):
            overlay.inline(found.where, kind, template.name_of(owner), name if isinstance(name, str) else found.where.label, document)


def _members(overlay: Overlay, template: Template, found: Resource, is_removed: bool) -> None:
    group = template.name_of(found.properties.get("GroupName", UNREAD))
    for user in _several(found.properties.get("Users")):
        overlay.membership(found.where, template.name_of(user), group, on=not is_removed)


def _bucket_policy(overlay: Overlay, template: Template, found: Resource, is_removed: bool) -> None:
    bucket = found.properties.get("Bucket", UNREAD)
    name = template.arn(bucket.logical).rsplit(":", 1)[-1] if isinstance(bucket, Handle) else bucket
    overlay.bucket(found.where, name, {"Policy": None if is_removed else found.document("PolicyDocument") or UNREAD})


def _policy_on(key: str, document: str, arn: Callable[[Where, str], str] = lambda _where, text: text) -> Callable[..., None]:
    """A type that gives resources, named by the property `key`, the policy in the property `document`."""

    def change(overlay: Overlay, template: Template, found: Resource, is_removed: bool) -> None:
        for each in _several(found.properties.get(key)) or [UNREAD]:
            pointed = template.arn(each.logical) if isinstance(each, Handle) else each if each is UNREAD else arn(found.where, str(each))
            overlay.resource(found.where, pointed, {"Policy": None if is_removed else found.document(document) or UNREAD})

    return change


def _permission(overlay: Overlay, template: Template, found: Resource, is_removed: bool) -> None:
    named = found.properties.get("FunctionName", UNREAD)
    arn = template.arn(named.logical) if isinstance(named, Handle) else named
    if isinstance(arn, str) and not arn.startswith("arn:"):
        arn = found.where.arn("lambda", f"function:{arn}")
    given = {each: found.properties.get(each) for each in FIELDS}
    written = UNREAD if is_unknown(given) or not isinstance(arn, str) else permission_statement(found.where.label, arn, given)
    overlay.statement(found.where, arn, found.where.label, None if is_removed else written)


def _bus_policy(overlay: Overlay, template: Template, found: Resource, _is_removed: bool) -> None:
    """A statement of an event bus's policy, the rest of which is not told."""
    named = found.properties.get("EventBusName") or "default"
    arn = template.arn(named.logical) if isinstance(named, Handle) else named
    if isinstance(arn, str) and not arn.startswith("arn:"):
        arn = found.where.arn("events", f"event-bus/{arn}")
    overlay.resource(found.where, arn, {"Policy": UNREAD})
    overlay.said.append(f"`{found.where.label}`: what it makes of the policy of its event bus is not known")


def _of(service: str, prefix: str) -> Callable[[Where, str], str]:
    """The ARN of a resource that a property names, by its ARN or its name."""
    return lambda where, text: text if text.startswith("arn:") else where.arn(service, prefix + text)


def _queue(where: Where, url: str) -> str:
    return url if url.startswith("arn:") else where.arn("sqs", url.rsplit("/", 1)[-1])


# Besides these: `_RESOURCES`, identities, buckets.
_ADDED: Mapping[str, Callable[[Overlay, Template, Resource, bool], None]] = {
    "AWS::IAM::Policy": _inline,
    "AWS::IAM::RolePolicy": _inline,
    "AWS::IAM::UserPolicy": _inline,
    "AWS::IAM::GroupPolicy": _inline,
    "AWS::IAM::UserToGroupAddition": _members,
    "AWS::S3::BucketPolicy": _bucket_policy,
    "AWS::SQS::QueuePolicy": _policy_on("Queues", "PolicyDocument", _queue),
    "AWS::SQS::QueueInlinePolicy": _policy_on("Queue", "PolicyDocument", _queue),
    "AWS::SNS::TopicInlinePolicy": _policy_on("TopicArn", "PolicyDocument"),
    "AWS::Lambda::Permission": _permission,
    "AWS::Events::EventBusPolicy": _bus_policy,
    "AWS::SNS::TopicPolicy": _policy_on("Topics", "PolicyDocument"),
    "AWS::SecretsManager::ResourcePolicy": _policy_on("SecretId", "ResourcePolicy"),
    "AWS::Kinesis::ResourcePolicy": _policy_on("ResourceArn", "ResourcePolicy"),
    "AWS::CloudTrail::ResourcePolicy": _policy_on("ResourceArn", "ResourcePolicy"),
    "AWS::EventSchemas::RegistryPolicy": _policy_on("RegistryName", "Policy", _of("schemas", "registry/")),
    "AWS::Lex::ResourcePolicy": _policy_on("ResourceArn", "Policy"),
    "AWS::MSK::ClusterPolicy": _policy_on("ClusterArn", "Policy"),
    "AWS::S3Express::BucketPolicy": _policy_on("Bucket", "PolicyDocument", _of("s3express", "bucket/")),
    "AWS::S3Tables::TableBucketPolicy": _policy_on("TableBucketARN", "ResourcePolicy"),
    "AWS::VpcLattice::AuthPolicy": _policy_on("ResourceIdentifier", "Policy"),
    **ACCESS,
}

TYPES = (*_NAMES, *_ADDED)  # all types that are used, and those that are gaps
