"""S3 Object Lambda: what goes through such an access point needs the access point that supports it, and reads the function as well.

S3 calls both in the caller's name. The setting `SupportingAccessPoint` names the one, `Transformations` the functions by the calls that they
answer (`GetObject`, `HeadObject`, `ListObjects`).

Source: S3 User Guide, "Configuring IAM policies for Object Lambda Access Points".
"""

from __future__ import annotations

from xgraph.graph.model import reference
from xgraph.graph.policy.factors import Request

from ._rules import Need, Rules

POINT_GAP = "supporting-access-point-not-collected"
FUNCTION_GAP = "object-lambda-function-not-collected"
_VIA = "s3-object-lambda.amazonaws.com"
# The calls that functions answer, by the action that authorizes them.
_CALLS = {
    "s3-object-lambda:getobject": ("GetObject", "HeadObject"),
    "s3-object-lambda:getobjectversion": ("GetObject", "HeadObject"),
    "s3-object-lambda:listbucket": ("ListObjects", "ListObjectsV2", "HeadBucket"),
}


def _also(request: Request) -> tuple[Need, ...]:
    name = request.action.partition(":")[2]
    if not reference.is_known_action(f"s3:{name}"):
        return ()  # it goes no further than the Object Lambda access point itself
    point = request.settings.get("SupportingAccessPoint")
    resource = f"{point}/object/*" if point and _is_on_objects(name) else point
    return (Need(f"s3:{name}", resource or None, POINT_GAP, via=_VIA), *_functions(request))


def _is_on_objects(name: str) -> bool:
    return any(one.lower() == f"s3:{name}" for one, _ in reference.actions_on("s3", "object"))


def _functions(request: Request) -> tuple[Need, ...]:
    """Whichever of the functions answers the call."""
    calls = _CALLS.get(request.action, ())
    transformations = request.settings.get("Transformations")
    if not calls:
        return ()
    if transformations is None:
        return (Need("lambda:invokefunction", None, FUNCTION_GAP, via=_VIA),)
    found = dict.fromkeys(transformations[call] for call in calls if call in transformations)
    return tuple(Need("lambda:invokefunction", arn, FUNCTION_GAP, via=_VIA) for arn in found)


S3_OBJECT_LAMBDA = Rules(
    "s3-object-lambda",
    also=_also,
    told_apart=tuple(frozenset((action,)) for action in sorted(_CALLS)),
    description="what goes through an Object Lambda access point needs its supporting access point, too, and reads its function",
)
