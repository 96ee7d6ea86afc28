"""The life cycle: from the set of facts of one application to what it is now."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from services.scoring.domain.application.facts import Fact, Kind, State, in_order
from services.scoring.domain.clock.due import Pause
from services.scoring.domain.clock.promise import PauseReason, Unit


@dataclass(frozen=True, slots=True)
class Flag:
    """A fact that does not fit: `sequence` says which, `code` why."""

    sequence: int
    code: str


@dataclass(frozen=True, slots=True)
class Stage:
    """A stretch in one agency's hands (None: the owner of the service), with a clock of its own."""

    name: State
    agency: str | None
    since: datetime
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Application:
    """What the facts say. Clocks are not asked: see `progress`.

    `received_at` is the first submission, `submitted_at` the one that was not returned.
    `asked_at` is when the applicant was last asked for something (a return or a pause that still
    holds). `outcome` is one of issued, rejected, withdrawn.
    """

    state: State | None = None
    place: str | None = None
    received_at: datetime | None = None
    submitted_at: datetime | None = None
    registered_at: datetime | None = None
    promised: tuple[int, Unit] | None = None
    asked_at: datetime | None = None
    decided_at: datetime | None = None
    outcome: State | None = None
    stages: tuple[Stage, ...] = ()
    pauses: tuple[Pause, ...] = ()
    flags: tuple[Flag, ...] = ()

    @property
    def is_open(self) -> bool:
        """Whether somebody still has to decide."""
        return self.outcome is None


def state_of(facts: Iterable[Fact]) -> Application:
    """The application that a set of facts tells of: order and repetition do not matter."""
    # That whoever applied is asked for an opinion is no step of the case.
    ordered = in_order(fact for fact in facts if fact.kind is not Kind.INVITED)
    life = _Life()
    # An agency has a part in it once the owner of the service has handed the case to it.
    assigned = {fact.agency for fact in ordered if fact.kind is Kind.MOVED and fact.by_owner}
    for fact in ordered:
        is_assigned = fact.agency is not None and fact.agency in assigned
        life.follow(fact, is_trusted=fact.by_owner or is_assigned)
    return life.told()


