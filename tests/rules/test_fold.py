"""A rollup is a function of the set of answers: split, order and repetition do not matter (P7)."""

import random
from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from services.scoring.domain.elements import CODES, SCORES
from services.scoring.domain.fold import (
    PROFILE_COLUMNS,
    ROLLUP_COLUMNS,
    WHOLE,
    Cell,
    Key,
    Scores,
    add_rows,
    band_of,
    extent_of,
    profile_as_counters,
    profile_rows,
    rollup_rows,
    scores_as_counters,
)

scores = st.tuples(*[st.sampled_from((None, *SCORES)) for _ in CODES])
cells = st.tuples(
    st.sampled_from(("a.x", "a.y", "b.x")),
    st.sampled_from(("", "mpp")),
    st.sampled_from(("open", "agency")),
    st.sampled_from(("2026-01-31", "2026-02-01", "2026-02-02")),
)
answers = st.lists(st.tuples(cells, scores), max_size=40)


def folded(some: list[tuple[Cell, Scores]]) -> dict[Key, tuple[int, ...]]:
    rollups: dict[Cell, int] = {}
    for (service, place, series, day), given_scores in some:
        cell = (service, place, series, day, extent_of(given_scores))
        rollups[cell] = rollups.get(cell, 0) + scores_as_counters(given_scores)
    return rollup_rows(rollups)


@given(answers, st.integers(0, 2**32))
def test_any_split_and_order_gives_the_same_rollups(
    some: list[tuple[Cell, Scores]], seed: int
) -> None:
    shuffled, chance = list(some), random.Random(seed)
    chance.shuffle(shuffled)
    parts: list[list[tuple[Cell, Scores]]] = [[], [], []]
    for answer in shuffled:
        parts[chance.randrange(3)].append(answer)

    sums: dict[Key, tuple[int, ...]] = {}
    for part in parts:
        add_rows(sums, folded(part))

    assert sums == folded(some)


@given(answers)
def test_the_counters_are_those_of_counting_by_hand(some: list[tuple[Cell, Scores]]) -> None:
    rows = folded(some)

    for (service, place, series, grain, start, extent), values in rows.items():
        length = {"d": 10, "m": 7, "y": 4}[grain]
        mine = [
            given_scores
            for (one, where, source, day), given_scores in some
            if (where, source, day[:length]) == (place, series, start[:length])
            and (None in given_scores) == (extent != WHOLE)
            and (one == service or (grain == "y" and one.startswith(f"{service}.")))
        ]
        row = dict(zip(ROLLUP_COLUMNS, values, strict=True))
        sums = [sum(score or 0 for score in each) for each in mine]
        assert (row["n"], row["total"]) == (len(mine), sum(sums))
        assert row["total_sq"] == sum(each * each for each in sums)
        for place_of, element in enumerate(CODES):
            counted = Counter(each[place_of] for each in mine)
            assert [row[f"{element}_{score}"] for score in SCORES] == [
                counted[score] for score in SCORES
            ]
            assert row[f"{element}_total"] == sum(
                (each[place_of] or 0) * total for each, total in zip(mine, sums, strict=True)
            )


def test_the_fields_hold_the_largest_fold_without_running_over() -> None:
    many = 3_000_000
    packed = scores_as_counters((4,) * len(CODES)) * many

    row = dict(
        zip(
            ROLLUP_COLUMNS,
            rollup_rows({("a.x", "", "open", "2026-01-01", WHOLE): packed}).popitem()[1],
            strict=True,
        )
    )

    assert row["total_sq"] == 36 * 36 * many
    assert row["facilities_total"] == 4 * 36 * many
    assert row["facilities_4"] == many


def test_an_age_falls_into_the_band_that_people_read_it_as() -> None:
    bands = [band_of(age) for age in (0, 16, 17, 25, 26, 55, 56, 65, 66, 120)]

    assert bands == [
        "under_17",
        "under_17",
        "17_25",
        "17_25",
        "26_35",
        "46_55",
        "56_65",
        "56_65",
        "over_65",
        "over_65",
    ]


def test_a_respondent_who_tells_nothing_counts_nowhere() -> None:
    assert profile_as_counters() == 0


def test_each_told_attribute_counts_once() -> None:
    packed = profile_as_counters(sex="female", age=34, education="s1", disability="no")

    row = dict(
        zip(
            PROFILE_COLUMNS,
            profile_rows({("a.x", "", "open", "2026-01-01"): packed}).popitem()[1],
            strict=True,
        )
    )

    told = {name for name, value in row.items() if value}
    assert told == {"sex_female", "age_26_35", "education_s1", "disability_no"}
    assert set(row.values()) == {0, 1}
