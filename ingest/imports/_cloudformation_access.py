"""Resource types of CloudFormation that limit or grant access and are neither identities, buckets nor policies of one resource.

`BEYOND` are types that can change access and are not used: their service is then not known whole where they are.
https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-template-resource-type-ref.html
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from xgraph.ingest.imports import _changes as changes
from xgraph.ingest.imports._overlay import Overlay, texts
from xgraph.ingest.imports._template import Handle, is_unknown
from xgraph.ingest.services._answers import UNREAD

if TYPE_CHECKING:
    from xgraph.ingest.imports.cloudformation import Resource, Template

Change = Callable[[Overlay, "Template", "Resource", bool], None]


def _document(found: Resource, key: str, is_removed: bool) -> Any:
    """The document in a property; None when it goes."""
    return None if is_removed else found.document(key)


def _value(template: Template, value: Any) -> Any:
    """A property's value; of a reference to a resource of the template its ARN, UNREAD when a part is not known."""
    if isinstance(value, Handle):
        return template.arn(value.logical)
    return UNREAD if is_unknown(value) else value


def _named(template: Template, value: Any) -> Any:
    """The name in a property that names a resource."""
    return template.called(value.logical) if isinstance(value, Handle) else UNREAD if is_unknown(value) else value


def _organization_policy(overlay: Overlay, template: Template, found: Resource, is_removed: bool) -> None:
    ident = "p-" + re.sub(r"[^a-z0-9]+", "-", found.where.label.lower())
    kind = found.properties.get("Type", UNREAD)
    content = None if is_removed else found.document("Content") or UNREAD
    changes.organization_policy(overlay, found.where, ident, UNREAD if is_unknown(kind) else kind, content)
    targets = found.properties.get("TargetIds") or []
    for target in [] if is_removed else [UNREAD] if not isinstance(targets, list) else targets:
        changes.policy_target(overlay, found.where, ident, _value(template, target), on=True)


def _delegation(overlay: Overlay, _template: Template, found: Resource, is_removed: bool) -> None:
    changes.delegation_policy(overlay, found.where, _document(found, "Content", is_removed))


def _registry(overlay: Overlay, _template: Template, found: Resource, is_removed: bool) -> None:
    changes.registry_policy(overlay, found.where, _document(found, "PolicyText", is_removed))


def _named_policy(service: str) -> Change:
    def change(overlay: Overlay, _template: Template, found: Resource, is_removed: bool) -> None:
        name = found.properties.get("PolicyName", UNREAD)
        document = _document(found, "PolicyDocument", is_removed)
        changes.account_policy(overlay, found.where, service, UNREAD if is_unknown(name) else name, document)

    return change


def _signing(overlay: Overlay, template: Template, found: Resource, is_removed: bool) -> None:
    ident = found.properties.get("StatementId") or found.where.label
    given: dict[str, Any] = {"statementId": ident if isinstance(ident, str) else found.where.label}
    if not is_removed:
        properties = found.properties
        given |= {"action": _value(template, properties.get("Action")), "principal": _value(template, properties.get("Principal"))}
    changes.signing_permission(overlay, found.where, _named(template, found.properties.get("ProfileName")), given)


def _url(overlay: Overlay, template: Template, found: Resource, is_removed: bool) -> None:
    auth, qualifier = _value(template, found.properties.get("AuthType")), found.properties.get("Qualifier") or ""
    auth = UNREAD if is_unknown(qualifier) else auth
    function = _named(template, found.properties.get("TargetFunctionArn", UNREAD))
    changes.function_url(overlay, found.where, function, str(qualifier), None if is_removed else auth)


def _layer(overlay: Overlay, template: Template, found: Resource, _is_removed: bool) -> None:
    arn = _value(template, found.properties.get("LayerVersionArn"))
    head, _, version = arn.rpartition(":") if isinstance(arn, str) else ("", "", "")
    changes.layer_policy(overlay, found.where, head, version)


