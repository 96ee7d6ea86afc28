"""A mark: what was seen, what honest answers would have given, and the slice that it is about."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from services.scoring.domain.integrity.trace import Trace, Unit
from services.scoring.domain.statistics.words import Words

# The chance of a false mark: for each rule, unit and period, after a correction for all that the
# rule looked at in it (Bonferroni). A thousand honest units give one mark of each rule.
LEVEL = 1 / 1000
_STRONG = 1e-6


class Kind(StrEnum):
    """What the mark is about."""

    STRAIGHT_LINING = "straight-lining"
    BURST = "burst"
    TOO_REGULAR = "too-regular"
    ALL_FOUR_DAY = "all-four-day"
    ONE_KEY = "one-key"
    ASSISTED = "assisted"


class Severity(StrEnum):
    """`note`: worth knowing · `look`: less than one honest unit in a thousand · `strong`: in a
    million."""

    NOTE = "note"
    LOOK = "look"
    STRONG = "strong"


@dataclass(frozen=True, slots=True)
class Slice:
    """The answers meant, as a proposal of a quarantine names them; None: any.

    `until` is exclusive.
    """

    service: str
    place: str | None
    series: str | None
    key: str | None
    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class Mark:
    """`observed` of `n`, where honest answers give `expected` (one decimal) or at most that.

    `p` is the probability of so much by chance, corrected for all that the rule looked at.
    """

    kind: Kind
    severity: Severity
    n: int
    observed: int
    expected: str
    p: float
    slice: Slice
    words: Words


@dataclass(frozen=True, slots=True)
class Finding:
    """What a rule found out of the ordinary."""

    n: int
    observed: int
    expected: float
    p: float


def mark(
    kind: Kind, found: Finding, where: Slice, words: Words, *, only_a_note: bool = False
) -> Mark:
    """A mark as it is shown: its figures rounded, its severity from its probability."""
    strength = Severity.STRONG if found.p <= _STRONG else Severity.LOOK
    return Mark(
        kind=kind,
        severity=Severity.NOTE if only_a_note else strength,
        n=found.n,
        observed=found.observed,
        expected=f"{found.expected:.1f}",
        p=found.p,
        slice=where,
        words=words,
    )


def slice_of(unit: Unit, traces: Sequence[Trace], *, key: str | None = None) -> Slice:
    """All that these traces of one series hold, of one sender if a key is given."""
    return Slice(
        service=unit.service,
        place=unit.place or None,
        series=traces[0].series,
        key=key or None,
        since=min(trace.since for trace in traces),
        until=max(trace.until for trace in traces),
    )
