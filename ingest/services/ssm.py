"""AWS Systems Manager: documents with the accounts that they are shared with.

https://docs.aws.amazon.com/systems-manager/latest/APIReference/
"""

from __future__ import annotations

from collections.abc import Iterator

from xgraph.graph.model.resource import Resource
from xgraph.ingest.services._answers import UNREAD, Answers
from xgraph.ingest.services._found import Found
from xgraph.ingest.services._kind import Answer, Kind, read_tags
from xgraph.ingest.services._service import Call, Scope, Service

_DOCUMENT = Kind("ssm", "document", "list_documents", "DocumentIdentifiers", "arn:{partition}:ssm:{region}:{account}:document/{Name}")
_OWN = {"Filters": [{"Key": "Owner", "Values": ["Self"]}]}


def normalize(answers: Answers) -> Found:
    """The documents that one account owns in one region."""
    return Found(resources=tuple(_documents(answers)))


def _documents(answers: Answers) -> Iterator[Resource]:
    for arn, fields in _DOCUMENT.entries(answers):
        answer = answers.one("describe_document_permission", Answer, Name=str(fields.get("Name")))
        accounts = None if answer is UNREAD else (answer or {}).get("AccountIds") or []
        shared = None if accounts is None else sorted("all" if str(one).lower() == "all" else str(one) for one in accounts)
        tags = read_tags(fields.get("Tags") or [])
        yield Resource(arn, answers.account, "ssm", "document", answers.place.region, tags=tags, settings={"SharedWith": shared})


SSM = Service(
    name="ssm",
    description="Documents with the accounts that they are shared with",
    scope=Scope.REGIONAL,
    calls=(
        Call("list_documents", ("ssm:ListDocuments",), lambda _: (_OWN,)),
        Call("describe_document_permission", ("ssm:DescribeDocumentPermission",), _DOCUMENT.each(Name="{Name}", PermissionType="Share")),
    ),
    normalize=normalize,
)
