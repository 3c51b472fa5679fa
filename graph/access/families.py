"""Principals that are alike, as people speak of them: "any of 212 roles `AWSReservedSSO_Admin_*` in 106 accounts"."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from hashlib import sha256

from xgraph.graph.model.principal import Principal, PrincipalKind

_SEPARATORS = "_-/.+=@"


@dataclass(frozen=True, slots=True)
class Family:
    """Interchangeable principals. `pattern` covers their names, `id` depends on nothing but who they are."""

    id: str
    size: int
    pattern: str
    kind: str
    accounts: int

    @property
    def words(self) -> str:
        """The family as people name it."""
        where = f"in {self.accounts:,} accounts" if self.accounts > 1 else ""
        noun = {"root": "root user"}.get(self.kind, self.kind)
        name = "" if self.kind == "root" or self.pattern == "*" else f" `{self.pattern}`"
        return f"any of {self.size:,} {noun}s{name} {where}".rstrip()


def stem_of(principal: Principal) -> str:
    """What a principal's name has in common with that of its kin: a last part that counts or is random is left out."""
    name = principal.name
    cut = max(name.rfind(sign) for sign in _SEPARATORS)
    tail = name[cut + 1 :]
    if cut > 0 and _is_serial(tail):
        return f"{name[: cut + 1]}*"
    body = name.rstrip("0123456789")
    return f"{body}*" if body and body != name else name


def _is_serial(tail: str) -> bool:
    """Whether the last part of a name tells members of a family apart and nothing else: a number, or hexadecimal digits."""
    return tail.isdigit() or (
        len(tail) >= 6 and any(sign.isdigit() for sign in tail) and all(sign in "0123456789abcdefABCDEF" for sign in tail)
    )


def family_of(members: Sequence[Principal]) -> Family:
    """The family of at least two principals."""
    arns = sorted(member.arn for member in members)
    names = {member.name for member in members}
    stems = {stem_of(member) for member in members}
    pattern = next(iter(names)) if len(names) == 1 else next(iter(stems)) if len(stems) == 1 else f"{_shared_head(names)}*"
    kind = members[0].kind if len({member.kind for member in members}) == 1 else "principal"
    identity = sha256("\n".join(arns).encode()).hexdigest()[:12]
    return Family(f"family:{identity}", len(members), pattern, str(kind), len({member.account for member in members}))


def _shared_head(names: Collection[str]) -> str:
    first, last = min(names), max(names)
    end = next((index for index, (one, other) in enumerate(zip(first, last, strict=False)) if one != other), min(len(first), len(last)))
    return first[:end]


def kin(principal: Principal) -> tuple[PrincipalKind, str]:
    """What principals must have in common to be folded into one line."""
    return principal.kind, stem_of(principal)
