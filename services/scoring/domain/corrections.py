"""Which service an answer counts for: a function of the answer and the set of corrections in force.

A quarantine or a withdrawal takes a slice out; a move counts it for another service. Out wins over
moved; of several moves the one with the first id holds. Nothing is moved twice.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Facts:
    """What a slice can ask of an answer. `key`: the id of the key that posted it, or None."""

    service: str
    place: str
    series: str
    key: str | None
    time: datetime
    sequence: int


@dataclass(frozen=True, slots=True)
class Slice:
    """Answers of a service that match every member given; `until` is exclusive."""

    service: str
    place: str | None = None
    series: str | None = None
    key: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    sequence: int | None = None

    def holds(self, answer: Facts) -> bool:
        """Whether the answer lies in it."""
        return (
            self.service == answer.service
            and self.place in (None, answer.place)
            and self.series in (None, answer.series)
            and self.key in (None, answer.key)
            and self.sequence in (None, answer.sequence)
            and (self.since is None or self.since <= answer.time)
            and (self.until is None or answer.time < self.until)
        )


@dataclass(frozen=True, slots=True)
class Correction:
    """One that is in force; `target` None takes the slice out."""

    id: str
    slice: Slice
    target: str | None = None


def concerning(text: bytes, corrections: Iterable[Correction]) -> list[Correction]:
    """Those whose service occurs in the JSON of some answers; the others concern none of them."""
    return [each for each in corrections if each.slice.service.encode() in text]


def service_of(answer: Facts, in_force: Iterable[Correction]) -> str | None:
    """The service that an answer counts for, or None: it counts nowhere."""
    found = [correction for correction in in_force if correction.slice.holds(answer)]
    if any(correction.target is None for correction in found):
        return None
    if not found:
        return answer.service
    return min(found, key=lambda correction: correction.id).target
