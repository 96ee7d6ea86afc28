"""Two groups compared: when a difference is real, and that test and interval never disagree."""

from fractions import Fraction
from math import sqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.scoring.domain.statistics.comparison import (
    UNIT_WORDS,
    VERDICT_WORDS,
    Comparison,
    Verdict,
    compare,
)
from services.scoring.domain.statistics.interval import interval_of
from services.scoring.domain.statistics.moments import Moments
from services.scoring.domain.statistics.student import two_sided_p

groups = st.lists(st.integers(9, 36), min_size=10, max_size=60)
TINY = Fraction(1, 10**8)


def of(*totals: int) -> Moments:
    return Moments(len(totals), sum(totals), sum(total * total for total in totals))


def test_a_clear_rise_and_a_clear_fall() -> None:
    poor, good = of(*[18, 22, 25, 27] * 10), of(*[29, 31, 33, 36] * 10)
    risen, fallen = compare(poor, good), compare(good, poor)

    assert (risen.verdict, fallen.verdict) == (Verdict.RISE, Verdict.FALL)
    assert risen.difference == Fraction(37, 4) * Fraction(25, 9)
    assert risen.p is not None and risen.p < 1e-9


def test_the_same_answers_again_are_no_change() -> None:
    same = of(*[27, 30, 36, 20] * 5)
    found = compare(same, same)

    assert found.verdict is Verdict.NO_REAL_CHANGE
    assert found.difference == 0
    assert found.p == 1


def test_two_points_are_noise_among_forty_and_a_change_among_four_thousand() -> None:
    before, after = [20, 26, 30, 36], [21, 27, 31, 36]

    assert compare(of(*before * 10), of(*after * 10)).verdict is Verdict.NO_REAL_CHANGE
    assert compare(of(*before * 1000), of(*after * 1000)).verdict is Verdict.RISE


def test_in_the_middle_of_the_scale_it_is_the_plain_test_of_welch() -> None:
    # Means 22 and 23 of 45, variances n/(n-1) × 9 and × 4: there a logit is nearly a straight line.
    one, other = of(*[19, 25] * 100), of(*[21, 25] * 50)
    first, second = 9 / 199, 4 / 99
    df = (first + second) ** 2 / (first**2 / 199 + second**2 / 99)
    p = two_sided_p(1 / sqrt(first + second), df)
    found = compare(one, other)

    assert found.p == pytest.approx(p, rel=0.02)
    assert found.p == pytest.approx(0.0007, abs=1e-4)


def test_a_census_on_both_sides_leaves_nothing_to_chance() -> None:
    one, other = of(*[27] * 12), of(*[27] * 11, 28)
    found = compare(one, other, population_before=12, population_after=12)

    assert found.verdict is Verdict.RISE
    assert found.low == found.high == found.difference
    assert found.p == 0


def test_two_censuses_with_one_result_are_the_same() -> None:
    found = compare(of(*[27] * 12), of(*[27] * 15), population_before=12, population_after=15)

    assert found.verdict is Verdict.NO_REAL_CHANGE
    assert found.p == 1


def test_against_a_known_mean_a_group_without_spread_has_the_bound_of_its_own_interval() -> None:
    perfect, known = of(*[36] * 10), of(*[27] * 500)
    own = interval_of(perfect)
    found = compare(known, perfect, population_before=500)

    assert own is not None and found.low is not None
    assert found.low == own.low - 75


def test_a_known_population_makes_the_same_difference_surer() -> None:
    before, after = of(*[20, 26, 30, 36] * 10), of(*[22, 28, 32, 36] * 10)
    alone = compare(before, after)
    among = compare(before, after, population_before=44, population_after=44)

    assert (alone.verdict, among.verdict) == (Verdict.NO_REAL_CHANGE, Verdict.RISE)


def test_ten_perfect_answers_are_not_really_better_than_ten_nearly_perfect_ones() -> None:
    assert compare(of(*[35] * 10), of(*[36] * 10)).verdict is Verdict.NO_REAL_CHANGE
    assert compare(of(*[35] * 10), of(*[18] * 10)).verdict is Verdict.FALL


def test_a_group_without_spread_is_not_taken_for_certain() -> None:
    perfect, many = of(*[36] * 10), of(*[36] * 900, *[24] * 100)

    assert compare(many, perfect).verdict is Verdict.NO_REAL_CHANGE


@pytest.mark.parametrize(("few", "enough"), [(9, 40), (1, 40), (9, 9)])
def test_fewer_than_ten_answers_are_not_judged(few: int, enough: int) -> None:
    found = compare(of(*[36] * few), of(*[9] * enough))

    assert found == Comparison(Verdict.TOO_FEW, Fraction(-75))
    assert compare(of(*[9] * enough), of(*[36] * few)).verdict is Verdict.TOO_FEW


def test_ten_answers_are_judged() -> None:
    assert compare(of(*[36, 34] * 5), of(*[9, 11] * 5)).verdict is Verdict.FALL


def test_without_answers_there_is_not_even_a_difference() -> None:
    assert compare(of(), of(36)) == Comparison(Verdict.TOO_FEW)
    assert compare(of(36), of()) == Comparison(Verdict.TOO_FEW)


def test_every_verdict_has_words() -> None:
    assert VERDICT_WORDS[Verdict.RISE][0] == "naik"
    assert VERDICT_WORDS[Verdict.FALL][0] == "turun"
    assert VERDICT_WORDS[Verdict.NO_REAL_CHANGE][0] == "tidak berubah nyata"
    assert set(VERDICT_WORDS) == set(UNIT_WORDS) == set(Verdict)


@given(groups, groups)
def test_the_verdict_the_interval_and_the_p_value_agree(a: list[int], b: list[int]) -> None:
    found = compare(of(*a), of(*b))
    assert found.low is not None and found.high is not None and found.p is not None
    assert found.difference is not None

    assert found.low <= found.difference <= found.high
    assert (found.verdict is Verdict.RISE) == (found.low > 0)
    assert (found.verdict is Verdict.FALL) == (found.high < 0)
    if abs(found.p - 0.05) > 1e-6:
        assert (found.verdict is Verdict.NO_REAL_CHANGE) == (found.p > 0.05)


@given(groups, groups)
def test_the_other_way_round_it_is_the_opposite(a: list[int], b: list[int]) -> None:
    there, back = compare(of(*a), of(*b)), compare(of(*b), of(*a))
    assert there.low is not None and back.high is not None and there.difference is not None

    assert there.difference == -(back.difference or 0)
    assert abs(there.low + back.high) < TINY
    assert there.p == pytest.approx(back.p, abs=1e-9)


@given(groups, groups)
def test_answers_turned_upside_down_have_the_opposite_difference(
    a: list[int], b: list[int]
) -> None:
    found = compare(of(*a), of(*b))
    turned = compare(of(*[45 - total for total in a]), of(*[45 - total for total in b]))
    assert found.low is not None and turned.high is not None

    assert found.p == pytest.approx(turned.p, abs=1e-9)
    assert abs(found.low + turned.high) < TINY


@given(groups, groups, st.integers(2, 10))
def test_more_answers_of_the_same_kind_never_make_a_difference_less_sure(
    a: list[int], b: list[int], times: int
) -> None:
    few, many = compare(of(*a), of(*b)), compare(of(*a * times), of(*b * times))
    assert few.p is not None and many.p is not None

    assert many.p <= few.p + 1e-9
