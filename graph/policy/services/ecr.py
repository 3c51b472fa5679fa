"""ECR: pulling and pushing images also takes a token, which only the caller's own account can allow.

A repository's policy leaves Resource out: it speaks of its repository.

Source: ECR User Guide, "Private repository policies"; ECR API reference GetAuthorizationToken.
"""

from __future__ import annotations

from xgraph.graph.model.arn import parse_arn
from xgraph.graph.policy.caller import CallerKind
from xgraph.graph.policy.factors import Request
from xgraph.graph.policy.keystate import known

from ._rules import Need, Rules

# The calls that docker makes to pull or push.
_BY_DOCKER = frozenset(
    f"ecr:{name}"
    for name in (
        "batchchecklayeravailability",
        "batchgetimage",
        "completelayerupload",
        "getdownloadurlforlayer",
        "initiatelayerupload",
        "putimage",
        "uploadlayerpart",
    )
)


def _also(request: Request) -> tuple[Need, ...]:
    """A service that fetches an image in its own name does not log in. A token is for the registry of one Region."""
    if request.action not in _BY_DOCKER or request.caller.kind is CallerKind.SERVICE:
        return ()
    arn = parse_arn(request.target.arn)
    here = (("aws:requestedregion", known(arn.region)),) if arn is not None and arn.region.replace("-", "").isalnum() else ()
    return (Need("ecr:getauthorizationtoken", "*", states=here),)


ECR = Rules(
    "ecr",
    told_apart=(_BY_DOCKER,),
    also=_also,
    description="pulling and pushing images also needs `ecr:GetAuthorizationToken` in the caller's own account",
)
