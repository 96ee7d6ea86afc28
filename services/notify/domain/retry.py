"""What follows an attempt: delivered, again later, given up, or the endpoint is gone."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from enum import StrEnum

# The delay before each attempt, counted from the failure before it (Standard Webhooks' example).
SCHEDULE: tuple[timedelta, ...] = (
    timedelta(0),
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=14),
    timedelta(hours=20),
    timedelta(hours=24),
)
JITTER = 0.1
LONGEST_RETRY_AFTER = timedelta(hours=24)
DISABLE_AFTER = timedelta(days=5)  # of nothing but failures
GONE = 410
_SECONDS = re.compile(r"\A[0-9]{1,9}\Z")


class Next(StrEnum):
    """What becomes of a delivery after an attempt."""

    DELIVERED = "delivered"
    AGAIN = "waiting"
    GIVEN_UP = "failed"


@dataclass(frozen=True, slots=True)
class Outcome:
    """How an attempt ended: with a status, or with the code of an error."""

    status: int | None = None
    error: str | None = None
    retry_after: timedelta | None = None

    @property
    def succeeded(self) -> bool:
        """Only a 2xx is a delivery; a redirect is a failure."""
        return self.status is not None and 200 <= self.status < 300

    @property
    def gone(self) -> bool:
        """The receiver says that it never wants another one."""
        return self.status == GONE


@dataclass(frozen=True, slots=True)
class Verdict:
    """What follows; `due` only when it is tried again."""

    next: Next
    due: datetime | None = None


def after(
    outcome: Outcome, failures: int, now: datetime, *, spread: float, scale: float = 1.0
) -> Verdict:
    """The verdict on an attempt before which there were `failures`.

    `spread` in [-1, 1] is the dice of the jitter; `scale` shortens the schedule in tests.
    """
    if outcome.succeeded:
        return Verdict(Next.DELIVERED)
    if outcome.gone or failures + 1 >= len(SCHEDULE):
        return Verdict(Next.GIVEN_UP)
    wait = SCHEDULE[failures + 1] * (1 + JITTER * spread) * scale
    asked = outcome.retry_after
    if asked is not None and timedelta(0) < asked <= LONGEST_RETRY_AFTER:
        wait = max(wait, asked)
    return Verdict(Next.AGAIN, now + wait)


def asked_to_wait(header: str, now: datetime) -> timedelta | None:
    """What a `Retry-After` header asks for, as seconds or as a date; None for anything else."""
    if _SECONDS.match(header):
        return timedelta(seconds=int(header))
    try:
        until = parsedate_to_datetime(header)
    except (ValueError, OverflowError):
        return None
    return until - now if until.tzinfo is not None else None
