"""Bare COPY: the same events as rows of a table without an index; duplicates are not noticed."""

import asyncio

import asyncpg
import uvloop

from bench.city import BATCH
from bench.peers import Order, Outcome
from bench.peers.running import Prepared, Stopwatch, events_as_posted

_TABLE = "bench_copied_event"


def prepare(order: Order) -> Prepared:
    """Make the rows; the table is made and dropped outside the measured time."""
    events = events_as_posted(order.events)
    rows = [(agency, key.decode(), body.decode()) for agency, key, body in events]
    return lambda: uvloop.run(_copy(order.database_url, rows))


async def _copy(url: str, rows: list[tuple[str, str, str]]) -> Outcome:
    connection = await asyncpg.connect(url)
    await connection.execute(f"DROP TABLE IF EXISTS {_TABLE}")
    await connection.execute(f"CREATE TABLE {_TABLE} (agency text, id text, body text)")
    watch = Stopwatch()
    for start in range(0, len(rows), BATCH):
        await connection.copy_records_to_table(_TABLE, records=rows[start : start + BATCH])
    outcome = watch.outcome(len(rows))
    await connection.execute(f"DROP TABLE {_TABLE}")
    async with asyncio.timeout(5):
        await connection.close()
    return outcome
