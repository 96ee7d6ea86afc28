"""Events that could not be applied: tried five times, then set aside with their reason."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.log.run import Run

MAX_ATTEMPTS = 5
_COUNT = text("""
    INSERT INTO dead_letter (stream, sequence, attempts, reason, event)
    VALUES (:stream, :sequence, 1, :reason, :event)
    ON CONFLICT (stream, sequence) DO UPDATE
    SET attempts = dead_letter.attempts + 1, reason = excluded.reason, at = now()
    RETURNING attempts
""")
_LIST = text("""
    SELECT stream, sequence, attempts, reason, event, at FROM dead_letter
    WHERE attempts >= :most ORDER BY stream, sequence LIMIT :limit
""")
_FIND = text("""
    SELECT stream, sequence, attempts, reason, event, at FROM dead_letter
    WHERE stream = :stream AND sequence = :sequence AND attempts >= :most
""")
_FORGET = text("DELETE FROM dead_letter WHERE stream = :stream AND sequence = :sequence")


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """One event that was set aside."""

    stream: str
    sequence: int
    attempts: int
    reason: str
    event: bytes
    at: datetime


async def count_failure(connection: AsyncConnection, run: Run, reason: Exception) -> int:
    """Note one more failed attempt for a run of one event; answers how many there were."""
    values = {
        "stream": run.stream,
        "sequence": run.first,
        "reason": _short(reason),
        "event": run.body[1:-1],
    }
    return int(await connection.scalar(_COUNT, values) or 0)


async def listed(connection: AsyncConnection, *, limit: int = 1000) -> Sequence[DeadLetter]:
    """The letters that are dead, oldest sequence first."""
    rows = await connection.execute(_LIST, {"most": MAX_ATTEMPTS, "limit": limit})
    return [DeadLetter(*row) for row in rows]


async def find(connection: AsyncConnection, stream: str, sequence: int) -> DeadLetter | None:
    """One dead letter, or None."""
    values = {"stream": stream, "sequence": sequence, "most": MAX_ATTEMPTS}
    row = (await connection.execute(_FIND, values)).one_or_none()
    return DeadLetter(*row) if row else None


async def forget(connection: AsyncConnection, letter: DeadLetter) -> bool:
    """Take a letter out; answers whether it was still there."""
    values = {"stream": letter.stream, "sequence": letter.sequence}
    return (await connection.execute(_FORGET, values)).rowcount == 1


def _short(reason: Exception) -> str:
    """The database's own words without our statement, else the error's."""
    if isinstance(reason, DBAPIError):
        return f"{type(reason).__name__}: {reason.orig}"[:500]
    return f"{type(reason).__name__}: {reason}"[:500]
