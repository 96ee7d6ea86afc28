"""The survey report of a scope and period: of its public figure, or of an agency's own answers."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from services.scoring.domain import ikm, stretch
from services.scoring.domain.elements import CODES, SERIES
from services.scoring.domain.figure import pooled
from services.scoring.domain.ikm import WeightMethod
from services.scoring.domain.period import Grain, Period
from services.scoring.domain.publication.cells import LIMIT, LIMIT_WITHIN_AGENCY
from services.scoring.domain.publication.shown import own_distribution
from services.scoring.domain.report import (
    Asked,
    Attribute,
    Cell,
    Receipt,
    Report,
    TrendPoint,
    UnitRow,
)
from services.scoring.domain.report_inputs import NOTHING_GIVEN, Inputs, with_inputs
from services.scoring.domain.report_rows import ElementRow, ExtraRow, element_rows
from services.scoring.domain.scope import CITY, Kind, Scope
from services.scoring.domain.statistics.letter import doubtful, words_for
from services.scoring.domain.statistics.sample import is_provisional, minimum_sample
from services.scoring.domain.weights import Weights
from services.scoring.store import extra, figures, questionnaires, registry
from services.scoring.store import index as store
from services.scoring.usecases.figure_body import (
    Bounds,
    FigureBody,
    bounds_of,
    read,
    said_by,
    weights_of,
)
from services.scoring.usecases.index_answer import Question
from services.scoring.usecases.profile import AttributeAnswer, own_tables
from services.scoring.usecases.public import doubted, overview
from services.scoring.usecases.registered import registered
from services.scoring.usecases.standing import doubt_of
from shared.contracts.questionnaire import NATIONAL_QUESTIONS

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
    inputs: Inputs = NOTHING_GIVEN


async def public_report(
    connection: AsyncConnection, asked: ReportOf, *, now: datetime, public_url: str
) -> Report:
    """Of the figure that holds now. Raises UnknownScope, NotClosed, Withheld or CannotBeCut."""
    scope = str(asked.scope)
    figure = (await figures.newest(connection, [scope], str(asked.period))).get(scope)
    if figure is None:
        await registered(connection, asked.scope)
        raise NotClosed(scope)
    body = read(figure)
    if not body.closed or body.index is None:
        raise NotClosed(scope)
    link = f"{public_url.rstrip('/')}/angka/{body.id}"
    weights = replace(weights_of(body), method=asked.method)
    rows = _told_rows(body, weights)
    question = Question(asked.scope, asked.period, method=asked.method, population=asked.population)
    said = await doubted(connection, body, question, now=now)
    return replace(
        await _frame(connection, asked, now, body.n or 0, rows),
        questionnaire_version=weights.questionnaire,
        interval=_ends(said.interval),
        series=tuple(Cell(name, n) for name, n in body.by_series.items()),
        receipt=Receipt(body.id, figure.hash.hex(), link),
        is_provisional=said.provisional,
        least_cell=LIMIT,
        doubt=doubtful(said.letter, said.perhaps) if said.letter and said.perhaps else None,
    )


async def own_report(connection: AsyncConnection, asked: ReportOf, *, now: datetime) -> Report:
    """Of an agency's own answers as they are counted now. Raises UnknownScope or CannotBeCut."""
    reading = await store.read(connection, asked.scope, asked.period)
    if not reading.by_series:
        await registered(connection, asked.scope)
    pool = pooled(reading.by_series.values())
    rules = ikm.rules_on(asked.period.last)
    published = await questionnaires.read_for(connection, str(asked.scope))
    weights = published.weights_of(str(asked.scope), asked.period.last, asked.method)
    interval, letter = doubt_of(pool, rules, weights, asked.population)
    tables = await own_tables(connection, asked.scope, asked.period, pool.n)
    rows = tuple(
        replace(row, counts=own_distribution(tally, pool.n))
        for row, tally in zip(element_rows(pool, weights), pool.tallies, strict=True)
    )
    return replace(
        await _frame(connection, asked, now, pool.n, rows),
        questionnaire_version=weights.questionnaire,
        extra=await _extra_rows(connection, asked),
        interval=_ends(bounds_of(interval)),
        series=tuple(Cell(name, part.n) for name, part in reading.by_series.items()),
        respondents=_respondents(tables),
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
    called = await registry.scope_of(connection, scope)
    agency = scope.agency
    below = _BELOW.get(scope.kind)
    units = await overview(connection, below, period, scope) if below else ()
    enough = None if asked.population is None else minimum_sample(asked.population)
    earlier = await _earlier(connection, scope, period)
    report = Report(
        scope=scope,
        name=called.name or ("Seluruh kota" if scope == CITY else scope.code),
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
        questionnaire=questions_asked(),
        is_simulated=called.example,
        trend=tuple(
            TrendPoint(each, body.n, body.index, body.letter) for each, body in earlier.items()
        ),
    )
    last = list(earlier.values())[-1:]
    before = {code: element.index for body in last for code, element in body.elements.items()}
    return with_inputs(report, asked.inputs, before)


def questions_asked() -> tuple[Asked, ...]:
    """The questions whose answers count: the nine national ones, whoever asked more."""
    return tuple(Asked(each.element, each.text, each.answers) for each in NATIONAL_QUESTIONS)


async def _earlier(
    connection: AsyncConnection, scope: Scope, period: Period
) -> dict[Period, FigureBody]:
    """The closed figures of the periods of the same length before, oldest first."""
    if period.grain is Grain.DAY:
        return {}
    earlier = stretch.before(period, PERIODS_BEFORE)
    found = await figures.newest_of(connection, str(scope), map(str, earlier))
    bodies = {each: said_by(found.get(str(each))) for each in earlier}
    return {each: body for each, body in bodies.items() if body and body.closed}


def _told_rows(body: FigureBody, weights: Weights) -> tuple[ElementRow, ...]:
    sums = []
    for code in CODES:
        told = body.elements[code]
        if told.n is None or told.sum is None:
            raise Withheld(code)
        sums.append((code, told.n, told.sum))
    shares = weights.shares([n > 0 for _, n, _ in sums])
    return tuple(ElementRow(*told, share) for told, share in zip(sums, shares, strict=True))


async def _extra_rows(connection: AsyncConnection, asked: ReportOf) -> tuple[ExtraRow, ...]:
    tallies = await extra.read(connection, asked.scope, asked.period, SERIES)
    names = await questionnaires.extra_elements(connection, {version for version, _ in tallies})
    rows = []
    for (version, code), tally in tallies.items():
        known = names.get(version, {}).get(code)
        words = (known.name.indonesian, known.name.english) if known else (code, code)
        rows.append(ExtraRow(version, code, words, tally))
    return tuple(rows)


def _respondents(tables: Mapping[str, AttributeAnswer | None]) -> tuple[Attribute, ...]:
    return tuple(
        Attribute(
            code,
            (
                *(Cell(value, count) for value, count in table.cells.items()),
                Cell("unstated", table.rest),
            ),
        )
        for code, table in tables.items()
        if table is not None
    )


def _ends(bounds: Bounds | None) -> tuple[str, str] | None:
    return None if bounds is None else (bounds.low, bounds.high)
