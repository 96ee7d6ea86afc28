"""How long a complaint may take: dated data, with the source of each number.

All clocks start when the complaint comes in, or is reopened: the citizen counts from then.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from services.scoring.domain.clock.promise import Promise, Unit
from services.scoring.domain.complaint.facts import Category


class Clock(StrEnum):
    """What is to happen in time; `silence` closes what was answered and not objected to."""

    VERIFY = "verify"
    FIRST_REPLY = "first_reply"
    RESOLVE = "resolve"
    SILENCE = "silence"


# Those that the agency has to keep.
KEPT = (Clock.VERIFY, Clock.FIRST_REPLY, Clock.RESOLVE)


@dataclass(frozen=True, slots=True)
class Law:
    """The clocks of what comes in from a day on; `resolve` differs by what it is."""

    valid_from: date
    verify: Promise
    first_reply: Promise
    resolve: Mapping[Category, Promise]
    silence: Promise

    def promise(self, clock: Clock, category: Category) -> Promise:
        """What one clock promises."""
        if clock is Clock.RESOLVE:
            return self.resolve[category]
        return {
            Clock.VERIFY: self.verify,
            Clock.FIRST_REPLY: self.first_reply,
            Clock.SILENCE: self.silence,
        }[clock]


def law_in_force(day: date, laws: Sequence[Law] | None = None) -> Law:
    """The newest that has begun; the oldest holds before all of them."""
    known = LAWS if laws is None else laws
    begun = [law for law in known if law.valid_from <= day]
    return max(begun, key=lambda law: law.valid_from) if begun else known[0]


def _promise(number: int, basis: str, unit: Unit = Unit.WORKING_DAYS) -> Promise:
    return Promise(number, unit, basis, pauses=frozenset())


def _sp4n(valid_from: date, basis: str) -> Law:
    return Law(
        valid_from,
        verify=_promise(3, basis),
        first_reply=_promise(5, basis),
        resolve={
            Category.INFORMATION_REQUEST: _promise(5, basis),
            Category.ASPIRATION: _promise(5, basis),
            Category.COMPLAINT: _promise(14, basis),
            Category.SUPERVISED_COMPLAINT: _promise(60, basis),
        },
        silence=_promise(10, basis, Unit.CALENDAR_DAYS),
    )


# PermenPANRB 5/2025 replaced 62/2018 with the same numbers. The day on which it came into force is
# not verified, nor that the ten days of silence are calendar days: change them here.
LAWS = (
    _sp4n(date.min, "PermenPANRB 62/2018"),
    _sp4n(date(2025, 5, 1), "PermenPANRB 5/2025"),
)
