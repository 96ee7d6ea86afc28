"""The index as it is public: the newest figure with its receipt, or sums that the gate gave out."""

from collections.abc import Sequence
from datetime import datetime
from fractions import Fraction

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from services.scoring.domain.elements import CODES, SERIES
from services.scoring.domain.ikm import WeightMethod
from services.scoring.domain.period import Grain, Period
from services.scoring.domain.publication.label import MIXED
from services.scoring.domain.publication.sums import at_place
from services.scoring.domain.scope import CITY, Kind, Scope
from services.scoring.domain.statistics.importance import extremes
from services.scoring.store import figures, publication, questionnaires, registry
from services.scoring.store.index import watermark_of
from services.scoring.usecases.figure_body import (
    NO_RECEIPT,
    FigureBody,
    figure_body,
    interval_method,
    read,
    said_by,
    weights_of,
)
from services.scoring.usecases.index_answer import (
    ElementAnswer,
    IndexAnswer,
    Question,
    series_text,
)
from services.scoring.usecases.registered import registered


class UnitAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """One agency, service or place among others, as published; `n` None: too few to be shown."""

    code: str
    name: str
    example: bool
    n: int | None
    index: str | None
    letter: str | None = msgspec.field(name="class")


async def public_index(
    connection: AsyncConnection, question: Question, *, now: datetime
) -> IndexAnswer:
    """What anybody may know. Days are never public: a label holds a month at least.

    Raises UnknownScope for a scope that is not registered and has no figure, and CannotBeCut.
    """
    scope, period = str(question.scope), str(question.period)
    newest = (await figures.newest(connection, [scope], period)).get(scope)
    called = await registered(connection, question.scope, is_used=newest is not None)
    if newest is not None and _is_headline(question):
        # A figure keeps its old name.
        body = msgspec.structs.replace(read(newest), name=called.name)
        body = await doubted(connection, body, question, now=now)
        return _answer(question, body, example=called.example, with_receipt=True)
    body = await without_receipt(connection, question, called.name, now)
    return _answer(question, body, example=called.example)


async def doubted(
    connection: AsyncConnection, figure: FigureBody, question: Question, *, now: datetime
) -> FigureBody:
    """A figure with its interval, letter and doubt by other weights or among a known number of
    users, of which no receipt tells.

    Without them while the public sums are ahead of it, and a newer figure is on its way.
    """
    if question.population is None and question.method is WeightMethod.EXACT:
        return figure
    said = await without_receipt(connection, question, figure.name, now, has_figure=True)
    is_same = (figure.n, figure.elements) == (said.n, said.elements)
    return msgspec.structs.replace(
        figure,
        interval=said.interval if is_same else None,
        letter=said.letter if is_same else figure.letter,
        perhaps=said.perhaps if is_same else [],
        provisional=said.provisional,
    )


async def overview(
    connection: AsyncConnection, unit: Kind, period: Period, within: Scope = CITY
) -> Sequence[UnitAnswer]:
    """The published index of all agencies, services or places of a scope, by code."""
    units = await registry.units(connection, unit, within)
    if within.kind is Kind.PLACE:
        return await _at_place(connection, within.code, units, period)
    low, high = f"{unit}:", f"{unit};"
    if within.kind is Kind.AGENCY:
        low, high = f"{unit}:{within.code}.", f"{unit}:{within.code}/"
    found = await figures.newest_between(connection, low, high, str(period))
    answers = []
    for known in units:
        body = said_by(found.get(f"{unit}:{known.code}"))
        answers.append(
            UnitAnswer(
                code=known.code,
                name=known.name,
                example=known.example,
                n=body.n if body else None,
                index=body.index if body else None,
                letter=body.letter if body else None,
            )
        )
    return answers


async def _at_place(
    connection: AsyncConnection, place: str, units: Sequence[registry.Known], period: Period
) -> Sequence[UnitAnswer]:
    """Services at one place have sums but no figures of their own."""
    scopes = {at_place(place, known.code): known for known in units}
    sums = await publication.sums_of(connection, scopes, period)
    closed = await publication.is_closed(connection, period)
    published = await questionnaires.read(connection)
    answers = []
    for scope, known in scopes.items():
        if scope in sums:
            body = figure_body(
                scope,
                known.name,
                period,
                sums[scope],
                NO_RECEIPT,
                closed=closed,
                weights=published.weights_of(scope, period.last),
            )
            answers.append(
                UnitAnswer(
                    code=known.code,
                    name=known.name,
                    example=known.example,
                    n=body.n,
                    index=body.index,
                    letter=body.letter,
                )
            )
    return answers


def _is_headline(question: Question) -> bool:
    return set(question.series) == set(SERIES) and question.method is WeightMethod.EXACT


async def without_receipt(
    connection: AsyncConnection,
    question: Question,
    name: str | None,
    now: datetime,
    *,
    has_figure: bool = False,
) -> FigureBody:
    """What the public sums say to a question that no figure answers: other series or weights, or
    (if it `has_figure`) the headline among a known number of users."""
    scope, period = str(question.scope), question.period
    sums = {}
    # What a headline lacks is on its way: it is public once its receipt is.
    if period.grain is not Grain.DAY and (has_figure or not _is_headline(question)):
        sums = (await publication.sums_of(connection, [scope], period)).get(scope, {})
    wanted = {*question.series, *([MIXED] if set(question.series) == set(SERIES) else [])}
    published = await questionnaires.read_for(connection, scope)
    moment = msgspec.structs.replace(NO_RECEIPT, at=now, watermark=await watermark_of(connection))
    return figure_body(
        scope,
        name,
        period,
        {series: counted for series, counted in sums.items() if series in wanted},
        moment,
        closed=await publication.is_closed(connection, period),
        weights=published.weights_of(scope, period.last, question.method),
        population=question.population,
    )


def _answer(
    question: Question, body: FigureBody, *, example: bool, with_receipt: bool = False
) -> IndexAnswer:
    told = [body.elements[code].nrr for code in CODES]
    weakest, strongest = extremes([None if nrr is None else Fraction(nrr) for nrr in told])
    return IndexAnswer(
        scope=body.scope,
        name=body.name,
        period=body.period,
        series=series_text(question.series),
        view="public",
        closed=body.closed,
        figure=body.id if with_receipt else None,
        n=body.n or 0,
        index=body.index,
        exact=body.exact,
        letter=body.letter,
        perhaps=body.perhaps,
        interval=body.interval,
        interval_method=interval_method(weights_of(body)),
        provisional=body.provisional,
        population=question.population,
        minimum=question.minimum,
        without_cost=body.without_cost,
        rule_set=body.rule_set,
        weight_method=body.weight_method,
        questionnaire=body.questionnaire,
        weights=weights_of(body).said(),
        elements={
            code: ElementAnswer(
                n=each.n,
                sum=each.sum,
                counts=None,
                nrr=each.nrr,
                index=each.index,
                letter=each.letter,
            )
            for code, each in body.elements.items()
        },
        extra={},
        external=(),
        example=example,
        importance={},
        weakest=list(weakest),
        strongest=list(strongest),
        by_series=body.by_series,
        verified=body.verified,
        as_of=body.at,
        watermark=body.watermark,
    )
