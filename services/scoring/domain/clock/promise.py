"""A promise of time: how much, of what, what starts it, what stops it, and who said so."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

LONGEST = 3_660


class Unit(StrEnum):
    """What a promise counts."""

    WORKING_DAYS = "working_days"
    CALENDAR_DAYS = "calendar_days"
    WORKING_HOURS = "working_hours"
    HOURS = "hours"


class Start(StrEnum):
    """Which fact of an application starts the clock of the whole. A stage's starts with it."""

    SUBMITTED = "submitted"
    REGISTERED = "registered"


class PauseReason(StrEnum):
    """Why a clock stands: the next step is not the office's."""

    AWAITING_APPLICANT = "awaiting_applicant"
    FEE_DUE = "fee_due"


SECONDS_PER_HOUR = 3_600


class BadPromise(ValueError):
    """Not a promise that can be kept or broken."""


@dataclass(frozen=True, slots=True)
class Promise:
    """`number` of `unit`, in force from a day on. `basis` names the standard or the regulation.

    `pauses` are the reasons that stop it. `silence_grants`: what is late is granted by law
    (fiktif-positif), as far as a `SilenceRule` is in force. `by_days`: it is reckoned in whole
    local days; `size` is what was promised, in days or seconds.
    """

    number: int
    unit: Unit
    basis: str
    valid_from: date = date.min
    starts_on: Start = Start.REGISTERED
    pauses: frozenset[PauseReason] = frozenset(PauseReason)
    silence_grants: bool = False
    by_days: bool = field(init=False)
    size: int = field(init=False)

    def __post_init__(self) -> None:
        if not 1 <= self.number <= LONGEST:
            raise BadPromise(self.number)
        by_days = self.unit in {Unit.WORKING_DAYS, Unit.CALENDAR_DAYS}
        object.__setattr__(self, "by_days", by_days)
        object.__setattr__(self, "size", self.number * (1 if by_days else SECONDS_PER_HOUR))


def in_force(published: Sequence[Promise], day: date) -> Promise | None:
    """That which holds for what is registered on a day: the last published that has begun."""
    return next((each for each in reversed(published) if each.valid_from <= day), None)


@dataclass(frozen=True, slots=True)
class SilenceRule:
    """From a day on, a licence whose time ran out without a decision is granted by law."""

    valid_from: date
    basis: str


SILENCE_RULES = (SilenceRule(date(2025, 6, 5), "PP 28/2025"),)


def silence_rule(day: date, rules: Sequence[SilenceRule] = SILENCE_RULES) -> SilenceRule | None:
    """The rule for a clock that started on a day, or None; `rules` are in order of date."""
    return next((rule for rule in reversed(rules) if rule.valid_from <= day), None)
