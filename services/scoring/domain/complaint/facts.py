"""What an agency tells of a complaint: one fact, and how facts are ordered."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Kind(StrEnum):
    """What happened."""

    FILED = "filed"
    VERIFIED = "verified"
    FORWARDED = "forwarded"
    ANSWERED = "answered"
    CLOSED = "closed"
    REOPENED = "reopened"


class State(StrEnum):
    """Where a complaint stands (SP4N: terkirim, terverifikasi, ditolak, diarsip, diteruskan,
    diproses, dijawab, selesai, dibuka kembali)."""

    SENT = "sent"
    VERIFIED = "verified"
    REJECTED = "rejected"
    ARCHIVED = "archived"
    FORWARDED = "forwarded"
    IN_PROGRESS = "in_progress"
    ANSWERED = "answered"
    CLOSED = "closed"
    REOPENED = "reopened"


class Category(StrEnum):
    """What it is, which says how long it may take."""

    INFORMATION_REQUEST = "information_request"
    ASPIRATION = "aspiration"
    COMPLAINT = "complaint"
    SUPERVISED_COMPLAINT = "supervised_complaint"


class Verdict(StrEnum):
    """How it was verified."""

    ACCEPTED = "accepted"
    REJECTED = "rejected"
    ARCHIVED = "archived"


# The ten forms of maladministration, as the Ombudsman counts them (UU 37/2008 pasal 1).
FORMS = (
    "no_service",
    "undue_delay",
    "procedure_deviation",
    "impropriety",
    "incompetence",
    "abuse_of_authority",
    "demand_for_payment",
    "discrimination",
    "partiality",
    "conflict_of_interest",
)


@dataclass(frozen=True, slots=True)
class Fact:
    """One event; `sequence` is its place in its stream. What a kind does not tell is None.

    `reason` is that of a closing; `agency` the one to which it was forwarded.
    """

    kind: Kind
    at: datetime
    sequence: int
    place: str | None = None
    category: Category | None = None
    form: str | None = None
    channel: str | None = None
    is_anonymous: bool = False
    is_confidential: bool = False
    verdict: Verdict | None = None
    agency: str | None = None
    is_final: bool = True
    reason: str | None = None


def in_order(facts: Iterable[Fact]) -> list[Fact]:
    """Each fact once, by business time, then sequence; the rest only makes the order total."""
    return sorted(set(facts), key=lambda fact: (fact.at, fact.sequence, fact.kind))
