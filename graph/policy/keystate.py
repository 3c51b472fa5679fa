"""What is known of one condition key in one request (R3.20)."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache

from .formula import Variable


@dataclass(frozen=True, slots=True)
class KeyState:
    """Exactly one of: `values` (known), absent (nothing set), `variable` (unknown), `readings` (an open point decides).

    `readings` is (open point id, state if the id's first reading holds, state otherwise).
    """

    values: tuple[str, ...] | None = None
    variable: Variable | None = None
    readings: tuple[str, KeyState, KeyState] | None = None
    is_multivalued: bool = False
    # Whether it is absent, or the known value of a key that has one value.
    is_plain: bool = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "is_plain", self.variable is None and self.readings is None and not self.is_multivalued)

    @property
    def is_absent(self) -> bool:
        """Whether the request certainly lacks the key."""
        return self.values is None and self.variable is None and self.readings is None


ABSENT = KeyState()


@lru_cache(maxsize=65536)
def known(*values: str, multivalued: bool = False) -> KeyState:
    """A key whose values are fixed."""
    return KeyState(values=values, is_multivalued=multivalued)
