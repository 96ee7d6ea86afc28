"""Sums over rollup rows: everything that figures are made of, each in one statement.

One statement is one snapshot: the watermark beside the sums says exactly what they hold.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import msgspec
from sqlalchemy import ARRAY, Date, Integer, Text, bindparam, text
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.elements import TextClause

from services.scoring.domain.elements import CODES, SCORES
from services.scoring.domain.figure import Counted, Whole
from services.scoring.domain.fold import ROLLUP_COLUMNS, SUMS, WHOLE
from services.scoring.domain.ikm import Tally
from services.scoring.domain.period import Grain, Period
from services.scoring.domain.scope import CITY, Kind, Scope
from services.scoring.store.registry import EXAMPLE, NAME, Called

SUMMED = ", ".join(f"sum({column})" for column in ROLLUP_COLUMNS)
WITHIN = {
    Kind.CITY: "true",
    Kind.AGENCY: "service BETWEEN :low AND :high",
    Kind.SERVICE: "service BETWEEN :low AND :high",
    Kind.PLACE: "place = :code",
}
DURING = "grain = :grain AND start BETWEEN :first AND :last"
_UNIT = {
    Kind.AGENCY: "split_part(service, '.', 1)",
    Kind.SERVICE: "service",
    Kind.PLACE: "place",
}
# Up to which sequence every event is in; some later ones may be in too while a hole is healed.
_WATERMARK = """
    SELECT coalesce(jsonb_object_agg(stream, coalesce(
        (SELECT upper(part) - 1 FROM unnest(ranges) AS part WHERE lower(part) = 1), 0
    )), '{}')::text FROM checkpoint WHERE stream LIKE 'feedback.%'
