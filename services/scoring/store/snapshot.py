"""All counters as they stand, which events they must hold, and putting them right."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from sqlalchemy import ARRAY, BigInteger, bindparam, text
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.elements import TextClause

from services.scoring.domain.corrections import Correction
from services.scoring.domain.fold import COLUMNS, KEYS, Key
from services.scoring.store import corrections, external
from services.scoring.store.external import External, Place
from services.scoring.store.rollup import key_arrays, key_parameter
from shared.consume import checkpoint, dead_letters
from shared.consume.spans import Span, without

_ROWS_A_TIME = 5_000
_HOLD = text("LOCK TABLE checkpoint IN EXCLUSIVE MODE")
_DEAD = text("SELECT stream, sequence FROM dead_letter WHERE attempts >= :most ORDER BY 1, 2")

Rows = dict[Key, tuple[int, ...]]
Applied = Mapping[str, Sequence[Span]]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What is counted (rows by table), of which events, and the corrections in force.

    Read it in one REPEATABLE READ.
    """

    applied: Applied
    rows: Mapping[str, Rows]
    in_force: Mapping[str, Sequence[Correction]]
    externals: Mapping[Place, External]


def _all(table: str) -> TextClause:
    key = ", ".join(f"{name}::text" for name in KEYS[table])
    return text(f"SELECT {key}, {', '.join(COLUMNS[table])} FROM {table}")


def _put(table: str) -> TextClause:
    key, columns = KEYS[table], COLUMNS[table]
    names = (*key, *columns)
    put = ", ".join(f"{name} = excluded.{name}" for name in columns)
    return text(
        f"INSERT INTO {table} ({', '.join(names)}) "
        f"SELECT * FROM unnest({', '.join(f':{name}' for name in names)}) "
        f"ON CONFLICT ({', '.join(key)}) DO UPDATE SET {put}"
    ).bindparams(
        *map(key_parameter, key), *(bindparam(name, type_=ARRAY(BigInteger)) for name in columns)
    )


def _remove(table: str) -> TextClause:
    key = KEYS[table]
    return text(
        f"DELETE FROM {table} WHERE ({', '.join(key)}) IN "
        f"(SELECT * FROM unnest({', '.join(f':{name}' for name in key)}))"
    ).bindparams(*map(key_parameter, key))


_ALL = {table: _all(table) for table in KEYS}
_PUT = {table: _put(table) for table in KEYS}
_REMOVE = {table: _remove(table) for table in KEYS}


async def read(connection: AsyncConnection, topic: str) -> Snapshot:
    """Everything as of now."""
    applied = await read_applied(connection, topic)
    return Snapshot(
        applied,
        {table: await read_rows(connection, table) for table in KEYS},
        await corrections.all_in_force(connection),
        await external.read_all(connection),
    )


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
    """All rows of a table."""
    rows: Rows = {}
    width = len(KEYS[table])
    async with connection.stream(_ALL[table]) as result:
        async for row in result:
            rows[tuple(row[:width])] = tuple(row[width:])
    return rows


async def hold_counting(connection: AsyncConnection) -> None:
    """Nothing is counted until the transaction ends; everybody may go on reading."""
    await connection.execute(_HOLD)


async def put(connection: AsyncConnection, table: str, rows: Rows) -> None:
    """Make these rows exactly so."""
    for keys in _batches(sorted(rows)):
        values = zip(*(rows[key] for key in keys), strict=True)
        columns = dict(zip(COLUMNS[table], map(list, values), strict=True))
        await connection.execute(_PUT[table], {**key_arrays(KEYS[table], keys), **columns})


async def remove(connection: AsyncConnection, table: str, keys: Iterable[Key]) -> None:
    """Take rows out."""
    for batch in _batches(sorted(keys)):
        await connection.execute(_REMOVE[table], key_arrays(KEYS[table], batch))


def _batches(keys: Sequence[Key]) -> Iterable[list[Key]]:
    left = iter(keys)
    while batch := list(islice(left, _ROWS_A_TIME)):
        yield batch
