"""Add rows of counters to their tables; one upsert each, rows in the order of their key."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import ARRAY, BindParameter, Date, Text, bindparam, text
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.elements import TextClause

from services.scoring.domain.fold import COLUMNS, KEYS, Key

Row = tuple[int, ...]


def adding(table: str, key: Sequence[str], columns: Sequence[str]) -> TextClause:
    """One statement that adds the counters of many rows, given row after row in one array."""
    names = ", ".join((*key, *columns))
    each = ", ".join(
        f"counter[(place_in - 1) * {len(columns)} + {at}]" for at in range(1, len(columns) + 1)
    )
    added = ", ".join(f"{name} = {table}.{name} + excluded.{name}" for name in columns)
    return text(
        f"WITH given AS MATERIALIZED (SELECT CAST(CAST(:counters AS text) AS bigint[]) AS counter)"
        f" INSERT INTO {table} ({names})"
        f" SELECT {', '.join(f'key.{name}' for name in key)}, {each}"
        f" FROM given, unnest({', '.join(f':{name}' for name in key)})"
        f" WITH ORDINALITY AS key ({', '.join(key)}, place_in)"
        f" ON CONFLICT ({', '.join(key)}) DO UPDATE SET {added}"
    ).bindparams(*(key_parameter(name) for name in key))


def key_parameter(name: str) -> BindParameter[Any]:
    """The values of one key column, as an array."""
    return bindparam(name, type_=ARRAY(Date if name in ("start", "last") else Text))


def key_arrays(names: Sequence[str], keys: Collection[Key]) -> dict[str, object]:
    """Keys as one array for each column."""
    columns: dict[str, object] = {
        name: list(values) for name, values in zip(names, zip(*keys, strict=True), strict=True)
    }
    return columns | {"start": [date.fromisoformat(key[names.index("start")]) for key in keys]}


_ADD = {table: adding(table, KEYS[table], COLUMNS[table]) for table in KEYS}


def _change(table: str, key: Sequence[str], columns: Sequence[str]) -> TextClause:
    """One statement that adds to rows that are there, also less than nothing."""
    each = ", ".join(
        f"counter[(place_in - 1) * {len(columns)} + {at}] AS {name}"
        for at, name in enumerate(columns, start=1)
    )
    added = ", ".join(f"{name} = {table}.{name} + more.{name}" for name in columns)
    return text(
        f"WITH given AS MATERIALIZED (SELECT CAST(CAST(:counters AS text) AS bigint[]) AS counter)"
        f" UPDATE {table} SET {added}"
        f" FROM (SELECT {', '.join(f'key.{name}' for name in key)}, {each}"
        f" FROM given, unnest({', '.join(f':{name}' for name in key)})"
        f" WITH ORDINALITY AS key ({', '.join(key)}, place_in)) AS more"
        f" WHERE {' AND '.join(f'{table}.{name} = more.{name}' for name in key)}"
    ).bindparams(*(key_parameter(name) for name in key))


def _drop(table: str, key: Sequence[str], columns: Sequence[str]) -> TextClause:
    names = ", ".join(key)
    return text(
        f"DELETE FROM {table} WHERE ({names}) IN"
        f" (SELECT * FROM unnest({', '.join(f':{name}' for name in key)}))"
        f" AND {' AND '.join(f'{name} = 0' for name in columns)}"
    ).bindparams(*(key_parameter(name) for name in key))


_COUNTS = {**COLUMNS, "rollup": ("n",)}  # where these are zero, a row counts nothing
_CHANGE = {table: _change(table, KEYS[table], COLUMNS[table]) for table in KEYS}
_DROP = {table: _drop(table, KEYS[table], _COUNTS[table]) for table in KEYS}


async def add(connection: AsyncConnection, table: str, rows: Mapping[Key, Row]) -> None:
    """Add counters (values of the table's COLUMNS) to its rows; keys sorted by the fold."""
    if rows:
        await connection.execute(_ADD[table], _arrays(KEYS[table], rows))


async def change(connection: AsyncConnection, table: str, rows: Mapping[Key, Row]) -> None:
    """Add differences, some of them negative: rows that lose answers are there already.

    Rows that nothing is left of are gone, as if they had never been.
    """
    more, less = _split(rows)
    await add(connection, table, more)
    if less:
        await connection.execute(_CHANGE[table], _arrays(KEYS[table], less))
    if rows:
        await connection.execute(_DROP[table], key_arrays(KEYS[table], rows))


def _split(rows: Mapping[Key, Row]) -> tuple[dict[Key, Row], dict[Key, Row]]:
    more = {key: row for key, row in rows.items() if min(row) >= 0}
    return more, {key: row for key, row in rows.items() if key not in more}


def _arrays(names: Sequence[str], rows: Mapping[Key, Row]) -> dict[str, object]:
    return {**key_arrays(names, rows), "counters": packed(rows.values())}


def packed(rows: Iterable[Row]) -> str:
    """The counters of rows, row after row, as the text of an array.

    asyncpg asks of every number in a list whether it is a list itself, which took two fifths of a
    transaction.
    """
    return f"{{{','.join([str(values)[1:-1] for values in rows])}}}"
