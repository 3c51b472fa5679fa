"""API Gateway: how a method authenticates decides what its API's resource policy has to say.

| method | policy of the API | who gets in |
|---|---|---|
| `NONE` | none | everybody (nobody, when the API is private) |
| `NONE` | some | whom it allows as an unsigned caller |
| `AWS_IAM` | any | as for ordinary resources: either side in the same account, both across accounts; a private API needs its policy too |
| `COGNITO_USER_POOLS` | none or some | as for `NONE`, with a token of the user pool |
| `CUSTOM` | none or some | whom the Lambda authorizer lets in, unless the policy denies |

Source: API Gateway Developer Guide, "How API Gateway resource policies affect authorization workflow" (tables A and B).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from xgraph.graph.policy.caller import CallerKind
from xgraph.graph.policy.combine import Relation
from xgraph.graph.policy.decision import ControlClass
from xgraph.graph.policy.factors import Factors, Policies, Record, Request
from xgraph.graph.policy.formula import Formula, conj, free, neg

from ._network import reaches_network
from ._rules import Case, Options, Rules, Ruling, general_cases, relation_of
from ._unsigned import open_to_all, unsigned_side

_INVOKE = "execute-api:invoke"
_AUTHORIZER = free("lambda-authorizer", ControlClass.GAP, spelling="lambda-authorizer")
_USER_POOL_TOKEN = free("user-pool-token", ControlClass.CREDENTIAL, spelling="user-pool-token")


def _cases(request: Request, policies: Policies, base: Factors, record: Record | None, options: Options) -> tuple[Case, ...]:
    method = request.settings.get("AuthorizationType", "")
    if request.action != _INVOKE or method == "":
        return _signed(request, policies, base, record, options)
    match method:
        case "AWS_IAM":
            return _signed(request, policies, base, record, options)
        case "NONE":
            return (_unauthenticated(request, policies, base, record),)
        case "COGNITO_USER_POOLS":
            case_ = _unauthenticated(request, policies, base, record)
            return (case_._replace(requires=conj(case_.requires, _USER_POOL_TOKEN)),)
        case "CUSTOM":
            return (_by_authorizer(request, policies, base, record),)
        case _:
            return _either(request, policies, base, record, options)


def _api_of(arn: str) -> str:
    """The API that a stage or a method is in."""
    return arn.partition("/")[0]


def _of_method(settings: Mapping[str, Any], arn: str) -> Mapping[str, Any]:
    """The settings of an API, with how the named method authenticates: `Methods` has that for each `METHOD/path`."""
    if "Methods" not in settings:
        return settings
    return {**settings, "AuthorizationType": _authorization(settings["Methods"], arn)}


def _authorization(methods: Mapping[str, str] | None, arn: str) -> str | None:
    """How the method authenticates; None when that was not read, or is not the same for all that are named."""
    if methods is None:
        return None
    _, _, named = arn.partition("/")[2].partition("/")
    verb, _, path = named.partition("/")
    kinds = {kind for method, kind in methods.items() if _is_one(method, verb, path)}
    return kinds.pop() if len(kinds) == 1 else None


def _is_one(method: str, verb: str, path: str) -> bool:
    """Whether a method (`GET/pets/{id}`, `ANY/{proxy+}`) may be the one that is named."""
    own, _, template = method.partition("/")
    if verb not in ("", "*") and own not in (verb, "ANY"):
        return False
    if not path or "*" in path or "?" in path:
        return True
    mine, named = template.split("/"), path.split("/")
    if mine[-1].endswith("+}"):
        return len(named) >= len(mine) and all(map(_fits, mine[:-1], named))
    return len(mine) == len(named) and all(map(_fits, mine, named))


def _fits(part: str, named: str) -> bool:
    return part == named or part.startswith("{")


def _either(request: Request, policies: Policies, base: Factors, record: Record | None, options: Options) -> tuple[Case, ...]:
    """How the method authenticates was not read: it may be open, or want a signature."""
    is_open = free("method-authorization-not-collected", ControlClass.GAP, spelling="method-authorization-not-collected")
    signed = _signed(request, policies, base, record, options)
    return (
        _unauthenticated(request, policies, base, record)._replace(guard=is_open),
        *(case._replace(guard=conj(neg(is_open), case.guard)) for case in signed if request.caller.kind is not CallerKind.ANONYMOUS),
    )


def _is_private(request: Request) -> bool:
    return bool(request.settings.get("EndpointType", "") == "PRIVATE")


def _signed(request: Request, policies: Policies, base: Factors, record: Record | None, options: Options) -> tuple[Case, ...]:
    """U-35: of a private API, the policy has to take part in its own account as well."""
    found = general_cases(request, policies, base, record, options)
    if request.settings.get("EndpointType", "") is None:
        return tuple(case._replace(requires=_reach(request)) for case in found)
    if not _is_private(request) or relation_of(request) is not Relation.SAME_ACCOUNT:
        return found
    return tuple(case._replace(relation=Relation.MANDATORY) for case in found)


def _unauthenticated(request: Request, policies: Policies, base: Factors, record: Record | None) -> Case:
    """The policy, when there is one, decides; without one a public API is open and a private one is closed."""
    side = unsigned_side(request, policies, base, record)
    if policies.resource is None and policies.resource_known:
        side = side._replace(r_exact=not _is_private(request))
    return open_to_all(request, side)._replace(requires=_reach(request))


def _by_authorizer(request: Request, policies: Policies, base: Factors, record: Record | None) -> Case:
    """Table A: the authorizer may let in whom the policy does not mention, not whom it denies."""
    side = unsigned_side(request, policies, base, record)
    wanted = side.r_exact if _is_private(request) else True
    return open_to_all(request, side._replace(r_exact=conj(wanted, _AUTHORIZER)))._replace(requires=_reach(request))


def _reach(request: Request) -> Formula:
    """A private API lies behind an endpoint; one that may be private is at most as open as a public one."""
    if request.settings.get("EndpointType", "") is None:
        return free("endpoint-type-not-collected", ControlClass.GAP, spelling="endpoint-type-not-collected")
    if not _is_private(request) or request.context.facts.through_endpoint:
        return True
    return reaches_network()


def _ruling(request: Request, _relation: Relation) -> Ruling | None:
    if request.caller.kind is not CallerKind.ANONYMOUS:
        return None
    if request.action != _INVOKE:
        return False, "of API Gateway, only execute-api:Invoke works without a signature"
    if request.settings.get("AuthorizationType") == "AWS_IAM":
        return False, "the method wants signed requests (AWS_IAM)"
    return None


EXECUTE_API = Rules(
    "execute-api",
    cases=_cases,
    ruling=_ruling,
    told_apart=(frozenset((_INVOKE,)),),
    holder=_api_of,
    narrowed=_of_method,
    description="how a method authenticates (`AuthorizationType`) decides what its API's policy has to say; a private API needs its policy",
)
