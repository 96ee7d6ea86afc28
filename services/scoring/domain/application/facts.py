"""What agencies tell of an application: one fact, and how facts are ordered."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from services.scoring.domain.clock.promise import PauseReason, Unit


class Kind(StrEnum):
    """What happened."""

    SUBMITTED = "submitted"
    RETURNED = "returned"
    REGISTERED = "registered"
    MOVED = "moved"
    PAUSED = "paused"
    RESUMED = "resumed"
    ISSUED = "issued"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    INVITED = "invited"


class State(StrEnum):
    """Where an application stands. The last two follow from clocks, not from a fact."""

    SUBMITTED = "submitted"
    RETURNED_INCOMPLETE = "returned_incomplete"
    REGISTERED = "registered"
    IN_VERIFICATION = "in_verification"
    AWAITING_APPLICANT = "awaiting_applicant"
    TECHNICAL_REVIEW = "technical_review"
    FIELD_INSPECTION = "field_inspection"
    FEE_DUE = "fee_due"
    AWAITING_SIGNATURE = "awaiting_signature"
    ISSUED = "issued"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    DEEMED_GRANTED = "deemed_granted"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class Fact:
    """One event. `sequence` is its place in the stream of the agency that owns the service.

    `stage` is of a move; `agency` the one whose stage it is (None: the owner of the service);
    `by_owner` whether the owner of the service says it; `promised` (number, unit) of a
    registration.
    """

    kind: Kind
    at: datetime
    sequence: int
    place: str | None = None
    stage: State | None = None
    agency: str | None = None
    reason: PauseReason | None = None
    promised: tuple[int, Unit] | None = None
    by_owner: bool = True


def in_order(facts: Iterable[Fact]) -> list[Fact]:
    """Each fact once, by business time, then sequence; the rest only makes the order total."""
    return sorted(set(facts), key=_place_of)


def _place_of(fact: Fact) -> tuple[datetime, int, str, str, str]:
    return (fact.at, fact.sequence, fact.kind, fact.stage or "", fact.agency or "")
