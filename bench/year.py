"""Fills scoring's rollups with a year of days of every service, as counting leaves them."""

from collections.abc import Iterator
from datetime import date, timedelta
from random import Random

import asyncpg

from bench.city import PLACE, SERVICES, YEAR
from services.scoring.domain.elements import CODES
from services.scoring.domain.fold import ROLLUP_COLUMNS

SERIES = ("agency", "assisted")
DAYS = 365
_KEY = ("service", "place", "series", "grain", "start")
_KINDS = 97
_COARSER = f"""
    INSERT INTO scoring.rollup ({", ".join((*_KEY, *ROLLUP_COLUMNS))})
    SELECT CASE $1 WHEN 'y' THEN split_part(service, '.', 1) ELSE service END,
           place, series, $1, date_trunc($2, start)::date,
           {", ".join(f"sum({column})" for column in ROLLUP_COLUMNS)}
    FROM scoring.rollup WHERE grain = $3 GROUP BY 1, 2, 3, 5
"""

Counters = tuple[int, ...]


async def fill_year(connection: "asyncpg.Connection") -> int:
    """Store days (in the order in which they would come), months and the year; answers the rows."""
    kinds = [_counters(Random(kind)) for kind in range(_KINDS)]
    for number in range(DAYS):
        await connection.copy_records_to_table(
            "rollup",
            schema_name="scoring",
            columns=[*_KEY, *ROLLUP_COLUMNS],
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
            yield (service, place, series, "d", day, *counters)


def _counters(draw: Random) -> Counters:
    """One service's day: n, total, total² and the scores of each element."""
    answers = [
        tuple(draw.choices((1, 2, 3, 4), (2, 6, 30, 62), k=len(CODES)))
        for _ in range(draw.randrange(1, 30))
    ]
    totals = [sum(scores) for scores in answers]
    counts = (
        sum(scores[element] == score for scores in answers)
        for element in range(len(CODES))
        for score in (1, 2, 3, 4)
    )
    return (len(answers), sum(totals), sum(total * total for total in totals), *counts)
