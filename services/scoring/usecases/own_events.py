"""Events that scoring tells in its own streams."""

import uuid
from datetime import datetime

import msgspec

from shared.contracts.cloudevent import new_event

SOURCE = "/scoring"


def own_event(
    event_type: str, data: msgspec.Struct, now: datetime, correlation: str | None = None
) -> bytes:
    """A new event as its stream stores it."""
    return new_event(
        event_type=event_type,
        event_id=str(uuid.uuid4()),
        source=SOURCE,
        time=now,
        data=data,
        correlation=correlation,
    )
