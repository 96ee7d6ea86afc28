"""The sums that a rollup keeps: what they say, and that any split adds up to the same."""

import statistics
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.scoring.domain import ikm
from services.scoring.domain.ikm import Tally
from services.scoring.domain.statistics.moments import (
    ImpossibleMoments,
    Moments,
    are_complete,
    moments_of_tally,
)

totals = st.lists(st.integers(9, 36), max_size=40)


def of(*totals: int) -> Moments:
    return Moments(len(totals), sum(totals), sum(total * total for total in totals))


def test_three_respondents_have_a_mean_a_variance_and_an_index() -> None:
    moments = of(27, 30, 36)

    assert moments.mean == 31
    assert moments.variance == 21
    assert moments.index == Fraction(31 * 25, 9)


def test_what_is_not_defined_is_none() -> None:
    assert (of().mean, of().variance, of().index) == (None, None, None)
    assert of(36).variance is None
    assert of(36).index == 100


@given(totals, totals)
def test_two_groups_add_up_whichever_comes_first(some: list[int], others: list[int]) -> None:
    assert of(*some) + of(*others) == of(*others, *some) == of(*others) + of(*some)


@given(st.lists(st.integers(9, 36), min_size=2, max_size=40))
def test_mean_and_variance_are_exactly_those_of_the_respondents(totals: list[int]) -> None:
    exact = [Fraction(total) for total in totals]

    assert of(*totals).mean == statistics.mean(exact)
    assert of(*totals).variance == statistics.variance(exact)


@given(st.tuples(*[st.integers(0, 30)] * 4))
def test_an_element_has_the_moments_of_its_scores(counts: tuple[int, int, int, int]) -> None:
    scores = [score for score, count in enumerate(counts, start=1) for _ in range(count)]
    moments = moments_of_tally(Tally(counts))

    assert moments.n == len(scores)
    assert moments.total == sum(scores)
    assert moments.total_sq == sum(score * score for score in scores)
    assert moments.index == ikm.element_index(Tally(counts))


@pytest.mark.parametrize(
    ("n", "total", "total_sq"),
    [(-1, -9, 81), (1, 8, 64), (1, 37, 1369), (0, 9, 81), (2, 40, 799)],
)
def test_sums_that_nobody_can_have_left_are_refused(n: int, total: int, total_sq: int) -> None:
    with pytest.raises(ImpossibleMoments):
        Moments(n, total, total_sq)


def test_an_element_does_not_add_to_a_whole_answer() -> None:
    with pytest.raises(ImpossibleMoments):
        of(36) + moments_of_tally(Tally((0, 0, 0, 1)))


def test_sums_are_complete_if_everybody_answered_everything() -> None:
    every, one_short = Tally((0, 0, 0, 2)), Tally((0, 0, 0, 1))

    assert are_complete(of(36, 36), [every] * 9)
    assert not are_complete(of(36, 32), [every] * 8 + [one_short])
    assert not are_complete(of(36, 35), [every] * 9)
    assert not are_complete(of(36, 36), [every] * 8)
