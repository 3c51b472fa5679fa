"""How a source that is no IAM identity comes by a session of a role: federation, IAM Identity Center, compute that holds a role.

A door is the request that its first hop makes: AssumeRoleWithWebIdentity with a token's claims, AssumeRoleWithSAML, or the AssumeRole
of the service that hands the role over.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from xgraph.graph.model.arn import account_of
from xgraph.graph.model.principal import Principal
from xgraph.graph.policy.caller import Caller
from xgraph.graph.policy.keystate import KeyState

from .attach import compiled

WITH_WEB_IDENTITY = "sts:assumerolewithwebidentity"
WITH_SAML = "sts:assumerolewithsaml"
ASSIGNMENT = "IdentityCenterAssignment"


@dataclass(frozen=True, slots=True, eq=False)
class Door:
    """One way in: who calls which action, the keys of the request that are known, and settings that the service reads."""

    caller: Caller
    action: str
    keys: Mapping[str, KeyState] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class Doors:
    """The ways in of one source. `bound`: by role ARN, where the source is tied to a role. `gates`: to every role that admits them."""

    bound: Mapping[str, Door] = field(default_factory=dict)
    gates: tuple[Door, ...] = ()

    def to(self, role: str) -> Door | None:
        """The way into a role; of several gates the one in the role's account."""
        found = self.bound.get(role)
        if found is not None or not self.gates:
            return found
        return next((gate for gate in self.gates if account_of(gate.caller.arn) == account_of(role)), self.gates[0])


def admits(role: Principal, door: Door) -> bool:
    """Whether the role's trust policy may let the door's caller in; False only where it certainly does not."""
    trust = compiled(role.trust) if role.trust else None
    if trust is None or trust.unreadable:
        return True
    for statement in trust.about(door.action):
        element = statement.principal
        if statement.allows and (statement.unreadable or (element is not None and (element.everyone or element.negated))):
            return True
        if statement.allows and element is not None and door.caller.arn in element.federated:
            return True
    return False
