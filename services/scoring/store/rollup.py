"""Write rollups and profiles: one upsert each, rows in the order of their key."""

from collections.abc import Mapping, Sequence
from datetime import date

from sqlalchemy import ARRAY, Date, Text, bindparam, text
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.elements import TextClause

from services.scoring.domain.fold import PROFILE_COLUMNS, ROLLUP_COLUMNS, Key

_KEY = ("service", "place", "series", "grain", "start")


def _upsert(table: str, columns: Sequence[str]) -> TextClause:
    """One statement that adds the counters of many rows, given row after row in one array."""
    names = ", ".join((*_KEY, *columns))
    each = ", ".join(
        f"counter[(place_in - 1) * {len(columns)} + {at}]" for at in range(1, len(columns) + 1)
    )
    added = ", ".join(f"{name} = {table}.{name} + excluded.{name}" for name in columns)
    return text(
        f"WITH given AS MATERIALIZED (SELECT CAST(CAST(:counters AS text) AS integer[]) AS counter)"
        f" INSERT INTO {table} ({names})"
        f" SELECT {', '.join(f'key.{name}' for name in _KEY)}, {each}"
        f" FROM given, unnest({', '.join(f':{name}' for name in _KEY)})"
        f" WITH ORDINALITY AS key ({', '.join(_KEY)}, place_in)"
        f" ON CONFLICT ({', '.join(_KEY)}) DO UPDATE SET {added}"
    ).bindparams(
        *(bindparam(name, type_=ARRAY(Text)) for name in _KEY[:-1]),
        bindparam("start", type_=ARRAY(Date)),
    )


_ADD_ROLLUPS = _upsert("rollup", ROLLUP_COLUMNS)
_ADD_PROFILES = _upsert("profile", PROFILE_COLUMNS)


async def add_rollups(connection: AsyncConnection, rows: Mapping[Key, tuple[int, ...]]) -> None:
    """Add counters (values of ROLLUP_COLUMNS) to the rollups; keys sorted by the fold."""
    if rows:
        await connection.execute(_ADD_ROLLUPS, _arrays(rows))


async def add_profiles(connection: AsyncConnection, rows: Mapping[Key, tuple[int, ...]]) -> None:
    """Add counters (values of PROFILE_COLUMNS) to the profiles."""
    if rows:
        await connection.execute(_ADD_PROFILES, _arrays(rows))


def _arrays(rows: Mapping[Key, tuple[int, ...]]) -> dict[str, object]:
    keys = [list(column) for column in zip(*rows, strict=True)]
    keys[-1] = [date.fromisoformat(start) for start in keys[-1]]
    # As text: asyncpg asks of every number in a list whether it is a list itself, which took two
    # fifths of a transaction.
    counters = ",".join([str(values)[1:-1] for values in rows.values()])
    return {**dict(zip(_KEY, keys, strict=True)), "counters": f"{{{counters}}}"}
