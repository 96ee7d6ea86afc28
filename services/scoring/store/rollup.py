"""Write rollups and profiles: one upsert each, rows in the order of their key."""

from collections.abc import Mapping, Sequence
from datetime import date

from sqlalchemy import ARRAY, Date, Integer, Text, bindparam, text
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.elements import TextClause

from services.scoring.domain.fold import PROFILE_COLUMNS, ROLLUP_COLUMNS, Key

_KEY = ("service", "place", "series", "grain", "start")


def _upsert(table: str, columns: Sequence[str]) -> TextClause:
    """One statement that adds arrays of counters to their rows."""
    names = ", ".join((*_KEY, *columns))
    arrays = ", ".join(f":{name}" for name in (*_KEY, *columns))
    added = ", ".join(f"{name} = {table}.{name} + excluded.{name}" for name in columns)
    return text(
        f"INSERT INTO {table} ({names}) SELECT * FROM unnest({arrays}) "
        f"ON CONFLICT ({', '.join(_KEY)}) DO UPDATE SET {added}"
    ).bindparams(
        *(bindparam(name, type_=ARRAY(Text)) for name in _KEY[:-1]),
        bindparam("start", type_=ARRAY(Date)),
        *(bindparam(name, type_=ARRAY(Integer)) for name in columns),
    )


_ADD_ROLLUPS = _upsert("rollup", ROLLUP_COLUMNS)
_ADD_PROFILES = _upsert("profile", PROFILE_COLUMNS)


async def add_rollups(connection: AsyncConnection, rows: Mapping[Key, tuple[int, ...]]) -> None:
    """Add counters (values of ROLLUP_COLUMNS) to the rollups; keys sorted by the fold."""
    if rows:
        await connection.execute(_ADD_ROLLUPS, _arrays(rows, ROLLUP_COLUMNS))


async def add_profiles(connection: AsyncConnection, rows: Mapping[Key, tuple[int, ...]]) -> None:
    """Add counters (values of PROFILE_COLUMNS) to the profiles."""
    if rows:
        await connection.execute(_ADD_PROFILES, _arrays(rows, PROFILE_COLUMNS))


def _arrays(rows: Mapping[Key, tuple[int, ...]], columns: Sequence[str]) -> dict[str, object]:
    keys = [list(column) for column in zip(*rows, strict=True)]
    keys[-1] = [date.fromisoformat(start) for start in keys[-1]]
    values = [list(column) for column in zip(*rows.values(), strict=True)]
    return dict(zip((*_KEY, *columns), (*keys, *values), strict=True))
