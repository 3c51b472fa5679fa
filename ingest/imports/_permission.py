"""The statement that Lambda makes of a permission.

https://docs.aws.amazon.com/lambda/latest/api/API_AddPermission.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_CONDITIONS = {
    "SourceArn": ("ArnLike", "AWS:SourceArn"),
    "SourceAccount": ("StringEquals", "AWS:SourceAccount"),
    "PrincipalOrgID": ("StringEquals", "aws:PrincipalOrgID"),
    "FunctionUrlAuthType": ("StringEquals", "lambda:FunctionUrlAuthType"),
}
FIELDS = ("Action", "Principal", *_CONDITIONS)


def permission_statement(sid: str, arn: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """The statement for a function; `given` has what is set of `FIELDS`."""
    principal = str(given.get("Principal"))
    is_service = principal.endswith((".amazonaws.com", ".amazonaws.com.cn"))
    who: Any = {"Service": principal} if is_service else "*" if principal == "*" else {"AWS": principal}
    conditions: dict[str, dict[str, Any]] = {}
    for name, (operator, key) in _CONDITIONS.items():
        if given.get(name):
            conditions.setdefault(operator, {})[key] = given[name]
    made = {"Sid": sid, "Effect": "Allow", "Principal": who, "Action": given.get("Action"), "Resource": arn}
    return {**made, **({"Condition": conditions} if conditions else {})}
