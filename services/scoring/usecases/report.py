"""The survey report of a scope and period: of its public figure, or of an agency's own answers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from fractions import Fraction

from sqlalchemy.ext.asyncio import AsyncConnection

from services.scoring.domain import ikm
from services.scoring.domain import period as periods
from services.scoring.domain.elements import CODES, SERIES
from services.scoring.domain.figure import pooled
from services.scoring.domain.ikm import WeightMethod
from services.scoring.domain.period import Grain, Period
from services.scoring.domain.publication.cells import LIMIT, LIMIT_WITHIN_AGENCY
from services.scoring.domain.publication.shown import shown_profile
from services.scoring.domain.report import (
    Attribute,
    Cell,
    ElementRow,
    Receipt,
    Report,
    TrendPoint,
    UnitRow,
    element_rows,
)
from services.scoring.domain.scope import CITY, Kind, Scope
from services.scoring.domain.statistics.interval import interval_of
from services.scoring.domain.statistics.letter import letter_of, words_for
from services.scoring.domain.statistics.sample import is_provisional, minimum_sample
from services.scoring.store import figures, profile, registry
from services.scoring.store import index as store
from services.scoring.usecases.figure_body import FigureBody
from services.scoring.usecases.index_answer import UnknownScope
from services.scoring.usecases.public import overview
from services.scoring.usecases.publish import read

PERIODS_BEFORE = 8
_BELOW = {Kind.CITY: Kind.AGENCY, Kind.AGENCY: Kind.SERVICE, Kind.PLACE: Kind.SERVICE}


class NotClosed(LookupError):
    """The period goes on, or nothing of it is public: there is no public report of it."""


class Withheld(LookupError):
    """Some element was answered by too few to be told: the public report would have holes."""


@dataclass(frozen=True, slots=True)
class ReportOf:
    """Which report. `population` is the number of users of the period, if it was declared."""

    scope: Scope
    period: Period
    method: WeightMethod = WeightMethod.EXACT
    population: int | None = None


async def public_report(
    connection: AsyncConnection, asked: ReportOf, *, now: datetime, public_url: str
) -> Report:
    """Of the figure that holds now. Raises UnknownScope, NotClosed or Withheld."""
    scope = str(asked.scope)
    figure = (await figures.newest(connection, [scope], str(asked.period))).get(scope)
    if figure is None:
        await _check_known(connection, asked.scope)
        raise NotClosed(scope)
    body = read(figure)
    if not body.closed or body.index is None:
        raise NotClosed(scope)
    link = f"{public_url.rstrip('/')}/angka/{body.id}"
    share = ikm.weight(len(CODES), asked.method)
    return replace(
        await _frame(connection, asked, now, body.n or 0, _told_rows(body, share)),
        interval=(body.interval.low, body.interval.high) if body.interval else None,
        series=tuple(Cell(name, n) for name, n in body.by_series.items()),
        receipt=Receipt(body.id, figure.hash.hex(), link),
        is_provisional=is_provisional(body.n or 0, asked.population),
        least_cell=LIMIT,
        doubt=_doubt(body.letter, body.perhaps),
    )


async def own_report(connection: AsyncConnection, asked: ReportOf, *, now: datetime) -> Report:
    """Of an agency's own answers as they are counted now. Raises UnknownScope."""
    reading = await store.read(connection, asked.scope, asked.period)
    if not reading.by_series:
        await _check_known(connection, asked.scope)
    pool = pooled(reading.by_series.values())
    rules = ikm.rules_on(asked.period.last)
    moments = pool.whole.moments
    interval = interval_of(moments, asked.population, asked.method) if moments else None
    index = ikm.index_of(pool.tallies, asked.method)
    letter = letter_of(pool.n, index, interval, rules)
    told = {}
    if asked.period.grain is not Grain.DAY:
        told = dict(await profile.read(connection, asked.scope, asked.period, SERIES))
    return replace(
        await _frame(connection, asked, now, pool.n, element_rows(pool, asked.method)),
        interval=(ikm.published(interval.low), ikm.published(interval.high)) if interval else None,
        series=tuple(Cell(name, part.n) for name, part in reading.by_series.items()),
        respondents=_respondents(told, pool.n),
        is_provisional=is_provisional(pool.n, asked.population),
        is_live=True,
        least_cell=LIMIT_WITHIN_AGENCY,
        doubt=words_for(letter) if letter.perhaps else None,
    )


