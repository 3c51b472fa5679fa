"""How a call ended, from what boto3 raised."""

from __future__ import annotations

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
        "UnauthorizedOperation",
    }
)

# The service is not there for this account. A token that a region does not know is not among them: it looks the same when the
# credentials are wrong, and what is not known must not pass for nothing.
ABSENT = frozenset({"OptInRequired", "SubscriptionRequiredException"})


def outcome_of(error: Exception, empty: AbstractSet[str]) -> Outcome:
    """The outcome that `error` stands for; `empty` are the codes by which the call says that there is none."""
    code = error.response["Error"]["Code"] if isinstance(error, ClientError) else ""
    if code in empty:
        return Outcome.EMPTY
    if code in DENIED:
        return Outcome.DENIED
    return Outcome.ABSENT if code in ABSENT else Outcome.FAILED


def describe(error: Exception) -> str:
    """AWS's code and message, or what went wrong on the way there."""
    if isinstance(error, ClientError):
        found = error.response["Error"]
        return f"{found['Code']}: {found['Message']}" if found.get("Message") else str(found["Code"])
    return f"{type(error).__name__}: {error}"
