"""The content of a report: figures follow from its rows; parts that disagree are refused."""

from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.scoring.domain import ikm, period
from services.scoring.domain.elements import CODES
from services.scoring.domain.figure import Counted
from services.scoring.domain.ikm import Tally, WeightMethod
from services.scoring.domain.report import FollowUp, PastFollowUp, TrendPoint
from services.scoring.domain.report_inputs import Inputs, with_inputs
from services.scoring.domain.report_rows import ElementRow, ReportContradicts, element_rows
from services.scoring.domain.weights import Weights
from tests.reports.contents import OFFICE_SUMS, REAL_N, REAL_SUMS, full, report, rows, small

scores = st.lists(st.tuples(*[st.integers(0, 500)] * 4).map(Tally), min_size=9, max_size=9)


def test_the_real_survey_has_its_index_and_class() -> None:
    content = report(rows(REAL_SUMS, REAL_N))

    assert (content.index, content.band and content.band.letter) == ("97.12", "A")
    assert content.exact == Fraction(871450, 8973)
    assert content.elements[2].index == "96.87"
    assert ikm.published(content.elements[2].nrr or Fraction(0), 4) == "3.8746"


def test_published_examples_keep_their_weight_method() -> None:
    assert small().index == "91.48"
    assert report(rows(OFFICE_SUMS, 29, WeightMethod.TWO_DECIMALS)).index == "90.56"
    assert report(rows((74, 76, 60), 20, WeightMethod.TWO_DECIMALS)).index == "86.63"


@given(scores, st.sampled_from(WeightMethod))
def test_the_rows_of_any_answers_make_the_index_of_these_answers(
    tallies: list[Tally], method: WeightMethod
) -> None:
    counted = Counted(0, tuple(tallies))
    content = report(element_rows(counted, Weights(method=method)))

    assert content.exact == ikm.index_of(tallies, method)


@given(scores)
def test_the_weakest_are_never_better_than_the_strongest(tallies: list[Tally]) -> None:
    content = report(element_rows(Counted(0, tuple(tallies))))
    ranked = [row.nrr or 0 for row in content.ranked]

    assert all(low <= high for low, high in pairwise(ranked))
    assert not {row.code for row in content.weakest} & {row.code for row in content.strongest} or (
        len(content.answered) == 1
    )
    assert len(content.weakest) == len(content.strongest) <= 3


def test_the_three_weakest_and_strongest_come_in_order() -> None:
    content = full()

    assert [row.code for row in content.weakest] == ["complaints", "cost", "procedure"]
    assert {row.code for row in content.strongest} == {"requirements", "behaviour", "competence"}


def test_without_answers_there_is_no_index_and_no_class() -> None:
    content = report(rows((0,) * 9, 0))

    assert (content.index, content.band, content.exact, content.without_cost) == (None,) * 4
    assert (content.weakest, content.strongest, content.plan) == ((), (), ())


def test_the_index_without_cost_leaves_the_other_weights_in_proportion() -> None:
    dear = rows((36, 36, 36, 10, 36, 36, 36, 36, 36), 10)

    assert report(dear).without_cost == 90
    assert report(rows((36,) * 3, 10)).without_cost is None


def test_the_change_is_that_of_the_published_figures() -> None:
    assert full().change == Fraction("6.10")
    assert [str(point.period) for point in full().history] == ["2019", "2020", "2021"]
    assert small().change is None
    silent = TrendPoint(period.parse("2026-Q2"), 0, None, None)
    assert small(trend=(silent,)).change is None


def test_a_plan_that_is_missing_has_blank_lines_for_the_weakest() -> None:
    assert small().plan == tuple(FollowUp(row.code) for row in small().weakest)
    assert full().plan[0].owner == "Bidang Pengaduan"


def test_the_minimum_is_met_missed_or_unknown() -> None:
    assert full().is_sample_met is True
    assert full(minimum=2000).is_sample_met is False
    assert small().is_sample_met is None


def test_numbers_that_cannot_be_are_refused() -> None:
    with pytest.raises(ReportContradicts):
        ElementRow("time", 10, 41, Fraction(1, 9))
    with pytest.raises(ReportContradicts):
        ElementRow("time", 10, 9, Fraction(1, 9))
    with pytest.raises(ReportContradicts):
        ElementRow("time", 2, 7, Fraction(1, 9), (0, 0, 0, 2))


def test_a_data_sheet_that_makes_other_sums_is_refused() -> None:
    two = rows((7,) * 9, 2)
    good = ((3,) * 9, (4,) * 9)

    assert report(two, answers=good).answers == good
    for bad in (((3,) * 9,), ((3,) * 8, (4,) * 8), ((4,) * 9, (4,) * 9), (*good, (None,) * 8)):
        with pytest.raises(ReportContradicts):
            report(two, answers=bad)


def test_counts_may_be_left_out_of_the_rows() -> None:
    counted = Counted(2, (Tally((0, 0, 1, 1)),) * len(CODES))

    assert element_rows(counted)[0].counts == (0, 0, 1, 1)


def test_what_an_agency_did_is_judged_by_figures_and_not_by_its_own_word() -> None:
    done = PastFollowUp("time", "Loket cepat", "Bidang Pelayanan", "Dibuka", "25.00", "100.00")
    new = PastFollowUp("cost", "Papan biaya", "", "")

    told = with_inputs(
        report(rows(REAL_SUMS, REAL_N)), Inputs(previous=(done, new)), {"time": "94.10"}
    )

    assert [(line.before, line.after) for line in told.previous_follow_up] == [
        ("94.10", "96.87"),
        (None, "96.69"),
    ]
    assert [line.programme for line in told.plan] == ["", "", ""]
