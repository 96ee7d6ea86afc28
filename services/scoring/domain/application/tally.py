"""What an application adds to the deadline rollups: integers, so that what it added can be taken
back when more is known of it.

Received counts on the day of receipt, all else on the day of the decision. What is still open is
no part of them: how late it is changes by the hour.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from services.scoring.domain.application.facts import State

# Working hours from the start of the clock to the decision, each column "up to"; the last: more.
ELAPSED_UP_TO = (4, 8, 16, 24, 40, 56, 80, 112, 160, 240, 480)
ELAPSED_COLUMNS = (*(f"elapsed_{hours}" for hours in ELAPSED_UP_TO), "elapsed_more")
COLUMNS = (
    "received",
    "issued",
    "rejected",
    "withdrawn",
    "on_time",
    "late",
    "unpromised",
    "paused",
    "elapsed_minutes",
    "paused_minutes",
    "invited",
    *ELAPSED_COLUMNS,
)
KEY = ("service", "place", "grain", "start")
DAY, MONTH = "d", "m"
_AT = {name: place for place, name in enumerate(COLUMNS)}
_MINUTES_PER_HOUR = 60

# Service, place, grain, start.
Key = tuple[str, str, str, str]
Row = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Share:
    """What of an application is counted. `outcome` is a state that ends it, or None while open.

    Days are local; `is_late` None: nothing was promised; minutes None: the calendar of working days
    does not reach so far. `is_invited`: the agency has the link to an answer.
    """

    service: str
    place: str
    received_on: date | None
    decided_on: date | None
    outcome: State | None
    is_late: bool | None
    elapsed_minutes: int | None
    paused_minutes: int | None
    is_invited: bool


def counted(share: Share, times: int = 1) -> dict[Key, Row]:
    """What it adds, to the rows of its days and months; with `times` -1, what is taken back."""
    rows: dict[Key, list[int]] = {}
    for day, names in ((share.received_on, _received()), (share.decided_on, _decided(share))):
        if day is not None:
            for key in _keys(share, day):
                row = rows.setdefault(key, [0] * len(COLUMNS))
                for name, amount in names.items():
                    row[_AT[name]] += times * amount
    return {key: tuple(row) for key, row in rows.items() if any(row)}


def elapsed_column(minutes: int) -> str:
    """Into which column of the histogram a time falls: four hours sharp are "up to 4"."""
    for hours, name in zip(ELAPSED_UP_TO, ELAPSED_COLUMNS, strict=False):
        if minutes <= hours * _MINUTES_PER_HOUR:
            return name
    return ELAPSED_COLUMNS[-1]


def _keys(share: Share, day: date) -> tuple[Key, Key]:
    month = day.replace(day=1)
    return (
        (share.service, share.place, DAY, day.isoformat()),
        (share.service, share.place, MONTH, month.isoformat()),
    )


def _received() -> Mapping[str, int]:
    return {"received": 1}


def _decided(share: Share) -> Mapping[str, int]:
    """What is withdrawn was not decided: it is neither in time nor late."""
    if share.outcome is State.WITHDRAWN:
        return {"withdrawn": 1}
    kept = {None: "unpromised", True: "late", False: "on_time"}[share.is_late]
    names: dict[str, int] = {"issued" if share.outcome is State.ISSUED else "rejected": 1, kept: 1}
    if share.elapsed_minutes is not None:
        names |= {
            "elapsed_minutes": share.elapsed_minutes,
            elapsed_column(share.elapsed_minutes): 1,
        }
    if share.is_invited:
        names["invited"] = 1
    if share.paused_minutes:
        names |= {"paused": 1, "paused_minutes": share.paused_minutes}
    return names
