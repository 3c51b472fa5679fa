"""Resources that lie in a network: whoever uses them without credentials has to get there first."""

from __future__ import annotations

from xgraph.graph.policy.decision import ControlClass
from xgraph.graph.policy.formula import Formula, free

NETWORK_REACH = "network-reach"


def reaches_network() -> Formula:
    """The unknown "the caller gets to the resource's network address"."""
    return free(NETWORK_REACH, ControlClass.ENVIRONMENT, spelling=NETWORK_REACH)
