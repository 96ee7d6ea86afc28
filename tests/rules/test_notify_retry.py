"""What follows an attempt: the schedule, what receivers may ask for, and when we give up."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notify.domain.retry import (
    SCHEDULE,
    Next,
    Outcome,
    Verdict,
    after,
    asked_to_wait,
)

NOW = datetime(2026, 9, 14, 3, 0, tzinfo=UTC)
BUSY = Outcome(status=503)


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
def test_a_2xx_is_a_delivery(status: int) -> None:
    assert after(Outcome(status=status), 3, NOW, spread=0) == Verdict(Next.DELIVERED)


@pytest.mark.parametrize("status", [101, 199, 300, 301, 302, 307, 308, 400, 404, 429, 500, 599])
def test_everything_else_is_tried_again(status: int) -> None:
    assert after(Outcome(status=status), 0, NOW, spread=0).next is Next.AGAIN


def test_the_delays_are_those_of_the_promise() -> None:
    waits = [after(BUSY, failures, NOW, spread=0).due for failures in range(9)]

    assert [due - NOW for due in waits if due] == [
        timedelta(seconds=5),
        timedelta(minutes=5),
        timedelta(minutes=30),
        timedelta(hours=2),
        timedelta(hours=5),
        timedelta(hours=10),
        timedelta(hours=14),
        timedelta(hours=20),
        timedelta(hours=24),
    ]


def test_after_ten_failures_it_is_given_up() -> None:
    assert len(SCHEDULE) == 10
    assert after(Outcome(error="timeout"), 9, NOW, spread=0) == Verdict(Next.GIVEN_UP)


def test_gone_is_given_up_at_once() -> None:
    assert after(Outcome(status=410), 0, NOW, spread=0) == Verdict(Next.GIVEN_UP)


@given(failures=st.integers(0, 8), spread=st.floats(-1, 1))
def test_the_jitter_stays_within_a_tenth(failures: int, spread: float) -> None:
    due = after(BUSY, failures, NOW, spread=spread).due

    assert due is not None
    planned = SCHEDULE[failures + 1]
    assert abs((due - NOW) - planned) <= planned * 0.1 + timedelta(microseconds=1)


def test_a_test_may_shorten_the_schedule() -> None:
    assert after(BUSY, 1, NOW, spread=0, scale=0.001).due == NOW + timedelta(seconds=0.3)


def test_retry_after_is_obeyed_up_to_a_day() -> None:
    def due(asked: timedelta) -> datetime | None:
        return after(Outcome(status=429, retry_after=asked), 0, NOW, spread=0).due

    assert due(timedelta(minutes=3)) == NOW + timedelta(minutes=3)
    assert due(timedelta(hours=24)) == NOW + timedelta(hours=24)
    assert due(timedelta(hours=24, seconds=1)) == NOW + timedelta(seconds=5)
    assert due(timedelta(days=999_999)) == NOW + timedelta(seconds=5)
    assert due(timedelta(seconds=-5)) == NOW + timedelta(seconds=5)
    assert due(timedelta(seconds=1)) == NOW + timedelta(seconds=5)


@pytest.mark.parametrize(
    ("header", "wait"),
    [
        ("120", timedelta(seconds=120)),
        ("0", timedelta(0)),
        ("Mon, 14 Sep 2026 03:02:00 GMT", timedelta(minutes=2)),
        ("Mon, 14 Sep 2026 02:59:00 GMT", timedelta(minutes=-1)),
        ("-1", None),
        ("1.5", None),
        ("٣", None),
        ("9" * 400, None),
        ("soon", None),
        ("", None),
        ("Mon, 99 Sep 2026 03:02:00 GMT", None),
        ("Mon, 14 Sep 99999 03:02:00 GMT", None),
    ],
)
def test_retry_after_is_read_as_seconds_or_a_date(header: str, wait: timedelta | None) -> None:
    assert asked_to_wait(header, NOW) == wait
