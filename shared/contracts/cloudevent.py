"""The CloudEvents 1.0 envelope: strict coming in, lean going out."""

from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

PREFIX = "id.rancak."

EventId = Annotated[str, Meta(min_length=1, max_length=128)]
Code = Annotated[str, Meta(min_length=1, max_length=40, pattern=r"\A[a-z0-9-]+\Z")]
ServiceCode = Annotated[
    str, Meta(min_length=3, max_length=81, pattern=r"\A[a-z0-9-]{1,40}\.[a-z0-9-]{1,40}\Z")
]


class CloudEvent(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    omit_defaults=True,
    gc=False,
):
    """What every event has. A subclass is one `type` (its tag) and adds `data`."""

    specversion: Literal["1.0"]
    id: EventId
    source: Annotated[str, Meta(min_length=1, max_length=128)]
    time: Annotated[datetime, Meta(tz=True)]
    datacontenttype: Literal["application/json"] | UnsetType = UNSET
    subject: Annotated[str, Meta(min_length=1, max_length=128)] | UnsetType = UNSET
    traceparent: Annotated[str, Meta(max_length=64)] | UnsetType = UNSET


class Stored(msgspec.Struct, frozen=True):
    """The few members that plumbing reads of any event in the log; the rest is skipped."""

    id: str
    type: str
    source: str = ""
    correlationid: str | None = None


def new_event(
    *,
    event_type: str,
    event_id: str,
    source: str,
    time: datetime,
    data: Any,
    correlation: str | None = None,
) -> bytes:
    """One of our own events as the JSON object that the log stores."""
    record: dict[str, Any] = {
        "type": event_type,
        "specversion": "1.0",
        "id": event_id,
        "source": source,
        "time": time,
        "datacontenttype": "application/json",
    }
    if correlation is not None:
        record["correlationid"] = correlation
    record["data"] = data
    return msgspec.json.encode(record)


def extended(event: bytes, **attributes: str | int) -> bytes:
    """The same JSON object with extension attributes added at its end, as text."""
    return event[:-1] + b"," + msgspec.json.encode(attributes)[1:]