"""
_WATERMARK_ALONE = text(_WATERMARK)
_PERIOD = (
    bindparam("grain", type_=Text),
    bindparam("first", type_=Date),
    bindparam("last", type_=Date),
)


def _counted(kind: Kind) -> TextClause:
    return text(f"""
        SELECT about.*, counted.*
        FROM (
            SELECT {NAME[kind]} AS name, {EXAMPLE[kind]} AS example, ({_WATERMARK}) AS watermark
        ) AS about
        LEFT JOIN (
            SELECT series, extent, {SUMMED} FROM rollup
            WHERE {WITHIN[kind]} AND {DURING} GROUP BY series, extent
        ) AS counted ON true
    """).bindparams(*_PERIOD)


def _units(unit: Kind, within: Kind) -> TextClause:
    """Units with their sums: all that are registered in a city, or a whole agency's services.

    Elsewhere (a place's services, say) those that have answers there.
    """
    everyone = within is Kind.CITY or (unit, within) == (Kind.SERVICE, Kind.AGENCY)
    belongs = "unit.agency = :code" if within is Kind.AGENCY and everyone else "true"
    return text(f"""
        SELECT unit.code, unit.name, counted.*
        FROM {unit} AS unit {"LEFT" if everyone else "INNER"} JOIN (
            SELECT {_UNIT[unit]} AS counted_code, extent, {SUMMED} FROM rollup
            WHERE {WITHIN[within]} AND {DURING} GROUP BY 1, 2
        ) AS counted ON counted_code = unit.code
        WHERE {belongs} ORDER BY unit.code
    """).bindparams(*_PERIOD)


_COUNTED = {kind: _counted(kind) for kind in Kind}
_UNITS = {(unit, within): _units(unit, within) for unit in _UNIT for within in Kind}
_YEARS = text(f"""
    SELECT rollup.service, asked.year,
        array_agg(DISTINCT rollup.place) FILTER (WHERE rollup.place <> ''), extent, {SUMMED}
    FROM unnest(:services, :years) AS asked (service, year)
    JOIN rollup ON grain = '{Grain.MONTH}' AND rollup.service = asked.service
        AND start BETWEEN make_date(asked.year, 1, 1) AND make_date(asked.year, 12, 31)
    GROUP BY 1, 2, extent
""").bindparams(bindparam("services", type_=ARRAY(Text)), bindparam("years", type_=ARRAY(Integer)))


@dataclass(frozen=True, slots=True)
class Reading:
    """What one look at the rollups saw of a scope, and what that is called."""

    called: Called
    by_series: Mapping[str, Counted]
    watermark: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Unit:
    """An agency, service or place with what was counted there."""

    code: str
    name: str
    counted: Counted


@dataclass(frozen=True, slots=True)
class ServiceYear:
    """What was counted of a service in a year, and at which places."""

    counted: Counted
    places: tuple[str, ...]


async def read(connection: AsyncConnection, scope: Scope, period: Period) -> Reading:
    """The counters of a scope and period by series, what it is called, the watermark."""
    values = values_of(period, scope)
    rows = (await connection.execute(_COUNTED[scope.kind], values)).all()
    by_series: dict[str, Counted] = {}
    for _, _, _, series, extent, *sums in rows:
        if series is not None:
            by_series[series] = by_series.get(series, Counted()) + as_counted(extent, sums)
    name, example, watermark = rows[0][:3]
    counted_upto = msgspec.json.decode(watermark, type=dict[str, int])
    return Reading(Called(name, example), by_series, counted_upto)


async def units(
    connection: AsyncConnection, unit: Kind, period: Period, within: Scope = CITY
) -> Sequence[Unit]:
    """All units of a kind within a scope, by code."""
    values = values_of(period, within, unit)
    found: dict[str, Unit] = {}
    for code, name, counted_code, extent, *sums in await connection.execute(
        _UNITS[unit, within.kind], values
    ):
        before = found[code].counted if code in found else Counted()
        counted = as_counted(extent, sums) if counted_code else Counted()
        found[code] = Unit(code, name, before + counted)
    return list(found.values())


async def years(
    connection: AsyncConnection, asked: Sequence[tuple[str, int]]
) -> dict[tuple[str, int], ServiceYear]:
    """The counters of services for a year each, all series and places together."""
    services, wanted = [service for service, _ in asked], [year for _, year in asked]
    found: dict[tuple[str, int], ServiceYear] = {}
    for service, year, places, extent, *sums in await connection.execute(
        _YEARS, {"services": services, "years": wanted}
    ):
        before = found.get((service, year), ServiceYear(Counted(), ()))
        seen = tuple(sorted({*before.places, *(places or ())}))
        found[service, year] = ServiceYear(before.counted + as_counted(extent, sums), seen)
    return found


async def watermark_of(connection: AsyncConnection) -> dict[str, int]:
    """Up to which sequence every event of each stream is counted."""
    found = await connection.scalar(_WATERMARK_ALONE)
    return msgspec.json.decode(found, type=dict[str, int])


def values_of(period: Period, scope: Scope, unit: Kind | None = None) -> dict[str, object]:
    """The parameters of WITHIN and DURING, where figures of each `unit` are wanted or of none.

    Years are kept of agencies only: whoever asks about services gets their months.
    """
    of_services = Kind.SERVICE in (scope.kind, unit)
    grain = Grain.MONTH if period.grain is Grain.YEAR and of_services else period.grain
    values: dict[str, object] = {"grain": str(grain), "first": period.first, "last": period.last}
    if scope.kind is not Kind.CITY:
        values["code"] = scope.code
    if scope.kind is Kind.AGENCY and grain is not Grain.YEAR:
        # "." and "/" are neighbours, so all services of an agency are one range of the key.
        values |= {"low": f"{scope.code}.", "high": f"{scope.code}/"}
    elif scope.kind in (Kind.AGENCY, Kind.SERVICE):
        values |= {"low": scope.code, "high": scope.code}
    return values


def as_counted(extent: str, sums: Sequence[int]) -> Counted:
    """The sums of ROLLUP_COLUMNS over answers of one extent; bigints add up to decimals."""
    n, total, total_sq = map(int, sums[: len(SUMS)])
    scores = iter(sums[len(SUMS) + len(CODES) :])
    tallies = tuple(map(Tally, zip(*[scores] * len(SCORES), strict=True)))
    if extent != WHOLE:
        return Counted(n, tallies)
    with_total = tuple(map(int, sums[len(SUMS) : len(SUMS) + len(CODES)]))
    return Counted(n, tallies, Whole(n, total, total_sq, with_total, tallies))
