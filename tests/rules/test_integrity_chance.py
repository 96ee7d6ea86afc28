"""The tails that marks stand on, against exact sums; no tail is ever too small."""

from fractions import Fraction
from math import comb, exp, factorial

import pytest

from services.scoring.domain.integrity.chance import binomial_tail, clustered_tail, poisson_tail


@pytest.mark.parametrize(("least", "n", "p"), [(9, 10, "0.5"), (60, 60, "0.73"), (31, 200, "0.1")])
def test_the_binomial_tail_is_exact(least: int, n: int, p: str) -> None:
    chance = Fraction(p)
    exact = sum(
        comb(n, count) * chance**count * (1 - chance) ** (n - count)
        for count in range(least, n + 1)
    )

    assert binomial_tail(least, n, float(chance)) == pytest.approx(float(exact), rel=1e-9)


@pytest.mark.parametrize(("least", "mean"), [(4, 3.0), (29, 6.0), (100, 60.0)])
def test_the_poisson_tail_is_exact(least: int, mean: float) -> None:
    below = sum(Fraction(mean) ** count / factorial(count) for count in range(least))
    # exp(mean) - below, with enough digits of e for what is left of 60.0 after 100 terms.
    rest = sum(Fraction(mean) ** count / factorial(count) for count in range(least, least + 300))

    assert poisson_tail(least, mean) == pytest.approx(float(rest) * exp(-mean), rel=1e-9)
    assert float(below) * exp(-mean) + poisson_tail(least, mean) == pytest.approx(1)


def test_answers_of_a_group_that_are_alike_are_alike_by_chance_more_often() -> None:
    """Correlation 1/3 and p = 1/2 is the uniform distribution over 0 … n."""
    assert clustered_tail(20, 20, 0.5, 1 / 3) == pytest.approx(1 / 21)
    assert clustered_tail(16, 20, 0.5, 1 / 3) == pytest.approx(5 / 21)
    assert clustered_tail(20, 20, 0.5, 1e-9) == pytest.approx(0.5**20, rel=1e-3)


@pytest.mark.parametrize("n", [20, 5_000])
def test_what_was_to_be_expected_has_no_small_tail(n: int) -> None:
    assert binomial_tail(n // 2, n, 0.5) == 1
    assert poisson_tail(n, float(n)) == 1
    assert clustered_tail(n // 2, n, 0.5, 0.1) == 1
    assert binomial_tail(n, n, 1.0) == 1
    assert binomial_tail(1, n, 0.0) == 0
