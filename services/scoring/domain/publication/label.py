"""Labels: the finest scope, place, series and period that hold all answers of a batch.

A leaf of the rollups (service, place, series, month) is the finest label there is.
"""

from calendar import monthrange
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from enum import IntEnum

from services.scoring.domain.elements import SERIES
from services.scoring.domain.period import Period
from services.scoring.domain.scope import Kind, Scope, agency_of

# A place of "" is "no place", which is not the same as several places.
MIXED = "*"
CITY_WIDE = ""

Key = tuple[str, str, str, str, str]


class Span(IntEnum):
    """How long the period of a label is, in months."""

    MONTH = 1
    QUARTER = 3
    SEMESTER = 6
    YEAR = 12

    @property
    def letter(self) -> str:
        """As it stands in a key."""
        return self.name[0].lower()


_BY_LETTER = {span.letter: span for span in Span}


class BadLabel(ValueError):
    """Not a label, or labels that have none in common."""


@dataclass(frozen=True, slots=True, order=True)
class Label:
    """`service` is a service, an agency or `CITY_WIDE`; place and series may be `MIXED`."""

    service: str
    place: str
    series: str
    span: Span
    start: date

    def __post_init__(self) -> None:
        if start_of(self.start, self.span) != self.start:
            raise BadLabel(f"{self.start} starts no period of {self.span:d} months")

    @classmethod
    def of_key(cls, key: Sequence[str]) -> "Label":
        """The label that `key` was made of. Raises BadLabel."""
        try:
            service, place, series, span, start = key
            return cls(service, place, series, _BY_LETTER[span], date.fromisoformat(start))
        except (ValueError, KeyError) as wrong:
            raise BadLabel(str(key)) from wrong

    @classmethod
    def between(cls, service: str, place: str, series: str, *, start: date, last: date) -> "Label":
        """The label of these first and last days. Raises BadLabel."""
        for span in Span:
            if start == start_of(start, span):
                label = cls(service, place, series, span, start)
                if label.last == last:
                    return label
        raise BadLabel(f"{start} to {last} is no period")

    def key(self) -> Key:
        """The label as the key of a row, in the columns of a rollup."""
        return self.service, self.place, self.series, self.span.letter, self.start.isoformat()

    @property
    def agency(self) -> str:
        """The agency that all of its answers are about, or `CITY_WIDE`."""
        return agency_of(self.service)

    @property
    def first_month(self) -> int:
        """Its first month, counted from the year 0: periods of k months are these numbers // k."""
        return month_number(self.start)

    @property
    def end_month(self) -> int:
        """The month after its last one."""
        return self.first_month + self.span

    @property
    def last(self) -> date:
        """The last day of its period."""
        year, month = divmod(self.end_month - 1, 12)
        return date(year, month + 1, monthrange(year, month + 1)[1])

    def lies_in(self, period: Period) -> bool:
        """Whether its own period is part of this one."""
        return period.first <= self.start and self.last <= period.last


def leaf(service: str, place: str, series: str, month: date) -> Label:
    """The label of a rollup row of month grain."""
    return Label(service, place, series, Span.MONTH, month)


def join(labels: Collection[Label]) -> Label:
    """The finest label that holds all of these (one at least).

    Raises BadLabel if they are of several years.
    """
    if len(labels) == 1:
        return next(iter(labels))
    services = {label.service for label in labels}
    if len(services) > 1:
        services = {label.agency for label in labels}
    span, start = _common_period(list(labels))
    return Label(
        _only(services, CITY_WIDE),
        _only({label.place for label in labels}, MIXED),
        _only({label.series for label in labels}, MIXED),
        span,
        start,
    )


def covers(scope: Scope, period: Period, series: Collection[str], label: Label) -> bool:
    """Whether the answers under a label belong to a figure, all of them and for sure."""
    return label.lies_in(period) and _in_series(series, label) and _in_scope(scope, label)


def month_number(day: date) -> int:
    """The month of a day, counted from the year 0."""
    return day.year * 12 + day.month - 1


def start_of(day: date, span: Span) -> date:
    """The first day of the period of that length that holds a day."""
    return date(day.year, (day.month - 1) // span * span + 1, 1)


def _common_period(labels: Sequence[Label]) -> tuple[Span, date]:
    if len({(label.span, label.start) for label in labels}) == 1:
        return labels[0].span, labels[0].start
    first = min(label.first_month for label in labels)
    last = max(label.end_month for label in labels) - 1
    for span in Span:
        if first // span == last // span:
            return span, start_of(date(first // 12, first % 12 + 1, 1), span)
    raise BadLabel("labels of several years have none in common")


def _only(values: set[str], several: str) -> str:
    return next(iter(values)) if len(values) == 1 else several


def _in_series(series: Collection[str], label: Label) -> bool:
    if label.series == MIXED:
        return set(SERIES) <= set(series)
    return label.series in series


def _in_scope(scope: Scope, label: Label) -> bool:
    match scope.kind:
        case Kind.CITY:
            return True
        case Kind.AGENCY:
            return label.agency == scope.code
        case Kind.SERVICE:
            return label.service == scope.code
        case Kind.PLACE:
            return label.place == scope.code
