"""Stretches of time: consecutive periods of one length, also over the turn of a year."""

from datetime import date
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.scoring.domain import period as periods
from services.scoring.domain import scope as scopes
from services.scoring.domain import stretch
from services.scoring.domain.publication.label import Span
from services.scoring.domain.scope import may_share_answers


@pytest.mark.parametrize(
    ("span", "names"),
    [
        (Span.MONTH, ["2025-11", "2025-12", "2026-01", "2026-02"]),
        (Span.QUARTER, ["2025-Q4", "2026-Q1"]),
        (Span.SEMESTER, ["2025-S2", "2026-S1"]),
        (Span.YEAR, ["2025", "2026"]),
    ],
)
def test_a_stretch_begins_and_ends_with_the_periods_that_hold_its_days(
    span: Span, names: list[str]
) -> None:
    found = stretch.between(date(2025, 11, 30), date(2026, 2, 1), span)

    assert [str(each) for each in found] == names


@given(st.dates(), st.dates(), st.sampled_from(Span))
def test_periods_follow_each_other_without_a_gap_and_their_number_is_known_before(
    first: date, last: date, span: Span
) -> None:
    first, last = sorted((first, last))
    if stretch.length(first, last, span) > 200:
        return

    found = stretch.between(first, last, span)

    assert len(found) == stretch.length(first, last, span)
    assert found[0].first <= first <= found[0].last
    assert found[-1].first <= last <= found[-1].last
    for before, after in pairwise(found):
        assert (after.first - before.last).days == 1


def test_the_last_periods_end_with_the_given_one_and_never_before_the_calendar() -> None:
    quarter = periods.parse("2026-Q1")
    assert [str(each) for each in stretch.upto(quarter, Span.QUARTER, 3)] == [
        "2025-Q3",
        "2025-Q4",
        "2026-Q1",
    ]
    assert len(stretch.upto(periods.parse("0001-02"), Span.MONTH, 12)) == 2


@pytest.mark.parametrize(
    ("first", "second", "may"),
    [
        ("city", "city", True),
        ("city", "service:a.x", True),
        ("agency:a", "agency:b", False),
        ("agency:a", "service:a.x", True),
        ("agency:a", "service:b.x", False),
        ("service:a.x", "service:a.y", False),
        ("place:mpp", "place:office", False),
        ("place:mpp", "agency:a", True),
        ("place:mpp", "service:a.x", True),
    ],
)
def test_two_scopes_may_share_answers_or_cannot(first: str, second: str, may: bool) -> None:
    one, two = scopes.parse(first), scopes.parse(second)

    assert may_share_answers(one, two) is may
    assert may_share_answers(two, one) is may
