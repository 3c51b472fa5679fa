"""Policies as they are written, made ready to be asked."""

from __future__ import annotations

from xgraph.graph.model.document import Policy
from xgraph.graph.policy.parse import parse
from xgraph.graph.policy.statement import Compiled


def compiled(policy: Policy) -> Compiled | None:
    """The policy's statements; None when it was not read."""
    return parse(policy.document).compiled if policy.document is not None else None
