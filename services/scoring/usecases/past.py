"""What a rule would have found in the past of one unit, day by day: the data first, then judged.

The rules and the state machine are those that judge the present; only the clock is another.
"""

from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from fractions import Fraction

from sqlalchemy.ext.asyncio import AsyncConnection

from services.scoring.domain import integrity, stretch
from services.scoring.domain.alert_rules import Finding, Kind, Rule, Situation, findings
from services.scoring.domain.alert_rules.conduct import LATE_DAYS, fall_at
from services.scoring.domain.alert_rules.fall import readings_of
from services.scoring.domain.alert_rules.silence import LEARN_DAYS, Rhythm, rhythm_of, silence_of
from services.scoring.domain.alert_rules.situation import Quarter
from services.scoring.domain.calendar import WorkCalendar
from services.scoring.domain.publication.label import Span
from services.scoring.store import figures, overdue, watched
from services.scoring.usecases.figure_body import read
from services.scoring.usecases.situations import (
    CHART_DAYS,
    MARK_DAYS,
    QUARTERS,
    decided_of,
    marks_in,
    quarter_of,
    units_of,
)

A_DAY = timedelta(days=1)
RELEARN_DAYS = 7

# What was found when, in order of time.
Timeline = Iterator[tuple[datetime, Finding]]


@dataclass(frozen=True, slots=True)
class Unit:
    """An agency, a service or the city, by scope, code and name."""

    scope: str
    code: str
    name: str


@dataclass(frozen=True, slots=True)
class Past:
    """The days from `first` to `last` in a time zone, and the holidays then."""

    first: date
    last: date
    zone: tzinfo | None
    calendar: WorkCalendar

    def at(self, day: date) -> datetime:
        """When a day is over."""
        return datetime(day.year, day.month, day.day, tzinfo=self.zone) + A_DAY

    def days(self) -> Iterator[date]:
        """Each of them."""
        return (self.first + timedelta(days=n) for n in range((self.last - self.first).days + 1))


async def past_of(
    connection: AsyncConnection, rule: Rule, unit: Unit, past: Past
) -> Callable[[], Timeline]:
    """Reads what the rule watches of a unit; what is answered judges it, in any thread."""
    return await _READERS[rule.kind](connection, rule, unit, past)


async def _figures(
    connection: AsyncConnection, rule: Rule, unit: Unit, past: Past
) -> Callable[[], Timeline]:
    newest = stretch.holding(past.last, Span.QUARTER)
    quarters = stretch.upto(
        newest, Span.QUARTER, QUARTERS + (past.last - past.first).days // 90 + 1
    )
    rows = await figures.all_of(connection, unit.scope, [str(each) for each in quarters])

    def judge() -> Timeline:
        known: dict[str, Quarter] = {}
        for row in rows:
            quarter = quarter_of(read(row))
            known.pop(row.period, None)
            if quarter is not None:
                known[row.period] = quarter
            at = row.at.astimezone(past.zone)
            seen = sorted(
                (each for each in known.values() if each.first <= at.date()),
                key=lambda each: each.first,
            )
            situation = Situation(unit.scope, unit.name, at.date(), quarters=seen[-QUARTERS:])
            for finding in findings(rule, situation):
                yield at, finding

    return judge


async def _falls(
    connection: AsyncConnection, rule: Rule, unit: Unit, past: Past
) -> Callable[[], Timeline]:
    first = past.first - timedelta(days=CHART_DAYS)
    days = (await watched.days(connection, [unit.code], first, past.last)).get(unit.code, ())

    def judge() -> Timeline:
        for reading in readings_of(days, float(rule.false_alarms or 0), least_n=rule.least_n):
            yield past.at(reading.day), fall_at(unit.name, reading)

    return judge


async def _late_shares(
    connection: AsyncConnection, rule: Rule, unit: Unit, past: Past
) -> Callable[[], Timeline]:
    first = past.first - timedelta(days=LATE_DAYS)
    days = (await watched.decided(connection, [unit.code], first, past.last)).get(unit.code, {})

    def seen(day: date) -> Situation:
        window = [
            days[at] for back in range(LATE_DAYS) if (at := day - timedelta(days=back)) in days
        ]
        return Situation(unit.scope, unit.name, day, decided=decided_of(window))

    return lambda: _daily(rule, past, seen)


