"""What could not be understood, and where."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """A flaw in a policy as written. `code` is a lint id such as L01; `statement` is 0-based, None for the whole document."""

    code: str
    policy: str
    policy_type: str
    statement: int | None
    text: str
