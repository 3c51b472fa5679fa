"""Amazon EventBridge: event buses with their policy.

https://docs.aws.amazon.com/eventbridge/latest/APIReference/
"""

from __future__ import annotations

from xgraph.ingest.services._kind import Kind, normalize_kinds
from xgraph.ingest.services._service import Call, Scope, Service

_BUS = Kind("events", "event-bus", "list_event_buses", "EventBuses", "{Arn}")

EVENTS = Service(
    name="events",
    description="Event buses with their policy",
    scope=Scope.REGIONAL,
    calls=(Call("list_event_buses", ("events:ListEventBuses",)),),
    normalize=normalize_kinds(_BUS),
)
