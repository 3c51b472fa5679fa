"""What each resource type of Terraform's AWS provider changes: one function a type, in the order in which they are done.

https://registry.terraform.io/providers/hashicorp/aws/latest/docs
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from xgraph.ingest.imports._changes import qualified_policy
from xgraph.ingest.imports._overlay import Overlay, Where, texts
from xgraph.ingest.imports._permission import FIELDS, permission_statement
from xgraph.ingest.services._answers import UNREAD

_NAMES = {
    "aws_s3_bucket": "bucket",
    "aws_lambda_function": "function_name",
    "aws_kms_key": "key_id",
    "aws_kms_external_key": "id",
    "aws_kms_replica_key": "key_id",
    "aws_efs_file_system": "id",
    "aws_api_gateway_rest_api": "id",
    "aws_codeartifact_domain": "domain",
    "aws_codeartifact_repository": "repository",
    "aws_opensearch_domain": "domain_name",
    "aws_elasticsearch_domain": "domain_name",
    "aws_sagemaker_model_package_group": "model_package_group_name",
}
_IDS = frozenset({  # what AWS names by an id
    "aws_kms_key", "aws_kms_external_key", "aws_kms_replica_key", "aws_efs_file_system", "aws_secretsmanager_secret",
    "aws_api_gateway_rest_api",
})  # fmt: skip
_KEYS = frozenset({"aws_kms_key", "aws_kms_external_key", "aws_kms_replica_key"})
_DOCUMENTS = {
    "aws_opensearch_domain": "access_policies",
    "aws_elasticsearch_domain": "access_policies",
    "aws_glacier_vault": "access_policy",
}
_ARNS = {
    "aws_sqs_queue": ("sqs", "{name}"),
    "aws_sns_topic": ("sns", "{name}"),
    "aws_lambda_function": ("lambda", "function:{name}"),
    "aws_ecr_repository": ("ecr", "repository/{name}"),
    "aws_dynamodb_table": ("dynamodb", "table/{name}"),
    "aws_cloudwatch_event_bus": ("events", "event-bus/{name}"),
    "aws_kinesis_stream": ("kinesis", "stream/{name}"),
    "aws_backup_vault": ("backup", "backup-vault:{name}"),
    "aws_kms_key": ("kms", "key/{name}"),
    "aws_kms_external_key": ("kms", "key/{name}"),
    "aws_kms_replica_key": ("kms", "key/{name}"),
    "aws_api_gateway_rest_api": ("execute-api", "{name}"),
    "aws_cloudwatch_log_destination": ("logs", "destination:{name}"),
    "aws_codeartifact_domain": ("codeartifact", "domain/{name}"),
    "aws_glacier_vault": ("glacier", "vaults/{name}"),
    "aws_media_store_container": ("mediastore", "container/{name}"),
    "aws_opensearch_domain": ("es", "domain/{name}"),
    "aws_elasticsearch_domain": ("es", "domain/{name}"),
    "aws_s3tables_table_bucket": ("s3tables", "bucket/{name}"),
    "aws_sagemaker_model_package_group": ("sagemaker", "model-package-group/{name}"),
    "aws_schemas_registry": ("schemas", "registry/{name}"),
    "aws_efs_file_system": ("elasticfilesystem", "file-system/{name}"),
    "aws_secretsmanager_secret": ("secretsmanager", "secret:{name}-UNKNWN"),  # AWS adds six signs
}
_SNAKE = re.compile(r"(?<=[a-z])([A-Z])")  # SourceArn -> source_arn, PrincipalOrgID -> principal_org_id
_KINDS = ("user", "group", "role")
BLOCK = {
    "block_public_acls": "BlockPublicAcls",
    "block_public_policy": "BlockPublicPolicy",
    "ignore_public_acls": "IgnorePublicAcls",
    "restrict_public_buckets": "RestrictPublicBuckets",
}


@dataclass(frozen=True, slots=True)
class Planned:
    """One resource as it will be, or as it was when it is removed. `followed` resolves a reference to another resource of the plan.

    `left`: the attributes of which nobody says anything, so that AWS or other resources of the plan set them.
    """

    type: str
    where: Where
    values: Mapping[str, Any]
    before: Mapping[str, Any]
    is_new: bool
    followed: Callable[[str], Any]
    left: frozenset[str] = frozenset()

    def tags(self) -> Any:
        """The tags, those of the provider among them; UNREAD when one is not known."""
        every, own = self.values.get("tags_all"), self.values.get("tags")
        return UNREAD if UNREAD in (every, own) and "tags" not in self.left else own if not isinstance(every, Mapping) else every

    def changes(self, key: str) -> bool:
        """Whether the plan sets an attribute: on what is there already only where it differs."""
        return self.is_new or self.values.get(key) != self.before.get(key)

    def name(self) -> str:
        """The name; one that AWS or Terraform will make up is made of the address."""
        value = self.values.get(_NAMES.get(self.type, "name"))
        if isinstance(value, str) and value:
            return value
        prefix = self.values.get(f"{_NAMES.get(self.type, 'name')}_prefix")
        return (prefix if isinstance(prefix, str) else "") + re.sub(r"[^A-Za-z0-9-]+", "-", self.where.label).strip("-")

    def arn(self) -> Any:
        """The ARN, worked out of the name where it is not known; UNREAD when it can't be."""
        value = self.values.get("arn")
        if isinstance(value, str) and value and self.type != "aws_api_gateway_rest_api":  # whose ARN is not the one it is called by
            return value
        if self.type == "aws_s3_bucket":
            return f"arn:{self.where.partition}:s3:::{self.name()}"
        if self.type in _ARNS:
            service, pattern = _ARNS[self.type]
            return self.where.arn(service, pattern.format(name=self.name()))
        kind = self.type.removeprefix("aws_iam_")
        path = self.values.get("path") or "/"
        iam = f"arn:{self.where.partition}:iam::{self.where.account}:{kind}{path}{self.name()}"
        return iam if kind in {*_KINDS, "policy"} and path is not UNREAD else UNREAD

    def named(self, key: str) -> Any:
        """The name that an attribute gives, also through a reference."""
        found = self.followed(key)
        return found.name() if isinstance(found, Planned) else found

    def pointed(self, key: str) -> Any:
        """The ARN that an attribute gives, also through a reference."""
        found = self.followed(key)
        return found.arn() if isinstance(found, Planned) else found


