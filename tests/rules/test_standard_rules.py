"""Which version of a standard holds, what may change and when, how complete it is."""

from collections.abc import Sequence
from dataclasses import fields, replace
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.intake.domain.completeness import COMPONENTS, completeness
from services.intake.domain.registry import closes_a_circle, heirs
from services.intake.domain.standard import (
    DELIVERY,
    Deadline,
    Fee,
    Requirement,
    Standard,
    Version,
    changes,
    in_force_on,
    is_review_overdue,
    review_due_on,
    shown_on,
    standard_faults,
    start_fault,
)
from shared.contracts import standard as contract
from tests.standards import COMPLETE

COMPLETE_ONE = msgspec.convert(COMPLETE, Standard)
TODAY = date(2026, 3, 16)
DAYS = st.dates(date(2024, 1, 1), date(2027, 12, 31))


def version(number: int, valid_from: date) -> Version:
    return Version(number, datetime(2026, 1, 1, tzinfo=UTC), Standard(valid_from=valid_from))


def test_the_version_in_force_is_the_highest_that_has_begun() -> None:
    first, second = version(1, date(2025, 1, 2)), version(2, date(2026, 4, 1))
    sooner = version(3, date(2026, 3, 20))

    assert in_force_on((first, second), date(2025, 1, 1)) is None
    assert in_force_on((first, second), date(2025, 1, 2)) is first
    assert in_force_on((first, second), date(2026, 3, 31)) is first
    assert in_force_on((first, second), date(2026, 4, 1)) is second
    assert in_force_on((first, second, sooner), date(2026, 4, 1)) is sooner
    assert shown_on((second,), TODAY) is second
    assert shown_on((), TODAY) is None


@given(st.lists(st.tuples(DAYS, st.integers(1, 2)), min_size=2, max_size=6), DAYS, DAYS)
def test_what_was_promised_for_a_day_stays_so_whatever_is_published_later(
    wishes: list[tuple[date, int]], today: date, day: date
) -> None:
    """`start_fault` lets no version change the deadline of a day that has passed."""
    versions: list[Version] = []
    for valid_from, number in wishes:
        wish = Standard(
            valid_from=valid_from, deadline=Deadline(number=number, unit="working_days")
        )
        newest = versions[-1].standard if versions else None
        if start_fault(newest, wish, today) is None:
            before = deadline_on(versions, min(day, today - timedelta(days=1)))
            versions.append(Version(len(versions) + 1, datetime(2026, 1, 1, tzinfo=UTC), wish))
            after = deadline_on(versions, min(day, today - timedelta(days=1)))
            assert newest is None or before == after


def deadline_on(versions: Sequence[Version], day: date) -> Deadline | None:
    found = in_force_on(versions, day)
    return found.standard.deadline if found else None


@pytest.mark.parametrize(
    ("changed", "fault"),
    [
        ({}, None),
        ({"reviewed_on": date(2026, 3, 1)}, None),
        ({"staff_number": ("5 orang",)}, None),
        ({"deadline": Deadline(number=9, unit="working_days")}, "begins_in_the_past"),
        ({"fee": None}, "begins_in_the_past"),
        ({"valid_from": date(2025, 1, 3)}, "begins_in_the_past"),
        ({"valid_from": TODAY, "fee": Fee(amount=0)}, None),
    ],
)
def test_a_promise_is_not_changed_afterwards(changed: dict[str, Any], fault: str | None) -> None:
    assert start_fault(COMPLETE_ONE, replace(COMPLETE_ONE, **changed), TODAY) == fault
    assert start_fault(None, replace(COMPLETE_ONE, **changed), TODAY) is None


def test_changes_are_told_component_by_component() -> None:
    faster = replace(
        COMPLETE_ONE, deadline=Deadline(number=3, unit="working_days"), supervision=("Inspektorat",)
    )

    found = [(each.member, each.before, each.after) for each in changes(COMPLETE_ONE, faster)]

    assert found == [
        ("deadline", COMPLETE_ONE.deadline, faster.deadline),
        ("supervision", ("Kepala bidang",), ("Inspektorat",)),
    ]
    assert changes(faster, faster) == []