async def _frame(
    connection: AsyncConnection,
    asked: ReportOf,
    now: datetime,
    n: int,
    elements: tuple[ElementRow, ...],
) -> Report:
    """What both kinds of report say of their subject."""
    scope, period = asked.scope, asked.period
    name = await registry.name_of(connection, str(scope))
    agency = scope.agency
    below = _BELOW.get(scope.kind)
    units = await overview(connection, below, period, scope) if below else ()
    enough = None if asked.population is None else minimum_sample(asked.population)
    return Report(
        scope=scope,
        name=name or ("Seluruh kota" if scope == CITY else scope.code),
        agency=await registry.name_of(connection, f"agency:{agency}") if agency else None,
        period=period,
        made_on=now.date(),
        n=n,
        elements=elements,
        rules=ikm.rules_on(period.last),
        weight_method=asked.method,
        population=asked.population,
        minimum=enough,
        units=tuple(
            UnitRow(unit.name, unit.n, unit.index, unit.letter) for unit in units if unit.n
        ),
        trend=await _trend(connection, scope, period),
    )


async def _trend(
    connection: AsyncConnection, scope: Scope, period: Period
) -> tuple[TrendPoint, ...]:
    """The closed figures of the periods of the same length before."""
    points = []
    for earlier in _before(period):
        found = await figures.newest(connection, [str(scope)], str(earlier))
        body = read(found[str(scope)]) if found else None
        if body and body.closed:
            points.append(TrendPoint(earlier, body.n, body.index, body.letter))
    return tuple(reversed(points))


def _before(period: Period) -> Sequence[Period]:
    """The periods of the same length before one, newest first."""
    if period.grain is Grain.DAY:
        return ()
    found, first = [], period.first
    months = (period.last.year - first.year) * 12 + period.last.month - first.month + 1
    for _ in range(PERIODS_BEFORE):
        number = first.year * 12 + first.month - 1 - months
        first = date(number // 12, number % 12 + 1, 1)
        found.append(periods.parse(_name(first, months)))
    return found


def _name(first: date, months: int) -> str:
    part = (first.month - 1) // months + 1
    names = {
        1: f"-{first.month:02d}",
        3: f"-Q{part}",
        6: f"-S{part}",
        12: "",
    }
    return f"{first.year:04d}{names[months]}"


def _told_rows(body: FigureBody, share: Fraction) -> tuple[ElementRow, ...]:
    rows = []
    for code in CODES:
        told = body.elements[code]
        if told.n is None or told.sum is None:
            raise Withheld(code)
        rows.append(ElementRow(code, told.n, told.sum, share))
    return tuple(rows)


def _respondents(told: Mapping[str, Mapping[str, int]], n: int) -> tuple[Attribute, ...]:
    attributes = []
    for code, counts in told.items():
        seen = shown_profile(list(counts.values()), n, LIMIT_WITHIN_AGENCY)
        if seen is not None and any(counts.values()):
            cells = [Cell(value, cell) for value, cell in zip(counts, seen.cells, strict=True)]
            attributes.append(Attribute(code, (*cells, Cell("unstated", seen.rest))))
    return tuple(attributes)


def _doubt(letter: str | None, perhaps: Sequence[str]) -> tuple[str, str] | None:
    if letter is None or not perhaps:
        return None
    return (
        f"{letter}, mungkin {' atau '.join(perhaps)}",
        f"{letter}, perhaps {' or '.join(perhaps)}",
    )


async def _check_known(connection: AsyncConnection, scope: Scope) -> None:
    if scope != CITY and await registry.name_of(connection, str(scope)) is None:
        raise UnknownScope(str(scope))