def _point(overlay: Overlay, template: Template, found: Resource, is_removed: bool) -> None:
    properties = found.properties
    given: dict[str, Any] | None = None
    if not is_removed:
        bucket = properties.get("Bucket", UNREAD)
        name = template.arn(bucket.logical).rpartition(":")[2] if isinstance(bucket, Handle) else UNREAD if is_unknown(bucket) else bucket
        given = {"Bucket": name, "BucketAccountId": properties.get("BucketAccountId"), "Policy": found.document("Policy")}
        given |= {"VpcConfiguration": properties["VpcConfiguration"]} if isinstance(properties.get("VpcConfiguration"), Mapping) else {}
        block = properties.get("PublicAccessBlockConfiguration")
        if block:
            given["Block"] = UNREAD if is_unknown(block) else {key: str(value).lower() == "true" for key, value in block.items()}
    changes.access_point(overlay, found.where, template.called(found.where.label), given)


def _share(overlay: Overlay, template: Template, found: Resource, _is_removed: bool) -> None:
    arns = found.properties.get("ResourceArns")
    for arn in [UNREAD] if not isinstance(arns, list) else arns:
        changes.shared_by_ram(overlay, found.where, _value(template, arn))


def _oidc(overlay: Overlay, _template: Template, found: Resource, is_removed: bool) -> None:
    changes.oidc_provider(overlay, found.where, found.properties.get("Url"), on=not is_removed)


def _saml(overlay: Overlay, _template: Template, found: Resource, is_removed: bool) -> None:
    changes.saml_provider(overlay, found.where, found.properties.get("Name"), on=not is_removed)


def _assignment(overlay: Overlay, template: Template, found: Resource, is_removed: bool) -> None:
    names = {"AccountId": "TargetId", **{key: key for key in ("InstanceArn", "PermissionSetArn", "PrincipalId", "PrincipalType")}}
    given = {name: _value(template, found.properties.get(key, UNREAD)) for name, key in names.items()}
    changes.assignment(overlay, found.where, given, on=not is_removed)


def _endpoint_principals(overlay: Overlay, template: Template, found: Resource, is_removed: bool) -> None:
    at = {"ServiceId": _value(template, found.properties.get("ServiceId", UNREAD))}
    for principal in texts(found.properties.get("AllowedPrincipals")):
        entry = {"Principal": _value(template, principal)}
        changes.share(overlay, found.where, "describe_vpc_endpoint_service_permissions", at, "AllowedPrincipals", entry, on=not is_removed)


def _repository(overlay: Overlay, template: Template, found: Resource, is_removed: bool) -> None:
    """A CodeArtifact repository, whose ARN holds its domain's name."""
    domain, name = _named(template, found.properties.get("DomainName", UNREAD)), found.properties.get("RepositoryName", UNREAD)
    known = isinstance(domain, str) and isinstance(name, str)
    arn = found.where.arn("codeartifact", f"repository/{domain}/{name}") if known else UNREAD
    if is_removed and known:
        overlay.drop_resource(found.where, arn)
    else:
        overlay.resource(found.where, arn, {"Policy": found.document("PermissionsPolicyDocument")}, is_new=True)


def _beyond(service: str) -> Change:
    def change(overlay: Overlay, _template: Template, found: Resource, _is_removed: bool) -> None:
        overlay.beyond(found.where, found.type, service)

    return change