def _identity(overlay: Overlay, planned: Planned, is_removed: bool) -> None:
    kind = planned.type.removeprefix("aws_iam_")
    if is_removed:
        overlay.drop_identity(planned.where, kind, planned.name())
        return
    _say_name(overlay, planned)
    given: dict[str, Any] = {"Path": planned.values.get("path")}
    if kind == "role" and planned.changes("assume_role_policy"):
        given["Trust"] = planned.values.get("assume_role_policy")
    if planned.changes("permissions_boundary"):
        given["Boundary"] = planned.pointed("permissions_boundary") or None
    if planned.changes("tags_all") or planned.changes("tags"):
        given["Tags"] = planned.tags()
    if planned.values.get("inline_policy") is UNREAD and "inline_policy" not in planned.left:
        given["Inline"] = {"*": UNREAD}
    elif planned.changes("inline_policy") and planned.values.get("inline_policy") is not UNREAD:
        blocks = [each for each in texts(planned.values.get("inline_policy")) if isinstance(each, Mapping) and each.get("name")]
        before = {
            str(each["name"]): None for each in texts(planned.before.get("inline_policy")) if isinstance(each, Mapping) and each.get("name")
        }
        given["Inline"] = {**before, **{str(each["name"]): each.get("policy", UNREAD) for each in blocks}}
    if planned.changes("managed_policy_arns") and "managed_policy_arns" not in planned.left:
        arns = planned.values.get("managed_policy_arns")
        given["Attached"] = [UNREAD] if arns is UNREAD else list(texts(arns))
        given["Detached"] = list(texts(planned.before.get("managed_policy_arns")))
    overlay.identity(planned.where, kind, planned.name(), given)


def _managed(overlay: Overlay, planned: Planned, is_removed: bool) -> None:
    if is_removed:
        overlay.drop_identity(planned.where, "policy", planned.name())
    else:
        _say_name(overlay, planned)
        path = planned.values.get("path")
        overlay.managed(planned.where, planned.name(), path if isinstance(path, str) else "/", planned.values.get("policy", UNREAD))


def _inline(overlay: Overlay, planned: Planned, is_removed: bool) -> None:
    kind = planned.type.split("_")[2]
    document = None if is_removed else planned.values.get("policy", UNREAD)
    if document == "":
        document = UNREAD
    overlay.inline(planned.where, kind, planned.named(kind), planned.name(), document)


