"""Which applications are past their time, by index, and which were told of and are no longer."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import DateTime, bindparam, text
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.elements import TextClause

_RETURNING = "RETURNING service, reference, place, due_at, outcome IS NOT NULL AS is_ended"
_TAKE_OVERDUE = text(f"""
    UPDATE application SET is_alerted = true WHERE (service, reference) IN (
        SELECT service, reference FROM application
        WHERE outcome IS NULL AND due_at IS NOT NULL AND NOT is_alerted AND due_at <= :now
        ORDER BY due_at LIMIT :most FOR UPDATE SKIP LOCKED
    ) {_RETURNING}
""").bindparams(bindparam("now", type_=DateTime(timezone=True)))
_TAKE_CLEARED = text(f"""
    UPDATE application SET is_alerted = false WHERE (service, reference) IN (
        SELECT service, reference FROM application
        WHERE is_alerted AND (outcome IS NOT NULL OR due_at IS NULL OR due_at > :now)
        ORDER BY service, reference LIMIT :most FOR UPDATE SKIP LOCKED
    ) {_RETURNING}
""").bindparams(bindparam("now", type_=DateTime(timezone=True)))

_WERE_OVERDUE = text("""
    SELECT reference, due_at FROM application
    WHERE service = :service AND due_at > :since AND due_at <= :until
    AND CASE WHEN outcome IS NULL THEN true ELSE is_late END ORDER BY due_at, reference
""").bindparams(
    bindparam("since", type_=DateTime(timezone=True)),
    bindparam("until", type_=DateTime(timezone=True)),
)


@dataclass(frozen=True, slots=True)
class Overdue:
    """An application that an alert is about; `due_at` is its deadline as it is known now."""

    service: str
    reference: str
    place: str
    due_at: datetime | None
    is_ended: bool


async def take_overdue(connection: AsyncConnection, now: datetime, most: int) -> Sequence[Overdue]:
    """Those past their time that nobody was told of; told once the transaction commits."""
    return await _taken(connection, _TAKE_OVERDUE, now, most)


async def take_cleared(connection: AsyncConnection, now: datetime, most: int) -> Sequence[Overdue]:
    """Those told of whose time is not up, or no longer matters; no longer told of then."""
    return await _taken(connection, _TAKE_CLEARED, now, most)


async def were_overdue(
    connection: AsyncConnection, service: str, since: datetime, until: datetime
) -> Sequence[tuple[str, datetime]]:
    """The references of those whose time was up in between, undecided; and when it was."""
    values = {"service": service, "since": since, "until": until}
    rows = await connection.execute(_WERE_OVERDUE, values)
    return [(row.reference, row.due_at) for row in rows]


async def _taken(
    connection: AsyncConnection, statement: TextClause, now: datetime, most: int
) -> Sequence[Overdue]:
    rows = await connection.execute(statement, {"now": now, "most": most})
    return sorted((Overdue(*row) for row in rows), key=lambda row: (row.service, row.reference))
