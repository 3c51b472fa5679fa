"""The independent evaluator as a process that answers one simulation at a time, and requests in the words it reads."""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from tests.differential.installed import folder
from tests.reference import world_of

Json = Any

DRIVER = Path(__file__).with_name("driver.mjs")
VERDICTS = {"Allowed": "ALLOWED", "ImplicitlyDenied": "IMPLICITLY_DENIED", "ExplicitlyDenied": "EXPLICITLY_DENIED"}


@dataclass(frozen=True)
class Opinion:
    """What it says of one request: a verdict in our words, the context keys it left out; or why it says nothing."""

    verdict: str = ""
    ignored: tuple[str, ...] = ()
    refusal: str = ""


class Simulator:
    """A running evaluator. Use it as a context manager."""

    def __init__(self) -> None:
        command = ["node", str(DRIVER), str(folder())]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate()  # closes its stdin, at which it ends
        if self._process.returncode:
            raise RuntimeError(f"iam-simulate ended with {self._process.returncode}")

    def ask(self, request: Json) -> Opinion:
        """Its opinion on a request in the format of docs/requests.md with a complete context."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(simulation_of(request)) + "\n")
        self._process.stdin.flush()
        found = json.loads(self._process.stdout.readline())
        if "error" in found:
            return Opinion(refusal=str(found["error"]))
        return Opinion(VERDICTS[found["result"]], tuple(key.lower() for key in found["ignored"]))


# --------------------------------------------------------------------------------------------------------------- translation


def simulation_of(request: Json) -> Json:
    """The request as iam-simulate reads it. Keys that follow from the request, which it does not derive, are put into the context."""
    known, _ = world_of(request)
    organization, levels = request.get("organization") or {}, request.get("service_control_policies") or []
    if not request["principal"].startswith("arn:") or organization.get("management_account") == request["principal"].split(":")[4]:
        levels = []  # which levels apply is left to whoever asks it, and to the management account none does
    owner = request["resource_account"]
    is_spared = (request.get("resource_organization") or {}).get("management_account") == owner
    restrictions = [] if is_spared else request.get("resource_control_policies") or []
    restrictions = [{**level, "policies": [each for each in level["policies"] if denies(each)]} for level in restrictions]
    settings = request.get("resource_settings") or {}
    found = {
        "request": {
            "principal": request["principal"],
            "action": request["action"],
            "resource": {"resource": request["resource"], "accountId": owner},
            "contextVariables": {key: values[0] if len(values) == 1 else values for key, values in known.items()},
        },
        "identityPolicies": named(request.get("identity_policies", []), "identity"),
        "serviceControlPolicies": [level_of(each) for each in levels],
        "resourceControlPolicies": [level_of(each) for each in restrictions],
        "additionalSettings": {
            "s3": {"bucketAbacEnabled": settings.get("BucketAbac") == "Enabled", "blockPublicAccess": is_restricted(settings)}
        },
    }
    optional = {"permissionBoundaryPolicies": "permissions_boundaries", "vpcEndpointPolicies": "vpc_endpoint_policies"}
    found |= {theirs: named(request[ours], ours) for theirs, ours in optional.items() if request.get(ours)}
    if request.get("resource_policy") is not None:
        found["resourcePolicy"] = document_of(request["resource_policy"])
    if request.get("session_policies"):
        found["sessionPolicy"] = document_of(request["session_policies"][0])
    return found


def document_of(policy: Json) -> Json:
    """The document of a policy in any of the forms of docs/requests.md."""
    if isinstance(policy, dict) and "document" in policy:
        policy = policy["document"]
    return json.loads(policy) if isinstance(policy, str) else policy


def denies(policy: Json) -> bool:
    """Whether it is another RCP than RCPFullAWSAccess, which it adds by itself."""
    return any(statement["Effect"] == "Deny" for statement in listed(document_of(policy)["Statement"]))


def listed(value: Json) -> list[Json]:
    return value if isinstance(value, list) else [value]


def named(policies: Json, kind: str) -> Json:
    return [{"name": f"{kind}-{number}", "policy": document_of(each)} for number, each in enumerate(policies)]


def level_of(level: Json) -> Json:
    return {"orgIdentifier": level["target"], "policies": named(level["policies"], level["target"])}


def is_restricted(settings: Json) -> bool:
    """Whether RestrictPublicBuckets is on at any level (R6.20)."""
    return any(block.get("RestrictPublicBuckets", False) for block in (settings.get("PublicAccessBlock") or {}).values())
