"""A deadline explained: day by day, what counted, what did not, and by which rule."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from services.scoring.domain.calendar import CalendarDay
from services.scoring.domain.clock.due import Due, Pause, elapsed, stops_of
from services.scoring.domain.clock.promise import PauseReason, Unit

PAUSED = {
    PauseReason.AWAITING_APPLICANT: ("Menunggu pemohon", "Awaiting the applicant"),
    PauseReason.FEE_DUE: ("Menunggu pembayaran", "The fee is due"),
}
RECEIPT = ("Hari penerimaan tidak dihitung", "The day of receipt does not count")
RUNS_AGAIN = ("Berjalan kembali: hari terakhir", "Runs again: the last day")
EVERY_DAY = ("Setiap hari dihitung", "Every day counts")
OUTSIDE = ("Di luar jam kerja", "Outside office hours")
_INSTANT = timedelta(microseconds=1)
_ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class DayNote:
    """One local day of a clock. `counted`: days (0 or 1), or minutes for a promise of hours.

    `why` is `receipt_day`, `paused`, `runs_again`, `every_day`, `outside_hours` or a `DayKind`.
    """

    day: date
    counted: int
    why: str
    text_id: str
    text_en: str
    basis: str


def explain(due: Due) -> list[DayNote]:
    """The days from the start to the deadline, or to where the clock stands now.

    What they count adds up to the promise. Raises CalendarTooShort.
    """
    telling = _Telling(due)
    day, notes = telling.first, []
    while day <= telling.last:
        notes.append(telling.note(day))
        day += _ONE_DAY
    return notes


class _Telling:
    """What all days of one clock need."""

    def __init__(self, due: Due) -> None:
        self._due = due
        self._measure = due.where.measures[due.promise.unit]
        self._stops = stops_of(due.promise.pauses, due.start, due.pauses)
        self._until = self._stops[-1][0] if due.at is None else due.at
        self.first = due.where.day_of(due.start)
        self.last = due.where.day_of(self._until if due.at is None else due.at - _INSTANT)

    def note(self, day: date) -> DayNote:
        """A day's line."""
        promise = self._due.promise
        counted = self._through(day) - self._through(day - _ONE_DAY)
        if promise.by_days and day == self.first:
            return DayNote(day, 0, "receipt_day", *RECEIPT, promise.basis)
        known = self._known(day)
        if counted or (known is not None and not known.is_working):
            return _as_known(day, counted, known, promise.basis)
        pause = self._pause_on(day)
        if pause is None:
            return DayNote(day, 0, "outside_hours", *OUTSIDE, promise.basis)
        if promise.by_days and day == self.last and self._due.at is not None:
            return DayNote(day, 0, "runs_again", *RUNS_AGAIN, promise.basis)
        return DayNote(day, 0, "paused", *PAUSED[pause.reason], promise.basis)

    def _known(self, day: date) -> CalendarDay | None:
        """The day in the calendar, if the promise asks for it."""
        needs_none = self._due.promise.unit in {Unit.CALENDAR_DAYS, Unit.HOURS}
        return None if needs_none else self._due.where.calendar.describe(day)

    def _through(self, day: date) -> int:
        """What had run at the end of a day."""
        next_day = datetime.combine(day + _ONE_DAY, time(), self._due.where.zone)
        end = min(next_day.astimezone(UTC) - _INSTANT, self._until)
        ran = elapsed(self._measure, self._due.start, self._stops, end)
        return ran if self._due.promise.by_days else ran // 60

    def _pause_on(self, day: date) -> Pause | None:
        """The pause that kept a day from counting."""
        where = self._due.where
        earliest = day - _ONE_DAY if self._due.promise.by_days else day
        for pause in self._due.pauses:
            is_ours = pause.reason in self._due.promise.pauses
            is_over = pause.until is not None and where.day_of(pause.until) < day
            if is_ours and where.day_of(pause.since) <= earliest and not is_over:
                return pause
        return None


def _as_known(day: date, counted: int, known: CalendarDay | None, basis: str) -> DayNote:
    if known is None:
        return DayNote(day, counted, "every_day", *EVERY_DAY, basis)
    return DayNote(day, counted, known.kind, known.name_id, known.name_en, known.basis)
