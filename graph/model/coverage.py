"""What the snapshot does and does not show."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Outcome(StrEnum):
    """How a declared call ended; the closed list of contract section 9."""

    OK = "ok"
    EMPTY = "empty"
    DENIED = "denied"
    ABSENT = "absent"
    FAILED = "failed"
    NOT_TRIED = "not-tried"

    @property
    def is_known(self) -> bool:
        """Whether the outcome tells what there is: an answer, or AWS's word that there is none."""
        return self in (Outcome.OK, Outcome.EMPTY, Outcome.ABSENT)


@dataclass(frozen=True, slots=True, order=True)
class CallOutcome:
    """One declared call and how it ended. `parameters` is canonical JSON text; `error` is AWS's code and message, or ""."""

    account: str
    region: str
    service: str
    call: str
    parameters: str
    outcome: Outcome
    error: str = ""

    @property
    def denied_by(self) -> str:
        """The kind of policy that denied, where AWS's message names it: `scp`, `rcp`, `boundary`, `session`, `endpoint`,
        `resource` or `identity`; else ""."""
        return next((kind for kind, words in _DENYING if words in self.error), "") if self.outcome is Outcome.DENIED else ""


# The words of AWS's messages: https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
_DENYING = (
    ("scp", "service control policy"),
    ("rcp", "resource control policy"),
    ("boundary", "permissions boundary"),
    ("session", "session policy"),
    ("endpoint", "VPC endpoint policy"),
    ("resource", "resource-based policy"),
    ("identity", "identity-based policy"),
)


@dataclass(frozen=True, slots=True, order=True)
class Gap:
    """Something that could change an answer and is not known (contract section 7)."""

    what: str
    account: str = ""
    region: str = ""
    service: str = ""
    call: str = ""
    outcome: str = "not-tried"
    could_open: bool = True
    could_close: bool = True
