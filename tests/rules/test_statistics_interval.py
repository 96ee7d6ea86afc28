"""The interval of an index: computed by hand, on both sides of its edges, and for any answers."""

from fractions import Fraction
from math import exp, log, sqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.scoring.domain.ikm import Tally, WeightMethod
from services.scoring.domain.statistics.estimate import Basis, Population, unseen_share
from services.scoring.domain.statistics.interval import Interval, element_interval, interval_of
from services.scoring.domain.statistics.moments import Moments, moments_of_tally

totals = st.lists(st.integers(9, 36), min_size=2, max_size=60)
TINY = Fraction(1, 10**8)


def of(*totals: int) -> Moments:
    return Moments(len(totals), sum(totals), sum(total * total for total in totals))


def interval(moments: Moments, population: int | None = None) -> Interval:
    found = interval_of(moments, population)
    assert found is not None
    return found


def ends(found: Interval) -> tuple[float, float]:
    return float(found.low), float(found.high)


def test_four_respondents_by_hand() -> None:
    # Mean 31.5 is 5/6 of the way from 9 to 36, whose logit is ln 5. The variance is 27, so the
    # standard error is √(27/4) / 27 of the way, and 36/5 times that on the logit scale.
    t, error = 3.182446305284, sqrt(27 / 4) / 27 * 36 / 5
    low, high = (25 + 75 / (1 + exp(-(log(5) + side * t * error))) for side in (-1, 1))

    assert (low, high) == pytest.approx((51.66, 98.38), abs=0.01)
    assert ends(interval(of(27, 27, 36, 36))) == pytest.approx((low, high), abs=1e-7)


def test_an_element_by_hand() -> None:
    # 20 answers of 3 and 80 of 4: NRR 3.8, 14/15 of the way; variance 16/99.
    t, error = 1.984216951509, sqrt(16 / 99 / 100) / 3 / (14 / 225)
    low, high = (25 + 75 / (1 + exp(-(log(14) + side * t * error))) for side in (-1, 1))
    found = element_interval(Tally((0, 0, 20, 80)))

    assert found is not None
    assert ends(found) == pytest.approx((low, high), abs=1e-7)
    assert (low, high) == pytest.approx((92.60, 96.66), abs=0.01)


def test_an_index_near_100_may_be_much_too_high_but_hardly_too_low() -> None:
    moments = of(*[36] * 28, 20, 27)
    found = interval(moments)
    assert moments.index is not None

    assert moments.index - found.low > 3 * (found.high - moments.index)


def test_the_half_of_a_known_population_leaves_seven_tenths_of_the_doubt() -> None:
    answers = of(*[22, 23] * 500)
    alone, among = interval(answers), interval(answers, 2000)

    assert (among.high - among.low) / (alone.high - alone.low) == pytest.approx(
        sqrt(1000 / 1999), rel=1e-4
    )
    assert (alone.population, among.population) == (Population.UNKNOWN, Population.KNOWN)


def test_a_population_that_answered_to_the_last_leaves_no_doubt() -> None:
    answers = of(27, 30, 36)
    found = interval(answers, 3)

    assert found.low == found.high == answers.index
    assert found.basis is Basis.CENSUS
    assert interval(of(*[36] * 5), 5).low == 100


def test_a_population_smaller_than_the_answers_is_not_believed_and_it_is_said() -> None:
    found = interval(of(27, 30, 36), 2)

    assert ends(found) == ends(interval(of(27, 30, 36)))
    assert found.population is Population.BELOW_N


def test_one_answer_has_no_interval() -> None:
    assert interval_of(of(30)) is None
    assert interval_of(of(), 10) is None
    assert element_interval(Tally((0, 0, 1, 0))) is None


def test_thirty_perfect_answers_may_have_missed_one_user_in_ten() -> None:
    # 0.904966 ** 30 = 0.05: if more than 9.5034 % were dissatisfied, one would have been met.
    found = interval(of(*[36] * 30))

    assert ends(found) == pytest.approx((100 - 75 * 0.095034, 100), abs=1e-4)
    assert found.basis is Basis.NO_SPREAD


def test_thirty_equal_answers_in_the_middle_leave_doubt_on_both_sides() -> None:
    found = interval(of(*[27] * 30))

    assert ends(found) == pytest.approx((75 - 50 * 0.095034, 75 + 25 * 0.095034), abs=1e-4)


def test_equal_answers_of_nearly_everybody_leave_only_the_rest() -> None:
    # Of 40 users 30 answered alike. Two others would both be missed with 10/40 × 9/39 = 0.058,
    # three with 0.012: up to two of the 40 may think otherwise.
    assert unseen_share(30, 40) == 2 / 40
    assert ends(interval(of(*[36] * 30), 40)) == pytest.approx((100 - 75 * 2 / 40, 100))


@given(st.integers(2, 2000), st.integers(1, 10**6))
def test_a_population_never_hides_more_than_an_endless_one(n: int, others: int) -> None:
    assert unseen_share(n, n + others) <= unseen_share(n) + 1e-6


def test_a_weight_that_was_cut_lowers_the_interval_as_it_lowers_the_index() -> None:
    exact = interval(of(27, 30, 36))
    cut = interval_of(of(27, 30, 36), method=WeightMethod.TWO_DECIMALS)
    assert cut is not None

    assert (cut.low, cut.high) == (exact.low * Fraction(99, 100), exact.high * Fraction(99, 100))


@given(totals, st.none() | st.integers(0, 100))
def test_the_index_lies_in_its_interval_and_that_on_the_scale(
    totals: list[int], population: int | None
) -> None:
    index, found = of(*totals).index, interval(of(*totals), population)

    assert index is not None
    assert 25 <= found.low <= index <= found.high <= 100


@given(totals)
def test_the_order_and_the_split_of_the_answers_do_not_matter(totals: list[int]) -> None:
    half = len(totals) // 2

    assert interval(of(*totals[half:]) + of(*totals[:half])) == interval(of(*totals))


@given(totals, st.integers(2, 20))
def test_more_answers_of_the_same_kind_narrow_it(totals: list[int], times: int) -> None:
    few, many = interval(of(*totals)), interval(of(*totals * times))

    assert few.low <= many.low <= many.high <= few.high
    assert many.high - many.low < few.high - few.low


# Answers that are all alike leave a whole number of users, so there the share goes up and down.
@given(totals.filter(lambda totals: len(set(totals)) > 1), st.integers(1, 200), st.integers(1, 200))
def test_a_smaller_population_leaves_less_doubt(totals: list[int], some: int, more: int) -> None:
    small = interval(of(*totals), len(totals) + some)
    large = interval(of(*totals), len(totals) + some + more)

    assert large.low - TINY <= small.low <= small.high <= large.high + TINY


@given(totals)
def test_answers_turned_upside_down_have_the_interval_upside_down(totals: list[int]) -> None:
    found, turned = interval(of(*totals)), interval(of(*[45 - total for total in totals]))

    assert abs(found.low + turned.high - 125) < TINY
    assert abs(found.high + turned.low - 125) < TINY


@given(st.tuples(*[st.integers(0, 20)] * 4).filter(lambda counts: sum(counts) >= 2))
def test_nine_equal_elements_are_as_certain_as_one(counts: tuple[int, int, int, int]) -> None:
    one = moments_of_tally(Tally(counts))
    nine = Moments(one.n, 9 * one.total, 81 * one.total_sq)

    assert interval(nine) == element_interval(Tally(counts))
