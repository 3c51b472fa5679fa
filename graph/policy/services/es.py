"""OpenSearch: a domain's policy may admit unsigned requests; in a VPC they have to reach its network.

Fine-grained access control, which decides inside the domain, is not evaluated: the answer says so.

Source: OpenSearch Service Developer Guide, "Identity and Access Management", "Fine-grained access control".
"""

from __future__ import annotations

from xgraph.graph.policy.caller import CallerKind
from xgraph.graph.policy.combine import Relation
from xgraph.graph.policy.decision import ControlClass
from xgraph.graph.policy.factors import Factors, Policies, Record, Request
from xgraph.graph.policy.formula import Formula, conj, free

from ._network import reaches_network
from ._rules import Case, Options, Rules, Ruling, general_cases, named_after

_DATA = "es:eshttp"
_METHODS = frozenset(f"{_DATA}{name}" for name in ("delete", "get", "head", "patch", "post", "put"))


def _cases(request: Request, policies: Policies, base: Factors, record: Record | None, options: Options) -> tuple[Case, ...]:
    found = general_cases(request, policies, base, record, options)
    if not request.action.startswith(_DATA):
        return found
    needed = conj(_network(request), _inside(request))
    return tuple(case._replace(requires=needed) for case in found)


def _network(request: Request) -> Formula:
    """A domain in a VPC has no public endpoint; those who sign are taken to be where they need to be."""
    vpc = request.settings.get("VPCOptions", {})
    if request.caller.kind is not CallerKind.ANONYMOUS:
        return True
    if vpc is None:
        return free("domain-endpoint-not-collected", ControlClass.GAP, spelling="domain-endpoint-not-collected")
    return reaches_network() if vpc else True


def _inside(request: Request) -> Formula:
    """Fine-grained access control comes after the policy."""
    security = request.settings.get("AdvancedSecurityOptions", {})
    if security is not None and not security.get("Enabled"):
        return True
    return free("fine-grained-access-control", ControlClass.GAP, spelling="fine-grained-access-control")


def _ruling(request: Request, _relation: Relation) -> Ruling | None:
    if request.caller.kind is CallerKind.ANONYMOUS and not request.action.startswith(_DATA):
        return False, "only the HTTP actions of OpenSearch work without a signature"
    return None


ES = Rules(
    "es",
    cases=_cases,
    ruling=_ruling,
    told_apart=(_METHODS,),
    holder=named_after(":domain/"),
    description=(
        "a policy that admits `*` admits unsigned requests, for domains in a VPC only those that reach its network; "
        "fine-grained access control is not evaluated and leaves the answer open"
    ),
)
