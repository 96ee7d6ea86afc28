"""Traces: adding what a follower read, reading those of a scope and period."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ARRAY, Date, Integer, Text, bindparam, text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.scoring.domain.elements import CODES, SCORES
from services.scoring.domain.fold import SCORE_COLUMNS, WHOLE
from services.scoring.domain.integrity.trace import (
    COUNT_BITS,
    TRACE_COUNTERS,
    TRACE_KEY,
    Key,
    Trace,
    Tracks,
    Unit,
    unpacked,
)
from services.scoring.domain.period import Period
from services.scoring.domain.scope import Kind, Scope
from services.scoring.store import index

# Whose place in the streams of feedback it is.
FOLLOWER = "integrity"
# 0.3 ms of rules each, twice that where many answer: a month of 400 services, a year of 40.
MOST_TRACES = 10_000

_TRACE = ("day", "series", "key", *TRACE_COUNTERS, "minutes")
_COLUMNS = (*TRACE_KEY, *TRACE_COUNTERS, "minutes")
# Minutes of two traces are one sorted list again, so that every order of adding gives the same.
_ADD = text(f"""
    INSERT INTO trace ({", ".join(_COLUMNS)})
    SELECT {", ".join(_COLUMNS[:-1])}, minutes::bigint[]
    FROM unnest({", ".join(f":{name}" for name in _COLUMNS)}) AS told ({", ".join(_COLUMNS)})
    ON CONFLICT ({", ".join(TRACE_KEY)}) DO UPDATE SET
        {", ".join(f"{name} = trace.{name} + excluded.{name}" for name in TRACE_COUNTERS)},
        minutes = (
            SELECT array_agg((minute << {COUNT_BITS}) + n ORDER BY minute) FROM (
                SELECT packed >> {COUNT_BITS} AS minute,
                    sum(packed & {(1 << COUNT_BITS) - 1})::bigint AS n
                FROM unnest(trace.minutes || excluded.minutes) AS packed GROUP BY 1
            ) AS merged
        )
""").bindparams(
    *(bindparam(name, type_=ARRAY(Date if name == "day" else Text)) for name in TRACE_KEY),
    *(bindparam(name, type_=ARRAY(Integer)) for name in TRACE_COUNTERS),
    bindparam("minutes", type_=ARRAY(Text)),
)
_WATERMARK = text(f"""
    SELECT split_part(stream, ':', 2) AS stream, coalesce(
        (SELECT upper(part) - 1 FROM unnest(ranges) AS part WHERE lower(part) = 1), 0
    ) AS upto FROM checkpoint WHERE stream LIKE '{FOLLOWER}:%' ORDER BY 1
""")
_DAYS = (bindparam("first", type_=Date), bindparam("last", type_=Date))
_READ = {
    kind: text(f"""
        SELECT service, place, {", ".join(_TRACE)} FROM trace
        WHERE {index.WITHIN[kind]} AND day BETWEEN :first AND :last LIMIT {MOST_TRACES + 1}
    """).bindparams(*_DAYS)
    for kind in Kind
}
_SCORES = {
    kind: text(f"""
        SELECT service, place, series, {", ".join(f"sum({name})" for name in SCORE_COLUMNS)}
        FROM rollup WHERE {index.WITHIN[kind]} AND {index.DURING} AND extent = '{WHOLE}'
        GROUP BY service, place, series
    """).bindparams(*_DAYS)
    for kind in Kind
}


class TooManyTraces(ValueError):
    """More than are judged in a few seconds."""


@dataclass(frozen=True, slots=True)
class Reading:
    """The units of a scope and period, and up to which sequences their answers are in."""

    units: Sequence[Unit]
    watermark: Mapping[str, int]


async def add(connection: AsyncConnection, tracks: Mapping[Key, Tracks]) -> None:
    """Add what was counted; rows in the order of their key."""
    if not tracks:
        return
    keys = sorted(tracks)
    values: dict[str, list[object]] = {
        name: [key[at] for key in keys] for at, name in enumerate(TRACE_KEY)
    }
    values["day"] = [date.fromisoformat(key[TRACE_KEY.index("day")]) for key in keys]
    for name in TRACE_COUNTERS:
        values[name] = [getattr(tracks[key], name) for key in keys]
    # Lists of different lengths are no array of PostgreSQL's: each travels as its text.
    values["minutes"] = [_array(tracks[key].packed()) for key in keys]
    await connection.execute(_ADD, values)


async def read(connection: AsyncConnection, scope: Scope, period: Period) -> Reading:
    """All units of a scope and period. The caller opens one snapshot. Raises TooManyTraces."""
    asked = index.values_of(period, scope, Kind.SERVICE)
    watermark = {row.stream: row.upto for row in await connection.execute(_WATERMARK)}
    traces: dict[tuple[str, str], list[Trace]] = {}
    rows = (await connection.execute(_READ[scope.kind], asked)).all()
    if len(rows) > MOST_TRACES:
        raise TooManyTraces(str(scope))
    for service, place, *values, minutes in rows:
        told = dict(zip(_TRACE, (*values, unpacked(minutes)), strict=True))
        traces.setdefault((service, place), []).append(Trace(**told))
    scores: dict[tuple[str, str], dict[str, Sequence[Sequence[int]]]] = {}
    for service, place, series, *sums in await connection.execute(_SCORES[scope.kind], asked):
        scores.setdefault((service, place), {})[series] = _by_element(sums)
    units = [
        Unit(*unit, traces=found, scores=scores.get(unit, {}))
        for unit, found in sorted(traces.items())
    ]
    return Reading(units, watermark)


def _array(values: Sequence[int]) -> str:
    return "{" + ",".join(map(str, values)) + "}"


def _by_element(sums: Sequence[int]) -> list[list[int]]:
    width = len(SCORES)
    return [[int(each) for each in sums[at * width : (at + 1) * width]] for at in range(len(CODES))]
