"""Amazon SES: identities with their sending authorization policies.

https://docs.aws.amazon.com/ses/latest/APIReference-V2/
"""

from __future__ import annotations

from collections.abc import Iterator

from xgraph.graph.model.resource import Resource
from xgraph.ingest.services._answers import UNREAD, Answers
from xgraph.ingest.services._found import Found
from xgraph.ingest.services._kind import Answer, Kind, pooled_policy
from xgraph.ingest.services._service import Call, Scope, Service

_IDENTITY = Kind(
    "ses", "identity", "list_email_identities", "EmailIdentities", "arn:{partition}:ses:{region}:{account}:identity/{IdentityName}"
)


def normalize(answers: Answers) -> Found:
    """The identities of one account and region; several policies of one identity count together."""
    return Found(resources=tuple(_identities(answers)))


def _identities(answers: Answers) -> Iterator[Resource]:
    for arn, fields in _IDENTITY.entries(answers):
        answer = answers.one("get_email_identity_policies", Answer, EmailIdentity=str(fields.get("IdentityName")))
        policies = UNREAD if answer is UNREAD else (answer or {}).get("Policies") or {}
        several = [UNREAD] if policies is UNREAD else [text for _, text in sorted(policies.items())]
        policy = pooled_policy(answers.documents, arn, several)
        yield Resource(arn, answers.account, "ses", "identity", answers.place.region, policy)


SESV2 = Service(
    name="sesv2",
    description="Identities with their sending authorization policies",
    scope=Scope.REGIONAL,
    calls=(
        Call("list_email_identities", ("ses:ListEmailIdentities",)),
        Call("get_email_identity_policies", ("ses:GetEmailIdentityPolicies",), _IDENTITY.each(EmailIdentity="{IdentityName}")),
    ),
    normalize=normalize,
)
