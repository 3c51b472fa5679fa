"""Resource types of Terraform that limit or grant access and are neither identities, buckets nor policies of one resource.

`BEYOND` are types that can change access and are not used: their service is then not known whole where they are.
https://registry.terraform.io/providers/hashicorp/aws/latest/docs
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from xgraph.ingest.imports import _changes as changes
from xgraph.ingest.imports._overlay import Overlay, texts
from xgraph.ingest.imports._terraform_types import BLOCK, Planned
from xgraph.ingest.services._answers import UNREAD

Change = Callable[[Overlay, Planned, bool], None]


def _document(planned: Planned, key: str, is_removed: bool) -> Any:
    """The document that an attribute holds; None when it goes or is empty."""
    value = planned.values.get(key, UNREAD)
    return None if is_removed or not value or value == "{}" else value


def _text(planned: Planned, key: str) -> Any:
    """An attribute, also through a reference to a resource of the plan: its name then."""
    found = planned.named(key)
    return found if found is UNREAD or isinstance(found, str) else UNREAD if found is None else str(found)


def _ident(planned: Planned) -> str:
    """The id of a thing; one that AWS will make up is made of the address."""
    value = planned.values.get("id")
    return value if isinstance(value, str) and value else "p-" + re.sub(r"[^a-z0-9]+", "-", planned.where.label.lower()).strip("-")


# ------------------------------------------------------------------------------------------------------------ organization


def _organization_policy(overlay: Overlay, planned: Planned, is_removed: bool) -> None:
    kind = planned.values.get("type") or "SERVICE_CONTROL_POLICY"
    changes.organization_policy(overlay, planned.where, _ident(planned), kind, _document(planned, "content", is_removed))


def _policy_attachment(overlay: Overlay, planned: Planned, is_removed: bool) -> None:
    found = planned.followed("policy_id")
    ident = _ident(found) if isinstance(found, Planned) else found
    changes.policy_target(overlay, planned.where, ident, planned.values.get("target_id"), on=not is_removed)


def _delegation(overlay: Overlay, planned: Planned, is_removed: bool) -> None:
    changes.delegation_policy(overlay, planned.where, _document(planned, "content", is_removed))


# ---------------------------------------------------------------------------------------- policies of an account and region


def _registry(overlay: Overlay, planned: Planned, is_removed: bool) -> None:
    changes.registry_policy(overlay, planned.where, _document(planned, "policy", is_removed))


def _catalog(overlay: Overlay, planned: Planned, is_removed: bool) -> None:
    changes.catalog_policy(overlay, planned.where, _document(planned, "policy", is_removed))


def _named_policy(service: str) -> Change:
    def change(overlay: Overlay, planned: Planned, is_removed: bool) -> None:
        name = planned.values.get("policy_name", UNREAD)
        changes.account_policy(overlay, planned.where, service, name, _document(planned, "policy_document", is_removed))

    return change


def _sending(identity: str, name: str) -> Change:
    def change(overlay: Overlay, planned: Planned, is_removed: bool) -> None:
        named = planned.values.get(name, UNREAD)
        changes.identity_policy(overlay, planned.where, _text(planned, identity), named, _document(planned, "policy", is_removed))

    return change


def _signing(overlay: Overlay, planned: Planned, is_removed: bool) -> None:
    ident = planned.values.get("statement_id") or planned.where.label
    given: dict[str, Any] = {"statementId": planned.where.label if ident is UNREAD else ident}
    if not is_removed:
        given |= {"action": planned.values.get("action"), "principal": planned.pointed("principal")}
    changes.signing_permission(overlay, planned.where, _text(planned, "profile_name"), given)


# --------------------------------------------------------------------------------------------------------- Lambda, KMS, S3


def _url(overlay: Overlay, planned: Planned, is_removed: bool) -> None:
    auth = None if is_removed else planned.values.get("authorization_type", UNREAD)
    qualifier = planned.values.get("qualifier") or ""
    if qualifier is UNREAD:
        auth = UNREAD
    changes.function_url(overlay, planned.where, _text(planned, "function_name"), str(qualifier), auth)


def _layer(overlay: Overlay, planned: Planned, _is_removed: bool) -> None:
    changes.layer_policy(overlay, planned.where, planned.values.get("layer_name"), planned.values.get("version_number"))


_CONSTRAINTS = {"encryption_context_equals": "EncryptionContextEquals", "encryption_context_subset": "EncryptionContextSubset"}


def _grant(overlay: Overlay, planned: Planned, is_removed: bool) -> None:
    ident = planned.values.get("grant_id")
    given: dict[str, Any] = {}
    if not is_removed:
        operations = planned.values.get("operations", UNREAD)
        given = {
            "GranteePrincipal": planned.pointed("grantee_principal"),
            "Operations": UNREAD if operations is UNREAD else sorted(operations),
        }
        retiring, limits = planned.pointed("retiring_principal"), planned.values.get("constraints")
        given |= {"RetiringPrincipal": retiring} if retiring else {}
        given |= {"Constraints": _constraints(limits)} if limits else {}
    named = ident if isinstance(ident, str) else planned.where.label
    changes.grant(overlay, planned.where, planned.pointed("key_id"), named, given)


def _constraints(limits: Any) -> Any:
    if limits is UNREAD:
        return UNREAD
    return {_CONSTRAINTS[key]: value for each in texts(limits) for key, value in each.items() if key in _CONSTRAINTS and value}


def _point(overlay: Overlay, planned: Planned, is_removed: bool) -> None:
    given: dict[str, Any] | None = None
    if not is_removed:
        blocks = planned.values.get("public_access_block_configuration")
        vpc = planned.values.get("vpc_configuration")
        given = {"Bucket": _text(planned, "bucket"), "BucketAccountId": planned.values.get("bucket_account_id")}
        given |= {"Policy": _document(planned, "policy", is_removed)}
        given |= {"VpcConfiguration": next(({"VpcId": each.get("vpc_id")} for each in texts(vpc)), None)} if vpc is not UNREAD else {}
        if blocks is UNREAD:
            given["Block"] = UNREAD
        elif texts(blocks):
            given["Block"] = {name: bool(each.get(key, True)) for each in texts(blocks) for key, name in BLOCK.items()}
    changes.access_point(overlay, planned.where, planned.name(), given)


def _point_policy(overlay: Overlay, planned: Planned, is_removed: bool) -> None:
    changes.access_point_policy(overlay, planned.where, planned.pointed("access_point_arn"), _document(planned, "policy", is_removed))


# ------------------------------------------------------------------------------------------------------- shared, let in


def _image(overlay: Overlay, planned: Planned, is_removed: bool) -> None:
    named = {
        "account_id": "UserId",
        "group": "Group",
        "organization_arn": "OrganizationArn",
        "organizational_unit_arn": "OrganizationalUnitArn",
    }
    entry = next(({name: planned.values[key]} for key, name in named.items() if planned.values.get(key)), None)
    at = {"ImageId": planned.values.get("image_id", UNREAD), "Attribute": "launchPermission"}
    changes.share(overlay, planned.where, "describe_image_attribute", at, "LaunchPermissions", entry, on=not is_removed)


def _snapshot(overlay: Overlay, planned: Planned, is_removed: bool) -> None:
    entry = {"UserId": planned.values.get("account_id", UNREAD)}
    at = {"SnapshotId": planned.values.get("snapshot_id", UNREAD), "Attribute": "createVolumePermission"}
    changes.share(overlay, planned.where, "describe_snapshot_attribute", at, "CreateVolumePermissions", entry, on=not is_removed)


def _endpoint_principal(overlay: Overlay, planned: Planned, is_removed: bool) -> None:
    at = {"ServiceId": planned.values.get("vpc_endpoint_service_id", UNREAD)}
    entry = {"Principal": planned.pointed("principal_arn")}
    changes.share(overlay, planned.where, "describe_vpc_endpoint_service_permissions", at, "AllowedPrincipals", entry, on=not is_removed)


def _ram(overlay: Overlay, planned: Planned, _is_removed: bool) -> None:
    changes.shared_by_ram(overlay, planned.where, planned.pointed("resource_arn"))


def _oidc(overlay: Overlay, planned: Planned, is_removed: bool) -> None:
    changes.oidc_provider(overlay, planned.where, planned.values.get("url"), on=not is_removed)


def _saml(overlay: Overlay, planned: Planned, is_removed: bool) -> None:
    changes.saml_provider(overlay, planned.where, planned.values.get("name"), on=not is_removed)


_ASSIGNED = {
    "instance_arn": "InstanceArn",
    "permission_set_arn": "PermissionSetArn",
    "principal_id": "PrincipalId",
    "principal_type": "PrincipalType",
    "target_id": "AccountId",
}


def _assignment(overlay: Overlay, planned: Planned, is_removed: bool) -> None:
    given = {name: planned.values.get(key, UNREAD) for key, name in _ASSIGNED.items()}
    changes.assignment(overlay, planned.where, given, on=not is_removed)


def _permission_set(key: str) -> Change:
    def change(overlay: Overlay, planned: Planned, _is_removed: bool) -> None:
        changes.permission_set(overlay, planned.where, planned.values.get("instance_arn", UNREAD), planned.values.get(key, UNREAD))

    return change


def _beyond(service: str) -> Change:
    def change(overlay: Overlay, planned: Planned, _is_removed: bool) -> None:
        overlay.beyond(planned.where, planned.type, service)

    return change


# Types by the service whose answers they change, in a way that is not worked out.
BEYOND: Mapping[str, str] = {
    f"aws_{name}": service
    for service, names in {
        "apigateway": "api_gateway_method",
        "bedrock": "bedrock_guardrail bedrock_custom_model",
        "cloudtrail": "cloudtrail_event_data_store",
        "codebuild": "codebuild_project",
        "dsql": "dsql_cluster",
        "ec2": "instance launch_template vpc_endpoint vpc_endpoint_policy vpc_endpoint_service",
        "ecs": "ecs_task_definition",
        "eks": "eks_cluster eks_pod_identity_association eks_access_entry eks_access_policy_association",
        "glue": "glue_job glue_crawler lakeformation_permissions",
        "iam": "cloudformation_stack cloudformation_stack_set cloudformation_stack_instances iam_instance_profile iam_service_linked_role iam_role_policies_exclusive iam_role_policy_attachments_exclusive "
        "iam_user_policies_exclusive iam_user_policy_attachments_exclusive iam_group_policies_exclusive iam_group_policy_attachments_exclusive",
        "kms": "kms_alias",
        "lambda": "lambda_alias lambda_layer_version",
        "lexv2-models": "lexv2models_bot",
        "organizations": "organizations_account organizations_organizational_unit organizations_organization organizations_delegated_administrator",
        "ram": "ram_principal_association ram_resource_share",
        "rds": "db_snapshot db_cluster_snapshot db_snapshot_copy",
        "rolesanywhere": "rolesanywhere_profile rolesanywhere_trust_anchor",
        "s3": "s3_object s3_object_copy s3control_multi_region_access_point s3control_multi_region_access_point_policy",
        "s3control": "s3control_object_lambda_access_point s3control_object_lambda_access_point_policy s3control_bucket_policy",
        "sagemaker": "sagemaker_notebook_instance sagemaker_domain sagemaker_user_profile",
        "ssm": "ssm_document",
        "sso-admin": "ssoadmin_permission_set identitystore_group identitystore_user identitystore_group_membership",
        "vpc-lattice": "vpclattice_resource_policy",
    }.items()
    for name in names.split()
}

# What is taken off what it was on, and put where it will be, when it changes.
ADDED = frozenset({
    "aws_ami_launch_permission", "aws_kms_grant", "aws_organizations_policy_attachment", "aws_snapshot_create_volume_permission",
    "aws_ssoadmin_account_assignment", "aws_vpc_endpoint_service_allowed_principal", "aws_lambda_function_url",
    "aws_signer_signing_profile_permission", "aws_cloudwatch_log_resource_policy", "aws_xray_resource_policy",
})  # fmt: skip

TYPES: Mapping[str, Change] = {
    "aws_organizations_policy": _organization_policy,
    "aws_organizations_policy_attachment": _policy_attachment,
    "aws_organizations_resource_policy": _delegation,
    "aws_ecr_registry_policy": _registry,
    "aws_glue_resource_policy": _catalog,
    "aws_cloudwatch_log_resource_policy": _named_policy("logs"),
    "aws_xray_resource_policy": _named_policy("xray"),
    "aws_ses_identity_policy": _sending("identity", "name"),
    "aws_sesv2_email_identity_policy": _sending("email_identity", "policy_name"),
    "aws_signer_signing_profile_permission": _signing,
    "aws_lambda_function_url": _url,
    "aws_lambda_layer_version_permission": _layer,
    "aws_kms_grant": _grant,
    "aws_s3_access_point": _point,
    "aws_s3control_access_point_policy": _point_policy,
    "aws_ami_launch_permission": _image,
    "aws_snapshot_create_volume_permission": _snapshot,
    "aws_vpc_endpoint_service_allowed_principal": _endpoint_principal,
    "aws_ram_resource_association": _ram,
    "aws_iam_openid_connect_provider": _oidc,
    "aws_iam_saml_provider": _saml,
    "aws_ssoadmin_account_assignment": _assignment,
    "aws_ssoadmin_permission_set_inline_policy": _permission_set("permission_set_arn"),
    "aws_ssoadmin_managed_policy_attachment": _permission_set("permission_set_arn"),
    "aws_ssoadmin_customer_managed_policy_attachment": _permission_set("permission_set_arn"),
    "aws_ssoadmin_permissions_boundary_attachment": _permission_set("permission_set_arn"),
    **{kind: _beyond(service) for kind, service in BEYOND.items()},
}
