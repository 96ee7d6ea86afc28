"""Which applications and complaints are past their time, by index, and which were told of and are
no longer."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import DateTime, bindparam, text
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.elements import TextClause


class Kind(StrEnum):
    """What has a deadline: the name of its table."""

    APPLICATION = "application"
    COMPLAINT = "complaint"


_RETURNING = "RETURNING service, reference, place, due_at, outcome IS NOT NULL AS is_ended"


def _overdue(kind: Kind) -> TextClause:
    return text(f"""
        UPDATE {kind} SET is_alerted = true WHERE (service, reference) IN (
            SELECT service, reference FROM {kind}
            WHERE outcome IS NULL AND due_at IS NOT NULL AND NOT is_alerted AND due_at <= :now
            ORDER BY due_at LIMIT :most FOR UPDATE SKIP LOCKED
        ) {_RETURNING}
    """).bindparams(bindparam("now", type_=DateTime(timezone=True)))


def _cleared(kind: Kind) -> TextClause:
    # One look-up for each reason, as each has its index: with OR all would be read.
    return text(f"""
        WITH gone AS (
            SELECT service, reference FROM {kind} WHERE is_alerted AND outcome IS NOT NULL
            UNION ALL SELECT service, reference FROM {kind}
            WHERE is_alerted AND outcome IS NULL AND due_at IS NULL
            UNION ALL SELECT service, reference FROM {kind}
            WHERE is_alerted AND outcome IS NULL AND due_at > :now
            LIMIT :most
        )
        UPDATE {kind} SET is_alerted = false WHERE (service, reference) IN (
            SELECT service, reference FROM {kind} JOIN gone USING (service, reference)
            ORDER BY service, reference FOR UPDATE OF {kind} SKIP LOCKED
        ) {_RETURNING}
    """).bindparams(bindparam("now", type_=DateTime(timezone=True)))


_TAKE_OVERDUE = {kind: _overdue(kind) for kind in Kind}
_TAKE_CLEARED = {kind: _cleared(kind) for kind in Kind}

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
    """What an alert is about; `due_at` is its deadline as it is known now."""

    service: str
    reference: str
    place: str
    due_at: datetime | None
    is_ended: bool


async def take_overdue(
    connection: AsyncConnection, kind: Kind, now: datetime, most: int
) -> Sequence[Overdue]:
    """Those past their time that nobody was told of; told once the transaction commits."""
    return await _taken(connection, _TAKE_OVERDUE[kind], now, most)


async def take_cleared(
    connection: AsyncConnection, kind: Kind, now: datetime, most: int
) -> Sequence[Overdue]:
    """Those told of whose time is not up, or no longer matters; no longer told of then."""
    return await _taken(connection, _TAKE_CLEARED[kind], now, most)


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
