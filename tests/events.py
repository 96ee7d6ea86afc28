"""Events as an agency would send them; every argument has a harmless default."""

import itertools
import uuid
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec

from services.scoring.domain.elements import CODES

_COUNTER = itertools.count(1)
SUBMITTED = "id.rancak.feedback.submitted.v1"


def answer(
    *,
    service: str = "dpmptsp.nib",
    event_id: str | None = None,
    score: int = 4,
    scores: dict[str, Any] | None = None,
    **changes: Any,
) -> dict[str, Any]:
    """A feedback event; `changes` replace members of the envelope, `data_…` members of the data."""
    data = {
        "service": service,
        "place": "mpp",
        "series": "agency",
        "answers": scores if scores is not None else dict.fromkeys(CODES, score),
    }
    data |= {
        name.removeprefix("data_"): value
        for name, value in changes.items()
        if name.startswith("data_")
    }
    envelope = {
        "specversion": "1.0",
        "id": event_id or f"e-{next(_COUNTER)}-{uuid.uuid4().hex[:8]}",
        "source": f"/agencies/{service.partition('.')[0]}",
        "type": SUBMITTED,
        "time": datetime.now(UTC).isoformat(timespec="seconds"),
        "datacontenttype": "application/json",
        "data": data,
    }
    return envelope | {
        name: value for name, value in changes.items() if not name.startswith("data_")
    }


def batch(events: dict[str, Any] | Sequence[dict[str, Any]]) -> bytes:
    """One event or many as JSON."""
    return msgspec.json.encode(events)


def told(
    kind: str, *, at: datetime, reference: str = "IMB-417", sequence: int | None = None, **data: Any
) -> dict[str, Any]:
    """An event of an application; `from` is the agency that tells it, `service` as in `answer`."""
    event = _of_case("application", kind, at, {"reference": reference, **data})
    return event if sequence is None else event | {"sequence": sequence}


def complained(
    kind: str, *, at: datetime, reference: str = "ADU-88", **data: Any
) -> dict[str, Any]:
    """An event of a complaint; `from` and `service` as in `told`."""
    return _of_case("complaint", kind, at, {"reference": reference, **data})


def _of_case(what: str, kind: str, at: datetime, data: dict[str, Any]) -> dict[str, Any]:
    service = data.pop("service", "dpmptsp.imb")
    teller = data.pop("from", service.partition(".")[0])
    return {
        "specversion": "1.0",
        "id": f"{data['reference']}-{kind}-{next(_COUNTER)}-{uuid.uuid4().hex[:8]}",
        "source": f"/agencies/{teller}",
        "type": f"id.rancak.{what}.{kind}.v1",
        "time": at.isoformat(),
        "datacontenttype": "application/json",
        "data": {"service": service, "place": "mpp", **data},
    }
