"""Facts and clocks together: what was done in time, what is due next, what silence has closed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from services.scoring.domain.calendar import CalendarTooShort
from services.scoring.domain.clock.due import Due, due_at
from services.scoring.domain.clock.worktime import WorkTime
from services.scoring.domain.complaint.facts import State
from services.scoring.domain.complaint.law import Clock, Law, law_in_force
from services.scoring.domain.complaint.state import Complaint, Round


class Judgement(StrEnum):
    """How a clock was met. `unjudged`: the calendar does not reach as far as its deadline."""

    IN_TIME = "in_time"
    LATE = "late"
    UNJUDGED = "unjudged"


@dataclass(frozen=True, slots=True)
class Running:
    """One clock of one round (0: the first). `due` None: the calendar does not reach so far.

    `met_at`: when what it asks for was done; `is_stopped`: it no longer matters.
    """

    clock: Clock
    round: int
    since: datetime
    due: Due | None
    met_at: datetime | None
    is_stopped: bool = False

    @property
    def is_open(self) -> bool:
        """Whether the agency still has to act."""
        return self.met_at is None and not self.is_stopped

    @property
    def judgement(self) -> Judgement | None:
        """How it was met; None: it was not."""
        if self.met_at is None:
            return None
        if self.due is None:
            return Judgement.UNJUDGED
        return Judgement.LATE if self.due.is_late(self.met_at) else Judgement.IN_TIME


def clocks_of(complaint: Complaint, where: WorkTime) -> Sequence[Running]:
    """The agency's clocks of every round, and that of silence where a final answer stands."""
    if not complaint.rounds:
        return ()
    running: list[Running] = []
    for number, each in enumerate(complaint.rounds):
        law = law_in_force(where.day_of(each.since))
        running += _of_round(complaint, number, each, law, where)
    last = complaint.rounds[-1]
    if complaint.state is State.ANSWERED and last.answered_at is not None:
        law, at = law_in_force(where.day_of(last.since)), last.answered_at
        due = due_at(law.silence, at, (), where)
        running.append(Running(Clock.SILENCE, len(complaint.rounds) - 1, at, due, None, True))
    return running


def next_due(running: Sequence[Running]) -> Due | None:
    """The first deadline that the agency has still to keep, or None."""
    waiting = [each.due for each in running if each.is_open and each.due is not None]
    return min(waiting, key=lambda due: due.at or due.start, default=None)


def closes_at(running: Sequence[Running]) -> datetime | None:
    """When silence closes it, unless somebody objects before; None: it does not."""
    silence = (each.due.at for each in running if each.clock is Clock.SILENCE and each.due)
    return next(silence, None)


def state_at(complaint: Complaint, running: Sequence[Running], now: datetime) -> State | None:
    """The state at a moment: an answer to which nobody objected for long enough has closed it."""
    end = closes_at(running)
    return State.CLOSED if end is not None and end <= now else complaint.state


def _of_round(
    complaint: Complaint, number: int, each: Round, law: Law, where: WorkTime
) -> list[Running]:
    is_turned_away = complaint.state in (State.REJECTED, State.ARCHIVED)
    is_stopped = each.is_withdrawn or is_turned_away
    met = [
        (Clock.FIRST_REPLY, each.replied_at, is_stopped),
        (Clock.RESOLVE, each.answered_at, is_stopped),
    ]
    if number == 0:  # what is reopened has been verified
        met.insert(0, (Clock.VERIFY, complaint.verified_at, each.is_withdrawn))
    return [
        Running(
            clock,
            number,
            each.since,
            _due(law, clock, complaint, each.since, where),
            met_at,
            is_stopped=stopped and met_at is None,
        )
        for clock, met_at, stopped in met
    ]


def _due(
    law: Law, clock: Clock, complaint: Complaint, since: datetime, where: WorkTime
) -> Due | None:
    try:
        return due_at(law.promise(clock, complaint.category), since, (), where)
    except CalendarTooShort:
        return None
