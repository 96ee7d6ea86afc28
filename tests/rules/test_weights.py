"""An agency's own weights: the index by hand, which version holds where, and the honest doubt."""

from collections.abc import Sequence
from datetime import date
from fractions import Fraction
from statistics import variance

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.scoring.domain import ikm
from services.scoring.domain.figure import Counted, Whole, sample_of
from services.scoring.domain.ikm import Tally, WeightMethod
from services.scoring.domain.publication.shown import shown, shown_moments
from services.scoring.domain.report_rows import element_rows
from services.scoring.domain.statistics.comparison import Verdict, compare
from services.scoring.domain.statistics.interval import interval_of
from services.scoring.domain.weights import (
    EQUAL,
    CannotBeCut,
    Questionnaires,
    Version,
    Weights,
    weights_from,
)

# Time weighs 4/9, requirements and procedure 1/36 each, the six others 1/12.
TEXTS = ("1/36", "1/36", "4/9", *["1/12"] * 6)
TIME = Weights("dpmptsp.2", weights_from(TEXTS))
RULES = ikm.rules_on(date(2026, 1, 1))
answers = st.lists(st.tuples(*[st.integers(1, 4)] * 9), min_size=2, max_size=40)
weights = st.lists(st.integers(1, 50), min_size=9, max_size=9).map(
    lambda parts: tuple(Fraction(part, sum(parts)) for part in parts)
)


def tallies_of(scores: Sequence[Sequence[int]]) -> tuple[Tally, ...]:
    return tuple(
        Tally(tuple(column.count(score) for score in (1, 2, 3, 4)))  # type: ignore[arg-type]  # four
        for column in zip(*scores, strict=True)
    )


def test_the_index_by_hand() -> None:
    # Ten answers: time 2, all else 4. 4/9 × 2 + 5/9 × 4 = 28/9; × 25 = 700/9 = 77.78.
    tallies = tallies_of([(4, 4, 2, 4, 4, 4, 4, 4, 4)] * 10)

    assert TIME.index(tallies) == Fraction(700, 9)
    assert EQUAL.index(tallies) == Fraction(34 * 25, 9)
    assert TIME.said()["time"] == "4/9"


def test_the_weight_of_what_nobody_answered_goes_to_the_others_in_proportion() -> None:
    # Without the six others: 4/9 of 1/2 is 8/9, the two others 1/18 each.
    tallies = [*tallies_of([(4, 1, 2)] * 3), *[Tally()] * 6]

    assert TIME.shares([tally.n > 0 for tally in tallies])[:3] == (
        *(Fraction(1, 18), Fraction(1, 18), Fraction(8, 9)),
    )
    assert TIME.index(tallies) == (Fraction(4 + 1 + 16 * 2, 18)) * 25
    assert TIME.index([Tally()] * 9) is None


def test_the_index_without_cost_keeps_the_other_weights_in_proportion() -> None:
    tallies = tallies_of([(4, 4, 2, 1, 4, 4, 4, 4, 4)] * 10)

    # (28/9 - 4/12) / (11/12), and the cost's 1 is not in it.
    assert TIME.index_without(tallies, "cost") == Fraction(100, 33) * 25


@given(answers)
def test_weights_that_are_all_the_same_are_the_national_ones(scores: list[tuple[int, ...]]) -> None:
    assert weights_from(["1/9"] * 9) is None
    spelt_out = Weights("a.1", (Fraction(1, 9),) * 9)

    assert spelt_out.index(tallies_of(scores)) == ikm.index_of(tallies_of(scores))


@given(answers, weights)
def test_the_rows_of_a_report_make_the_index(
    scores: list[tuple[int, ...]], own: tuple[Fraction, ...]
) -> None:
    by = Weights("a.1", own)
    rows = element_rows(Counted(len(scores), tallies_of(scores)), by)

    assert sum(row.weighted for row in rows) * 25 == by.index(tallies_of(scores))


def test_own_weights_are_never_cut() -> None:
    with pytest.raises(CannotBeCut):
        Weights("a.1", TIME.own, WeightMethod.TWO_DECIMALS)
    assert Weights("a.1", None, WeightMethod.TWO_DECIMALS).said()["time"] == "11/100"


