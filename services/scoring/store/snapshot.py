"""All rollups and profiles as they stand, which events they must hold, and putting them right."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import islice
from typing import Any

from sqlalchemy import ARRAY, BigInteger, BindParameter, Date, Text, bindparam, text
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.elements import TextClause

from services.scoring.domain.fold import PROFILE_COLUMNS, ROLLUP_COLUMNS, Key
from shared.consume import checkpoint, dead_letters
from shared.consume.spans import Span, without

TABLES = {"rollup": ROLLUP_COLUMNS, "profile": PROFILE_COLUMNS}
_KEY = ("service", "place", "series", "grain", "start")
_ROWS_A_TIME = 5_000
_HOLD = text("LOCK TABLE checkpoint IN EXCLUSIVE MODE")
_DEAD = text("SELECT stream, sequence FROM dead_letter WHERE attempts >= :most ORDER BY 1, 2")

Rows = dict[Key, tuple[int, ...]]
Applied = Mapping[str, Sequence[Span]]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What is counted (rows by table), and of which events: read it in one REPEATABLE READ."""

    applied: Applied
    rows: Mapping[str, Rows]


def _all(table: str) -> TextClause:
    columns = ", ".join(TABLES[table])
    return text(f"SELECT service, place, series, grain, start::text, {columns} FROM {table}")


def _put(table: str) -> TextClause:
    columns = TABLES[table]
    names = (*_KEY, *columns)
    put = ", ".join(f"{name} = excluded.{name}" for name in columns)
    return text(
        f"INSERT INTO {table} ({', '.join(names)}) "
        f"SELECT * FROM unnest({', '.join(f':{name}' for name in names)}) "
        f"ON CONFLICT ({', '.join(_KEY)}) DO UPDATE SET {put}"
    ).bindparams(
        *_key_parameters(), *(bindparam(name, type_=ARRAY(BigInteger)) for name in columns)
    )


def _remove(table: str) -> TextClause:
    return text(
        f"DELETE FROM {table} WHERE ({', '.join(_KEY)}) IN "
        f"(SELECT * FROM unnest({', '.join(f':{name}' for name in _KEY)}))"
    ).bindparams(*_key_parameters())


def _key_parameters() -> list[BindParameter[Any]]:
    kinds = (Text, Text, Text, Text, Date)
    return [bindparam(name, type_=ARRAY(kind)) for name, kind in zip(_KEY, kinds, strict=True)]


_ALL = {table: _all(table) for table in TABLES}
_PUT = {table: _put(table) for table in TABLES}
_REMOVE = {table: _remove(table) for table in TABLES}


async def read(connection: AsyncConnection, topic: str) -> Snapshot:
    """Everything as of now."""
    applied = await read_applied(connection, topic)
    return Snapshot(applied, {table: await read_rows(connection, table) for table in TABLES})


async def read_applied(connection: AsyncConnection, topic: str) -> Applied:
    """The sequences that were counted, by stream of a topic: dead letters are not."""
    dead: dict[str, list[Span]] = {}
    for stream, sequence in await connection.execute(_DEAD, {"most": dead_letters.MAX_ATTEMPTS}):
        dead.setdefault(stream, []).append((sequence, sequence))
    known = await checkpoint.read_all(connection, attempts=dead_letters.MAX_ATTEMPTS)
    return {
        stream: without(spans, dead.get(stream, []))
        for stream, spans, _ in known
        if stream.partition(".")[0] == topic
    }


async def read_rows(connection: AsyncConnection, table: str) -> Rows:
    """All rows of `rollup` or `profile`."""
    rows: Rows = {}
    async with connection.stream(_ALL[table]) as result:
        async for service, place, series, grain, start, *counters in result:
            rows[service, place, series, grain, start] = tuple(counters)
    return rows


async def hold_counting(connection: AsyncConnection) -> None:
    """Nothing is counted until the transaction ends; everybody may go on reading."""
    await connection.execute(_HOLD)


async def put(connection: AsyncConnection, table: str, rows: Rows) -> None:
    """Make these rows exactly so."""
    for keys in _batches(sorted(rows)):
        values = zip(*(rows[key] for key in keys), strict=True)
        columns = dict(zip(TABLES[table], map(list, values), strict=True))
        await connection.execute(_PUT[table], {**_arrays(keys), **columns})


async def remove(connection: AsyncConnection, table: str, keys: Iterable[Key]) -> None:
    """Take rows out."""
    for batch in _batches(sorted(keys)):
        await connection.execute(_REMOVE[table], _arrays(batch))


def _batches(keys: Sequence[Key]) -> Iterable[list[Key]]:
    left = iter(keys)
    while batch := list(islice(left, _ROWS_A_TIME)):
        yield batch


def _arrays(keys: Sequence[Key]) -> dict[str, object]:
    services, places, series, grains, starts = (list(column) for column in zip(*keys, strict=True))
    days = [date.fromisoformat(start) for start in starts]
    return dict(zip(_KEY, (services, places, series, grains, days), strict=True))
