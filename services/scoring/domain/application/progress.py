"""Facts and clocks together: is it late, did silence grant it, has it lapsed, what did it take."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from services.scoring.domain.application.facts import State
from services.scoring.domain.application.state import Application, Stage
from services.scoring.domain.calendar import CalendarTooShort
from services.scoring.domain.clock.due import Due, Pause, due_at, elapsed, stops_of
from services.scoring.domain.clock.promise import (
    PauseReason,
    Promise,
    Start,
    in_force,
    silence_rule,
)
from services.scoring.domain.clock.worktime import WorkTime

AT_REGISTRATION = "Janji saat pendaftaran"


@dataclass(frozen=True, slots=True)
class Promises:
    """What holds for one application. `applicant`: how long the office waits for an answer to what
    it asked; past that the application lapses. None: for ever.
    """

    whole: Promise | None = None
    stages: Mapping[State, Promise] = field(default_factory=dict)
    applicant: Promise | None = None


@dataclass(frozen=True, slots=True)
class Clocks:
    """The clocks of one application; `stages` has one place per stage of it."""

    whole: Due | None = None
    stages: tuple[Due | None, ...] = ()
    applicant: Due | None = None


NO_CLOCKS = Clocks()
_OPEN_TO_SILENCE = (None, State.REJECTED)


@dataclass(frozen=True, slots=True)
class Measured:
    """What the deadline rollups need of one application.

    Days are local. `is_late` None: nothing was promised. Minutes are those of office hours from the
    start of the clock to its end (a decision, a grant by silence, or `now`); `paused` are not in
    `elapsed`. None: it has not started, or the calendar does not reach so far.
    """

    received_on: date | None
    registered_at: datetime | None
    decided_at: datetime | None
    decided_on: date | None
    due_at: datetime | None
    is_late: bool | None
    elapsed_minutes: int | None
    paused_minutes: int | None


def clocks_of(application: Application, promises: Promises, where: WorkTime) -> Clocks:
    """Every clock that has started. Raises CalendarTooShort: then say so, and show no deadline."""
    whole = None
    start = _start(application, promises.whole)
    if promises.whole is not None and start is not None:
        whole = due_at(promises.whole, start, application.pauses, where)
    stages = tuple(
        _stage_clock(stage, promises.stages.get(stage.name), application.pauses, where)
        for stage in application.stages
    )
    applicant = None
    if promises.applicant is not None and application.asked_at is not None:
        applicant = due_at(promises.applicant, application.asked_at, (), where)
    return Clocks(whole, stages, applicant)


def promise_of(
    application: Application, published: Sequence[Promise], where: WorkTime
) -> Promise | None:
    """The published promise that was in force on the day of registration (of submission, before).

    Where nothing was published, what the agency promised at registration holds. A published
    promise is never widened by what was said at the counter.
    """
    since = application.registered_at or application.submitted_at
    if since is None:
        return None
    found = in_force(published, where.day_of(since))
    if found is None and application.promised is not None:
        return Promise(*application.promised, basis=AT_REGISTRATION)
    return found


def state_at(application: Application, clocks: Clocks, now: datetime) -> State | None:
    """The state at a moment, with what the law and the clocks make of the facts.

    Late under a rule of fiktif-positif is granted; a rejection that comes later does not undo it.
    """
    granted = granted_at(application, clocks)
    if granted is not None and granted <= now and application.outcome in _OPEN_TO_SILENCE:
        return State.DEEMED_GRANTED
    if application.is_open and clocks.applicant is not None and clocks.applicant.is_late(now):
        return State.EXPIRED
    return application.state


def granted_at(application: Application, clocks: Clocks) -> datetime | None:
    """When silence granted it, or will unless somebody decides before (PP 28/2025)."""
    whole = clocks.whole
    if whole is None or whole.at is None or not whole.promise.silence_grants:
        return None
    if silence_rule(whole.where.day_of(whole.start)) is None:
        return None
    decided = application.decided_at
    return whole.at if decided is None or whole.at <= decided else None


def measure(application: Application, clocks: Clocks, where: WorkTime, now: datetime) -> Measured:
    """The figures of one application at a moment."""
    whole, end = clocks.whole, _end(application, clocks, now)
    ran, paused = _minutes(application, clocks, where, end)
    return Measured(
        received_on=_day(where, application.received_at),
        registered_at=application.registered_at,
        decided_at=application.decided_at,
        decided_on=_day(where, application.decided_at),
        due_at=whole.at if whole is not None else None,
        is_late=whole.is_late(end) if whole is not None else None,
        elapsed_minutes=ran,
        paused_minutes=paused,
    )


def _end(application: Application, clocks: Clocks, now: datetime) -> datetime:
    """When the office's time ended: by a decision, by silence, or not yet."""
    granted = granted_at(application, clocks)
    if granted is not None and granted <= now and application.outcome in _OPEN_TO_SILENCE:
        return granted
    return application.decided_at or now


def _minutes(
    application: Application, clocks: Clocks, where: WorkTime, end: datetime
) -> tuple[int | None, int | None]:
    whole = clocks.whole
    start = whole.start if whole is not None else application.registered_at
    if start is None:
        return None, None
    reasons = whole.promise.pauses if whole is not None else frozenset(PauseReason)
    stops = stops_of(reasons, start, application.pauses)
    try:
        ran = elapsed(where.office, start, stops, end) // 60
        return ran, elapsed(where.office, start, (), end) // 60 - ran
    except CalendarTooShort:
        return None, None


def _start(application: Application, promise: Promise | None) -> datetime | None:
    if promise is not None and promise.starts_on is Start.SUBMITTED:
        return application.submitted_at
    return application.registered_at


def _stage_clock(
    stage: Stage, promise: Promise | None, pauses: tuple[Pause, ...], where: WorkTime
) -> Due | None:
    return None if promise is None else due_at(promise, stage.since, pauses, where)


def _day(where: WorkTime, moment: datetime | None) -> date | None:
    return None if moment is None else where.day_of(moment)
