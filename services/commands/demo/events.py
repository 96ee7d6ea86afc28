"""Events of the simulation. Their ids follow from its options: sent again, they are duplicates."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any


@dataclass(frozen=True, slots=True)
class Happening:
    """Something that an agency tells, and when it was; `event` is the CloudEvent."""

    at: datetime
    event: Mapping[str, Any]


def run_of(*options: object) -> str:
    """A short name for the simulation that these options make."""
    return sha256(repr(options).encode()).hexdigest()[:10]


def happening(
    agency: str, kind: str, name: str, at: datetime, data: Mapping[str, Any]
) -> Happening:
    """What an agency tells. `name` is unique in the agency, `kind` the type of the event."""
    event = {
        "specversion": "1.0",
        "id": f"demo-{name}",
        "source": f"/agencies/{agency}",
        "type": kind,
        "time": at.isoformat(),
        "datacontenttype": "application/json",
        "data": data,
    }
    return Happening(at, event)
