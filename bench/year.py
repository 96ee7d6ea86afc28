"""Fills scoring's rollups with a year of days of every service, as counting leaves them."""

from collections.abc import Iterator
from datetime import date, timedelta
from random import Random

import asyncpg

from bench.city import PLACE, SERVICES, YEAR
from services.scoring.domain.elements import CODES
from services.scoring.domain.fold import (
    DAY,
    ROLLUP_COLUMNS,
    ROLLUP_KEY,
    WHOLE,
    rollup_rows,
    scores_as_counters,
)

SERIES = ("agency", "assisted")
DAYS = 365
_KINDS = 97
_COARSER = f"""
    INSERT INTO scoring.rollup ({", ".join((*ROLLUP_KEY, *ROLLUP_COLUMNS))})
    SELECT CASE $1 WHEN 'y' THEN split_part(service, '.', 1) ELSE service END,
           place, series, $1, date_trunc($2, start)::date, extent,
           {", ".join(f"sum({column})" for column in ROLLUP_COLUMNS)}
    FROM scoring.rollup WHERE grain = $3 GROUP BY 1, 2, 3, 5, 6
"""

Counters = tuple[int, ...]


async def fill_year(connection: "asyncpg.Connection") -> int:
    """Store days (in the order in which they would come), months and the year; answers the rows."""
    kinds = [_counters(Random(kind)) for kind in range(_KINDS)]
    for number in range(DAYS):
        await connection.copy_records_to_table(
            "rollup",
            schema_name="scoring",
            columns=[*ROLLUP_KEY, *ROLLUP_COLUMNS],
            records=_day(date(int(YEAR), 1, 1) + timedelta(number), kinds),
        )
    for grain, unit, finer in (("m", "month", "d"), ("y", "year", "m")):
        await connection.execute(_COARSER, grain, unit, finer)
    await connection.execute("VACUUM ANALYZE scoring.rollup")
    return int(await connection.fetchval("SELECT count(*) FROM scoring.rollup"))


def _day(day: date, kinds: list[Counters]) -> Iterator[tuple[object, ...]]:
    for number, service in enumerate(SERVICES):
        place = PLACE if number % 2 else ""
        for at, series in enumerate(SERIES):
            counters = kinds[(number * 7 + day.toordinal() * 3 + at) % _KINDS]
            yield (service, place, series, DAY, day, WHOLE, *counters)


def _counters(draw: Random) -> Counters:
    """One service's day: the values of ROLLUP_COLUMNS."""
    packed = sum(
        scores_as_counters(draw.choices((1, 2, 3, 4), (2, 6, 30, 62), k=len(CODES)))
        for _ in range(draw.randrange(1, 30))
    )
    rows = rollup_rows({("any.service", "", "open", f"{YEAR}-01-01", WHOLE): packed})
    return next(iter(rows.values()))