def _attachment(overlay: Overlay, planned: Planned, is_removed: bool) -> None:
    kind = planned.type.split("_")[2]
    overlay.attachment(planned.where, kind, planned.named(kind), planned.pointed("policy_arn"), on=not is_removed)


def _attachments(overlay: Overlay, planned: Planned, is_removed: bool) -> None:
    for kind in _KINDS:
        owners = planned.named(f"{kind}s")
        for owner in [owners] if owners is UNREAD or isinstance(owners, str) else texts(owners):
            overlay.attachment(planned.where, kind, owner, planned.pointed("policy_arn"), on=not is_removed)


def _membership(overlay: Overlay, planned: Planned, is_removed: bool) -> None:
    one, several = ("group", "users") if planned.type == "aws_iam_group_membership" else ("user", "groups")
    single, many = planned.named(one), planned.named(several)
    for each in [many] if many is UNREAD or isinstance(many, str) else texts(many):
        user, group = (each, single) if one == "group" else (single, each)
        overlay.membership(planned.where, user, group, on=not is_removed)


def _bucket(overlay: Overlay, planned: Planned, is_removed: bool) -> None:
    if is_removed:
        overlay.drop_bucket(planned.where, planned.name())
        return
    _say_name(overlay, planned)
    is_said = planned.values.get("policy") not in (None, "") and "policy" not in planned.left and planned.changes("policy")
    given = {"Policy": planned.values["policy"]} if is_said else {}
    if planned.changes("tags_all") or planned.changes("tags"):
        given["Tags"] = planned.tags()
    overlay.bucket(planned.where, planned.name(), given, is_new=planned.is_new)


def _bucket_policy(overlay: Overlay, planned: Planned, is_removed: bool) -> None:
    overlay.bucket(planned.where, planned.named("bucket"), {"Policy": None if is_removed else planned.values.get("policy", UNREAD)})


def _block(overlay: Overlay, planned: Planned, is_removed: bool) -> None:
    values = {name: planned.values.get(key) or False for key, name in BLOCK.items()}
    block = None if is_removed else UNREAD if UNREAD in values.values() else values
    if planned.type == "aws_s3_account_public_access_block":
        overlay.account_block(planned.where, block)
    else:
        overlay.bucket(planned.where, planned.named("bucket"), {"PublicAccessBlock": block})


def _ownership(overlay: Overlay, planned: Planned, is_removed: bool) -> None:
    rule = next((each for each in texts(planned.values.get("rule")) if isinstance(each, Mapping)), {})
    word = None if is_removed else rule.get("object_ownership") or UNREAD
    overlay.bucket(planned.where, planned.named("bucket"), {"OwnershipControls": word})


def _acl(overlay: Overlay, planned: Planned, _is_removed: bool) -> None:
    overlay.bucket(planned.where, planned.named("bucket"), {"Acl": UNREAD})


def _encryption(overlay: Overlay, planned: Planned, is_removed: bool) -> None:
    overlay.bucket(planned.where, planned.named("bucket"), {"Encryption": None if is_removed else _rules(planned.values.get("rule"))})


def _rules(rules: Any) -> Any:
    for rule in texts(rules):
        for default in texts(rule.get("apply_server_side_encryption_by_default") if isinstance(rule, Mapping) else ()):
            named = default.get("kms_master_key_id")
            key = {"KMSMasterKeyID": named} if named else {}
            return {"Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": default.get("sse_algorithm"), **key}}]}
    return UNREAD


def _resource(overlay: Overlay, planned: Planned, is_removed: bool) -> None:
    if is_removed:
        overlay.drop_resource(planned.where, planned.arn())
        return
    given: dict[str, Any] = {}
    key = _DOCUMENTS.get(planned.type, "policy")
    policy = planned.values.get(key)
    is_left = key in planned.left and planned.type not in {*_KEYS, *_DOCUMENTS}
    if policy and not is_left and planned.changes(key):
        given["Policy"] = policy
    if planned.type == "aws_lambda_function":
        role = planned.pointed("role")
        given["entry"] = {} if role is UNREAD else {"Role": role}
    if planned.tags() is UNREAD or isinstance(planned.values.get("tags_all"), Mapping):
        given["Tags"] = planned.tags()
    if planned.type in _KEYS and planned.is_new:
        given["KeyMetadata"] = {"KeyManager": "CUSTOMER", "KeyState": "Enabled"}
    if planned.is_new and planned.type in _IDS:
        overlay.said.append(f"`{planned.where.label}`: its id is not known before it is deployed; it stands as `{planned.arn()}`")
    else:
        _say_name(overlay, planned)
    overlay.resource(planned.where, planned.arn(), given, is_new=planned.is_new)


