"""A trend over periods: the slope by hand, what counts as one, and what does not."""

from fractions import Fraction
from math import sqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.scoring.domain.statistics.comparison import Verdict, compare
from services.scoring.domain.statistics.moments import Moments
from services.scoring.domain.statistics.student import two_sided_p
from services.scoring.domain.statistics.trend import Against, Trend, trend_of

TINY = Fraction(1, 10**8)
POINT = Fraction(25, 9)
periods = st.lists(st.lists(st.integers(9, 36), min_size=10, max_size=30), min_size=3, max_size=6)


def around(total: int, n: int) -> Moments:
    """n answers with this mean, a third each two below, at, and two above it."""
    third = n // 3
    totals = [total - 2, total, total + 2] * third
    return Moments(len(totals), sum(totals), sum(value * value for value in totals))


def of(totals: list[int]) -> Moments:
    return Moments(len(totals), sum(totals), sum(total * total for total in totals))


def test_a_steady_rise_is_a_trend_of_its_points_per_period() -> None:
    found = trend_of([around(20, 60), around(22, 60), around(24, 60), around(26, 60)])

    assert found.verdict is Verdict.RISE
    assert found.slope == 2 * POINT
    assert found.against is Against.SAMPLING
    assert found.p is not None and found.p < 1e-6


def test_a_fall_is_a_rise_backwards() -> None:
    found = trend_of([around(26, 60), around(24, 60), around(22, 60)])

    assert (found.verdict, found.slope) == (Verdict.FALL, -2 * POINT)


def test_a_small_slope_among_few_is_no_trend_and_among_many_it_is() -> None:
    totals = (22, 22, 23, 23)

    assert trend_of([around(t, 12) for t in totals]).verdict is Verdict.NO_REAL_CHANGE
    assert trend_of([around(t, 60) for t in totals]).verdict is Verdict.RISE


def test_up_and_down_is_no_trend_however_many_answer() -> None:
    found = trend_of([around(total, 30_000) for total in (20, 26, 20, 26)])

    assert found.slope is not None and found.slope > 0
    assert (found.verdict, found.against) == (Verdict.NO_REAL_CHANGE, Against.SCATTER)


def test_a_rise_with_some_scatter_is_a_trend_all_the_same() -> None:
    found = trend_of([around(total, 3000) for total in (16, 19, 20, 23, 24, 27, 28)])

    assert (found.verdict, found.against) == (Verdict.RISE, Against.SCATTER)


def test_the_scatter_test_by_hand() -> None:
    # 0, 3, 0, 3, 5 points of the total: mean 2.2, slope 10/10, squares around it 18.8 - 10 = 8.8;
    # so the error of the slope is √(8.8 / 3 / 10) and t with three degrees 3.182446.
    found = trend_of([around(20 + rise, 3000) for rise in (0, 3, 0, 3, 5)])
    half = 3.182446305284 * (8.8 / 3 / 10) ** 0.5

    assert found.slope == POINT
    assert found.high is not None
    assert float(found.high) == pytest.approx(float(POINT) * (1 + half), abs=1e-6)


def test_a_little_scatter_widens_the_interval_by_the_birge_ratio() -> None:
    # 2, 2, 3, 3 above 20: 0.1, 0.3, 0.3 and 0.1 off the line, so 0.2 / 2 around it, where the
    # answers' variance of 160/59 explains 160/59/60. F is 2.21: neither certain nor nothing.
    found = trend_of([around(total, 60) for total in (22, 22, 23, 23)])
    explained = 160 / 59 / 60
    half = 1.970 * sqrt(explained / 5) * sqrt(0.1 / explained)

    assert found.against is Against.SAMPLING
    assert found.low is not None and found.high is not None
    assert float(found.high - found.low) == pytest.approx(float(POINT) * 2 * half, rel=0.01)
    assert found.p == pytest.approx(two_sided_p(0.4 / sqrt(0.1 / 5), 236), abs=0.002)


def test_a_period_weighs_as_many_answers_as_it_has() -> None:
    # Weights 1, 1, 2: the mean period is 5/4, so the slope is (-5·0 - 1·0 + 2·3·3) / 11 × 4/4.
    found = trend_of([around(20, 30), around(20, 30), around(23, 60)])

    assert found.slope == Fraction(18, 11) * POINT


def test_a_period_with_few_answers_is_left_out_and_keeps_its_place() -> None:
    few = of([36] * 9)
    found = trend_of([around(20, 60), few, around(24, 60), around(26, 60)])

    assert (found.periods, found.slope) == (3, 2 * POINT)


def test_two_periods_are_no_trend_but_have_a_last_step() -> None:
    before, after = around(20, 60), around(26, 60)
    found = trend_of([of([]), before, after])

    assert found == Trend(Verdict.TOO_FEW, 2, last_step=compare(before, after))
    assert trend_of([before]) == Trend(Verdict.TOO_FEW, 1)
    assert trend_of([]) == Trend(Verdict.TOO_FEW, 0)


def test_the_last_step_may_go_against_the_trend() -> None:
    found = trend_of([around(total, 300) for total in (12, 16, 20, 24, 28, 27)])

    assert found.verdict is Verdict.RISE
    assert found.last_step is not None
    assert found.last_step.verdict is Verdict.FALL


def test_known_populations_make_a_slope_surer() -> None:
    answers = [around(total, 12) for total in (22, 22, 23, 23)]

    assert trend_of(answers).verdict is Verdict.NO_REAL_CHANGE
    assert trend_of(answers, [13] * 4).against is Against.SCATTER
    steady = [around(total, 12) for total in (22, 23, 24)]
    alone, among = trend_of(steady), trend_of(steady, [13, 13, 13])
    assert alone.p is not None and among.p is not None
    assert among.p < alone.p


def test_censuses_on_a_line_are_a_trend_and_off_it_they_are_their_scatter() -> None:
    on, off = [of([20 + step] * 12) for step in range(3)], [of([t] * 12) for t in (20, 23, 21)]

    assert trend_of(on, [12] * 3).p == 0
    assert trend_of(off, [12] * 3).against is Against.SCATTER


def test_equal_answers_in_every_period_are_no_change() -> None:
    found = trend_of([of([27] * 12)] * 3)

    assert found.verdict is Verdict.NO_REAL_CHANGE
    assert found.slope == 0
    assert found.p == 1


def test_a_population_is_given_for_every_period_or_for_none() -> None:
    with pytest.raises(ValueError, match="shorter"):
        trend_of([around(20, 30)] * 3, [100])


@given(periods)
def test_time_backwards_turns_the_slope(answers: list[list[int]]) -> None:
    there = trend_of([of(totals) for totals in answers])
    back = trend_of([of(totals) for totals in reversed(answers)])
    assert there.slope is not None and there.low is not None and back.high is not None

    assert there.slope == -(back.slope or 0)
    assert there.p == pytest.approx(back.p, abs=1e-9)
    assert abs(there.low + back.high) < TINY


@given(periods)
def test_the_slope_lies_in_its_interval_and_the_verdict_follows(answers: list[list[int]]) -> None:
    found = trend_of([of(totals) for totals in answers])
    assert found.slope is not None and found.low is not None and found.high is not None

    assert found.low <= found.slope <= found.high
    assert (found.verdict is Verdict.RISE) == (found.low > 0)
    assert (found.verdict is Verdict.FALL) == (found.high < 0)
    assert found.p is not None
    if abs(found.p - 0.05) > 1e-6:
        assert (found.verdict is Verdict.NO_REAL_CHANGE) == (found.p > 0.05)
