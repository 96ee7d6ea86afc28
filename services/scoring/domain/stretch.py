"""Stretches of time: the months, quarters, semesters or years from one day to another."""

from datetime import date

from services.scoring.domain import period as periods
from services.scoring.domain.period import Period
from services.scoring.domain.publication.label import Span, month_number


def holding(day: date, span: Span) -> Period:
    """The period of that length that holds a day."""
    return _numbered(month_number(day) // span, span)


def between(first: date, last: date, span: Span) -> list[Period]:
    """The periods from the one that holds `first` to the one that holds `last`, oldest first."""
    return [
        _numbered(number, span)
        for number in range(month_number(first) // span, month_number(last) // span + 1)
    ]


def of_year(year: int) -> list[Period]:
    """All periods of a year, the months first and the year itself last."""
    return [each for span in Span for each in between(date(year, 1, 1), date(year, 12, 31), span)]


def before(period: Period, most: int) -> list[Period]:
    """The `most` periods of the same length before one of whole months, oldest first."""
    span = Span(month_number(period.last) - month_number(period.first) + 1)
    return upto(period, span, most + 1)[:-1]


def length(first: date, last: date, span: Span) -> int:
    """How many periods lie between, without making them: anybody may ask for 9,999 years."""
    return month_number(last) // span - month_number(first) // span + 1


def upto(last: Period, span: Span, most: int) -> list[Period]:
    """The `most` periods that end with this one, oldest first; none before the year 1."""
    end = month_number(last.first) // span
    first = max(month_number(date.min) // span, end - most + 1)
    return [_numbered(number, span) for number in range(first, end + 1)]


def _numbered(number: int, span: Span) -> Period:
    year, part = divmod(number, 12 // span)
    name = {
        Span.MONTH: f"-{part + 1:02d}",
        Span.QUARTER: f"-Q{part + 1}",
        Span.SEMESTER: f"-S{part + 1}",
        Span.YEAR: "",
    }
    return periods.parse(f"{year:04d}{name[span]}")
