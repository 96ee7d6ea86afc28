"""Rules of alerts on values: what they find, from where on, and one alert per cause."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from types import MappingProxyType

import pytest

from services.scoring.domain.alert_rules import (
    QUIET,
    RULES,
    BadRule,
    Finding,
    Kind,
    Move,
    Rule,
    Severity,
    Situation,
    Standing,
    cause_of,
    findings,
    step,
)
from services.scoring.domain.alert_rules.fall import SETTLES_AFTER, Day, readings_of
from services.scoring.domain.alert_rules.silence import rhythm_of, silence_of
from services.scoring.domain.alert_rules.situation import Decided, Quarter, Shown
from services.scoring.domain.ikm import RULE_SETS
from services.scoring.domain.integrity import Kind as MarkKind
from services.scoring.domain.integrity import Mark
from services.scoring.domain.integrity import Severity as MarkSeverity
from services.scoring.domain.integrity.mark import Slice

NOW = datetime(2026, 9, 14, 12, tzinfo=UTC)
TODAY = NOW.date()
BY_KIND = {rule.kind: rule for rule in RULES}
IN_FORCE = RULE_SETS[-1]


def quarter(
    number: int,
    index: str,
    letter: str,
    *,
    n: int = 100,
    elements: Mapping[str, str] = MappingProxyType({}),
) -> Quarter:
    """A quarter counted from 2025-Q1; elements as `{"time": "77 C"}`."""
    year, part = divmod(number - 1, 4)
    shown = {code: each.split() for code, each in elements.items()}
    return Quarter(
        name=f"{2025 + year}-Q{part + 1}",
        first=date(2025 + year, part * 3 + 1, 1),
        figure=f"f{number}",
        n=n,
        whole=Shown(Fraction(index), letter),
        elements={code: Shown(Fraction(value), band) for code, (value, band) in shown.items()},
        rules=IN_FORCE,
    )


def unit(**known: object) -> Situation:
    return Situation("service:a.x", "Izin", TODAY, **known)  # type: ignore[arg-type]


def only(kind: Kind, situation: Situation) -> Finding:
    (finding,) = findings(BY_KIND[kind], situation)
    return finding


def moves(rule: Rule, values: Sequence[int | str], days: int = 1) -> list[Move | None]:
    """What is told of a cause whose value is this, day after day."""
    standing, told = QUIET, []
    for number, value in enumerate(values):
        finding = Finding(Fraction(value), {}, ("", ""))
        standing, move = step(rule, standing, finding, NOW + timedelta(days=number * days))
        told.append(move)
    return told


def test_a_cause_is_raised_once_updated_when_it_is_worse_and_cleared_past_its_edge() -> None:
    told = moves(BY_KIND[Kind.LATE_SHARE], [10, 20, 25, 18, 45, 30, 16, 15, 19, 20])

    raised, updated, cleared = Move.RAISED, Move.UPDATED, Move.CLEARED
    assert told == [None, raised, None, None, updated, updated, None, cleared, None, raised]


def test_a_cause_that_must_last_is_raised_when_it_has_lasted_and_forgotten_when_it_ends() -> None:
    patient = replace(BY_KIND[Kind.LATE_SHARE], lasting_days=2)

    assert moves(patient, [30, 30, 10, 30, 30, 30]) == [None] * 5 + [Move.RAISED]


def test_all_rules_have_names_and_limits_of_their_own_and_say_what_they_are_in_two_languages() -> (
    None
):
    assert len({rule.name for rule in RULES}) == len(RULES)
    assert {rule.kind for rule in RULES} == set(Kind)
    assert all(id_ and en and id_ != en for id_, en in (rule.words for rule in RULES))


@pytest.mark.parametrize(
    ("change", "member"),
    [
        ({"levels": ()}, "levels"),
        ({"levels": BY_KIND[Kind.LATE_SHARE].levels[::-1]}, "levels"),
        ({"clear_at": Fraction(21)}, "clear_at"),
        ({"kind": Kind.FALL}, "false_alarms"),
        ({"kind": Kind.FALL, "false_alarms": Fraction(1, 10)}, "false_alarms"),
        ({"kind": Kind.FALL, "false_alarms": Fraction(1, 500), "least_n": 19}, "least_n"),
    ],
)
def test_a_rule_that_could_not_work_is_none(change: dict[str, object], member: str) -> None:
    with pytest.raises(BadRule) as refused:
        replace(BY_KIND[Kind.LATE_SHARE], **change)  # type: ignore[arg-type]

    assert refused.value.member == member


def test_a_class_that_was_lost_is_told_with_both_figures() -> None:
    quarters = [quarter(5, "89.10", "A"), quarter(6, "84.00", "B"), quarter(7, "70", "C")]

    finding = only(Kind.CLASS_DROP, unit(quarters=quarters))

    assert (finding.value, finding.receipt) == (Fraction(2), "f7")
    assert finding.figures["before_figure"] == "f5"
    assert "kelas C (70.00, 100 jawaban) pada 2026-Q3" in finding.words[0]
    assert "the best within a year was A (89.10, 2026-Q1)" in finding.words[1]


def test_a_class_is_compared_within_a_year_and_only_of_enough_answers() -> None:
    old = unit(quarters=[quarter(2, "95", "A"), quarter(6, "80", "B"), quarter(7, "80", "B")])
    few = unit(quarters=[quarter(6, "95", "A"), quarter(7, "60", "D", n=25)])

    assert only(Kind.CLASS_DROP, old).value == 0
    assert findings(BY_KIND[Kind.CLASS_DROP], few) == []


def test_a_class_that_is_back_by_a_hair_keeps_its_alert_open() -> None:
    rule = BY_KIND[Kind.CLASS_DROP]
    raised = Standing(NOW, Severity.WARNING)

    by_a_hair = only(
        Kind.CLASS_DROP, unit(quarters=[quarter(6, "90", "A"), quarter(7, "88.5", "A")])
    )
    for_sure = only(
        Kind.CLASS_DROP, unit(quarters=[quarter(6, "90", "A"), quarter(7, "88.9", "A")])
    )

    assert step(rule, raised, by_a_hair, NOW) == (raised, None)
    assert step(rule, QUIET, by_a_hair, NOW) == (QUIET, None)
    assert step(rule, raised, for_sure, NOW) == (QUIET, Move.CLEARED)


def test_an_element_is_judged_by_its_class_where_its_index_is_coarse() -> None:
    rule = BY_KIND[Kind.ELEMENT_LOW]
    shown = {"time": "77 C", "cost": "77 B", "product": "64.99 D", "facilities": "65 D"}

    found = {
        each.detail: each
        for each in findings(rule, unit(quarters=[quarter(7, "80", "B", elements=shown)]))
    }

    severities = {detail: rule.severity(each.value) for detail, each in found.items()}
    assert severities == {
        "time": Severity.WARNING,
        "cost": None,
        "product": Severity.SERIOUS,
        "facilities": Severity.SERIOUS,
    }
    assert found["time"].figures["nrr"] == "3.0640"
    assert "unsur Waktu penyelesaian 77.00, kelas C (NRR 3.0640)" in found["time"].words[0]
    assert cause_of(rule, "service:a.x", "time") == "element-low/service:a.x/time"


@pytest.mark.parametrize(
    ("index", "severity"),
    [("76.61", None), ("76.60", "warning"), ("65.00", "warning"), ("64.99", "serious")],
)
def test_the_limits_of_elements_are_those_of_the_regulation(
    index: str, severity: str | None
) -> None:
    assert BY_KIND[Kind.ELEMENT_LOW].severity(Fraction(index)) == severity


def test_late_ones_are_told_only_where_no_small_cell_is() -> None:
    rule = BY_KIND[Kind.LATE_SHARE]

    assert only(Kind.LATE_SHARE, unit(decided=Decided(40, 20, 0))).value == Fraction(100, 3)
    assert only(Kind.LATE_SHARE, unit(decided=Decided(40, 0, 0))).value == 0
    assert findings(rule, unit(decided=Decided(40, 9, 0))) == []
    assert findings(rule, unit(decided=Decided(40, 12, 3))) == []
    assert findings(rule, unit(decided=Decided(15, 14, 0))) == []
    assert findings(rule, unit()) == []


def test_a_standard_is_due_for_review_after_a_year() -> None:
    rule = BY_KIND[Kind.UNREVIEWED]
    ages = [364, 365, 730]
    found = [
        only(Kind.UNREVIEWED, unit(reviewed_on=TODAY - timedelta(days=age))).value for age in ages
    ]

    assert [rule.severity(value) for value in found] == [None, Severity.NOTICE, Severity.WARNING]


def mark(strength: MarkSeverity, *, n: int = 60) -> Mark:
    where = Slice("a.x", "mpp", "agency", "clerk", NOW - timedelta(hours=1), NOW)
    return Mark(MarkKind.BURST, strength, n, 40, "3.0", 1e-9, where, ("lonjakan", "a burst"))


def test_strong_marks_of_enough_answers_alarm_and_name_no_sender() -> None:
    rule = BY_KIND[Kind.MARK]
    strong = findings(rule, unit(marks=[mark(MarkSeverity.STRONG), mark(MarkSeverity.LOOK)]))
    weak = findings(rule, unit(marks=[mark(MarkSeverity.LOOK), mark(MarkSeverity.STRONG, n=9)]))

    assert {each.detail for each in strong} == {str(kind) for kind in MarkKind}
    (found,) = [each for each in strong if rule.severity(each.value)]
    assert (found.detail, found.words) == ("burst", ("lonjakan", "a burst"))
    assert "clerk" not in str(found.figures)
    assert not any(rule.severity(each.value) for each in weak)
    assert findings(rule, unit()) == []


def days_of(means: Sequence[float], n: int = 20) -> list[Day]:
    first = TODAY - timedelta(days=len(means))
    return [
        Day(first + timedelta(days=number), n, round(n * mean * 9 / 25))
        for number, mean in enumerate(means)
    ]


SWAYING = [88, 90, 87, 91, 89, 86, 90, 88, 92, 89]


def heights(means: Sequence[float]) -> list[float]:
    return [each.height for each in readings_of(days_of(means), 1 / 5000, least_n=20)]


def test_a_fall_is_told_in_whole_points_and_steps_of_five_answers() -> None:
    means = [*SWAYING * 6, *[mean - 8 for mean in SWAYING]]
    readings = readings_of(days_of(means, n=23), 1 / 5000, least_n=20)

    finding = only(Kind.FALL, unit(chart=readings[-1]))

    assert BY_KIND[Kind.FALL].severity(finding.value) is Severity.WARNING
    assert finding.figures["n"] == "230"
    assert (finding.figures["before"], finding.figures["now"]) == ("89", "81")


def test_what_recovers_is_over_and_what_stays_becomes_usual() -> None:
    fallen = [mean - 8 for mean in SWAYING]

    back = heights([*SWAYING * 6, *fallen, *SWAYING * 3])
    stayed = heights([*SWAYING * 6, *fallen * (SETTLES_AFTER // 10 + 2)])

    assert max(back) >= 1
    assert back[-1] == 0
    assert max(stayed) >= 1
    assert stayed[-1] < 0.5


def test_a_unit_without_a_history_or_without_variation_never_alarms() -> None:
    assert heights(SWAYING * 3) == []
    assert max(heights([100] * 200)) == 0


def steady(days: int, hour: int = 9, n: int = 6) -> dict[tuple[date, int], int]:
    """Answers at the same hours of every weekday up to yesterday."""
    found: dict[tuple[date, int], int] = {}
    for back in range(1, days + 1):
        day = TODAY - timedelta(days=back)
        if day.weekday() < 5:
            found |= {(day, hour + more): n for more in range(4)}
    return found


def working(day: date) -> bool:
    return day != date(2026, 9, 14)


def test_a_silence_grows_in_working_hours_only_and_holidays_are_no_silence() -> None:
    rhythm = rhythm_of(steady(56), TODAY - timedelta(days=1), lambda _: True)
    assert rhythm is not None
    friday = datetime(2026, 9, 11, 12, 30, tzinfo=UTC)

    weekend = silence_of(rhythm, friday, datetime(2026, 9, 13, 20, tzinfo=UTC), lambda _: True)
    monday = silence_of(rhythm, friday, datetime(2026, 9, 14, 12, tzinfo=UTC), lambda _: True)
    holiday = silence_of(rhythm, friday, datetime(2026, 9, 14, 12, tzinfo=UTC), working)

    assert (weekend.hours, holiday.hours, monday.hours) == (0, 0, 3)
    found = [only(Kind.SILENT, unit(silence=each)).value for each in (weekend, holiday, monday)]
    assert found == [0, 0, 3]
    assert BY_KIND[Kind.SILENT].severity(found[-1]) is Severity.NOTICE


def test_who_began_to_answer_lately_has_no_rhythm_and_is_not_called_silent() -> None:
    assert rhythm_of(steady(20), TODAY - timedelta(days=1), lambda _: True) is None
    assert rhythm_of({}, TODAY, lambda _: True) is None


def test_whose_days_differ_wildly_is_called_silent_later() -> None:
    wild = {key: n * (1 if key[0].day % 2 else 9) for key, n in steady(56).items()}
    steady_one = rhythm_of(steady(56, n=30), TODAY - timedelta(days=1), lambda _: True)
    wild_one = rhythm_of(wild, TODAY - timedelta(days=1), lambda _: True)

    assert steady_one is not None
    assert wild_one is not None
    assert steady_one.dispersion == 1
    assert wild_one.dispersion > 50
