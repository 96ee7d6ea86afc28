"""Write rollups and profiles: one upsert each, rows in the order of their key."""

from collections.abc import Collection, Mapping, Sequence
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


def _upsert(table: str, key: Sequence[str], columns: Sequence[str]) -> TextClause:
    """One statement that adds the counters of many rows, given row after row in one array."""
    names = ", ".join((*key, *columns))
    each = ", ".join(
        f"counter[(place_in - 1) * {len(columns)} + {at}]" for at in range(1, len(columns) + 1)
    )
    added = ", ".join(f"{name} = {table}.{name} + excluded.{name}" for name in columns)
    return text(
        f"WITH given AS MATERIALIZED (SELECT CAST(CAST(:counters AS text) AS integer[]) AS counter)"
        f" INSERT INTO {table} ({names})"
        f" SELECT {', '.join(f'key.{name}' for name in key)}, {each}"
        f" FROM given, unnest({', '.join(f':{name}' for name in key)})"
        f" WITH ORDINALITY AS key ({', '.join(key)}, place_in)"
        f" ON CONFLICT ({', '.join(key)}) DO UPDATE SET {added}"
    ).bindparams(*(key_parameter(name) for name in key))


def key_parameter(name: str) -> BindParameter[Any]:
    """The values of one key column, as an array."""
    return bindparam(name, type_=ARRAY(Date if name == "start" else Text))


def key_arrays(names: Sequence[str], keys: Collection[Key]) -> dict[str, object]:
    """Keys as one array for each column."""
    columns: dict[str, object] = {
        name: list(values) for name, values in zip(names, zip(*keys, strict=True), strict=True)
    }
    return columns | {"start": [date.fromisoformat(key[names.index("start")]) for key in keys]}


_ADD_ROLLUPS = _upsert("rollup", ROLLUP_KEY, ROLLUP_COLUMNS)
_ADD_PROFILES = _upsert("profile", PROFILE_KEY, PROFILE_COLUMNS)


async def add_rollups(connection: AsyncConnection, rows: Mapping[Key, tuple[int, ...]]) -> None:
    """Add counters (values of ROLLUP_COLUMNS) to the rollups; keys sorted by the fold."""
    if rows:
        await connection.execute(_ADD_ROLLUPS, _arrays(ROLLUP_KEY, rows))


async def add_profiles(connection: AsyncConnection, rows: Mapping[Key, tuple[int, ...]]) -> None:
    """Add counters (values of PROFILE_COLUMNS) to the profiles."""
    if rows:
        await connection.execute(_ADD_PROFILES, _arrays(PROFILE_KEY, rows))


def _arrays(names: Sequence[str], rows: Mapping[Key, tuple[int, ...]]) -> dict[str, object]:
    # As text: asyncpg asks of every number in a list whether it is a list itself, which took two
    # fifths of a transaction.
    counters = ",".join([str(values)[1:-1] for values in rows.values()])
    return {**key_arrays(names, rows), "counters": f"{{{counters}}}"}