def test_the_order_of_pauses_is_no_change() -> None:
    one = Deadline(number=1, unit="working_days", pauses=("fee_due", "awaiting_applicant"))

    for again in ("awaiting_applicant", "fee_due"), ("awaiting_applicant", "fee_due", "fee_due"):
        assert replace(one, pauses=again) == one


def test_a_complete_standard_has_fourteen_of_fourteen() -> None:
    judged = completeness(COMPLETE_ONE)

    assert (judged.filled, judged.share, judged.delivers) == (14, Fraction(1), True)
    assert sorted(each.letter for each in COMPONENTS) == list("abcdefghijklmn")
    assert {each.member for each in COMPONENTS if each.is_delivery} == set(DELIVERY)


@pytest.mark.parametrize(
    ("changed", "member", "why"),
    [
        *(({each.member: None}, each.member, "empty") for each in COMPONENTS),
        ({"requirements": (Requirement(name="KTP"),)}, "requirements", "no_issuer"),
        ({"procedure": ("Datang",)}, "procedure", "single_step"),
        ({"fee": Fee(amount=1)}, "fee", "no_basis"),
        ({"staff_number": ("cukup",)}, "staff_number", "no_number"),
    ],
)
def test_a_component_counts_only_if_it_says_what_the_article_asks_for(
    changed: dict[str, Any], member: str, why: str
) -> None:
    judged = completeness(replace(COMPLETE_ONE, **changed))

    assert [(each.component.member, each.why) for each in judged.missing] == [(member, why)]
    assert judged.share == Fraction(13, 14)
    assert judged.delivers == (member not in DELIVERY)


def test_what_is_free_needs_no_regulation() -> None:
    assert completeness(replace(COMPLETE_ONE, fee=Fee(amount=0))).filled == 14


@pytest.mark.parametrize(
    ("valid_from", "reviewed_on", "due"),
    [
        (date(2025, 1, 2), None, date(2026, 1, 2)),
        (date(2025, 1, 2), date(2025, 6, 30), date(2026, 6, 30)),
        (date(2024, 2, 29), None, date(2025, 3, 1)),
    ],
)
def test_a_standard_is_reviewed_within_a_year(
    valid_from: date, reviewed_on: date | None, due: date
) -> None:
    standard = Standard(valid_from=valid_from, reviewed_on=reviewed_on)

    assert review_due_on(standard) == due
    assert not is_review_overdue(standard, due)
    assert is_review_overdue(standard, due + timedelta(days=1))


def test_faults_are_found_by_pointer() -> None:
    wrong = replace(
        COMPLETE_ONE,
        requirements=(Requirement(name="KTP | KK"), Requirement(name="KK", issued_by=" Capil")),
        product=("Izin", "\u202e"),
        fee=Fee(),
        reviewed_on=date(2026, 3, 17),
    )

    assert standard_faults(COMPLETE_ONE, TODAY) == {}
    assert standard_faults(wrong, TODAY) == {
        "/requirements/0/name": "forbidden_character",
        "/requirements/1/issued_by": "invalid_format",
        "/product/1": "forbidden_character",
        "/fee/basis": "missing_field",
        "/reviewed_on": "in_the_future",
    }


def test_the_event_carries_every_member_of_the_rule() -> None:
    assert [field.name for field in fields(Standard)] == list(contract.Standard.__struct_fields__)


def test_a_circle_of_successors_is_seen_over_any_number_of_steps() -> None:
    known = {"a.ig": "a.situ", "a.situ": "a.siup", "a.siup": "a.nib"}

    assert list(heirs("a.ig", known)) == ["a.situ", "a.siup", "a.nib"]
    assert closes_a_circle("a.nib", "a.ig", known)
    assert closes_a_circle("a.ig", "a.ig", {})
    assert not closes_a_circle("a.nib", "a.oss", known)
    assert not closes_a_circle("a.ig", "a.nib", known)
    assert list(heirs("x.a", {"x.a": "x.b", "x.b": "x.a"})) == ["x.b"]
