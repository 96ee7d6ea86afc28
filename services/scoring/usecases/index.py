"""The index as it stands now, exact inside, rounded once on the way out; in public as published."""

from datetime import datetime

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from services.scoring.domain import ikm
from services.scoring.domain.figure import (
    Counted,
    ElementFigure,
    Figure,
    Whole,
    element_figures,
    figure_of,
    pooled,
)
from services.scoring.domain.publication.shown import own_distribution
from services.scoring.domain.statistics.importance import (
    standings,
    weakest_and_strongest,
)
from services.scoring.domain.statistics.sample import is_provisional
from services.scoring.domain.weights import Weights
from services.scoring.store import extra, questionnaires
from services.scoring.store import index as store
from services.scoring.usecases import external
from services.scoring.usecases.figure_body import (
    VERIFIED,
    bounds_of,
    interval_method,
    verified_body,
)
from services.scoring.usecases.index_answer import (
    ElementAnswer,
    ExtraAnswer,
    Importance,
    IndexAnswer,
    Question,
    series_text,
)
from services.scoring.usecases.public import public_index
from services.scoring.usecases.registered import check_known
from services.scoring.usecases.standing import doubt_of


async def index_of(
    connection: AsyncConnection, question: Question, *, now: datetime
) -> IndexAnswer:
    """The index that is asked for. Raises UnknownScope or CannotBeCut."""
    if question.view == "public":
        answer = await public_index(connection, question, now=now)
    else:
        answer = await _live_index(connection, question, now)
    reports = await external.beside(connection, question.scope, question.period, now.tzinfo)
    return msgspec.structs.replace(answer, external=reports)


async def _live_index(
    connection: AsyncConnection, question: Question, now: datetime
) -> IndexAnswer:
    reading = await store.read(connection, question.scope, question.period)
    check_known(reading.called, question.scope, is_used=bool(reading.by_series))
    published = await questionnaires.read_for(connection, str(question.scope))
    weights = published.weights_of(str(question.scope), question.period.last, question.method)
    return _live(question, reading, weights, await extras_of(connection, question), now)


async def extras_of(
    connection: AsyncConnection, question: Question
) -> dict[str, dict[str, ExtraAnswer]]:
    """The answers to agencies' own elements, by questionnaire and code."""
    tallies = await extra.read(connection, question.scope, question.period, question.series)
    if not tallies:
        return {}
    names = await questionnaires.extra_elements(connection, {name for name, _ in tallies})
    found: dict[str, dict[str, ExtraAnswer]] = {}
    for (questionnaire, code), tally in tallies.items():
        known, index = names.get(questionnaire, {}).get(code), ikm.element_index(tally)
        found.setdefault(questionnaire, {})[code] = ExtraAnswer(
            name=known.name if known else None,
            n=tally.n,
            sum=tally.total,
            counts=own_distribution(tally, tally.n),
            nrr=None if tally.nrr is None else ikm.published(tally.nrr, ikm.NRR_DECIMALS),
            index=None if index is None else ikm.published(index),
        )
    return found


def exact_of(figure: Figure) -> str | None:
    """The index before rounding as a fraction, or None."""
    return None if figure.exact is None else ikm.exact_text(figure.exact)


def importance_of(whole: Whole) -> dict[str, Importance]:
    """Each element's importance, from the whole answers; empty where it cannot be said."""
    if whole.moments is None:
        return {}
    return {
        each.code: Importance(
            importance=f"{float(each.importance):.4f}", quadrant=str(each.quadrant)
        )
        for each in standings(whole.moments, whole.tallies, whole.with_total)
        if each.importance is not None and each.quadrant is not None
    }


def _live(
    question: Question,
    reading: store.Reading,
    weights: Weights,
    extras: dict[str, dict[str, ExtraAnswer]],
    now: datetime,
) -> IndexAnswer:
    rules = ikm.rules_on(question.period.last)
    counted = {
        name: reading.by_series[name] for name in question.series if name in reading.by_series
    }
    pool = pooled(counted.values())
    figure = figure_of(pool, rules, weights)
    interval, letter = doubt_of(pool, rules, weights, question.population)
    without = weights.index_without(pool.tallies, "cost")
    weakest, strongest = weakest_and_strongest(pool.tallies)
    verified = reading.by_series.get(VERIFIED, Counted())
    return IndexAnswer(
        scope=str(question.scope),
        name=reading.called.name,
        period=str(question.period),
        series=series_text(question.series),
        view=question.view,
        closed=question.period.last < now.date(),
        figure=None,
        n=figure.n,
        index=figure.index,
        exact=exact_of(figure),
        letter=ikm.letter_of(letter.band),
        perhaps=[band.letter for band in letter.perhaps],
        interval=bounds_of(interval),
        interval_method=interval_method(weights),
        provisional=is_provisional(pool.n, question.population),
        population=question.population,
        minimum=question.minimum,
        without_cost=None if without is None else ikm.published(without),
        rule_set=rules.name,
        weight_method=str(weights.method),
        questionnaire=weights.questionnaire,
        weights=weights.said(),
        elements={
            code: _element(each, pool.n) for code, each in element_figures(pool, rules).items()
        },
        extra=extras,
        external=(),
        example=reading.called.example,
        importance=importance_of(pool.whole),
        weakest=list(weakest),
        strongest=list(strongest),
        by_series={name: part.n for name, part in counted.items()},
        verified=verified_body(figure_of(verified, rules, weights)),
        as_of=now.isoformat(timespec="seconds"),
        watermark=dict(sorted(reading.watermark.items())),
    )


def _element(element: ElementFigure, n: int) -> ElementAnswer:
    return ElementAnswer(
        n=element.tally.n,
        sum=element.tally.total,
        counts=own_distribution(element.tally, n),
        nrr=element.nrr,
        index=element.index,
        letter=ikm.letter_of(element.band),
    )
