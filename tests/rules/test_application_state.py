"""The life of an application: a function of the set of its facts, in any order, told twice."""

import random
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from itertools import permutations
from typing import Any, get_args

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.scoring.domain.application.facts import Fact, Kind, State
from services.scoring.domain.application.state import Application, Flag, Stage, state_of
from services.scoring.domain.clock.due import Pause
from services.scoring.domain.clock.promise import PauseReason, Unit
from services.scoring.domain.clock.worktime import WIB
from services.scoring.usecases.application_facts import facts_of
from shared.contracts import applications
from shared.contracts.catalogue import EVENTS
from shared.log import Run
from tests import application_oracle as oracle
from tests.events import told

START = datetime(2026, 9, 1, 9, tzinfo=WIB)
Step = str | tuple[str, Mapping[str, Any]]
WHOLE: tuple[Step, ...] = (
    ("submitted", {}),
    ("returned", {"reason": "incomplete"}),
    ("submitted", {}),
    ("registered", {}),
    ("moved", {"stage": "in_verification"}),
    ("moved", {"stage": "technical_review", "agency": "dpupr"}),
    ("paused", {"reason": "awaiting_applicant", "agency": "dpupr", "from": "dpupr"}),
    ("resumed", {"agency": "dpupr", "from": "dpupr"}),
    ("moved", {"stage": "awaiting_signature"}),
    ("paused", {"reason": "fee_due"}),
    ("resumed", {}),
    ("issued", {}),
)


def at(hour: int) -> datetime:
    return START + timedelta(hours=hour)


def story(*steps: Step) -> list[dict[str, Any]]:
    """Events of one application, an hour apart, in sequence."""
    pairs = [(step, {}) if isinstance(step, str) else step for step in steps]
    return [
        told(kind, at=at(hour), sequence=hour + 1, **data)
        for hour, (kind, data) in enumerate(pairs)
    ]


def facts(events: Sequence[Mapping[str, Any]]) -> list[Fact]:
    """What scoring understands of events that lie in its log one by one."""
    runs = [
        Run("applications.0", each["sequence"], each["sequence"], msgspec.json.encode([each]), "")
        for each in events
    ]
    return [fact for run in runs for _, fact in facts_of(run)]


def read(*steps: Step) -> Application:
    return state_of(facts(story(*steps)))


def flags(application: Application) -> list[tuple[int, str]]:
    return [(flag.sequence, flag.code) for flag in application.flags]


def test_a_whole_life_with_everything_in_it() -> None:
    application = read(*WHOLE)

    assert application == Application(
        state=State.ISSUED,
        place="mpp",
        received_at=at(0),
        submitted_at=at(2),
        registered_at=at(3),
        decided_at=at(11),
        outcome=State.ISSUED,
        stages=(
            Stage(State.IN_VERIFICATION, None, at(4), at(5)),
            Stage(State.TECHNICAL_REVIEW, "dpupr", at(5), at(8)),
            Stage(State.AWAITING_SIGNATURE, None, at(8), at(11)),
        ),
        pauses=(
            Pause(at(6), at(7), PauseReason.AWAITING_APPLICANT),
            Pause(at(9), at(10), PauseReason.FEE_DUE),
        ),
    )


def test_the_state_after_each_step() -> None:
    states = [read(*WHOLE[:count]).state for count in range(len(WHOLE) + 1)]

    assert states == [
        None,
        State.SUBMITTED,
        State.RETURNED_INCOMPLETE,
        State.SUBMITTED,
        State.REGISTERED,
        State.IN_VERIFICATION,
        State.TECHNICAL_REVIEW,
        State.AWAITING_APPLICANT,
        State.TECHNICAL_REVIEW,
        State.AWAITING_SIGNATURE,
        State.FEE_DUE,
        State.AWAITING_SIGNATURE,
        State.ISSUED,
    ]


def test_the_last_ask_that_still_holds_is_known() -> None:
    asked = [read(*WHOLE[:count]).asked_at for count in (1, 2, 3, 7, 8, 10)]

    assert asked == [None, at(1), None, at(6), None, at(9)]


