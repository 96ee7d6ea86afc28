"""Sums of a survey taken elsewhere: they must agree with each other, and their period must be."""

from datetime import date
from typing import Any

import msgspec
import pytest

from services.intake.domain.aggregate import Part, faults, first_day, period_fault
from services.intake.usecases.accept_aggregate import fault_of
from shared.contracts.feedback import FeedbackAggregated

TODAY = date(2026, 10, 5)
DATA = {
    "scope": "service:dpmptsp.nib",
    "period": "2026-Q3",
    "method": "Survei tatap muka, kuesioner cetak",
    "weight_method": "exact",
    "n": 29,
    "elements": {"time": {"n": 29, "sum": 100}},
}


def changed(**members: Any) -> FeedbackAggregated:
    return msgspec.convert({**DATA, **members}, FeedbackAggregated, strict=True)


@pytest.mark.parametrize(
    ("part", "fault"),
    [
        (Part(10, 10), None),
        (Part(29, 116, [0, 0, 0, 29]), None),
        (Part(28, 70, [7, 7, 7, 7]), None),
        (Part(30, 90), ("/elements/time/n", "more_than_respondents")),
        (Part(29, 28), ("/elements/time/sum", "impossible_sum")),
        (Part(29, 117), ("/elements/time/sum", "impossible_sum")),
        (Part(28, 70, [7, 7, 7, 8]), ("/elements/time/counts", "contradicts_n_or_sum")),
        (Part(28, 70, [7, 8, 6, 7]), ("/elements/time/counts", "contradicts_n_or_sum")),
    ],
)
def test_sums_that_no_answers_can_have_are_named(part: Part, fault: tuple[str, str] | None) -> None:
    assert next(faults(29, {"time": part}), None) == fault


def test_without_an_element_nothing_was_measured() -> None:
    assert list(faults(29, {})) == [("/elements", "no_elements")]


@pytest.mark.parametrize(
    ("period", "first"),
    [
        ("2026", date(2026, 1, 1)),
        ("2026-S2", date(2026, 7, 1)),
        ("2026-Q4", date(2026, 10, 1)),
        ("2026-10", date(2026, 10, 1)),
    ],
)
def test_a_period_that_has_begun_may_be_told_of(period: str, first: date) -> None:
    assert first_day(period) == first
    assert period_fault(period, TODAY) is None


@pytest.mark.parametrize("period", ["2027", "2026-11", "2027-Q1", "2016", "2016-S2", "2016-12"])
def test_a_period_to_come_or_of_fourteen_elements_is_refused(period: str) -> None:
    assert period_fault(period, TODAY) == "period_out_of_range"


@pytest.mark.parametrize(
    ("members", "fault"),
    [
        ({}, None),
        ({"scope": "agency:dpmptsp"}, None),
        ({"scope": "agency:dinkes"}, ("/data/scope", "unknown_scope")),
        ({"scope": "service:dinkes.nib"}, ("/data/scope", "unknown_scope")),
        ({"scope": "service:dpmptsp.siup"}, ("/data/scope", "unknown_scope")),
        ({"period": "2026-Q4"}, None),
        ({"period": "2027"}, ("/data/period", "period_out_of_range")),
        ({"method": "tatap muka "}, ("/data/method", "surrounding_space")),
        ({"method": "tatap\u202emuka"}, ("/data/method", "forbidden_character")),
        ({"n": 28}, ("/data/elements/time/n", "more_than_respondents")),
    ],
)
def test_an_agency_tells_of_its_own_units_only(
    members: dict[str, Any], fault: tuple[str, str] | None
) -> None:
    assert fault_of(changed(**members), "dpmptsp", {"dpmptsp.nib", "dinkes.nib"}, TODAY) == fault


@pytest.mark.parametrize(
    "members",
    [
        {"n": 9},
        {"elements": {"time": {"n": 9, "sum": 30}}},
        {"elements": {"u9": {"n": 29, "sum": 100}}},
        {"elements": {"time": {"n": 29, "sum": 100, "counts": [29]}}},
        {"elements": {"time": {"n": 29, "sum": 100.5}}},
        {"scope": "city"},
        {"scope": "place:mpp"},
        {"period": "2026-10-05"},
        {"period": "2026-Q5"},
        {"weight_method": "0.1"},
        {"method": "x" * 201},
        {"method": ""},
        {"published": "101"},
        {"published": "88,3"},
        {"source_url": "http://dpmptsp.example.id/"},
        {"source_url": "https://user@dpmptsp.example.id/"},
        {"source_url": 'https://dpmptsp.example.id/"><script>'},
        {"name": "Budi"},
    ],
)
def test_what_the_contract_does_not_know_is_refused(members: dict[str, Any]) -> None:
    with pytest.raises(msgspec.ValidationError):
        changed(**members)
