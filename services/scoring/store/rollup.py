"""Add rows of counters: rollups, profiles; one upsert each, rows in the order of their key."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import ARRAY, BindParameter, Date, Text, bindparam, text
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.elements import TextClause

from services.scoring.domain.fold import (
    PROFILE_COLUMNS,
    PROFILE_KEY,
    ROLLUP_COLUMNS,
    ROLLUP_KEY,
    Key,
)

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


_ADD_ROLLUPS = adding("rollup", ROLLUP_KEY, ROLLUP_COLUMNS)
_ADD_PROFILES = adding("profile", PROFILE_KEY, PROFILE_COLUMNS)


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


_CHANGE_ROLLUPS = _change("rollup", ROLLUP_KEY, ROLLUP_COLUMNS)
_CHANGE_PROFILES = _change("profile", PROFILE_KEY, PROFILE_COLUMNS)
_DROP_ROLLUPS = _drop("rollup", ROLLUP_KEY, ["n"])
_DROP_PROFILES = _drop("profile", PROFILE_KEY, PROFILE_COLUMNS)


async def add_rollups(connection: AsyncConnection, rows: Mapping[Key, Row]) -> None:
    """Add counters (values of ROLLUP_COLUMNS) to the rollups; keys sorted by the fold."""
    if rows:
        await connection.execute(_ADD_ROLLUPS, _arrays(ROLLUP_KEY, rows))


async def add_profiles(connection: AsyncConnection, rows: Mapping[Key, Row]) -> None:
    """Add counters (values of PROFILE_COLUMNS) to the profiles."""
    if rows:
        await connection.execute(_ADD_PROFILES, _arrays(PROFILE_KEY, rows))


async def change(
    connection: AsyncConnection, rollups: Mapping[Key, Row], profiles: Mapping[Key, Row]
) -> None:
    """Add differences, some of them negative: rows that lose answers are there already.

    Rows that nothing is left of are gone, as if they had never been.
    """
    more, less = _split(rollups)
    await add_rollups(connection, more)
    if less:
        await connection.execute(_CHANGE_ROLLUPS, _arrays(ROLLUP_KEY, less))
    more, less = _split(profiles)
    await add_profiles(connection, more)
    if less:
        await connection.execute(_CHANGE_PROFILES, _arrays(PROFILE_KEY, less))
    await _drop_empty(connection, rollups, profiles)


def _split(rows: Mapping[Key, Row]) -> tuple[dict[Key, Row], dict[Key, Row]]:
    more = {key: row for key, row in rows.items() if min(row) >= 0}
    return more, {key: row for key, row in rows.items() if key not in more}


async def _drop_empty(
    connection: AsyncConnection, rollups: Collection[Key], profiles: Collection[Key]
) -> None:
    for statement, names, keys in (
        (_DROP_ROLLUPS, ROLLUP_KEY, rollups),
        (_DROP_PROFILES, PROFILE_KEY, profiles),
    ):
        if keys:
            await connection.execute(statement, key_arrays(names, keys))


def _arrays(names: Sequence[str], rows: Mapping[Key, Row]) -> dict[str, object]:
    return {**key_arrays(names, rows), "counters": packed(rows.values())}


def packed(rows: Iterable[Row]) -> str:
    """The counters of rows, row after row, as the text of an array.

    asyncpg asks of every number in a list whether it is a list itself, which took two fifths of a
    transaction.
    """
    return f"{{{','.join([str(values)[1:-1] for values in rows])}}}"
