"""How a call ended, from what boto3 raised."""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Set as AbstractSet

from botocore.exceptions import ClientError

from xgraph.graph.model.coverage import Outcome

DENIED = frozenset(
    {
        "403",
        "AccessDenied",
        "AccessDeniedException",
        "AuthorizationError",
        "AuthorizationErrorException",
        "Forbidden",
        "UnauthorizedAccess",
        "UnauthorizedException",
        "UnauthorizedOperation",
    }
)

# The service is not there for this account. A token that a region does not know is not among them: it looks the same when the
# credentials are wrong, and what is not known must not pass for nothing.
ABSENT = frozenset({"OptInRequired", "SubscriptionRequiredException"})


def outcome_of(error: Exception, empty: AbstractSet[str], absent: AbstractSet[str] = frozenset()) -> Outcome:
    """The outcome that `error` stands for; `empty` and `absent` are what the call declares (`_service.Call`)."""
    if not isinstance(error, ClientError):
        return Outcome.FAILED
    found = error.response["Error"]
    if _says(found, empty):
        return Outcome.EMPTY
    if _says(found, absent) or found["Code"] in ABSENT:
        return Outcome.ABSENT
    return Outcome.DENIED if found["Code"] in DENIED else Outcome.FAILED


def _says(found: Mapping[str, str], declared: AbstractSet[str]) -> bool:
    """Whether the error is one of the declared ones: `Code`, or `Code: part of the message`."""
    if found["Code"] in declared:
        return True
    start = found["Code"] + ": "
    return any(each.startswith(start) and each.removeprefix(start) in found.get("Message", "") for each in declared)


def describe(error: Exception) -> str:
    """AWS's code and message, or what went wrong on the way there."""
    if isinstance(error, ClientError):
        found = error.response["Error"]
        return f"{found['Code']}: {found['Message']}" if found.get("Message") else str(found["Code"])
    return f"{type(error).__name__}: {error}"
