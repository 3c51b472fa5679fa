"""S3 access points: a request has to pass the access point's policy and the bucket's (R6.34).

The request names the access point; the bucket behind it is `Bucket` in the setting `AccessPoint`. A multi-Region access point works the same way
with the bucket that it routes to, but does not reach objects that other accounts own.

Source: S3 User Guide, "Configuring IAM policies for using access points", "Multi-Region Access Point permissions".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from xgraph.graph.model.arn import parse_arn
from xgraph.graph.policy.caller import Target, read_target
from xgraph.graph.policy.condition import evaluate, make_entry
from xgraph.graph.policy.conditions import read_operator
from xgraph.graph.policy.decision import ControlClass
from xgraph.graph.policy.factors import Factors, Policies, Record, Request, principal_side
from xgraph.graph.policy.formula import Formula, conj, disj, free, neg
from xgraph.graph.policy.keys import Context
from xgraph.graph.policy.keystate import KeyState, known

from ._rules import Need

BUCKET_GAP = "access-point-bucket-not-collected"
THROUGH = "ThroughAccessPoint"
_RESOURCE = "accesspoint/"


def is_access_point(arn: str) -> bool:
    """Whether the ARN is that of an access point, or of an object through one."""
    if _RESOURCE not in arn:
        return False
    found = parse_arn(arn)
    return found is not None and found.service == "s3" and found.resource.startswith(_RESOURCE)


def is_data_request(action: str, arn: str) -> bool:
    """Whether the request goes through the access point; calls that manage access points stop at it."""
    return is_access_point(arn) and "accesspoint" not in action


def access_point_of(arn: str) -> str:
    """The access point's own ARN."""
    head, _, rest = arn.partition(_RESOURCE)
    return f"{head}{_RESOURCE}{rest.partition('/')[0]}"


def owner_of(arn: str) -> str:
    """The account that owns the access point."""
    found = parse_arn(arn)
    return found.account if found else ""


def is_multi_region(arn: str) -> bool:
    """Whether it is a multi-Region access point."""
    return access_point_of(arn).endswith(".mrap")


def as_text(target: Target) -> str:
    """The target as a request names it: literal stars and question marks are escaped (R1.21)."""
    if target.pattern is not None:
        return target.arn
    return "".join(f"${{{char}}}" if char in "*?" else char for char in target.arn)


def bucket_behind(target: Target, settings: Mapping[str, Any]) -> str | None:
    """The bucket or object that the request reaches, as a request names it; None when the bucket is not known."""
    bucket = bucket_record(settings).get("name")
    if not bucket:
        return None
    text = as_text(target)
    key = text.partition(_RESOURCE)[2].partition("/object/")
    home = f"arn:{target.partition}:s3:::{bucket}"
    return f"{home}/{key[2]}" if key[1] else home


def bucket_record(settings: Mapping[str, Any]) -> Mapping[str, Any]:
    """What is said of the bucket behind the access point; empty when nothing is."""
    found: Mapping[str, Any] = (settings.get("AccessPoint") or {}).get("Bucket") or {}
    return found


def bucket_settings(target: Target, settings: Mapping[str, Any]) -> Mapping[str, Any]:
    """The settings of the bucket as a request through its access point (`target`, with its `settings`) meets it."""
    return {**bucket_record(settings), "PublicAccessBlock": public_access_block(settings), THROUGH: as_text(target)}


def public_access_block(settings: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """R6.20: the levels over the access point and over its bucket, all in one."""
    levels = [(where, one.get("PublicAccessBlock", {})) for where, one in (("point", settings), ("bucket", bucket_record(settings)))]
    if any(found is None for _, found in levels):
        return None
    return {f"{where}:{level}": flags for where, found in levels for level, flags in found.items()}


def bucket_need(request: Request) -> Need:
    """The bucket's half of a request through an access point."""
    return Need(request.action, bucket_behind(request.target, request.settings), BUCKET_GAP, one_request=True)


def key_states(target: Target, settings: Mapping[str, Any]) -> Mapping[str, KeyState]:
    """The keys that only requests through an access point have."""
    arn = access_point_of(target.arn)
    point = settings.get("AccessPoint")
    states = {"s3:dataaccesspointarn": known(arn), "s3:dataaccesspointaccount": known(owner_of(arn))}
    if point is not None:
        states["s3:accesspointnetworkorigin"] = known("VPC" if point.get("VpcConfiguration") else "Internet")
    return states


def comes_from_its_vpc(request: Request) -> Formula:
    """An access point with VPC origin takes requests from that VPC alone."""
    point = request.settings.get("AccessPoint") or {}
    vpc = point.get("VpcConfiguration", {})
    if vpc is None:
        return free("access-point-origin-not-collected", ControlClass.GAP, spelling="access-point-origin-not-collected")
    use = read_operator("StringEquals")
    if not vpc or use is None:
        return True
    return evaluate(make_entry(use, "aws:SourceVpc", (str(vpc.get("VpcId", "")),), variables=False), request.context)


def has_vpc_origin(settings: Mapping[str, Any]) -> bool:
    """Whether the access point is bound to a VPC."""
    return bool((settings.get("AccessPoint") or {}).get("VpcConfiguration"))


def caller_side(request: Request, policies: Policies, record: Record | None = None) -> Factors:
    """The caller's policies on a request that has two names, the access point's and the bucket's.

    U-29: whether they have to cover both. What covers both, or denies the access point, is certain.
    """
    own = principal_side(request, policies, record)
    twin = _twin(request)
    if twin is None:
        return own
    context = Context(replace(request.context.facts, target=twin))
    other = principal_side(replace(request, target=twin, context=context), policies)
    is_point = is_access_point(request.target.arn)
    return Factors(**{name: _both(name, getattr(own, name), getattr(other, name), is_point=is_point) for name in Factors._fields})


def _twin(request: Request) -> Target | None:
    """The same request under its other name."""
    if is_data_request(request.action, request.target.arn):
        bucket = bucket_behind(request.target, request.settings)
        account = bucket_record(request.settings).get("account") or request.target.owner
        return read_target(bucket, request.action, account) if bucket else None
    through = request.settings.get(THROUGH)
    return read_target(through, request.action, owner_of(through)) if through else None


def _both(name: str, own: Formula, other: Formula, *, is_point: bool) -> Formula:
    """One factor of the half that is asked about."""
    unsettled = free("U-29", ControlClass.GAP)
    if name.endswith("_allow"):
        return disj(own, conj(other, unsettled))
    if is_point or not name.endswith("_deny"):
        return own
    return conj(own, disj(other, neg(unsettled)))