# Types by the service whose answers they change, in a way that is not worked out.
BEYOND: Mapping[str, str] = {
    f"AWS::{name}": service
    for service, names in {
        "acm-pca": "ACMPCA::Permission ACMPCA::CertificateAuthority",
        "apigateway": "ApiGateway::Method",
        "bedrock": "Bedrock::Guardrail",
        "cloudtrail": "CloudTrail::EventDataStore CloudTrail::Channel",
        "codebuild": "CodeBuild::Project",
        "dynamodb": "DynamoDB::GlobalTable",
        "ec2": "EC2::Instance EC2::LaunchTemplate EC2::VPCEndpoint EC2::VPCEndpointService",
        "ecs": "ECS::TaskDefinition",
        "eks": "EKS::Cluster EKS::PodIdentityAssociation EKS::AccessEntry",
        "glacier": "Glacier::Vault",
        "glue": "Glue::Job Glue::Crawler LakeFormation::PrincipalPermissions LakeFormation::Permissions",
        "iam": "IAM::InstanceProfile IAM::ServiceLinkedRole CloudFormation::Stack CloudFormation::StackSet CloudFormation::CustomResource",
        "kms": "KMS::Alias",
        "lambda": "Lambda::Alias Lambda::Version Lambda::LayerVersion",
        "lexv2-models": "Lex::Bot Lex::BotAlias",
        "organizations": "Organizations::Account Organizations::OrganizationalUnit Organizations::Organization",
        "rds": "RDS::DBSnapshot",
        "redshift": "Redshift::Cluster",
        "redshift-serverless": "RedshiftServerless::Namespace",
        "rolesanywhere": "RolesAnywhere::Profile RolesAnywhere::TrustAnchor",
        "s3": "S3::MultiRegionAccessPoint S3::MultiRegionAccessPointPolicy",
        "s3control": "S3ObjectLambda::AccessPoint S3ObjectLambda::AccessPointPolicy",
        "sagemaker": "SageMaker::NotebookInstance SageMaker::Domain SageMaker::UserProfile",
        "sesv2": "SES::EmailIdentity",
        "ssm": "SSM::Document",
        "sso-admin": "SSO::PermissionSet IdentityStore::Group IdentityStore::GroupMembership",
        "vpc-lattice": "VpcLattice::ResourcePolicy",
    }.items()
    for name in names.split()
}

# Types that make resources of other types, of which the template says nothing: what else is there could be anything.
_MAKERS = re.compile(r"AWS::Serverless::.+|Custom::.+|.+::MODULE|Fn::.+")


# Macros of AWS that leave resources of other types as they are.
_HARMLESS = frozenset(("AWS::CodeDeployBlueGreen", "AWS::LanguageExtensions", "AWS::Serverless-2016-10-31"))


def unread_macros(template: Mapping[str, Any]) -> list[str]:
    """The macros that a template goes through as a whole, each of which could make anything of it."""
    given = template.get("Transform") or []
    several = given if isinstance(given, list) else [given]
    names = [str(each.get("Name") if isinstance(each, Mapping) else each) for each in several]
    return [name for name in names if name not in _HARMLESS]


def beyond(kind: str) -> str:
    """The service of which a type makes that not all is known; "" for one that changes no access."""
    return "iam" if _MAKERS.fullmatch(kind) else BEYOND.get(kind, "")


TYPES: Mapping[str, Change] = {
    "AWS::CodeArtifact::Repository": _repository,
    "AWS::EC2::VPCEndpointServicePermissions": _endpoint_principals,
    "AWS::ECR::RegistryPolicy": _registry,
    "AWS::IAM::OIDCProvider": _oidc,
    "AWS::IAM::SAMLProvider": _saml,
    "AWS::Lambda::LayerVersionPermission": _layer,
    "AWS::Lambda::Url": _url,
    "AWS::Logs::ResourcePolicy": _named_policy("logs"),
    "AWS::Organizations::Policy": _organization_policy,
    "AWS::Organizations::ResourcePolicy": _delegation,
    "AWS::RAM::ResourceShare": _share,
    "AWS::S3::AccessPoint": _point,
    "AWS::SSO::Assignment": _assignment,
    "AWS::Signer::ProfilePermission": _signing,
    "AWS::XRay::ResourcePolicy": _named_policy("xray"),
    **{kind: _beyond(service) for kind, service in BEYOND.items()},
}
