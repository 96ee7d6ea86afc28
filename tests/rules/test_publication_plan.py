"""What goes out next, and under which label: as fine as ten answers together allow (P19)."""

import random
import time
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.scoring.domain.fold import ROLLUP_COLUMNS
from services.scoring.domain.publication.label import Label, Span, leaf
from services.scoring.domain.publication.plan import Batch, Plan, plan
from services.scoring.domain.publication.release import (
    DISTRIBUTION,
    PROFILE,
    Answers,
    Counters,
    Rule,
)
from tests.rules.test_publication_city import FIGURES

# n, how often two scores were given to the one element, and a sum over all elements.
RULE = Answers(elements=(slice(1, 3),), over_elements=frozenset({3}))
OPEN = date(2025, 12, 31)
YEAR_END = date(2026, 12, 31)

leaves = st.builds(
    leaf,
    st.sampled_from(("a.x", "a.y", "b.x")),
    st.sampled_from(("", "mpp", "pos")),
    st.sampled_from(("open", "invited", "agency")),
    st.sampled_from([date(2026, month, 1) for month in (1, 2, 4, 9)]),
)
few = st.integers(-4, 14)
pendings = st.dictionaries(leaves, st.tuples(few, few, few, few), max_size=40)
days = st.sampled_from([OPEN, *(date(2026, month, 31) for month in (1, 3, 5, 7, 12))])
rules = st.sampled_from((RULE, DISTRIBUTION, PROFILE))


def whole(n: int, more: int = 0) -> Counters:
    """So many answers that all answered the element."""
    return n, n, 0, 4 * n + more


def at(where: str, month: int = 1) -> Label:
    """A leaf, written as service/place/series."""
    service, place, series = where.split("/")
    return leaf(service, place, series, date(2026, month, 1))


def left(pending: dict[Label, Counters], batches: tuple[Batch, ...]) -> dict[Label, Counters]:
    """What is pending after the batches are given out."""
    after = dict(pending)
    for batch in batches:
        for label, counters in batch.members.items():
            after[label] = minus(after[label], counters)
    return after


def minus(one: Counters, other: Counters) -> Counters:
    """The difference of two rows."""
    return tuple(a - b for a, b in zip(one, other, strict=True))


def labels_of(planned: Plan) -> list[tuple[str, ...]]:
    """The labels of the batches as keys, in order."""
    return sorted(batch.label.key() for batch in planned.batches)


@given(pendings, days, rules)
def test_a_batch_is_the_sum_of_its_members_and_what_it_does_not_give_stays_pending(
    pending: dict[Label, Counters], closed: date, rule: Rule
) -> None:
    planned = plan(pending, closed, rule=rule)

    members = [label for batch in planned.batches for label in batch.members]
    assert len(members) == len(set(members))
    for batch in planned.batches:
        assert all(pending[label] == counters for label, counters in batch.members.items())
        assert list(batch.counters) == [
            0 if place in batch.hidden else sum(column)
            for place, column in enumerate(zip(*batch.members.values(), strict=True))
        ]


@given(pendings, days)
def test_each_batch_has_ten_new_answers_and_ten_of_each_element_or_none(
    pending: dict[Label, Counters], closed: date
) -> None:
    for batch in plan(pending, closed, rule=RULE).batches:
        answered = [sum(counters[1:3]) for counters in batch.members.values()]
        is_told = any(any(counters[1:3]) for counters in batch.members.values())

        assert sum(max(0, counters[0]) for counters in batch.members.values()) >= 10
        assert not is_told or batch.hidden or sum(n for n in answered if n > 0) >= 10


