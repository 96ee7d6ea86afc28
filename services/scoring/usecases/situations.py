"""What the rules of alerts see of units: public figures, gated sums of complete days, dates.

Watchers get alerts, so nothing is judged that the gate holds back: classes and elements by the
published figures alone; falls by steps of twenty answers or more; late shares without small cells.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from fractions import Fraction

from sqlalchemy.ext.asyncio import AsyncConnection

from services.scoring.domain import integrity, stretch
from services.scoring.domain import period as periods
from services.scoring.domain import scope as scopes
from services.scoring.domain.alert_rules import Situation
from services.scoring.domain.alert_rules.conduct import LATE_DAYS
from services.scoring.domain.alert_rules.fall import Day
from services.scoring.domain.alert_rules.situation import Decided, Quarter, Shown
from services.scoring.domain.ikm import RULE_SETS
from services.scoring.domain.integrity import Mark
from services.scoring.domain.period import Grain, Period
from services.scoring.domain.publication.label import Span
from services.scoring.store import figures, registry, trace, watched
from services.scoring.usecases.figure_body import FigureBody, read

# The newest with enough answers may be some quarters old, and is compared with four before it.
QUARTERS = 7
# A chart compares with a year; older answers say little of how a unit is.
CHART_DAYS = 365
MARK_DAYS = 30
_RULE_SETS = {rules.name: rules for rules in RULE_SETS}
_SERVICE = "service:"
# About half a millisecond of rules each, in which the database waits.
MOST_TRACES = 3_000

Gathered = tuple[Situation, Sequence[Day], Sequence[integrity.Unit] | None]


async def of_figures(
    connection: AsyncConnection, asked: Sequence[str], now: datetime
) -> list[Situation]:
    """Situations of agencies and services as their published quarters show them."""
    names = await registry.names(connection, asked)
    found: dict[str, list[Quarter]] = {scope: [] for scope in asked}
    for period in quarters_upto(now.date()):
        for scope, figure in (await figures.newest(connection, asked, str(period))).items():
            if quarter := quarter_of(read(figure)):
                found[scope].append(quarter)
    return [
        Situation(scope, name_in(names, scope), now.date(), quarters=quarters)
        for scope, quarters in found.items()
    ]


async def of_decided(
    connection: AsyncConnection, asked: Sequence[str], now: datetime
) -> list[Situation]:
    """Situations of services by what they decided in thirty days."""
    names = await registry.names(connection, asked)
    today = now.date()
    first = today - timedelta(days=LATE_DAYS - 1)
    found = await watched.decided(connection, services_in(asked), first, today)
    return [
        Situation(
            scope,
            name_in(names, scope),
            today,
            decided=decided_of(found.get(scope.removeprefix(_SERVICE), {}).values()),
        )
        for scope in asked
    ]


async def of_days(
    connection: AsyncConnection, asked: Sequence[str], now: datetime
) -> list[Gathered]:
    """Situations of services, with the days of their charts and the traces of their marks.

    Both take long to compute, which is not done here: the database waits for nobody's arithmetic.
    """
    yesterday = now.date() - timedelta(days=1)
    services = services_in(asked)
    first = yesterday - timedelta(days=CHART_DAYS - 1)
    days = await watched.days(connection, services, first, yesterday)
    reviewed = await watched.standards(connection, services, now.date())
    situations: list[Gathered] = []
    for situation in await of_decided(connection, asked, now):
        service = situation.scope.removeprefix(_SERVICE)
        with_date = replace(situation, reviewed_on=max(reviewed.get(service, ()), default=None))
        units = await units_of(connection, situation.scope, yesterday)
        situations.append((with_date, days.get(service, ()), units))
    return situations


async def units_of(
    connection: AsyncConnection, scope: str, through: date
) -> Sequence[integrity.Unit] | None:
    """The traces of a service's thirty days up to one; None: too many to be judged."""
    first = through - timedelta(days=MARK_DAYS - 1)
    period = Period(f"{first}/{through}", Grain.DAY, first, through)
    try:
        units = (await trace.read(connection, scopes.parse(scope), period)).units
    except trace.TooManyTraces:
        return None
    return units if sum(len(unit.traces) for unit in units) <= MOST_TRACES else None


def marks_in(units: Sequence[integrity.Unit] | None) -> list[Mark] | None:
    """All marks of a service; None where they are not known."""
    if units is None:
        return None
    return [mark for unit in units for mark in integrity.marks_of(unit)]


def quarters_upto(day: date) -> list[Period]:
    """The quarters that rules look at, oldest first."""
    return stretch.upto(stretch.holding(day, Span.QUARTER), Span.QUARTER, QUARTERS)


def quarter_of(body: FigureBody) -> Quarter | None:
    """A published quarter as rules see it; None where it shows no index."""
    if body.n is None or body.index is None or body.letter is None:
        return None
    return Quarter(
        name=body.period,
        first=periods.parse(body.period).first,
        figure=body.id,
        n=body.n,
        whole=Shown(Fraction(body.index), body.letter),
        elements={
            code: Shown(Fraction(each.index), each.letter)
            for code, each in body.elements.items()
            if each.index is not None and each.letter is not None
        },
        rules=_RULE_SETS[body.rule_set],
    )


def decided_of(days: Iterable[Decided]) -> Decided:
    """Several days together."""
    found = list(days)
    return Decided(
        sum(day.on_time for day in found),
        sum(day.late for day in found),
        sum(day.unpromised for day in found),
    )


def services_in(asked: Sequence[str]) -> list[str]:
    """The codes of services."""
    return [scope.removeprefix(_SERVICE) for scope in asked]


def name_in(names: dict[str, str], scope: str) -> str:
    """What a unit is called; what is not registered by its code."""
    return names.get(scope, scope.partition(":")[2])