class _Life:
    """Follows the facts of one application in order."""

    def __init__(self) -> None:
        self._state: State | None = None
        self._place: str | None = None
        self._received_at: datetime | None = None
        self._submitted_at: datetime | None = None
        self._registered_at: datetime | None = None
        self._promised: tuple[int, Unit] | None = None
        self._asked_at: datetime | None = None
        self._decided_at: datetime | None = None
        self._outcome: State | None = None
        self._stages: list[Stage] = []
        self._pauses: list[Pause] = []
        self._flags: list[Flag] = []

    def told(self) -> Application:
        """What was told so far."""
        return Application(
            self._state,
            self._place,
            self._received_at,
            self._submitted_at,
            self._registered_at,
            self._promised,
            self._asked_at,
            self._decided_at,
            self._outcome,
            tuple(self._stages),
            tuple(self._pauses),
            tuple(self._flags),
        )

    def follow(self, fact: Fact, *, is_trusted: bool) -> None:
        """Take in the next fact."""
        if not is_trusted:
            self._flag(fact, "not_assigned")
            return
        if fact.place is not None:
            self._place = fact.place
        if self._outcome is not None:
            self._flag(fact, "decided_again" if fact.kind in _OUTCOMES else "after_decision")
        else:
            _FOLLOW[fact.kind](self, fact)

    def submitted(self, fact: Fact) -> None:
        if self._registered_at is not None:
            self._flag(fact, "submitted_after_registration")
        elif self._submitted_at is not None:
            self._flag(fact, "submitted_again")
        else:
            self._state, self._asked_at = State.SUBMITTED, None
            self._received_at = self._received_at or fact.at
            self._submitted_at = fact.at

    def returned(self, fact: Fact) -> None:
        if self._registered_at is not None:
            self._flag(fact, "returned_after_registration")
            return
        if self._submitted_at is None:
            self._flag(fact, "not_submitted")
        self._state, self._submitted_at = State.RETURNED_INCOMPLETE, None
        self._asked_at = self._asked_at or fact.at

    def registered(self, fact: Fact) -> None:
        if self._registered_at is not None:
            self._flag(fact, "registered_again")
            return
        if self._received_at is None:
            self._flag(fact, "not_submitted")
            self._received_at = fact.at
        self._registered_at, self._promised = fact.at, fact.promised
        self._go_on()

    def moved(self, fact: Fact) -> None:
        if fact.stage is None:
            raise ValueError("a move names its stage")
        if self._registered_at is None:
            self._flag(fact, "not_registered")
        if self._is_paused():
            self._flag(fact, "moved_while_paused")
            self._end_pause(fact.at)
        here = self._stages[-1] if self._stages else None
        if here is not None and here.name is fact.stage and here.agency == fact.agency:
            self._flag(fact, "moved_again")
        else:
            self._end_stage(fact.at)
            self._stages.append(Stage(fact.stage, fact.agency, fact.at))
        self._go_on()

    def paused(self, fact: Fact) -> None:
        if fact.reason is None:
            raise ValueError("a pause has a reason")
        if self._registered_at is None:
            self._flag(fact, "not_registered")
        elif self._is_paused() and self._pauses[-1].reason is fact.reason:
            self._flag(fact, "paused_again")
        else:
            self._end_pause(fact.at)
            self._pauses.append(Pause(fact.at, None, fact.reason))
            self._state, self._asked_at = _PAUSED[fact.reason], fact.at

    def resumed(self, fact: Fact) -> None:
        if self._is_paused():
            self._end_pause(fact.at)
            self._go_on()
        else:
            self._flag(fact, "not_paused")

    def decided(self, fact: Fact) -> None:
        outcome = _OUTCOMES[fact.kind]
        if outcome is not State.WITHDRAWN:
            if self._registered_at is None:
                self._flag(fact, "not_registered")
            if self._is_paused():
                self._flag(fact, "decided_while_paused")
        self._end_pause(fact.at)
        self._end_stage(fact.at)
        self._state = self._outcome = outcome
        self._decided_at, self._asked_at = fact.at, None

    def _go_on(self) -> None:
        """The case is in the office's hands: in its last stage, if it was moved to one."""
        self._state = self._stages[-1].name if self._stages else State.REGISTERED
        self._asked_at = None

    def _flag(self, fact: Fact, code: str) -> None:
        self._flags.append(Flag(fact.sequence, code))

    def _is_paused(self) -> bool:
        return bool(self._pauses) and self._pauses[-1].until is None

    def _end_pause(self, at: datetime) -> None:
        if self._is_paused():
            last = self._pauses[-1]
            self._pauses[-1] = Pause(last.since, at, last.reason)

    def _end_stage(self, at: datetime) -> None:
        if self._stages:
            last = self._stages[-1]
            self._stages[-1] = Stage(last.name, last.agency, last.since, at)


_OUTCOMES: Mapping[Kind, State] = {
    Kind.ISSUED: State.ISSUED,
    Kind.REJECTED: State.REJECTED,
    Kind.WITHDRAWN: State.WITHDRAWN,
}
_PAUSED: Mapping[PauseReason, State] = {
    PauseReason.AWAITING_APPLICANT: State.AWAITING_APPLICANT,
    PauseReason.FEE_DUE: State.FEE_DUE,
}
_FOLLOW: Mapping[Kind, Callable[[_Life, Fact], None]] = {
    Kind.SUBMITTED: _Life.submitted,
    Kind.RETURNED: _Life.returned,
    Kind.REGISTERED: _Life.registered,
    Kind.MOVED: _Life.moved,
    Kind.PAUSED: _Life.paused,
    Kind.RESUMED: _Life.resumed,
    **dict.fromkeys(_OUTCOMES, _Life.decided),
}
