"""Periods: what each form means, and that nothing else is one."""

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.scoring.domain import period
from services.scoring.domain.period import BadPeriod, Grain


@pytest.mark.parametrize(
    ("text", "grain", "first", "last"),
    [
        ("2026", Grain.YEAR, date(2026, 1, 1), date(2026, 12, 31)),
        ("2026-S1", Grain.MONTH, date(2026, 1, 1), date(2026, 6, 30)),
        ("2026-S2", Grain.MONTH, date(2026, 7, 1), date(2026, 12, 31)),
        ("2026-Q1", Grain.MONTH, date(2026, 1, 1), date(2026, 3, 31)),
        ("2026-Q3", Grain.MONTH, date(2026, 7, 1), date(2026, 9, 30)),
        ("2026-Q4", Grain.MONTH, date(2026, 10, 1), date(2026, 12, 31)),
        ("2026-09", Grain.MONTH, date(2026, 9, 1), date(2026, 9, 30)),
        ("2024-02", Grain.MONTH, date(2024, 2, 1), date(2024, 2, 29)),
        ("2026-09-14", Grain.DAY, date(2026, 9, 14), date(2026, 9, 14)),
        ("9999", Grain.YEAR, date(9999, 1, 1), date(9999, 12, 31)),
    ],
)
def test_a_period_is_a_range_of_days_and_the_rows_that_answer_it(
    text: str, grain: Grain, first: date, last: date
) -> None:
    found = period.parse(text)

    assert (found.grain, found.first, found.last) == (grain, first, last)
    assert str(found) == text


@pytest.mark.parametrize(
    "text",
    [
        *("", "26", "0000", "2026-S3", "2026-s1", "2026-Q0", "2026-Q5", "2026-13", "2026-00"),
        *("2026-9", "2026-02-30", "2025-02-29", "2026-09-1", "2026-Q3-01", " 2026", "2026\n"),
        *("2026-09-14T10", "２０２６", "+2026", "-2026", "2026--1", "latest"),
    ],
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(BadPeriod):
        period.parse(text)


@given(st.dates(min_value=date(2000, 1, 1), max_value=date(2100, 12, 31)))
def test_a_day_lies_in_its_month_and_year(day: date) -> None:
    month, year = period.month_of(day), period.year_of(day)

    assert year.first <= month.first <= day <= month.last <= year.last
    assert period.parse(day.isoformat()).first == day


@given(st.integers(2000, 2100), st.sampled_from([("S", 2), ("Q", 4)]))
def test_the_parts_of_a_year_follow_each_other_without_a_gap(
    year: int, parts: tuple[str, int]
) -> None:
    letter, count = parts
    found = [period.parse(f"{year}-{letter}{number}") for number in range(1, count + 1)]

    assert found[0].first == date(year, 1, 1)
    assert found[-1].last == date(year, 12, 31)
    for earlier, later in pairwise(found):
        assert later.first == earlier.last + timedelta(days=1)


@given(st.text(max_size=12))
def test_any_text_is_a_period_or_refused(text: str) -> None:
    try:
        found = period.parse(text)
    except BadPeriod:
        return
    assert found.first <= found.last
