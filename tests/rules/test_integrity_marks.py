"""Marks of integrity: planted manipulation is found, honest units are left in peace."""

from collections import Counter
from datetime import date, timedelta
from random import Random

import pytest

from services.scoring.domain.integrity import RULES, Kind, Mark, Severity, Unit, marks_of
from services.scoring.domain.integrity.mark import LEVEL
from services.scoring.domain.integrity.rhythm import bursts, too_regular
from services.scoring.domain.integrity.scores import all_four_days, straight_lining
from services.scoring.domain.integrity.senders import mostly_assisted, one_key
from services.scoring.domain.integrity.trace import Tracks, moment_of, shape_of
from tests.rules.honest_units import (
    FIRST,
    PERFECT,
    entered,
    honest,
    trace,
    unit,
    with_planted,
)

SEED = 20260914
UNITS = 100
HONEST = (
    {"a_day": 20.0},
    {"a_day": 20.0, "alike": 0.65},
    {"a_day": 50.0, "alike": 0.1, "keys": ("k1", "k2", "k3", "k4")},
)
TENTH = date(2026, 9, 10)


def kinds(marks: list[Mark]) -> list[Kind]:
    return [mark.kind for mark in marks]


def test_honest_units_are_marked_no_more_often_than_the_rules_say() -> None:
    random = Random(SEED)
    units = [honest(random, **about) for about in HONEST for _ in range(UNITS)]
    traces = [each for unit in units for each in unit.traces]
    straight = sum(each.straight for each in traces) / sum(each.n for each in traces)
    assert 0.58 < straight < 0.65, "not as skewed as the real survey"

    found = Counter(kind for each in units for kind in kinds(marks_of(each)))

    assert found.total() <= LEVEL * len(units) * len(RULES), found


