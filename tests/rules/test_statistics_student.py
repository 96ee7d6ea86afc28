"""Student's t in pure Python: printed tables, closed forms, and what must hold for any df."""

from math import atan, inf, pi, sqrt
from statistics import NormalDist
from time import perf_counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.scoring.domain.statistics.student import cdf, f_tail, quantile, two_sided_p

# As statistics books print it: df, then t for 0.90, 0.95, 0.975, 0.99, 0.995 below it.
TABLE = [
    (1, 3.078, 6.314, 12.706, 31.821, 63.657),
    (2, 1.886, 2.920, 4.303, 6.965, 9.925),
    (3, 1.638, 2.353, 3.182, 4.541, 5.841),
    (5, 1.476, 2.015, 2.571, 3.365, 4.032),
    (10, 1.372, 1.812, 2.228, 2.764, 3.169),
    (20, 1.325, 1.725, 2.086, 2.528, 2.845),
    (29, 1.311, 1.699, 2.045, 2.462, 2.756),
    (30, 1.310, 1.697, 2.042, 2.457, 2.750),
    (60, 1.296, 1.671, 2.000, 2.390, 2.660),
    (120, 1.289, 1.658, 1.980, 2.358, 2.617),
]

degrees = st.floats(1, 1e6)
chances = st.floats(1e-6, 1 - 1e-6)


@pytest.mark.parametrize("row", TABLE, ids=lambda row: f"df {row[0]}")
def test_quantiles_are_those_of_the_printed_table(row: tuple[float, ...]) -> None:
    df, *printed = row

    for p, t in zip((0.90, 0.95, 0.975, 0.99, 0.995), printed, strict=True):
        assert f"{quantile(p, df):.3f}" == f"{t:.3f}"


@pytest.mark.parametrize(
    ("p", "df", "t"),
    [
        (0.975, 1, 12.706204736175),
        (0.975, 2, 4.302652729749),
        (0.975, 3.5, 2.940088637983),
        (0.975, 9, 2.262157162798),
        (0.975, 29, 2.045229642133),
        (0.95, 57.25, 1.671908272117),
        (0.995, 100, 2.625890521438),
        (0.975, 1000, 1.962339080826),
        (0.975, 12345.6, 1.960156158260),
        (0.975, 1e6, 1.959966356814),
        (0.9995, 4, 8.610301581380),
        (0.9, 1.5, 2.196398417566),
    ],
)
def test_quantiles_have_nine_right_decimals_also_for_fractions_of_degrees(
    p: float, df: float, t: float
) -> None:
    assert quantile(p, df) == pytest.approx(t, abs=1e-9)
    assert cdf(t, df) == pytest.approx(p, abs=1e-9)


@given(st.floats(-1e4, 1e4))
def test_one_two_and_four_degrees_have_closed_forms(t: float) -> None:
    root = sqrt(4 + t * t)

    assert cdf(t, 1) == pytest.approx(0.5 + atan(t) / pi, abs=1e-12)
    assert cdf(t, 2) == pytest.approx(0.5 + t / (2 * sqrt(2 + t * t)), abs=1e-12)
    assert cdf(t, 4) == pytest.approx(
        0.5 + 3 / 8 * t / root * 2 * (1 - (t / root) ** 2 / 3), abs=1e-12
    )


@given(st.floats(-6, 6))
def test_with_a_million_degrees_it_is_the_normal(t: float) -> None:
    assert cdf(t, 1e6) == pytest.approx(NormalDist().cdf(t), abs=1e-6)


@given(chances, degrees)
def test_the_quantile_undoes_the_distribution(p: float, df: float) -> None:
    assert cdf(quantile(p, df), df) == pytest.approx(p, abs=1e-10)


@given(chances, degrees)
def test_it_is_symmetric(p: float, df: float) -> None:
    assert quantile(1 - p, df) == pytest.approx(-quantile(p, df), abs=1e-6, rel=1e-6)


@given(st.floats(0.6, 0.9999), degrees, degrees)
def test_more_degrees_have_thinner_tails(p: float, one: float, other: float) -> None:
    few, many = sorted((one, other))

    assert quantile(p, few) >= quantile(p, many) - 1e-9


def test_a_small_p_value_keeps_its_digits() -> None:
    assert two_sided_p(12, 60) == pytest.approx(1.378632264182e-17, rel=1e-9, abs=0)
    assert two_sided_p(0, 7) == 1
    assert two_sided_p(inf, 7) == 0


def test_the_middle_is_0_and_there_is_no_quantile_at_certainty() -> None:
    assert quantile(0.5, 3) == 0
    for p in (0, 1, -0.1, 1.5):
        with pytest.raises(ValueError, match="no quantile"):
            quantile(p, 3)


@pytest.mark.parametrize(
    ("ratio", "above", "below"),
    [(4.103, 2, 10), (2.711, 5, 20), (4.171, 1, 30), (1.831, 10, 100_000)],
)
def test_five_in_a_hundred_ratios_exceed_the_printed_f(
    ratio: float, above: int, below: int
) -> None:
    assert f_tail(ratio, above, below) == pytest.approx(0.05, abs=5e-5)


@given(st.floats(0, 50), degrees)
def test_f_with_one_degree_above_is_the_square_of_t(t: float, df: float) -> None:
    assert f_tail(t * t, 1, df) == pytest.approx(two_sided_p(t, df), abs=1e-12)


def test_a_ratio_without_end_has_no_chance() -> None:
    assert f_tail(inf, 2, 10) == 0
    assert f_tail(0, 2, 10) == 1


def test_a_quantile_that_was_asked_for_before_costs_less_than_50_microseconds() -> None:
    asked = [quantile(0.975, df) for df in range(9, 209)]

    start = perf_counter()
    again = [quantile(0.975, df) for _ in range(25) for df in range(9, 209)]
    seconds = perf_counter() - start

    assert again[:200] == asked
    assert seconds / len(again) < 50e-6
