"""Rebuild: make what is counted and reported what the log says; the system goes on working."""

from collections.abc import Mapping

import msgspec
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from services.scoring.domain.fold import MONTH
from services.scoring.store import corrections, dirty, external, snapshot
from services.scoring.store.snapshot import Applied, Rows, Snapshot
from services.scoring.usecases.read_log import LogReader
from services.scoring.usecases.recount import Progress, Recount, differing, recount
from shared.consume.spans import size, without
from shared.contracts import feedback

# Consumers wait meanwhile and the healer brings them up to date afterwards; a limit all the same.
_LIMITS = (
    text("SET LOCAL idle_in_transaction_session_timeout = '60s'"),
    text("SET LOCAL lock_timeout = '60s'"),
)


class LogIncomplete(RuntimeError):
    """The log has not, or this code cannot count, all that was applied: nothing was changed."""


class CorrectedMeanwhile(LogIncomplete):
    """What was counted is counted otherwise by now: nothing was changed."""


class Rebuilt(msgspec.Struct, frozen=True):
    """What a rebuild did: events counted, and rows that had to be put right."""

    events: int
    rows: int
    put_right: int
    removed: int


async def rebuild(engine: AsyncEngine, log: LogReader, progress: Progress) -> Rebuilt:
    """Count everything again, then lock the checkpoints, count the rest and replace what differs.

    Only rows that differ are written, so a rebuild of right rollups writes nothing. Raises
    LogIncomplete.
    """
    async with engine.connect() as connection:
        before = await snapshot.read_applied(connection, feedback.TOPIC)
        in_force = await corrections.all_in_force(connection)
    counted = Recount(in_force)
    await recount(log, before, counted, progress)
    async with engine.begin() as connection:
        for limit in _LIMITS:
            await connection.execute(limit)
        await snapshot.hold_counting(connection)
        stored = await snapshot.read(connection, feedback.TOPIC)
        await recount(log, _since(before, stored.applied), counted, lambda *_: None)
        if stored.in_force != in_force:
            raise CorrectedMeanwhile("a correction came while counting: run it again")
        _check_complete(stored.applied, counted)
        await corrections.settle_all(connection)
        return await _replace(connection, stored, counted)


def _check_complete(applied: Applied, counted: Recount) -> None:
    wanted = sum(size(spans) for spans in applied.values())
    if counted.uncountable:
        stream, sequence = counted.uncountable[0]
        raise LogIncomplete(f"event {stream}:{sequence} was applied and cannot be counted now")
    if counted.events != wanted:
        raise LogIncomplete(f"the log has {counted.events} of the {wanted} events applied")


def _since(before: Applied, now: Applied) -> Applied:
    return {stream: without(spans, before.get(stream, ())) for stream, spans in now.items()}


async def _replace(connection: AsyncConnection, stored: Snapshot, counted: Recount) -> Rebuilt:
    put_right = removed = 0
    for table, rows in counted.rows.items():
        wrong = differing(stored.rows[table], rows)
        right: Rows = {key: rows[key] for key in wrong if key in rows}
        await snapshot.put(connection, table, right)
        await snapshot.remove(connection, table, wrong - right.keys())
        put_right += len(right)
        removed += len(wrong) - len(right)
    misread = differing(stored.externals, counted.externals)
    reports = [counted.externals[place] for place in misread if place in counted.externals]
    await external.remove(connection, misread)
    await external.add(connection, reports)
    put_right += len(reports)
    removed += len(misread) - len(reports)
    await dirty.mark(connection, _moved(stored.rows, counted.rows))
    return Rebuilt(
        events=counted.events,
        rows=sum(len(rows) for rows in counted.rows.values()),
        put_right=put_right,
        removed=removed,
    )


def _moved(
    stored: Mapping[str, Rows], counted: Mapping[str, Rows]
) -> dict[tuple[str, int], str | None]:
    """The indexes that a rebuild moved are announced like any other."""
    return {
        (service, int(start[:4])): None
        for service, _, _, grain, start, _ in differing(stored["rollup"], counted["rollup"])
        if grain == MONTH
    }