@pytest.mark.parametrize(
    ("steps", "state", "flagged"),
    [
        (["submitted", "submitted"], "submitted", [(2, "submitted_again")]),
        (["registered"], "registered", [(1, "not_submitted")]),
        (
            ["registered", "submitted"],
            "registered",
            [(1, "not_submitted"), (2, "submitted_after_registration")],
        ),
        (["submitted", "registered", "registered"], "registered", [(3, "registered_again")]),
        (
            ["submitted", "registered", ("returned", {"reason": "incomplete"})],
            "registered",
            [(3, "returned_after_registration")],
        ),
        (
            [("returned", {"reason": "incomplete"})],
            "returned_incomplete",
            [(1, "not_submitted")],
        ),
        (
            ["submitted", ("paused", {"reason": "fee_due"})],
            "submitted",
            [(2, "not_registered")],
        ),
        (["submitted", "registered", "resumed"], "registered", [(3, "not_paused")]),
        (
            ["submitted", ("moved", {"stage": "in_verification"}), "registered"],
            "in_verification",
            [(2, "not_registered")],
        ),
        (["submitted", "issued"], "issued", [(2, "not_registered")]),
        (["submitted", "withdrawn"], "withdrawn", []),
        (
            ["submitted", "registered", "rejected", "issued", "resumed"],
            "rejected",
            [(4, "decided_again"), (5, "after_decision")],
        ),
        (
            ["submitted", "registered", *[("paused", {"reason": "fee_due"})] * 2],
            "fee_due",
            [(4, "paused_again")],
        ),
        (
            [
                "submitted",
                "registered",
                ("paused", {"reason": "fee_due"}),
                ("paused", {"reason": "awaiting_applicant"}),
            ],
            "awaiting_applicant",
            [],
        ),
        (
            [
                "submitted",
                "registered",
                ("paused", {"reason": "fee_due"}),
                ("moved", {"stage": "awaiting_signature"}),
                "resumed",
            ],
            "awaiting_signature",
            [(4, "moved_while_paused"), (5, "not_paused")],
        ),
        (
            ["submitted", "registered", ("paused", {"reason": "fee_due"}), "issued"],
            "issued",
            [(4, "decided_while_paused")],
        ),
        (
            ["submitted", "registered", *[("moved", {"stage": "field_inspection"})] * 2],
            "field_inspection",
            [(4, "moved_again")],
        ),
    ],
)
def test_what_cannot_have_happened_is_kept_and_flagged(
    steps: list[Any], state: str, flagged: list[tuple[int, str]]
) -> None:
    application = read(*steps)

    assert application.state == state
    assert flags(application) == flagged


def test_a_pause_ends_with_whatever_carries_the_case_on() -> None:
    paused: list[Step] = ["submitted", "registered", ("paused", {"reason": "fee_due"})]
    ends: list[Step] = [
        "resumed",
        ("moved", {"stage": "in_verification"}),
        ("paused", {"reason": "awaiting_applicant"}),
        "issued",
        "withdrawn",
    ]
    for end in ends:
        first = read(*paused, end).pauses[0]
        assert first == Pause(at(2), at(3), PauseReason.FEE_DUE)


def test_another_agency_is_heard_once_the_owner_handed_it_the_case() -> None:
    foreign = ("paused", {"reason": "awaiting_applicant", "agency": "dpupr", "from": "dpupr"})
    handed = ("moved", {"stage": "technical_review", "agency": "dpupr"})

    stranger = read("submitted", "registered", foreign)
    assert stranger.state is State.REGISTERED
    assert flags(stranger) == [(3, "not_assigned")]
    # The handing over may be told later: the set of facts counts.
    assigned = read("submitted", "registered", foreign, handed)
    assert assigned.pauses == (Pause(at(2), at(3), PauseReason.AWAITING_APPLICANT),)


def test_another_agency_that_does_not_say_who_it_is_is_not_heard() -> None:
    nobody = ("resumed", {"from": "dpupr"})
    steps: tuple[Step, ...] = ("submitted", "registered", ("moved", {"stage": "in_verification"}))

    application = read(*steps, ("paused", {"reason": "fee_due"}), nobody)

    assert application.state is State.FEE_DUE
    assert flags(application) == [(5, "not_assigned")]


def test_the_owner_named_or_not_is_the_same_agency() -> None:
    named = read(
        "submitted", "registered", ("moved", {"stage": "in_verification", "agency": "dpmptsp"})
    )

    assert named.stages == (Stage(State.IN_VERIFICATION, None, at(2)),)


