"""The national calendar, from the package `holidays`: what is decreed, never what is estimated."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from holidays import country_holidays

from services.scoring.domain.calendar import CalendarDay, DayKind, WorkCalendar

FIRST_YEAR = 2020  # no event is older
LAST_YEAR = 2035  # the package estimates long before
# The default of the package is `public` alone: without cuti bersama.
_CATEGORIES = {"public": DayKind.HOLIDAY, "government": DayKind.JOINT_LEAVE}
_ESTIMATED = ("(estimated)", "(perkiraan)")
_DECREE = "SKB 3 Menteri, hari libur nasional dan cuti bersama {year}"


def national_calendar(
    decreed: Mapping[int, Sequence[CalendarDay]] | None = None,
    overrides: Iterable[CalendarDay] = (),
) -> WorkCalendar:
    """The calendar of all years whose holidays are decreed, from 2020 on, without a hole.

    A year of which the package estimates any day is not known, unless `decreed` lists its days:
    that is how a decree gets in before the package has it. `overrides` are those of a place.
    """
    years: list[int] = []
    marked: list[CalendarDay] = []
    for year in range(FIRST_YEAR, LAST_YEAR + 1):
        days = (decreed or {}).get(year) or packaged(year)
        if days is None:
            break
        years.append(year)
        marked += days
    return WorkCalendar.of(years, [*marked, *overrides])


def packaged(year: int) -> list[CalendarDay] | None:
    """The holidays and cuti bersama of a year, or None where a date is only estimated.

    A day that is both is a holiday. A year without cuti bersama is not decreed yet, either.
    """
    days: dict[date, CalendarDay] = {}
    for category, kind in reversed(_CATEGORIES.items()):
        english = country_holidays("ID", years=year, categories=(category,), language="en_US")
        indonesian = country_holidays("ID", years=year, categories=(category,), language="id")
        if not indonesian or any(name.endswith(_ESTIMATED) for name in english.values()):
            return None
        for day, name in indonesian.items():
            days[day] = CalendarDay(day, kind, name, english[day], _DECREE.format(year=year))
    return [days[day] for day in sorted(days)]
