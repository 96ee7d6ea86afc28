"""The simulated city: the same every time, as large as was asked for, with findable secrets."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from fractions import Fraction
from statistics import fmean
from typing import Any

import msgspec
import pytest

from services.commands.catalogue import files
from services.commands.demo.city import UnknownAgency, city_of
from services.commands.demo.demand import shares
from services.commands.demo.events import Happening
from services.commands.demo.story import (
    CHEATING,
    DISLIKED,
    FORGETFUL,
    LATE,
    RESTATED,
    SILENT,
    WORSENING,
    planted,
)
from services.commands.demo.year import Options, Year, simulate
from services.scoring.domain.clock.worktime import WIB, WorkTime
from services.scoring.domain.elements import CODES
from services.scoring.domain.integrity import Kind, Unit, marks_of
from services.scoring.domain.integrity.trace import Trace, Tracks, minute_of, shape_of, unpacked
from services.scoring.domain.performance import Felt, Measured, Verdict, compare
from services.scoring.usecases.work_calendar import national_calendar
from shared.contracts.catalogue import INCOMING
from shared.contracts.feedback import AGGREGATED, SUBMITTED

AFTERWARDS = datetime(2026, 11, 1, tzinfo=UTC)
ROWS = files.read(files.EXAMPLE)
WHERE = WorkTime.of(WIB, national_calendar())
STORY = (DISLIKED, LATE, WORSENING, CHEATING, FORGETFUL, RESTATED)
AGENCIES = tuple(sorted({code.partition(".")[0] for code in STORY} | SILENT))


def lived(now: datetime = AFTERWARDS, **changes: Any) -> Year:
    chosen = {"seed": 1, "year": 2025, "days": 365, "answers": 600, "applications": 200, **changes}
    options = Options(**chosen)
    return simulate(options, city_of(ROWS, options.only, options.seed), WHERE, now)


@pytest.fixture(scope="module")
def story() -> Year:
    """The agencies of the story alone, so that each has enough answers."""
    return lived(answers=9_000, applications=3_000, only=AGENCIES)


def test_the_same_options_make_the_same_events_byte_by_byte() -> None:
    told = [msgspec.json.encode(each.event) for each in lived().told]

    assert told == [msgspec.json.encode(each.event) for each in lived().told]
    ids = {(each.event["source"], each.event["id"]) for each in lived().told}
    assert len(ids) == len(told)
    others: list[dict[str, Any]] = [{"seed": 2}, {"answers": 601}, {"days": 300}]
    for other in others:
        assert not ids & {(each.event["source"], each.event["id"]) for each in lived(**other).told}


def test_it_is_as_large_as_was_asked_for_and_intake_takes_every_event() -> None:
    year = lived()

    assert (year.answers.total(), year.received.total()) == (600, 200)
    assert year.answers.total() == sum(each.event["type"] == SUBMITTED for each in year.told)
    for each in year.told:
        msgspec.json.decode(msgspec.json.encode(each.event), type=INCOMING)


def test_a_whole_is_split_without_a_rest() -> None:
    assert shares(10, [1, 1, 1]) == [4, 3, 3]
    assert shares(7, [0.5, 0.25, 0.25]) == [3, 2, 2]
    assert shares(0, [1, 2]) == [0, 0]
    assert shares(5, []) == []


def test_counters_are_open_on_working_days_only_and_nobody_answers_tomorrow() -> None:
    now = datetime(2026, 6, 30, 12, tzinfo=WIB)
    year = lived(now, year=2026)

    at_counters = [
        each for each in answers_of(year.told) if each.event["data"]["place"] != "daring"
    ]
    days = {each.at.date() for each in at_counters}
    assert all(WHERE.calendar.is_working(day) for day in days)
    assert date(2026, 3, 20) not in days, "Idulfitri"
    assert max(each.at for each in year.told) <= now
    assert 0 < year.answers.total() < 600


def test_people_answer_like_those_of_1994_real_answers() -> None:
    given = [each.event["data"]["answers"] for each in answers_of(lived(answers=4_000).told)]

    straight = sum(len(set(scores.values())) == 1 for scores in given)
    assert 0.55 < straight / len(given) < 0.65


def test_an_agency_that_the_example_does_not_have_is_refused() -> None:
    with pytest.raises(UnknownAgency, match="nowhere"):
        city_of(ROWS, ["dpmptsp", "nowhere"], 1)


def test_the_opinions_that_are_planted_can_be_found(story: Year) -> None:
    means = {code: fmean(scores_of(story.told, code)) for code in story.answers}

    assert min(means, key=means.__getitem__) == DISLIKED
    assert max(means, key=means.__getitem__) == LATE
    quarters = [
        fmean(scores_of(story.told, WORSENING, months=(month, month + 1, month + 2)))
        for month in (1, 4, 7, 10)
    ]
    assert quarters == sorted(quarters, reverse=True)
    assert quarters[0] - quarters[3] > 0.5
    assert not any(code.startswith("satpolpp.") for code in story.answers)


def test_the_delays_that_are_planted_can_be_found(story: Year) -> None:
    decided = story.on_time + story.late

    verdicts = {code: verdict(story, code) for code in decided}
    planted_ones = {DISLIKED: Verdict.FAST_BUT_DISLIKED, LATE: Verdict.PRAISED_BUT_LATE}
    assert {code: verdicts[code] for code in planted_ones} == planted_ones
    honest = {code: said for code, said in verdicts.items() if code not in STORY}
    assert set(honest.values()) <= {Verdict.AGREES, Verdict.TOO_FEW}, honest
    assert story.received[FORGETFUL] - decided[FORGETFUL] > story.received[FORGETFUL] / 5


def test_the_clerk_is_marked_and_nobody_else(story: Year) -> None:
    strong = {
        (unit.service, mark.kind)
        for unit in units_of(story.told)
        for mark in marks_of(unit)
        if mark.kind in {Kind.TOO_REGULAR, Kind.BURST, Kind.ALL_FOUR_DAY}
    }

    assert (CHEATING, Kind.TOO_REGULAR) in strong
    assert {service for service, _ in strong} == {CHEATING}


def test_the_survey_that_was_restated_differs_from_its_own_sums(story: Year) -> None:
    (survey,) = (each.event["data"] for each in story.told if each.event["type"] == AGGREGATED)

    sums = survey["elements"].values()
    index = 25 * sum(part["sum"] / part["n"] for part in sums) / len(CODES)
    assert f"{index:.2f}" == "76.25" != survey["published"]


def test_what_is_planted_is_told_of_the_agencies_that_take_part_alone() -> None:
    facts = planted(2025, {"dishub", "satpolpp"})

    assert [fact.english for fact in facts] == [
        "fast but disliked",
        "a silent agency: not one answer",
    ]


def verdict(story: Year, service: str) -> Verdict:
    """What the element `time` and the measured time say together."""
    given = [
        each.event["data"]["answers"]["time"]
        for each in answers_of(story.told)
        if each.event["data"]["service"] == service
    ]
    felt = Felt(Fraction(25 * sum(given), len(given)), len(given))
    return compare(felt, Measured(story.on_time[service], story.late[service]))


def answers_of(told: Sequence[Happening]) -> list[Happening]:
    return [each for each in told if each.event["type"] == SUBMITTED]


def scores_of(
    told: Sequence[Happening], service: str, months: Sequence[int] = range(1, 13)
) -> list[int]:
    return [
        score
        for each in answers_of(told)
        if each.event["data"]["service"] == service and each.at.month in months
        for score in each.event["data"]["answers"].values()
    ]


def units_of(told: Sequence[Happening]) -> Iterator[Unit]:
    """The traces that scoring would have, by service and place; one key sends everything."""
    tracks: defaultdict[tuple[str, str], dict[tuple[date, str], Tracks]] = defaultdict(dict)
    given: defaultdict[tuple[str, str], Counter[tuple[int, ...]]] = defaultdict(Counter)
    for each in answers_of(told):
        data, day = each.event["data"], each.at.date()
        scores = tuple(data["answers"][code] for code in CODES)
        where = (data["service"], data["place"])
        sent = tracks[where].setdefault((day, data["series"]), Tracks())
        sent.add(shape_of(scores), minute_of(day, each.at))
        given[where][scores] += 1
    for (service, place), senders in tracks.items():
        traces = [
            Trace(day, series, "k", t.n, t.whole, t.straight, t.all_four, unpacked(t.packed()))
            for (day, series), t in senders.items()
        ]
        counts = [[0] * 4 for _ in CODES]
        for scores, n in given[service, place].items():
            for element, score in zip(counts, scores, strict=True):
                element[score - 1] += n
        yield Unit(service, place, traces, {trace.series: counts for trace in traces})
