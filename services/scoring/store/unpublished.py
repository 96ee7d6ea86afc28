"""What waits for the publisher: services that moved, figures to be made, closings to be told."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ARRAY, Date, DateTime, Integer, Text, bindparam, text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.scoring.domain.period import Period

_MOVED = (
    bindparam("services", type_=ARRAY(Text)),
    bindparam("years", type_=ARRAY(Integer)),
)
_PAIRS = (bindparam("scopes", type_=ARRAY(Text)), bindparam("periods", type_=ARRAY(Text)))
_MARK = text("""
    INSERT INTO unpublished (service, year, since, moved_at)
    SELECT service, year, :now, :now FROM unnest(:services, :years) AS moved (service, year)
    ON CONFLICT (service, year) DO UPDATE SET moved_at = excluded.moved_at, looked_at = NULL
""").bindparams(*_MOVED)
_FRESH = text("""
    UPDATE unpublished SET looked_at = :now WHERE (service, year) IN (
        SELECT service, year FROM unpublished WHERE looked_at IS NULL
        ORDER BY service, year LIMIT :most FOR UPDATE SKIP LOCKED
    ) RETURNING service, year
""")
_QUIET = text("""
    SELECT year FROM unpublished GROUP BY year
    HAVING max(moved_at) < :quiet OR min(since) < :patient ORDER BY year
""")
_WAITING = text("SELECT service, moved_at FROM unpublished WHERE year = :year").bindparams(
    bindparam("year", type_=Integer)
)
_SETTLE = text("""
    DELETE FROM unpublished USING unnest(:services, :moved) AS seen (service, moved_at)
    WHERE year = :year AND unpublished.service = seen.service
    AND unpublished.moved_at = seen.moved_at
""").bindparams(
    bindparam("year", type_=Integer),
    bindparam("services", type_=ARRAY(Text)),
    bindparam("moved", type_=ARRAY(DateTime(timezone=True))),
)
_WAIT_ANEW = text("UPDATE unpublished SET since = :now WHERE year = :year").bindparams(
    bindparam("year", type_=Integer)
)
_ORDER = text("""
    INSERT INTO figure_due (period, scope)
    SELECT period, scope FROM unnest(:periods, :scopes) AS due (period, scope)
    ON CONFLICT DO NOTHING
""").bindparams(*_PAIRS)
_ORDER_CLOSED = text("""
    INSERT INTO figure_due (period, scope)
    SELECT DISTINCT closed.period, scope
    FROM unnest(:periods, :firsts, :lasts) AS closed (period, first, last)
    JOIN published ON published.start >= closed.first AND published.last <= closed.last
    WHERE scope NOT LIKE 'at:%' ON CONFLICT DO NOTHING
""").bindparams(
    bindparam("periods", type_=ARRAY(Text)),
    bindparam("firsts", type_=ARRAY(Date)),
    bindparam("lasts", type_=ARRAY(Date)),
)
_TAKE_DUE = text("""
    DELETE FROM figure_due WHERE (period, scope) IN (
        SELECT period, scope FROM figure_due ORDER BY period, scope LIMIT :most
    ) RETURNING period, scope
""")
_CLOSING = text("""
    INSERT INTO closing (period, after_figure)
    SELECT period, (SELECT figures FROM publication) FROM unnest(:periods) AS closed (period)
    ON CONFLICT DO NOTHING
""").bindparams(bindparam("periods", type_=ARRAY(Text)))
_TAKE_CLOSED = text("""
    WITH told AS (DELETE FROM closing RETURNING period, after_figure)
    SELECT period, count(*)::int AS figures FROM told JOIN figure USING (period)
    WHERE figure.number > after_figure GROUP BY period
""")


@dataclass(frozen=True, slots=True)
class Waiting:
    """The services of a year that wait to be looked at, each with when it moved last."""

    year: int
    moved: Sequence[tuple[str, datetime]]


async def mark(
    connection: AsyncConnection, moved: Sequence[tuple[str, int]], now: datetime
) -> None:
    """Say that answers of these services and years were counted."""
    if moved:
        values = {"services": [each for each, _ in moved], "years": [year for _, year in moved]}
        await connection.execute(_MARK, {**values, "now": now})


async def take_fresh(
    connection: AsyncConnection, now: datetime, most: int
) -> list[tuple[str, int]]:
    """Some of what moved since somebody looked."""
    rows = await connection.execute(_FRESH, {"now": now, "most": most})
    return sorted((service, year) for service, year in rows)


async def quiet_years(
    connection: AsyncConnection, *, quiet: datetime, patient: datetime
) -> list[int]:
    """The years where nothing moved since `quiet`, or that have waited since before `patient`."""
    rows = await connection.execute(_QUIET, {"quiet": quiet, "patient": patient})
    return [year for (year,) in rows]


async def waiting(connection: AsyncConnection, year: int) -> Waiting:
    """What of a year waits now: for `settle`, once all of it was looked at."""
    rows = await connection.execute(_WAITING, {"year": year})
    return Waiting(year, [(service, moved_at) for service, moved_at in rows])


async def settle(connection: AsyncConnection, seen: Waiting, now: datetime) -> None:
    """All that waited was looked at; what moved again in the meantime starts to wait anew."""
    values = {
        "year": seen.year,
        "services": [service for service, _ in seen.moved],
        "moved": [moved_at for _, moved_at in seen.moved],
    }
    await connection.execute(_SETTLE, values)
    await connection.execute(_WAIT_ANEW, {"year": seen.year, "now": now})


async def order(connection: AsyncConnection, due: Iterable[tuple[str, str]]) -> None:
    """Say that the figures of these scopes and periods are to be made."""
    ordered = sorted(due)
    if ordered:
        values = {"scopes": [each for each, _ in ordered], "periods": [name for _, name in ordered]}
        await connection.execute(_ORDER, values)


async def order_closed(connection: AsyncConnection, closed: Collection[Period]) -> None:
    """The same of all scopes of periods that closed just now, whose end is to be told then."""
    periods = {
        "periods": [str(each) for each in closed],
        "firsts": [each.first for each in closed],
        "lasts": [each.last for each in closed],
    }
    await connection.execute(_ORDER_CLOSED, periods)
    await connection.execute(_CLOSING, {"periods": periods["periods"]})


async def take_due(connection: AsyncConnection, most: int) -> list[tuple[str, str]]:
    """Some (period, scope) whose figures are to be made, in order."""
    return sorted(
        (period, scope) for period, scope in await connection.execute(_TAKE_DUE, {"most": most})
    )


async def take_closed(connection: AsyncConnection) -> dict[str, int]:
    """The periods to be told of as closed: how many figures each got, where there are any."""
    rows = await connection.execute(_TAKE_CLOSED)
    return {row.period: row.figures for row in rows}
