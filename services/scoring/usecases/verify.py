"""Verify: the hash chain of every stream, and every rollup against the log."""

import asyncio
import time
from collections.abc import Mapping, Sequence
from itertools import islice

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from services.scoring.store import corrections, snapshot
from services.scoring.store.snapshot import Snapshot
from services.scoring.usecases.read_log import (
    ChainCheck,
    Head,
    LogFault,
    LogReader,
    OwnLog,
    Unreadable,
    stored_runs,
)
from services.scoring.usecases.recount import (
    Difference,
    Progress,
    Recount,
    differences,
    differing,
    recount,
)
from shared.contracts import feedback

EXAMPLES = 20
SOON_S = 0.2
# Carrying out the largest correction of a city takes seconds; scoring that is down takes for ever.
PATIENCE_S = 60.0


class CorrectionsWait(RuntimeError):
    """So many corrections are in force and not in the rollups, and nobody carries them out."""

    def __init__(self, waiting: int) -> None:
        super().__init__(f"{waiting} corrections are not carried out")
        self.waiting = waiting


class StreamReport(msgspec.Struct, frozen=True):
    """One stream: how far it was checked, and what is wrong with it."""

    stream: str
    head: int
    tip: str
    faults: Sequence[LogFault]


class RollupReport(msgspec.Struct, frozen=True):
    """What counting again gave. `examples` are the first differences of `differing_rows` rows."""

    events: int
    rows: int
    differing_rows: int
    examples: Sequence[Difference]
    uncountable: Sequence[tuple[str, int]]
    missing: Sequence[LogFault] = ()
    external: Sequence[LogFault] = ()

    @property
    def is_right(self) -> bool:
        """Whether every stored counter is what the log says."""
        return not (self.differing_rows or self.uncountable or self.missing or self.external)


class Report(msgspec.Struct, frozen=True):
    """All that `rancak verify` found."""

    streams: Sequence[StreamReport]
    rollups: RollupReport

    @property
    def is_right(self) -> bool:
        """Whether nothing is wrong anywhere."""
        return self.rollups.is_right and not any(stream.faults for stream in self.streams)


async def verify(engine: AsyncEngine, log: LogReader, progress: Progress) -> Report:
    """Read both logs from their first event. `log` is intake's; our own is in our schema.

    Raises CorrectionsWait.
    """
    stored = await take_snapshot(engine)
    counted = Recount(stored.in_force)
    streams = await _check_log(log, stored, counted, progress)
    streams += await _check_log(OwnLog(engine), stored, counted, progress)
    counted.finish()
    beyond = _applied_beyond(stored, {stream.stream: stream.head for stream in streams})
    return Report(streams, rollup_report(stored, counted, beyond))


async def verify_rollups(engine: AsyncEngine, log: LogReader, progress: Progress) -> RollupReport:
    """Only the rollups: every stored counter against the applied events of the log.

    Raises CorrectionsWait.
    """
    stored = await take_snapshot(engine)
    heads = {stream: found.head for stream, found in (await log.heads()).items()}
    counted = Recount(stored.in_force)
    await recount(log, stored.applied, counted, progress)
    return rollup_report(stored, counted, _applied_beyond(stored, heads))


async def take_snapshot(engine: AsyncEngine, *, patience_s: float = PATIENCE_S) -> Snapshot:
    """Rows and checkpoint of one moment, while counting goes on.

    Raises CorrectionsWait if no correction was carried out for so long.
    """
    fewest, deadline = None, time.monotonic() + patience_s
    while True:
        async with engine.connect() as connection:
            await _see_one_moment(connection)
            waiting = await corrections.waiting(connection)
            if not waiting:
                return await snapshot.read(connection, feedback.TOPIC)
        if fewest is None or waiting < fewest:
            fewest, deadline = waiting, time.monotonic() + patience_s
        if time.monotonic() >= deadline:
            raise CorrectionsWait(waiting)
        await asyncio.sleep(SOON_S)


def rollup_report(
    stored: Snapshot, counted: Recount, missing: Sequence[LogFault] = ()
) -> RollupReport:
    """Compare; the differences of large numbers of rows are counted, the first ones named."""
    return RollupReport(
        events=counted.events,
        rows=sum(len(rows) for rows in stored.rows.values()),
        differing_rows=sum(
            len(differing(stored.rows[table], counted.rows[table])) for table in stored.rows
        ),
        examples=list(islice(differences(stored.rows, counted.rows), EXAMPLES)),
        uncountable=counted.uncountable,
        missing=missing,
        external=[
            LogFault(*place, "external")
            for place in sorted(differing(stored.externals, counted.externals))
        ],
    )


async def _see_one_moment(connection: AsyncConnection) -> None:
    await connection.execution_options(isolation_level="REPEATABLE READ")


async def _check_log(
    log: LogReader, stored: Snapshot, counted: Recount, progress: Progress
) -> list[StreamReport]:
    heads = await log.heads()
    return [
        await _check_stream(log, stream, heads[stream], stored, counted, progress)
        for stream in sorted(heads)
    ]


async def _check_stream(
    log: LogReader,
    stream: str,
    head: Head,
    stored: Snapshot,
    counted: Recount,
    progress: Progress,
) -> StreamReport:
    check = ChainCheck(stream)
    try:
        async for run in stored_runs(log, stream, upto=head.head):
            check.add(run)
            counted.add(run, stored.applied.get(stream, ()))
            progress(stream, run.last, head.head)
    except Unreadable:
        check.give_up()
    check.finish(head)
    return StreamReport(stream, head.head, head.tip, check.faults)


def _applied_beyond(stored: Snapshot, heads: Mapping[str, int]) -> list[LogFault]:
    """Streams of which more was applied than the log has: its end was cut off."""
    return [
        LogFault(stream, heads.get(stream, 0), "beyond_head")
        for stream, spans in stored.applied.items()
        if spans and spans[-1][1] > heads.get(stream, 0)
    ]
