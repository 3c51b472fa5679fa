"""AWS RAM: resources that are shared with other accounts, with the policies that the shares make.

https://docs.aws.amazon.com/ram/latest/APIReference/
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from xgraph.graph.model.arn import parse_arn
from xgraph.graph.model.resource import Resource
from xgraph.ingest.services._answers import UNREAD, Answers
from xgraph.ingest.services._found import Found
from xgraph.ingest.services._kind import Answer, Kind, pooled_policy
from xgraph.ingest.services._service import Asked, Call, Scope, Service

_RESOURCE = Kind("", "", "list_resources", "resources", "{arn}", such=lambda entry: bool(entry.get("arn")))


def normalize(answers: Answers) -> Found:
    """The resources that one account shares in one region: `RamShare` is what the shares say, as a policy (None: not read)."""
    return Found(resources=tuple(_shared(answers)))


def _shared(answers: Answers) -> Iterator[Resource]:
    seen = set()
    for arn, fields in _RESOURCE.entries(answers):
        parsed = parse_arn(arn)
        if arn in seen or parsed is None:
            continue
        seen.add(arn)
        answer = answers.one("get_resource_policies", Answer, resourceArns=(arn,))
        several = [UNREAD] if answer is UNREAD else (answer or {}).get("policies") or []
        policy = pooled_policy(answers.documents, arn, several)
        settings = {"RamShare": policy.document} if policy else {}
        kind = _type_of(str(fields.get("type") or ""), parsed.resource)
        yield Resource(arn, answers.account, parsed.service, kind, answers.place.region, None, None, settings)


def _type_of(name: str, resource: str) -> str:
    """`ec2:Subnet` → `subnet`; where AWS does not say, the first word of the ARN's resource."""
    return (name.rpartition(":")[2] or resource.partition("/")[0].partition(":")[0]).lower()


def _own(_: Asked) -> tuple[Mapping[str, Any], ...]:
    return ({"resourceOwner": "SELF"},)


def _each_resource(asked: Asked) -> Iterator[Mapping[str, Any]]:
    return ({"resourceArns": [one["arn"]]} for one in asked.all("list_resources", "resources"))


RAM = Service(
    name="ram",
    description="Resources that are shared with other accounts, and what the shares say",
    scope=Scope.REGIONAL,
    calls=(
        Call("list_resources", ("ram:ListResources",), _own, drops=frozenset({"lastUpdatedTime"})),
        Call("list_principals", ("ram:ListPrincipals",), _own, drops=frozenset({"lastUpdatedTime"})),
        Call("get_resource_policies", ("ram:GetResourcePolicies",), _each_resource, empty=frozenset({"ResourceArnNotFoundException"})),
    ),
    normalize=normalize,
    unevaluated={"list_principals": "Whom a share lets in is evaluated as the policy that RAM makes of it, `get_resource_policies`."},
)
