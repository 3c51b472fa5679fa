"""Amazon Bedrock: custom models and guardrails with their policies.

https://docs.aws.amazon.com/bedrock/latest/APIReference/
"""

from __future__ import annotations

from xgraph.ingest.services._kind import Kind, both, normalize_kinds
from xgraph.ingest.services._service import Call, Scope, Service

_MODEL = Kind(
    "bedrock",
    "custom-model",
    "list_custom_models",
    "modelSummaries",
    "{modelArn}",
    policy="get_resource_policy",
    of={"resourceArn": "{arn}"},
    document="resourcePolicy",
)
_GUARDRAIL = Kind(
    "bedrock",
    "guardrail",
    "list_guardrails",
    "guardrails",
    "{arn}",
    policy="get_resource_policy",
    of={"resourceArn": "{arn}"},
    document="resourcePolicy",
)

BEDROCK = Service(
    name="bedrock",
    description="Custom models and guardrails with their policies",
    scope=Scope.REGIONAL,
    calls=(
        Call("list_custom_models", ("bedrock:ListCustomModels",)),
        Call("list_guardrails", ("bedrock:ListGuardrails",)),
        Call(
            "get_resource_policy",
            ("bedrock:GetResourcePolicy",),
            both(_MODEL.each_policy, _GUARDRAIL.each_policy),
            empty=frozenset({"ResourceNotFoundException"}),
        ),
    ),
    normalize=normalize_kinds(_MODEL, _GUARDRAIL),
)