def _policy_by(
    key: str, arn: Callable[[Planned, str], str] = lambda _planned, text: text, document: str = "policy"
) -> Callable[[Overlay, Planned, bool], None]:
    """A type that gives a resource, named by the attribute `key`, the policy in the attribute `document`."""

    def change(overlay: Overlay, planned: Planned, is_removed: bool) -> None:
        found = planned.followed(key)
        pointed = found.arn() if isinstance(found, Planned) else found if found is UNREAD or not found else arn(planned, str(found))
        overlay.resource(planned.where, pointed, {"Policy": None if is_removed else planned.values.get(document, UNREAD)})

    return change


def _repository_of(overlay: Overlay, planned: Planned, is_removed: bool) -> None:
    """The policy of a CodeArtifact repository, which two attributes name."""
    domain, name = planned.named("domain"), planned.named("repository")
    known = isinstance(domain, str) and isinstance(name, str)
    arn = planned.where.arn("codeartifact", f"repository/{domain}/{name}") if known else UNREAD
    overlay.resource(planned.where, arn, {"Policy": None if is_removed else planned.values.get("policy_document", UNREAD)})


def _of(service: str, prefix: str) -> Callable[[Planned, str], str]:
    """The ARN of a resource that an attribute names: by its ARN, its URL, or its name."""
    return lambda planned, text: text if text.startswith("arn:") else planned.where.arn(service, prefix + text.rsplit("/", 1)[-1])


def _repository(planned: Planned, text: str) -> str:
    return planned.where.arn("ecr", f"repository/{text}")


def _permission(overlay: Overlay, planned: Planned, is_removed: bool) -> None:
    found = planned.followed("function_name")
    arn = (
        found.arn() if isinstance(found, Planned) else found if found is UNREAD or not found else _of("lambda", "function:")(planned, found)
    )
    if planned.values.get("qualifier"):
        qualified_policy(overlay, planned.where, arn, str(planned.values["qualifier"]))
        return
    sid = planned.values.get("statement_id")
    written = None if is_removed else _statement(planned, arn)
    overlay.statement(planned.where, arn, sid if isinstance(sid, str) else planned.where.label, written)


def _statement(planned: Planned, arn: Any) -> Any:
    """The statement that Lambda makes of a permission."""
    values = {key: planned.pointed(key) if key == "source_arn" else value for key, value in planned.values.items()}
    given = {each: values.get(_SNAKE.sub(r"_\1", each).lower()) for each in FIELDS}
    if arn is UNREAD or UNREAD in given.values():
        return UNREAD
    sid = planned.values.get("statement_id")
    return permission_statement(sid if isinstance(sid, str) else planned.where.label, arn, given)


def _bus_permission(overlay: Overlay, planned: Planned, _is_removed: bool) -> None:
    """A statement of an event bus's policy, the rest of which is not told."""
    found = planned.followed("event_bus_name") or "default"
    arn = found.arn() if isinstance(found, Planned) else found if found is UNREAD else _of("events", "event-bus/")(planned, str(found))
    overlay.resource(planned.where, arn, {"Policy": UNREAD})
    overlay.said.append(f"`{planned.where.label}`: what it makes of the policy of its event bus is not known")


def _say_name(overlay: Overlay, planned: Planned) -> None:
    if planned.is_new and not isinstance(planned.values.get(_NAMES.get(planned.type, "name")), str):
        overlay.said.append(f"`{planned.where.label}`: its name is not known before it is deployed; it stands as `{planned.name()}`")


# What is added to other things: when it changes, it is taken off what it was on and put where it will be.
ADDED = frozenset({"aws_lambda_permission"} | {f"aws_{name}" for name in (
    "iam_group_policy iam_role_policy iam_user_policy iam_group_policy_attachment iam_role_policy_attachment iam_user_policy_attachment "
    "iam_policy_attachment iam_group_membership iam_user_group_membership"
).split()})  # fmt: skip