@given(pendings, days, rules)
def test_a_label_holds_all_members_of_its_batch(
    pending: dict[Label, Counters], closed: date, rule: Rule
) -> None:
    for batch in plan(pending, closed, rule=rule).batches:
        for figure in FIGURES[:: max(1, len(FIGURES) // 200)]:
            if figure.covers(batch.label):
                assert all(figure.covers(label) for label in batch.members)


@given(pendings, days, rules)
def test_a_second_plan_finds_nothing(
    pending: dict[Label, Counters], closed: date, rule: Rule
) -> None:
    after = left(pending, plan(pending, closed, rule=rule).batches)

    assert plan(after, closed, rule=rule).batches == ()


@given(pendings, days, rules, st.integers(0, 2**32))
def test_only_what_is_pending_counts_not_the_order_of_its_arrival(
    pending: dict[Label, Counters], closed: date, rule: Rule, seed: int
) -> None:
    shuffled = list(pending.items())
    random.Random(seed).shuffle(shuffled)

    assert plan(dict(shuffled), closed, rule=rule) == plan(pending, closed, rule=rule)


@given(pendings, rules)
def test_only_leaves_go_while_their_month_is_open(
    pending: dict[Label, Counters], rule: Rule
) -> None:
    planned = plan(pending, OPEN, rule=rule)

    assert all(list(batch.members) == [batch.label] for batch in planned.batches)
    assert not planned.withheld


@given(pendings)
def test_nothing_is_withheld_before_the_year_is_closed(pending: dict[Label, Counters]) -> None:
    planned = plan(pending, date(2026, 12, 30), rule=RULE)

    assert not planned.withheld


@given(pendings)
def test_at_the_end_all_answers_are_out_or_named_as_withheld(
    pending: dict[Label, Counters],
) -> None:
    planned = plan(pending, YEAR_END, rule=RULE)

    after = left(pending, planned.batches)
    assert planned.withheld == {label: row for label, row in after.items() if any(row)}
    if planned.batches:
        assert not any(row[0] for row in after.values())


def by_agency(pending: dict[Label, Counters], closed: date) -> Plan:
    """Planned agency by agency, the last one together with who was left over."""
    agencies = sorted({label.agency for label in pending})
    batches: list[Batch] = []
    left_over: dict[Label, Counters] = {}
    for agency in agencies:
        own = {label: row for label, row in pending.items() if label.agency == agency}
        last = agency == agencies[-1]
        planned = plan(own | (left_over if last else {}), closed, rule=RULE, everybody=last)
        batches += planned.batches
        left_over |= planned.withheld
    return Plan(tuple(batches), planned.withheld if agencies else {})


@given(pendings, st.sampled_from((OPEN, date(2026, 7, 31))))
def test_while_a_year_is_open_its_agencies_may_be_planned_one_by_one(
    pending: dict[Label, Counters], closed: date
) -> None:
    whole_city, pieces = plan(pending, closed, rule=RULE), by_agency(pending, closed)

    assert sorted(pieces.batches, key=lambda batch: batch.label) == sorted(
        whole_city.batches, key=lambda batch: batch.label
    )


@given(pendings)
def test_at_its_end_who_is_left_over_by_one_agency_goes_with_the_last(
    pending: dict[Label, Counters],
) -> None:
    pieces = by_agency(pending, YEAR_END)

    out = [label for batch in pieces.batches for label in batch.members]
    assert len(out) == len(set(out))
    assert set(out) | set(pieces.withheld) == {
        label for label, counters in pending.items() if any(counters)
    }
    for batch in pieces.batches:
        assert sum(max(0, counters[0]) for counters in batch.members.values()) >= 10


def test_ten_answers_of_a_leaf_go_at_once_nine_wait() -> None:
    pending = {at("a.x//open"): whole(10), at("a.x//invited"): whole(9)}

    planned = plan(pending, OPEN, rule=RULE)

    assert labels_of(planned) == [("a.x", "", "open", "m", "2026-01-01")]


@pytest.mark.parametrize("counters", [(0, 5, -5, 3), (-10, -10, 0, -40), (-500, -500, 0, -2000)])
def test_a_net_that_is_not_positive_waits(counters: Counters) -> None:
    assert not plan({at("a.x//open"): counters}, YEAR_END, rule=RULE).batches


def test_fifteen_new_and_one_withdrawn_go_together() -> None:
    assert plan({at("a.x//open"): (14, 13, 1, 50)}, OPEN, rule=RULE).batches


@pytest.mark.parametrize(("n", "answered"), [(12, 9), (29, 9), (29, 1)])
def test_answers_wait_for_an_element_that_many_skipped(n: int, answered: int) -> None:
    assert not plan({at("a.x//open"): (n, answered, 0, 36)}, OPEN, rule=RULE).batches


@pytest.mark.parametrize(("n", "answered"), [(10, 10), (12, 10), (12, 0), (29, 10)])
def test_answers_do_not_wait_for_an_element_that_enough_or_none_answered(
    n: int, answered: int
) -> None:
    batch = plan({at("a.x//open"): (n, answered, 0, 36)}, OPEN, rule=RULE).batches[0]

    assert batch.counters == (n, answered, 0, 36)


def test_many_answers_go_without_the_element_and_without_the_sums_over_all() -> None:
    where = at("a.x//open")

    batch = plan({where: (30, 9, 0, 36)}, OPEN, rule=RULE).batches[0]

    assert batch.counters == (30, 0, 0, 0)
    assert batch.hidden == {1, 2, 3}
    assert batch.members == {where: (30, 9, 0, 36)}


@pytest.mark.parametrize(
    ("one", "other", "closed", "label"),
    [
        (("a.x//open", 1), ("a.x//agency", 1), (1, 31), ("a.x", "", "*", "m", "2026-01-01")),
        (("a.x//open", 1), ("a.x/mpp/open", 1), (1, 31), ("a.x", "*", "open", "m", "2026-01-01")),
        (("a.x//open", 1), ("a.x//open", 3), (3, 31), ("a.x", "", "open", "q", "2026-01-01")),
        (("a.x//open", 1), ("a.x//open", 4), (6, 30), ("a.x", "", "open", "s", "2026-01-01")),
        (("a.x//open", 1), ("a.x//open", 7), (12, 31), ("a.x", "", "open", "y", "2026-01-01")),
        (("a.x//open", 1), ("a.y//open", 1), (12, 31), ("a", "", "open", "m", "2026-01-01")),
        (
            ("a.x/mpp/open", 1),
            ("b.x/mpp/open", 9),
            (12, 31),
            ("", "mpp", "open", "y", "2026-01-01"),
        ),
    ],
)
def test_what_is_left_is_joined_as_finely_as_possible_once_its_period_is_closed(
    one: tuple[str, int], other: tuple[str, int], closed: tuple[int, int], label: tuple[str, ...]
) -> None:
    pending = {at(*one): whole(6), at(*other): whole(6)}
    end = date(2026, *closed)

    assert labels_of(plan(pending, end, rule=RULE)) == [label]
    assert not plan(pending, date.fromordinal(end.toordinal() - 1), rule=RULE).batches


def test_a_place_that_is_large_enough_keeps_its_name_if_nobody_is_left_behind() -> None:
    months = (1, 2, 3)
    mall = {at("a.x/mpp/open", month): whole(4) for month in months}
    office = {at("a.x//open", month): whole(4) for month in months}
    one = {at("a.x//open", 1): whole(1), at("a.x/mpp/agency", 1): whole(2)}

    apart = plan({**mall, **office}, date(2026, 3, 31), rule=RULE)
    together = plan({**mall, at("a.x/pos/open", 2): whole(1)}, date(2026, 3, 31), rule=RULE)

    assert labels_of(apart) == [
        ("a.x", "", "open", "q", "2026-01-01"),
        ("a.x", "mpp", "open", "q", "2026-01-01"),
    ]
    assert labels_of(together) == [("a.x", "*", "open", "q", "2026-01-01")]
    assert not plan(one, date(2026, 3, 31), rule=RULE).batches


def test_what_is_left_of_a_year_joins_the_batch_that_loses_least() -> None:
    pending = {
        at("a.x//open"): whole(30),
        at("a.y//open"): whole(12),
        at("b.x//agency", 9): whole(3),
    }

    planned = plan(pending, YEAR_END, rule=RULE)

    assert labels_of(planned) == [
        ("", "", "*", "y", "2026-01-01"),
        ("a.x", "", "open", "m", "2026-01-01"),
    ]
    assert sorted(batch.counters[0] for batch in planned.batches) == [15, 30]
    assert not planned.withheld


def test_what_joins_may_show_or_hide_what_the_batch_would_not_have() -> None:
    large, small = at("a.x//open"), at("b.x//agency", 9)

    shown = plan({large: (30, 9, 0, 36), small: (3, 1, 0, 7)}, YEAR_END, rule=RULE)
    hidden = plan({large: (30, 0, 0, 36), small: (3, 1, 0, 7)}, YEAR_END, rule=RULE)

    assert [batch.counters for batch in shown.batches] == [(33, 10, 0, 43)]
    assert [batch.counters for batch in hidden.batches] == [(33, 0, 0, 0)]


def test_without_company_the_last_answers_are_withheld() -> None:
    where = at("a.x//open")

    assert plan({where: whole(9)}, YEAR_END, rule=RULE).withheld == {where: whole(9)}


def test_years_are_never_joined() -> None:
    pending = {
        leaf("a.x", "", "open", date(2025, 12, 1)): whole(6),
        leaf("a.x", "", "open", date(2026, 1, 1)): whole(6),
    }

    assert not plan(pending, YEAR_END, rule=RULE).batches


def test_known_withdrawals_ride_with_ten_new_answers() -> None:
    where = at("a.x//open")
    pending = {where: (-490, -490, 0, -1960)}

    planned = plan(pending, OPEN, rule=RULE, withdrawn={where: whole(500)})

    assert [batch.counters[0] for batch in planned.batches] == [-490]
    assert not plan(pending, OPEN, rule=RULE, withdrawn={where: whole(499)}).batches


def test_within_an_agency_the_limit_is_five() -> None:
    assert plan({at("a.x//open"): whole(5)}, OPEN, rule=RULE, limit=5).batches


def test_the_columns_of_a_rollup_are_known() -> None:
    row = dict.fromkeys(ROLLUP_COLUMNS, 0) | {"n": 35, "total": 100, "cost_4": 35, "time_3": 3}

    batch = plan({at("a.x//open"): tuple(row.values())}, OPEN).batches[0]

    shown = dict(zip(ROLLUP_COLUMNS, batch.counters, strict=True))
    assert {name: value for name, value in shown.items() if value} == {"n": 35, "cost_4": 35}


def test_other_columns_go_with_n() -> None:
    row = dict.fromkeys(ROLLUP_COLUMNS, 0) | {"n": 35, "time_3": 3, "sex_female": 2}

    batch = plan({at("a.x//open"): tuple(row.values())}, OPEN).batches[0]

    assert batch.counters[-1] == 2


@pytest.mark.parametrize("closed", [OPEN, YEAR_END])
def test_ten_thousand_leaves_take_no_time(closed: date) -> None:
    chance = random.Random(1)
    pending: dict[Label, Counters] = {}
    while len(pending) < 10_000:
        where = Label(
            f"agency-{chance.randrange(40)}.s{chance.randrange(12)}",
            chance.choice(("", "mpp", "pos")),
            chance.choice(("open", "invited", "assisted")),
            Span.MONTH,
            date(2026, chance.randrange(1, 13), 1),
        )
        n = chance.randrange(1, 20)
        pending[where] = (n, 0, 0, *[0] * (len(ROLLUP_COLUMNS) - 40), *[0, 0, n, 0] * 9, 0)

    started = time.process_time()
    plan(pending, closed)

    # A tenth of a second on an idle machine; this is to notice a quadratic step.
    assert time.process_time() - started < 2