def test_what_was_promised_at_the_counter_is_known() -> None:
    promised = {"promised": {"number": 3, "unit": "working_days"}}

    assert read("submitted", ("registered", promised)).promised == (3, Unit.WORKING_DAYS)


def test_a_fact_that_arrives_late_has_the_place_of_its_time() -> None:
    in_time = story(
        "submitted", "registered", ("paused", {"reason": "fee_due"}), "resumed", "issued"
    )
    arrived = zip(in_time, (1, 4, 5, 3, 2), strict=True)
    late = [{**event, "sequence": sequence} for event, sequence in arrived]

    told_late, told_in_time = state_of(facts(late)), state_of(facts(in_time))

    assert (told_late.pauses, told_late.decided_at) == (told_in_time.pauses, at(4))
    assert told_late == told_in_time


def test_at_the_same_moment_the_sequence_decides() -> None:
    one, other = facts(story("issued", "rejected"))
    later = Fact(other.kind, one.at, other.sequence)

    assert state_of([later, one]).outcome is State.ISSUED
    assert state_of([Fact(one.kind, one.at, 3), later]).outcome is State.REJECTED


def test_every_order_of_a_short_life_with_duplicates_tells_the_same() -> None:
    events = facts(
        story(
            "submitted",
            "registered",
            ("paused", {"reason": "fee_due"}),
            "resumed",
            ("moved", {"stage": "awaiting_signature"}),
            "issued",
        )
    )
    expected = state_of(events)

    for order in permutations([*events, events[3]]):
        assert state_of(order) == expected


def test_every_order_of_a_long_life_tells_the_same() -> None:
    events = facts(story(*WHOLE))
    expected, chance = state_of(events), random.Random(20260316)

    for _ in range(500):
        told_in = events + chance.sample(events, 5)
        chance.shuffle(told_in)
        assert state_of(told_in) == expected


step = st.one_of(
    st.sampled_from(["submitted", "registered", "issued", "rejected", "withdrawn"]).map(
        lambda kind: (kind, {})
    ),
    st.just(("returned", {"reason": "incomplete"})),
    st.builds(
        lambda stage, agency: ("moved", {"stage": stage, **agency}),
        st.sampled_from(["in_verification", "technical_review"]),
        st.sampled_from([{}, {"agency": "dpupr"}, {"agency": "dlh", "from": "dlh"}]),
    ),
    st.builds(
        lambda reason, agency: ("paused", {"reason": reason, **agency}),
        st.sampled_from(["awaiting_applicant", "fee_due"]),
        st.sampled_from([{}, {"agency": "dpupr", "from": "dpupr"}]),
    ),
    st.sampled_from([{}, {"agency": "dpupr", "from": "dpupr"}]).map(lambda who: ("resumed", who)),
)
# Most lives begin as they should, or nearly everything would be a decided mess.
beginnings: st.SearchStrategy[list[Any]] = st.sampled_from(
    [[], [("submitted", {}), ("registered", {})]]
)


@settings(max_examples=300)
@given(
    beginnings, st.lists(step, max_size=9), st.lists(st.integers(0, 6), min_size=12, max_size=12)
)
def test_any_life_is_what_the_slow_oracle_says(
    beginning: list[Any], steps: list[Any], hours: list[int]
) -> None:
    # Hours that repeat and run backwards: late arrivals, and ties for the sequence to decide.
    events = [
        told(kind, at=at(place // 3 * 4 + hour), sequence=place + 1, **data)
        for place, ((kind, data), hour) in enumerate(zip([*beginning, *steps], hours, strict=False))
    ]

    found = state_of(facts(events))

    heard, flagged = oracle.life(events)
    assert found.state == oracle.told_state(heard)
    assert {(flag.sequence, flag.code) for flag in found.flags} == flagged
    assert [(each.since, each.until, each.reason) for each in found.pauses] == oracle.pauses_of(
        heard
    )


def test_flags_say_which_fact_and_why() -> None:
    assert read("resumed").flags == (Flag(1, "not_paused"),)


def test_the_words_of_the_contract_are_those_of_the_rules() -> None:
    assert {*get_args(applications.Unit)} == {*Unit}
    assert {*get_args(applications.PauseReason)} == {*PauseReason}
    assert {*get_args(applications.Stage)} < {*State}
    kinds = {name.split(".")[3] for name in EVENTS[applications.TOPIC]}
    assert kinds == {*Kind}
