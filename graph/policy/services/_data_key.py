"""Data under a key of the customer: who reads or writes it needs the key as well (R1.8).

Sources: S3 User Guide, "Using server-side encryption with AWS KMS keys"; Secrets Manager User Guide, "Secret encryption and
decryption"; SQS, SNS and DynamoDB Developer Guides, the pages on encryption at rest; KMS Developer Guide, "AWS KMS condition keys".
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from xgraph.graph.model.arn import parse_arn
from xgraph.graph.policy.caller import Target
from xgraph.graph.policy.factors import Request
from xgraph.graph.policy.keys import unknown
from xgraph.graph.policy.keystate import KeyState, known

from ._rules import Need

KMS_GAP = "kms-not-evaluated"
DECRYPT = ("kms:decrypt",)
GENERATE = ("kms:generatedatakey",)
GENERATE_AND_DECRYPT = (*GENERATE, *DECRYPT)

# Encryption context by name: what is known of each value.
EncryptionContext = Mapping[str, KeyState]


def uses_key(
    service: str,
    uses: Mapping[str, tuple[str, ...]],
    encryption_context: Callable[[Request], EncryptionContext],
    gap: str | None = None,
) -> Callable[[Request], tuple[Need, ...]]:
    """What calls need of the key that their data is under. `uses`: action -> KMS actions. `gap`: its name where the key's policy is not
    given; None: the key is then left out."""

    def also(request: Request) -> tuple[Need, ...]:
        actions = uses.get(request.action, ())
        if not actions or request.settings.get("EncryptionKey") is None or key_of(service, request.target, request.settings) is None:
            return ()
        return key_needs(service, request, actions, encryption_context(request), gap)

    return also


def key_needs(
    service: str,
    request: Request,
    actions: tuple[str, ...],
    encryption_context: EncryptionContext,
    gap: str | None,
) -> tuple[Need, ...]:
    """The needs of one call whose data is under the key that the settings name."""
    key = key_of(service, request.target, request.settings)
    if key is None:
        return ()
    arn = parse_arn(key)
    states = _states(request, encryption_context)
    via = f"{service}.{arn.region if arn else '*'}.amazonaws.com"
    return tuple(Need(action, key, None if is_pattern(key) else gap, via, states) for action in actions)


def key_of(service: str, target: Target, settings: Mapping[str, Any]) -> str | None:
    """The ARN of the customer's key, the pattern of the AWS managed key; None when the data is under no key of KMS."""
    key = settings.get("EncryptionKey")
    if is_managed(service, key):
        return managed_key(target, settings)
    return key if isinstance(key, str) and key not in ("", "SSE-S3") else None


def is_managed(service: str, key: object) -> bool:
    """Whether the setting names the service's AWS managed key, by whatever form of its alias."""
    return isinstance(key, str) and (key == f"aws/{service}" or key.endswith(f"alias/aws/{service}"))


def managed_key(target: Target, settings: Mapping[str, Any]) -> str:
    """The AWS managed key of the account that owns `target`: its alias is known, its id is not."""
    arn = parse_arn(target.arn)
    region = settings.get("Region") or (arn.region if arn else "") or "*"
    return f"arn:{target.partition}:kms:{region}:{target.owner or '*'}:key/*"


def is_pattern(key: str) -> bool:
    """Whether the key is known by its account alone."""
    return "*" in key


def _states(request: Request, encryption_context: EncryptionContext) -> tuple[tuple[str, KeyState], ...]:
    names = tuple(encryption_context)
    # Further pairs of the encryption context are in the caller's hands; a complete context says that there are none.
    complete = request.context.facts.given_only
    keys = known(*names, multivalued=True) if complete else unknown("kms:encryptioncontextkeys", may_be_absent=False)
    pairs = {f"kms:encryptioncontext:{name.lower()}": state for name, state in encryption_context.items()}
    return (*pairs.items(), ("kms:encryptioncontextkeys", keys))


def managed_key_policy(owner: str) -> dict[str, object]:
    """The key policy of an AWS managed key, for requests that its service makes: everybody in the account may use it (R7.5)."""
    actions = ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:CreateGrant", "kms:DescribeKey"]
    who = {"StringEquals": {"kms:CallerAccount": owner}}
    statement = {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": actions, "Resource": "*", "Condition": who}
    return {"Version": "2012-10-17", "Statement": [statement]}
