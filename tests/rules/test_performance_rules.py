"""Opinion beside fact: praised but late, fast but disliked, free but felt costly."""

from fractions import Fraction

import pytest

from services.scoring.domain.performance import Felt, Measured, Verdict, compare, compare_cost


def felt(index: str, n: int = 30) -> Felt:
    return Felt(Fraction(index), n)


@pytest.mark.parametrize(
    ("opinion", "measured", "verdict"),
    [
        (felt("76.61"), Measured(23, 7), Verdict.PRAISED_BUT_LATE),
        (felt("76.60"), Measured(23, 7), Verdict.AGREES),
        (felt("97.50"), Measured(24, 6), Verdict.AGREES),  # 80 % sharp is not late
        (felt("76.60"), Measured(27, 3), Verdict.FAST_BUT_DISLIKED),  # 90 % sharp is fast
        (felt("76.60"), Measured(26, 4), Verdict.AGREES),
        (felt("76.61"), Measured(30, 0), Verdict.AGREES),
        (felt("25"), Measured(0, 30), Verdict.AGREES),
    ],
)
def test_the_limits_are_those_that_are_stated(
    opinion: Felt, measured: Measured, verdict: Verdict
) -> None:
    assert compare(opinion, measured) is verdict


@pytest.mark.parametrize(
    ("opinion", "measured"),
    [
        (felt("100", 29), Measured(0, 30)),
        (felt("100"), Measured(0, 29)),
        (Felt(None, None), Measured(0, 30)),
        (Felt(None, 30), Measured(0, 30)),
        (felt("100"), Measured(None, 30)),
        (felt("100"), Measured(30, None)),
        (felt("100"), Measured(0, 0)),
    ],
)
def test_of_too_few_or_hidden_cases_nothing_is_said(opinion: Felt, measured: Measured) -> None:
    assert compare(opinion, measured) is Verdict.TOO_FEW


@pytest.mark.parametrize(
    ("opinion", "fee", "verdict"),
    [
        (felt("87.49"), 0, Verdict.FREE_BUT_FELT_COSTLY),
        (felt("87.50"), 0, Verdict.AGREES),
        (felt("25"), 50_000, Verdict.AGREES),
        (felt("25", 29), 0, Verdict.TOO_FEW),
        (Felt(None, None), 0, Verdict.TOO_FEW),
        (felt("25"), None, None),
    ],
)
def test_a_free_service_is_felt_to_be_free_or_not(
    opinion: Felt, fee: int | None, verdict: Verdict | None
) -> None:
    assert compare_cost(opinion, fee) is verdict
