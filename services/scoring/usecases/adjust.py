"""Adjust: read the log again for a correction, and add exactly what it changes to the rollups."""

from collections.abc import Callable, Mapping
from datetime import date

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from services.scoring.domain import ikm
from services.scoring.domain.corrections import concerning
from services.scoring.domain.figure import Counted, figure_of
from services.scoring.domain.fold import KEYS, MONTH, add_rows
from services.scoring.store import corrections as store
from services.scoring.store import dirty, index, questionnaires, rollup
from services.scoring.store.corrections import Adjustment
from services.scoring.store.index import as_counted
from services.scoring.store.snapshot import Rows
from services.scoring.usecases.count import Folder
from services.scoring.usecases.read_log import LogReader, stored_runs
from shared.consume.feed_client import FEED_TROUBLE
from shared.database import UNAVAILABLE
from shared.rounds import Rounds

# One may take minutes of reading.
STALLED_S = 300.0


class ServiceEffect(msgspec.Struct, frozen=True):
    """One service's year before and after."""

    service: str
    year: int
    n_before: int
    n_after: int
    index_before: str | None
    index_after: str | None


class Effect(msgspec.Struct, frozen=True):
    """What a correction changes: how many answers, and which indexes by how much."""

    answers: int
    services: list[ServiceEffect]


def adjuster(engine: AsyncEngine, reader: LogReader, after_commit: Callable[[], None]) -> Rounds:
    """Carries adjustments out, one a round; two processes at once do no harm."""

    async def work() -> bool:
        worked = await adjust_next(engine, reader)
        if worked:
            after_commit()
        return worked

    trouble = (*UNAVAILABLE, *FEED_TROUBLE)
    return Rounds("adjuster", work, stalled_s=STALLED_S, trouble=trouble)


async def adjust_next(engine: AsyncEngine, reader: LogReader) -> bool:
    """Carry out the oldest adjustment that waits; whether there was one."""
    async with engine.connect() as connection:
        waiting = await store.next_waiting(connection)
        if waiting is None:
            return False
        before = await store.of_ids(connection, waiting.stream, waiting.before)
        after = await store.of_ids(connection, waiting.stream, waiting.after)
    changed = set(before) ^ set(after)
    changes: dict[str, Rows] = {table: {} for table in KEYS}
    folder = Folder()
    if waiting.spans:
        start, end = waiting.spans[0][0] - 1, waiting.spans[-1][1]
        async for run in stored_runs(reader, waiting.stream, after=start, upto=end):
            if not concerning(run.body, changed):
                continue
            for part in run.only(waiting.spans):
                for in_force, sign in ((before, -1), (after, 1)):
                    counters, _, _ = folder.fold([part], in_force)
                    for table, rows in counters.rows().items():
                        _add(changes[table], rows, sign)
    async with engine.begin() as connection:
        if await store.hold(connection, waiting):
            await _settle(connection, waiting, changes)
    return True


def _add(changes: Rows, rows: Mapping[tuple[str, ...], tuple[int, ...]], sign: int) -> None:
    add_rows(changes, {key: tuple(sign * value for value in row) for key, row in rows.items()})


async def _settle(
    connection: AsyncConnection, waiting: Adjustment, changes: Mapping[str, Rows]
) -> None:
    moved = {
        table: dict(sorted((key, row) for key, row in rows.items() if any(row)))
        for table, rows in changes.items()
    }
    effect = await _effect(connection, moved["rollup"])
    if not waiting.is_preview:
        for table, rows in moved.items():
            await rollup.change(connection, table, rows)
        years = {(each.service, each.year): None for each in effect.services}
        await dirty.mark(connection, years)
    await store.done(connection, waiting, msgspec.json.encode(effect))


async def _effect(connection: AsyncConnection, moved: Rows) -> Effect:
    """Compared with the rollups as they are before the change."""
    by_year: dict[tuple[str, int], list[tuple[str, tuple[int, ...]]]] = {}
    for (service, _, _, grain, start, extent), row in moved.items():
        if grain == MONTH:
            by_year.setdefault((service, int(start[:4])), []).append((extent, row))
    known = await index.years(connection, sorted(by_year))
    published = await questionnaires.read(connection)
    services = []
    for (service, year), rows in sorted(by_year.items()):
        stored = known.get((service, year))
        before = stored.counted if stored else Counted()
        after = sum((as_counted(extent, row) for extent, row in rows), before)
        last = date(year, 12, 31)
        rules, weights = ikm.rules_on(last), published.weights_of(f"service:{service}", last)
        services.append(
            ServiceEffect(
                service,
                year,
                before.n,
                after.n,
                figure_of(before, rules, weights).index,
                figure_of(after, rules, weights).index,
            )
        )
    taken = sum(max(0, each.n_before - each.n_after) for each in services)
    given = sum(max(0, each.n_after - each.n_before) for each in services)
    return Effect(max(taken, given), services)
