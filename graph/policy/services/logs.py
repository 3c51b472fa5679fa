"""CloudWatch Logs: the account's policies speak for all its log groups.

Source: CloudWatch Logs API reference, PutResourcePolicy.
"""

from __future__ import annotations

from ._rules import Rules

_GROUP = ":log-group:"


def _all_groups(arn: str) -> str:
    """All log groups of an account and Region, for a log group or one of its streams."""
    head, mark, _ = arn.partition(_GROUP)
    return f"{head}{mark}*" if mark else arn


LOGS = Rules(
    "logs",
    holder=_all_groups,
    description="policies on log groups are those of the account and Region, which name the groups that they mean",
)
