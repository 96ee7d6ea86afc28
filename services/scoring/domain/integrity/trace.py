"""Traces: what answers of a day and a sender leave behind that tells how they came to be.

Integers only, so that any split, order and repetition of the log gives the same traces. Nothing in
them is about a person: who sent is the id of an agency's key, and a citizen's form has none.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from services.scoring.domain.elements import HIGHEST

TRACE_KEY = ("service", "day", "place", "series", "key")
TRACE_COUNTERS = ("n", "whole", "straight", "all_four")
# A minute and its answers are kept in one integer: minute << COUNT_BITS | answers.
COUNT_BITS = 32
MINUTES_A_DAY = 24 * 60
# Where answers are entered afterwards, their times are those of a file.
UNTIMED = frozenset({"imported"})

Key = tuple[str, str, str, str, str]
Counts = Sequence[tuple[int, int]]
# Whether an answer is whole, one score throughout, and that score 4.
Shape = tuple[bool, bool, bool]


@dataclass(slots=True)
class Tracks:
    """The answers of one key of `TRACE_KEY`, counted in memory."""

    n: int = 0
    whole: int = 0
    straight: int = 0
    all_four: int = 0
    minutes: dict[int, int] = field(default_factory=dict)

    def add(self, shape: Shape, minute: int) -> None:
        """One more answer, and its minute of the day."""
        whole, straight, all_four = shape
        self.n += 1
        self.whole += whole
        self.straight += straight
        self.all_four += all_four
        self.minutes[minute] = self.minutes.get(minute, 0) + 1

    def packed(self) -> list[int]:
        """The minutes with their answers as the table has them, in order."""
        return [(minute << COUNT_BITS) + n for minute, n in sorted(self.minutes.items())]


@dataclass(frozen=True, slots=True)
class Trace:
    """Answers of one day, series and sender at a unit.

    `whole` of the `n` answers have all nine scores, `straight` of these nine equal ones, `all_four`
    of these only 4. `minutes`: (minute, answers) in order. `key` is empty for a citizen's form.
    """

    day: date
    series: str
    key: str
    n: int
    whole: int
    straight: int
    all_four: int
    minutes: Counts

    @property
    def since(self) -> datetime:
        """The minute of the first answer."""
        return moment_of(self.day, self.minutes[0][0])

    @property
    def until(self) -> datetime:
        """The minute after that of the last one."""
        return moment_of(self.day, self.minutes[-1][0] + 1)


@dataclass(frozen=True, slots=True)
class Unit:
    """A service at one place in a period: all its traces, and per series how its whole answers are
    distributed: for each element how often 1, 2, 3 and 4 were given."""

    service: str
    place: str
    traces: Sequence[Trace]
    scores: Mapping[str, Sequence[Sequence[int]]]

    def by_series(self) -> dict[str, list[Trace]]:
        """The traces of each series, in the order of their names."""
        found: dict[str, list[Trace]] = {}
        for trace in sorted(self.traces, key=lambda trace: (trace.series, trace.day, trace.key)):
            found.setdefault(trace.series, []).append(trace)
        return found


def shape_of(scores: Sequence[int | None]) -> Shape:
    """The shape of nine scores 1-4 or None."""
    is_whole = None not in scores
    is_straight = is_whole and len(set(scores)) == 1
    return is_whole, is_straight, is_straight and scores[0] == HIGHEST


def minute_of(day: date, at: datetime) -> int:
    """Whole minutes from 00:00 UTC of the answer's day, which is local: may be below 0.

    So traces need no time zone, and an hour that a place's clock repeats does no harm. Raises
    TypeError for a time without zone, ValueError for one that is not of this day anywhere.
    """
    minute = (at - datetime(day.year, day.month, day.day, tzinfo=UTC)) // timedelta(minutes=1)
    if not -MINUTES_A_DAY <= minute < 2 * MINUTES_A_DAY:
        raise ValueError(f"{at.isoformat()} is not on {day}")
    return minute


def moment_of(day: date, minute: int) -> datetime:
    """When a minute of `minute_of` begins."""
    return datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(minutes=minute)


def unpacked(packed: Iterable[int]) -> Counts:
    """(minute, answers) of the table's integers."""
    return [(each >> COUNT_BITS, each & (1 << COUNT_BITS) - 1) for each in packed]


def merged(traces: Iterable[Trace]) -> dict[date, Counts]:
    """Per day the minutes of all senders together."""
    days: dict[date, dict[int, int]] = {}
    for trace in traces:
        minutes = days.setdefault(trace.day, {})
        for minute, n in trace.minutes:
            minutes[minute] = minutes.get(minute, 0) + n
    return {day: sorted(minutes.items()) for day, minutes in sorted(days.items())}
