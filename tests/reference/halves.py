"""The key's half of a call: data under the AWS managed key `aws/s3` is asked of KMS as well, in the caller's name (semantics.md R1.8, R7.5).

The half is a request of its own, by the same caller with the same policies on the caller's side, on some key of the owner's account.
"""

from __future__ import annotations

import json
import random
from zlib import crc32

from .documents import Json
from .keys import owner_in_request
from .values import Keys

NEEDS = {
    "s3:getobject": "kms:Decrypt",
    "s3:getobjectversion": "kms:Decrypt",
    "s3:getobjectattributes": "kms:Decrypt",
    "s3:putobject": "kms:GenerateDataKey",
}
OWN_SIDE = (
    "principal context_complete organization resource_organization identity_policies permissions_boundaries session_policies "
    "service_control_policies"
).split()
# What tells of the caller and of the time is the same in both halves; the network is that of S3.
OF_CALLER = (
    *("aws:principal", "aws:userid", "aws:username", "aws:multifactorauth", "aws:tokenissuetime", "aws:sourceidentity"),
    *("aws:federatedprovider", "aws:assumedroot", "aws:currenttime", "aws:epochtime"),
    *("aws:sourcearn", "aws:sourceaccount", "aws:sourceorg", "kms:"),
)


def key_half(request: Json, keys: Keys) -> Json | None:
    """What is asked of KMS in the world `keys`; None where nothing is, or where it is not known whose key it is."""
    action = NEEDS.get(str(request["action"]).lower())
    settings = request.get("resource_settings") or {}
    owner = owner_in_request(request)
    target = keys["resource"][0] if "resource" in keys else str(request["resource"])
    if action is None or settings.get("EncryptionKey") != "aws/s3" or owner is None or "/" not in target:
        return None
    partition = target.split(":", 2)[1]
    half: dict[str, Json] = {field: request[field] for field in OWN_SIDE if field in request}
    half["action"] = action
    half["resource"] = f"arn:{partition}:kms:{settings.get('Region') or '*'}:{owner}:key/*"
    half["resource_account"] = owner
    half["resource_policy"] = key_policy(owner)
    half["context"] = {key: value for key, value in request.get("context", {}).items() if key.lower().startswith(OF_CALLER)}
    if not is_service(request):
        half["context"] |= {"aws:ViaAWSService": "true", "aws:CalledVia": ["s3.amazonaws.com"], "aws:SecureTransport": "true"}
        half["context"] |= {"aws:CalledViaFirst": "s3.amazonaws.com", "aws:CalledViaLast": "s3.amazonaws.com"}
    named = target.split("/")[0] if settings.get("BucketKeyEnabled") else target
    half["context"] |= {"kms:EncryptionContext:aws:s3:arn": named, "kms:EncryptionContextKeys": ["aws:s3:arn"]}
    return half


def is_service(request: Json) -> bool:
    principal = str(request["principal"])
    return ":" not in principal and "." in principal


def key_policy(owner: str) -> Json:
    """An AWS managed key opens to everybody in its own account, through its service (R7.4, R7.5)."""
    actions = ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:CreateGrant", "kms:DescribeKey"]
    condition = {"StringEquals": {"kms:CallerAccount": owner}}
    statement = {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": actions, "Resource": "*", "Condition": condition}
    return {"Version": "2012-10-17", "Statement": [statement]}


def world_of_half(half: Json, own: Keys, whole: Keys) -> Keys:
    """A world of the half (`own`) as it is when the whole call is made in the world `whole`."""
    found = {key: values for key, values in own.items() if not key.startswith(OF_CALLER) or key == "kms:calleraccount"}
    found |= {key: values for key, values in whole.items() if key.startswith(OF_CALLER) or key == "session"}
    context = {key.lower(): value for key, value in half["context"].items()}
    found |= {key: [value] if isinstance(value, str) else value for key, value in context.items() if key.startswith("kms:enc")}
    region = found["resource"][0].split(":")[3]
    if not is_service(half):
        found["kms:viaservice"] = [f"s3.{region}.amazonaws.com"]
    return found


def dice_of(keys: Keys) -> random.Random:
    """The same dice for the same world."""
    return random.Random(crc32(json.dumps(keys, sort_keys=True).encode()))
