"""What an agency may publish as its questionnaire, and how an answer to it is read."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from services.intake.domain.own_questionnaire import (
    NINE,
    elements_fault,
    extra_fault,
    start_fault,
    weights_fault,
)
from services.intake.domain.questionnaire import NATIONAL, Question, Wording
from services.intake.domain.reply import read_reply

TODAY = date(2026, 9, 14)
EQUAL = dict.fromkeys(NINE, "1/9")
WORDS = Wording("Parkir", "Parking")
PARKING = Question("parking", WORDS, WORDS, (WORDS,) * 4, weight=None)
FORM = replace(NATIONAL, version="dpmptsp.1", extra=(PARKING,))
COMPLETE: dict[str, Any] = dict.fromkeys(NINE, "3")


@pytest.mark.parametrize(
    ("weights", "fault"),
    [
        ({}, None),
        (EQUAL, None),
        ({**EQUAL, "time": "2/9", "cost": "1/18", "product": "1/18"}, None),
        ({**EQUAL, "time": "2/9"}, "weights_do_not_sum_to_1"),
        ({**EQUAL, "time": "1/10"}, "weights_do_not_sum_to_1"),
        (dict.fromkeys(NINE[:8], "1/8"), "all_nine_or_none"),
        # Nearly 1: floats would not see it.
        ({**EQUAL, "time": "1111111/9999998"}, "weights_do_not_sum_to_1"),
    ],
)
def test_weights_are_nine_or_none_and_sum_to_exactly_1(
    weights: dict[str, str], fault: str | None
) -> None:
    assert weights_fault(weights) == fault


def test_the_nine_stay_and_ten_more_may_come() -> None:
    assert elements_fault(["time"]) is None
    assert elements_fault(["parking"]) == "unknown_element"
    assert extra_fault([f"e{number}" for number in range(10)]) is None
    assert extra_fault([f"e{number}" for number in range(11)]) == "too_many"
    assert extra_fault(["parking", "time"]) == "national_element"


@pytest.mark.parametrize(
    ("start", "latest", "fault"),
    [
        (date(2026, 10, 1), None, None),
        (date(2026, 10, 1), date(2026, 10, 1), None),
        (date(2026, 10, 2), None, "not_first_of_month"),
        (date(2026, 9, 1), None, "in_the_past"),
        (date(2026, 10, 1), date(2026, 11, 1), "before_an_earlier_version"),
    ],
)
def test_a_version_starts_with_a_month_to_come_and_after_the_others(
    start: date, latest: date | None, fault: str | None
) -> None:
    assert start_fault(start, TODAY, latest) == fault


def test_a_version_may_start_on_the_day_itself() -> None:
    assert start_fault(date(2026, 9, 1), date(2026, 9, 1), None) is None


def test_own_elements_may_be_left_out_and_are_kept_apart_from_the_nine() -> None:
    assert read_reply(FORM, COMPLETE).faults == {}
    told = read_reply(FORM, {**COMPLETE, "extra-parking": "2", "parking": "4"})
    assert (told.extra, dict(told.answers)) == ({"parking": 2}, dict.fromkeys(NINE, 3))
    assert read_reply(FORM, {**COMPLETE, "extra-parking": "5"}).faults == {
        "extra-parking": "not_allowed"
    }
    assert read_reply(NATIONAL, {**COMPLETE, "extra-parking": "2"}).extra == {}
