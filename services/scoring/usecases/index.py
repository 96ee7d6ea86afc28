"""Answer what the index of a scope and period is: exact inside, rounded once on the way out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from services.scoring.domain import ikm
from services.scoring.domain.elements import SERIES
from services.scoring.domain.figure import (
    Counted,
    ElementFigure,
    Figure,
    element_figures,
    figure_of,
    pooled,
)
from services.scoring.domain.ikm import RuleSet, WeightMethod
from services.scoring.domain.period import Period
from services.scoring.domain.scope import CITY, Kind, Scope
from services.scoring.store import index as store
from services.scoring.store import profile

View = Literal["public", "live"]
VERIFIED = "invited"
ALL_SERIES = "all"


class UnknownScope(LookupError):
    """Nobody registered such an agency, service or place, and nothing was counted for it."""


class ElementAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """One element: its answers, how often each score 1-4 was given, its mean (NRR) and index."""

    n: int
    sum: int
    counts: tuple[int, int, int, int]
    nrr: str | None
    index: str | None
    letter: str | None = msgspec.field(name="class")


class Verified(msgspec.Struct, frozen=True, kw_only=True):
    """The index of the verified answers alone (one-use links of finished applications)."""

    n: int
    index: str | None
    letter: str | None = msgspec.field(name="class")


class IndexAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """The index of a scope and period. Without answers `n` is 0 and `index` null, never 0.

    `exact` is the fraction before rounding. `watermark` says which events are counted.
    """

    scope: str
    name: str | None
    period: str
    series: str
    view: View
    n: int
    index: str | None
    exact: str | None
    letter: str | None = msgspec.field(name="class")
    rule_set: str
    weight_method: str
    elements: dict[str, ElementAnswer]
    by_series: dict[str, int]
    verified: Verified
    as_of: str
    watermark: dict[str, int]


class UnitAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """One agency, service or place among others."""

    code: str
    name: str
    n: int
    index: str | None
    letter: str | None = msgspec.field(name="class")


@dataclass(frozen=True, slots=True)
class Question:
    """Which index is asked for, by default the headline: all series, exact weights."""

    scope: Scope
    period: Period
    series: Sequence[str] = SERIES
    method: WeightMethod = WeightMethod.EXACT
    view: View = "public"


async def index_of(
    connection: AsyncConnection, question: Question, *, now: datetime
) -> IndexAnswer:
    """The index that is asked for. Raises UnknownScope."""
    reading = await store.read(connection, question.scope, question.period)
    if reading.name is None and question.scope != CITY and not reading.by_series:
        raise UnknownScope(str(question.scope))
    return _answer(question, reading, now)


async def overview(
    connection: AsyncConnection, unit: Kind, period: Period, within: Scope = CITY
) -> Sequence[UnitAnswer]:
    """The index of all agencies, services or places of a scope, by code, in one query."""
    rules = ikm.rules_on(period.last)
    return [_unit(found, rules) for found in await store.units(connection, unit, period, within)]


async def profile_of(
    connection: AsyncConnection, scope: Scope, period: Period, series: Sequence[str] = SERIES
) -> Mapping[str, Mapping[str, int]]:
    """Who answered, as far as volunteered: {"sex": {"female": 12, "male": 9}, …}.

    Raises profile.TooFine for a day.
    """
    return await profile.read(connection, scope, period, series)


def series_text(series: Sequence[str]) -> str:
    """How an answer names the series that it holds."""
    return ALL_SERIES if set(series) == set(SERIES) else ",".join(series)


def exact_of(figure: Figure) -> str | None:
    """The index before rounding as a fraction, or None."""
    return None if figure.exact is None else ikm.exact_text(figure.exact)


def letter_of(figure: Figure | ElementFigure) -> str | None:
    """The class letter, or None without answers."""
    return None if figure.band is None else figure.band.letter


def _answer(question: Question, reading: store.Reading, now: datetime) -> IndexAnswer:
    rules = ikm.rules_on(question.period.last)
    counted = {
        name: reading.by_series[name] for name in question.series if name in reading.by_series
    }
    pool = pooled(counted.values())
    figure = figure_of(pool, rules, question.method)
    elements = element_figures(pool, rules)
    verified = reading.by_series.get(VERIFIED, Counted())
    return IndexAnswer(
        scope=str(question.scope),
        name=reading.name,
        period=str(question.period),
        series=series_text(question.series),
        view=question.view,
        n=figure.n,
        index=figure.index,
        exact=exact_of(figure),
        letter=letter_of(figure),
        rule_set=rules.name,
        weight_method=str(question.method),
        elements={code: _element(element) for code, element in elements.items()},
        by_series={name: part.n for name, part in counted.items()},
        verified=_verified(figure_of(verified, rules, question.method)),
        as_of=now.isoformat(timespec="seconds"),
        watermark=dict(sorted(reading.watermark.items())),
    )


def _element(element: ElementFigure) -> ElementAnswer:
    return ElementAnswer(
        n=element.tally.n,
        sum=element.tally.total,
        counts=element.tally.counts,
        nrr=element.nrr,
        index=element.index,
        letter=letter_of(element),
    )


def _verified(figure: Figure) -> Verified:
    return Verified(n=figure.n, index=figure.index, letter=letter_of(figure))


def _unit(unit: store.Unit, rules: RuleSet) -> UnitAnswer:
    figure = figure_of(unit.counted, rules)
    return UnitAnswer(
        code=unit.code,
        name=unit.name,
        n=figure.n,
        index=figure.index,
        letter=letter_of(figure),
    )