async def _reviews(
    connection: AsyncConnection, rule: Rule, unit: Unit, past: Past
) -> Callable[[], Timeline]:
    versions = (await watched.standards(connection, [unit.code], past.last)).get(unit.code, [])

    def seen(day: date) -> Situation:
        newest = max((each for each in versions if each <= day), default=None)
        return Situation(unit.scope, unit.name, day, reviewed_on=newest)

    return lambda: _daily(rule, past, seen)


async def _marks(
    connection: AsyncConnection, rule: Rule, unit: Unit, past: Past
) -> Callable[[], Timeline]:
    """By months: marks are about a month together, and one look at it is enough."""
    months: list[tuple[date, Sequence[integrity.Unit] | None]] = []
    through = past.last
    while through >= past.first:
        months.insert(0, (through, await units_of(connection, unit.scope, through)))
        through -= timedelta(days=MARK_DAYS)

    def judge() -> Timeline:
        for day, units in months:
            situation = Situation(unit.scope, unit.name, day, marks=marks_in(units))
            for finding in findings(rule, situation):
                yield past.at(day), finding

    return judge


async def _silences(
    connection: AsyncConnection, rule: Rule, unit: Unit, past: Past
) -> Callable[[], Timeline]:
    """By the hour; the rhythm is learnt anew every week."""
    agency = unit.code or None
    first = past.first - timedelta(days=LEARN_DAYS)
    moments: dict[tuple[date, int], int] = {}
    for hours in (await watched.hours(connection, first, past.last, agency)).values():
        for moment, n in hours.items():
            local = moment.astimezone(past.zone)
            key = local.date(), local.hour
            moments[key] = moments.get(key, 0) + n

    def judge() -> Timeline:
        last: datetime | None = None
        rhythm: Rhythm | None = None
        for number, day in enumerate(past.days()):
            if number % RELEARN_DAYS == 0:
                rhythm = rhythm_of(moments, day - A_DAY, past.calendar.is_working)
            for hour in range(24):
                at = past.at(day) - timedelta(hours=23 - hour)
                last = at if (day, hour) in moments else last
                if rhythm is not None and last is not None:
                    silence = silence_of(rhythm, last, at, past.calendar.is_working)
                    situation = Situation(unit.scope, unit.name, day, silence=silence)
                    for finding in findings(rule, situation):
                        yield at, finding

    return judge


async def _overdue(
    connection: AsyncConnection, rule: Rule, unit: Unit, past: Past
) -> Callable[[], Timeline]:
    since, until = past.at(past.first - A_DAY), past.at(past.last)
    rows = await overdue.were_overdue(connection, unit.code, since, until)

    def judge() -> Timeline:
        for reference, due_at in rows:
            at = due_at.astimezone(past.zone)
            said = at.isoformat(timespec="minutes")
            words = (
                f"{unit.name}: permohonan {reference} lewat batas waktu {said}",
                f"{unit.name}: application {reference} is past {said}",
            )
            yield at, Finding(Fraction(1), {"due_at": said}, words, reference)

    return judge


def _daily(rule: Rule, past: Past, seen: Callable[[date], Situation]) -> Timeline:
    for day in past.days():
        for finding in findings(rule, seen(day)):
            yield past.at(day), finding


_Reader = Callable[
    [AsyncConnection, Rule, Unit, Past], Coroutine[object, object, Callable[[], Timeline]]
]
_READERS: Mapping[Kind, _Reader] = {
    Kind.CLASS_DROP: _figures,
    Kind.ELEMENT_LOW: _figures,
    Kind.FALL: _falls,
    Kind.LATE_SHARE: _late_shares,
    Kind.MARK: _marks,
    Kind.SILENT: _silences,
    Kind.UNREVIEWED: _reviews,
    Kind.OVERDUE: _overdue,
}