def test_the_version_in_force_on_the_last_day_holds_and_only_within_its_agency() -> None:
    published = Questionnaires(
        {
            "dpmptsp": [
                Version(1, date(2026, 4, 1), None),
                Version(2, date(2026, 7, 1), TIME.own),
                Version(3, date(2026, 7, 1), (Fraction(1, 9),) * 9),
            ]
        }
    )

    def on(scope: str, month: int, day: int) -> str:
        return published.weights_of(scope, date(2026, month, day)).questionnaire

    assert on("agency:dpmptsp", 3, 31) == "nasional.1"
    assert on("agency:dpmptsp", 6, 30) == "dpmptsp.1"
    assert on("service:dpmptsp.nib", 7, 1) == "dpmptsp.3"
    assert on("at:mpp/dpmptsp.nib", 12, 31) == "dpmptsp.3"
    for mixed in ("city", "place:mpp", "place:dpmptsp", "agency:dinkes", "service:dinkes.sip"):
        assert on(mixed, 12, 31) == "nasional.1"
    assert published.named("agency:dpmptsp", "dpmptsp.2") == TIME
    assert published.named("agency:dinkes", "dpmptsp.2") == EQUAL


@given(answers, weights)
def test_the_doubt_is_never_less_than_that_of_the_weighted_answers(
    scores: list[tuple[int, ...]], own: tuple[Fraction, ...]
) -> None:
    by = Weights("a.1", own)
    found = sample_of(Counted(len(scores), tallies_of(scores)), by)
    each = [
        sum((w * score for w, score in zip(own, one, strict=True)), Fraction(0)) for one in scores
    ]

    assert found is not None
    assert found.mean == sum(each) / len(each)
    assert found.index == by.index(tallies_of(scores))
    assert float(found.variance or 0) >= float(variance(each)) - 1e-8


def test_elements_that_move_together_have_exactly_the_doubt_of_their_totals() -> None:
    # Then the bound is no bound: the interval is that of equal weights, whatever the weights.
    scores = [(score,) * 9 for score in (2, 3, 3, 4, 4, 4, 4, 3, 2, 4, 4, 3)]
    totals = [sum(one) for one in scores]
    whole = Whole(len(scores), sum(totals), sum(total**2 for total in totals))
    counted = Counted(len(scores), tallies_of(scores), whole)
    by_bound, by_totals = sample_of(counted, TIME), sample_of(counted, EQUAL)

    assert by_bound is not None
    assert by_totals is not None
    wide, exact = interval_of(by_bound), interval_of(by_totals)
    assert wide is not None
    assert exact is not None
    assert float(wide.low) == pytest.approx(float(exact.low), abs=1e-6)
    assert float(wide.high) == pytest.approx(float(exact.high), abs=1e-6)


def test_a_comparison_is_of_the_weighted_indices() -> None:
    # Time falls and all else rises: by equal weights the index rises, by these it falls.
    before = Counted(40, tallies_of([(3, 3, 4, 3, 3, 3, 3, 3, 3)] * 40))
    after = Counted(40, tallies_of([(4, 4, 1, 4, 4, 3, 3, 3, 4)] * 40))
    first, second = sample_of(before, TIME), sample_of(after, TIME)

    assert first is not None
    assert second is not None
    found = compare(first, second)
    assert found.difference == (TIME.index(after.tallies) or 0) - (TIME.index(before.tallies) or 0)
    assert found.verdict is Verdict.FALL
    assert (EQUAL.index(after.tallies) or 0) > (EQUAL.index(before.tallies) or 0)


def test_own_weights_do_not_give_away_what_few_answered() -> None:
    full = tallies_of([(4,) * 9] * 30)
    few = Counted(30, (*full[:7], Tally((0, 0, 0, 9)), Tally((0, 0, 5, 0))))

    assert shown(few, RULES, EQUAL, closed=True).index is not None
    assert shown(few, RULES, TIME, closed=True).index is None
    assert shown(few, RULES, TIME, closed=True).n == 30
    assert shown_moments(few, TIME, closed=True) is None
    assert shown(Counted(30, full), RULES, TIME, closed=True).index == "100.00"
