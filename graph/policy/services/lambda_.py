"""Lambda: a function's URL wants two permissions, and who signs matters only when the URL says so.

A function's policy is one of its qualifiers': that of the alias `prod` says nothing about `$LATEST`. That follows from the ARNs that the
policy names.

Source: Lambda Developer Guide, "Control access to Lambda function URLs".
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from xgraph.graph.policy.caller import CallerKind, Target
from xgraph.graph.policy.combine import Relation
from xgraph.graph.policy.decision import ControlClass
from xgraph.graph.policy.factors import Factors, Policies, Record, Request
from xgraph.graph.policy.formula import Formula, conj, free, neg
from xgraph.graph.policy.keystate import KeyState, known

from ._rules import Case, Need, Options, Rules, Ruling, general_cases
from ._unsigned import open_to_all, unsigned_side

_URL = "lambda:invokefunctionurl"
_INVOKE = "lambda:invokefunction"
_AUTH_TYPE = "lambda:functionurlauthtype"
_VIA_URL = "lambda:invokedviafunctionurl"
# Since this month a new URL also needs lambda:InvokeFunction.
_BOTH_SINCE = "2025-10"


def _cases(request: Request, policies: Policies, base: Factors, record: Record | None, options: Options) -> tuple[Case, ...]:
    signed = general_cases(request, policies, base, record, options)
    is_open = _takes_unsigned(request) if _is_url_call(request) else False
    if is_open is False:
        return signed
    unsigned = open_to_all(request, unsigned_side(request, policies, base, record))._replace(guard=is_open)
    if is_open is True:
        return (unsigned,)
    return unsigned, *(
        case._replace(guard=conj(neg(is_open), case.guard)) for case in signed if request.caller.kind is not CallerKind.ANONYMOUS
    )


def _is_url_call(request: Request) -> bool:
    return request.action == _URL or (request.action == _INVOKE and request.context.state(_VIA_URL).values == ("true",))


def _takes_unsigned(request: Request) -> Formula:
    """Whether the URL's AuthType is NONE; a URL of which nothing is said wants signatures."""
    url = request.settings.get("FunctionUrl", {})
    if url is None:
        return free("function-url-not-collected", ControlClass.GAP, spelling="function-url-not-collected")
    stated = url.get("AuthType")
    return stated == "NONE" if stated else request.context.state(_AUTH_TYPE).values == ("NONE",)


def _also(request: Request) -> tuple[Need, ...]:
    """R1.8: a call of a URL made since October 2025 is an invocation as well."""
    if request.action != _URL:
        return ()
    url = request.settings.get("FunctionUrl") or {}
    if str(url.get("CreationTime") or _BOTH_SINCE) < _BOTH_SINCE:
        return ()
    return (Need(_INVOKE, request.target.arn, states=((_VIA_URL, known("true")),)),)


def _states(action: str, _target: Target, settings: Mapping[str, Any]) -> Mapping[str, KeyState]:
    url = settings.get("FunctionUrl") or {}
    return {_AUTH_TYPE: known(str(url["AuthType"]))} if action == _URL and url.get("AuthType") else {}


def _ruling(request: Request, _relation: Relation) -> Ruling | None:
    if request.caller.kind is CallerKind.ANONYMOUS and not (_is_url_call(request) and _takes_unsigned(request) is not False):
        return False, "Lambda takes unsigned calls only at a function URL whose AuthType is NONE"
    return None


LAMBDA = Rules(
    "lambda",
    cases=_cases,
    ruling=_ruling,
    told_apart=(frozenset((_URL,)), frozenset((_INVOKE,))),
    also=_also,
    states=_states,
    description=(
        "a call of a function URL needs `lambda:InvokeFunctionUrl` and, for URLs made since October 2025, `lambda:InvokeFunction`; "
        "at a URL with AuthType NONE nobody's signature counts and the policy must admit everybody; policies are those of one qualifier"
    ),
)
