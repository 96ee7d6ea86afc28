"""When a promise is broken, what of it has passed and what is left."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from services.scoring.domain.clock.promise import PauseReason, Promise
from services.scoring.domain.clock.worktime import Measure, Stop, WorkTime


@dataclass(frozen=True, slots=True)
class Pause:
    """A stretch in which a case waits for somebody outside; `until` None: it still does."""

    since: datetime
    until: datetime | None
    reason: PauseReason


@dataclass(frozen=True, slots=True)
class Due:
    """One clock. `at` is the first moment (UTC) that is too late; None while the clock stands.

    Amounts are in days for a promise of days, in whole minutes for one of hours.
    """

    promise: Promise
    start: datetime
    pauses: Sequence[Pause]
    where: WorkTime
    at: datetime | None

    def is_late(self, now: datetime) -> bool:
        """Whether the promise is broken at a moment. Once late, always late."""
        return self.at is not None and self.at <= now

    def elapsed(self, now: datetime) -> int:
        """What has passed of it; of days, today is one. Raises CalendarTooShort."""
        measure = self.where.measures[self.promise.unit]
        stops = stops_of(self.promise.pauses, self.start, self.pauses)
        ran = elapsed(measure, self.start, stops, now)
        return ran if self.promise.by_days else ran // 60

    def remaining(self, now: datetime) -> int:
        """What is left; never negative. Days: 0 on the last one. Raises CalendarTooShort."""
        size = self.promise.size if self.promise.by_days else self.promise.size // 60
        return max(0, size - self.elapsed(now))


def due_at(promise: Promise, start: datetime, pauses: Sequence[Pause], where: WorkTime) -> Due:
    """The clock of a promise that started, with the pauses so far. Raises CalendarTooShort.

    ValueError for a start without a zone: it would be read in the zone of this machine.
    """
    if start.tzinfo is None:
        raise ValueError("a clock starts at a moment with a zone")
    stops = stops_of(promise.pauses, start, pauses)
    measure = where.measures[promise.unit]
    return Due(promise, start, pauses, where, _end(measure, promise.size, start, stops))


def elapsed(measure: Measure, start: datetime, stops: Sequence[Stop], until: datetime) -> int:
    """What ran between two moments in the unit of the measure; never negative.

    Raises CalendarTooShort.
    """
    total = 0
    for since, back in stops:
        if until <= since:
            break
        total += measure.count(since) - measure.count(start)
        if back is None or until <= back:
            return total
        start = back
    return total + max(0, measure.count(until) - measure.count(start))


def stops_of(
    reasons: frozenset[PauseReason], start: datetime, pauses: Iterable[Pause]
) -> Sequence[Stop]:
    """When a clock stood: its own pauses after its start, in order; what overlaps is one stop."""
    if not pauses:
        return ()
    stops: list[Stop] = []
    for pause in sorted(pauses, key=lambda pause: pause.since):
        since = max(pause.since, start)
        if pause.reason not in reasons or (pause.until is not None and pause.until <= since):
            continue
        if stops and (stops[-1][1] is None or since <= stops[-1][1]):
            stops[-1] = stops[-1][0], _later(stops[-1][1], pause.until)
        else:
            stops.append((since, pause.until))
    return stops


def _end(measure: Measure, left: int, start: datetime, stops: Sequence[Stop]) -> datetime | None:
    begin = measure.count(start)
    for since, until in stops:
        ran = measure.count(since) - begin
        if left <= ran:
            break
        if until is None:
            return None
        left -= ran
        begin = measure.count(until)
    return measure.end(begin + left, stops)


def _later(one: datetime | None, other: datetime | None) -> datetime | None:
    return None if one is None or other is None else max(one, other)