def test_a_clerk_who_enters_sixty_perfect_answers_in_twenty_minutes_is_found() -> None:
    usual = honest(Random(SEED))
    clerk = entered([200 + number // 3 for number in range(60)], day=TENTH)

    marks = marks_of(with_planted(usual, clerk))

    burst, all_four = sorted(marks, key=lambda mark: list(Kind).index(mark.kind))
    assert (burst.kind, burst.severity) == (Kind.BURST, Severity.LOOK)
    assert (burst.n, burst.observed) == (60, 30)
    where = burst.slice
    assert (where.service, where.place, where.series, where.key) == (
        "a.x",
        "mpp",
        "agency",
        "clerk",
    )
    assert (where.since, where.until) == (moment_of(TENTH, 200), moment_of(TENTH, 220))
    assert "30 jawaban dalam sepuluh menit" in burst.words[0]
    assert "30 answers within ten minutes on 2026-09-10" in burst.words[1]
    assert (all_four.kind, all_four.n, all_four.observed) == (Kind.ALL_FOUR_DAY, 60, 60)
    assert all_four.slice.key == "clerk"
    assert float(all_four.expected) < 45


def test_sixty_in_twenty_minutes_are_no_burst_where_every_day_has_such_minutes() -> None:
    """A device that sends what it collected when it has a network: its own rhythm."""
    days = [FIRST + timedelta(days=number) for number in range(10)]

    assert (
        bursts(unit([entered([600] * (40 + number), day=day) for number, day in enumerate(days)]))
        == []
    )


def test_nothing_is_a_burst_before_the_rhythm_of_three_other_days_is_known() -> None:
    days = [entered([200, 300], "k1", day=FIRST + timedelta(days=number)) for number in (1, 2, 3)]
    clerk = entered([200] * 60)

    assert bursts(unit([clerk, *days[:2]])) == []
    assert kinds(bursts(unit([clerk, *days]))) == [Kind.BURST]


def test_two_bursts_of_a_day_are_not_one_long_slice() -> None:
    days = [entered([200, 300], "k1", day=FIRST + timedelta(days=number)) for number in (1, 2, 3)]
    clerk = entered([*[100] * 40, *[400] * 50])

    (mark,) = bursts(unit([clerk, *days]))

    assert (mark.slice.since, mark.slice.until) == (moment_of(FIRST, 400), moment_of(FIRST, 401))


def test_one_key_every_three_minutes_exactly_is_found() -> None:
    usual = honest(Random(SEED))
    robot = entered([200 + 3 * number for number in range(20)], "robot", day=TENTH)

    (mark,) = too_regular(with_planted(usual, robot))

    assert (mark.kind, mark.severity) == (Kind.TOO_REGULAR, Severity.STRONG)
    assert (mark.n, mark.observed, mark.expected) == (19, 19, "2.8")
    assert (mark.slice.key, mark.slice.since) == ("robot", moment_of(TENTH, 200))
    assert mark.slice.until == moment_of(TENTH, 258)
    assert "exactly 3 minutes" in mark.words[1]


def test_a_desk_that_takes_about_five_minutes_for_each_is_not_too_regular() -> None:
    random, minute, minutes = Random(SEED), 100.0, []
    for _ in range(60):
        minutes.append(int(minute))
        minute += random.gauss(5, 1)

    assert too_regular(unit([entered(minutes)])) == []


def test_times_of_a_file_are_nobodys_rhythm() -> None:
    days = [
        entered([200, 300], day=FIRST + timedelta(days=number), series="imported")
        for number in (1, 2, 3)
    ]
    file = entered([3 * number for number in range(60)], series="imported")
    noon = entered([300] * 500, day=TENTH, series="imported")

    assert bursts(unit([noon, *days])) == []
    assert too_regular(unit([file, *days])) == []


def test_answers_that_are_alike_beyond_what_people_do_are_found() -> None:
    """Half 3s and half 4s: elements that are answered one by one would never agree so."""
    sent = Tracks()
    for number in range(40):
        sent.add(shape_of((3 + number % 2,) * 9), 60 + 7 * number)
    alike = unit([trace(FIRST, "k1", sent)], [[0, 0, 20, 20]] * 9)

    (mark,) = straight_lining(alike)

    assert (mark.kind, mark.n, mark.observed) == (Kind.STRAIGHT_LINING, 40, 40)
    assert mark.expected == "24.1"
    assert mark.slice.key is None


def test_a_unit_that_everybody_praises_is_not_straight_lining() -> None:
    praised = unit([entered(range(60, 160), "k1")], [[0, 0, 0, 100]] * 9)

    assert straight_lining(praised) == []


@pytest.mark.parametrize(("fours", "marked"), [(30, True), (18, False)])
def test_a_day_of_nothing_but_four_stands_out_among_days_that_are_otherwise(
    fours: int, marked: bool
) -> None:
    days = []
    for number in range(1, 16):
        sent = Tracks()
        for answer in range(10):
            sent.add(shape_of(PERFECT if answer < 4 else (3, *PERFECT[1:])), 60 + answer)
        days.append(trace(FIRST + timedelta(days=number), "k1", sent))

    marks = all_four_days(unit([entered(range(60, 60 + fours)), *days]))

    assert kinds(marks) == [Kind.ALL_FOUR_DAY] * marked


def test_no_day_stands_out_where_days_are_all_or_nothing() -> None:
    """The real survey is so: at a desk a day's answers resembled each other."""
    days = []
    for number in range(1, 16):
        sent = Tracks()
        for answer in range(10):
            sent.add(shape_of(PERFECT if number % 2 else (3, *PERFECT[1:])), 60 + answer)
        days.append(trace(FIRST + timedelta(days=number), "k1", sent))

    assert all_four_days(unit([entered(range(60, 100)), *days])) == []


def sent_by(*keys: tuple[str, int]) -> Unit:
    return unit([entered(range(60, 60 + n), key) for key, n in keys])


def test_a_key_that_sends_nearly_all_where_three_send_is_noted() -> None:
    (mark,) = one_key(sent_by(("k1", 90), ("k2", 5), ("k3", 5)))

    assert (mark.severity, mark.slice.key, mark.n, mark.observed) == (Severity.NOTE, "k1", 100, 90)
    assert one_key(sent_by(("k1", 90), ("k2", 10))) == []
    assert one_key(sent_by(("k1", 55), ("k2", 25), ("k3", 20))) == []
    assert one_key(sent_by(("", 90), ("k2", 5), ("k3", 5))) == [], "the form has no key"


def test_a_unit_whose_staff_enter_most_answers_is_noted() -> None:
    themselves = entered(range(60, 80), "", series="open")
    staff = entered(range(60, 160), "k1", series="assisted")

    (mark,) = mostly_assisted(unit([themselves, staff]))

    assert (mark.severity, mark.slice.series) == (Severity.NOTE, "assisted")
    assert (mark.n, mark.observed, mark.expected) == (120, 100, "60.0")
    assert mostly_assisted(unit([entered(range(60, 180), "", series="open"), staff])) == []


def test_a_unit_without_a_place_has_a_slice_of_any_place() -> None:
    placed = sent_by(("k1", 90), ("k2", 5), ("k3", 5))

    (mark,) = one_key(Unit("a.x", "", placed.traces, {}))

    assert (mark.slice.service, mark.slice.place) == ("a.x", None)
