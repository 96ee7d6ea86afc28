"""Periods as people write them: `2026`, `2026-S1`, `2026-Q3`, `2026-09`, `2026-09-14`."""

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

_MONTHS_PER = {"S": 6, "Q": 3}
_SHAPE = re.compile(
    r"(?P<year>[0-9]{4})"
    r"(?:-(?:(?P<part>S[12]|Q[1-4])|(?P<month>[0-9]{2})(?:-(?P<day>[0-9]{2}))?))?"
)


class Grain(StrEnum):
    """Which rollup rows answer a period."""

    DAY = "d"
    MONTH = "m"
    YEAR = "y"


class BadPeriod(ValueError):
    """Not a period that exists."""


@dataclass(frozen=True, slots=True)
class Period:
    """The days from `first` to `last`, both included."""

    text: str
    grain: Grain
    first: date
    last: date

    def __str__(self) -> str:
        return self.text


def parse(text: str) -> Period:
    """The period that a text names. Raises BadPeriod."""
    match = _SHAPE.fullmatch(text)
    if match is None:
        raise BadPeriod(text)
    year, part, month, day = match.group("year", "part", "month", "day")
    try:
        if day:
            only = date(int(year), int(month), int(day))
            return Period(text, Grain.DAY, only, only)
        if month:
            return _months(text, int(year), int(month), 1)
        if part:
            length = _MONTHS_PER[part[0]]
            return _months(text, int(year), (int(part[1]) - 1) * length + 1, length)
        return Period(text, Grain.YEAR, date(int(year), 1, 1), date(int(year), 12, 31))
    except ValueError as impossible:
        raise BadPeriod(text) from impossible


def year_of(day: date) -> Period:
    """The year that holds a day."""
    return parse(f"{day.year:04d}")


def month_of(day: date) -> Period:
    """The month that holds a day."""
    return parse(f"{day.year:04d}-{day.month:02d}")


def _months(text: str, year: int, month: int, length: int) -> Period:
    end = month + length - 1
    first = date(year, month, 1)
    return Period(text, Grain.MONTH, first, date(year, end, monthrange(year, end)[1]))
