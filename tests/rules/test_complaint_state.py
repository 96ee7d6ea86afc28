"""The life of a complaint: from facts in any order to its state, clocks and what it counts for."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from itertools import permutations
from random import Random
from typing import Any

import pytest

from services.scoring.domain.clock.worktime import WIB, WorkTime
from services.scoring.domain.complaint.clocks import (
    Judgement,
    clocks_of,
    closes_at,
    next_due,
    state_at,
)
from services.scoring.domain.complaint.facts import FORMS, Category, Fact, Kind, State, Verdict
from services.scoring.domain.complaint.law import Clock, law_in_force
from services.scoring.domain.complaint.state import Complaint, state_of
from services.scoring.domain.complaint.tally import counts_of, rows_of
from services.scoring.usecases.work_calendar import national_calendar
from shared.contracts import complaints

WHERE = WorkTime.of(WIB, national_calendar())
MONDAY = datetime(2026, 3, 16, 9, tzinfo=WIB)


def fact(kind: Kind, day: int = 0, *, sequence: int | None = None, **more: Any) -> Fact:
    """A fact so many days after Monday the 16th of March 2026."""
    at = MONDAY + timedelta(days=day)
    return Fact(kind, at.astimezone(UTC), day + 1 if sequence is None else sequence, **more)


def filed(day: int = 0, category: Category = Category.COMPLAINT, **more: Any) -> Fact:
    return fact(Kind.FILED, day, category=category, **more)


def verified(day: int, verdict: Verdict = Verdict.ACCEPTED, **more: Any) -> Fact:
    return fact(Kind.VERIFIED, day, verdict=verdict, **more)


def answered(day: int, *, final: bool = True) -> Fact:
    return fact(Kind.ANSWERED, day, is_final=final)


def closed(day: int, reason: str = "settled") -> Fact:
    return fact(Kind.CLOSED, day, reason=reason)


def codes(complaint: Complaint) -> list[str]:
    return [flag.code for flag in complaint.flags]


def due_on(*facts: Fact) -> dict[str, date]:
    """The last day of each clock."""
    running = clocks_of(state_of(facts), WHERE)
    return {
        f"{each.clock}{each.round or ''}": WHERE.day_of(each.due.at - timedelta(seconds=1))
        for each in running
        if each.due is not None and each.due.at is not None
    }


def judged(*facts: Fact) -> dict[str, Judgement | None]:
    return {
        f"{each.clock}{each.round or ''}": each.judgement
        for each in clocks_of(state_of(facts), WHERE)
        if each.clock is not Clock.SILENCE
    }


def test_the_ten_forms_are_those_that_may_be_posted() -> None:
    assert complaints.Form.__args__ == FORMS  # type: ignore[attr-defined]  # a Literal
    assert len(FORMS) == 10


def test_it_goes_from_sent_to_closed() -> None:
    way = [
        filed(),
        verified(1),
        fact(Kind.FORWARDED, 2, agency="dpupr"),
        answered(3, final=False),
        answered(8),
        closed(9),
    ]

    states = [state_of(way[:end]).state for end in range(1, 7)]

    assert states == ["sent", "verified", "forwarded", "in_progress", "answered", "closed"]
    assert not state_of(way).flags


def test_order_and_repetition_of_facts_do_not_matter() -> None:
    way = [filed(), verified(1), answered(5), fact(Kind.REOPENED, 6), answered(7)]
    expected = state_of(way)

    assert all(state_of([*order, order[0]]) == expected for order in permutations(way))
    assert expected.state is State.ANSWERED
    assert len(expected.rounds) == 2


@pytest.mark.parametrize(
    ("facts", "code", "state"),
    [
        ([filed(), filed(1)], "filed_again", "sent"),
        ([filed(), verified(1), verified(2, Verdict.REJECTED)], "verified_again", "verified"),
        ([filed(), verified(1, Verdict.REJECTED), answered(2)], "after_rejection", "rejected"),
        ([filed(), answered(1)], "not_verified", "answered"),
        ([filed(), verified(1), answered(2), answered(3)], "after_answer", "answered"),
        ([filed(), verified(1), fact(Kind.REOPENED, 2)], "not_answered", "verified"),
        ([filed(), verified(1), closed(2)], "closed_unanswered", "closed"),
        ([filed(), verified(1), answered(2), closed(3), closed(4)], "closed_again", "closed"),
        ([verified(1)], "not_filed", "verified"),
    ],
)
def test_what_cannot_have_happened_is_flagged(facts: list[Fact], code: str, state: str) -> None:
    complaint = state_of(facts)

    assert (codes(complaint), complaint.state) == ([code], state)


def test_verification_may_correct_what_it_is() -> None:
    complaint = state_of(
        [
            filed(form="undue_delay"),
            verified(1, category=Category.SUPERVISED_COMPLAINT, form="demand_for_payment"),
        ]
    )

    assert complaint.category is Category.SUPERVISED_COMPLAINT
    assert complaint.form == "demand_for_payment"


@pytest.mark.parametrize(
    ("category", "last_day"),
    [
        (Category.INFORMATION_REQUEST, date(2026, 3, 30)),
        (Category.ASPIRATION, date(2026, 3, 30)),
        (Category.COMPLAINT, date(2026, 4, 13)),
        (Category.SUPERVISED_COMPLAINT, date(2026, 6, 25)),
    ],
)
def test_the_clocks_of_a_complaint_of_16_march_2026(category: Category, last_day: date) -> None:
    """Counted by hand: 17 March, then 25 to 27 March, 30 and 31 March; Nyepi and Idulfitri lie
    between, then Good Friday (3 April) and, of the sixty, 1, 14, 15, 27, 28 May, 1 and 16 June."""
    due = due_on(filed(category=category))

    assert due == {
        "verify": date(2026, 3, 26),
        "first_reply": date(2026, 3, 30),
        "resolve": last_day,
    }


def test_the_law_is_that_of_the_day_on_which_the_round_began() -> None:
    old, new = law_in_force(date(2024, 1, 2)), law_in_force(date(2026, 1, 2))

    assert old.verify.basis == "PermenPANRB 62/2018"
    assert new.verify.basis == "PermenPANRB 5/2025"
    assert (new.verify.number, new.first_reply.number, new.silence.number) == (3, 5, 10)


def test_what_is_done_on_the_last_day_is_in_time_and_a_day_later_it_is_late() -> None:
    # The 30th of March is 14 days after the 16th; the first reply is due that day.
    in_time = judged(filed(), verified(10), answered(14, final=False), answered(28))
    late = judged(filed(), verified(11), answered(15, final=False), answered(29))

    assert set(in_time.values()) == {Judgement.IN_TIME}
    assert set(late.values()) == {Judgement.LATE}


def test_a_reopened_complaint_has_new_clocks_and_needs_no_second_verification() -> None:
    way = [filed(), verified(1), answered(2), fact(Kind.REOPENED, 14)]

    due = due_on(*way)

    assert due["first_reply1"] == date(2026, 4, 7)  # five working days after 30 March
    assert "verify1" not in due
    following = next_due(clocks_of(state_of(way), WHERE))
    assert following is not None
    assert WHERE.day_of(following.start) == date(2026, 3, 30)
    assert judged(*way)["resolve"] is Judgement.IN_TIME


def test_silence_closes_ten_days_after_the_answer_unless_somebody_objects() -> None:
    way = [filed(), verified(1), answered(2)]
    complaint = state_of(way)
    clocks = clocks_of(complaint, WHERE)
    end = closes_at(clocks)

    assert end is not None
    assert WHERE.day_of(end) == date(2026, 3, 29)  # the 18th, ten days, and the midnight after
    assert state_at(complaint, clocks, end - timedelta(seconds=1)) is State.ANSWERED
    assert state_at(complaint, clocks, end) is State.CLOSED
    assert closes_at(clocks_of(state_of([*way, fact(Kind.REOPENED, 3)]), WHERE)) is None


@pytest.mark.parametrize(
    "end", [verified(1, Verdict.REJECTED), verified(1, Verdict.ARCHIVED), closed(1, "withdrawn")]
)
def test_nothing_is_due_of_what_was_turned_away_or_withdrawn(end: Fact) -> None:
    clocks = clocks_of(state_of([filed(), end]), WHERE)

    assert next_due(clocks) is None
    assert [each.judgement for each in clocks if each.clock is Clock.RESOLVE] == [None]


def test_past_the_known_calendar_a_clock_is_not_judged() -> None:
    december = datetime(2026, 12, 21, 9, tzinfo=WIB).astimezone(UTC)
    way = [
        Fact(Kind.FILED, december, 1, category=Category.COMPLAINT),
        Fact(Kind.ANSWERED, december + timedelta(days=1), 2),
    ]

    known = judged(*way)

    assert known["verify"] is Judgement.IN_TIME
    assert known["resolve"] is Judgement.UNJUDGED


def test_each_fact_counts_on_its_own_day() -> None:
    way = [filed(is_anonymous=True), verified(1), answered(2), fact(Kind.REOPENED, 17), closed(18)]
    complaint = state_of(way)

    rows = rows_of(
        "dpmptsp.nib", "mpp", "", counts_of(complaint, clocks_of(complaint, WHERE), WHERE)
    )

    days = {key[4]: sum(row) for key, row in rows.items() if key[3] == "d"}
    # Filed, its category, anonymous · verified · replied, resolved · reopened · replied, resolved,
    # closed.
    assert days == {
        "2026-03-16": 3,
        "2026-03-17": 1,
        "2026-03-18": 2,
        "2026-04-02": 1,
        "2026-04-03": 3,
    }
    months = {key[4]: sum(row) for key, row in rows.items() if key[3] == "m"}
    assert months == {"2026-03-01": 6, "2026-04-01": 4}


def test_what_was_counted_can_be_taken_back() -> None:
    draw = Random(88)
    for _ in range(50):
        way = [filed(), verified(1), answered(4), fact(Kind.REOPENED, 8), closed(9)]
        some = draw.sample(way, draw.randrange(1, 6))
        complaint = state_of(some)
        counts = counts_of(complaint, clocks_of(complaint, WHERE), WHERE)
        total: Counter[Any] = Counter()
        for times in (1, -1):
            for key, row in rows_of("a.b", "", "", counts, times=times).items():
                total.update({(key, place): n for place, n in enumerate(row)})
        assert not any(total.values())
