"""Figures: published values with their receipts, each chained to the one before it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ARRAY, Text, bindparam, text
from sqlalchemy.ext.asyncio import AsyncConnection

_MOVE_TIP = text("UPDATE publication SET figures = :number, tip = :tip")
_SUPERSEDE = text("""
    UPDATE figure SET is_newest = false
    WHERE is_newest AND period = :period AND scope = ANY(:scopes)
""").bindparams(bindparam("scopes", type_=ARRAY(Text)))
_ADD = text("""
    INSERT INTO figure (number, id, scope, period, is_newest, at, body, previous, hash)
    VALUES (:number, :id, :scope, :period, true, :at, :body, :previous, :hash)
""")
_COLUMNS = "number, id, scope, period, at, body, previous, hash"
_NEWEST = text(f"""
    SELECT {_COLUMNS} FROM figure
    WHERE is_newest AND period = :period AND scope = ANY(:scopes) ORDER BY scope
""").bindparams(bindparam("scopes", type_=ARRAY(Text)))
_BETWEEN = text(f"""
    SELECT {_COLUMNS} FROM figure
    WHERE is_newest AND period = :period AND scope BETWEEN :low AND :high ORDER BY scope
""")
_OF_PERIODS = text(f"""
    SELECT {_COLUMNS} FROM figure
    WHERE is_newest AND scope = :scope AND period = ANY(:periods)
""").bindparams(bindparam("periods", type_=ARRAY(Text)))
_ALL_OF_PERIODS = text(f"""
    SELECT {_COLUMNS} FROM figure WHERE scope = :scope AND period = ANY(:periods) ORDER BY number
""").bindparams(bindparam("periods", type_=ARRAY(Text)))
_ONE = text(f"SELECT {_COLUMNS} FROM figure WHERE id = :id")
_HISTORY = text(f"""
    SELECT {_COLUMNS} FROM figure WHERE scope = :scope AND period = :period
    ORDER BY number DESC LIMIT :most
""")
_CHAIN = text(f"SELECT {_COLUMNS} FROM figure WHERE number > :after ORDER BY number LIMIT :most")


@dataclass(frozen=True, slots=True)
class Figure:
    """One row: `body` is the canonical JSON, `hash` covers it and `previous`."""

    number: int
    id: str
    scope: str
    period: str
    at: datetime
    body: bytes
    previous: bytes
    hash: bytes


async def add(connection: AsyncConnection, figures: Sequence[Figure]) -> None:
    """Store the next figures of the chain; each becomes the newest of its scope and period."""
    if not figures:
        return
    for period in sorted({figure.period for figure in figures}):
        scopes = [figure.scope for figure in figures if figure.period == period]
        await connection.execute(_SUPERSEDE, {"period": period, "scopes": scopes})
    await connection.execute(
        _ADD,
        [
            {name: getattr(figure, name) for name in Figure.__dataclass_fields__}
            for figure in figures
        ],
    )
    last = figures[-1]
    await connection.execute(_MOVE_TIP, {"number": last.number, "tip": last.hash})


async def newest(
    connection: AsyncConnection, scopes: Iterable[str], period: str
) -> dict[str, Figure]:
    """The figures that hold now, by scope."""
    rows = await connection.execute(_NEWEST, {"scopes": list(scopes), "period": period})
    return {row.scope: Figure(*row) for row in rows}


async def newest_between(
    connection: AsyncConnection, low: str, high: str, period: str
) -> dict[str, Figure]:
    """The figures that hold now of all scopes within a range of names."""
    rows = await connection.execute(_BETWEEN, {"low": low, "high": high, "period": period})
    return {row.scope: Figure(*row) for row in rows}


async def newest_of(
    connection: AsyncConnection, scope: str, periods: Iterable[str]
) -> dict[str, Figure]:
    """The figures of one scope that hold now, by period."""
    rows = await connection.execute(_OF_PERIODS, {"scope": scope, "periods": list(periods)})
    return {row.period: Figure(*row) for row in rows}


async def all_of(
    connection: AsyncConnection, scope: str, periods: Iterable[str]
) -> Sequence[Figure]:
    """All figures that one scope ever had of these periods, oldest first."""
    values = {"scope": scope, "periods": list(periods)}
    return [Figure(*row) for row in await connection.execute(_ALL_OF_PERIODS, values)]


async def by_id(connection: AsyncConnection, figure_id: str) -> Figure | None:
    """A figure, or None."""
    row = (await connection.execute(_ONE, {"id": figure_id})).one_or_none()
    return Figure(*row) if row else None


async def history(
    connection: AsyncConnection, scope: str, period: str, most: int = 100
) -> Sequence[Figure]:
    """All figures that a scope and period ever had, newest first."""
    values = {"scope": scope, "period": period, "most": most}
    return [Figure(*row) for row in await connection.execute(_HISTORY, values)]


async def chain(connection: AsyncConnection, after: int, most: int) -> Sequence[Figure]:
    """The next figures of the chain."""
    rows = await connection.execute(_CHAIN, {"after": after, "most": most})
    return [Figure(*row) for row in rows]