TYPES: Mapping[str, Callable[[Overlay, Planned, bool], None]] = {
    "aws_iam_policy": _managed,
    "aws_iam_group": _identity,
    "aws_iam_role": _identity,
    "aws_iam_user": _identity,
    "aws_s3_bucket": _bucket,
    "aws_kms_key": _resource,
    "aws_lambda_function": _resource,
    "aws_sqs_queue": _resource,
    "aws_sns_topic": _resource,
    "aws_secretsmanager_secret": _resource,
    "aws_ecr_repository": _resource,
    "aws_dynamodb_table": _resource,
    "aws_cloudwatch_event_bus": _resource,
    "aws_efs_file_system": _resource,
    "aws_kinesis_stream": _resource,
    "aws_backup_vault": _resource,
    "aws_kms_external_key": _resource,
    "aws_kms_replica_key": _resource,
    "aws_api_gateway_rest_api": _resource,
    "aws_cloudwatch_log_destination": _resource,
    "aws_codeartifact_domain": _resource,
    "aws_glacier_vault": _resource,
    "aws_media_store_container": _resource,
    "aws_opensearch_domain": _resource,
    "aws_elasticsearch_domain": _resource,
    "aws_s3tables_table_bucket": _resource,
    "aws_sagemaker_model_package_group": _resource,
    "aws_schemas_registry": _resource,
    "aws_iam_group_policy": _inline,
    "aws_iam_role_policy": _inline,
    "aws_iam_user_policy": _inline,
    "aws_iam_group_policy_attachment": _attachment,
    "aws_iam_role_policy_attachment": _attachment,
    "aws_iam_user_policy_attachment": _attachment,
    "aws_iam_policy_attachment": _attachments,
    "aws_iam_group_membership": _membership,
    "aws_iam_user_group_membership": _membership,
    "aws_s3_bucket_policy": _bucket_policy,
    "aws_s3_bucket_public_access_block": _block,
    "aws_s3_account_public_access_block": _block,
    "aws_s3_bucket_ownership_controls": _ownership,
    "aws_s3_bucket_acl": _acl,
    "aws_s3_bucket_server_side_encryption_configuration": _encryption,
    "aws_sqs_queue_policy": _policy_by("queue_url", _of("sqs", "")),
    "aws_sns_topic_policy": _policy_by("arn"),
    "aws_kms_key_policy": _policy_by("key_id", _of("kms", "key/")),
    "aws_secretsmanager_secret_policy": _policy_by("secret_arn"),
    "aws_ecr_repository_policy": _policy_by("repository", _repository),
    "aws_dynamodb_resource_policy": _policy_by("resource_arn"),
    "aws_cloudwatch_event_bus_policy": _policy_by("event_bus_name", _of("events", "event-bus/")),
    "aws_efs_file_system_policy": _policy_by("file_system_id", _of("elasticfilesystem", "file-system/")),
    "aws_kinesis_resource_policy": _policy_by("resource_arn"),
    "aws_backup_vault_policy": _policy_by("backup_vault_name", _of("backup", "backup-vault:")),
    "aws_lambda_permission": _permission,
    "aws_cloudwatch_event_permission": _bus_permission,
    "aws_acmpca_policy": _policy_by("resource_arn"),
    "aws_api_gateway_rest_api_policy": _policy_by("rest_api_id", _of("execute-api", "")),
    "aws_bedrock_resource_policy": _policy_by("resource_arn"),
    "aws_cloudwatch_log_destination_policy": _policy_by("destination_name", _of("logs", "destination:"), "access_policy"),
    "aws_codeartifact_domain_permissions_policy": _policy_by("domain", _of("codeartifact", "domain/"), "policy_document"),
    "aws_codeartifact_repository_permissions_policy": _repository_of,
    "aws_codebuild_resource_policy": _policy_by("resource_arn"),
    "aws_media_store_container_policy": _policy_by("container_name", _of("mediastore", "container/")),
    "aws_msk_cluster_policy": _policy_by("cluster_arn"),
    "aws_opensearch_domain_policy": _policy_by("domain_name", _of("es", "domain/"), "access_policies"),
    "aws_elasticsearch_domain_policy": _policy_by("domain_name", _of("es", "domain/"), "access_policies"),
    "aws_redshift_resource_policy": _policy_by("resource_arn"),
    "aws_redshiftserverless_resource_policy": _policy_by("resource_arn"),
    "aws_s3tables_table_bucket_policy": _policy_by("table_bucket_arn", document="resource_policy"),
    "aws_sagemaker_model_package_group_policy": _policy_by(
        "model_package_group_name", _of("sagemaker", "model-package-group/"), "resource_policy"
    ),
    "aws_schemas_registry_policy": _policy_by("registry_name", _of("schemas", "registry/")),
    "aws_vpclattice_auth_policy": _policy_by("resource_identifier"),
}
