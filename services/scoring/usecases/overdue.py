"""Alerts of applications and complaints whose time is up: raised once per clock, cleared when the
cause is gone.

Whichever replica is free looks, by index; rows that another one holds are passed over.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from services.scoring.domain.scope import agency_of
from services.scoring.store import overdue as store
from services.scoring.store.overdue import Kind, Overdue
from services.scoring.usecases.own_events import own_event
from shared.contracts import alerts
from shared.log import append
from shared.rounds import Rounds

A_TIME = 1_000
_OVERDUE: Mapping[Kind, alerts.Kind] = {
    Kind.APPLICATION: "application.overdue",
    Kind.COMPLAINT: "complaint.overdue",
}
# Why an alert is over: the case has ended, or it goes on.
_BECAUSE: Mapping[Kind, tuple[alerts.Because, alerts.Because]] = {
    Kind.APPLICATION: ("decided", "in_time"),
    Kind.COMPLAINT: ("settled", "moved_on"),
}


def overdue_watch(
    engine: AsyncEngine, now: Callable[[], datetime], after_commit: Callable[[], None]
) -> Rounds:
    """Looks every second; all replicas do."""

    async def look() -> bool:
        async with engine.begin() as connection:
            told = await tell_overdue(connection, now=now())
        if told:
            after_commit()
        return told >= A_TIME

    return Rounds("overdue watch", look)


async def tell_overdue(connection: AsyncConnection, *, now: datetime, most: int = A_TIME) -> int:
    """Append the alerts that are due now, and the ends of those that no longer are; how many."""
    told = [await _tell(connection, kind, now, most) for kind in Kind]
    return max(told)


def alert_of(service: str, reference: str, kind: Kind = Kind.APPLICATION) -> str:
    """The name of the cause: the clock of one application or complaint."""
    return f"{_OVERDUE[kind]}/{service}/{reference}"


async def _tell(connection: AsyncConnection, kind: Kind, now: datetime, most: int) -> int:
    raised = await store.take_overdue(connection, kind, now, most)
    cleared = await store.take_cleared(connection, kind, now, most)
    events = [own_event(alerts.RAISED, _raised(kind, each), now) for each in raised]
    events += [own_event(alerts.CLEARED, _cleared(kind, each), now) for each in cleared]
    await append(connection, {alerts.TOPIC: events})
    return max(len(raised), len(cleared))


def _raised(kind: Kind, row: Overdue) -> alerts.AlertRaised:
    return alerts.AlertRaised(
        alert=alert_of(row.service, row.reference, kind),
        kind=_OVERDUE[kind],
        service=row.service,
        agency=agency_of(row.service),
        place=row.place or None,
        reference=row.reference,
        due_at=_text(row.due_at),
    )


def _cleared(kind: Kind, row: Overdue) -> alerts.AlertCleared:
    ended, still_open = _BECAUSE[kind]
    return alerts.AlertCleared(
        alert=alert_of(row.service, row.reference, kind),
        kind=_OVERDUE[kind],
        service=row.service,
        agency=agency_of(row.service),
        place=row.place or None,
        reference=row.reference,
        because=ended if row.is_ended else still_open,
    )


def _text(moment: datetime | None) -> str:
    if moment is None:
        raise ValueError("what is overdue has a deadline")
    return moment.astimezone(UTC).isoformat(timespec="seconds")
